//! What the end-to-end tests share: the sample organization on a sandbox of its own.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests stop at what they did not expect"
)]

mod functions;
mod lesser;
mod roles;
pub mod simulation;
pub mod template;
pub mod virtual_time;
pub mod wire;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Once;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_config::SdkConfig;
use clap::Parser;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value as Json;
use tagmend_cli::arguments::Arguments;
use tagmend_cli::exit::Exit;
use tagmend_diagnosis::{Baseline, deliveries};
use tagmend_remedy::{
    AwsError, Clients, Clock, Inspection, Overwritten, Pace, Pacing, Reader, ReaderRole, Recorder, Report,
    RunMemory, RunTime, Sessions, Watcher, Writer, announce, announce::Announcer, follow::Followed,
    follow::Follower, follow::changed_permission_set, foreign_write, heal, ledger, ledger::Invocation,
    ledger::Ledger, metrics::MetricsSink, plan_next, sandbox_configuration_as, watch,
};
use tagmend_sandbox::{Sandbox, World};

pub use functions::settings;
pub use lesser::lesser_policies;
pub use roles::{Role, journal_policy, roles};

/// Calls that change something at Identity Center.
pub const WRITES: [&str; 2] =
    ["sso:ProvisionPermissionSet", "sso:UpdateInstanceAccessControlAttributeConfiguration"];

/// The repository's root.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Makes paths like `events/...` mean what they mean to an operator.
pub fn enter_root() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| std::env::set_current_dir(root()).unwrap());
}

/// The text of a file below the root.
pub fn text(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// A JSON file below the root.
pub fn json(path: &str) -> Json {
    serde_json::from_str(&text(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// An event of `events/`.
pub fn event(name: &str) -> Json {
    json(&format!("events/{name}.json"))
}

/// The sample organization.
pub fn world() -> World {
    World::parse(&text("events/world.json")).unwrap()
}

/// Its baseline, bent.
pub fn bent_baseline(bend: impl FnOnce(&mut Json)) -> Baseline {
    let mut baseline = json("events/baseline.json");
    bend(&mut baseline);
    Baseline::parse(&baseline.to_string()).unwrap()
}

/// A sandbox, and what talks to it. Every call is made by the role of a function, and may do what
/// `infra/template.yaml` grants it.
pub struct Stage {
    /// The sandbox.
    pub sandbox: Sandbox,
    /// The baseline.
    pub baseline: Baseline,
    /// The clock.
    pub now: Timestamp,
    /// When the run is stopped from outside.
    pub deadline: Option<Timestamp>,
    /// A clock that goes on, where it does not stand at `now`.
    pub told: Option<fn() -> Timestamp>,
    /// How far S3's clock is ahead of ours.
    pub s3_is_ahead: SignedDuration,
    bucket: String,
    requests: AtomicUsize,
    /// Names of the journal's objects at the beginning.
    begun: BTreeSet<String>,
}

/// Whether a run may write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// It may not.
    Plan,
    /// It may.
    Apply,
}

impl Stage {
    /// A stage with this world and the sample baseline.
    pub async fn new(world: World) -> Stage {
        Stage::with(world, bent_baseline(|_| {})).await
    }

    /// A stage with this world and this baseline.
    pub async fn with(world: World, baseline: Baseline) -> Stage {
        let now = world.now.parse().unwrap();
        let bucket = world.journal.bucket.clone();
        let begun = world.journal.objects.keys().cloned().collect();
        let roles = roles(&baseline, &world, |_, _| {});
        let sandbox = Sandbox::start(world).await.unwrap();
        sandbox.enforce(roles);
        Stage {
            sandbox,
            baseline,
            now,
            deadline: None,
            told: None,
            s3_is_ahead: SignedDuration::ZERO,
            bucket,
            requests: AtomicUsize::new(0),
            begun,
        }
    }

    /// What a function's clients are made of.
    pub fn configuration(&self, role: Role) -> SdkConfig {
        sandbox_configuration_as(role.name(), &self.sandbox.endpoint(), &self.baseline.region)
    }

    /// A function's clients.
    pub fn clients(&self, role: Role) -> Clients {
        Clients::new(&self.configuration(role))
    }

    /// The id of a request of Lambda, another each time.
    fn request_id(&self) -> String {
        format!("request-{}", self.requests.fetch_add(1, Ordering::Relaxed))
    }

    fn time(&self) -> RunTime {
        let clock = self.told.map_or(Clock::Fixed(self.now), Clock::Told);
        // The world's clock goes on as ours does.
        self.sandbox.change(|world| world.now = (self.now + self.s3_is_ahead).to_string());
        RunTime { clock, deadline: self.deadline }
    }

    fn reader(&self, clients: &Clients) -> Reader {
        let world = self.sandbox.world();
        let are_details_kept = !world.authorization_details.is_empty();
        let role = ReaderRole { name: world.reader_role, external_id: Some(world.reader_external_id) };
        Reader::with_reader_role(clients.clone(), &self.bucket, Some(role))
            .with_authorization_details(are_details_kept)
    }

    /// Treats events as one batch, as `explain` does: in depth, and without writing.
    pub async fn explain(&self, events: &[Json]) -> Report {
        let deliveries = events.iter().flat_map(deliveries).collect();
        let reader = self.reader(&self.clients(Role::HealPlan)).in_depth();
        let time = self.time();
        heal(deliveries, &self.baseline, &reader, None, time).await
    }

    /// Looks whether one of our writes replaced one of somebody else that an event tells of.
    pub async fn overwritten(&self, event: &Json, mode: Mode) -> Vec<Overwritten> {
        let writes: Vec<_> = foreign_write(event, &self.baseline).into_iter().collect();
        self.reader(&self.clients(Role::of(mode))).overwritten(&writes, &self.baseline).await
    }

    /// Keeps what the sign-ins among events show, as the function does before it heals.
    pub async fn remember(&self, events: &[Json], mode: Mode) {
        let read: Vec<_> = events.iter().flat_map(deliveries).flatten().collect();
        let sessions = Sessions::new(&self.clients(Role::of(mode)), &self.bucket);
        sessions.remember(read.iter()).await.ok();
    }

    /// Treats events as one batch.
    pub async fn heal(&self, events: &[Json], mode: Mode) -> Report {
        let deliveries = events.iter().flat_map(deliveries).collect();
        let configuration = self.configuration(Role::of(mode));
        let clients = Clients::new(&configuration);
        let (reader, ledger) = (self.reader(&clients), Ledger::new(&clients, &self.bucket));
        let writer = (mode == Mode::Apply).then(|| Writer::new(clients, &self.bucket, Pacing::NONE));
        let time = self.time();
        let mut report = heal(deliveries, &self.baseline, &reader, writer.as_ref(), time).await;
        report.followed = self.follow(events, mode).await;
        let _ = ledger.follow_up(&mut report, &self.baseline, time.clock.now()).await;
        let request = self.request_id();
        let mode = if mode == Mode::Plan { ledger::Mode::Plan } else { ledger::Mode::Apply };
        let invocation = Invocation { request: &request, mode, began: self.now, by_operator: false };
        // As in the function: nothing depends on it.
        let _ = ledger.keep_related(&report, invocation).await;
        if let Some(run) = ledger.run(&report, &self.baseline, invocation, time.clock).await {
            let _ = ledger.keep(&run).await;
            let _ = Announcer::new(&configuration).send(&announce::events(&run), self.now).await;
        }
        report
    }

    /// Looks at permission sets that events say were written, as the function does after it heals.
    pub async fn follow(&self, events: &[Json], mode: Mode) -> BTreeMap<String, Followed> {
        let changed: Vec<_> =
            events.iter().filter_map(|event| changed_permission_set(event, &self.baseline)).collect();
        let follower = Follower::new(self.clients(Role::of(mode)), &self.bucket);
        follower.follow(&changed, &self.baseline, self.time()).await
    }

    /// Treats batches as a command's dry run does: one after another, with what they have in common.
    pub async fn plan_in_batches(&self, batches: &[Vec<Json>]) -> Vec<Report> {
        let reader = self.reader(&self.clients(Role::HealPlan));
        let (mut memory, mut reports) = (RunMemory::default(), Vec::new());
        for batch in batches {
            let deliveries = batch.iter().flat_map(deliveries).collect();
            let time = self.time();
            reports.push(plan_next(&mut memory, deliveries, &self.baseline, &reader, time).await);
        }
        reports
    }

    /// Sends the metrics of a batch, as the function `heal` does.
    pub async fn count_batch(&self, report: &Report, mode: Mode) -> Result<(), AwsError> {
        let role = if mode == Mode::Plan { Role::HealPlan } else { Role::HealApply };
        MetricsSink::new(&self.configuration(role), "tagmend-heal").send(report).await
    }

    /// Takes a second look, and sends its metrics, as the function `watch` does.
    pub async fn watch(&self) -> Result<Inspection, AwsError> {
        self.watch_at(Pace::NONE).await
    }

    /// The same at some pace.
    pub async fn watch_at(&self, pace: Pace) -> Result<Inspection, AwsError> {
        let (clients, bucket) = (self.clients(Role::Watch), &self.bucket);
        let recorder = Recorder::new(&clients, bucket);
        let watcher = Watcher::new(clients, bucket, pace);
        let time = self.time();
        let inspection = watch(&self.baseline, &watcher, &recorder, &self.request_id(), time).await;
        let metrics = MetricsSink::new(&self.configuration(Role::Watch), "tagmend-watch");
        // What cannot be sent is seen in the world's metrics.
        let _ = metrics.send_inspection(&inspection).await;
        inspection
    }

    /// Calls so far that change something at Identity Center.
    pub fn writes(&self) -> Vec<String> {
        self.sandbox.calls().into_iter().filter(|call| WRITES.contains(&call.as_str())).collect()
    }

    /// Names of objects that came into the journal, without what every run leaves for a review.
    pub fn written(&self) -> Vec<String> {
        let world = without_the_ledger(self.sandbox.world());
        world.journal.objects.into_keys().filter(|name| !self.begun.contains(name)).collect()
    }

    /// How often an operation was called.
    pub fn count(&self, operation: &str) -> usize {
        self.sandbox.calls().iter().filter(|call| *call == operation).count()
    }

    /// Keys that are mapped now.
    pub fn mapped_keys(&self) -> Vec<String> {
        let mappings = self.sandbox.world().attribute_mappings.unwrap_or_default();
        mappings.into_iter().map(|mapping| mapping.key).collect()
    }
}

/// A world without what every run leaves for a review, in every mode.
pub fn without_the_ledger(mut world: World) -> World {
    let is_kept =
        |name: &str| name.starts_with("runs/") || name.starts_with("related/") || name == "keys/users.json";
    world.journal.objects.retain(|name, _| !is_kept(name));
    world
}

/// Every event of the sample organization that happens in `events/world.json`.
pub fn events_of_the_main_world() -> Vec<Json> {
    let expected = json("events/expected.json");
    let names = expected["events"].as_array().unwrap().iter().map(|entry| entry["event"].as_str().unwrap());
    names
        .filter(|name| !root().join("events").join(name).with_file_name("world.json").exists())
        .map(|name| json(&format!("events/{name}")))
        .collect()
}

/// Runs the command as an operator would, from the repository's root.
pub async fn tagmend(arguments: &[&str]) -> (Exit, String) {
    try_tagmend(arguments).await.expect("the command works")
}

/// The same, or the error that it ends with.
pub async fn try_tagmend(arguments: &[&str]) -> Result<(Exit, String), String> {
    enter_root();
    let arguments = Arguments::parse_from(std::iter::once(&"tagmend").chain(arguments));
    let mut out = Vec::new();
    let exit = tagmend_cli::run(arguments, &mut out).await.map_err(|error| format!("{error:#}"))?;
    Ok((exit, String::from_utf8(out).unwrap()))
}
