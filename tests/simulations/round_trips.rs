//! How long a fix takes where only the network does: dependent round trips, and calls. What is asked before any answer of the
//! same time is there is one round trip.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_config::SdkConfig;
use axum::http::Request;
use futures::future::BoxFuture;
use lambda_runtime::{Context, LambdaEvent};
use serde_json::{Value as Json, json};
use tagmend_heal::settings::Settings;
use tagmend_heal::work::Work;
use tagmend_remedy::{Clock, ReaderRole, ledger::Mode};
use tagmend_sandbox::{Cloud, Reply, World};
use tagmend_tests::virtual_time::{self, elapsed};
use tagmend_tests::wire::{Line, configuration, name};
use tagmend_tests::{WRITES, bent_baseline, event, settings, world};

/// How long every answer is on its way: a dependent round trip.
const ROUND: Duration = Duration::from_millis(100);

/// Every answer takes as long.
#[derive(Debug)]
struct Timed {
    cloud: Cloud,
    sent: Sent,
    /// What takes half a minute, where anything does.
    slow: Option<&'static str>,
}

/// Requests with the round trip in which they were sent.
type Sent = Arc<Mutex<Vec<(usize, String)>>>;

/// The operation; of S3 the object, or the list.
pub(crate) fn what(request: &Request<Vec<u8>>) -> String {
    let prefix = request.uri().query().and_then(|query| query.split("prefix=").nth(1));
    let prefix = prefix.and_then(|prefix| prefix.split('&').next()).unwrap_or_default();
    name(request) + prefix
}

impl Line for Timed {
    fn carry(&self, request: Request<Vec<u8>>) -> BoxFuture<'static, Reply> {
        let (cloud, sent) = (self.cloud.clone(), Arc::clone(&self.sent));
        let round = usize::try_from(elapsed().as_millis() / ROUND.as_millis()).unwrap() + 1;
        let what = what(&request);
        let takes = if self.slow.is_some_and(|slow| what.contains(slow)) { 300 * ROUND } else { ROUND };
        sent.lock().unwrap().push((round, what));
        Box::pin(async move {
            virtual_time::sleep(takes).await;
            cloud.answer(&request)
        })
    }
}

/// A place of the function `heal`, on the sample organization.
struct Place {
    sent: Sent,
    work: Work,
}

impl Place {
    fn new(mode: Mode, has_reader_role: bool) -> Place {
        Place::bent(mode, has_reader_role, None, |_| {})
    }

    fn bent(
        mode: Mode,
        has_reader_role: bool,
        slow: Option<&'static str>,
        bend: impl FnOnce(&mut World),
    ) -> Place {
        virtual_time::reset();
        let mut world = world();
        bend(&mut world);
        // The key is made once in the life of an installation.
        world
            .journal
            .objects
            .insert("keys/users.json".to_owned(), json!({"schema": 1, "key": "00".repeat(32)}));
        let role = ReaderRole {
            name: world.reader_role.clone(),
            external_id: Some(world.reader_external_id.clone()),
        };
        let bucket = world.journal.bucket.clone();
        let sent = Sent::default();
        let line = Arc::new(Timed { cloud: Cloud::new(world), sent: Arc::clone(&sent), slow });
        let configuration: SdkConfig = virtual_time::on_this_clock(&configuration(line, "eu-west-1"));
        let settings = Settings {
            reader_role: has_reader_role.then_some(role),
            ..settings(mode, &bucket, &bent_baseline(|_| {}))
        };
        Place { sent, work: Work::on_sandbox(settings, &configuration, Clock::Told(virtual_time::now)) }
    }

    fn treat(&self, event: &Json) -> Cost {
        let record = json!({
            "messageId": "message", "receiptHandle": "h", "body": event.to_string(),
            "attributes": {"ApproximateReceiveCount": "1"}, "messageAttributes": {}, "md5OfBody": "0",
            "eventSource": "aws:sqs", "awsRegion": "eu-west-1",
            "eventSourceARN": "arn:aws:sqs:eu-west-1:111122223333:failures",
        });
        virtual_time::reset();
        self.sent.lock().unwrap().clear();
        let event = LambdaEvent::new(json!({"Records": [record]}), Context::default());
        virtual_time::run(self.work.treat(event)).unwrap();
        let sent = self.sent.lock().unwrap().clone();
        let rounds = usize::try_from(elapsed().as_millis() / ROUND.as_millis()).unwrap();
        for round in 1..=rounds {
            let calls: Vec<&str> =
                sent.iter().filter(|(of, _)| *of == round).map(|(_, call)| call.as_str()).collect();
            println!("  {round}: {}", calls.join(", "));
        }
        let last = |is_meant: &dyn Fn(&str) -> bool| {
            sent.iter().filter(|(_, call)| is_meant(call)).map(|(round, _)| *round).max()
        };
        Cost {
            decided: last(&|call| !is_told(call)).unwrap_or_default(),
            written: last(&|call| WRITES.iter().any(|write| write.ends_with(&format!(":{call}")))),
            all: rounds,
            asked: sent.iter().filter(|(_, call)| !is_told(call)).count(),
            calls: sent.len(),
        }
    }
}

/// Whether a call tells what was done, and decides nothing.
pub(crate) fn is_told(call: &str) -> bool {
    ["PutMetricData", "PutEvents", "/runs/", "related", "/keys/"].iter().any(|told| call.contains(told))
}

/// What a batch cost.
#[derive(Debug, PartialEq, Eq)]
struct Cost {
    /// Round trips until the last answer was there that decides something.
    decided: usize,
    /// Round trips until a change was sent and answered.
    written: Option<usize>,
    /// All round trips.
    all: usize,
    /// Calls that decide something.
    asked: usize,
    /// All calls.
    calls: usize,
}

fn cost(decided: usize, written: Option<usize>, all: usize, asked: usize, calls: usize) -> Cost {
    Cost { decided, written, all, asked, calls }
}

/// The same denial a moment later than anything was read.
fn later(name: &str) -> Json {
    let mut event = event(name);
    event["detail"]["eventTime"] = json!("2026-11-23T12:00:00Z");
    event
}

const LOST: &str = "mapping-missing/explicit-deny";

#[test]
fn a_lost_mapping_is_back_in_five_round_trips() {
    let place = Place::new(Mode::Apply, false);
    assert_eq!(place.treat(&event(LOST)), cost(8, Some(5), 8, 28, 33));
    // It is in place, and whoever was denied has to sign in again.
    assert_eq!(place.treat(&event(LOST)), cost(2, None, 4, 8, 11));
}

#[test]
fn a_plan_takes_two_round_trips_and_none_when_it_was_just_made() {
    let place = Place::new(Mode::Plan, false);
    assert_eq!(place.treat(&event(LOST)), cost(2, None, 5, 12, 16));
    assert_eq!(place.treat(&event(LOST)), cost(1, None, 3, 1, 4));
    assert_eq!(place.treat(&later(LOST)), cost(1, None, 3, 11, 14));
}

#[test]
fn a_lease_that_somebody_held_is_ours_before_anything_is_read() {
    let place = Place::bent(Mode::Apply, false, None, |world| {
        let lease = world.journal.objects.get_mut("lease.json").unwrap();
        (lease["held"], lease["expires"]) = (json!(true), json!("2026-11-23T11:50:00Z"));
    });
    assert!(place.treat(&event(LOST)).written.is_some());
    let sent = place.sent.lock().unwrap();
    let round = |call: &str| sent.iter().find(|(_, sent)| sent.contains(call)).unwrap().0;
    assert!(round("PUT /tagmend-journal/lease.json") < round("snapshots%2F"), "{sent:?}");
}

#[test]
fn a_last_look_that_grew_old_is_made_again() {
    let place = Place::bent(Mode::Apply, false, Some("PUT /tagmend-journal/snapshots"), |_| {});
    let written = place.treat(&event(LOST)).written.unwrap();
    let sent = place.sent.lock().unwrap();
    for look in ["hold.json", "GET /tagmend-journal/lease.json", "DescribeInstanceAccessControlAttribute"] {
        assert!(
            sent.iter().any(|(round, call)| *round + 1 == written && call.contains(look)),
            "{look}: {sent:?}"
        );
    }
}
