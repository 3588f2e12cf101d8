//! What earlier batches read saves calls, and changes no write: a function that remembers and one that forgets play the same
//! random schedule.

use std::cell::Cell;
use std::sync::Arc;

use fastrand::Rng;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value as Json, json};
use tagmend_remedy::{Clock, Treated};
use tagmend_sandbox::{AccountStatus, AttributeMapping, Cloud, World};
use tagmend_tests::simulation::Function;
use tagmend_tests::wire::Straight;
use tagmend_tests::{bent_baseline, event, roles, world};

const ACCOUNT: &str = "444455556666";
const SET: &str = "arn:aws:sso:::permissionSet/ssoins-7223a1b2c3d4e5f6/ps-1a2b3c4d5e6f7006";
const BUCKET: &str = "tagmend-journal";

thread_local! {
    static NOW: Cell<Timestamp> = const { Cell::new(Timestamp::UNIX_EPOCH) };
}

fn now() -> Timestamp {
    NOW.get()
}

fn wait(seconds: i64) {
    NOW.set(now() + SignedDuration::from_secs(seconds));
}

/// What breaks, with a denial that nothing else causes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Thing {
    Mapping,
    Provisioning,
}

impl Thing {
    const ALL: [Thing; 2] = [Thing::Mapping, Thing::Provisioning];

    fn is_whole(self, world: &World) -> bool {
        match self {
            Thing::Mapping => world.attribute_mappings.as_ref().unwrap().contains(&department()),
            Thing::Provisioning => {
                let set = world.permission_sets.iter().find(|set| set.arn == SET).unwrap();
                set.accounts[ACCOUNT] == AccountStatus::Provisioned
            }
        }
    }

    /// Somebody breaks it, or mends it; the record that CloudTrail writes of that.
    fn set(self, world: &mut World, is_whole: bool) -> Json {
        match self {
            Thing::Mapping => {
                let mappings = world.attribute_mappings.as_mut().unwrap();
                mappings.retain(|live| *live != department());
                if is_whole {
                    mappings.push(department());
                }
                written("UpdateInstanceAccessControlAttributeConfiguration", None)
            }
            Thing::Provisioning => {
                let set = world.permission_sets.iter_mut().find(|set| set.arn == SET).unwrap();
                let status = if is_whole { AccountStatus::Provisioned } else { AccountStatus::Outdated };
                set.accounts.insert(ACCOUNT.to_owned(), status);
                written("PutInlinePolicyToPermissionSet", Some(SET))
            }
        }
    }

    /// A call that is denied now, in a session that began a moment ago.
    fn denial(self, number: usize) -> Json {
        denial(
            match self {
                Thing::Mapping => "mapping-missing/resource-tag-condition",
                Thing::Provisioning => "not-provisioned/start-build",
            },
            number,
        )
    }
}

fn department() -> AttributeMapping {
    let source = "${path:enterprise.department}".to_owned();
    AttributeMapping { key: "Department".to_owned(), source }
}

fn denial(name: &str, number: usize) -> Json {
    let mut event = event(name);
    let begun = now() - SignedDuration::from_secs(1);
    event["detail"]["eventTime"] = json!(now().to_string());
    event["detail"]["eventID"] = json!(format!("event-{number}"));
    event["detail"]["requestID"] = json!(format!("request-{number}"));
    event["detail"]["userIdentity"]["sessionContext"]["attributes"]["creationDate"] =
        json!(begun.to_string());
    event
}

fn written(call: &str, arn: Option<&str>) -> Json {
    json!({
        "version": "0", "id": "1", "detail-type": "AWS API Call via CloudTrail", "source": "aws.sso",
        "account": "111122223333", "time": now().to_string(), "region": "eu-west-1", "resources": [],
        "detail": {
            "eventVersion": "1.08", "eventID": format!("{call}-{}", now()), "eventTime": now().to_string(),
            "eventSource": "sso.amazonaws.com", "eventName": call, "awsRegion": "eu-west-1",
            "userIdentity": {"type": "Root", "accountId": "111122223333", "sessionContext": {"sessionIssuer": {}}},
            "requestParameters": {
                "instanceArn": "arn:aws:sso:::instance/ssoins-7223a1b2c3d4e5f6", "permissionSetArn": arn,
            },
            "responseElements": null, "readOnly": false, "recipientAccountId": "111122223333",
        },
    })
}

/// A world with the processes that heal it.
struct Side {
    cloud: Cloud,
    places: Vec<Function>,
    remembers: bool,
}

impl Side {
    fn new(remembers: bool, places: usize) -> Side {
        let baseline = bent_baseline(|baseline| {
            baseline["limits"] = json!({
                "fixes_per_hour": 1000, "fixes_of_one_thing_per_day": 1000, "cool_down_minutes": 1,
                "maximum_event_age_hours": 24,
            });
        });
        let mut world = world();
        for thing in Thing::ALL {
            thing.set(&mut world, true);
        }
        let roles = roles(&baseline, &world, |_, _| {});
        let cloud = Cloud::new(world);
        cloud.enforce(roles);
        let line = || Arc::new(Straight(cloud.clone()));
        let region = if remembers { "warm" } else { "cold" };
        let places = (0..places).map(|_| Function::start(line(), region, BUCKET, &baseline)).collect();
        Side { cloud, places, remembers }
    }

    /// Treats a batch; which of its records come again.
    async fn treat(&self, place: usize, batch: &[Json]) -> Vec<bool> {
        let function = &self.places[place];
        if !self.remembers {
            function.forget().await;
        }
        let report = function.invoke(batch, Clock::Told(now)).await;
        report.treated.iter().map(Treated::is_unfinished).collect()
    }

    /// Names of the fixes that were made.
    fn fixes(&self) -> Vec<String> {
        self.cloud.look(|world| {
            let names = world.journal.objects.keys().filter(|name| name.starts_with("fixes/"));
            names.cloned().collect()
        })
    }

    fn is_whole(&self) -> [bool; 2] {
        self.cloud.look(|world| Thing::ALL.map(|thing| thing.is_whole(world)))
    }
}

/// What many schedules came to.
#[derive(Debug, Default)]
struct Tally {
    batches: usize,
    fixes: usize,
    warm_calls: usize,
    cold_calls: usize,
}

/// Plays one schedule on both sides. Records of changes come to the place that treats the next batch, where there is one.
async fn play(seed: u64, tally: &mut Tally) {
    let mut random = Rng::with_seed(seed);
    NOW.set(world().now.parse().unwrap());
    let (warm, cold) = (Side::new(true, 1), Side::new(false, 1));
    let sides = [&warm, &cold];
    let mut queue: Vec<Json> = Vec::new();
    let mut number = 0;
    for step in 0..60 {
        wait(random.i64(1..=60));
        let thing = Thing::ALL[random.usize(..2)];
        let is_whole = warm.cloud.look(|world| thing.is_whole(world));
        number += 1;
        match random.u32(..10) {
            // A person breaks or mends something.
            0..2 => {
                let records = sides.map(|side| {
                    let mut record = Json::Null;
                    side.cloud.change(|world| record = thing.set(world, !is_whole));
                    record
                });
                queue.extend(records.into_iter().next());
                // A session that begins now begins after it.
                wait(2);
            }
            2..4 => {
                for again in 0..random.usize(1..=6) {
                    let number = 10 * number + again;
                    queue.push(match is_whole {
                        false => thing.denial(number),
                        true => denial("intended/managed-policy-does-not-allow", number),
                    });
                }
            }
            _ => {
                let (batch, rest): (Vec<Json>, Vec<Json>) =
                    queue.drain(..).partition(|record| is_change(record) || random.u8(..4) == 0);
                queue = rest;
                let mut again = Vec::new();
                for side in sides {
                    again.push(side.treat(0, &batch).await);
                }
                tally.batches += 1;
                assert_eq!(again[0], again[1], "seed {seed}, step {step}: what comes again");
                assert_eq!(warm.fixes(), cold.fixes(), "seed {seed}, step {step}: what was made");
                assert_eq!(warm.is_whole(), cold.is_whole(), "seed {seed}, step {step}");
                let unfinished = batch.into_iter().zip(again.swap_remove(0));
                queue.extend(
                    unfinished.filter(|(record, again)| *again && !is_change(record)).map(|(it, _)| it),
                );
            }
        }
    }
    tally.fixes += warm.fixes().len();
    tally.warm_calls += warm.cloud.calls().len();
    tally.cold_calls += cold.cloud.calls().len();
}

fn is_change(record: &Json) -> bool {
    record["detail"]["errorCode"].is_null()
}

#[tokio::test]
async fn the_same_writes_are_made_with_and_without_them() {
    let mut tally = Tally::default();
    let seeds = std::env::var("WARM_SEEDS").ok().and_then(|count| count.parse().ok()).unwrap_or(8);
    for seed in 0..seeds {
        play(seed, &mut tally).await;
    }
    println!("{seeds} schedules: {tally:?}");
    assert!(tally.fixes > 0 && tally.warm_calls < tally.cold_calls, "{tally:?}");
}
