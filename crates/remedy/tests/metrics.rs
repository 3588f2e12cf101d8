//! `docs/metrics.md` lists exactly the metrics that are sent. `WRITE_DOCS=1` writes it.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "this is a test")]

use std::fmt::Write;

use tagmend_diagnosis::{AttributeSource, Change};
use tagmend_remedy::{
    AwsError, Coverage, Index, Inspection, Outcome, Refusal, Report,
    metrics::{Metric, NAMESPACE, counts, inspection_counts},
};

#[test]
fn the_list_in_the_documents_is_the_list_in_the_code() {
    let counts = counts(&nothing_treated());
    let others: Vec<Metric> =
        counts.iter().filter(|(_, count)| *count > 0).map(|(metric, _)| *metric).collect();
    assert_eq!(others, [Metric::Invocations], "a batch of nothing is all zeros, and one batch");
    let looked = inspection_counts(&Ok(nothing_found()));
    let others: Vec<Metric> =
        looked.iter().filter(|(_, count)| *count > 0).map(|(metric, _)| *metric).collect();
    assert_eq!(others, [Metric::Invocations, Metric::Heartbeat], "a look at nothing is all zeros, and alive");
    let mut text = format!(
        "# Metrics\n\nNamespace `{NAMESPACE}`, one `PutMetricData` a batch and a second look, zeros included. Every \
         metric has the dimension\n`Function`: `heal`, `watch`, or `replay` for an operator's. Values of `Cause` are the \
         names in\n`crates/diagnosis/src/cause.rs`, those of `Finding` the names in \
         `crates/diagnosis/src/second_look/drift.rs`.\n\n\
         | metric | dimensions | unit | what it counts |\n|---|---|---|---|\n"
    );
    let mut named: Vec<&str> = Vec::new();
    for (metric, _) in counts.into_iter().chain(looked) {
        if named.contains(&metric.name()) {
            continue;
        }
        named.push(metric.name());
        let more = metric.dimension().map(|(name, _)| format!(", `{name}`")).unwrap_or_default();
        let unit = metric.unit();
        writeln!(
            text,
            "| `{}` | `Function`{more} | {} | {} |",
            metric.name(),
            unit.as_str(),
            metric.meaning()
        )
        .unwrap();
    }
    let path = format!("{}/../../docs/metrics.md", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("WRITE_DOCS").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    assert_eq!(std::fs::read_to_string(path).unwrap(), text);
}

fn nothing_treated() -> Report {
    Report { treated: vec![], changes: vec![], overwritten: vec![], turned_off: vec![] }
}

#[test]
fn what_a_limit_or_a_person_stops_is_counted_and_what_is_not_settled_yet_is_not() {
    let change = Change::RestoreMapping {
        key: "Department".to_owned(),
        source: AttributeSource::parse("${path:title}").unwrap(),
    };
    let counted = |outcome: Option<Outcome>| {
        let report = Report { changes: vec![(change.clone(), outcome)], ..nothing_treated() };
        counts(&report).into_iter().find(|(metric, _)| *metric == Metric::Refused).map(|(_, count)| count)
    };
    let refused = |refusal| Some(Outcome::Refused(refusal));
    for refusal in [Refusal::Hold, Refusal::BudgetSpent, Refusal::PoliciesNotApproved] {
        assert_eq!(counted(refused(refusal)), Some(1), "{refusal}");
    }
    for refusal in [Refusal::LeaseHeld, Refusal::StateChanged, Refusal::UnderWay, Refusal::OutOfTime] {
        assert_eq!(counted(refused(refusal)), Some(0), "{refusal}");
    }
    assert_eq!((counted(Some(Outcome::AlreadyInPlace)), counted(None)), (Some(0), Some(0)));
}

/// A look at an instance where nothing is.
fn nothing_found() -> Inspection {
    let time = "2026-11-23T12:00:00Z".parse().unwrap();
    Inspection {
        time,
        findings: vec![],
        fixes: vec![],
        denied_again: vec![],
        mappings_in_use: 0,
        permission_sets: Coverage { looked_at: 0, all: Some(0) },
        users: Coverage { looked_at: 0, all: Some(0) },
        index: Index { schema: 1, time, permission_sets: [].into() },
        index_is_complete: true,
        errors: vec![],
    }
}

#[test]
fn a_look_that_could_not_begin_or_read_everything_has_no_heartbeat() {
    let refused = || AwsError::lasting("sso:ListPermissionSets", "AccessDeniedException");
    let expected = vec![
        (Metric::Invocations, 1),
        (Metric::Heartbeat, 0),
        (Metric::Failures, 1),
        (Metric::OwnFailures, 1),
    ];
    assert_eq!(inspection_counts(&Err(refused())), expected);
    let partly = Inspection { errors: vec![refused()], ..nothing_found() };
    assert_eq!(inspection_counts(&Ok(partly))[..4], expected);
}

#[test]
fn the_share_of_mappings_reaches_eighty_percent_with_the_fortieth() {
    for (mappings, percent) in [(0, 0), (1, 2), (39, 78), (40, 80), (50, 100)] {
        let inspection = Inspection { mappings_in_use: mappings, ..nothing_found() };
        assert!(inspection_counts(&Ok(inspection)).contains(&(Metric::MappingsInUse, percent)), "{mappings}");
    }
}
