//! Where AWS is for a run: the embedded sandbox, or the caller's own account.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use jiff::Timestamp;
use tagmend_diagnosis::related::story::Story;
use tagmend_diagnosis::{Baseline, Change, Delivery, DeliveryError, Limits, quoted};
use tagmend_records::{Content, Rebuilt};
use tagmend_remedy::metrics::of_installation;
use tagmend_remedy::{
    Clients, Clock, Outcome, Pacing, Reader, Refusal, Report, RunMemory, RunTime, Treated, Writer,
    announce::Announcer, announce::events, heal, hold::Brake, hold::Hold, ledger::Invocation, ledger::Ledger,
    ledger::Mode, ledger::Run, ledger::request_of_operator, metrics::MetricsSink, plan_next,
};

use crate::arguments::Where;
use crate::input::Input;
use crate::known::{Known, approved_mappings};
use crate::progress::Calls;
use crate::target::{Approved, Target};
use crate::whereabouts;
use crate::whereabouts::options;
use crate::world::nearest_world;

/// What the operator asked for: without `Apply`, no writer is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Intent {
    Plan,
    Apply,
}

/// How much is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Depth {
    /// What a diagnosis needs.
    Usual,
    /// What somebody may want to know besides.
    Full,
}

impl Depth {
    fn of(self, reader: Reader) -> Reader {
        match self {
            Depth::Usual => reader,
            Depth::Full => reader.in_depth(),
        }
    }
}

/// A record with what became of it.
pub(crate) struct Seen {
    pub(crate) input: Input,
    /// What the record was put together from, where it was not there as it is.
    pub(crate) rebuilt: Option<Rebuilt>,
    pub(crate) treated: Treated,
}

/// Every world that records happen in, each with a sandbox of its own; or the caller's own account.
pub(crate) struct Scenes<'a> {
    place: &'a Where,
    intent: Intent,
    depth: Depth,
    calls: Calls,
    open: BTreeMap<Option<PathBuf>, Scene>,
    /// The world of each folder.
    nearest: HashMap<PathBuf, Option<PathBuf>>,
}

struct Scene {
    reader: Reader,
    apply: Option<Apply>,
    baseline: Baseline,
    time: RunTime,
    memory: RunMemory,
    metrics: Option<MetricsSink>,
    target: Target,
    /// The baseline, as an argument names it.
    baseline_name: Option<PathBuf>,
    /// Where it is, for people.
    whereabouts: String,
    /// Whether a change was refused for a hold.
    is_held: bool,
}

/// What writes, and what says afterwards that it did.
struct Apply {
    writer: Writer,
    ledger: Ledger,
    announcer: Announcer,
    brake: Brake,
}

impl Apply {
    fn new(clients: &Clients, bucket: &str, pacing: Pacing) -> Apply {
        Apply {
            writer: Writer::new(clients.clone(), bucket, pacing),
            ledger: Ledger::new(clients, bucket),
            announcer: Announcer::new(clients.configuration()),
            brake: Brake::new(clients, bucket),
        }
    }

    async fn leave(&self, report: &Report, baseline: &Baseline, began: Timestamp, clock: Clock) {
        let request = request_of_operator();
        let invocation = Invocation { request: &request, mode: Mode::Apply, began, by_operator: true };
        if let Some(run) = self.ledger.run(report, baseline, invocation, clock).await {
            leave(&run, &self.ledger, &self.announcer, clock).await;
        }
    }
}

/// Keeps what a command did, and has a word for every change. What is not kept is missed by a review, what is not sent by
/// whoever listens, and both by nothing else.
pub(crate) async fn leave(run: &Run, ledger: &Ledger, announcer: &Announcer, clock: Clock) {
    let events = events(run);
    let (kept, sent) = tokio::join!(ledger.keep(run), announcer.send(&events, clock.now()));
    if let Err(error) = kept {
        eprintln!("warning: no review will know of this run: {error}");
    }
    if let Err(error) = sent {
        eprintln!("warning: not every change was announced: {error}");
    }
}

/// A record, or why it is none.
type Read = Result<Delivery, DeliveryError>;

/// Changes that were asked for, each once, with what came of them.
pub(crate) type Changes = Vec<(Change, Option<Outcome>)>;

impl<'a> Scenes<'a> {
    pub(crate) fn new(place: &'a Where, intent: Intent, depth: Depth) -> Scenes<'a> {
        Scenes {
            place,
            intent,
            depth,
            calls: Calls::default(),
            open: BTreeMap::new(),
            nearest: HashMap::new(),
        }
    }

    /// Treats records where they happened, and hands them back in their order.
    ///
    /// `now` is another time than that of the place.
    pub(crate) async fn treat(
        &mut self,
        inputs: Vec<Input>,
        now: Option<Timestamp>,
    ) -> Result<(Vec<Seen>, Changes, Vec<Story>)> {
        let mut by_world: BTreeMap<Option<PathBuf>, Vec<(usize, Read)>> = BTreeMap::new();
        let mut seen = Vec::with_capacity(inputs.len());
        for (index, mut input) in inputs.into_iter().enumerate() {
            let content = std::mem::replace(&mut input.content, Content::PassedOver);
            let (delivery, rebuilt) = match content {
                Content::Record { delivery, rebuilt } => (Ok(*delivery), rebuilt),
                Content::Unreadable(error) => (Err(error), None),
                Content::PassedOver | Content::NotARecord(_) => {
                    input.content = content;
                    seen.push(Seen { input, rebuilt: None, treated: Treated::PassedOver });
                    continue;
                }
            };
            let world = self.world(&input);
            by_world.entry(world).or_default().push((index, delivery));
            // Replaced below by what becomes of it.
            seen.push(Seen { input, rebuilt, treated: Treated::PassedOver });
        }
        let (mut changes, mut stories) = (Vec::new(), Vec::new());
        for (world, deliveries) in by_world {
            let scene = self.scene(world).await?;
            let (indices, deliveries): (Vec<usize>, Vec<_>) = deliveries.into_iter().unzip();
            let report = scene.treat(deliveries, now).await;
            for (index, treated) in indices.into_iter().zip(report.treated) {
                if let Some(seen) = seen.get_mut(index) {
                    seen.treated = treated;
                }
            }
            scene.target.keep()?;
            changes.extend(report.changes.into_iter().map(|it| (it.change, it.outcome)));
            stories.extend(report.stories);
        }
        Ok((seen, changes, stories))
    }

    /// The limits of the first scene; none where nothing was treated.
    pub(crate) fn limits(&self) -> Option<&Limits> {
        self.open.values().next().map(|scene| &scene.baseline.limits)
    }

    /// What is approved where records of no file are treated.
    pub(crate) async fn baseline(&mut self) -> Result<&Baseline> {
        let world = if self.place.live { None } else { self.place.world.clone() };
        Ok(&self.scene(world).await?.baseline)
    }

    /// What is held, where a change was refused for it.
    pub(crate) async fn held(&self) -> Option<Hold> {
        let applied =
            self.open.values().filter(|scene| scene.is_held).find_map(|scene| scene.apply.as_ref())?;
        // Somebody may have let it go meanwhile.
        applied.brake.look().await.ok().filter(|hold| !hold.is_empty())
    }

    /// Says on standard error which worlds were used.
    pub(crate) fn say_where(&self) {
        self.calls.end();
        // Records of no file, and of files without a world, come first.
        match self.open.values().map(|scene| &scene.whereabouts).collect::<Vec<_>>().as_slice() {
            [] => {}
            [one] => whereabouts::say(one),
            [first, others @ ..] => whereabouts::say(&whereabouts::several(first, others.len())),
        }
    }

    /// What commands can be told of where the first records were looked at.
    pub(crate) fn known(&self, event: String) -> Known {
        let Some((world, scene)) = self.open.iter().next() else {
            return Known { event, ..Known::default() };
        };
        let mut place = self.place.clone();
        place.world = if place.live { None } else { world.clone() };
        Known {
            event,
            region: Some(scene.baseline.region.clone()),
            bucket: place.journal_bucket.clone(),
            instance: Some(scene.baseline.instance_arn.clone()),
            store: Some(scene.baseline.identity_store_id.clone()),
            stack: scene.baseline.stack().map(str::to_owned),
            baseline: scene.baseline_name.as_ref().map(|name| name.display().to_string()),
            mappings: Some(approved_mappings(&scene.baseline)),
            options: options(&place).iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" "),
        }
    }

    fn world(&mut self, input: &Input) -> Option<PathBuf> {
        if self.place.live {
            return None;
        }
        if let Some(world) = &self.place.world {
            return Some(world.clone());
        }
        let file = input.source.file.as_deref()?;
        let folder = file.parent().map(Path::to_owned).unwrap_or_default();
        self.nearest.entry(folder).or_insert_with(|| nearest_world(Some(file))).clone()
    }

    async fn scene(&mut self, world: Option<PathBuf>) -> Result<&mut Scene> {
        if !self.open.contains_key(&world) {
            let scene = self.begin(world.as_deref()).await?;
            self.open.insert(world.clone(), scene);
        }
        self.open.get_mut(&world).context("a scene that was opened")
    }

    async fn begin(&self, world: Option<&Path>) -> Result<Scene> {
        let target = Target::open(self.place, world).await?;
        if let (Depth::Full, Some(rate)) = (self.depth, target.access.rate()) {
            self.calls.count(rate);
        }
        let Approved { baseline, origin, configuration } = target.approved(self.place).await?;
        let (clients, bucket) = (Clients::new(&configuration), target.bucket.as_str());
        let reader = Reader::with_reader_role(clients.clone(), bucket, target.reader_role.clone())
            .with_authorization_details(target.reads_authorization);
        let is_applied = self.intent == Intent::Apply;
        let function = of_installation(baseline.stack(), "replay");
        Ok(Scene {
            reader: self.depth.of(reader),
            apply: is_applied.then(|| Apply::new(&clients, bucket, target.access.pacing())),
            time: target.time,
            memory: RunMemory::default(),
            // A sandbox has no metrics that anybody looks at.
            metrics: (is_applied && self.place.live).then(|| MetricsSink::new(&configuration, &function)),
            whereabouts: target.whereabouts(self.place, Some(&origin)),
            baseline_name: origin.name(),
            is_held: false,
            baseline,
            target,
        })
    }
}

impl Scene {
    async fn treat(&mut self, deliveries: Vec<Read>, now: Option<Timestamp>) -> Report {
        let time = match now {
            Some(now) => RunTime { clock: Clock::Fixed(now), deadline: None },
            None => self.time,
        };
        let (baseline, reader) = (&self.baseline, &self.reader);
        let Some(apply) = &self.apply else {
            return plan_next(&mut self.memory, deliveries, baseline, reader, time).await;
        };
        let began = time.clock.now();
        let report = heal(deliveries, baseline, reader, Some(&apply.writer), time).await;
        apply.leave(&report, baseline, began, time.clock).await;
        let is_held = |outcome: &Outcome| matches!(outcome, Outcome::Refused(Refusal::Hold));
        self.is_held |= report.changes.iter().filter_map(|it| it.outcome.as_ref()).any(is_held);
        if let Some(metrics) = &self.metrics
            && let Err(error) = metrics.send(&report).await
        {
            eprintln!("warning: the metrics were not sent: {error}");
        }
        report
    }
}
