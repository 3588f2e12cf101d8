//! A denial right after a change comes back once after it was diagnosed, however often it was received.

use jiff::SignedDuration;
use lambda_runtime::{Context, LambdaEvent};
use serde_json::{Value as Json, json};
use tagmend_heal::work::Work;
use tagmend_remedy::{Clock, ledger::Mode};
use tagmend_sandbox::Fault;
use tagmend_tests::{Role, Stage, event, world};

/// A message that SQS hands out for this time.
fn received(body: &Json, times: usize) -> LambdaEvent<Json> {
    let record = json!({
        "messageId": "19dd0b57-b21e-4ac1-bd88-01bbb068cb78", "receiptHandle": "h", "body": body.to_string(),
        "attributes": {"ApproximateReceiveCount": times.to_string()}, "messageAttributes": {}, "md5OfBody": "0",
        "eventSource": "aws:sqs", "awsRegion": "eu-west-1",
        "eventSourceARN": "arn:aws:sqs:eu-west-1:111122223333:failures",
    });
    LambdaEvent::new(json!({"Records": [record]}), Context::default())
}

/// Whether a message comes again that SQS brings so many times, where these of them meet a fault.
async fn comes_again(body: &Json, times: usize, fails: impl Fn(usize) -> Option<&'static str>) -> Vec<bool> {
    let stage = Stage::new(world()).await;
    let mut comes = Vec::new();
    for time in 0..times {
        stage.sandbox.change(|world| {
            world.faults = fails(time)
                .map(|operation| Fault {
                    operation: operation.to_owned(),
                    code: "ThrottlingException".to_owned(),
                    status: 400,
                    times: None,
                    ..Fault::default()
                })
                .into_iter()
                .collect();
        });
        // A cold place of the function each time.
        let clock = Clock::Fixed(stage.now + SignedDuration::from_secs(6 * i64::try_from(time).unwrap()));
        let work =
            Work::on_sandbox(stage.settings(Mode::Apply), &stage.configuration(Role::HealApply), clock);
        let answer = work.treat(received(body, time + 1)).await.unwrap();
        comes.push(!answer["batchItemFailures"].as_array().unwrap().is_empty());
    }
    comes
}

#[tokio::test]
async fn a_second_look_is_kept_by_whether_there_was_a_first() {
    let recent = event("eventual-consistency/after-provisioning");
    let never = |_: usize| None;
    assert_eq!(comes_again(&recent, 3, never).await, [true, false, false], "once");
    // AWS did not answer the first times: nothing was diagnosed, and the second look is still to come.
    let at_first = |time: usize| (time < 2).then_some("sso:DescribePermissionSet");
    assert_eq!(comes_again(&recent, 5, at_first).await, [true, true, true, false, false]);
    // Where nobody can say whether there was a first look, the count of receipts ends it.
    let unkept = |_: usize| Some("s3:PutObject");
    assert_eq!(comes_again(&recent, 3, unkept).await, [true, false, false]);
    let older = event("eventual-consistency/near-miss-ten-minutes-later");
    assert_eq!(comes_again(&older, 1, never).await, [false], "nothing changes any more");
}

#[tokio::test]
async fn a_second_look_looks_at_aws_and_not_at_what_the_first_one_read() {
    let stage = Stage::new(world()).await;
    let clock = Clock::Fixed(stage.now);
    let work = Work::on_sandbox(stage.settings(Mode::Apply), &stage.configuration(Role::HealApply), clock);
    let mut reads = Vec::new();
    for times in [1, 2] {
        work.treat(received(&event("eventual-consistency/after-provisioning"), times)).await.unwrap();
        reads.push(stage.count("sso:GetInlinePolicyForPermissionSet"));
    }
    assert_eq!(reads, [1, 2]);
}
