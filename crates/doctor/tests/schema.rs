//! `docs/doctor.schema.json` is the schema of what `tagmend doctor --json` prints. `WRITE_SCHEMA=1` writes it.

#![allow(clippy::unwrap_used, reason = "this is a test")]

use schemars::schema_for;
use tagmend_doctor::{Check, Finding, Report, State};

fn report() -> Report {
    let findings = vec![
        Finding::wrong(Check::Hold, "all writing is on hold", "tagmend resume"),
        Finding::well(Check::Stack, "it is there"),
        Finding::not_seen(Check::Reader, "no answer", "look").about(vec!["111122223333".to_owned()]),
    ];
    Report::new(("0.1.0", "tagmend", "eu-west-1"), findings, &[Check::Hold, Check::Stack])
}

#[test]
fn the_schema_of_the_documents_is_that_of_the_types() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/doctor.schema.json");
    let schema = format!("{:#}\n", schema_for!(Report).to_value());
    if std::env::var_os("WRITE_SCHEMA").is_some() {
        std::fs::write(&path, &schema).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap_or_default(), schema, "run `make schema`");
    let validator = jsonschema::validator_for(&serde_json::from_str(&schema).unwrap()).unwrap();
    let mut json = serde_json::to_value(report()).unwrap();
    assert!(validator.is_valid(&json), "{json}");
    json["wrong"] = "many".into();
    assert!(!validator.is_valid(&json));
}

#[test]
fn what_is_accepted_is_told_and_does_not_count() {
    let report = report();
    let told: Vec<(Check, State, bool)> =
        report.findings.iter().map(|finding| (finding.check, finding.state, finding.accepted)).collect();
    let expected = [
        (Check::Stack, State::Well, false),
        (Check::Hold, State::Wrong, true),
        (Check::Reader, State::NotSeen, false),
    ];
    assert_eq!(
        (told.as_slice(), report.wrong, report.not_seen, report.is_well()),
        (&expected[..], 0, 1, false)
    );
}

#[test]
fn every_check_has_a_name_of_its_own() {
    for check in Check::ALL {
        assert_eq!(Check::named(check.name()), Some(check));
        assert_eq!(serde_json::to_value(check).unwrap(), check.name());
    }
}
