//! Invariant 4: The plan that is printed is the plan that is applied.

use super::*;

#[tokio::test]
async fn both_runs_name_the_same_changes_and_only_those_are_made() {
    let events = events_of_the_main_world();
    let printed = Stage::new(world()).await.heal(&events, Mode::Plan).await;
    let stage = Stage::new(world()).await;
    let applied = stage.heal(&events, Mode::Apply).await;
    let changes = |report: &Report| report.changes.iter().map(|it| it.change.clone()).collect::<Vec<_>>();
    assert_eq!(changes(&printed), changes(&applied));
    assert_eq!(stage.writes().len(), printed.changes.len());
    assert!(printed.changes.iter().all(|it| it.outcome.is_none()));
}
