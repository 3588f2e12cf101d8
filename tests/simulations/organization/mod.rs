//! An organization of 300 accounts and 3,500 permission sets, on the sandbox with AWS's quotas in force: what each piece of
//! work costs, in calls and in seconds of the sandbox's clock. `make organization` prints the table; a small one is always
//! run.

mod many_fixes;
mod wave;

use std::sync::Arc;
use std::time::Duration;

use axum::http::Request;
use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value as Json, json};
use tagmend_diagnosis::{Baseline, Delivery, deliveries};
use tagmend_remedy::{
    AwsError, Clients, Clock, Keeping, Pace, Pacing, Reader, Recorder, Report, RunTime, Treated, WarmFacts,
    Watcher, Writer,
    first_baseline::{self, Step},
    follow::{ChangedPermissionSet, Followed, Follower},
    heal, heal_warm,
    rate::Rate,
    rate::Share,
    watch,
};
use tagmend_sandbox::{Cloud, Fault, Organization, Reply};
use tagmend_tests::virtual_time::{self, Virtual, elapsed};
use tagmend_tests::wire::{Line, configuration};

/// How long an answer is on its way.
const LATENCY: Duration = Duration::from_millis(60);
pub(crate) const BUCKET: &str = "tagmend-journal";

/// Answers take their time.
#[derive(Debug)]
struct Slow(Cloud);

impl Line for Slow {
    fn carry(&self, request: Request<Vec<u8>>) -> BoxFuture<'static, Reply> {
        let cloud = self.0.clone();
        Box::pin(async move {
            virtual_time::sleep(LATENCY).await;
            cloud.answer(&request)
        })
    }
}

/// An organization with quotas, at the beginning of its clock.
fn begin(organization: Organization) -> Cloud {
    virtual_time::reset();
    let mut world = organization.world();
    world.begin_journal();
    let cloud = Cloud::new(world);
    cloud.limit(Box::new(Virtual));
    cloud
}

/// Clients of one process at its share.
fn clients(cloud: &Cloud, calls_per_second: f64, places: u32) -> aws_config::SdkConfig {
    let line = Arc::new(Slow(cloud.clone()));
    let configuration = virtual_time::on_this_clock(&configuration(line, "us-east-1"));
    Rate::new(Share::new(calls_per_second, places).unwrap()).keep(&configuration)
}

/// What a piece of work cost.
#[derive(Debug)]
struct Cost {
    what: &'static str,
    calls: usize,
    /// Of these, those that read a user.
    of_users: usize,
    seconds: f64,
    busiest: usize,
    throttled: usize,
    note: String,
}

fn cost(what: &'static str, cloud: &Cloud, note: String) -> Cost {
    let is_paced = |call: &&String| call.starts_with("sso:") || call.starts_with("identitystore:");
    Cost {
        what,
        of_users: cloud.calls().iter().filter(|call| *call == "identitystore:DescribeUser").count(),
        calls: cloud.calls().iter().filter(is_paced).count(),
        seconds: elapsed().as_secs_f64(),
        busiest: cloud.busiest().values().copied().max().unwrap_or_default(),
        throttled: cloud.throttled(),
        note,
    }
}

fn init(organization: Organization) -> Cost {
    let cloud = begin(organization);
    let configuration = clients(&cloud, 9.5, 1);
    let read = first_baseline::read(&configuration, Vec::new(), |_| Ok::<(), AwsError>(()));
    let standing = virtual_time::run(read).unwrap();
    assert_eq!(standing.permission_sets.len(), organization.permission_sets);
    cost("init", &cloud, String::new())
}

#[test]
fn init_that_is_interrupted_reads_nothing_twice() {
    let organization: Organization = "accounts=30,permission-sets=60,users=1,seed=1".parse().unwrap();
    let cloud = begin(organization);
    let configuration = clients(&cloud, 9.5, 1);
    let mut steps = Vec::new();
    let keep = |step: &Step| {
        steps.push(step.clone());
        Ok::<(), AwsError>(())
    };
    let whole = virtual_time::run(first_baseline::read(&configuration, Vec::new(), keep)).unwrap();
    let calls = cloud.calls().len();
    for done in [1, 2, 30, 60, 61] {
        cloud.forget_calls();
        let before: Vec<Step> = steps.iter().take(done).cloned().collect();
        let again = first_baseline::read(&configuration, before, |_| Ok::<(), AwsError>(()));
        assert_eq!(virtual_time::run(again).unwrap().permission_sets, whole.permission_sets);
        let more = cloud.calls();
        let lists = more.iter().filter(|call| *call == "sso:ListPermissionSets").count();
        let described = more.iter().filter(|call| *call == "sso:DescribePermissionSet").count();
        assert_eq!((lists, described), (0, 61 - done), "after {done} steps, {} of {calls} calls", more.len());
    }
}

/// The baseline that `init` writes, by rule, with every permission set allowed to restore mappings.
pub(crate) fn baseline(organization: Organization) -> Baseline {
    let world = organization.world();
    let sets: Vec<Json> = world
        .permission_sets
        .iter()
        .map(|set| json!({"name": set.name, "arn": set.arn, "heal": ["restore-mapping"]}))
        .collect();
    let mappings: Vec<Json> = world
        .attribute_mappings
        .unwrap()
        .iter()
        .map(|mapping| json!({"key": mapping.key, "owner": "identity-store", "source": mapping.source}))
        .collect();
    let document = json!({
        "version": 1,
        "instance": {
            "arn": world.instance_arn, "identity_store_id": world.identity_store_id, "region": "us-east-1",
            "management_account": "999999999999"
        },
        "attribute_mappings": mappings, "permission_sets": sets,
        "accounts": {"all_provisioned_except": []},
        "own_roles": ["tagmend-heal", "tagmend-watch"],
        "limits": {"fixes_per_hour": 5, "maximum_event_age_hours": 24}
    });
    Baseline::parse(&document.to_string()).unwrap()
}

fn scan(organization: Organization) -> Cost {
    let cloud = begin(organization);
    let watcher = Watcher::new(Clients::new(&clients(&cloud, Share::COMMANDS, 1)), BUCKET, Pace::NONE);
    let time = RunTime { clock: Clock::Told(virtual_time::now), deadline: None };
    let inspection =
        virtual_time::run(watcher.inspect(&baseline(organization), None, Keeping::Nowhere, time)).unwrap();
    assert_eq!(inspection.permission_sets.looked_at, organization.permission_sets);
    assert_eq!(inspection.users.looked_at, organization.users);
    cost("scan", &cloud, String::new())
}

/// Runs of watch, one an hour, until the index has every permission set.
fn round_of_watch(organization: Organization) -> Cost {
    let cloud = begin(organization);
    let baseline = baseline(organization);
    let clients = Clients::new(&clients(&cloud, Share::WATCH, 1));
    let recorder = Recorder::new(&clients, BUCKET);
    let watcher = Watcher::new(clients, BUCKET, Pace::hourly(Share::WATCH));
    let mut runs = 0;
    virtual_time::run(async {
        loop {
            runs += 1;
            let hour = Duration::from_secs(3600 * runs);
            let deadline = Some(virtual_time::now() + SignedDuration::from_secs(900));
            let time = RunTime { clock: Clock::Told(virtual_time::now), deadline };
            let inspection = watch(&baseline, &watcher, &recorder, "request", time).await.unwrap();
            assert_eq!(inspection.errors, []);
            if inspection.index.is_some() {
                break;
            }
            virtual_time::sleep(hour.saturating_sub(elapsed())).await;
        }
    });
    cost("a round of watch", &cloud, format!("{runs} runs, one an hour"))
}

/// An index is there, and somebody writes twenty permission sets at once.
fn writes(organization: Organization) -> Cost {
    let cloud = begin(organization);
    let baseline = baseline(organization);
    let sets: Vec<String> =
        cloud.look(|world| world.permission_sets.iter().map(|set| set.arn.clone()).collect());
    let entry = |arn: &String| {
        let look = json!({
            "time": virtual_time::now().to_string(), "name": arn, "policy_digest": null, "keys": {},
            "has_unseen_policies": false,
        });
        (arn.clone(), look)
    };
    let index = json!({
        "schema": 2, "time": virtual_time::now().to_string(),
        "permission_sets": sets.iter().map(entry).collect::<serde_json::Map<_, _>>(), "unread": [],
    });
    cloud.change(|world| drop(world.journal.objects.insert("index.json".to_owned(), index)));
    let written = virtual_time::now();
    let changed: Vec<ChangedPermissionSet> =
        sets.iter().take(20).map(|arn| ChangedPermissionSet { arn: arn.clone(), time: written }).collect();
    let follower = Follower::new(Clients::new(&clients(&cloud, Share::HEAL, 2)), BUCKET);
    let deadline = Some(written + SignedDuration::from_secs(60));
    let time = RunTime { clock: Clock::Told(virtual_time::now), deadline };
    let followed = virtual_time::run(follower.follow(&changed, &baseline, time));
    assert_eq!(followed.len(), changed.len());
    let refreshed = followed.values().filter(|followed| **followed == Followed::Refreshed).count();
    assert_eq!(refreshed, 20, "{followed:?}");
    assert!(elapsed() < Duration::from_secs(60), "an entry follows within a minute");
    cost("writes of permission sets", &cloud, format!("{refreshed} at once, all within the minute"))
}

type Work = fn(Organization) -> Cost;

/// The work, each with its share: the most calls in a second.
const WORK: [(Work, usize); 4] = [(init, 10), (scan, 2), (round_of_watch, 2), (writes, 3)];

#[track_caller]
fn check(cost: &Cost, most: usize) {
    let Cost { what, calls, of_users: _, seconds, busiest, throttled, note } = cost;
    println!("| {what} | {calls} | {seconds:.0} | {busiest} | {throttled} | {note} |");
    assert!(*busiest <= most, "{what}: {busiest} calls in a second, of {most}");
    assert_eq!(*throttled, 0, "{what}");
}

#[test]
fn a_small_organization_stays_within_its_shares() {
    let small: Organization = "accounts=30,permission-sets=60,users=150,seed=1".parse().unwrap();
    for (work, most) in WORK {
        check(&work(small), most);
    }
    check(&wave::wave(small, 40), 6);
}

const LARGE: &str = "accounts=300,permission-sets=3500,users=50000,seed=1";

fn is_left_out() -> bool {
    std::env::var_os("ORGANIZATION").is_none()
}

#[test]
fn a_large_organization_stays_within_its_shares() {
    if is_left_out() {
        return;
    }
    let large: Organization = LARGE.parse().unwrap();
    println!("| work | calls | seconds | most in a second | throttled | |");
    println!("|---|---|---|---|---|---|");
    let first = init(large);
    check(&first, 10);
    assert!(first.seconds < 45.0 * 60.0, "init takes {} seconds", first.seconds);
    for (work, most) in WORK.into_iter().skip(1) {
        check(&work(large), most);
    }
}
