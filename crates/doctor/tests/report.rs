//! What a report says of its findings.

#![allow(clippy::unwrap_used, reason = "this is a test")]

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
