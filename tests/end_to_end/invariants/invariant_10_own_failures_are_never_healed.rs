//! Invariant 10: Own failures are never healed.

use super::*;

#[tokio::test]
async fn they_cost_no_call_and_are_counted() {
    let stage = Stage::new(world()).await;
    let events = [event("own-failure/heal-role"), event("own-failure/heal-role-throttled")];
    let report = stage.heal(&events, Mode::Apply).await;
    assert!(report.changes.is_empty() && stage.sandbox.calls().is_empty());
    let own = tagmend_remedy::metrics::counts(&report)
        .into_iter()
        .find(|(metric, _)| *metric == tagmend_remedy::metrics::Metric::OwnFailures);
    assert_eq!(own.unwrap().1, 2);
}
