//! Writes that AWS refuses cost nothing of anybody else's budget, and are nobody's fix.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value as Json, json};
use tagmend_remedy::ledger::Ledger;
use tagmend_remedy::{
    Clients, FixId, History, LookBack, Outcome, Reached, Refusal, Undo, WhyNot, look_at, undoable,
};
use tagmend_sandbox::{AccountStatus, AttributeMapping, Fault, FaultKind, World};
use tagmend_tests::simulation::Simulation;
use tagmend_tests::wire::{Straight, configuration_as};
use tagmend_tests::{Role, WRITES, bent_baseline, event, world};

use super::{DENIAL, FIX, outcomes};

const UPDATE: &str = "UpdateInstanceAccessControlAttributeConfiguration";

/// Every call of this operation is refused, for sure.
fn refuse(world: &mut World, operation: &str) {
    let code = "AccessDeniedException".to_owned();
    world.faults.push(Fault { operation: operation.to_owned(), code, times: None, ..Fault::default() });
}

fn department() -> AttributeMapping {
    AttributeMapping { key: "Department".to_owned(), source: "${path:enterprise.department}".to_owned() }
}

fn names(simulation: &Simulation, folder: &str) -> Vec<String> {
    simulation.cloud.look(|world| {
        world.journal.objects.keys().filter_map(|name| name.strip_prefix(folder)).map(str::to_owned).collect()
    })
}

/// What `rollback` would do about a fix.
fn clients(simulation: &Simulation) -> Clients {
    let line = Arc::new(Straight(simulation.cloud.clone()));
    Clients::new(&configuration_as(Role::HealApply.name(), line, "refused-writes"))
}

async fn rollback(simulation: &Simulation, fix: &str) -> Undo {
    let (clients, bucket) = (clients(simulation), world().journal.bucket);
    look_at(&clients, &bucket, &simulation.baseline, &FixId::parse(fix).unwrap(), &History::NobodyElse)
        .await
        .unwrap()
}

/// What operators and reviewers are shown of the mapping of Department: what can be undone, what the names tell, what
/// the objects tell; and what undoing the fix would be.
async fn shown(simulation: &Simulation) -> String {
    let (clients, bucket, now) = (clients(simulation), world().journal.bucket, simulation.now);
    let of_department = |fix: &&FixId| fix.as_str().ends_with("Department");
    let undoable = undoable(&clients, &bucket, &simulation.baseline, now).await.unwrap();
    let undoable: Vec<&FixId> = undoable.iter().map(|one| &one.fix).filter(of_department).collect();
    let changes = LookBack::new(&clients, &bucket).changes(Timestamp::UNIX_EPOCH).await.unwrap();
    let changes: Vec<&FixId> = changes.iter().map(|(_, fix)| fix).filter(of_department).collect();
    let fixes = Ledger::new(&clients, &bucket).fixes(Timestamp::UNIX_EPOCH, now).await.unwrap().all;
    let fixes: Vec<&str> =
        fixes.iter().map(|fix| fix.id.as_str()).filter(|id| id.ends_with("Department")).collect();
    format!("{undoable:?} {changes:?} {fixes:?} {:?}", rollback(simulation, FIX).await)
}

#[tokio::test]
async fn a_hundred_refused_writes_leave_the_others_budget_whole() {
    let accounts: Vec<String> = (0..100).map(|index| format!("4444555560{index:02}")).collect();
    let mut world = world();
    for account in &accounts {
        world.permission_sets[6].accounts.insert(account.clone(), AccountStatus::Outdated);
    }
    refuse(&mut world, WRITES[0]);
    let baseline = bent_baseline(|baseline| {
        // One is a mapping's, always.
        baseline["limits"]["fixes_per_hour"] = json!(2);
        for account in &accounts {
            baseline["accounts"].as_array_mut().unwrap().push(json!(account));
        }
    });
    let mut simulation = Simulation::new(world, &baseline);
    let text = event("not-provisioned/start-build").to_string();
    let denials: Vec<Json> = accounts
        .iter()
        .map(|account| serde_json::from_str(&text.replace("444455556666", account)).unwrap())
        .collect();
    let mut refused = 0;
    for half in denials.chunks(50) {
        let report = simulation.heal(half).await;
        refused += outcomes(&report).iter().filter(|outcome| matches!(outcome, Outcome::Failed(_))).count();
        assert!(report.treated.iter().all(|treated| treated.is_unfinished()), "each comes again");
    }
    assert_eq!((refused, simulation.writes()), (100, 100));
    let not_made = names(&simulation, "not_made/");
    assert!(not_made.iter().all(|name| name.ends_with("/ps-1a2b3c4d5e6f7006/refused.json")), "{not_made:?}");
    assert_eq!((not_made.len(), names(&simulation, "snapshots/").len()), (100, 100));

    let report = simulation.heal(&denials).await;
    // The second half has the names that come after those of the first.
    let paused = ["2026-11-23T12:01:00Z", "2026-11-23T12:01:00.001Z"]
        .map(|until| Outcome::Refused(Refusal::RefusedBefore { times: 1, until: until.parse().unwrap() }));
    assert!(outcomes(&report).iter().all(|outcome| paused.contains(outcome)), "{:?}", outcomes(&report));
    assert_eq!(simulation.writes(), 100, "and none is tried at once");

    let report = simulation.heal(&[event(DENIAL)]).await;
    assert!(matches!(outcomes(&report)[..], [Outcome::Fixed(_)]), "{report:?}");
    simulation.cloud.change(|world| world.faults.clear());
    simulation.now += SignedDuration::from_hours(1) + SignedDuration::from_secs(1);
    let report = simulation.heal(&denials[..1]).await;
    assert!(matches!(outcomes(&report)[..], [Outcome::Fixed(_)]), "{report:?}");
}

#[tokio::test]
async fn the_pause_after_a_refusal_grows_to_an_hour() {
    let mut simulation = Simulation::new(world(), &bent_baseline(|_| {}));
    simulation.cloud.change(|world| refuse(world, WRITES[1]));
    let events = [event(DENIAL)];
    for (index, minutes) in [1, 5, 25, 60, 60].into_iter().enumerate() {
        let report = simulation.heal(&events).await;
        let error = format!("failed: {}: AccessDeniedException", WRITES[1]);
        assert_eq!(outcomes(&report)[0].to_string(), error, "after {index} refusals");
        let until = simulation.now + SignedDuration::from_mins(minutes);
        simulation.now = until - SignedDuration::from_secs(1);
        let report = simulation.heal(&events).await;
        assert_eq!(outcomes(&report), [Outcome::Refused(Refusal::RefusedBefore { times: index + 1, until })]);
        assert!(report.treated[0].is_unfinished(), "it comes again");
        simulation.now = until;
    }
    assert_eq!(simulation.writes(), 5);
    simulation.cloud.change(|world| world.faults.clear());
    assert!(matches!(outcomes(&simulation.heal(&events).await)[..], [Outcome::Fixed(_)]));
    assert_eq!(simulation.fixes().iter().filter(|fix| *fix == "restore_mapping/Department.json").count(), 1);
}

#[tokio::test]
async fn what_was_refused_before_is_written_alone_and_last() {
    let mut world = world();
    world.attribute_mappings.as_mut().unwrap().retain(|mapping| mapping.key != "Organization");
    let refused = "not_made/20261123T110000.000Z/restore_mapping/Organization/refused.json";
    world.journal.objects.insert(refused.to_owned(), json!({"schema": 1}));
    let simulation = Simulation::new(world, &bent_baseline(|_| {}));
    let report = simulation.heal(&[event("resource-tag/ec2-instance"), event(DENIAL)]).await;
    assert!(
        outcomes(&report).iter().all(|outcome| matches!(outcome, Outcome::Fixed(_))),
        "{:?}",
        outcomes(&report)
    );
    assert_eq!(simulation.writes(), 2);
    let keys: Vec<String> = simulation.cloud.look(|world| {
        world.attribute_mappings.as_ref().unwrap().iter().map(|mapping| mapping.key.clone()).collect()
    });
    assert_eq!(keys, ["CostCenter", "Team", "Legacy", "Department", "Organization"]);
}

#[tokio::test]
async fn a_refused_write_and_a_persons_change_are_no_fix() {
    let mut simulation = Simulation::new(world(), &bent_baseline(|_| {}));
    let before = simulation.fixes();
    simulation.cloud.change(|world| refuse(world, WRITES[1]));
    simulation.heal(&[event(DENIAL)]).await;
    let snapshots = names(&simulation, "snapshots/");
    assert_eq!(snapshots, [format!("{FIX}.json")]);
    let name = format!("not_made/{FIX}/refused.json");
    let mut not_made = simulation.cloud.look(|world| world.journal.objects[&name].clone());
    assert_eq!(
        not_made["not_made"],
        json!({"why": "refused", "reason": format!("{}: AccessDeniedException", WRITES[1])})
    );
    let snapshot =
        simulation.cloud.look(|world| world.journal.objects[&format!("snapshots/{FIX}.json")].clone());
    not_made.as_object_mut().unwrap().retain(|field, _| field != "not_made" && field != "ended");
    assert_eq!(not_made, snapshot, "it needs no other object to be understood");

    simulation.cloud.change(|world| {
        world.faults.clear();
        world.attribute_mappings.as_mut().unwrap().push(department());
    });
    for _ in 0..3 {
        simulation.wait();
        simulation.heal(&[event(DENIAL), event("not-provisioned/start-build")]).await;
    }
    let fixes: Vec<String> = simulation.fixes().into_iter().filter(|fix| !before.contains(fix)).collect();
    assert_eq!(
        fixes,
        ["provision/444455556666/ps-1a2b3c4d5e6f7006.json"],
        "that of the mapping is a person's"
    );
    assert_eq!(rollback(&simulation, FIX).await, Undo::Impossible(WhyNot::NoSuchFix));
}

#[tokio::test]
async fn a_write_that_was_stopped_and_a_persons_change_are_no_fix() {
    let mut simulation = Simulation::new(world(), &bent_baseline(|_| {}));
    let before = simulation.fixes();
    let snapshot = "PUT /tagmend-journal/snapshots/20261123T120000.000Z/restore_mapping/Department.json";
    let report = simulation
        .heal_while(&[event(DENIAL)], snapshot, |cloud| {
            cloud.change(|world| world.attribute_mappings.as_mut().unwrap().push(department()));
        })
        .await;
    assert_eq!(outcomes(&report), [Outcome::Refused(Refusal::StateChanged)]);
    assert_eq!(names(&simulation, "not_made/"), [format!("{FIX}/stopped.json")]);
    simulation.wait();
    simulation.heal(&[event(DENIAL)]).await;
    assert_eq!((simulation.fixes(), simulation.writes()), (before, 0));
}

#[tokio::test]
async fn what_a_later_run_found_in_place_may_be_a_persons_and_is_not_rolled_back() {
    let whole = Simulation::new(world(), &bent_baseline(|_| {}));
    whole.heal(&[event(DENIAL)]).await;
    let calls = whole.cloud.calls();
    let write = calls.iter().position(|call| call == WRITES[1]).unwrap();
    // Right before the write, and right after it.
    for stop in [write, write + 1] {
        let mut simulation = Simulation::new(world(), &bent_baseline(|_| {}));
        assert!(simulation.heal_until(stop, &[event(DENIAL)]).await.is_none());
        simulation.cloud.change(|world| {
            let mappings = world.attribute_mappings.as_mut().unwrap();
            if !mappings.contains(&department()) {
                mappings.push(department());
            }
        });
        simulation.wait();
        simulation.heal(&[event(DENIAL)]).await;
        let fix = simulation.cloud.look(|world| world.journal.objects[&format!("fixes/{FIX}.json")].clone());
        assert_eq!((&fix["verified"], &fix["recovered"]), (&json!(false), &json!(true)));
        assert_eq!(rollback(&simulation, FIX).await, Undo::Impossible(WhyNot::MakerNotKnown));
    }
}

/// Between the last look and the write a person restores the mapping, and the write comes to nothing without an answer.
#[tokio::test]
async fn what_is_in_place_after_a_write_without_an_answer_may_be_a_persons_and_is_not_rolled_back() {
    for takes_effect in [false, true] {
        let simulation = Simulation::new(world(), &bent_baseline(|_| {}));
        let update = "UpdateInstanceAccessControlAttributeConfiguration";
        let report = simulation
            .heal_while(&[event(DENIAL)], update, move |cloud| {
                let (operation, code) = (WRITES[1].to_owned(), "InternalServerException".to_owned());
                let fault = Fault { operation, code, status: 500, takes_effect, ..Fault::default() };
                cloud.change(|world| {
                    world.faults.push(fault);
                    if !takes_effect {
                        world.attribute_mappings.as_mut().unwrap().push(department());
                    }
                });
            })
            .await;
        assert_eq!(outcomes(&report), [Outcome::FoundInPlace(FixId::parse(FIX).unwrap())]);
        let fix = simulation.cloud.look(|world| world.journal.objects[&format!("fixes/{FIX}.json")].clone());
        assert_eq!((&fix["verified"], &fix["recovered"]), (&json!(false), &json!(true)));
        assert_eq!(rollback(&simulation, FIX).await, Undo::Impossible(WhyNot::MakerNotKnown));
    }
}

/// The write may take effect later, and would replace the list of the next one.
#[tokio::test]
async fn after_a_write_without_an_answer_nothing_else_is_written_though_it_is_in_place() {
    let mut world = world();
    world.attribute_mappings.as_mut().unwrap().retain(|mapping| mapping.key != "Organization");
    let refused = "not_made/20261123T110000.000Z/restore_mapping/Organization/refused.json";
    world.journal.objects.insert(refused.to_owned(), json!({"schema": 1}));
    let (operation, code) = (WRITES[1].to_owned(), "InternalServerException".to_owned());
    world.faults.push(Fault { operation, code, status: 500, takes_effect: true, ..Fault::default() });
    let simulation = Simulation::new(world, &bent_baseline(|_| {}));
    let report = simulation.heal(&[event("resource-tag/ec2-instance"), event(DENIAL)]).await;
    let found = outcomes(&report).iter().filter(|it| matches!(it, Outcome::FoundInPlace(_))).count();
    let left = Outcome::Refused(Refusal::StateChanged);
    assert_eq!((found, simulation.writes()), (1, 1), "{:?}", outcomes(&report));
    assert!(outcomes(&report).contains(&left) && left.is_worth_another_try(), "{:?}", outcomes(&report));
}

#[tokio::test]
async fn what_its_run_says_late_that_it_did_not_make_is_no_fix() {
    let whole = Simulation::new(world(), &bent_baseline(|_| {}));
    whole.heal(&[event(DENIAL)]).await;
    let calls = whole.cloud.calls();
    let write = calls.iter().position(|call| call == WRITES[1]).unwrap();
    let mut simulation = Simulation::new(world(), &bent_baseline(|_| {}));
    let before = simulation.fixes();
    assert!(simulation.heal_until(write, &[event(DENIAL)]).await.is_none());
    simulation.cloud.change(|world| world.attribute_mappings.as_mut().unwrap().push(department()));
    simulation.wait();
    let snapshot = "GET /tagmend-journal/snapshots/20261123T120000.000Z/restore_mapping/Department.json";
    simulation
        .heal_while(&[event(DENIAL)], snapshot, |cloud| {
            let closed = json!({"schema": 1, "not_made": {"why": "stopped", "reason": "late"}});
            let name = format!("not_made/{FIX}/stopped.json");
            cloud.change(|world| drop(world.journal.objects.insert(name, closed)));
        })
        .await;
    assert_eq!(simulation.fixes(), before);
}

#[tokio::test]
async fn what_was_not_made_after_all_is_shown_to_nobody() {
    let mut simulation = Simulation::new(world(), &bent_baseline(|_| {}));
    simulation.heal(&[event(DENIAL)]).await;
    simulation.now += SignedDuration::from_mins(5);
    let before = shown(&simulation).await;
    let later = "20261123T120100.000Z/restore_mapping/Department";
    let mut found =
        simulation.cloud.look(|world| world.journal.objects[&format!("fixes/{FIX}.json")].clone());
    found["id"] = json!(later);
    let put = |name: String, object: Json| {
        simulation.cloud.change(|world| drop(world.journal.objects.insert(name, object)));
    };
    put(format!("fixes/{later}.json"), found);
    assert_ne!(shown(&simulation).await, before);
    put(format!("not_made/{later}/stopped.json"), json!({"schema": 1}));
    assert_eq!(shown(&simulation).await, before);
}

#[tokio::test]
async fn what_was_found_in_place_and_not_made_counts_for_no_limit() {
    let baseline = bent_baseline(|baseline| baseline["limits"]["fixes_of_one_thing_per_day"] = json!(1));
    for (is_closed, is_fixed) in [(false, false), (true, true)] {
        let simulation = Simulation::new(world(), &baseline);
        let id = "20261122T130000.000Z/restore_mapping/Department";
        simulation.cloud.change(|world| {
            let objects = &mut world.journal.objects;
            let found = json!({"schema": 1, "id": id, "verified": false, "recovered": true});
            objects.insert(format!("fixes/{id}.json"), found);
            if is_closed {
                objects.insert(format!("not_made/{id}/stopped.json"), json!({"schema": 1}));
            }
        });
        let report = simulation.heal(&[event(DENIAL)]).await;
        let outcome = &outcomes(&report)[0];
        assert_eq!(matches!(outcome, Outcome::Fixed(_)), is_fixed, "{outcome:?}");
    }
}

#[tokio::test]
async fn what_may_have_been_made_counts() {
    for (kind, code, status) in [
        (FaultKind::Silence, "", 400),
        (FaultKind::Error, "InternalServerException", 500),
        (FaultKind::Error, "AccessDeniedException", 503),
        (FaultKind::Error, "SomethingNew", 400),
    ] {
        let baseline = bent_baseline(|baseline| baseline["limits"]["fixes_per_hour"] = json!(1));
        let mut world = world();
        world.forgets_updates = true;
        let operation = WRITES[1].to_owned();
        world.faults.push(Fault { operation, kind, code: code.to_owned(), status, ..Fault::default() });
        let mut simulation = Simulation::new(world, &baseline);
        let report = simulation.heal(&[event(DENIAL)]).await;
        let place = format!("{kind:?} {code}");
        assert!(matches!(outcomes(&report)[..], [Outcome::Failed(_)]), "{place}: {report:?}");
        assert_eq!(names(&simulation, "not_made/"), Vec::<String>::new(), "{place}");
        simulation.wait();
        let report = simulation.heal(&[event(DENIAL)]).await;
        let reached = Reached { most: 1, until: "2026-11-23T13:00:00Z".parse().unwrap() };
        assert_eq!(outcomes(&report), [Outcome::Refused(Refusal::BudgetSpent(reached))], "{place}");
        assert!(report.treated[0].is_unfinished());
    }
}

#[tokio::test]
async fn a_put_whose_answer_was_lost_is_known_as_ours() {
    let whole = Simulation::new(world(), &bent_baseline(|_| {}));
    whole.heal(&[event(DENIAL)]).await;
    let puts = whole.cloud.calls().iter().filter(|call| *call == "s3:PutObject").count();
    assert_eq!(puts, 6, "lease, key, snapshot, fix, the lease again, and the run");
    for skip in 0..6 {
        for event_name in [DENIAL, "not-provisioned/start-build"] {
            let simulation = Simulation::new(world(), &bent_baseline(|_| {}));
            let operation = "s3:PutObject".to_owned();
            let fault =
                Fault { operation, kind: FaultKind::Silence, takes_effect: true, skip, ..Fault::default() };
            simulation.cloud.change(|world| world.faults.push(fault));
            let report = simulation.heal(&[event(event_name)]).await;
            let place = format!("the answer to put {skip} of {event_name} is lost");
            assert!(matches!(outcomes(&report)[..], [Outcome::Fixed(_)]), "{place}: {:?}", report.changes);
            let (lease, faults) = simulation
                .cloud
                .look(|world| (world.journal.objects["lease.json"].clone(), world.faults.len()));
            assert_eq!((simulation.writes(), faults), (1, 0), "{place}");
            let given_back =
                json!({"schema": 1, "fencing": 1, "expires": "2026-11-23T12:00:00Z", "held": false});
            assert_eq!(lease, given_back, "{place}");
        }
    }
}

#[tokio::test]
async fn users_are_hashed_with_the_key_of_the_installation_or_not_named() {
    let key = |digits: &str| json!({"schema": 1, "key": digits.repeat(32)});
    let users = |simulation: &Simulation| {
        let name = format!("fixes/{FIX}.json");
        simulation.cloud.look(|world| world.journal.objects[&name]["diagnosis"]["users"].clone())
    };
    let mut hashes = Vec::new();
    for digits in ["01", "02"] {
        let mut world = world();
        world.journal.objects.insert("keys/users.json".to_owned(), key(digits));
        let simulation = Simulation::new(world, &bent_baseline(|_| {}));
        simulation.heal(&[event(DENIAL)]).await;
        hashes.push(users(&simulation));
    }
    assert_eq!(hashes[0].as_array().unwrap().len(), 1);
    assert_ne!(hashes[0], hashes[1], "another installation has other hashes");

    let made = Simulation::new(world(), &bent_baseline(|_| {}));
    made.heal(&[event(DENIAL)]).await;
    let key = made.cloud.look(|world| world.journal.objects["keys/users.json"].clone());
    assert_eq!(key["key"].as_str().unwrap().len(), 64, "32 random bytes");
    assert_eq!(users(&made).as_array().unwrap().len(), 1);

    // A fix is made all the same where there is no key to be had.
    let mut garbage = world();
    garbage.journal.objects.insert("keys/users.json".to_owned(), json!({"schema": 2}));
    let mut readable = world();
    readable.journal.objects.insert("keys/users.json".to_owned(), key);
    for (world, is_denied) in [(garbage, false), (world(), true), (readable, true)] {
        let baseline = bent_baseline(|_| {});
        let simulation = Simulation::new(world.clone(), &baseline);
        simulation.cloud.enforce(tagmend_tests::roles(&baseline, &world, |_, policies| {
            let without: Vec<Json> =
                policies.iter().map(|policy| without_the_key(policy, is_denied)).collect();
            *policies = without;
        }));
        let report = simulation.heal(&[event(DENIAL)]).await;
        assert!(matches!(outcomes(&report)[..], [Outcome::Fixed(_)]), "{report:?}");
        assert_eq!(users(&simulation), Json::Null);
    }
}

fn without_the_key(policy: &Json, is_denied: bool) -> Json {
    let mut policy = policy.clone();
    for statement in policy["Statement"].as_array_mut().unwrap() {
        if let (true, Some(resources)) = (is_denied, statement["Resource"].as_array_mut()) {
            resources.retain(|resource| !resource.as_str().unwrap().ends_with("/keys/users.json"));
        }
    }
    policy
}

#[tokio::test]
async fn a_refused_write_of_ours_replaced_nobody_elses() {
    let mut simulation = Simulation::new(world(), &bent_baseline(|_| {}));
    simulation.cloud.change(|world| refuse(world, WRITES[1]));
    simulation.heal(&[event(DENIAL)]).await;
    simulation.wait();
    let theirs: Json = serde_json::from_value(json!({
        "detail-type": "AWS API Call via CloudTrail", "source": "aws.sso", "detail": {
            "eventID": "1", "eventName": UPDATE, "eventSource": "sso.amazonaws.com",
            "eventTime": "2026-11-23T12:00:00Z", "awsRegion": "eu-west-1",
            "requestParameters": "HIDDEN_DUE_TO_SECURITY_REASONS",
        },
    }))
    .unwrap();
    assert_eq!(simulation.heal(&[theirs]).await.overwritten, []);
}
