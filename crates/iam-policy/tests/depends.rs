//! Unknown keys: what cancels out is not named, and what is not named does not matter.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "this is a test"
)]

use iam_policy::{
    Context, Decision, Evaluation, Layers, Open, Policy, Request, Resource, Truth, Value, evaluate,
};

/// Statements as (effect, condition block); all are about the request.
fn evaluation(statements: &[(&str, &str)], known: &[(&str, Value)]) -> Evaluation {
    let statements: Vec<String> = statements
        .iter()
        .map(|(effect, block)| {
            format!(r#"{{"Effect":"{effect}","Action":"*","Resource":"*","Condition":{block}}}"#)
        })
        .collect();
    let text = format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(","));
    let identity = [Policy::parse(&text).unwrap()];
    let mut context = Context::open();
    for (key, value) in known {
        context.set(key, value.clone());
    }
    let resource = Resource::Named("arn:aws:s3:::bucket/x".to_owned());
    let request = Request { action: "s3:GetObject".to_owned(), resource, context };
    evaluate(&Layers { identity: &identity, ..Layers::default() }, &request)
}

#[track_caller]
fn check(statements: &[(&str, &str)], expected: &Result<Decision, Vec<&str>>) {
    let found = match evaluation(statements, &[]).decision {
        Decision::Depends(open) => Err(open.iter().map(ToString::to_string).collect::<Vec<_>>()),
        decision => Ok(decision),
    };
    let expected =
        expected.clone().map_err(|keys| keys.iter().map(|key| (*key).to_owned()).collect::<Vec<_>>());
    assert_eq!(found, expected);
}

#[test]
fn what_cancels_out_is_not_named() {
    let x_is_1 = ("Allow", r#"{"StringEquals":{"t:x":"1"}}"#);
    let x_is_not_1 = ("Allow", r#"{"StringNotEquals":{"t:x":"1"}}"#);
    check(&[x_is_1], &Err(vec!["t:x"]));
    check(&[x_is_1, x_is_not_1], &Ok(Decision::Allowed));
    check(
        &[("Allow", r#"{"StringEquals":{"t:x":"1"},"StringNotEquals":{"t:x":"1"}}"#)],
        &Ok(Decision::ImplicitlyDenied),
    );
    check(
        &[
            ("Allow", r#"{"StringEquals":{"t:x":"1","t:y":"1"}}"#),
            ("Allow", r#"{"StringNotEquals":{"t:x":"1"},"StringEquals":{"t:y":"1"}}"#),
        ],
        &Err(vec!["t:y"]),
    );
    check(
        &[
            ("Allow", r#"{"StringEquals":{"t:x":"1","t:y":"1","t:z":["1","2"]}}"#),
            ("Allow", r#"{"StringNotEquals":{"t:x":"1"},"StringEquals":{"t:y":"1","t:z":["1","2"]}}"#),
            ("Allow", r#"{"StringNotEquals":{"t:y":"1"},"StringEquals":{"t:z":["1","2"]}}"#),
        ],
        &Err(vec!["t:z"]),
    );
    check(&[("Allow", r#"{"Null":{"t:x":["true","false"]}}"#)], &Ok(Decision::Allowed));
    check(&[("Allow", r#"{"StringLikeIfExists":{"t:x":"*"}}"#)], &Ok(Decision::Allowed));
    check(
        &[("Allow", r#"{"StringLike":{"t:x":"*"},"Null":{"t:x":"true"}}"#)],
        &Ok(Decision::ImplicitlyDenied),
    );
    // It may hold what is neither.
    check(&[("Allow", r#"{"BoolIfExists":{"t:x":["true","false"]}}"#)], &Err(vec!["t:x"]));
    check(&[("Allow", r#"{"StringEquals":{"t:x":"*"}}"#)], &Err(vec!["t:x"]));
}

#[test]
fn keys_that_are_compared_with_each_other() {
    let same = ("Allow", r#"{"StringEquals":{"t:x":"${t:y}"}}"#);
    let other = ("Allow", r#"{"StringNotEquals":{"t:x":"${t:y}"}}"#);
    check(&[same], &Err(vec!["t:x", "t:y"]));
    // Whether an empty `t:y` is a value is not documented, so it is not Allowed whatever they are.
    check(&[same, other], &Err(vec!["t:x", "t:y"]));
    check(
        &[(
            "Allow",
            r#"{"StringEquals":{"t:x":["${t:y}","a"]},"StringNotEquals":{"t:x":"a"},"Null":{"t:y":"true"}}"#,
        )],
        &Ok(Decision::ImplicitlyDenied),
    );
}

#[test]
fn sets_of_values() {
    let all_red = ("Allow", r#"{"ForAllValues:StringEquals":{"t:x":"red"}}"#);
    let one_is_not = ("Allow", r#"{"ForAnyValue:StringNotEquals":{"t:x":"red"}}"#);
    check(&[all_red], &Err(vec!["t:x"]));
    // Of a list that holds but an empty text, it is not documented.
    check(&[all_red, one_is_not], &Err(vec!["t:x"]));
    let absent_and = |condition: &str| format!(r#"{{"Null":{{"t:x":"true"}},{condition}}}"#);
    let one_is_red = absent_and(r#""ForAnyValue:StringEquals":{"t:x":"red"}"#);
    check(&[("Allow", &one_is_red)], &Ok(Decision::ImplicitlyDenied));
    // Only a list can be both, and only a key that no other operator tests can be a list.
    let both = r#""ForAnyValue:StringEquals":{"t:x":"red"},"ForAnyValue:StringLike":{"t:x":"blue"}"#;
    check(&[("Allow", &format!("{{{both}}}"))], &Err(vec!["t:x"]));
    let single = format!(r#"{{{both},"StringEquals":{{"t:x":"green"}}}}"#);
    check(&[("Allow", &single)], &Ok(Decision::ImplicitlyDenied));
    // All subsets of a few values are tried, of many none.
    let one_of = |values: &str| absent_and(&format!(r#""ForAnyValue:StringEquals":{{"t:x":[{values}]}}"#));
    check(&[("Allow", &one_of(r#""a","b","c""#))], &Ok(Decision::ImplicitlyDenied));
    check(&[("Allow", &one_of(r#""a","b","c","d""#))], &Err(vec!["t:x"]));
}

/// Denied for sure, of a kind that depends on the key.
#[test]
fn each_question_has_its_own_answer() {
    let x_is_1 = r#"{"StringEquals":{"t:x":"1"}}"#;
    let evaluation = evaluation(&[("Allow", x_is_1), ("Deny", x_is_1)], &[]);
    assert!(matches!(evaluation.decision, Decision::Depends(_)));
    assert_eq!(evaluation.allowed, Truth::False);
    assert!(evaluation.denies.open_on().is_some() && evaluation.allows.open_on().is_some());
}

/// Whether it denies depends on the resource alone, though a key decides whether it allows.
#[test]
fn a_question_names_no_key_of_another() {
    let text = r#"{"Version":"2012-10-17","Statement":[
        {"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Null":{"t:x":"true"}}},
        {"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::bucket/*"},
        {"Effect":"Deny","Action":"*","Resource":"arn:aws:s3:::bucket/*"}
    ]}"#;
    let identity = [Policy::parse(text).unwrap()];
    let request =
        Request { action: "s3:GetObject".to_owned(), resource: Resource::Unknown, context: Context::open() };
    let evaluation = evaluate(&Layers { identity: &identity, ..Layers::default() }, &request);
    let key = Open::Key("t:x".to_owned());
    assert_eq!(evaluation.denies, Truth::Open([Open::Resource].into()));
    assert_eq!(evaluation.allows, Truth::Open([key.clone(), Open::Resource].into()));
    assert_eq!(evaluation.decision, Decision::Depends([key, Open::Resource].into()));
}

/// What is compared otherwise stays unknown: its key is named, though it cancels out.
#[test]
fn patterns_are_not_told_apart() {
    check(
        &[("Allow", r#"{"StringLike":{"t:x":"a*"}}"#), ("Allow", r#"{"StringNotLike":{"t:x":"a*"}}"#)],
        &Err(vec!["t:x"]),
    );
}

/// More combinations than are tried: the answer is less exact, and quick.
#[test]
fn many_unknown_keys() {
    let keys: Vec<String> = (0..40).map(|index| format!(r#""t:{index}":"1""#)).collect();
    let block = format!(r#"{{"StringEquals":{{{}}}}}"#, keys.join(","));
    let Decision::Depends(open) = evaluation(&[("Allow", &block)], &[]).decision else {
        panic!("it depends on every key");
    };
    assert_eq!(open.len(), 40);
    let known: Vec<(&str, Value)> = vec![("t:0", Value::One("2".to_owned()))];
    assert_eq!(evaluation(&[("Allow", &block)], &known).decision, Decision::ImplicitlyDenied);
}
