//! What only a batch shows: the same call twice, who spends a quota, a sign-in beside its session's denial.

use std::sync::Arc;

use serde_json::{Value as Json, json};
use tagmend_diagnosis::{Cause, Diagnosis};
use tagmend_remedy::{Clock, Report, Treated, Treatment};
use tagmend_sandbox::Fault;
use tagmend_tests::simulation::{Function, Simulation};
use tagmend_tests::wire::Straight;
use tagmend_tests::{Mode, Stage, bent_baseline, event, tagmend, world};

const DENIAL: &str = "mapping-missing/explicit-deny";

fn diagnosis(report: &Report, index: usize) -> &Diagnosis {
    match &report.treated[index] {
        Treated::Failure(_, Treatment::Diagnosed { diagnosis, .. }) => diagnosis,
        other => panic!("{other:?}"),
    }
}

/// Another record of the same call.
fn again(first: &Json, change: impl FnOnce(&mut Json)) -> Json {
    let mut record = first.clone();
    record["detail"]["eventID"] = json!("7b1f2e00-0000-4000-8000-0000000000ff");
    change(&mut record["detail"]);
    record
}

#[tokio::test]
async fn records_of_the_same_call_count_once() {
    let mut first = event(DENIAL);
    let id = first["detail"]["eventID"].clone();
    first["detail"]["sharedEventID"] = json!("shared-1");
    let delivered_twice = first.clone();
    let shared = again(&first, |_| {});
    let late = again(&event(DENIAL), |detail| {
        detail["addendum"] = json!({"reason": "DELIVERY_DELAY", "originalEventID": "shared-1"});
    });
    let stage = Stage::new(world()).await;
    let report = stage.heal(&[first, delivered_twice, shared, late], Mode::Apply).await;
    assert_eq!(diagnosis(&report, 0).cause, Cause::MappingMissing);
    for repeated in &report.treated[1..] {
        let Treated::Repeated { of, .. } = repeated else { panic!("{repeated:?}") };
        assert_eq!((json!(of), repeated.is_unfinished()), (id.clone(), false));
    }
    let objects = stage.sandbox.world().journal.objects;
    let fix = objects.iter().find(|(name, _)| name.ends_with("/restore_mapping/Department.json")).unwrap().1;
    assert_eq!(fix["events"], json!({"count": 1, "first": [id], "users": 1}));
}

/// The resource's owner gets a record of its own. It decides nothing, and takes nothing from the caller's.
#[tokio::test]
async fn the_record_of_the_resources_owner_is_no_repetition() {
    let mut own = event(DENIAL);
    own["detail"]["sharedEventID"] = json!("shared-1");
    let owners = again(&own, |detail| detail["recipientAccountId"] = json!("444455556666"));
    let stage = Stage::new(world()).await;
    let report = stage.heal(&[owners, own], Mode::Plan).await;
    assert_eq!(diagnosis(&report, 0).cause, Cause::Undetermined);
    assert_eq!((diagnosis(&report, 1).cause, report.changes.len()), (Cause::MappingMissing, 1));
}

#[tokio::test]
async fn who_spends_a_quota_is_said_as_far_as_the_batch_shows() {
    let throttled = event("throttled/ssm");
    let mut batch = Vec::new();
    for (index, role) in ["Builder", "Builder", "Builder", "Reporter"].into_iter().enumerate() {
        let mut record = throttled.clone();
        let detail = &mut record["detail"];
        detail["eventID"] = json!(format!("e-{index}"));
        let account = detail["userIdentity"]["accountId"].as_str().unwrap().to_owned();
        detail["userIdentity"] = json!({
            "type": "AssumedRole", "accountId": account,
            "arn": format!("arn:aws:sts::{account}:assumed-role/{role}/s"),
            "sessionContext": {"sessionIssuer": {"arn": format!("arn:aws:iam::{account}:role/{role}")}},
        });
        batch.push(record);
    }
    let stage = Stage::new(world()).await;
    let report = stage.heal(&batch, Mode::Plan).await;
    for index in 0..4 {
        let sentences = &diagnosis(&report, index).evidence.sentences;
        let said = "of 4 throttled calls at hand: 3 by role Builder, 1 by role Reporter";
        assert!(sentences.iter().any(|sentence| sentence == said), "{sentences:?}");
    }
    assert_eq!(stage.sandbox.calls(), Vec::<String>::new(), "nobody was asked");
}

/// `explain` asks Service Quotas; Identity Center's own quota is known.
#[tokio::test]
async fn explain_says_whose_quota_it_is_and_what_can_be_raised() {
    let mut of_metrics = event("throttled/ssm");
    of_metrics["detail"]["eventSource"] = json!("monitoring.amazonaws.com");
    of_metrics["detail"]["eventName"] = json!("PutMetricData");
    of_metrics["detail"]["errorMessage"] = json!(null);
    let mut of_sso = event("throttled/ssm");
    of_sso["detail"]["eventID"] = json!("e-sso");
    of_sso["detail"]["eventSource"] = json!("sso.amazonaws.com");
    of_sso["detail"]["eventName"] = json!("ListPermissionSets");
    of_sso["detail"]["errorMessage"] = json!(null);
    // An account that has the reader role.
    let there = |record: Json| -> Json {
        serde_json::from_str(&record.to_string().replace("111122223333", "444455556666")).unwrap()
    };
    let stage = Stage::new(world()).await;
    let report = stage.explain(&[there(of_metrics), there(of_sso)]).await;
    let sentences = |index: usize| diagnosis(&report, index).evidence.sentences.join("\n");
    let listed =
        "Service Quotas: Rate of PutMetricData requests (L-5E141212) is 500, and can be raised there";
    assert!(sentences(0).contains(listed), "{}", sentences(0));
    assert!(sentences(1).contains("share 20 a second, whoever makes them"), "{}", sentences(1));
}

/// The access key does not join a denial to its sign-in; role, session name and time do.
#[tokio::test]
async fn a_sign_in_of_the_same_batch_tells_what_the_session_carries() {
    let denial = event(DENIAL);
    let identity = &denial["detail"]["userIdentity"];
    let sign_in = |tags: Json, created: &str| {
        let mut record = event("idp-stopped-sending/near-miss-sign-in");
        let detail = &mut record["detail"];
        detail["eventTime"] = json!(created);
        let parameters = &mut detail["requestParameters"];
        parameters["roleArn"] = identity["sessionContext"]["sessionIssuer"]["arn"].clone();
        parameters["principalTags"] = tags;
        record
    };
    let stage = Stage::new(world()).await;
    // The session carries the tag that the policy asks for: then its absence on the instance is not why.
    let tags = json!({"Department": "Finance"});
    let batch = [sign_in(tags.clone(), "2026-11-23T09:30:02Z"), denial.clone()];
    let report = stage.heal(&batch, Mode::Plan).await;
    assert_eq!((diagnosis(&report, 1).cause, report.changes.len()), (Cause::Undetermined, 0));
    // A sign-in of another minute is another session's.
    let batch = [sign_in(tags, "2026-11-23T09:31:00Z"), denial];
    let report = stage.heal(&batch, Mode::Plan).await;
    assert_eq!((diagnosis(&report, 1).cause, report.changes.len()), (Cause::MappingMissing, 1));
}

#[tokio::test]
async fn a_second_opinion_that_disagrees_stops_a_fix_and_is_told() {
    let (_, out) = tagmend(&["explain", "events/mapping-missing/near-miss-simulator-disagrees.json"]).await;
    assert!(out.contains("second opinion       AWS's policy simulator disagrees"), "{out}");
    assert!(out.contains("Tagmend changes nothing: AWS's policy simulator answers otherwise"), "{out}");
    let (_, out) =
        tagmend(&["explain", "events/mapping-missing/scp-denies-without-the-tag.json", "--json"]).await;
    let record: Json = serde_json::from_str(&out).unwrap();
    let opinion = "AWS's policy simulator agrees: denied without, allowed with";
    assert_eq!(record["diagnosis"]["evidence"]["second_opinion"], opinion);
}

/// A refusal of the reader role holds for the batch: the next one asks again.
#[tokio::test]
async fn a_refused_reader_role_is_asked_for_again_in_the_next_batch() {
    let mut world = world();
    let bucket = world.journal.bucket.clone();
    world.faults.push(Fault {
        operation: "sts:AssumeRole".to_owned(),
        code: "AccessDenied".to_owned(),
        status: 403,
        times: Some(1),
        ..Fault::default()
    });
    let baseline = bent_baseline(|_| {});
    let simulation = Simulation::new(world, &baseline);
    let line = Arc::new(Straight(simulation.cloud.clone()));
    let function = Function::start(line, "reader-role", &bucket, &baseline);
    let clock = Clock::Fixed(simulation.now);
    let events = [event("bucket-abac-off/get-object")];
    let first = function.invoke(&events, clock).await;
    let second = function.invoke(&events, clock).await;
    let asked = || simulation.cloud.calls().iter().filter(|call| *call == "sts:AssumeRole").count();
    assert_ne!(diagnosis(&first, 0).cause, Cause::BucketAbacOff);
    assert_eq!((diagnosis(&second, 0).cause, asked()), (Cause::BucketAbacOff, 2));
    // A session that is there serves the next batch too.
    function.invoke(&events, clock).await;
    assert_eq!(asked(), 2);
}
