//! Every mistake that people make in a baseline, with what is said of it: the place, and the mistake by its name.

use std::fmt::Write;

use serde_json::Value as Json;
use tagmend_diagnosis::Baseline;
use tagmend_tests::{json, text};

/// The baseline that the mistakes are made in.
fn good() -> String {
    text("infra/baseline.json")
}

/// Mistakes by what somebody did: a text of the good file, and what stands in its place.
const SLIPS: [(&str, &str, &str); 33] = [
    ("a misspelt field", "\"owner\": \"idp\"", "\"ownr\": \"idp\""),
    ("a field of its own", "\"fixes_per_hour\": 5", "\"fixes_per_hour\": 5, \"comment\": \"x\""),
    ("a field twice", "\"fixes_per_hour\": 5", "\"fixes_per_hour\": 5, \"fixes_per_hour\": 500"),
    ("a field that is missing", "\"accounts\": [\n    \"111122223333\"\n  ],", ""),
    ("a wrong ARN of the instance", ":instance/ssoins-1111222233334444", ":instance/1111222233334444"),
    ("a wrong ARN of a permission set", "/ps-1111222233334444", "/1111222233334444"),
    (
        "another instance's permission set",
        "permissionSet/ssoins-1111222233334444",
        "permissionSet/ssoins-9999222233334444",
    ),
    ("a mapping twice", "\"key\": \"CostCenter\"", "\"key\": \"department\""),
    ("a key that is none", "\"key\": \"Project\"", "\"key\": \"Pro*ject\""),
    ("a trailing comma", "\"maximum_event_age_hours\": 24\n", "\"maximum_event_age_hours\": 24,\n"),
    ("a missing comma", "\"fixes_per_hour\": 5,", "\"fixes_per_hour\": 5"),
    ("a comment", "\"version\": 1,", "\"version\": 1, // the first"),
    ("single quotes", "\"us-east-1\"", "'us-east-1'"),
    ("an end that is missing", "\n  }\n}\n", "\n  }\n"),
    ("an unknown owner", "\"owner\": \"idp\"", "\"owner\": \"okta\""),
    ("an unknown kind of healing", "\"restore-mapping\"", "\"restore-mappings\""),
    ("an account that is too short", "\"111122223333\"", "\"11112222333\""),
    ("an account that is a number", "\"111122223333\"", "111122223333"),
    ("an account twice", "\"111122223333\"", "\"111122223333\", \"111122223333\""),
    ("the management account in scope", "\"111122223333\"", "\"999999999999\""),
    (
        "accounts that are no list",
        "\"accounts\": [\n    \"111122223333\"\n  ]",
        "\"accounts\": \"111122223333\"",
    ),
    (
        "a rule of accounts that is none",
        "\"accounts\": [\n    \"111122223333\"\n  ]",
        "\"accounts\": {\"all\": true}",
    ),
    ("an unknown source", "${path:enterprise.department}", "${path:department}"),
    ("a source that is missing", ",\n      \"source\": \"${path:enterprise.department}\"", ""),
    (
        "a source for a key of the IdP",
        "\"owner\": \"idp\"",
        "\"owner\": \"idp\", \"source\": \"${path:title}\"",
    ),
    ("provisioning without a digest", "\"restore-mapping\"", "\"provision\""),
    ("version 2", "\"version\": 1", "\"version\": 2"),
    ("a negative limit", "\"fixes_per_hour\": 5", "\"fixes_per_hour\": -5"),
    ("a limit in words", "\"fixes_per_hour\": 5", "\"fixes_per_hour\": \"five\""),
    ("a Region that is none", "\"us-east-1\"", "\"eu-wset-1\""),
    ("an identity store that is none", "\"d-1111222233\"", "\"d-906\""),
    (
        "a role that is no role of the stack",
        "\"arn:aws:iam::111122223333:role/tagmend-heal\"",
        "\"AWSServiceRoleForSSO\"",
    ),
    (
        "a cool-down of ten weeks",
        "\"fixes_per_hour\": 5",
        "\"fixes_per_hour\": 5, \"cool_down_minutes\": 99999",
    ),
];

/// Files that are no JSON at all.
fn files() -> Vec<(&'static str, Vec<u8>)> {
    let utf16: Vec<u8> = good().encode_utf16().flat_map(u16::to_le_bytes).collect();
    vec![
        ("an empty file", Vec::new()),
        ("white space", b"\n\n  \n".to_vec()),
        ("YAML", b"version: 1\ninstance:\n  arn: x\n".to_vec()),
        ("YAML with its head", b"---\nversion: 1\n".to_vec()),
        ("a byte order mark", [b"\xef\xbb\xbf", good().as_bytes()].concat()),
        ("UTF-16 with a byte order mark", [b"\xff\xfe", utf16.as_slice()].concat()),
        ("UTF-16 without one", utf16),
        ("Latin-1", b"{\n  \"version\": \"\xe9\"}".to_vec()),
        ("a list", b"[1]".to_vec()),
        ("two baselines", [good(), good()].concat().into_bytes()),
    ]
}

#[track_caller]
fn said(bytes: &[u8]) -> String {
    Baseline::read(bytes).expect_err("it is a mistake").to_string()
}

#[test]
fn every_mistake_is_said_with_its_place() {
    let mut table = String::new();
    for (what, old, new) in SLIPS {
        let good = good();
        assert!(good.contains(old), "{what}: {old}");
        let bent = good.replacen(old, new, 1);
        writeln!(table, "{what}\n  {}\n", said(bent.as_bytes())).unwrap();
    }
    for (what, bytes) in files() {
        writeln!(table, "{what}\n  {}\n", said(&bytes)).unwrap();
    }
    insta::assert_snapshot!(table);
}

#[test]
fn all_of_them_are_said_in_one_run() {
    let mut bent = good();
    let places: Vec<&str> =
        vec!["Region that is", "identity store", "unknown owner", "role that", "negative"];
    for (what, old, new) in SLIPS {
        if places.iter().any(|place| what.contains(place)) {
            bent = bent.replacen(old, new, 1);
        }
    }
    insta::assert_snapshot!(said(bent.as_bytes()));
}

/// What no schema can say: what one value says of another, and what comes before JSON.
const BEYOND_SCHEMA: [&str; 4] = [
    "a field twice",
    "another instance's permission set",
    "a mapping twice",
    "the management account in scope",
];

#[test]
fn an_editor_finds_what_the_parser_finds() {
    let validator = jsonschema::validator_for(&json("infra/baseline.schema.json")).unwrap();
    assert!(
        validator.is_valid(&json("infra/baseline.json")) && validator.is_valid(&json("events/baseline.json"))
    );
    for (what, old, new) in SLIPS {
        let Ok(bent) = serde_json::from_str::<Json>(&good().replacen(old, new, 1)) else {
            continue;
        };
        assert_eq!(validator.is_valid(&bent), BEYOND_SCHEMA.contains(&what), "{what}");
    }
}
