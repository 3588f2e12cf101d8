//! Every `--json` keeps to its schema.

use serde_json::Value as Json;
use tagmend_tests::{json, tagmend};

#[tokio::test]
async fn every_line_keeps_to_its_schema_and_names_its_version() {
    let folder = tempfile::tempdir().unwrap();
    let cases = folder.path().join("cases.jsonl");
    let lines = [
        r#"{"policies": [{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*",
            "Condition": {"StringEquals": {"aws:PrincipalTag/Team": ["a", "b"]}}}}],
            "request": {"action": "s3:GetObject", "unknown": ["aws:PrincipalTag/Team"]}}"#,
        r#"{"id": 7, "policies": [{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*",
            "Condition": {"StringEquals": {"aws:PrincipalTag/Team": "a"}}}}], "request": {"action": "s3:GetObject"}}"#,
        "{}",
    ];
    std::fs::write(&cases, lines.map(|line| line.replace('\n', " ")).join("\n")).unwrap();
    let simulate = ["simulate", cases.to_str().unwrap(), "--json", "--what-if"];
    let changed = [&simulate[..], &["--set", "aws:SourceIp=10.0.0.1"]].concat();
    for (name, arguments) in [
        ("simulated", &simulate[..]),
        ("simulated", &changed),
        ("finding", &["scan", "--json"]),
        ("finding", &["baseline", "check", "--json"]),
        ("replay-record", &["explain", "--json", "events/mapping-missing/explicit-deny.json"]),
        ("replay-summary", &["replay", "--json", "--summary", "events/mapping-missing"]),
        ("review", &["review", "--json"]),
    ] {
        let validator = jsonschema::validator_for(&json(&format!("docs/schemas/{name}.json"))).unwrap();
        let (_, out) = tagmend(arguments).await;
        let lines: Vec<Json> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert!(!lines.is_empty(), "{arguments:?}");
        for line in lines {
            assert!(validator.is_valid(&line), "{arguments:?}: {line}");
            assert!(line["schema"].is_u64(), "{arguments:?}: {line}");
            let mut bent = line.clone();
            bent["schema"] = "one".into();
            assert!(!validator.is_valid(&bent), "{name}");
        }
    }
}

/// What a record has to tell whoever looks for it again, of a denied call and of what is none. A repetition is told of in
/// full by the record that it repeats, and what is neither denied nor throttled has nothing to tell.
#[tokio::test]
async fn every_record_has_its_time_error_region_and_rule() {
    let validator = jsonschema::validator_for(&json("docs/schemas/replay-record.json")).unwrap();
    let (_, out) = tagmend(&["replay", "--json", "events"]).await;
    let (mut denied, mut related, mut errors) = (0, 0, 0);
    for line in out.lines() {
        let line: Json = serde_json::from_str(line).unwrap();
        assert!(validator.is_valid(&line), "{line}");
        if !line["failure"]["class"].is_string() || line["failure"]["class"] == "neither" {
            continue;
        }
        let failure = line["failure"].as_object().unwrap();
        for name in ["time", "error_code", "error_message", "region"] {
            assert!(failure.contains_key(name), "{name}: {line}");
        }
        assert!(failure["time"].is_string() && failure["region"].is_string(), "{line}");
        if !line["repeats"].is_null() {
            continue;
        }
        assert!(line["diagnosis"]["rule"].is_string(), "{line}");
        if !line["diagnosis"]["bucket"].is_null() {
            assert!(failure["error_code"].is_string() && failure["error_message"].is_string(), "{line}");
            denied += 1;
            continue;
        }
        related += 1;
        // Where something failed, as it came.
        let place = line["place"].as_str().unwrap();
        let raw = json(place.split('#').next().unwrap());
        let raw = raw.get("detail").unwrap_or(&raw);
        for (name, path) in [("error_code", "errorCode"), ("error_message", "errorMessage")] {
            let came = raw.get(path).filter(|text| text.as_str().is_some_and(|text| !text.is_empty()));
            assert_eq!(failure[name], came.cloned().unwrap_or_default(), "{line}");
            errors += usize::from(came.is_some());
        }
    }
    assert!(denied > 200 && related > 50 && errors > 20, "{denied} {related} {errors}");
}
