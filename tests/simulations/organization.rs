//! An organization of 300 accounts and 3,500 permission sets, on the sandbox with AWS's quotas in force: what each piece of
//! work costs, in calls and in seconds of the sandbox's clock. `make organization` prints the table; a small one is always
//! run.

use std::sync::Arc;
use std::time::Duration;

use axum::http::Request;
use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value as Json, json};
use tagmend_diagnosis::{Baseline, deliveries};
use tagmend_remedy::{
    AwsError, Clients, Clock, Keeping, Pace, Pacing, Reader, Recorder, RunTime, Treated, Watcher, Writer,
    first_baseline::{self, Step},
    follow::{ChangedPermissionSet, Followed, Follower},
    heal,
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
struct Cost {
    what: &'static str,
    calls: usize,
    seconds: f64,
    busiest: usize,
    throttled: usize,
    note: String,
}

fn cost(what: &'static str, cloud: &Cloud, note: String) -> Cost {
    let is_paced = |call: &&String| call.starts_with("sso:") || call.starts_with("identitystore:");
    Cost {
        what,
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

/// A denial of a user under a permission set that decides by the department.
fn denial(index: usize, set: &tagmend_sandbox::PermissionSet, account: &str, time: Timestamp) -> Json {
    let mut event = tagmend_tests::event("mapping-missing/delivered-late");
    let text = event.to_string();
    let issuer = event.pointer("/detail/userIdentity/sessionContext/sessionIssuer/userName").unwrap();
    let (role, old) = (issuer.as_str().unwrap().to_owned(), event["account"].as_str().unwrap().to_owned());
    let session = event.pointer("/detail/userIdentity/arn").unwrap().as_str().unwrap();
    let session = session.rsplit('/').next().unwrap().to_owned();
    let text = text
        .replace(&role, &format!("AWSReservedSSO_{}_0123456789abcdef", set.name))
        .replace(&old, account)
        .replace(&session, &format!("user{index:05}@example.com"));
    event = serde_json::from_str(&text).unwrap();
    let detail = event["detail"].as_object_mut().unwrap();
    detail.insert("eventTime".to_owned(), json!(time.to_string()));
    for id in ["eventID", "requestID"] {
        detail.insert(id.to_owned(), json!(format!("{id}-{index}")));
    }
    if let Some(behalf) = detail["userIdentity"].get_mut("onBehalfOf") {
        behalf["userId"] = json!(format!("{index:08x}-1111-2222-3333-444455556666"));
    }
    event
}

/// Permission sets that decide by the department.
fn by_department(cloud: &Cloud) -> Vec<tagmend_sandbox::PermissionSet> {
    let decides = |set: &&tagmend_sandbox::PermissionSet| {
        set.inline_policy
            .as_ref()
            .is_some_and(|policy| policy.to_string().contains("PrincipalTag/Department"))
    };
    cloud.look(|world| world.permission_sets.iter().filter(decides).cloned().collect())
}

/// A mapping is gone, and users in many accounts are denied within ten minutes, in batches of a hundred.
fn wave(organization: Organization, denied: usize) -> Cost {
    let cloud = begin(organization);
    let baseline = baseline(organization);
    cloud.change(|world| {
        world.attribute_mappings.as_mut().unwrap().retain(|mapping| mapping.key != "Department");
    });
    let sets = by_department(&cloud);
    let every = Duration::from_secs(600) / u32::try_from(denied).unwrap();
    let begins = virtual_time::now();
    let time =
        |index: usize| begins + SignedDuration::try_from(every * u32::try_from(index).unwrap()).unwrap();
    let events: Vec<Json> = (0..denied)
        .map(|index| {
            let set = &sets[index % sets.len()];
            let account = set.accounts.keys().nth(index % set.accounts.len()).unwrap();
            denial(index, set, account, time(index))
        })
        .collect();
    let places: Vec<(Reader, Writer)> = (0..2)
        .map(|_| {
            let clients = Clients::new(&clients(&cloud, Share::HEAL, 2));
            (Reader::new(clients.clone(), BUCKET), Writer::new(clients, BUCKET, Pacing::NONE))
        })
        .collect();
    let mut fixed_after = None;
    let mut waiting: Vec<(Duration, Json)> = events
        .into_iter()
        .enumerate()
        .map(|(index, event)| (every * u32::try_from(index).unwrap(), event))
        .collect();
    let (mut runs, mut unfinished, mut longest) = (0, 0, Duration::ZERO);
    virtual_time::run(async {
        while !waiting.is_empty() {
            let mut batches = Vec::new();
            for _ in &places {
                let (due, later): (Vec<_>, Vec<_>) = waiting.drain(..).partition(|(at, _)| *at <= elapsed());
                let (batch, rest) = due.split_at(due.len().min(100));
                batches.push(batch.iter().map(|(_, event)| event.clone()).collect::<Vec<_>>());
                waiting = rest.iter().cloned().chain(later).collect();
            }
            let runs_now = places.iter().zip(&batches).filter(|(_, batch)| !batch.is_empty());
            let runs_now: Vec<_> = runs_now
                .map(|((reader, writer), batch)| {
                    let deadline = Some(virtual_time::now() + SignedDuration::from_secs(60));
                    let time = RunTime { clock: Clock::Told(virtual_time::now), deadline };
                    let records = batch.iter().flat_map(deliveries).collect();
                    heal(records, &baseline, reader, Some(writer), time)
                })
                .collect();
            runs += runs_now.len();
            let began = elapsed();
            let reports = futures::future::join_all(runs_now).await;
            longest = longest.max(elapsed() - began);
            let of_batches = batches.iter().filter(|batch| !batch.is_empty());
            for (report, batch) in reports.iter().zip(of_batches) {
                let is_fixed = report
                    .changes
                    .iter()
                    .any(|it| it.outcome.as_ref().is_some_and(|outcome| outcome.name() == "fixed"));
                if is_fixed && fixed_after.is_none() {
                    fixed_after = Some(elapsed());
                }
                let again = report.treated.iter().zip(batch).filter(|(treated, _)| treated.is_unfinished());
                for (_, event) in again {
                    unfinished += 1;
                    waiting.push((elapsed() + Duration::from_secs(370), event.clone()));
                }
                assert!(report.treated.iter().all(|treated| !matches!(treated, Treated::Unreadable(_))));
            }
            virtual_time::sleep(Duration::from_secs(10)).await;
        }
    });
    assert!(longest <= Duration::from_secs(60), "Lambda would have stopped a run after {longest:?}");
    let fixed = fixed_after.expect("the mapping is back").as_secs_f64();
    let note = format!(
        "{denied} denied; fixed {fixed:.0} s after the first denial; {runs} runs, the longest {:.0} s, {unfinished} records again",
        longest.as_secs_f64()
    );
    cost("a wave", &cloud, note)
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

/// Throttled at every call, and waiting for its turns: a run of heal is over before Lambda would stop it.
#[test]
fn a_run_that_is_always_throttled_ends_before_its_deadline_and_writes_nothing() {
    let small: Organization = "accounts=30,permission-sets=60,users=60,seed=1".parse().unwrap();
    let cloud = begin(small);
    let baseline = baseline(small);
    let begins = virtual_time::now();
    let sets: Vec<_> = cloud.look(|world| world.permission_sets.clone());
    cloud.change(|world| {
        world.attribute_mappings.as_mut().unwrap().retain(|mapping| mapping.key != "Department");
        for operation in ["sso:DescribePermissionSet", "sso:GetInlinePolicyForPermissionSet"] {
            let (operation, code) = (operation.to_owned(), "ThrottlingException".to_owned());
            world.faults.push(Fault { operation, code, times: None, ..Fault::default() });
        }
    });
    let events: Vec<Json> = (0..60)
        .map(|index| denial(index, &sets[index], sets[index].accounts.keys().next().unwrap(), begins))
        .collect();
    let clients = Clients::new(&clients(&cloud, Share::HEAL, 2));
    let (reader, writer) = (Reader::new(clients.clone(), BUCKET), Writer::new(clients, BUCKET, Pacing::NONE));
    let deadline = Some(begins + SignedDuration::from_secs(60));
    let time = RunTime { clock: Clock::Told(virtual_time::now), deadline };
    let records = events.iter().flat_map(deliveries).collect();
    let report = virtual_time::run(heal(records, &baseline, &reader, Some(&writer), time));
    println!("a throttled run: {:?}, {} calls", elapsed(), cloud.calls().len());
    assert!(elapsed() < Duration::from_secs(60), "{:?}", elapsed());
    assert!(report.changes.is_empty(), "{:?}", report.changes);
    assert!(report.treated.iter().any(Treated::is_unfinished));
}

/// One batch has users of many permission sets, and the function the calls a second of one of two. What the first of them
/// show is made; a batch that is too long for one run is never lost whole.
#[test]
fn one_batch_of_users_of_many_permission_sets_is_treated_in_parts() {
    for (key, least, changes) in [("Department", 7, vec!["fixed"]), ("None", 15, vec![])] {
        let small: Organization = "accounts=30,permission-sets=1300,users=60,seed=1".parse().unwrap();
        let cloud = begin(small);
        let baseline = baseline(small);
        let begins = virtual_time::now();
        let sets = by_department(&cloud);
        cloud.change(|world| {
            world.attribute_mappings.as_mut().unwrap().retain(|mapping| mapping.key != key);
        });
        let denials = sets.iter().take(60).enumerate();
        let events: Vec<Json> = denials
            .map(|(index, set)| denial(index, set, set.accounts.keys().next().unwrap(), begins))
            .collect();
        let clients = Clients::new(&clients(&cloud, Share::HEAL, 2));
        let reader = Reader::new(clients.clone(), BUCKET);
        let writer = Writer::new(clients, BUCKET, Pacing::NONE);
        let deadline = Some(begins + SignedDuration::from_secs(60));
        let time = RunTime { clock: Clock::Told(virtual_time::now), deadline };
        let records = events.iter().flat_map(deliveries).collect();
        let report = virtual_time::run(heal(records, &baseline, &reader, Some(&writer), time));
        let done = report.treated.iter().filter(|treated| !treated.is_unfinished()).count();
        println!(
            "a batch of {}: {done} treated in {:?}, {} calls",
            events.len(),
            elapsed(),
            cloud.calls().len()
        );
        assert!(elapsed() < Duration::from_secs(60), "{:?}", elapsed());
        let names: Vec<_> = report.changes.iter().map(|it| it.outcome.as_ref().unwrap().name()).collect();
        assert_eq!(names, changes);
        assert!(events.len() > 40 && done >= least && done < events.len(), "{done} of {}", events.len());
    }
}

type Work = fn(Organization) -> Cost;

/// The work, each with its share: the most calls in a second.
const WORK: [(Work, usize); 4] = [(init, 10), (scan, 2), (round_of_watch, 2), (writes, 3)];

#[track_caller]
fn check(cost: &Cost, most: usize) {
    let Cost { what, calls, seconds, busiest, throttled, note } = cost;
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
    check(&wave(small, 40), 6);
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

#[test]
fn a_wave_in_a_large_organization_stays_within_its_share() {
    if !is_left_out() {
        check(&wave(LARGE.parse().unwrap(), 2_000), 6);
    }
}

/// So many fixes of the last two days, half of a mapping and half of provisionings, and one run of watch.
fn many_fixes(organization: Organization, fixes: usize) -> Cost {
    let cloud = begin(organization);
    let baseline = baseline(organization);
    let mapping = baseline.mappings().next().unwrap();
    let tagmend_diagnosis::Owner::IdentityStore(source) = mapping.owner else { panic!("{mapping:?}") };
    let sets: Vec<String> = baseline.permission_sets().map(|(_, set)| set.arn.clone()).collect();
    let begins = virtual_time::now() - SignedDuration::from_hours(47);
    cloud.change(|world| {
        for index in 0..fixes {
            let seconds = i64::try_from(index * 46 * 3600 / fixes).unwrap();
            let time = begins + SignedDuration::from_secs(seconds) + SignedDuration::from_millis(1);
            let set = sets[index % sets.len().min(100)].rsplit('/').next().unwrap();
            let (thing, change) = match index % 2 {
                0 => (format!("restore_mapping/{}", mapping.key), json!({"source": source.expression()})),
                _ => (format!("provision/100000000001/{set}"), json!({"policy_digest": "sha256:none"})),
            };
            let id = format!("{}/{thing}", time.strftime("%Y%m%dT%H%M%S.%3fZ"));
            let fix = json!({"schema": 1, "id": id, "change": change, "verified": true});
            world.journal.objects.insert(format!("fixes/{id}.json"), fix);
        }
    });
    let clients = Clients::new(&clients(&cloud, Share::WATCH, 1));
    let recorder = Recorder::new(&clients, BUCKET);
    let watcher = Watcher::new(clients, BUCKET, Pace::hourly(Share::WATCH));
    let inspection = virtual_time::run(async {
        let deadline = Some(virtual_time::now() + SignedDuration::from_secs(900));
        let time = RunTime { clock: Clock::Told(virtual_time::now), deadline };
        watch(&baseline, &watcher, &recorder, "request", time).await.unwrap()
    });
    assert_eq!(inspection.errors, []);
    assert_eq!(inspection.fixes.len(), fixes, "each is told");
    assert!(
        !inspection.completeness.fixes_unread && inspection.is_covering(),
        "{:?}",
        inspection.completeness
    );
    let told = |standing: tagmend_diagnosis::standing::Standing| {
        inspection.fixes.iter().filter(|(_, told)| *told == standing).count()
    };
    use tagmend_diagnosis::standing::Standing;
    assert_eq!((told(Standing::Held), told(Standing::Undone)), (fixes.div_ceil(2), 0));
    let covered = &inspection.permission_sets;
    let note = format!(
        "{fixes} fixes, {} held, {} superseded; {} of {} permission sets, {} users; {} unread",
        told(Standing::Held),
        told(Standing::Superseded),
        covered.looked_at,
        covered.all.unwrap(),
        inspection.users.looked_at,
        inspection.completeness.unread(),
    );
    cost("one run of watch", &cloud, note)
}

#[test]
fn many_fixes_are_looked_at_in_one_run_within_its_time() {
    let (organization, fixes) = match std::env::var_os("ORGANIZATION") {
        None => ("accounts=30,permission-sets=60,users=150,seed=1", 100),
        Some(_) => ("accounts=300,permission-sets=3500,users=50000,seed=1", 10_000),
    };
    let cost = many_fixes(organization.parse().unwrap(), fixes);
    assert!(cost.seconds < 900.0, "{} seconds", cost.seconds);
    check(&cost, 2);
}
