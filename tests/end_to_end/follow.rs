//! The index follows events: one entry is what AWS says a moment after somebody wrote the permission set. Every call is under
//! the policies of heal's role.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use lambda_runtime::{Context, LambdaEvent};
use serde_json::{Value as Json, json};
use tagmend_remedy::{
    Clock, Index, Keeping, Pace, Recorder, RunTime, Treated, Watcher, follow::Followed, ledger,
};
use tagmend_sandbox::{Fault, World};
use tagmend_tests::simulation::Simulation;
use tagmend_tests::{Mode, Role, Stage, bent_baseline, event, world};

const WRITES: [&str; 11] = [
    "AttachCustomerManagedPolicyReferenceToPermissionSet",
    "AttachManagedPolicyToPermissionSet",
    "DeleteInlinePolicyFromPermissionSet",
    "DeletePermissionSet",
    "DeletePermissionsBoundaryFromPermissionSet",
    "DetachCustomerManagedPolicyReferenceFromPermissionSet",
    "DetachManagedPolicyFromPermissionSet",
    "ProvisionPermissionSet",
    "PutInlinePolicyToPermissionSet",
    "PutPermissionsBoundaryToPermissionSet",
    "UpdatePermissionSet",
];
const READS: [&str; 5] = [
    "sso:DescribePermissionSet",
    "sso:GetInlinePolicyForPermissionSet",
    "sso:ListManagedPoliciesInPermissionSet",
    "sso:ListCustomerManagedPolicyReferencesInPermissionSet",
    "sso:GetPermissionsBoundaryForPermissionSet",
];
const ANALYST: &str = "arn:aws:sso:::permissionSet/ssoins-7223a1b2c3d4e5f6/ps-1a2b3c4d5e6f7000";
const GUARDED: &str = "arn:aws:sso:::permissionSet/ssoins-7223a1b2c3d4e5f6/ps-1a2b3c4d5e6f7001";

/// CloudTrail's record of a write, as EventBridge delivers it.
fn written(call: &str, arn: &str, time: Timestamp) -> Json {
    json!({
        "version": "0", "id": format!("{call}-{arn}"), "detail-type": "AWS API Call via CloudTrail",
        "source": "aws.sso", "account": "111122223333", "time": time.to_string(), "region": "eu-west-1",
        "resources": [],
        "detail": {
            "eventVersion": "1.08", "eventID": format!("{call}-{arn}"), "eventTime": time.to_string(),
            "eventSource": "sso.amazonaws.com", "eventName": call, "awsRegion": "eu-west-1",
            "userIdentity": {"type": "Root", "accountId": "111122223333", "sessionContext": {"sessionIssuer": {}}},
            "requestParameters": {
                "instanceArn": "arn:aws:sso:::instance/ssoins-7223a1b2c3d4e5f6", "permissionSetArn": arn,
            },
            "responseElements": null, "readOnly": false, "recipientAccountId": "111122223333",
        },
    })
}

fn minutes(count: i64) -> SignedDuration {
    SignedDuration::from_mins(count)
}

/// An index of noon, and half an hour later somebody writes.
async fn stage() -> Stage {
    let mut stage = Stage::new(world()).await;
    stage.watch().await.unwrap();
    stage.now += minutes(30);
    stage
}

fn index_of(world: &World) -> Index {
    serde_json::from_value(world.journal.objects["index.json"].clone()).unwrap()
}

fn index(stage: &Stage) -> Index {
    index_of(&stage.sandbox.world())
}

fn change(world: &mut World, arn: &str, key: &str) {
    let set = world.permission_sets.iter_mut().find(|set| set.arn == arn).unwrap();
    set.inline_policy = Some(json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": "*", "Resource": "*",
        "Condition": {"StringEquals": {format!("aws:PrincipalTag/{key}"): "x"}},
    }]}));
}

fn one(arn: &str, followed: Followed) -> BTreeMap<String, Followed> {
    BTreeMap::from([(arn.to_owned(), followed)])
}

#[tokio::test]
async fn every_kind_of_write_refreshes_its_entry_and_no_other() {
    let mut stage = stage().await;
    for (place, call) in WRITES.into_iter().enumerate() {
        let mode = if place % 2 == 0 { Mode::Plan } else { Mode::Apply };
        stage.now += minutes(5);
        let key = format!("floor{place}");
        let before = index(&stage);
        let calls = stage.sandbox.calls().len();
        stage.sandbox.change(|world| change(world, ANALYST, &key));
        let report = stage.heal(&[written(call, ANALYST, stage.now)], mode).await;
        assert_eq!(report.followed, one(ANALYST, Followed::Refreshed), "{call}");
        assert!(report.treated.iter().all(|treated| matches!(treated, Treated::PassedOver)), "{call}");
        let after = index(&stage);
        let entry = &after.permission_sets[ANALYST];
        assert_eq!((entry.time, entry.name.as_str()), (stage.now, "FinanceAnalyst"), "{call}");
        assert_eq!(entry.keys.keys().collect::<Vec<_>>(), [&key], "{call}");
        assert_ne!(entry.policy_digest, before.permission_sets[ANALYST].policy_digest, "{call}");
        // Everything else is as it was.
        let mut expected = before;
        expected.permission_sets.insert(ANALYST.to_owned(), entry.clone());
        assert_eq!(after, expected, "{call}");
        let made: Vec<String> = stage.sandbox.calls().split_off(calls);
        let read: Vec<&String> = made.iter().filter(|call| call.starts_with("sso:")).collect();
        assert_eq!(read.len(), READS.len(), "{call}: {made:?}");
        assert!(read.iter().all(|call| READS.contains(&call.as_str())), "{call}: {made:?}");
        // What `watch` sees is the same.
        if place == 0 {
            stage.watch().await.unwrap();
            assert_eq!(index(&stage).permission_sets[ANALYST], *entry, "{call}");
        }
    }
}

#[tokio::test]
async fn one_that_is_made_gets_an_entry_and_one_that_is_deleted_loses_it() {
    let mut stage = stage().await;
    let before = index(&stage);
    let arn = "arn:aws:sso:::permissionSet/ssoins-7223a1b2c3d4e5f6/ps-ffffffffffffffff";
    stage.sandbox.change(|world| {
        let mut set = world.permission_sets[0].clone();
        (set.arn, set.name) = (arn.to_owned(), "New".to_owned());
        world.permission_sets.push(set);
    });
    let mut made = written("CreatePermissionSet", arn, stage.now);
    // As a public record shows it.
    made["detail"]["requestParameters"] =
        json!({"name": "New", "instanceArn": "arn:aws:sso:::instance/ssoins-7223a1b2c3d4e5f6"});
    made["detail"]["responseElements"] = json!({"permissionSet": {"permissionSetArn": arn}});
    assert_eq!(stage.follow(&[made], Mode::Plan).await, one(arn, Followed::Refreshed));
    let after = index(&stage);
    assert_eq!(after.permission_sets.len(), before.permission_sets.len() + 1);
    assert_eq!(after.named("New").collect::<Vec<_>>(), [arn]);
    stage.now += minutes(10);
    stage.sandbox.change(|world| world.permission_sets.retain(|set| set.arn != arn));
    let deleted = written("DeletePermissionSet", arn, stage.now);
    stage.now += minutes(2);
    assert_eq!(stage.follow(std::slice::from_ref(&deleted), Mode::Plan).await, one(arn, Followed::Gone));
    let after = index(&stage);
    assert_eq!(after.permission_sets, before.permission_sets);
    assert_eq!(after.gone, BTreeMap::from([(arn.to_owned(), stage.now)]));
    stage.now += minutes(10);
    assert_eq!(stage.follow(&[deleted], Mode::Plan).await, one(arn, Followed::UpToDate));
    // The next round does not list it, and need not remember that it was there.
    stage.watch().await.unwrap();
    assert_eq!(
        (index(&stage).permission_sets.len(), index(&stage).gone.len()),
        (before.permission_sets.len(), 0)
    );
}

#[tokio::test]
async fn the_same_records_again_cost_nothing() {
    let mut stage = stage().await;
    let records: Vec<Json> = WRITES.iter().map(|call| written(call, ANALYST, stage.now)).collect();
    let calls = stage.sandbox.calls().len();
    stage.follow(&records, Mode::Apply).await;
    let read = stage.sandbox.calls().split_off(calls).iter().filter(|call| call.starts_with("sso:")).count();
    assert_eq!(read, READS.len(), "one look for all writes of one permission set");
    // Clocks differ by up to a minute; what was seen later than that is later.
    stage.now += minutes(2);
    stage.follow(&records, Mode::Apply).await;
    let (calls, before) = (stage.sandbox.calls().len(), index(&stage));
    stage.now += minutes(2);
    assert_eq!(stage.follow(&records, Mode::Apply).await, one(ANALYST, Followed::UpToDate));
    assert_eq!(stage.sandbox.calls().split_off(calls), ["s3:GetObject"]);
    assert_eq!(index(&stage), before);
}

#[tokio::test]
async fn what_is_not_ours_or_did_not_happen_is_not_looked_at() {
    let stage = stage().await;
    let elsewhere = ANALYST.replace("ssoins-7223a1b2c3d4e5f6", "ssoins-aaaaaaaaaaaaaaaa");
    let bend = |pointer: &str, value: Json| {
        let mut record = written("UpdatePermissionSet", ANALYST, stage.now);
        *record.pointer_mut(pointer).unwrap() = value;
        record
    };
    let mut failed = written("UpdatePermissionSet", ANALYST, stage.now);
    failed["detail"]["errorCode"] = json!("ConflictException");
    let records = [
        written("UpdatePermissionSet", &elsewhere, stage.now),
        written("DescribePermissionSet", ANALYST, stage.now),
        bend("/detail/eventSource", json!("iam.amazonaws.com")),
        bend("/detail/eventTime", json!("yesterday")),
        bend("/detail/requestParameters", json!(null)),
        bend("/detail", json!("text")),
        failed,
    ];
    let calls = stage.sandbox.calls().len();
    assert_eq!(stage.follow(&records, Mode::Apply).await, BTreeMap::new());
    assert_eq!(stage.sandbox.calls().len(), calls);
}

#[tokio::test]
async fn without_an_index_nothing_is_read_and_nothing_comes_again() {
    let stage = Stage::new(world()).await;
    let record = written("UpdatePermissionSet", ANALYST, stage.now);
    let followed = stage.follow(&[record], Mode::Apply).await;
    assert_eq!(followed, one(ANALYST, Followed::NoIndex));
    assert!(!Followed::NoIndex.is_unfinished());
    assert_eq!(stage.sandbox.calls(), ["s3:GetObject"]);
}

#[tokio::test]
async fn a_look_that_fails_leaves_the_entry_with_its_time_and_the_record_comes_again() {
    let places = READS.into_iter().chain(["s3:GetObject", "s3:PutObject"]);
    let failing = places.map(|place| (place, "AccessDeniedException"));
    for (place, code) in failing.chain([(READS[1], "InternalFailure"), ("s3:PutObject", "InternalFailure")]) {
        let mut stage = stage().await;
        let before = index(&stage);
        stage.sandbox.change(|world| {
            change(world, ANALYST, "Floor");
            let (operation, code) = (place.to_owned(), code.to_owned());
            world.faults.push(Fault { operation, code, times: None, ..Fault::default() });
        });
        let record = written("PutInlinePolicyToPermissionSet", ANALYST, stage.now);
        let (again, metrics) = treat(&stage, std::slice::from_ref(&record), "1").await;
        assert_eq!((again, index(&stage)), (vec!["message-0".to_owned()], before.clone()), "{place} {code}");
        let refused = u8::from(code == "AccessDeniedException");
        assert_eq!(metrics, [f64::from(1_u8), f64::from(refused)], "{place} {code}");
        // What cannot be looked at in the end is no dead letter: `watch` looks at it in its turn.
        let (again, _) = treat(&stage, std::slice::from_ref(&record), "5").await;
        assert_eq!((again, index(&stage)), (vec![], before), "{place} {code}");
        stage.sandbox.change(|world| world.faults.clear());
        stage.now += minutes(7);
        assert_eq!(treat(&stage, &[record], "2").await, (vec![], [0.0, 0.0]), "{place} {code}");
        assert_eq!(index(&stage).permission_sets[ANALYST].time, stage.now, "{place} {code}");
    }
}

/// Treats records as SQS brings them for the so-manieth time: messages that come again, and `Failures` and `OwnFailures`.
async fn treat(stage: &Stage, records: &[Json], received: &str) -> (Vec<String>, [f64; 2]) {
    let work = stage.work(stage.settings(ledger::Mode::Plan));
    let messages: Vec<Json> = records
        .iter()
        .enumerate()
        .map(|(index, record)| {
            json!({
                "messageId": format!("message-{index}"), "receiptHandle": "h", "body": record.to_string(),
                "attributes": {"ApproximateReceiveCount": received}, "messageAttributes": {}, "md5OfBody": "0",
                "eventSource": "aws:sqs", "awsRegion": "eu-west-1",
                "eventSourceARN": "arn:aws:sqs:eu-west-1:111122223333:failures",
            })
        })
        .collect();
    stage.sandbox.change(|world| world.metrics.clear());
    let answer =
        work.treat(LambdaEvent::new(json!({ "Records": messages }), Context::default())).await.unwrap();
    let again = answer["batchItemFailures"].as_array().unwrap().iter();
    let again = again.map(|failure| failure["itemIdentifier"].as_str().unwrap().to_owned()).collect();
    let metrics = stage.sandbox.world().metrics;
    let count =
        |name: &str| metrics.iter().find(|metric| metric.name == name).map_or(0.0, |metric| metric.value);
    (again, [count("Failures"), count("OwnFailures")])
}

#[tokio::test]
async fn denials_come_first_and_what_there_is_no_time_for_comes_again() {
    let mut stage = stage().await;
    let before = index(&stage);
    stage.deadline = Some(stage.now + SignedDuration::from_secs(20));
    let record = written("PutInlinePolicyToPermissionSet", ANALYST, stage.now);
    let followed = stage.follow(&[record], Mode::Apply).await;
    assert_eq!(followed, one(ANALYST, Followed::NotAsked));
    assert!(Followed::NotAsked.is_unfinished());
    assert_eq!(index(&stage), before);
    stage.deadline = None;
    let denial = event("mapping-missing/explicit-deny");
    let calls = stage.sandbox.calls().len();
    let record = written("PutInlinePolicyToPermissionSet", GUARDED, stage.now);
    let report = stage.heal(&[record, denial], Mode::Apply).await;
    assert_eq!((report.changes.len(), report.followed), (1, one(GUARDED, Followed::Refreshed)));
    let made = stage.sandbox.calls().split_off(calls);
    let fix = made.iter().position(|call| call.starts_with("sso:UpdateInstance")).unwrap();
    let look = made.iter().rposition(|call| call == "sso:DescribePermissionSet").unwrap();
    assert!(fix < look, "{made:?}");
}

/// A round of `watch` lists and looks, somebody writes and deletes, and only then the round writes its index.
#[tokio::test]
async fn a_round_that_began_before_takes_nothing_back() {
    let mut stage = stage().await;
    let clients = stage.clients(Role::Watch);
    let watcher = Watcher::new(clients.clone(), &world().journal.bucket, Pace::NONE);
    let recorder = Recorder::new(&clients, &world().journal.bucket);
    let time = RunTime { clock: Clock::Fixed(stage.now), deadline: None };
    let inspection = watcher.inspect(&stage.baseline, None, Keeping::Nowhere, time).await.unwrap();
    stage.now += minutes(5);
    stage.sandbox.change(|world| {
        change(world, ANALYST, "Floor");
        world.permission_sets.retain(|set| set.arn != GUARDED);
    });
    let records = [
        written("UpdatePermissionSet", ANALYST, stage.now),
        written("DeletePermissionSet", GUARDED, stage.now),
    ];
    stage.follow(&records, Mode::Apply).await;
    recorder.record(&inspection, true).await.unwrap();
    let after = index(&stage);
    assert_eq!(after.permission_sets[ANALYST].time, stage.now);
    assert_eq!(after.permission_sets.get(GUARDED), None);
    let (others, seen) = (after.permission_sets.len() - 1, inspection.index.unwrap().permission_sets);
    assert_eq!(others, seen.len() - 2);
    assert!(after.permission_sets.iter().all(|(arn, set)| arn == ANALYST || seen[arn] == *set));
}

#[tokio::test]
async fn two_that_write_at_once_lose_no_entry() {
    let mut simulation = Simulation::new(world(), &bent_baseline(|_| {}));
    simulation.watch().await.unwrap();
    simulation.now += minutes(30);
    let now = simulation.now;
    let record = written("UpdatePermissionSet", ANALYST, now);
    let object = format!("PUT /{}/index.json", world().journal.bucket);
    let before: &'static str = Box::leak(object.into_boxed_str());
    let report = simulation
        .heal_while(&[record], before, move |cloud| {
            cloud.change(|world| {
                let entry = "/permission_sets/".to_owned() + &GUARDED.replace('/', "~1") + "/time";
                let index = world.journal.objects.get_mut("index.json").unwrap();
                *index.pointer_mut(&entry).unwrap() = json!(now.to_string());
            });
        })
        .await;
    assert_eq!(report.followed, one(ANALYST, Followed::Refreshed));
    let index = simulation.cloud.look(index_of);
    assert_eq!(index.permission_sets[ANALYST].time, now);
    assert_eq!(index.permission_sets[GUARDED].time, now, "what the other one wrote is there too");
}

/// A name that nobody approved is found in one look, however many permission sets the account has.
#[tokio::test]
async fn heal_finds_a_permission_set_by_its_name_in_one_look() {
    let named = "intended/managed-policy-does-not-allow";
    let mut many = world();
    let account = event(named)["detail"]["recipientAccountId"].as_str().unwrap().to_owned();
    for number in 0..40 {
        let mut set = many.permission_sets[0].clone();
        set.arn = format!("arn:aws:sso:::permissionSet/ssoins-7223a1b2c3d4e5f6/ps-00000000000000{number:02}");
        set.name = format!("Other{number:02}");
        set.accounts.insert(account.clone(), tagmend_sandbox::AccountStatus::Provisioned);
        many.permission_sets.insert(0, set);
    }
    let looks = async |stage: &Stage| {
        let calls = stage.sandbox.calls().len();
        let report = stage.heal(&[event(named)], Mode::Plan).await;
        let made = stage.sandbox.calls().split_off(calls);
        let looks = made.iter().filter(|call| *call == "sso:DescribePermissionSet").count();
        (looks, format!("{:?}", report.treated))
    };
    let without = Stage::new(many.clone()).await;
    let with = Stage::new(many).await;
    with.watch().await.unwrap();
    let ((many_looks, one_way), (one_look, other_way)) = (looks(&without).await, looks(&with).await);
    assert!(many_looks > 40, "{many_looks}");
    assert_eq!((one_look, other_way), (1, one_way), "the same diagnosis");
}
