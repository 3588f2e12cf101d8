//! One random schedule, from a seed.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use fastrand::Rng;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value as Json;
use tagmend_diagnosis::Baseline;
use tagmend_remedy::{
    Clients, Clock, FixId, History, Overwritten, Pacing, RolledBack, RunTime, Writer,
    hold::{Brake, HoldOn},
};
use tagmend_sandbox::{Cloud, Fault, Reply, World};
use tagmend_tests::simulation::Function;
use tagmend_tests::wire::{configuration, name};
use tagmend_tests::{WRITES, bent_baseline, event, roles, world};

#[cfg(feature = "mixed")]
use super::before::FunctionBefore;
use super::cast::{Order, Stranger};
use super::desk::Desk;
use super::judge::Judge;
use super::tally::Tally;

const HEALERS: usize = 4;
const OPERATOR: usize = HEALERS;
const BUCKET: &str = "tagmend-journal";

/// Whom the operator and the strangers call as: the functions have the roles of the template.
const PEOPLE: &str = "sandbox";
const EVERYTHING: &str =
    r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;

thread_local! {
    static NOW: Cell<Timestamp> = const { Cell::new(Timestamp::UNIX_EPOCH) };
}

fn now() -> Timestamp {
    NOW.get()
}

const CLOCK: Clock = Clock::Told(now);

struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Somebody who acts on an AWS over the desk.
struct Actor<'a> {
    woken: Arc<Flag>,
    act: Option<Pin<Box<dyn Future<Output = ()> + 'a>>>,
}

impl<'a> Actor<'a> {
    fn new(act: impl Future<Output = ()> + 'a) -> Actor<'a> {
        Actor { woken: Arc::new(Flag(AtomicBool::new(true))), act: Some(Box::pin(act)) }
    }

    /// Goes as far as it can without an answer; whether it moved.
    fn go(&mut self) -> bool {
        let Some(act) = &mut self.act else {
            return false;
        };
        if !self.woken.0.swap(false, Ordering::Relaxed) {
            return false;
        }
        let waker = Waker::from(Arc::clone(&self.woken));
        if let Poll::Ready(()) = act.as_mut().poll(&mut Context::from_waker(&waker)) {
            self.act = None;
        }
        true
    }
}

/// A function that heals.
enum Healer {
    Now(Box<Function>),
    /// Of the earlier build, where `tests/mixed/run.py` plays two.
    #[cfg(feature = "mixed")]
    Before(Box<FunctionBefore>),
}

impl Healer {
    fn start(actor: usize, desk: &Desk, baseline: &Baseline) -> Healer {
        #[cfg(feature = "mixed")]
        if actor % 2 == 1 {
            return Healer::Before(Box::new(FunctionBefore::start(desk.line(actor), "races", BUCKET)));
        }
        Healer::Now(Box::new(Function::start(desk.line(actor), "races", BUCKET, baseline)))
    }

    async fn forget(&self) {
        match self {
            Healer::Now(function) => function.forget().await,
            #[cfg(feature = "mixed")]
            Healer::Before(_) => {}
        }
    }

    async fn invoke(&self, denials: &[Json], tally: &RefCell<Tally>) {
        match self {
            Healer::Now(function) => {
                let report = function.invoke(denials, CLOCK).await;
                tally.borrow_mut().report(&report);
            }
            #[cfg(feature = "mixed")]
            Healer::Before(function) => {
                let fixed = function.invoke(denials, now).await;
                tally.borrow_mut().fixed_before += fixed;
            }
        }
    }
}

/// Clients are made once: they are the most expensive part of a schedule.
pub(crate) struct Stage {
    desk: Desk,
    baseline: Baseline,
    world: World,
    healers: Vec<Healer>,
    /// Who reads CloudTrail's records at the end.
    reader: Function,
    brake: Brake,
    writer: Writer,
    denials: Vec<Json>,
}

impl Stage {
    pub(crate) fn new() -> Stage {
        let desk = Desk::default();
        let baseline = bent_baseline(|_| {});
        let healers = (0..HEALERS).map(|actor| Healer::start(actor, &desk, &baseline)).collect();
        let reader = Function::start(desk.line(OPERATOR), "races", BUCKET, &baseline);
        let clients = Clients::new(&configuration(desk.line(OPERATOR), "races"));
        Stage {
            healers,
            reader,
            brake: Brake::new(&clients, BUCKET),
            writer: Writer::new(clients, BUCKET, Pacing::NONE),
            world: small_world(),
            baseline,
            desk,
            denials: [
                "mapping-missing/explicit-deny",
                "mapping-missing/resource-variable",
                "not-provisioned/start-build",
            ]
            .map(event)
            .to_vec(),
        }
    }

    /// Plays one schedule to its end.
    pub(crate) async fn play(&mut self, seed: u64) -> Tally {
        let played = std::panic::AssertUnwindSafe(self.try_play(seed));
        match futures::FutureExt::catch_unwind(played).await {
            Ok(tally) => tally,
            Err(panic) => {
                eprintln!("seed {seed}: RACES=1 RACES_SEED={seed} replays it");
                std::panic::resume_unwind(panic)
            }
        }
    }

    async fn try_play(&self, seed: u64) -> Tally {
        let mut random = Rng::with_seed(seed);
        let start: Timestamp = self.world.now.parse().unwrap();
        NOW.set(start);
        let cloud = Cloud::new(self.world.clone());
        let mut roles = roles(&self.baseline, &self.world, |_, _| {});
        roles.add(PEOPLE, &[EVERYTHING.to_owned()]).unwrap();
        cloud.enforce(roles);
        let mut judge = Judge::new(&self.baseline, OPERATOR);
        let tally = Rc::new(RefCell::new(Tally { schedules: 1, ..Tally::default() }));

        for healer in &self.healers {
            healer.forget().await;
        }
        let healers = random.usize(2..=HEALERS);
        let order = Order::any(&mut random);
        let mut actors: Vec<Actor<'_>> = Vec::new();
        for healer in self.healers.iter().take(healers) {
            let runs = random.usize(1..=3);
            let tally = Rc::clone(&tally);
            actors.push(Actor::new(async move {
                for _ in 0..runs {
                    healer.invoke(&self.denials, &tally).await;
                }
            }));
        }
        let mut operator = Some(Actor::new(self.operate(order, cloud.clone(), Rc::clone(&tally))));
        let mut strangers: Vec<Stranger> =
            (0..random.usize(..=2)).map(|number| Stranger::new(number, &mut random)).collect();
        let mut waits = random.usize(..4);

        loop {
            let mut moved = true;
            while moved {
                moved = false;
                for actor in &mut actors {
                    moved |= actor.go();
                }
            }
            if operator.is_none() && actors.iter().all(|actor| actor.act.is_none()) {
                break;
            }
            let all_done = actors.iter().all(|actor| actor.act.is_none());
            match random.u32(..100) {
                // A run makes over a hundred steps: the operator, strangers and time come when there may be something to see.
                0..1 if operator.is_some() => actors.extend(operator.take()),
                _ if all_done && operator.is_some() => actors.extend(operator.take()),
                1..3 if !strangers.is_empty() => {
                    let index = random.usize(..strangers.len());
                    if let Some(effect) = strangers[index].step(&cloud) {
                        judge.stranger(&effect, now());
                        strangers.remove(index);
                    }
                }
                3..5 if waits > 0 => {
                    waits -= 1;
                    let long = random.bool();
                    self.pass(if long { 400 } else { 1 }, &cloud, &mut judge, &mut random);
                }
                _ => self.serve_or_deliver(&cloud, &mut judge, &mut random),
            }
        }
        drop(actors);
        self.find_losses(&cloud, &judge).await;
        let mut tally = tally.take();
        cloud.look(|world| {
            judge.check_journal(world, tally.spent > 0);
            let recovered = |object: &&Json| object.get("recovered").is_some();
            tally.recovered = world.journal.objects.values().filter(recovered).count();
        });
        tally.refusals = judge.refusals;
        tally.calls = cloud.calls().len();
        tally.writes = judge.writes;
        tally.provisionings = judge.provisionings;
        tally.losses = judge.losses.len();
        tally
    }

    /// When CloudTrail has told of every write, nothing that was taken away and is still gone is unknown.
    async fn find_losses(&self, cloud: &Cloud, judge: &Judge<'_>) {
        if judge.losses.is_empty() {
            return;
        }
        let mut found = None;
        let telling = async { found = Some(self.reader.invoke(&judge.trail, CLOCK).await) };
        let mut reader = Actor::new(telling);
        while reader.act.is_some() {
            reader.go();
            self.desk.with(|waiting| {
                while let Some(mut one) = waiting.pop() {
                    one.reply = Some(cloud.answer(&one.request));
                    one.deliver();
                }
            });
        }
        drop(reader);
        let found = found.unwrap().overwritten;
        for mapping in &judge.losses {
            let is_there = cloud.look(|world| world.attribute_mappings.as_ref().unwrap().contains(mapping));
            let is_told = found.iter().any(|overwritten| {
                matches!(overwritten, Overwritten::Perhaps { keys, .. } if keys.contains(&mapping.key))
            });
            assert!(is_there || is_told, "{mapping:?} is lost, and nobody knows: {found:?}");
        }
    }

    async fn operate(&self, order: Order, cloud: Cloud, tally: Rc<RefCell<Tally>>) {
        let time = RunTime { clock: CLOCK, deadline: None };
        match order {
            Order::Hold => drop(self.brake.hold(HoldOn::All, None, now()).await),
            Order::HoldKey => drop(self.brake.hold(HoldOn::Key("department"), None, now()).await),
            Order::Resume => {
                drop(self.brake.hold(HoldOn::All, None, now()).await);
                drop(self.brake.resume(HoldOn::All).await);
            }
            Order::RollBack => {
                let last = cloud.look(|world| {
                    let mut names = world.journal.objects.keys().rev();
                    names.find_map(|name| FixId::parse(name.strip_prefix("fixes/")?))
                });
                let Some(fix) = last else { return };
                let rolled_back =
                    self.writer.roll_back(&fix, &History::NobodyElse, &self.baseline, time).await;
                if matches!(rolled_back, Ok(RolledBack::Done(_))) {
                    tally.borrow_mut().rollbacks += 1;
                }
            }
        }
    }

    fn serve_or_deliver(&self, cloud: &Cloud, judge: &mut Judge<'_>, random: &mut Rng) {
        self.desk.with(|waiting| {
            if waiting.is_empty() {
                return;
            }
            let index = random.usize(..waiting.len());
            let chosen = &mut waiting[index];
            if chosen.reply.is_none() {
                let name = name(&chosen.request);
                let write = WRITES.iter().find(|write| write.ends_with(&name));
                match write.filter(|_| random.u8(..6) == 0) {
                    Some(write) => {
                        let (operation, code) = ((*write).to_owned(), "AccessDeniedException".to_owned());
                        cloud.change(|world| {
                            world.faults.push(Fault { operation, code, ..Fault::default() });
                        });
                        judge.refused(chosen.actor, &chosen.request);
                    }
                    None => cloud.look(|world| judge.before(chosen.actor, &chosen.request, world, now())),
                }
                chosen.reply = Some(cloud.answer(&chosen.request));
            }
            // Most answers arrive at once; some are late.
            if random.u8(..8) > 0 {
                waiting.swap_remove(index).deliver();
            }
        });
    }

    /// Time passes. Of a write that is on its way, nobody waits for the answer any more; it took effect or never does.
    fn pass(&self, seconds: i64, cloud: &Cloud, judge: &mut Judge<'_>, random: &mut Rng) {
        if seconds > 5 {
            self.desk.with(|waiting| {
                for one in waiting.iter_mut().filter(|one| one.reply.is_none()) {
                    let name = name(&one.request);
                    if !WRITES.iter().any(|write| write.ends_with(&name)) {
                        continue;
                    }
                    if random.bool() {
                        cloud.look(|world| judge.before(one.actor, &one.request, world, now()));
                        cloud.answer(&one.request);
                    }
                    one.reply = Some(Reply::Silence);
                }
            });
        }
        NOW.set(now() + SignedDuration::from_secs(seconds));
    }
}

/// The sample organization, as far as these denials need it: a big world makes every step slow.
fn small_world() -> World {
    let mut world = world();
    let (needed, others) = world.permission_sets.split_at(2);
    let deployer = others.iter().filter(|set| set.name == "Deployer");
    world.permission_sets = needed.iter().chain(deployer).cloned().collect();
    world.provisioning_looks = 1;
    world.managed_policies.clear();
    world.journal.objects.clear();
    world.begin_journal();
    world
}
