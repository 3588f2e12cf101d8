use std::collections::BTreeSet;

use serde_json::json;

use super::*;
use crate::related::Related;
use crate::{Baseline, Diagnosis, Failure, Triage, deliveries, triage};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../events/");

fn read(path: &str) -> String {
    std::fs::read_to_string(format!("{ROOT}{path}")).unwrap()
}

fn corpus() -> Vec<(String, Json)> {
    let expected: Json = serde_json::from_str(&read("expected.json")).unwrap();
    let entries = expected["events"].as_array().unwrap().iter();
    entries
        .map(|entry| {
            let name = entry["event"].as_str().unwrap().to_owned();
            let event = serde_json::from_str(&read(&name)).unwrap();
            (name, event)
        })
        .collect()
}

/// What the record alone decides; the accounts and roles of the baseline are replaced with the record's.
fn decided(event: &Json, baseline: &Baseline) -> Vec<(String, usize)> {
    let read =
        |diagnosis: &Diagnosis| (diagnosis.cause.name().to_owned(), diagnosis.evidence.sentences.len());
    let delivered = deliveries(event).into_iter().flatten();
    delivered
        .map(|delivery| match (delivery.related.clone(), Failure::read(delivery)) {
            (Some(related), _) => (related.cause.name().to_owned(), related.evidence.len()),
            (None, None) => ("none".to_owned(), 0),
            (None, Some(failure)) => match triage(&failure, baseline) {
                Triage::Settled(diagnosis) => read(&diagnosis),
                Triage::Ask(_) => ("ask".to_owned(), 0),
            },
        })
        .collect()
}

#[test]
fn the_whole_corpus_is_read_alike_and_names_nobody() {
    let text = read("baseline.json");
    let baseline = Baseline::parse(&text).unwrap();
    let mut refused = BTreeSet::new();
    for (name, event) in corpus() {
        let Ok(redacted) = redact(&event) else {
            refused.insert(name);
            continue;
        };
        let printed = redacted.to_string().to_lowercase();
        for secret in
            ["jane", "doe@", "admin@", "111122223333", "444455556666", "c46824b8", "203.0.113.24", "finance"]
        {
            assert!(!printed.contains(secret), "{name} still has {secret}: {redacted:#}");
        }
        // The accounts of the baseline as the record has them now.
        let mut redactor = Redactor::default();
        let mut known = Vec::new();
        collect(&event, "", false, &mut known);
        known.extend(named_by_message(&event));
        known.retain(|name| name.len() > 2 && name != HIDDEN);
        known.sort_by_key(|name| std::cmp::Reverse(name.len()));
        known.dedup();
        assert_eq!(redactor.walk(&event, "", false, &known), redacted, "{name}: the same words every time");
        let mut renamed: Json = serde_json::from_str(&text).unwrap();
        for account in renamed["accounts"].as_array_mut().unwrap() {
            *account = json!(redactor.name(account.as_str().unwrap()));
        }
        for role in renamed["own_roles"].as_array_mut().unwrap() {
            *role = json!(redactor.name(role.as_str().unwrap()));
        }
        let renamed = Baseline::parse(&renamed.to_string()).unwrap();
        assert_eq!(decided(&redacted, &renamed), decided(&event, &baseline), "{name}");
    }
    // Names that are made to be read as something else.
    let imitating = [
        "kms-key/near-miss-name-that-imitates.json",
        "mapping-missing/near-miss-line-breaks.json",
        "s3-setting/near-miss-name-that-imitates.json",
    ];
    assert_eq!(refused, imitating.map(str::to_owned).into());
}

#[test]
fn the_same_word_is_the_same_everywhere_and_no_word_is_itself() {
    let record = json!({"detail": {
        "userIdentity": {"arn": "arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Audit_2b03e7d876722882/jane.doe@example.com"},
        "errorCode": "AccessDenied", "eventSource": "s3.amazonaws.com", "eventName": "GetObject",
        "errorMessage": "User: arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Audit_2b03e7d876722882/jane.doe@example.com is not authorized to perform: s3:GetObject on resource: \"arn:aws:s3:::ledger/jane\" because no identity-based policy allows the s3:GetObject action",
        "requestParameters": {"bucketName": "ledger", "key": "jane", "message": "HIDDEN_DUE_TO_SECURITY_REASONS"},
    }});
    let redacted = redact(&record).unwrap();
    let text = |path: &str| redacted.pointer(path).and_then(Json::as_str).unwrap();
    let arn = text("/detail/userIdentity/arn");
    assert!(arn.starts_with("arn:aws:sts::") && arn.contains(":assumed-role/AWSReservedSSO_"), "{arn}");
    let (bucket, key) = (text("/detail/requestParameters/bucketName"), text("/detail/requestParameters/key"));
    assert!(arn.contains(&format!("/{key}.")), "jane is the same everywhere: {arn}, {key}");
    assert_eq!(
        text("/detail/errorMessage"),
        format!(
            "User: {arn} is not authorized to perform: s3:GetObject on resource: \"arn:aws:s3:::{bucket}/{key}\" \
             because no identity-based policy allows the s3:GetObject action"
        )
    );
    assert_eq!(redacted["detail"]["requestParameters"]["message"], HIDDEN);
    assert!(Related::read(&redacted).is_none());
}
