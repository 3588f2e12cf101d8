//! What can stop a fix is asked for, whoever else fills the batch.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value as Json, json};
use tagmend_diagnosis::{Cause, Plan, Reason, Shortage};
use tagmend_remedy::{Step, Treated, Treatment};
use tagmend_sandbox::Fault;
use tagmend_tests::simulation::Simulation;
use tagmend_tests::{Mode, Stage, bent_baseline, event, world};

/// An event for each kind of read that stops a fix, or shows that one is due.
const VETOES: [&str; 10] = [
    "mapping-missing/near-miss-authorization-details-name-another-policy",
    "mapping-missing/near-miss-simulator-disagrees",
    "mapping-missing/near-miss-session-has-the-tag",
    "mapping-missing/near-miss-customer-managed-policy-denies-with-the-tag-too",
    "mapping-missing/near-miss-boundary-denies-with-the-tag-too",
    "mapping-missing/near-miss-resource-tag-differs-too",
    "mapping-missing/near-miss-scp-denies-with-the-tag-too",
    "bucket-abac-off/get-object",
    "undetermined/ec2-decoded-explicit-deny-nobody-sees",
    "mapping-missing/scp-denies-without-the-tag",
];

/// Denials of one user, each of another session on another resource: each asks for reads of its own.
fn shouting(name: &str, id: &str, times: usize) -> Vec<Json> {
    let denial = event("mapping-missing/resource-tag-read").to_string();
    let denial =
        denial.replace("jane.doe@example.com", name).replace("c46824b8-f071-7009-c812-ad564a62b220", id);
    let filler = |index: usize| {
        let mut event: Json =
            serde_json::from_str(&denial.replace("db:ledger", &format!("db:a{index}"))).unwrap();
        event["detail"]["eventID"] = json!(format!("filler-{index}"));
        event["detail"]["userIdentity"]["sessionContext"]["attributes"]["creationDate"] =
            json!(format!("2026-11-23T09:{:02}:{:02}Z", index % 60, index / 60));
        event
    };
    (0..times).map(filler).collect()
}

fn somebody_else() -> Vec<Json> {
    shouting("mia.wong@example.com", "c46824b8-f071-7009-c812-ad564a62b222", 99)
}

/// Only what has a deadline is short of room.
async fn stage_with_a_deadline() -> Stage {
    let mut stage = Stage::new(world()).await;
    stage.deadline = Some(stage.now + SignedDuration::from_mins(15));
    stage
}

fn found(treated: &Treated) -> (Cause, Plan<Step>) {
    match treated {
        Treated::Failure(_, Treatment::Diagnosed { diagnosis, plan, .. }) => (diagnosis.cause, plan.clone()),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn no_veto_is_outshouted_by_somebody_else() {
    for name in VETOES {
        let alone = Stage::new(world()).await.heal(&[event(name)], Mode::Plan).await;
        let mut batch = somebody_else();
        batch.push(event(name));
        let among = stage_with_a_deadline().await.heal(&batch, Mode::Plan).await;
        assert_eq!(found(&among.treated[99]), found(&alone.treated[0]), "{name}");
        assert!(!among.treated[99].is_unfinished(), "{name}");
    }
}

/// Room is refused to whoever asks for too much, and then nothing is changed on it: the record comes again.
#[tokio::test]
async fn who_asks_for_too_much_is_refused_and_comes_again() {
    let stage = stage_with_a_deadline().await;
    let batch = shouting("jane.doe@example.com", "c46824b8-f071-7009-c812-ad564a62b220", 150);
    let report = stage.heal(&batch, Mode::Plan).await;
    let refused: Vec<&Treated> = report
        .treated
        .iter()
        .filter(|treated| found(treated).1 == Plan::Nothing(Reason::NotAsked(Shortage::Room)))
        .collect();
    assert!(!refused.is_empty() && refused.len() < 150, "{} of 150", refused.len());
    for treated in &report.treated {
        let is_refused = found(treated).1 == Plan::Nothing(Reason::NotAsked(Shortage::Room));
        assert_eq!(treated.is_unfinished(), is_refused);
    }
}

/// The reads that the vetoes rest on.
const READS: [&str; 8] = [
    "iam:GetRequestAuthorizationDetails",
    "iam:SimulatePrincipalPolicy",
    "iam:GetPolicyVersion",
    "organizations:DescribePolicy",
    "s3:GetBucketAbac",
    "sts:AssumeRole",
    "sts:DecodeAuthorizationMessage",
    "tag:GetResources",
];

/// A read that AWS throttles or fails is no answer: nothing is changed on it, and the record comes again.
#[tokio::test]
async fn a_read_that_aws_does_not_answer_stops_a_fix_until_it_is_answered() {
    let baseline = bent_baseline(|_| {});
    let mut unanswered = BTreeSet::new();
    for name in VETOES {
        let alone = Simulation::new(world(), &baseline);
        alone.plan(&[event(name)]).await;
        let calls: BTreeSet<String> = alone.cloud.calls().into_iter().collect();
        for operation in READS.into_iter().filter(|operation| calls.contains(*operation)) {
            for (code, status) in [("ThrottlingException", 400), ("InternalFailure", 500)] {
                let mut world = world();
                let (call, code) = (operation.to_owned(), code.to_owned());
                world.faults.push(Fault { operation: call, code, status, times: None, ..Fault::default() });
                let report = Simulation::new(world, &baseline).plan(&[event(name)]).await;
                let (cause, plan) = found(&report.treated[0]);
                let comes_again = plan == Plan::Nothing(Reason::NotAsked(Shortage::Answer));
                assert!(comes_again, "{name} without {operation}: {cause:?}, {plan:?}");
                assert!(report.treated[0].is_unfinished(), "{name} without {operation}");
                unanswered.insert(operation);
            }
        }
    }
    assert_eq!(unanswered, BTreeSet::from(READS));
}

/// The same for what stands in the journal, whichever of its reads is the first that goes wrong.
#[tokio::test]
async fn a_read_of_the_journal_that_is_not_answered_leads_to_no_fix() {
    let baseline = bent_baseline(|_| {});
    let name = "mapping-missing/near-miss-session-has-the-tag";
    let alone = Simulation::new(world(), &baseline);
    alone.plan(&[event(name)]).await;
    let calls = alone.cloud.calls();
    for operation in ["s3:GetObject", "s3:ListBucket"] {
        let times = calls.iter().filter(|call| *call == operation).count();
        assert!(times > 0, "{operation}");
        for skip in 0..u32::try_from(times).unwrap() {
            let mut world = world();
            let (operation, code) = (operation.to_owned(), "SlowDown".to_owned());
            world.faults.push(Fault { operation, code, status: 503, skip, times: None, ..Fault::default() });
            let report = Simulation::new(world, &baseline).plan(&[event(name)]).await;
            let treated = &report.treated[0];
            assert!(treated.is_unfinished(), "{skip} calls went right: {treated:?}");
            assert!(report.changes.is_empty(), "{:?}", report.changes);
        }
    }
}

static NOW: AtomicI64 = AtomicI64::new(0);

/// Each look at the clock takes a quarter of a second.
fn told() -> Timestamp {
    Timestamp::from_millisecond(NOW.fetch_add(250, Ordering::SeqCst)).unwrap()
}

/// Time goes by while records are diagnosed: accounts take turns, and what is left comes again one by one.
#[tokio::test]
async fn what_there_is_no_time_for_comes_again_one_by_one() {
    let mut stage = Stage::new(world()).await;
    NOW.store(stage.now.as_millisecond(), Ordering::SeqCst);
    stage.told = Some(told);
    stage.deadline = Some(stage.now + SignedDuration::from_secs(50));
    let mut batch = somebody_else();
    batch.push(event("mapping-missing/near-miss-simulator-disagrees"));
    let report = stage.heal(&batch, Mode::Plan).await;
    let last = report.treated.last().unwrap();
    assert_eq!(found(last).1, Plan::Nothing(Reason::SecondOpinionDisagrees));
    let is_left = |treated: &&Treated| matches!(treated, Treated::Failure(_, Treatment::Unanswered(_)));
    let left = report.treated.iter().filter(is_left).count();
    assert!((1..99).contains(&left), "{left} of 99");
    for treated in &report.treated {
        let is_left = is_left(&treated) || matches!(found(treated).1, Plan::Nothing(Reason::NotAsked(_)));
        assert_eq!(treated.is_unfinished(), is_left, "{treated:?}");
    }
}
