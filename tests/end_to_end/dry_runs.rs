//! What the batches of one dry run have in common.

use serde_json::{Value as Json, json};
use tagmend_diagnosis::deliveries;
use tagmend_remedy::{Report, Treated, Treatment};
use tagmend_tests::{Stage, event, events_of_the_main_world, world};

/// The same calls, made once more.
fn again(events: &[Json]) -> Vec<Json> {
    let mut events = events.to_vec();
    for (index, event) in events.iter_mut().enumerate() {
        let detail = event["detail"].as_object_mut().unwrap();
        detail.insert("eventID".to_owned(), json!(format!("again-{index}")));
        detail.remove("sharedEventID");
        detail.remove("addendum");
    }
    events
}

/// What was found and planned of each failure.
fn found(report: &Report) -> Vec<String> {
    let told = |treated: &Treated| match treated {
        Treated::Failure(_, Treatment::Diagnosed { diagnosis, plan }) => {
            format!("{diagnosis:?} {plan:?}")
        }
        Treated::Failure(_, Treatment::Unanswered(error)) => error.to_string(),
        Treated::Repeated { .. } => "repeated".to_owned(),
        Treated::PassedOver => "passed over".to_owned(),
        Treated::Related(related) => format!("{:?} {:?}", related.cause, related.evidence),
        Treated::Unreadable(error) => error.to_string(),
    };
    report.treated.iter().map(told).collect()
}

#[tokio::test]
async fn batches_read_everything_once() {
    // Of a user who has changed everything is read again.
    let tells_of_a_change = |event: &Json| {
        let related = deliveries(event).into_iter().flatten().filter_map(|delivery| delivery.related);
        related.into_iter().any(|related| related.changed_user().is_some())
    };
    let mut events = again(&events_of_the_main_world());
    events.retain(|event| !tells_of_a_change(event));
    let stage = Stage::new(world()).await;
    let one = stage.plan_in_batches(std::slice::from_ref(&events)).await.remove(0);
    let calls = stage.sandbox.calls().len();
    let stage = Stage::new(world()).await;
    let other: Vec<Json> = events
        .iter()
        .enumerate()
        .map(|(index, event)| {
            let mut event = event.clone();
            event["detail"]["eventID"] = json!(format!("other-{index}"));
            event
        })
        .collect();
    let batches = stage.plan_in_batches(&[events, other.clone(), other]).await;
    // Lookups that go out at once may ask for the same thing once more; not remembering would cost hundreds.
    let in_batches = stage.sandbox.calls().len();
    assert!(in_batches.abs_diff(calls) <= 3, "{in_batches} calls, {calls} of one batch");
    assert_eq!(found(&batches[0]), found(&one));
    assert_eq!(found(&batches[1]), found(&one));
    assert!(batches[2].treated.iter().all(|treated| {
        !matches!(treated, Treated::Failure(failure, _) if failure.recipient_account == failure.account)
    }));
}

/// That nobody knew a session's tags is no answer any more once its sign-in was read.
#[tokio::test]
async fn a_sign_in_of_a_later_batch_is_taken() {
    let denial = event("mapping-missing/explicit-deny");
    let mut later = again(std::slice::from_ref(&denial)).remove(0);
    later["detail"]["eventTime"] = json!("2026-11-23T11:46:00Z");
    let mut sign_in = event("idp-stopped-sending/near-miss-sign-in");
    sign_in["detail"]["eventTime"] = json!("2026-11-23T09:30:02Z");
    let parameters = &mut sign_in["detail"]["requestParameters"];
    parameters["roleArn"] =
        denial["detail"]["userIdentity"]["sessionContext"]["sessionIssuer"]["arn"].clone();
    parameters["principalTags"] = json!({"Department": "Finance"});
    let stage = Stage::new(world()).await;
    let batches = stage.plan_in_batches(&[vec![denial], vec![sign_in], vec![later]]).await;
    let changes: Vec<usize> = batches.iter().map(|report| report.changes.len()).collect();
    assert_eq!(changes, [1, 0, 0]);
}
