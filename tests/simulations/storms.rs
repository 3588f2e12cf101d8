//! What a storm costs: many denials of one cause, in many batches.

use std::sync::{Arc, Mutex};

use axum::http::Request;
use futures::future::BoxFuture;
use jiff::Timestamp;
use serde_json::{Value as Json, json};
use tagmend_remedy::Clock;
use tagmend_sandbox::{Cloud, Reply};
use tagmend_tests::simulation::Function;
use tagmend_tests::wire::Line;
use tagmend_tests::{bent_baseline, event, roles, world};

use crate::round_trips::{is_told, what};

/// Every request is served at once, and counted: those that decide something, and those that tell what was done.
#[derive(Debug)]
struct Counted {
    cloud: Cloud,
    calls: Arc<Mutex<(usize, usize)>>,
}

impl Line for Counted {
    fn carry(&self, request: Request<Vec<u8>>) -> BoxFuture<'static, Reply> {
        let mut calls = self.calls.lock().unwrap();
        match is_told(&what(&request)) {
            true => calls.1 += 1,
            false => calls.0 += 1,
        }
        let reply = self.cloud.answer(&request);
        Box::pin(async { reply })
    }
}

#[tokio::test]
async fn twenty_batches_of_one_users_denials_cost_less_than_two() {
    let baseline = bent_baseline(|_| {});
    let world = world();
    let now: Timestamp = world.now.parse().unwrap();
    let bucket = world.journal.bucket.clone();
    let roles = roles(&baseline, &world, |_, _| {});
    let cloud = Cloud::new(world);
    cloud.enforce(roles);
    let calls = Arc::new(Mutex::new((0, 0)));
    let line = Arc::new(Counted { cloud, calls: Arc::clone(&calls) });
    let place = Function::start(line, "storm", &bucket, &baseline);
    let denial = event("mapping-missing/explicit-deny");
    let mut after = Vec::new();
    for batch in 0..20 {
        let denials: Vec<Json> = (0..100)
            .map(|index| {
                let mut copy = denial.clone();
                copy["detail"]["eventID"] = json!(format!("event-{batch}-{index}"));
                copy["detail"]["requestID"] = json!(format!("request-{batch}-{index}"));
                copy
            })
            .collect();
        let report = place.invoke(&denials, Clock::Fixed(now)).await;
        assert!(report.treated.iter().all(|treated| !treated.is_unfinished()));
        after.push(*calls.lock().unwrap());
    }
    println!("after each batch, calls that decide and calls that tell: {after:?}");
    // The fix; that it is in place; then only whether the sign-in was recorded.
    let deciding: Vec<usize> = after.iter().map(|(deciding, _)| *deciding).collect();
    let expected: Vec<usize> = std::iter::once(29).chain(37..).take(20).collect();
    assert_eq!(deciding, expected);
    assert!(deciding[19] <= 2 * deciding[0]);
}
