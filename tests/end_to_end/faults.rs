//! Calls that go wrong: the run ends healed, or untouched and explained.

use tagmend_diagnosis::Cause;
use tagmend_remedy::ledger::ChangeResult;
use tagmend_remedy::metrics::{Metric, counts};
use tagmend_remedy::{Outcome, Refusal, Report, Treated, TreatedChange, Treatment};
use tagmend_sandbox::{AccountStatus, AttributeMapping, Fault, Foreign, ForeignWrite};
use tagmend_tests::{Mode, Stage, WRITES, event, world};

const DENIAL: &str = "mapping-missing/explicit-deny";

fn failing_once(operation: &str, code: &str, status: u16) -> Fault {
    Fault { operation: operation.to_owned(), code: code.to_owned(), status, ..Fault::default() }
}

#[tokio::test]
async fn what_a_delegated_administrator_cannot_provision_fails_and_changes_nothing() {
    let mut world = world();
    world.management_account = Some("999999999999".to_owned());
    let deployer = world.permission_sets.iter_mut().find(|set| set.name == "Deployer").unwrap();
    deployer.accounts.insert("999999999999".to_owned(), AccountStatus::Provisioned);
    let stage = Stage::new(world.clone()).await;
    let report = stage.heal(&[event("not-provisioned/start-build")], Mode::Apply).await;
    assert_eq!(failure(&report), "sso:ProvisionPermissionSet: AccessDeniedException");
    let after = stage.sandbox.world().permission_sets;
    assert_eq!(after, world.permission_sets);
}

async fn stage(faults: Vec<Fault>) -> Stage {
    let mut world = world();
    world.faults = faults;
    Stage::new(world).await
}

fn failure(report: &Report) -> String {
    match report.changes.as_slice() {
        [TreatedChange { outcome: Some(Outcome::Failed(error)), .. }] => error.to_string(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_read_that_is_refused_leaves_only_what_needs_it_for_later() {
    let mut refused = failing_once("identitystore:DescribeUser", "AccessDeniedException", 400);
    refused.times = None;
    let stage = stage(vec![refused]).await;
    let events = [event(DENIAL), event("throttled/ssm")];
    let report = stage.heal(&events, Mode::Apply).await;
    match report.treated.as_slice() {
        [unanswered @ Treated::Failure(_, Treatment::Unanswered(error)), settled] => {
            assert_eq!(error.to_string(), "identitystore:DescribeUser: AccessDeniedException");
            assert!(unanswered.is_unfinished() && !settled.is_unfinished());
        }
        other => panic!("{other:?}"),
    }
    assert!(report.changes.is_empty() && stage.writes().is_empty());
}

#[tokio::test]
async fn one_user_that_cannot_be_read_takes_no_other_record_with_it() {
    let stage = stage(vec![failing_once("identitystore:DescribeUser", "AccessDeniedException", 400)]).await;
    let events = [event(DENIAL), event("user-has-no-value/cost-center")];
    let report = stage.heal(&events, Mode::Plan).await;
    let unfinished: Vec<bool> = report.treated.iter().map(Treated::is_unfinished).collect();
    assert_eq!(unfinished.iter().filter(|unfinished| **unfinished).count(), 1, "{unfinished:?}");
}

#[tokio::test]
async fn throttled_reads_are_tried_again() {
    let operation = "sso:DescribeInstanceAccessControlAttributeConfiguration";
    let stage = stage(vec![failing_once(operation, "ThrottlingException", 400)]).await;
    let report = stage.heal(&[event(DENIAL)], Mode::Plan).await;
    assert_eq!((report.changes.len(), stage.count(operation)), (1, 2));
}

#[tokio::test]
async fn conflicts_are_tried_again_within_bounds() {
    let once = stage(vec![failing_once(WRITES[1], "ConflictException", 400)]).await;
    let report = once.heal(&[event(DENIAL)], Mode::Apply).await;
    assert!(
        matches!(report.changes[..], [TreatedChange { outcome: Some(Outcome::Fixed(_)), .. }]),
        "{:?}",
        report.changes
    );
    assert_eq!(once.count(WRITES[1]), 2);

    let mut forever = failing_once(WRITES[1], "ConflictException", 400);
    forever.times = None;
    let always = stage(vec![forever]).await;
    let report = always.heal(&[event(DENIAL)], Mode::Apply).await;
    assert_eq!(failure(&report), format!("{}: ConflictException", WRITES[1]));
    assert_eq!(always.count(WRITES[1]), 5);
    assert!(report.treated[0].is_unfinished(), "it comes again");
}

#[tokio::test]
async fn after_a_conflict_the_old_list_is_never_sent_again() {
    let mut world = world();
    world.faults = vec![failing_once(WRITES[1], "ConflictException", 400)];
    let mapping = AttributeMapping { key: "Region".to_owned(), source: "${path:locale}".to_owned() };
    world.foreign_write =
        Some(ForeignWrite { after: WRITES[1].to_owned(), write: Foreign::Mapping(mapping) });
    let stage = Stage::new(world).await;
    let report = stage.heal(&[event(DENIAL)], Mode::Apply).await;
    assert_eq!(report.changes[0].outcome, Some(Outcome::Refused(Refusal::StateChanged)));
    assert_eq!((stage.count(WRITES[1]), stage.mapped_keys().pop()), (1, Some("Region".to_owned())));
}

#[tokio::test]
async fn an_update_is_not_sent_again_by_the_sdk() {
    for code in ["InternalServerException", "ServiceUnavailable"] {
        let stage = stage(vec![failing_once(WRITES[1], code, 500)]).await;
        let report = stage.heal(&[event(DENIAL)], Mode::Apply).await;
        assert_eq!(failure(&report), format!("{}: {code}", WRITES[1]));
        assert_eq!(stage.count(WRITES[1]), 1);
    }
}

#[tokio::test]
async fn too_little_time_starts_nothing_and_the_record_comes_again() {
    for (name, seconds) in [(DENIAL, 15), ("not-provisioned/start-build", 30)] {
        let mut stage = Stage::new(world()).await;
        stage.deadline = Some(stage.now + jiff::SignedDuration::from_secs(seconds));
        let report = stage.heal(&[event(name)], Mode::Apply).await;
        assert_eq!(report.changes[0].outcome, Some(Outcome::Refused(Refusal::OutOfTime)));
        assert!(stage.writes().is_empty() && report.treated[0].is_unfinished());
    }
}

#[tokio::test]
async fn permission_sets_are_looked_through_once_and_not_without_end() {
    let mut world = world();
    let mut template = world.permission_sets[8].clone();
    template.accounts.insert("111122223333".to_owned(), tagmend_sandbox::AccountStatus::Provisioned);
    let contractor = world.permission_sets.remove(8);
    for index in 0..150 {
        template.name = format!("Set{index}");
        template.arn = format!("arn:aws:sso:::permissionSet/ssoins-7223a1b2c3d4e5f6/ps-{index:016}");
        world.permission_sets.push(template.clone());
    }
    world.permission_sets.push(contractor);
    let stage = Stage::new(world).await;
    let events = [event("mapping-missing/near-miss-permission-set-not-approved"), event(DENIAL)];
    let report = stage.heal(&events, Mode::Plan).await;
    let cause = |index: usize| match &report.treated[index] {
        Treated::Failure(_, Treatment::Diagnosed { diagnosis, .. }) => diagnosis.cause,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        (cause(0), cause(1)),
        (Cause::Undetermined, Cause::MappingMissing),
        "the approved one is found"
    );
    // A hundred to find a name, and the approved one, which is read at once.
    assert_eq!(stage.count("sso:DescribePermissionSet"), 101);
}

#[tokio::test]
async fn after_an_answer_that_is_lost_what_is_in_place_is_said_to_be_nobodys() {
    let mut lost = failing_once(WRITES[1], "InternalServerException", 500);
    lost.takes_effect = true;
    let stage = stage(vec![lost]).await;
    let report = stage.heal(&[event(DENIAL)], Mode::Apply).await;
    let [TreatedChange { outcome: Some(outcome), attempt, .. }] = &report.changes[..] else {
        panic!("{:?}", report.changes)
    };
    assert_eq!(
        outcome.to_string(),
        "in place, and nobody knows who made it: AWS gave no answer, journal \
         20261123T120000.000Z/restore_mapping/Department"
    );
    assert_eq!(
        (outcome.name(), outcome.is_failure(), outcome.is_worth_another_try()),
        ("found_in_place", false, false)
    );
    assert_eq!((attempt.result, attempt.result.is_made()), (ChangeResult::FoundInPlace, true));
    let is_about_a_fix =
        |metric: &Metric| matches!(metric, Metric::Fixes(_) | Metric::Failures | Metric::NotMade);
    let counted: u64 =
        counts(&report).iter().filter(|(metric, _)| is_about_a_fix(metric)).map(|(_, count)| count).sum();
    assert_eq!(counted, 0);
    assert_eq!(stage.count(WRITES[1]), 1);
}

#[tokio::test]
async fn a_lost_answer_never_starts_a_second_provisioning() {
    let mut lost = failing_once(WRITES[0], "InternalServerException", 500);
    lost.takes_effect = true;
    let stage = stage(vec![lost]).await;
    let report = stage.heal(&[event("not-provisioned/start-build")], Mode::Apply).await;
    assert_eq!(failure(&report), format!("{}: InternalServerException", WRITES[0]));
    assert_eq!(stage.count(WRITES[0]), 1);
}

#[tokio::test]
async fn every_list_is_read_to_its_end() {
    let mut small_pages = world();
    small_pages.page_size = 1;
    let stage = Stage::new(small_pages).await;
    let report = stage.heal(&tagmend_tests::events_of_the_main_world(), Mode::Apply).await;
    assert_eq!((report.changes.len(), stage.writes().len()), (3, 3));
}

#[tokio::test]
async fn a_list_of_the_journal_that_is_cut_off_is_no_list() {
    let mut cut = failing_once("s3:ListBucket", "", 400);
    cut.kind = tagmend_sandbox::FaultKind::Malformed;
    cut.times = None;
    let stage = stage(vec![cut]).await;
    let report = stage.heal(&[event(DENIAL)], Mode::Apply).await;
    match report.treated.as_slice() {
        [Treated::Failure(_, Treatment::Unanswered(error))] => {
            assert_eq!(error.operation, "s3:ListBucket");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(stage.writes(), Vec::<String>::new());
}

#[tokio::test]
async fn a_connection_that_is_closed_is_tried_again() {
    let mut reset = failing_once("sso:DescribePermissionSet", "", 400);
    reset.kind = tagmend_sandbox::FaultKind::Reset;
    let stage = stage(vec![reset]).await;
    let report = stage.heal(&[event(DENIAL)], Mode::Plan).await;
    assert_eq!((report.changes.len(), stage.count("sso:DescribePermissionSet")), (1, 2));
}
