//! `docs/metrics.md` lists exactly the metrics that are sent. `WRITE_DOCS=1` writes it.

#![allow(clippy::unwrap_used, reason = "this is a test")]

use std::fmt::Write;

use tagmend_remedy::heal::Report;
use tagmend_remedy::metrics::{Metric, NAMESPACE, counts};

#[test]
fn the_list_in_the_documents_is_the_list_in_the_code() {
    let counts = counts(&Report { treated: vec![], changes: vec![], overwritten: vec![] });
    let others: Vec<Metric> =
        counts.iter().filter(|(_, count)| *count > 0).map(|(metric, _)| *metric).collect();
    assert_eq!(others, [Metric::Invocations], "a batch of nothing is all zeros, and one batch");
    let mut text = format!(
        "# Metrics\n\nNamespace `{NAMESPACE}`, unit `Count`, one `PutMetricData` a batch, zeros included. Every metric has \
         the dimension\n`Function`; values of `Cause` are the names in `crates/diagnosis/src/cause.rs`.\n\n\
         | metric | dimensions | what it counts |\n|---|---|---|\n"
    );
    let mut named: Vec<&str> = Vec::new();
    for (metric, _) in counts {
        if named.contains(&metric.name()) {
            continue;
        }
        named.push(metric.name());
        let by_cause = matches!(metric, Metric::Fixes(_) | Metric::Planned(_) | Metric::LeftAlone(_));
        let dimensions = if by_cause { "`Function`, `Cause`" } else { "`Function`" };
        writeln!(text, "| `{}` | {dimensions} | {} |", metric.name(), metric.meaning()).unwrap();
    }
    let path = format!("{}/../../docs/metrics.md", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("WRITE_DOCS").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    assert_eq!(std::fs::read_to_string(path).unwrap(), text);
}
