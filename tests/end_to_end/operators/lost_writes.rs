//! Somebody who holds no lease writes the same list.

use serde_json::{Value as Json, json};
use tagmend_remedy::{Outcome, Overwritten, Refusal};
use tagmend_sandbox::{AttributeMapping, Fault};
use tagmend_tests::simulation::Simulation;
use tagmend_tests::{bent_baseline, event, world};

use super::{DENIAL, FIX, outcomes};

const UPDATE: &str = "UpdateInstanceAccessControlAttributeConfiguration";
const SNAPSHOT: &str = "PUT /tagmend-journal/snapshots/20261123T120000.000Z/restore_mapping/Department.json";
const PROVISIONING: &str = "PUT /tagmend-journal/snapshots/20261123T120000.000Z/provision/444455556666/\
                            ps-1a2b3c4d5e6f7006.json";
const DESCRIBE: &str = "DescribeInstanceAccessControlAttributeConfiguration";

fn region() -> AttributeMapping {
    AttributeMapping { key: "Region".to_owned(), source: "${path:locale}".to_owned() }
}

/// What CloudTrail says of a call of somebody else that turns attributes for access control off.
fn turns_off(time: &str) -> Json {
    let mut record = trail(time, "terraform", &[]);
    record["detail"]["eventName"] = json!("DeleteInstanceAccessControlAttributeConfiguration");
    record["detail"]["requestParameters"] = json!({"instanceArn": bent_baseline(|_| {}).instance_arn});
    record
}

/// The sum of what was counted.
fn counted(simulation: &Simulation, metric: &str) -> f64 {
    simulation.cloud.look(|world| {
        let sent = world.metrics.iter().filter(|sent| sent.name == metric);
        sent.map(|sent| sent.value).sum()
    })
}

/// What CloudTrail says of a write.
fn trail(time: &str, role: &str, list: &[AttributeMapping]) -> Json {
    let attributes: Vec<Json> = list
        .iter()
        .map(|mapping| json!({"key": mapping.key, "value": {"source": [mapping.source]}}))
        .collect();
    json!({"detail-type": "AWS API Call via CloudTrail", "source": "aws.sso", "detail": {
        "eventID": "1", "eventName": UPDATE, "eventSource": "sso.amazonaws.com", "eventTime": time,
        "awsRegion": "eu-west-1",
        "userIdentity": {"type": "AssumedRole", "sessionContext": {"sessionIssuer": {
            "userName": role, "arn": format!("arn:aws:iam::111122223333:role/{role}"),
        }}},
        "requestParameters": {
            "instanceAccessControlAttributeConfiguration": {"accessControlAttributes": attributes},
        },
    }})
}

#[tokio::test]
async fn what_ours_replaced_in_the_last_moment_is_found_by_its_record() {
    let mut simulation = Simulation::new(world(), &bent_baseline(|_| {}));
    let mut theirs = world().attribute_mappings.unwrap();
    theirs.push(region());
    let list = theirs.clone();
    let report = simulation
        .heal_while(&[event(DENIAL)], UPDATE, |cloud| {
            cloud.change(|world| world.attribute_mappings = Some(list));
        })
        .await;
    assert!(matches!(outcomes(&report)[..], [Outcome::Fixed(_)]), "no read can tell: {report:?}");
    let keys = |simulation: &Simulation| {
        simulation.cloud.look(|world| world.attribute_mappings.as_ref().unwrap().contains(&region()))
    };
    assert!(!keys(&simulation), "the API lost it");

    simulation.wait();
    let report = simulation.heal(&[trail("2026-11-23T12:00:00Z", "terraform", &theirs)]).await;
    match &report.overwritten[..] {
        [Overwritten::Perhaps { fix, keys, .. }] => {
            assert_eq!((fix.as_str(), &keys[..]), (FIX, &["Region".to_owned()][..]));
        }
        other => panic!("{other:?}"),
    }
    let snapshot =
        simulation.cloud.look(|world| world.journal.objects[&format!("snapshots/{FIX}.json")].clone());
    assert!(snapshot["before"].is_object(), "the snapshot that is named is there");
    assert!((counted(&simulation, "Races") - 1.0).abs() < f64::EPSILON, "the alarm counts it");

    for (time, role) in [("2026-11-23T11:50:00Z", "terraform"), ("2026-11-23T12:00:00Z", "tagmend-heal")] {
        let report = simulation.heal(&[trail(time, role, &theirs)]).await;
        assert_eq!(report.overwritten, [], "{time} {role}: not at the same time, or our own");
    }
    simulation.cloud.change(|world| world.attribute_mappings.as_mut().unwrap().push(region()));
    let report = simulation.heal(&[trail("2026-11-23T12:00:00Z", "terraform", &theirs)]).await;
    assert_eq!(report.overwritten, [], "it is there again");
}

#[tokio::test]
async fn what_they_took_away_and_ours_brought_back_is_found_by_its_record() {
    let mut simulation = Simulation::new(world(), &bent_baseline(|_| {}));
    let mut theirs = world().attribute_mappings.unwrap();
    theirs.retain(|mapping| mapping.key != "Legacy");
    let list = theirs.clone();
    let report = simulation
        .heal_while(&[event(DENIAL)], UPDATE, |cloud| {
            cloud.change(|world| world.attribute_mappings = Some(list));
        })
        .await;
    assert!(matches!(outcomes(&report)[..], [Outcome::Fixed(_)]), "no read can tell: {report:?}");
    simulation.wait();
    let report = simulation.heal(&[trail("2026-11-23T12:00:00Z", "terraform", &theirs)]).await;
    let [Overwritten::Perhaps { fix, keys, .. }] = &report.overwritten[..] else { panic!("{report:?}") };
    assert_eq!((fix.as_str(), &keys[..]), (FIX, &["Legacy".to_owned()][..]));
}

#[tokio::test]
async fn turning_access_control_off_is_told_and_alarmed() {
    let simulation = Simulation::new(world(), &bent_baseline(|_| {}));
    simulation.cloud.change(|world| world.attribute_mappings = None);
    let time = "2026-11-23T11:59:58Z";
    let report = simulation.heal(&[turns_off(time)]).await;
    assert_eq!((report.turned_off, report.overwritten), (vec![time.parse().unwrap()], vec![]));
    assert!((counted(&simulation, "TurnedOff") - 1.0).abs() < f64::EPSILON, "the alarm counts it");
    assert_eq!(
        (simulation.writes(), simulation.cloud.look(|world| world.attribute_mappings.clone())),
        (0, None)
    );

    let mut failed = turns_off(time);
    failed["detail"]["errorCode"] = json!("AccessDeniedException");
    let mut elsewhere = turns_off(time);
    elsewhere["detail"]["requestParameters"]["instanceArn"] =
        json!("arn:aws:sso:::instance/ssoins-0000000000000000");
    let list = world().attribute_mappings.unwrap();
    for other in [failed, elsewhere, trail(time, "terraform", &list), trail(time, "terraform", &[])] {
        assert_eq!(simulation.heal(&[other]).await.turned_off, []);
    }
    assert!((counted(&simulation, "TurnedOff") - 1.0).abs() < f64::EPSILON);
}

#[tokio::test]
async fn what_is_turned_off_between_our_look_and_our_write_is_no_race_that_we_won() {
    let mut simulation = Simulation::new(world(), &bent_baseline(|_| {}));
    let report = simulation
        .heal_while(&[event(DENIAL)], UPDATE, |cloud| cloud.change(|world| world.attribute_mappings = None))
        .await;
    assert!(matches!(outcomes(&report)[..], [Outcome::Failed(_)]), "AWS has no list to replace: {report:?}");
    simulation.wait();
    let report = simulation.heal(&[turns_off("2026-11-23T12:00:00Z")]).await;
    assert_eq!((report.turned_off.len(), report.overwritten), (1, vec![]), "ours replaced nothing");
}

#[tokio::test]
async fn a_list_that_is_made_anew_is_a_write_like_any_other() {
    let mut simulation = Simulation::new(world(), &bent_baseline(|_| {}));
    simulation.heal(&[event(DENIAL)]).await;
    simulation.wait();
    let mut theirs = world().attribute_mappings.unwrap();
    theirs.push(region());
    let mut created = trail("2026-11-23T12:00:00Z", "terraform", &theirs);
    created["detail"]["eventName"] = json!("CreateInstanceAccessControlAttributeConfiguration");
    let report = simulation.heal(&[created]).await;
    let [Overwritten::Perhaps { fix, keys, .. }] = &report.overwritten[..] else { panic!("{report:?}") };
    assert_eq!((fix.as_str(), &keys[..]), (FIX, &["Region".to_owned()][..]));
    assert_eq!(report.turned_off, []);
}

#[tokio::test]
async fn a_record_that_hides_the_list_is_told_all_the_same() {
    let mut simulation = Simulation::new(world(), &bent_baseline(|_| {}));
    simulation.heal(&[event(DENIAL)]).await;
    simulation.wait();
    let mut hidden = trail("2026-11-23T12:00:00Z", "terraform", &[]);
    hidden["detail"]["requestParameters"] = json!("HIDDEN_DUE_TO_SECURITY_REASONS");
    let report = simulation.heal(&[hidden]).await;
    assert!(matches!(&report.overwritten[..], [Overwritten::Perhaps { keys, .. }] if keys.is_empty()));
}

#[tokio::test]
async fn what_somebody_writes_after_the_last_look_of_the_diagnosis_stops_the_write() {
    let simulation = Simulation::new(world(), &bent_baseline(|_| {}));
    let report = simulation
        .heal_while(&[event(DENIAL)], SNAPSHOT, |cloud| {
            cloud.change(|world| world.attribute_mappings.as_mut().unwrap().push(region()));
        })
        .await;
    assert_eq!(outcomes(&report), [Outcome::Refused(Refusal::StateChanged)]);
    assert!(report.treated[0].is_unfinished(), "it comes again: {report:?}");
    assert_eq!(simulation.writes(), 0);
}

#[tokio::test]
async fn policies_that_change_between_two_attempts_are_not_provisioned() {
    let mut world = world();
    let fault = Fault {
        operation: "sso:ProvisionPermissionSet".to_owned(),
        code: "ConflictException".to_owned(),
        ..Fault::default()
    };
    world.faults.push(fault);
    let simulation = Simulation::new(world, &bent_baseline(|_| {}));
    let report = simulation
        .heal_while(&[event("not-provisioned/start-build")], "ProvisionPermissionSet", |cloud| {
            cloud.change(|world| {
                let sets = world.permission_sets.iter_mut();
                sets.filter(|set| set.name == "Deployer").for_each(|set| set.inline_policy = None);
            });
        })
        .await;
    assert_eq!(outcomes(&report), [Outcome::Refused(Refusal::PoliciesNotApproved)]);
    let provisioned = |call: &String| call == "sso:ProvisionPermissionSet";
    assert_eq!(simulation.cloud.calls().iter().filter(|call| provisioned(call)).count(), 1);
}

#[tokio::test]
async fn a_function_that_stood_still_past_its_lease_does_not_write() {
    for (event_name, thing) in [(DENIAL, SNAPSHOT), ("not-provisioned/start-build", PROVISIONING)] {
        let simulation = Simulation::new(world(), &bent_baseline(|_| {}));
        let report = simulation
            .heal_while(&[event(event_name)], thing, |cloud| {
                let lease = json!({"schema": 1, "fencing": 2, "expires": "2026-11-23T12:10:00Z"});
                cloud.change(|world| drop(world.journal.objects.insert("lease.json".to_owned(), lease)));
            })
            .await;
        assert_eq!(outcomes(&report), [Outcome::Refused(Refusal::LeaseLost)], "{event_name}");
        assert!(report.treated[0].is_unfinished() && simulation.writes() == 0);
        let lease = simulation.cloud.look(|world| world.journal.objects["lease.json"].clone());
        assert_eq!(lease["fencing"], json!(2), "the other's lease is left alone");
    }
}

#[tokio::test]
async fn a_write_of_theirs_that_undoes_ours_is_told_with_the_snapshot() {
    let simulation = Simulation::new(world(), &bent_baseline(|_| {}));
    let events = [event(DENIAL)];
    // Between our write and our look at it, a list that was read before is written.
    let report = simulation
        .heal_while(&events, UPDATE, |cloud| {
            let cloud = cloud.clone();
            cloud.change(|world| {
                let mut list = world.attribute_mappings.clone().unwrap();
                list.push(region());
                let theirs = tagmend_sandbox::ForeignWrite {
                    after: format!("sso:{UPDATE}"),
                    write: tagmend_sandbox::Foreign::List(list),
                };
                world.foreign_write = Some(theirs);
            });
        })
        .await;
    match &outcomes(&report)[..] {
        [Outcome::Raced { fix, gone }] => {
            assert_eq!((fix.as_str(), &gone[..]), (FIX, &["Department".to_owned()][..]));
        }
        other => panic!("{other:?}"),
    }
    assert!(!report.treated[0].is_unfinished(), "nobody fights");
    assert!(
        simulation.cloud.calls().iter().filter(|call| call.ends_with(DESCRIBE)).count() > 3,
        "it looked again"
    );
}
