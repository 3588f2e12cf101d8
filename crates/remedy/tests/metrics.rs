//! `docs/metrics.md` lists exactly the metrics that are sent. `WRITE_DOCS=1` writes it.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "this is a test")]

use std::collections::BTreeMap;
use std::fmt::Write;

use jiff::Timestamp;
use tagmend_diagnosis::{AttributeSource, Change};
use tagmend_remedy::{
    AwsError, Completeness, Coverage, Inspection, Memory, Outcome, Overwritten, Reached, Refusal, Report,
    TreatedChange,
    ledger::{Attempt, ChangeResult, Thing},
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
        "# Metrics\n\nNamespace `{NAMESPACE}`, one `PutMetricData` a batch and a second look, zeros included. A \
         count\nthat may be too low because something was not read is not sent as zero. Every metric has the dimension\n`Function`, which tells installations apart: `STACK-heal`, `STACK-watch`, or `STACK-replay` for an operator's. Values of `Cause` are the \
         names in\n`crates/diagnosis/src/cause.rs`, those of `Finding` the names in \
         `crates/diagnosis/src/second_look/drift.rs`, those of `Kind` the\nnames in `crates/diagnosis/src/related/cause.rs`. What has a dimension in brackets is sent without it too: an alarm cannot add \
         up causes.\n\n\
         | metric | dimensions | unit | what it counts |\n|---|---|---|---|\n"
    );
    let mut named: Vec<&str> = Vec::new();
    let sent: Vec<Metric> =
        counts.into_iter().chain(looked).map(|(metric, _)| metric).chain([Metric::SecondsToFix]).collect();
    for metric in &sent {
        if named.contains(&metric.name()) {
            continue;
        }
        named.push(metric.name());
        let same = sent.iter().filter(|other| other.name() == metric.name());
        let (with, without): (Vec<&Metric>, Vec<&Metric>) =
            same.partition(|other| other.dimension().is_some());
        let more = match (with.first().and_then(|metric| metric.dimension()), without.is_empty()) {
            (None, _) => String::new(),
            (Some((name, _)), true) => format!(", `{name}`"),
            (Some((name, _)), false) => format!(", [`{name}`]"),
        };
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
    text += &how_they_are_sent(sent.len());
    let path = format!("{}/../../docs/metrics.md", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("WRITE_DOCS").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    assert_eq!(std::fs::read_to_string(path).unwrap(), text);
}

/// Why they are sent as they are, with the figures that say so.
#[allow(clippy::cast_precision_loss, reason = "the figures are small")]
fn how_they_are_sent(metrics: usize) -> String {
    let batch = counts(&nothing_treated());
    let line: usize = embedded(&batch).iter().map(|line| line.to_string().len() + 1).sum();
    // A month of batches: two at a time, each for ten seconds, all day long, is the most that `heal` can do.
    let most = 2 * 30 * 24 * 360;
    let calls = f64::from(most) / 1_000.0 * 0.01;
    let logs = f64::from(most) * line as f64 / 1e9 * 0.5;
    format!(
        "\n## Why `PutMetricData`, and not the embedded metric format\n\n\
         | | `PutMetricData` | embedded metric format |\n|---|---|---|\n\
         | calls of a batch | 1 | 0 |\n\
         | time of a batch | one round trip, after everything else, and never more than what is left of the run | none |\n\
         | bytes of a batch of `heal` in the log | 0 | {line} |\n\
         | the most that a month of `heal` costs ({most} batches) | {calls:.2} USD for calls | {logs:.2} USD for the log |\n\
         | {metrics} metrics, either way | {month:.2} USD a month | {month:.2} USD a month |\n\
         | rights | `cloudwatch:PutMetricData`, in this namespace only | those of the log; whoever may write to the log makes metrics |\n\
         | what is lost | a call that failed is in the log (`the metrics were not sent`) | CloudWatch drops a line that it cannot read, and nobody is told |\n\n\
         Prices are those of us-east-1 ([pricing](https://aws.amazon.com/cloudwatch/pricing/)): 0.01 USD for 1,000 calls, 0.50 USD for a \
         GB of log,\n0.30 USD for a metric a month. The format is cheaper by cents and saves one round trip that nobody waits for: the \
         fix is made by\nthen. In return the namespace would be open to whoever writes to the log, and a metric that an alarm needs could \
         be missing without\na word. So the call stays. What AWS says for the format: \
         ([Lambda](https://docs.aws.amazon.com/lambda/latest/dg/web-functions-emf.html)).\n",
        month = metrics as f64 * 0.3,
    )
}

/// A dimension's name and value.
type Dimension<'a> = (&'a str, &'a str);

/// The same counts in the embedded metric format: a line for each cause, as a name stands for one value in a line.
/// Source: `CloudWatch_Embedded_Metric_Format_Specification` in the CloudWatch user guide.
fn embedded(counts: &[(Metric, u64)]) -> Vec<serde_json::Value> {
    let mut lines: BTreeMap<Option<Dimension<'_>>, Vec<(Metric, u64)>> = BTreeMap::new();
    for (metric, count) in counts {
        lines.entry(metric.dimension()).or_default().push((*metric, *count));
    }
    let line = |(dimension, counts): (Option<Dimension<'_>>, Vec<(Metric, u64)>)| {
        let mut line = serde_json::json!({"Function": "heal"});
        let mut dimensions = vec!["Function"];
        if let Some((name, value)) = dimension {
            line[name] = value.into();
            dimensions.push(name);
        }
        let metric = |(metric, _): &(Metric, u64)| serde_json::json!({"Name": metric.name(), "Unit": metric.unit().as_str()});
        line["_aws"] = serde_json::json!({"Timestamp": 1_795_780_800_000_u64, "CloudWatchMetrics": [{
            "Namespace": NAMESPACE, "Dimensions": [dimensions],
            "Metrics": counts.iter().map(metric).collect::<Vec<_>>(),
        }]});
        for (metric, count) in counts {
            line[metric.name()] = count.into();
        }
        line
    };
    lines.into_iter().map(line).collect()
}

fn nothing_treated() -> Report {
    Report {
        treated: vec![],
        changes: vec![],
        overwritten: vec![],
        turned_off: vec![],
        followed: std::collections::BTreeMap::new(),
        stories: vec![],
        looked_again: vec![],
    }
}

/// A change that one user's denial asked for.
fn treated(change: &Change, outcome: Option<Outcome>) -> TreatedChange {
    let attempt = Attempt {
        change: Thing::from(change),
        cause: "mapping_missing".to_owned(),
        rule: "mapping_missing".to_owned(),
        account: None,
        permission_set: None,
        users: 1,
        result: ChangeResult::from(outcome.as_ref()),
        limit: None,
        until: None,
        error: None,
        fix: None,
        repeats: None,
        denied: Timestamp::UNIX_EPOCH,
        made: None,
        seen: None,
    };
    TreatedChange { change: change.clone(), outcome, attempt }
}

#[test]
fn what_a_limit_or_a_person_stops_is_counted_and_what_is_not_settled_yet_is_not() {
    let change = Change::RestoreMapping {
        key: "Department".to_owned(),
        source: AttributeSource::parse("${path:title}").unwrap(),
    };
    let counted = |outcome: Option<Outcome>| {
        let report = Report { changes: vec![treated(&change, outcome)], ..nothing_treated() };
        counts(&report).into_iter().find(|(metric, _)| *metric == Metric::Refused).map(|(_, count)| count)
    };
    let refused = |refusal| Some(Outcome::Refused(refusal));
    for refusal in [
        Refusal::Hold,
        Refusal::BudgetSpent(Reached { most: 5, until: Timestamp::UNIX_EPOCH }),
        Refusal::PoliciesNotApproved,
        // A lease that cannot be read, too.
        Refusal::JournalNotUnderstood,
        Refusal::JournalNotBegun,
        Refusal::ClocksApart,
    ] {
        assert_eq!(counted(refused(refusal)), Some(1), "{refusal}");
    }
    for refusal in [Refusal::LeaseHeld, Refusal::StateChanged, Refusal::UnderWay, Refusal::OutOfTime] {
        assert_eq!(counted(refused(refusal)), Some(0), "{refusal}");
    }
    assert_eq!((counted(Some(Outcome::AlreadyInPlace)), counted(None)), (Some(0), Some(0)));
}

#[test]
fn a_write_of_somebody_else_that_could_not_be_checked_is_a_failure_and_no_race() {
    let error = AwsError { operation: "s3:ListBucket", code: "SlowDown".to_owned(), passes: true };
    let report = Report { overwritten: vec![Overwritten::Unchecked(error)], ..nothing_treated() };
    let counts = counts(&report);
    assert!(counts.contains(&(Metric::Failures, 1)) && counts.contains(&(Metric::Races, 0)), "{counts:?}");
}

/// A look at an instance where nothing is.
fn nothing_found() -> Inspection {
    let time = "2026-11-23T12:00:00Z".parse().unwrap();
    Inspection {
        time,
        findings: vec![],
        fixes: vec![],
        denied_again: vec![],
        mappings_in_use: Some(0),
        permission_sets: Coverage { looked_at: 0, all: Some(1) },
        young: 0,
        users: Coverage { looked_at: 0, all: Some(0) },
        index: None,
        journal_is_begun: Some(true),
        completeness: Completeness { users_whole: true, is_covering: true, ..Completeness::default() },
        memory: Memory::begun_at(time),
        errors: vec![],
        is_kept: true,
    }
}

#[test]
fn a_look_that_could_not_begin_or_read_everything_has_no_heartbeat() {
    let refused = || AwsError::lasting("sso:ListPermissionSets", "AccessDeniedException");
    let expected = vec![
        (Metric::Invocations, 1),
        (Metric::Heartbeat, 0),
        (Metric::Unread, 1),
        (Metric::Failures, 1),
        (Metric::OwnFailures, 1),
        (Metric::Throttled, 0),
        (Metric::BaselineRefused, 0),
    ];
    assert_eq!(inspection_counts(&Err(refused())), expected);
    let lost = Inspection { is_kept: false, ..nothing_found() };
    assert!(inspection_counts(&Ok(lost)).contains(&(Metric::Heartbeat, 0)), "nor has one that was not kept");
}

#[test]
fn the_share_of_mappings_reaches_eighty_percent_with_the_fortieth() {
    for (mappings, percent) in [(0, 0), (1, 2), (39, 78), (40, 80), (50, 100)] {
        let inspection = Inspection { mappings_in_use: Some(mappings), ..nothing_found() };
        assert!(inspection_counts(&Ok(inspection)).contains(&(Metric::MappingsInUse, percent)), "{mappings}");
    }
}
