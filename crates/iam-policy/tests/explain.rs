//! What is said of a decision: statement, condition and values, and what would flip it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "this is a test"
)]

use iam_policy::{
    Context, Decision, Effect, Layer, Layers, Policy, Request, Resource, Value, WhatIf, candidates, evaluate,
    explain, pointed_at, what_if,
};

const ALLOW: &str =
    r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}"#;
const OTHER: &str =
    r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sqs:*","Resource":"*"}}"#;

fn policies(texts: &[&str]) -> Vec<Policy> {
    texts.iter().map(|text| Policy::parse(text).unwrap()).collect()
}

fn request() -> Request {
    let resource = Resource::Named("arn:aws:s3:::bucket/x".to_owned());
    Request { action: "s3:GetObject".to_owned(), resource, context: Context::closed() }
}

const BY_TAG: &str = r#"{"Version":"2012-10-17","Statement":[
    {"Sid":"List","Effect":"Allow","Action":"s3:List*","Resource":"*"},
    {"Sid":"Own","Effect":"Allow","Action":"s3:*","Resource":"*",
     "Condition":{"StringEquals":{"aws:ResourceTag/Team":"${aws:PrincipalTag/Team}"}}}]}"#;

#[test]
fn the_explanation_names_layer_statement_condition_and_values() {
    let identity = policies(&[ALLOW]);
    let boundary = policies(&[OTHER, BY_TAG]);
    let layers = Layers { identity: &identity, boundary: Some(&boundary), ..Layers::default() };
    let mut request = request();
    request.context.set("aws:ResourceTag/Team", Value::One("blue".to_owned()));
    let traces = explain(&layers, &request);
    let sentences: Vec<String> = traces.iter().map(ToString::to_string).collect();
    assert_eq!(
        sentences,
        [
            "statement 1 of identity policy 1 allows it",
            "statement 1 of permissions boundary 1 does not allow it: the action is not meant",
            "statement List of permissions boundary 2 does not allow it: the action is not meant",
            "statement Own of permissions boundary 2 does not allow it: StringEquals aws:ResourceTag/Team = \
             ${aws:PrincipalTag/Team} does not hold, the request has aws:ResourceTag/Team = blue and no \
             aws:principaltag/team",
        ]
    );
    assert_eq!(pointed_at(&layers, &Decision::ImplicitlyDenied, &traces).ok(), traces.last());
    let nothing = Layers { identity: &identity, boundary: Some(&[]), ..Layers::default() };
    assert_eq!(
        pointed_at(&nothing, &Decision::ImplicitlyDenied, &explain(&nothing, &request)),
        Err(Layer::Boundary)
    );
    assert_eq!(traces[3].layer, Layer::Boundary);

    request.context.set("aws:PrincipalTag/Team", Value::Unknown);
    assert_eq!(
        explain(&layers, &request)[3].to_string(),
        "statement Own of permissions boundary 2 may allow it: StringEquals aws:ResourceTag/Team = \
         ${aws:PrincipalTag/Team} depends on aws:principaltag/team, the request has aws:ResourceTag/Team = blue and \
         an unknown aws:principaltag/team"
    );
}

#[test]
fn a_deny_that_a_missing_tag_sets_off_is_explained() {
    let deny = r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"s3:*","NotResource":"arn:aws:s3:::${aws:PrincipalTag/Team}/*"}}"#;
    let identity = policies(&[ALLOW, deny]);
    let layers = Layers { identity: &identity, ..Layers::default() };
    let traces = explain(&layers, &request());
    let decided = pointed_at(&layers, &Decision::ExplicitlyDenied, &traces).unwrap();
    assert_eq!(decided.effect, Effect::Deny);
    assert_eq!(
        decided.to_string(),
        "statement 1 of identity policy 2 denies it: the request has no aws:principaltag/team to put into NotResource"
    );
}

/// Two statements that each deny for some values of an unknown key deny together, and one of them is pointed at.
#[test]
fn denials_that_add_up() {
    let deny = |operator: &str| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Deny","Action":"*","Resource":"*","Condition":{{"{operator}":{{"t:x":"1"}}}}}}}}"#
        )
    };
    let identity = policies(&[ALLOW, &deny("StringEquals"), &deny("StringNotEquals")]);
    let layers = Layers { identity: &identity, boundary: Some(&[]), ..Layers::default() };
    let mut request = request();
    request.context.set("t:x", Value::Unknown);
    let decision = evaluate(&layers, &request).decision;
    assert_eq!(decision, Decision::ExplicitlyDenied);
    let traces = explain(&layers, &request);
    assert_eq!(pointed_at(&layers, &decision, &traces).unwrap().effect, Effect::Deny);
}

/// The value comes from the other side of the comparison, and the smallest set is found.
#[test]
fn what_if_the_tag_were_there() {
    let identity = policies(&[BY_TAG]);
    let boundary = policies(&[
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::bucket/${aws:PrincipalTag/Home}",
            "Condition":{"StringLike":{"aws:PrincipalTag/CostCenter":["4?*","5*"]}}}}"#,
    ]);
    let layers = Layers { identity: &identity, boundary: Some(&boundary), ..Layers::default() };
    let mut request = request();
    request.context.set("aws:ResourceTag/Team", Value::One("blue".to_owned()));
    let candidates = candidates(&layers, &request);
    let listed: Vec<(&str, &Value)> =
        candidates.iter().map(|candidate| (candidate.key.as_str(), &candidate.value)).collect();
    let one = |text: &str| Value::One(text.to_owned());
    assert_eq!(
        listed,
        [
            ("aws:principaltag/costcenter", &one("4?")),
            ("aws:principaltag/costcenter", &one("5")),
            ("aws:principaltag/home", &one("x")),
            ("aws:principaltag/team", &one("blue")),
        ]
    );
    let WhatIf::Turn(turn) = what_if(&layers, &request, &candidates) else { panic!("nothing turns it") };
    let with: Vec<&str> = turn.with.iter().map(|candidate| candidate.key.as_str()).collect();
    assert_eq!(with, ["aws:principaltag/costcenter", "aws:principaltag/home", "aws:principaltag/team"]);
    let (statement, condition) = turn.turning_point().unwrap();
    assert_eq!((statement.name(), condition), ("statement Own".to_owned(), Some(0)));

    // Two of the three would not do.
    assert_eq!(what_if(&layers, &request, &candidates[..3]), WhatIf::Nothing);
}

/// Of several statements that do not allow, the nearest: action before resource before conditions.
#[test]
fn the_nearest_statement_is_pointed_at() {
    let statement = |sid: &str, action: &str, resource: &str, keys: &[&str]| {
        let conditions: Vec<String> = keys.iter().map(|key| format!(r#""{key}":"x""#)).collect();
        format!(
            r#"{{"Sid":"{sid}","Effect":"Allow","Action":"{action}","Resource":"{resource}",
                "Condition":{{"StringEquals":{{{}}}}}}}"#,
            conditions.join(",")
        )
    };
    let (here, elsewhere) = ("arn:aws:s3:::bucket/*", "arn:aws:s3:::other/*");
    let all = [
        statement("Action", "sqs:*", here, &["k:given"]),
        statement("Resource", "s3:*", elsewhere, &["k:given"]),
        statement("ThreeKeys", "s3:*", here, &["k:a", "k:b", "k:c"]),
        statement("TwoKeys", "s3:*", here, &["k:a", "k:b", "k:given"]),
        statement("UnknownKey", "s3:*", here, &["k:unknown", "k:unread", "k:given"]),
        statement("OneKey", "s3:*", here, &["k:a"]),
    ];
    let pointed = |names: &[usize]| {
        let list: Vec<&str> = names.iter().map(|index| all[*index].as_str()).collect();
        let identity =
            policies(&[&format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, list.join(","))]);
        let layers = Layers { identity: &identity, ..Layers::default() };
        let mut request = request();
        request.context.set("k:given", Value::One("x".to_owned()));
        request.context.set("k:unknown", Value::Unknown);
        request.context.set("k:unread", Value::Unknown);
        let traces = explain(&layers, &request);
        pointed_at(&layers, &Decision::ImplicitlyDenied, &traces).unwrap().name()
    };
    assert_eq!(pointed(&[0, 1]), "statement Resource");
    assert_eq!(pointed(&[0, 1, 2]), "statement ThreeKeys");
    assert_eq!(pointed(&[1, 2, 3]), "statement TwoKeys");
    assert_eq!(pointed(&[2, 3, 4]), "statement UnknownKey");
    assert_eq!(pointed(&[4, 5]), "statement UnknownKey");
    assert_eq!(pointed(&[2, 3, 5]), "statement OneKey");
}

#[test]
fn a_variable_with_a_default_is_not_lacking_and_one_is_named_once() {
    let policy = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*",
        "Resource":["arn:aws:s3:::home/${aws:username, 'x'}/*","arn:aws:s3:::team/${aws:PrincipalTag/Team}/*"],
        "Condition":{"StringLike":{"k:x":["${aws:PrincipalTag/Team}","${aws:PrincipalTag/Team}*"]}}}}"#;
    let identity = policies(&[policy]);
    let layers = Layers { identity: &identity, ..Layers::default() };
    let traces = explain(&layers, &request());
    assert_eq!(traces[0].resource_lacks, ["aws:principaltag/team"]);
    assert_eq!(
        traces[0].to_string(),
        "statement 1 of identity policy 1 does not allow it: the request has no aws:principaltag/team to put into \
         Resource"
    );
    let condition = &traces[0].conditions[0];
    assert_eq!(condition.variables, [("aws:principaltag/team".to_owned(), Value::Absent)]);
    assert_eq!(condition.absent().collect::<Vec<_>>(), ["k:x", "aws:principaltag/team"]);
}

fn turned_by(statement: &str, arn: &str) -> Result<Vec<(String, Value)>, WhatIf> {
    let identity = policies(&[&format!(r#"{{"Version":"2012-10-17","Statement":{statement}}}"#)]);
    let layers = Layers { identity: &identity, ..Layers::default() };
    let request = Request { resource: Resource::Named(arn.to_owned()), ..request() };
    match what_if(&layers, &request, &candidates(&layers, &request)) {
        WhatIf::Turn(turn) => {
            Ok(turn.with.into_iter().map(|candidate| (candidate.key, candidate.value)).collect())
        }
        other => Err(other),
    }
}

#[test]
fn candidates_are_found_for_what_can_be_satisfied() {
    let allow = |condition: &str| {
        turned_by(
            &format!(r#"{{"Effect":"Allow","Action":"*","Resource":"*","Condition":{condition}}}"#),
            "arn:aws:s3:::b/k",
        )
    };
    let one = |key: &str, value: &str| Ok(vec![(key.to_owned(), Value::One(value.to_owned()))]);
    assert_eq!(allow(r#"{"Null":{"t:x":"false"}}"#), one("t:x", "any-value"));
    assert_eq!(allow(r#"{"StringLike":{"t:x":"*"}}"#), one("t:x", "any-value"));
    assert_eq!(allow(r#"{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}"#), one("aws:sourceip", "10.0.0.0"));
    let home = |resource: &str, arn: &str| {
        turned_by(&format!(r#"{{"Effect":"Allow","Action":"*","Resource":"{resource}"}}"#), arn)
    };
    let team = |value: &str| one("aws:principaltag/team", value);
    assert_eq!(home("arn:aws:s3:::b/${aws:PrincipalTag/Team}/*", "arn:aws:s3:::b/red/x"), team("red"));
    assert_eq!(
        home(
            "arn:aws:dynamodb:*:*:table/${aws:PrincipalTag/Team}-*",
            "arn:aws:dynamodb:eu-west-1:1:table/red-orders"
        ),
        team("red")
    );
    assert_eq!(
        home("arn:aws:s3:::c/${aws:PrincipalTag/Team}/*", "arn:aws:s3:::b/red/x"),
        Err(WhatIf::Nothing)
    );
}

/// Many keys with many values, of which few matter; and so many that the search gives up, and says so.
#[test]
fn many_candidates() {
    let keys = |count: usize, values: &str| {
        let keys: Vec<String> = (0..count).map(|index| format!(r#""k:{index:03}":[{values}]"#)).collect();
        format!(r#"{{"StringEquals":{{{}}}}}"#, keys.join(","))
    };
    let statement = |resource: &str, condition: &str| {
        format!(r#"{{"Effect":"Allow","Action":"*","Resource":"{resource}","Condition":{condition}}}"#)
    };
    let here = "arn:aws:s3:::bucket/x";
    let found = turned_by(&statement("*", &keys(7, r#""v","w""#)), here).unwrap();
    assert_eq!(found.len(), 7);
    let elsewhere = statement("arn:aws:s3:::other/*", &keys(35, r#""v","w""#));
    let two = statement("*", r#"{"StringEquals":{"t:x":"1","t:y":"2"}}"#);
    let found = turned_by(&format!("[{elsewhere},{two}]"), here).unwrap();
    assert_eq!(found.iter().map(|(key, _)| key.as_str()).collect::<Vec<_>>(), ["t:x", "t:y"]);
    assert_eq!(turned_by(&statement("*", &keys(40, r#""v","w""#)), here), Err(WhatIf::GaveUp));
}
