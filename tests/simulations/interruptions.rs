//! `init`, `scan` and the sweep are cut off at any call and started again: what was done is done again for at most a page.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::http::Request;
use futures::future::BoxFuture;
use serde_json::{Value as Json, json};
use tagmend_diagnosis::Baseline;
use tagmend_remedy::{
    AwsError, Clients, Clock, Inspection, Keeping, Memory, Pace, Recorder, RunTime, Seen, Watcher,
    first_baseline::{self, Standing, Step},
    watch,
};
use tagmend_sandbox::{Cloud, Fault, Organization, Reply};
use tagmend_tests::wire::{Line, configuration, name};
use tokio::sync::Notify;

use crate::organization::{BUCKET, baseline};

const SIZE: &str = "accounts=5,permission-sets=25,users=1150,seed=1";
/// Permission sets, or pages of users, that are kept at once (`watch/keeping.rs`).
const PAGE: usize = 10;
/// Calls to Identity Center for one permission set.
const A_SET: usize = 6;

/// Carries so many calls to Identity Center and the Identity Store, and then nothing any more.
#[derive(Debug)]
struct Cut {
    cloud: Cloud,
    left: AtomicUsize,
    cut: Notify,
    described: Mutex<Vec<String>>,
    carried: AtomicUsize,
}

impl Cut {
    fn after(cloud: &Cloud, calls: usize) -> Arc<Cut> {
        Arc::new(Cut {
            cloud: cloud.clone(),
            left: AtomicUsize::new(calls),
            cut: Notify::new(),
            described: Mutex::default(),
            carried: AtomicUsize::new(0),
        })
    }

    /// ARNs of the permission sets that were described, in order.
    fn described(&self) -> Vec<String> {
        self.described.lock().unwrap().clone()
    }

    fn carried(&self) -> usize {
        self.carried.load(Ordering::Relaxed)
    }
}

impl Line for Cut {
    fn carry(&self, request: Request<Vec<u8>>) -> BoxFuture<'static, Reply> {
        if request.headers().contains_key("x-amz-target") {
            if self
                .left
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1))
                .is_err()
            {
                self.cut.notify_one();
                return Box::pin(std::future::pending());
            }
            self.carried.fetch_add(1, Ordering::Relaxed);
            if name(&request) == "DescribePermissionSet" {
                let body: Json = serde_json::from_slice(request.body()).unwrap();
                let arn = body["PermissionSetArn"].as_str().unwrap().to_owned();
                self.described.lock().unwrap().push(arn);
            }
        }
        let reply = self.cloud.answer(&request);
        Box::pin(async { reply })
    }
}

/// An organization, without quotas: what counts here are calls.
fn cloud() -> (Cloud, Baseline) {
    let organization: Organization = SIZE.parse().unwrap();
    let mut world = organization.world();
    world.begin_journal();
    (Cloud::new(world), baseline(organization))
}

/// Runs until it is cut off; none where it came to its end.
async fn until_cut<T>(line: &Cut, work: impl Future<Output = T>) -> Option<T> {
    tokio::select! {
        done = work => Some(done),
        () = line.cut.notified() => None,
    }
}

/// Cuts at every so-manieth call of the whole, the first ones all.
fn cuts(whole: usize) -> impl Iterator<Item = usize> {
    (0..whole).filter(|cut| *cut < 5 || cut.is_multiple_of(17))
}

#[tokio::test]
async fn init_reads_at_most_two_permission_sets_again() {
    let (cloud, _) = cloud();
    let read = async |line: &Arc<Cut>, done: Vec<Step>| -> (Option<Standing>, Vec<Step>) {
        let mut steps = done.clone();
        let keep = |step: &Step| {
            steps.push(step.clone());
            Ok::<(), AwsError>(())
        };
        let configuration = configuration(line.clone(), "us-east-1");
        let standing = until_cut(line, first_baseline::read(&configuration, done, keep)).await;
        (standing.map(Result::unwrap), steps)
    };
    let line = Cut::after(&cloud, usize::MAX);
    let whole = read(&line, Vec::new()).await.0.unwrap();
    let calls = line.carried();
    for cut in cuts(calls) {
        let line = Cut::after(&cloud, cut);
        let (cut_off, steps) = read(&line, Vec::new()).await;
        assert!(cut_off.is_none(), "{cut}");
        let again = Cut::after(&cloud, usize::MAX);
        let standing = read(&again, steps).await.0.unwrap();
        assert_eq!(standing.permission_sets, whole.permission_sets, "{cut}");
        // Instance and mappings are asked for at the beginning of every run; two permission sets are read at once.
        let repeated = line.carried() + again.carried() - calls;
        assert!(repeated <= 2 + 2 * A_SET, "{repeated} calls again after {cut} of {calls}");
    }
}

fn time() -> RunTime {
    RunTime { clock: Clock::Fixed("2026-11-23T12:00:00Z".parse().unwrap()), deadline: None }
}

fn findings(inspection: &Inspection) -> Vec<String> {
    inspection.findings.iter().map(ToString::to_string).collect()
}

#[tokio::test]
async fn a_scan_repeats_at_most_a_page() {
    let (cloud, baseline) = cloud();
    let scan = async |line: &Arc<Cut>, memory: Option<Memory>| -> (Option<Inspection>, Option<Memory>) {
        let pace = if memory.is_some() { Pace::NONE.of_the_rest() } else { Pace::NONE };
        let kept = Mutex::new(memory.clone());
        let keep = |memory: &Memory, _: Seen| *kept.lock().unwrap() = Some(memory.clone());
        let watcher = Watcher::new(Clients::new(&configuration(line.clone(), "us-east-1")), BUCKET, pace);
        let inspecting = watcher.inspect(&baseline, memory, Keeping::Told(&keep), time());
        let inspection = until_cut(line, inspecting).await.map(Result::unwrap);
        (inspection, kept.into_inner().unwrap())
    };
    let line = Cut::after(&cloud, usize::MAX);
    let whole = scan(&line, None).await.0.unwrap();
    let calls = line.carried();
    for cut in cuts(calls) {
        let line = Cut::after(&cloud, cut);
        let (cut_off, memory) = scan(&line, None).await;
        assert!(cut_off.is_none(), "{cut}");
        let again = Cut::after(&cloud, usize::MAX);
        let inspection = scan(&again, memory).await.0.unwrap();
        assert_eq!(findings(&inspection), findings(&whole), "{cut}");
        assert_eq!(inspection.users.all, whole.users.all, "{cut}");
        assert_eq!(inspection.index, whole.index, "{cut}");
        // The mappings are read at the beginning of every run.
        let repeated = line.carried() + again.carried() - calls;
        assert!(repeated <= 1 + PAGE * A_SET, "{repeated} calls again after {cut} of {calls}");
    }
}

#[tokio::test]
async fn init_goes_on_with_the_page_of_the_list_that_was_the_next() {
    let organization: Organization = "accounts=1,permission-sets=350,users=1,seed=1".parse().unwrap();
    let cloud = Cloud::new(organization.world());
    // The instance and its mappings are read at the beginning of every run.
    let (before, pages) = (2, 4);
    for cut in 0..=pages {
        let line = Cut::after(&cloud, before + cut);
        let mut steps = Vec::new();
        let keep = |step: &Step| {
            steps.push(step.clone());
            Ok::<(), AwsError>(())
        };
        let first = configuration(line.clone(), "us-east-1");
        let begun = until_cut(&line, first_baseline::read(&first, Vec::new(), keep)).await;
        assert!(begun.is_none(), "{cut}");
        cloud.forget_calls();
        let second = configuration(Cut::after(&cloud, usize::MAX), "us-east-1");
        let keep = |_: &Step| Ok::<(), AwsError>(());
        let standing = first_baseline::read(&second, steps, keep).await.unwrap();
        assert_eq!(standing.permission_sets.len(), 350, "{cut}");
        let lists = cloud.calls().iter().filter(|call| *call == "sso:ListPermissionSets").count();
        assert_eq!(lists, pages - cut, "after {cut} pages");
    }
}

#[tokio::test]
async fn a_token_that_is_not_taken_any_more_begins_the_list_anew() {
    let organization: Organization = "accounts=1,permission-sets=350,users=1,seed=1".parse().unwrap();
    let cloud = Cloud::new(organization.world());
    let configuration = configuration(Cut::after(&cloud, usize::MAX), "us-east-1");
    let instance = cloud.look(|world| world.instance_arn.clone());
    let listed =
        Step::Listed { instance, permission_sets: BTreeSet::new(), next: Some("worn out".to_owned()) };
    let keep = |_: &Step| Ok::<(), AwsError>(());
    let standing = first_baseline::read(&configuration, vec![listed], keep).await.unwrap();
    assert_eq!(standing.permission_sets.len(), 350);
}

/// AWS gives tokens, and takes none of them.
#[tokio::test]
async fn a_list_that_never_goes_on_is_an_error() {
    let organization: Organization = "accounts=1,permission-sets=350,users=1,seed=1".parse().unwrap();
    let cloud = Cloud::new(organization.world());
    cloud.change(|world| {
        for _ in 0..2 {
            let (operation, code) = ("sso:ListPermissionSets".to_owned(), "ValidationException".to_owned());
            world.faults.push(Fault { operation, code, status: 400, skip: 1, ..Fault::default() });
        }
    });
    let configuration = configuration(Cut::after(&cloud, usize::MAX), "us-east-1");
    let keep = |_: &Step| Ok::<(), AwsError>(());
    let error = first_baseline::read(&configuration, Vec::new(), keep).await.err().unwrap();
    assert_eq!(error.to_string(), "sso:ListPermissionSets: ValidationException");
    assert_eq!(cloud.calls().iter().filter(|call| *call == "sso:ListPermissionSets").count(), 4);
}

#[tokio::test]
async fn a_scan_goes_on_with_the_page_of_the_list_that_was_the_next() {
    let organization: Organization = "accounts=1,permission-sets=350,users=1,seed=1".parse().unwrap();
    let mut world = organization.world();
    world.begin_journal();
    let (cloud, baseline) = (Cloud::new(world), baseline(organization));
    let (mappings, pages) = (1, 4);
    for cut in 0..=pages {
        let line = Cut::after(&cloud, mappings + cut);
        let kept = Mutex::new(None);
        let keep = |memory: &Memory, _: Seen| *kept.lock().unwrap() = Some(memory.clone());
        let scan = async |line: &Arc<Cut>, memory| {
            let watcher =
                Watcher::new(Clients::new(&configuration(line.clone(), "us-east-1")), BUCKET, Pace::NONE);
            until_cut(line, watcher.inspect(&baseline, memory, Keeping::Told(&keep), time())).await
        };
        assert!(scan(&line, None).await.is_none());
        let memory = kept.lock().unwrap().clone();
        cloud.forget_calls();
        let inspection = scan(&Cut::after(&cloud, usize::MAX), memory).await.unwrap().unwrap();
        assert_eq!(inspection.permission_sets.all, Some(350), "{cut}");
        let lists = cloud.calls().iter().filter(|call| *call == "sso:ListPermissionSets").count();
        assert_eq!(lists, pages - cut, "after {cut} pages");
        let kept = serde_json::to_value(kept.into_inner().unwrap()).unwrap();
        assert_eq!(
            (&kept["listing"]["list"]["is_whole"], &kept["listing"]["list"]["next"]),
            (&json!(true), &Json::Null)
        );
    }
}

#[tokio::test]
async fn the_sweep_repeats_at_most_a_page() {
    let (_, baseline) = cloud();
    let sweep = async |line: &Arc<Cut>| -> Option<Inspection> {
        let clients = Clients::new(&configuration(line.clone(), "us-east-1"));
        let recorder = Recorder::new(&clients, BUCKET);
        let watcher = Watcher::new(clients, BUCKET, Pace::NONE.with_permission_sets(15));
        let watching = watch(&baseline, &watcher, &recorder, "request", time());
        until_cut(line, watching).await.map(Result::unwrap)
    };
    let line = Cut::after(&cloud().0, usize::MAX);
    sweep(&line).await.unwrap();
    for cut in cuts(line.carried()) {
        let (cloud, _) = cloud();
        let line = Cut::after(&cloud, cut);
        assert!(sweep(&line).await.is_none(), "{cut}");
        let mut described = line.described();
        // Other versions read it, too, and know no list. An hour later there is another one.
        cloud.look(|world| {
            assert!(
                world.journal.objects.get("watch/seen.json").is_none_or(|kept| kept.get("listing").is_none())
            );
        });
        // The hours after it.
        for _ in 0..2 {
            let line = Cut::after(&cloud, usize::MAX);
            sweep(&line).await.unwrap();
            described.extend(line.described());
        }
        let first_look = |arn: &String| described.iter().position(|other| other == arn).unwrap();
        let arns: BTreeSet<&String> = described.iter().collect();
        let whole = arns.iter().map(|arn| first_look(arn)).max().unwrap() + 1;
        assert_eq!(arns.len(), 25, "{cut}");
        let repeated = whole - arns.len();
        assert!(repeated <= PAGE, "{repeated} permission sets again after {cut} calls");
    }
}
