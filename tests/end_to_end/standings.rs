//! Whether fixes of the past held: nothing is called undone or held that was not seen to be.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value as Json, json};
use tagmend_diagnosis::standing::Standing;
use tagmend_remedy::Inspection;
use tagmend_sandbox::{AccountStatus, AttributeMapping, Fault, World};
use tagmend_tests::{Mode, Stage, bent_baseline, event};

const DEPARTMENT: &str = "20261123T090000.000Z/restore_mapping/Department";
const DEPLOYED: &str = "20261123T090000.000Z/provision/444455556666/ps-1a2b3c4d5e6f7006";
/// The digest that the sample baseline approves for the permission set Deployer.
const DEPLOYER: &str = "sha256:684ab6f08be57ef71049710db48e1ad81cf12afe00c454a35138c05b2134ab61";

/// The sample organization with this fix of three hours ago. Department is not mapped, and 444455556666 has an old Deployer.
fn with_fix(id: &str, bend: impl FnOnce(&mut Json)) -> World {
    let mut world = tagmend_tests::world();
    world.permission_sets.truncate(8);
    world.users.truncate(1);
    world.journal.objects.clear();
    world.begin_journal();
    let change = match id.contains("/restore_mapping/") {
        true => json!({"source": "${path:enterprise.department}"}),
        false => json!({"policy_digest": DEPLOYER}),
    };
    let mut fix = json!({"schema": 1, "id": id, "change": change, "verified": true});
    bend(&mut fix);
    world.journal.objects.insert(format!("fixes/{id}.json"), fix);
    world
}

async fn look(world: World) -> Inspection {
    Stage::with(world, bent_baseline(|_| {})).await.watch().await.unwrap()
}

async fn standing(world: World) -> Standing {
    let inspection = look(world).await;
    let [(_, standing)] = inspection.fixes.as_slice() else { panic!("{:?}", inspection.fixes) };
    *standing
}

fn rollback(world: &mut World, folder: &str, time: &str, verified: Option<bool>) {
    let mut object = json!({"schema": 1, "change": {"kind": "roll_back", "fix": DEPARTMENT}});
    if let Some(verified) = verified {
        object["verified"] = json!(verified);
    }
    world.journal.objects.insert(format!("{folder}/{time}/roll_back/Department.json"), object);
}

#[tokio::test]
async fn a_mapping_that_is_gone_is_undone_and_one_that_is_there_held() {
    assert_eq!(standing(with_fix(DEPARTMENT, |_| {})).await, Standing::Undone);
    let held = with_fix("20261123T090000.000Z/restore_mapping/CostCenter", |fix| {
        fix["change"]["source"] = json!("${path:enterprise.costCenter}");
    });
    assert_eq!(standing(held).await, Standing::Held);
}

#[tokio::test]
async fn what_is_younger_than_changes_take_to_settle_waits() {
    for (time, expected) in
        [("20261123T115701.000Z", Standing::Unseen), ("20261123T115659.000Z", Standing::Undone)]
    {
        for thing in ["restore_mapping/Department", "provision/444455556666/ps-1a2b3c4d5e6f7006"] {
            assert_eq!(
                standing(with_fix(&format!("{time}/{thing}"), |_| {})).await,
                expected,
                "{time} {thing}"
            );
        }
    }
}

#[tokio::test]
async fn a_fix_whose_object_cannot_be_read_is_neither_held_nor_undone_and_no_zero_is_sent() {
    let mut world = with_fix(DEPARTMENT, |_| {});
    let (operation, code) = ("s3:GetObject".to_owned(), "InternalError".to_owned());
    world.faults.push(Fault { operation, code, status: 400, times: None, ..Fault::default() });
    let stage = Stage::with(world, bent_baseline(|_| {})).await;
    let inspection = stage.watch().await.unwrap();
    assert_eq!(
        inspection.fixes.iter().map(|(_, standing)| *standing).collect::<Vec<_>>(),
        [Standing::Unseen]
    );
    let metrics = stage.sandbox.world().metrics;
    let sent = |name: &str| metrics.iter().find(|metric| metric.name == name).map(|metric| metric.value);
    assert_eq!((sent("FixesNotHeld"), sent("FixesHeld"), sent("Unread")), (None, None, Some(1.0)));
    assert_eq!(sent("Heartbeat"), Some(0.0));
}

#[tokio::test]
async fn a_provisioning_that_aws_ended_in_failure_was_never_made() {
    let failed = with_fix(DEPLOYED, |fix| {
        fix["verified"] = json!(false);
        fix["after"] = json!({"provisioning": "FAILED"});
    });
    assert_eq!(standing(failed).await, Standing::NeverMade);
    let unclear = with_fix(DEPLOYED, |fix| {
        fix["verified"] = json!(false);
        fix["after"] = json!({"provisioning": "IN_PROGRESS"});
    });
    assert_eq!(standing(unclear).await, Standing::Unseen, "AWS may have ended it in failure since");
    assert_eq!(standing(with_fix(DEPLOYED, |_| {})).await, Standing::Undone);
}

#[tokio::test]
async fn what_was_approved_since_supersedes_a_fix() {
    let other_source = with_fix(DEPARTMENT, |fix| fix["change"]["source"] = json!("${path:title}"));
    assert_eq!(standing(other_source).await, Standing::Superseded);
    let other_policies = with_fix(DEPLOYED, |fix| {
        fix["change"]["policy_digest"] = json!(format!("sha256:{}", "0".repeat(64)));
    });
    assert_eq!(standing(other_policies).await, Standing::Superseded);
}

#[tokio::test]
async fn an_account_that_has_the_permission_set_no_more_holds_nothing() {
    let mut gone = with_fix(DEPLOYED, |_| {});
    for set in &mut gone.permission_sets {
        set.accounts.remove("444455556666");
    }
    assert_eq!(standing(gone).await, Standing::Gone);
    let mut newest = with_fix(DEPLOYED, |_| {});
    let deployer = newest.permission_sets.iter_mut().find(|set| set.name == "Deployer").unwrap();
    deployer.accounts.insert("444455556666".to_owned(), AccountStatus::Provisioned);
    assert_eq!(standing(newest).await, Standing::Held);
    let mut deleted = with_fix(DEPLOYED, |_| {});
    deleted.permission_sets.retain(|set| set.name != "Deployer");
    assert_eq!(standing(deleted).await, Standing::Gone);
}

/// AWS did not answer, and the mapping was seen to be gone: whoever took it away, it is not undone.
#[tokio::test]
async fn a_rollback_without_an_answer_is_judged_by_what_is_there() {
    let time = "20261123T100000.000Z";
    let mut gone = with_fix(DEPARTMENT, |_| {});
    rollback(&mut gone, "fixes", time, Some(false));
    let object = gone.journal.objects.get_mut(&format!("fixes/{time}/roll_back/Department.json")).unwrap();
    object["recovered"] = json!(true);
    let mut there = gone.clone();
    assert_eq!(standing(gone).await, Standing::RolledBack);
    let department =
        AttributeMapping { key: "Department".to_owned(), source: "${path:enterprise.department}".to_owned() };
    there.attribute_mappings.as_mut().unwrap().push(department);
    assert_eq!(standing(there).await, Standing::Held);
}

#[tokio::test]
async fn a_rollback_is_found_by_the_fix_that_it_names() {
    // The clock of the operator's machine is behind.
    for time in ["20261123T100000.000Z", "20261123T085930.000Z"] {
        let mut world = with_fix(DEPARTMENT, |_| {});
        rollback(&mut world, "fixes", time, Some(true));
        rollback(&mut world, "snapshots", time, None);
        assert_eq!(standing(world).await, Standing::RolledBack, "{time}");
    }
    let mut lost = with_fix(DEPARTMENT, |_| {});
    rollback(&mut lost, "snapshots", "20261123T100000.000Z", None);
    assert_eq!(standing(lost).await, Standing::RolledBack, "the snapshot tells");
    let mut unverified = with_fix(DEPARTMENT, |_| {});
    rollback(&mut unverified, "fixes", "20261123T100000.000Z", Some(false));
    rollback(&mut unverified, "snapshots", "20261123T100000.000Z", None);
    assert_eq!(standing(unverified).await, Standing::Undone, "it excuses nothing");
    let mut of_another = with_fix(DEPARTMENT, |_| {});
    rollback(&mut of_another, "fixes", "20261123T100000.000Z", Some(true));
    let name = "fixes/20261123T100000.000Z/roll_back/Department.json";
    let other = json!("20261123T080000.000Z/restore_mapping/Department");
    of_another.journal.objects.get_mut(name).unwrap()["change"]["fix"] = other;
    assert_eq!(standing(of_another).await, Standing::Undone, "it names another fix");
    let mut refused = with_fix(DEPARTMENT, |_| {});
    rollback(&mut refused, "snapshots", "20261123T100000.000Z", None);
    let name = "not_made/20261123T100000.000Z/roll_back/Department/refused.json";
    refused.journal.objects.insert(name.to_owned(), json!({"schema": 1}));
    assert_eq!(standing(refused).await, Standing::Undone, "it was never made");
}

#[tokio::test]
async fn a_person_is_the_same_by_id_or_by_session_name() {
    let with_id = event("mapping-missing/explicit-deny");
    let mut without = with_id.clone();
    without["detail"]["userIdentity"].as_object_mut().unwrap().remove("onBehalfOf");
    for events in [[&with_id, &without], [&without, &with_id], [&with_id, &with_id]] {
        let mut world = tagmend_tests::world();
        world.permission_sets.truncate(8);
        let mut stage = Stage::with(world, bent_baseline(|_| {})).await;
        for event in events {
            stage.heal(std::slice::from_ref(event), Mode::Apply).await;
            stage.now += SignedDuration::from_hours(2);
            stage.sandbox.change(|world| {
                world.attribute_mappings.as_mut().unwrap().retain(|mapping| mapping.key != "Department");
            });
        }
        let inspection = stage.watch().await.unwrap();
        let people: Vec<usize> = inspection.denied_again.iter().map(|(_, people)| *people).collect();
        assert_eq!(people, [1]);
    }
}

#[tokio::test]
async fn pending_attributes_are_not_off() {
    let mut pending = with_fix(DEPARTMENT, |_| {});
    pending.access_control_status = Some("CREATION_IN_PROGRESS".to_owned());
    let stage = Stage::with(pending, bent_baseline(|_| {})).await;
    let inspection = stage.watch().await.unwrap();
    let kinds: Vec<&str> = inspection.findings.iter().map(|finding| finding.kind()).collect();
    assert!(!kinds.contains(&"access_control_off") && !kinds.contains(&"mapping_missing"), "{kinds:?}");
    assert_eq!(
        inspection.fixes.iter().map(|(_, standing)| *standing).collect::<Vec<_>>(),
        [Standing::Unseen]
    );
    let sent: Vec<String> = stage.sandbox.world().metrics.into_iter().map(|metric| metric.name).collect();
    assert!(!sent.iter().any(|name| name == "MappingsInUse" || name == "FixesNotHeld"), "{sent:?}");
}

#[tokio::test]
async fn an_arn_that_is_another_permission_sets_is_a_finding() {
    let baseline = bent_baseline(|baseline| {
        let sets = baseline["permission_sets"].as_array_mut().unwrap();
        sets.iter_mut().find(|set| set["name"] == "Deployer").unwrap()["name"] = json!("Builder");
    });
    let inspection = Stage::with(with_fix(DEPARTMENT, |_| {}), baseline).await.watch().await.unwrap();
    let texts: Vec<String> = inspection.findings.iter().map(ToString::to_string).collect();
    let text = "the ARN that the baseline has for Builder is that of Deployer; did you mean Deployer, or another ARN?";
    assert!(texts.iter().any(|found| found == text), "{texts:?}");
}

#[tokio::test]
async fn a_permission_set_that_can_never_be_read_is_a_finding_and_blinds_nothing() {
    let mut world = with_fix(DEPARTMENT, |_| {});
    let arn = world.permission_sets[7].arn.clone();
    let mut stage = Stage::with(world.clone(), bent_baseline(|_| {})).await;
    for hour in 0..30 {
        stage.now += SignedDuration::from_hours(1);
        // It is always the last one that is looked at.
        let (operation, code) =
            ("sso:DescribePermissionSet".to_owned(), "InternalServerException".to_owned());
        stage.sandbox.change(|world| {
            world.faults.clear();
            world.faults.push(Fault { operation, code, status: 400, times: Some(1), ..Fault::default() });
        });
        let inspection = stage.watch().await.unwrap();
        assert!(inspection.is_covering(), "hour {hour}: {:?}", inspection.completeness);
        let index = inspection.index.unwrap();
        assert_eq!((index.permission_sets.len(), index.unread.len()), (7, 1));
        assert_eq!(index.mentioning("no key of theirs"), 1, "it may mention every key");
    }
    world.faults.clear();
    assert!(arn.contains("ps-"));
}

#[tokio::test]
async fn a_look_at_nothing_is_no_heartbeat_and_approved_permission_sets_come_first() {
    let world = with_fix(DEPARTMENT, |_| {});
    let mut stage = Stage::with(world, bent_baseline(|_| {})).await;
    stage.deadline = Some(stage.now + SignedDuration::from_secs(100));
    let inspection = stage.watch().await.unwrap();
    assert!(!inspection.is_covering(), "there was no time for any");
    stage.deadline = None;
    let hours = |stage: &Stage, looked: Timestamp| stage.now.duration_since(looked).as_hours();
    for _ in 0..6 {
        stage.watch_at(tagmend_remedy::Pace::NONE.with_permission_sets(4)).await.unwrap();
        stage.now += SignedDuration::from_hours(1);
    }
    let index =
        stage.watch_at(tagmend_remedy::Pace::NONE.with_permission_sets(4)).await.unwrap().index.unwrap();
    let oldest = index.permission_sets.values().map(|set| hours(&stage, set.time)).max();
    assert!(oldest < Some(4), "eight permission sets, four a run: {oldest:?}");
}
