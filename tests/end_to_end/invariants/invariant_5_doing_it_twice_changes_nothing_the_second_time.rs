//! Invariant 5: Doing it twice changes nothing the second time.

use super::*;

#[tokio::test]
async fn the_same_batch_twice_and_the_same_event_twice_in_it() {
    let mut events = events_of_the_main_world();
    events.extend(events.clone());
    let stage = Stage::new(world()).await;
    stage.heal(&events, Mode::Apply).await;
    assert_eq!(stage.writes().len(), 3);
    let state = || serde_json::to_value(tagmend_tests::without_the_ledger(stage.sandbox.world())).unwrap();
    let before = state();
    stage.heal(&events, Mode::Apply).await;
    assert_eq!(stage.writes().len(), 3);
    assert_eq!(state(), before);
}

#[tokio::test]
async fn two_functions_at_once() {
    let stage = Stage::new(world()).await;
    let events = [event(DENIAL)];
    let (left, right) = tokio::join!(stage.heal(&events, Mode::Apply), stage.heal(&events, Mode::Apply));
    let fixed = [&left, &right]
        .iter()
        .flat_map(|report| outcomes(report))
        .filter(|outcome| matches!(outcome, Outcome::Fixed(_)))
        .count();
    assert_eq!((fixed, stage.writes().len()), (1, 1));
    assert_eq!(stage.mapped_keys(), ["CostCenter", "Team", "Organization", "Legacy", "Department"]);
}

#[tokio::test]
async fn two_functions_that_provision_at_once() {
    let stage = Stage::new(world()).await;
    let events = [event("not-provisioned/start-build")];
    let (left, right) = tokio::join!(stage.heal(&events, Mode::Apply), stage.heal(&events, Mode::Apply));
    let outcomes: Vec<Outcome> = [&left, &right].iter().flat_map(|report| outcomes(report)).collect();
    let fixed = outcomes.iter().filter(|outcome| matches!(outcome, Outcome::Fixed(_))).count();
    assert_eq!((fixed, stage.writes()), (1, vec!["sso:ProvisionPermissionSet".to_owned()]), "{outcomes:?}");
}

#[tokio::test]
async fn a_foreign_writer_between_our_read_and_our_write_loses_nothing() {
    let mut world = world();
    let mapping = AttributeMapping { key: "Region".to_owned(), source: "${path:locale}".to_owned() };
    let after = "sso:DescribeInstanceAccessControlAttributeConfiguration".to_owned();
    world.foreign_write = Some(ForeignWrite { after, write: Foreign::Mapping(mapping) });
    let stage = Stage::new(world).await;
    let report = stage.heal(&[event(DENIAL)], Mode::Apply).await;
    assert_eq!(outcomes(&report), [Outcome::Refused(Refusal::StateChanged)]);
    assert!(stage.writes().is_empty() && report.treated[0].is_unfinished(), "it comes again");
    stage.heal(&[event(DENIAL)], Mode::Apply).await;
    assert_eq!(stage.mapped_keys(), ["CostCenter", "Team", "Organization", "Legacy", "Region", "Department"]);
}

#[tokio::test]
async fn provisioning_that_is_not_done_is_not_started_again() {
    let mut world = world();
    world.provisioning_looks = 1_000;
    let stage = Stage::new(world).await;
    let events = [event("not-provisioned/start-build")];
    let report = stage.heal(&events, Mode::Apply).await;
    assert!(matches!(outcomes(&report)[..], [Outcome::Unverified(_)]), "{:?}", report.changes);
    let report = stage.heal(&events, Mode::Apply).await;
    assert_eq!(outcomes(&report), [Outcome::Refused(Refusal::RecentChange)]);
    assert_eq!(stage.writes().len(), 1);
}

#[tokio::test]
async fn a_mapping_that_somebody_takes_away_again_is_not_fought_over() {
    let stage = Stage::new(world()).await;
    stage.heal(&[event(DENIAL)], Mode::Apply).await;
    stage.sandbox.change(|world| {
        world.attribute_mappings.as_mut().unwrap().pop();
    });
    let report = stage.heal(&[event(DENIAL)], Mode::Apply).await;
    assert_eq!(outcomes(&report), [Outcome::Refused(Refusal::RecentChange)]);
    assert!(!report.treated[0].is_unfinished() && stage.writes().len() == 1);
}

#[tokio::test]
async fn a_list_that_does_not_show_the_last_fix_yet_is_not_written() {
    let mut world = world();
    let fix = "fixes/20261123T115900.000Z/restore_mapping/CostCenter.json";
    world.journal.objects.insert(fix.to_owned(), json!({"schema": 1}));
    world.attribute_mappings.as_mut().unwrap().retain(|mapping| mapping.key != "CostCenter");
    let stage = Stage::new(world).await;
    let report = stage.heal(&[event(DENIAL)], Mode::Apply).await;
    assert_eq!(outcomes(&report), [Outcome::Refused(Refusal::RecentChange)]);
    assert!(stage.writes().is_empty());
}

#[tokio::test]
async fn a_crash_after_the_write() {
    let mut world = world();
    // The mapping is written; everything the first run would do after it is gone with the first run.
    let mapping =
        AttributeMapping { key: "Department".to_owned(), source: "${path:enterprise.department}".to_owned() };
    world.attribute_mappings.as_mut().unwrap().push(mapping);
    let lease = json!({"schema": 1, "fencing": 1, "expires": "2026-11-23T12:03:00Z"});
    world.journal.objects.insert("lease.json".to_owned(), lease);
    let stage = Stage::new(world).await;
    let report = stage.heal(&[event(DENIAL)], Mode::Apply).await;
    assert!(report.changes.is_empty() && stage.writes().is_empty());
}
