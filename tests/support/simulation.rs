//! A function that heals, on an AWS without a network.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::http::Request;
use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value as Json;
use tagmend_diagnosis::{Baseline, Delivery, DeliveryError, deliveries};
use tagmend_remedy::{
    AwsError, Clients, Clock, ForeignWrite, Inspection, Pace, Pacing, Reader, ReaderRole, Recorder, Report,
    RunTime, WarmFacts, Watcher, Writer, announce, announce::Announcer, follow::ChangedPermissionSet,
    follow::Follower, follow::changed_permission_set, foreign_write, heal, heal_warm, ledger::Invocation,
    ledger::Ledger, ledger::Mode, metrics::MetricsSink, turned_off, watch,
};
use tagmend_sandbox::{Cloud, Reply, World};
use tokio::sync::Notify;

use crate::wire::{Line, Straight, configuration_as, name};
use crate::{Role, WRITES, roles};

/// When SQS shows a message again that was not dealt with: `VisibilityTimeout` in `infra/template.yaml`.
pub const COMES_AGAIN: SignedDuration = SignedDuration::from_secs(370);

/// One process of the function: clients, and what they talk to.
pub struct Function {
    baseline: Baseline,
    reader: Reader,
    writer: Writer,
    follower: Follower,
    metrics: MetricsSink,
    ledger: Ledger,
    announcer: Announcer,
    facts: tokio::sync::Mutex<WarmFacts>,
}

impl Function {
    /// A process that starts cold, over this line.
    pub fn start(line: Arc<dyn Line>, region: &str, bucket: &str, baseline: &Baseline) -> Function {
        let configuration = configuration_as(Role::HealApply.name(), line, region);
        let clients = Clients::new(&configuration);
        Function {
            ledger: Ledger::new(&clients, bucket),
            announcer: Announcer::new(&configuration),
            baseline: baseline.clone(),
            reader: Reader::with_reader_role(clients.clone(), bucket, Some(reader_role()))
                .with_authorization_details(true),
            follower: Follower::new(clients.clone(), bucket),
            writer: Writer::new(clients, bucket, Pacing::NONE),
            metrics: MetricsSink::new(&configuration, "tagmend-heal"),
            facts: tokio::sync::Mutex::default(),
        }
    }

    /// Forgets what was read, as a process that starts cold.
    pub async fn forget(&self) {
        *self.facts.lock().await = WarmFacts::default();
    }

    /// What one invocation does with a batch.
    pub async fn invoke(&self, events: &[Json], clock: Clock) -> Report {
        let time = RunTime { clock, deadline: None };
        let deliveries = events.iter().flat_map(deliveries).map(first_receipt).collect();
        let foreign: Vec<ForeignWrite> =
            events.iter().filter_map(|event| foreign_write(event, &self.baseline)).collect();
        let changed: Vec<_> =
            events.iter().filter_map(|event| changed_permission_set(event, &self.baseline)).collect();
        let mut facts = self.facts.lock().await;
        if !foreign.is_empty() {
            facts.forget_mappings();
        }
        changed.iter().for_each(|set| facts.forget_permission_set(&set.arn));
        let healing =
            heal_warm(&mut facts, deliveries, &self.baseline, &self.reader, Some(&self.writer), time);
        let (report, closing) = Box::pin(healing).await;
        drop(facts);
        // As in the function: what was made is recorded while everything else is told.
        let telling = Box::pin(self.tell(report, foreign, changed, clock, time));
        let ((), report) = futures::join!(Box::pin(closing.close()), telling);
        report
    }

    async fn tell(
        &self,
        mut report: Report,
        foreign: Vec<ForeignWrite>,
        changed: Vec<ChangedPermissionSet>,
        clock: Clock,
        time: RunTime,
    ) -> Report {
        report.turned_off = turned_off(&foreign);
        report.overwritten = self.reader.overwritten(&foreign, &self.baseline).await;
        report.followed = self.follower.follow(&changed, &self.baseline, time).await;
        let invocation =
            Invocation { request: &request_id(), mode: Mode::Apply, began: clock.now(), by_operator: false };
        let _ = self.ledger.follow_up(&mut report, &self.baseline, clock.now()).await;
        // As in the function: what is not kept is missed by a review, and by nothing else.
        let _ = self.ledger.keep_related(&report, invocation).await;
        if let Some(run) = self.ledger.run(&report, &self.baseline, invocation, clock).await {
            let _ = self.ledger.keep(&run).await;
            let _ = self.announcer.send(&announce::events(&run), clock.now()).await;
        }
        // As in the function: a metric that cannot be sent neither undoes nor repeats a fix.
        let _ = self.metrics.send(&report).await;
        report
    }
}

/// As the first message has it that a queue hands out.
fn first_receipt(delivery: Result<Delivery, DeliveryError>) -> Result<Delivery, DeliveryError> {
    delivery.map(|delivery| Delivery { comes_again: true, ..delivery })
}

/// The id of a request of Lambda, another each time.
fn request_id() -> String {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    format!("request-{}", COUNT.fetch_add(1, Ordering::Relaxed))
}

/// The reader role that worlds have unless they say otherwise.
fn reader_role() -> ReaderRole {
    ReaderRole { name: "tagmend-reader".to_owned(), external_id: Some("tagmend".to_owned()) }
}

/// A world in which runs follow one another, each in a process of its own.
pub struct Simulation {
    /// The services.
    pub cloud: Cloud,
    /// The baseline.
    pub baseline: Baseline,
    /// The time of the next run.
    pub now: Timestamp,
    region: String,
    bucket: String,
}

impl Simulation {
    /// A world of its own, with a budget of retries of its own.
    pub fn new(world: World, baseline: &Baseline) -> Simulation {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let now = world.now.parse().unwrap();
        let bucket = world.journal.bucket.clone();
        let roles = roles(baseline, &world, |_, _| {});
        let cloud = Cloud::new(world);
        cloud.enforce(roles);
        let region = format!("simulation-{}", COUNT.fetch_add(1, Ordering::Relaxed));
        Simulation { cloud, baseline: baseline.clone(), now, region, bucket }
    }

    /// Runs to the end.
    pub async fn heal(&self, events: &[Json]) -> Report {
        self.function(Arc::new(Straight(self.cloud.clone()))).invoke(events, Clock::Fixed(self.now)).await
    }

    /// What a run in mode plan would do.
    pub async fn plan(&self, events: &[Json]) -> Report {
        let line = Arc::new(Straight(self.cloud.clone()));
        let clients = Clients::new(&configuration_as(Role::HealPlan.name(), line, &self.region));
        let reader = Reader::with_reader_role(clients, &self.bucket, Some(reader_role()))
            .with_authorization_details(true);
        let deliveries = events.iter().flat_map(deliveries).collect();
        let time = RunTime { clock: Clock::Fixed(self.now), deadline: None };
        heal(deliveries, &self.baseline, &reader, None, time).await
    }

    /// Runs to the end, and right before the first call of this name is served, somebody else acts.
    pub async fn heal_while(
        &self,
        events: &[Json],
        before: &'static str,
        act: impl FnOnce(&Cloud) + Send + 'static,
    ) -> Report {
        let line =
            Arc::new(Meanwhile { cloud: self.cloud.clone(), before, act: Mutex::new(Some(Box::new(act))) });
        let report = self.function(line.clone()).invoke(events, Clock::Fixed(self.now)).await;
        assert!(line.act.lock().unwrap().is_none(), "no call is named {before}");
        report
    }

    /// Runs until so many calls are answered; none where the run ended by itself before.
    pub async fn heal_until(&self, calls: usize, events: &[Json]) -> Option<Report> {
        let line = Arc::new(Breaking {
            cloud: self.cloud.clone(),
            last: self.cloud.calls().len() + calls,
            broke: Arc::default(),
        });
        let function = self.function(line.clone());
        let clock = Clock::Fixed(self.now);
        tokio::select! {
            report = function.invoke(events, clock) => Some(report),
            () = line.broke.notified() => None,
        }
    }

    /// A second look, to the end.
    pub async fn watch(&self) -> Result<Inspection, AwsError> {
        let line = Arc::new(Straight(self.cloud.clone()));
        let configuration = configuration_as(Role::Watch.name(), line, &self.region);
        let clients = Clients::new(&configuration);
        let recorder = Recorder::new(&clients, &self.bucket);
        let watcher = Watcher::new(clients, &self.bucket, Pace::NONE);
        let time = RunTime { clock: Clock::Fixed(self.now), deadline: None };
        let inspection = watch(&self.baseline, &watcher, &recorder, &request_id(), time).await;
        // As in the function: what cannot be sent is missed by the alarm on the heartbeat.
        let _ = MetricsSink::new(&configuration, "tagmend-watch").send_inspection(&inspection).await;
        inspection
    }

    /// Lets time go by until what was not dealt with comes again.
    pub fn wait(&mut self) {
        self.now += COMES_AGAIN;
    }

    /// Names of fixes in the journal, without the time.
    pub fn fixes(&self) -> Vec<String> {
        self.cloud.look(|world| {
            let names = world.journal.objects.keys().filter_map(|name| name.strip_prefix("fixes/"));
            let mut things: Vec<String> =
                names.map(|name| name.split_once('/').unwrap().1.to_owned()).collect();
            things.sort();
            things
        })
    }

    /// Calls that change something at Identity Center.
    pub fn writes(&self) -> usize {
        self.cloud.calls().iter().filter(|call| WRITES.contains(&call.as_str())).count()
    }

    fn function(&self, line: Arc<dyn Line>) -> Function {
        Function::start(line, &self.region, &self.bucket, &self.baseline)
    }
}

type Act = Box<dyn FnOnce(&Cloud) + Send>;

/// A line on which somebody else comes first, once.
struct Meanwhile {
    cloud: Cloud,
    before: &'static str,
    act: Mutex<Option<Act>>,
}

impl fmt::Debug for Meanwhile {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Meanwhile")
    }
}

impl Line for Meanwhile {
    fn carry(&self, request: Request<Vec<u8>>) -> BoxFuture<'static, Reply> {
        if name(&request) == self.before
            && let Some(act) = self.act.lock().unwrap().take()
        {
            act(&self.cloud);
        }
        let reply = self.cloud.answer(&request);
        Box::pin(async { reply })
    }
}

/// A line that carries so many requests, and then nothing any more.
#[derive(Debug)]
struct Breaking {
    cloud: Cloud,
    last: usize,
    broke: Arc<Notify>,
}

impl Line for Breaking {
    fn carry(&self, request: Request<Vec<u8>>) -> BoxFuture<'static, Reply> {
        if self.cloud.calls().len() >= self.last {
            self.broke.notify_one();
            return Box::pin(std::future::pending());
        }
        let reply = self.cloud.answer(&request);
        Box::pin(async { reply })
    }
}
