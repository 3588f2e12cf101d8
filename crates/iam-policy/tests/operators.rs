//! Tables of answers written from the documentation: `operators.txt` and `comparisons.txt`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "this is a test"
)]

use std::collections::BTreeSet;

use iam_policy::{Context, Decision, Layers, Open, Policy, Request, Resource, Value, evaluate};
use serde_json::json;

const KEY: &str = "example:Key";

fn policy(effect: &str, operator: &str, values: &[&str]) -> Policy {
    let statement = |effect: &str| json!({"Effect": effect, "Action": "*", "Resource": "*"});
    let mut conditional = statement(effect);
    conditional["Condition"] = json!({operator: {KEY: values}});
    let statements = match effect {
        "Deny" => vec![statement("Allow"), conditional],
        _ => vec![conditional],
    };
    Policy::parse(&json!({"Version": "2012-10-17", "Statement": statements}).to_string()).unwrap()
}

fn decide(policy: Policy, context: Context) -> Decision {
    let resource = Resource::Named("arn:aws:s3:::bucket/x".to_owned());
    let request = Request { action: "s3:GetObject".to_owned(), resource, context };
    let identity = [policy];
    evaluate(&Layers { identity: &identity, ..Layers::default() }, &request).decision
}

/// The letter of a cell.
fn letter(decision: Decision) -> &'static str {
    match decision {
        Decision::Allowed => "A",
        Decision::ImplicitlyDenied => "I",
        Decision::ExplicitlyDenied => "E",
        Decision::Depends(open) if open == BTreeSet::from([Open::Key(KEY.to_ascii_lowercase())]) => "D",
        Decision::Depends(open) if open.iter().all(|open| matches!(open, Open::Rule(_))) => "U",
        Decision::Depends(open) => panic!("{open:?}"),
    }
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty())
}

#[test]
fn every_operator_in_every_form() {
    let mut rows = 0;
    let mut operators = BTreeSet::new();
    let mut block: Vec<&str> = Vec::new();
    let mut forms: Vec<&str> = Vec::new();
    for line in lines(include_str!("operators.txt")) {
        if line.contains('|') {
            block = line.split(" | ").collect();
            operators.insert(block[0]);
            continue;
        }
        let (kind, cells) = line.split_at(16);
        let cells: Vec<&str> = cells.split_whitespace().collect();
        if kind.trim().is_empty() {
            forms = cells;
            continue;
        }
        let [operator, wanted, matching, not_matching] = block[..] else { panic!("{block:?}") };
        let one = |text: &str| Value::One(text.to_owned());
        let value = match kind.trim() {
            "matching" => one(matching),
            "not matching" => one(not_matching),
            "absent" => Value::Absent,
            "unknown" => Value::Unknown,
            "several" => Value::Many(vec![matching.to_owned(), not_matching.to_owned()]),
            other => panic!("{other}"),
        };
        assert_eq!(cells.len(), 2 * forms.len(), "{operator} {kind}");
        for (form, expected) in forms.iter().zip(cells.chunks(2)) {
            let operator = match *form {
                "plain" => operator.to_owned(),
                "IfExists" => format!("{operator}IfExists"),
                prefix => format!("{prefix}:{operator}"),
            };
            for (effect, expected) in ["Allow", "Deny"].into_iter().zip(expected) {
                let mut context = Context::closed();
                context.set(KEY, value.clone());
                let found = letter(decide(policy(effect, &operator, &[wanted]), context));
                assert_eq!(found, *expected, "{effect} {operator} {wanted}, {}: {value:?}", kind.trim());
                rows += 1;
            }
        }
    }
    assert_eq!((operators.len(), rows), (27, 26 * 5 * 4 * 2 + 2 * 4 * 2));
}

#[test]
fn comparisons() {
    let mut rows = 0;
    for line in lines(include_str!("comparisons.txt")) {
        let [operator, wanted, given, expected] = line.split(" | ").collect::<Vec<_>>()[..] else {
            panic!("{line}");
        };
        let wanted: Vec<&str> = wanted.split(" or ").collect();
        let mut context = Context::closed();
        for (tag, value) in [("team", "red"), ("star", "*"), ("empty", "")] {
            context.set(&format!("aws:PrincipalTag/{tag}"), Value::One(value.to_owned()));
        }
        context.set(KEY, Value::One(given.to_owned()));
        let found = match letter(decide(policy("Allow", operator, &wanted), context)) {
            "A" => "yes",
            "I" => "no",
            "U" => "undocumented",
            other => panic!("{other}"),
        };
        assert_eq!(found, expected, "{line}");
        rows += 1;
    }
    assert_eq!(rows, 72);
}

/// What a condition says of an empty list, of the request or of the policy, is not documented.
#[test]
fn empty_lists() {
    let given = |value: Value| {
        let mut context = Context::closed();
        context.set(KEY, value);
        context
    };
    for operator in ["StringEquals", "ForAllValues:StringEquals", "ForAnyValue:StringNotEquals", "Null"] {
        let wanted = if operator == "Null" { "true" } else { "red" };
        let decision = decide(policy("Allow", operator, &[wanted]), given(Value::Many(Vec::new())));
        assert_eq!(letter(decision), "U", "{operator} on an empty list");
        let decision = decide(policy("Allow", operator, &[]), given(Value::One("red".to_owned())));
        assert_eq!(letter(decision), "U", "{operator} without values");
    }
}

/// "An empty data set (for example, an empty string)" is what AWS says of set operators, and no more.
#[test]
fn an_empty_text_and_set_operators() {
    for operator in ["ForAllValues:StringEquals", "ForAnyValue:StringNotEquals", "ForAnyValue:StringEquals"] {
        let mut context = Context::closed();
        context.set(KEY, Value::One(String::new()));
        assert_eq!(letter(decide(policy("Allow", operator, &["red", ""]), context)), "U", "{operator}");
    }
}

/// Patterns of actions and resources, against `s3:GetObject` on `arn:aws:s3:::bucket/x` or another ARN.
/// Sources: `reference-arns`, `reference_policies_elements_resource`.
#[test]
fn actions_and_resources() {
    let topic = "arn:aws:sns:us-east-1:111122223333:topic";
    let elsewhere = "arn:aws:sqs:us-east-1:999999999999:x-2:111122223333:q1";
    for (element, pattern, arn, expected) in [
        ("Action", "s3:getobject", topic, "A"),
        ("Action", "s3:Get*", topic, "A"),
        ("Action", "sqs:*", topic, "I"),
        ("Action", "*:*", topic, "U"),
        ("Action", "s?:GetObject", topic, "U"),
        ("Action", "*:PutObject", topic, "I"),
        // "AWS automatically completes the ARN by adding wildcard characters to all missing fields".
        ("Resource", "arn:aws:sns", topic, "A"),
        ("Resource", "arn:aws:sns:us-east-1", topic, "A"),
        ("Resource", "arn:aws:sns:eu-west-1", topic, "I"),
        ("Resource", "arn:aws:sns:*", topic, "A"),
        ("Resource", "arn:aws:sns:*:topic", topic, "A"),
        ("NotResource", "arn:aws:sns", topic, "I"),
        ("Resource", "arn:aws:sns:us-east-1:*", topic, "A"),
        ("Resource", "arn:aws:sns:us-*:111122223333:to?ic", topic, "A"),
        ("Resource", "arn:aws:sns:us-east-1:*topic", topic, "U"),
        // Only a `*` that ends a part is said to go beyond it.
        ("Resource", "arn:aws:sns:us-east-1:111122223333?topic", topic, "U"),
        ("Resource", "arn:aws:sqs:us-*-2:111122223333:q1", elsewhere, "U"),
        ("Resource", "arn:aws:sqs:us-*:111122223333:q1", elsewhere, "A"),
        ("Resource", "arn:aws:s*:us-east-1:111122223333:topic", topic, "U"),
        ("Resource", "arn:aws:?ns:us-east-1:111122223333:topic", topic, "U"),
        ("Resource", "arn:*:s*:us-east-1:111122223333:topic", topic, "U"),
        ("Resource", "arn:*:sqs:us-east-1:111122223333:topic", topic, "I"),
        // Only "the service segment" may have none.
        ("Resource", "arn:*:sns:us-east-1:111122223333:topic", topic, "A"),
        ("Resource", "arn:aws*:sns:*:*:topic", topic, "A"),
        ("Resource", "arn:a?s:sns:*:111122223333:*", topic, "A"),
        ("Resource", "arn:aws-*:sns:*:*:topic", topic, "I"),
        ("Resource", "arn:*:sns", topic, "A"),
        ("NotResource", "arn:*:sns:*:*:topic", topic, "I"),
        // Here the partition's wildcard stands for the service too.
        ("Resource", "arn:*", topic, "U"),
        ("Resource", "arn:aws:logs:us-east-1:1:group:a*z", "arn:aws:logs:us-east-1:1:group:a:b:z", "A"),
    ] {
        let mut statement = json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
        if element == "NotResource" {
            statement.as_object_mut().unwrap().remove("Resource");
        }
        statement[element] = json!(pattern);
        let policy = json!({"Version": "2012-10-17", "Statement": statement}).to_string();
        let identity = [Policy::parse(&policy).unwrap()];
        let resource = Resource::Named(arn.to_owned());
        let request = Request { action: "s3:GetObject".to_owned(), resource, context: Context::closed() };
        let decision = evaluate(&Layers { identity: &identity, ..Layers::default() }, &request).decision;
        assert_eq!(letter(decision), expected, "{element} {pattern} {arn}");
    }
}
