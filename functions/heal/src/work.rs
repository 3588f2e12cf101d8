//! One invocation.

use std::future;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_lambda_events::event::sqs::{BatchItemFailure, SqsBatchResponse};
use futures::stream::{self, StreamExt};
use jiff::SignedDuration;
use lambda_runtime::{Error, LambdaEvent};
use serde_json::Value as Json;
use tagmend_diagnosis::{Baseline, Delivery, DeliveryError};
use tagmend_function::Installation;
use tagmend_remedy::{
    Access, AwsError, Clients, Clock, Closing, ForeignWrite, Looks, Opened, Overwritten, Pacing, Reader,
    Report, RunTime, Sessions, Treated, WarmFacts, Writer, announce::Announcer, announce::events,
    follow::ChangedPermissionSet, follow::Followed, follow::Follower, heal_warm, ledger::Invocation,
    ledger::Ledger, ledger::Mode, metrics::MetricsSink, open, pinned::NoBaseline, rate::Rate, turned_off,
};
use tokio::sync::{Mutex, OnceCell};

use crate::log;
use crate::payload::{self, Message, Payload};
use crate::settings::Settings;

/// Time that is left for the answer when the run is stopped from outside.
const TO_RETURN: SignedDuration = SignedDuration::from_secs(1);

/// Time that is left for everything else when what came before is looked at.
const TO_FOLLOW_UP: SignedDuration = SignedDuration::from_secs(4);

/// Time that is left for metrics and the answer when the run is kept.
const TO_COUNT: SignedDuration = SignedDuration::from_secs(3);

/// Time that is left for everything else when sign-ins are kept.
const TO_HEAL: SignedDuration = SignedDuration::from_secs(40);

/// Messages that are looked up at once.
const LOOKS_AT_ONCE: usize = 8;

/// What every invocation shares.
#[derive(Debug)]
pub struct Work {
    settings: Settings,
    clock: Clock,
    access: Access,
    /// How fast it calls.
    rate: Rate,
    /// Made when first needed, so that nothing slow stands before the first poll.
    ready: OnceCell<Ready>,
}

/// The approved state, and what acts on it.
#[derive(Debug)]
struct Ready {
    baseline: Baseline,
    reader: Reader,
    /// What earlier batches read. Lambda hands one place one batch at a time.
    facts: Mutex<WarmFacts>,
    sessions: Sessions,
    looks: Looks,
    /// Only in mode `apply`.
    writer: Option<Writer>,
    metrics: MetricsSink,
    ledger: Ledger,
    announcer: Announcer,
    follower: Follower,
}

impl Ready {
    fn new(settings: &Settings, baseline: Baseline, configuration: &SdkConfig, pacing: Pacing) -> Ready {
        let clients = Clients::new(configuration);
        let bucket = &settings.installation.journal_bucket;
        let ledger = Ledger::new(&clients, bucket);
        Ready {
            baseline,
            reader: Reader::with_reader_role(clients.clone(), bucket, settings.reader_role.clone())
                .with_authorization_details(settings.authorization_details),
            facts: Mutex::default(),
            sessions: Sessions::new(&clients, bucket),
            looks: Looks::new(&clients, bucket),
            follower: Follower::new(clients.clone(), bucket),
            writer: match settings.mode {
                Mode::Plan => None,
                Mode::Apply => Some(Writer::new(clients, bucket, pacing)),
            },
            metrics: MetricsSink::new(configuration, &settings.installation.function),
            ledger,
            announcer: Announcer::new(configuration),
        }
    }

    /// Keeps what was done, and has a word for every change.
    async fn leave(&self, report: &Report, invocation: Invocation<'_>, clock: Clock) {
        if let Err(error) = self.ledger.keep_related(report, invocation).await {
            tracing::error!(%error, "what is no denied call was not kept");
        }
        let Some(run) = self.ledger.run(report, &self.baseline, invocation, clock).await else {
            return;
        };
        log::denied(&run);
        let events = events(&run);
        let (kept, sent) = tokio::join!(self.ledger.keep(&run), self.announcer.send(&events, clock.now()));
        if let Err(error) = kept {
            tracing::error!(%error, "the run was not kept");
        }
        if let Err(error) = sent {
            tracing::error!(%error, "not every change was announced");
        }
    }
}

/// What records tell besides denials.
#[derive(Debug, Default)]
struct Told {
    /// Writes of somebody else to the mappings.
    foreign: Vec<ForeignWrite>,
    /// Permission sets that somebody wrote.
    changed: Vec<ChangedPermissionSet>,
}

impl Work {
    /// Work on real AWS.
    pub fn new(settings: Settings) -> Work {
        let rate = Rate::new(settings.installation.share);
        Work {
            settings,
            clock: Clock::System,
            access: Access::Account(rate.clone()),
            rate,
            ready: OnceCell::new(),
        }
    }

    /// Work on a sandbox, where nothing takes time.
    pub fn on_sandbox(settings: Settings, configuration: &SdkConfig, clock: Clock) -> Work {
        let rate = Rate::new(settings.installation.share);
        Work {
            settings,
            clock,
            access: Access::Sandbox(Box::new(configuration.clone())),
            rate,
            ready: OnceCell::new(),
        }
    }

    async fn prepare(&self) -> Result<Ready, NoBaseline> {
        let Installation { baseline, region, journal_bucket, .. } = &self.settings.installation;
        let Opened { baseline, configuration, .. } =
            open(&self.access, baseline, region, journal_bucket).await?;
        let mut ready = Ready::new(&self.settings, baseline, &configuration, self.access.pacing());
        ready.metrics = ready.metrics.with_rate(&self.rate);
        Ok(ready)
    }

    /// Without a baseline nothing is diagnosed and nothing written; everything comes again.
    async fn ready(&self) -> Result<&Ready, Error> {
        let error = match self.ready.get_or_try_init(|| self.prepare()).await {
            Ok(ready) => return Ok(ready),
            Err(error) => error,
        };
        tracing::error!(%error, "there is no approved state: nothing is diagnosed and nothing written");
        let Installation { region, function, .. } = &self.settings.installation;
        let sink = MetricsSink::new(&self.access.configuration(region).await, function);
        if let Err(error) = sink.send_without_baseline(&error).await {
            tracing::error!(%error, "the metrics were not sent");
        }
        Err(error.into())
    }

    /// Treats one payload, and answers as its sender expects.
    ///
    /// # Errors
    /// Where the payload is none of Lambda's, or a single event has to come again.
    pub async fn treat(&self, event: LambdaEvent<Json>) -> Result<Json, Error> {
        let time = RunTime::until(self.clock, event.context.deadline);
        // Boxed: as one piece the whole is deeper than the compiler looks.
        let ready = Box::pin(self.ready()).await?;
        let request = &event.context.request_id;
        match payload::read(event.payload, &ready.baseline)? {
            Payload::Event(event) => {
                let told = Told {
                    foreign: event.foreign_write.into_iter().collect(),
                    changed: event.changed.into_iter().collect(),
                };
                let report = Box::pin(ready.heal(event.deliveries, &told, request, time)).await;
                let is_unfinished = report.treated.iter().any(Treated::is_unfinished);
                if is_unfinished || report.followed.values().any(Followed::is_unfinished) {
                    // Lambda tries an event again, and then hands it to the dead-letter queue.
                    Err(unfinished())?;
                }
                Ok(Json::Null)
            }
            Payload::Messages(messages) => Box::pin(ready.treat_messages(messages, request, time)).await,
        }
    }
}

impl Ready {
    /// Only the messages that have to come again are named; one bad record takes no other with it. What deserves a
    /// second look comes again once after it was diagnosed, when the queue's visibility timeout is over.
    async fn treat_messages(
        &self,
        messages: Vec<Message>,
        request: &str,
        time: RunTime,
    ) -> Result<Json, Error> {
        let mut ids = Vec::new();
        let mut all = Vec::new();
        let mut told = Told::default();
        let mut followed = Vec::new();
        for message in messages {
            if let (Some(changed), false) = (&message.event.changed, message.is_last_receipt) {
                followed.push((message.id.clone(), changed.arn.clone()));
            }
            let id = (message.id, message.is_first_receipt);
            ids.extend(std::iter::repeat_n(id, message.event.deliveries.len()));
            all.extend(message.event.deliveries);
            told.foreign.extend(message.event.foreign_write);
            told.changed.extend(message.event.changed);
        }
        let report = self.heal(all, &told, request, time).await;
        // A message is one here: its records come again together.
        let mut messages: Vec<(String, bool, Vec<&Treated>)> = Vec::new();
        for ((id, is_first_receipt), treated) in ids.into_iter().zip(&report.treated) {
            match messages.last_mut().filter(|(last, ..)| *last == id) {
                Some((.., of_message)) => of_message.push(treated),
                None => messages.push((id, is_first_receipt, vec![treated])),
            }
        }
        let looking = stream::iter(messages).map(|(id, is_first_receipt, treated)| async move {
            let comes_again = self.comes_again(&id, is_first_receipt, &treated, time).await;
            comes_again.then_some(id)
        });
        let mut unfinished: Vec<String> =
            looking.buffered(LOOKS_AT_ONCE).filter_map(future::ready).collect().await;
        let is_open = |arn: &str| report.followed.get(arn).is_some_and(Followed::is_unfinished);
        unfinished.extend(followed.into_iter().filter(|(_, arn)| is_open(arn)).map(|(id, _)| id));
        unfinished.sort();
        unfinished.dedup();
        let failures = unfinished.into_iter().map(|item_identifier| {
            let mut failure = BatchItemFailure::default();
            failure.item_identifier = item_identifier;
            failure
        });
        let mut response = SqsBatchResponse::default();
        response.batch_item_failures = failures.collect();
        Ok(serde_json::to_value(response)?)
    }

    /// Whether a message has to come again.
    async fn comes_again(
        &self,
        id: &str,
        is_first_receipt: bool,
        treated: &[&Treated],
        time: RunTime,
    ) -> bool {
        if treated.iter().any(|treated| treated.is_unfinished()) {
            return true;
        }
        if !treated.iter().any(|treated| treated.is_worth_a_second_look()) {
            return false;
        }
        let asking = Box::pin(self.looks.is_first(id));
        let left = time.left_before(TO_RETURN).unwrap_or(Duration::MAX);
        match tokio::time::timeout(left, asking).await {
            Ok(Ok(is_first)) => is_first,
            // Nobody knows whether it was diagnosed. The count of receipts brings no message back for ever.
            Ok(Err(error)) => {
                tracing::warn!(%error, "nobody could say whether a message was diagnosed before");
                is_first_receipt
            }
            Err(_) => is_first_receipt,
        }
    }

    async fn heal(
        &self,
        deliveries: Vec<Result<Delivery, DeliveryError>>,
        told: &Told,
        request: &str,
        time: RunTime,
    ) -> Report {
        let began = time.clock.now();
        // Without them a diagnosis knows less, and is none the worse for it.
        let keeping = Box::pin(self.sessions.remember(deliveries.iter().flatten()));
        match tokio::time::timeout(time.left_before(TO_HEAL).unwrap_or(Duration::MAX), keeping).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(%error, "sign-ins were not kept"),
            Err(_) => tracing::error!("sign-ins were not kept: too little time was left"),
        }
        let (report, closing) = self.heal_warm(deliveries, told, time).await;
        let invocation = Invocation { request, mode: self.mode(), began, by_operator: false };
        // What was made is recorded while everything else is told.
        let telling = Box::pin(self.tell(report, told, invocation, time));
        let ((), report) = futures::join!(Box::pin(closing.close()), telling);
        report
    }

    /// Diagnoses and changes, with what earlier batches read.
    async fn heal_warm(
        &self,
        deliveries: Vec<Result<Delivery, DeliveryError>>,
        told: &Told,
        time: RunTime,
    ) -> (Report, Closing<'_>) {
        let mut facts = self.facts.lock().await;
        if !told.foreign.is_empty() {
            facts.forget_mappings();
        }
        told.changed.iter().for_each(|set| facts.forget_permission_set(&set.arn));
        let (baseline, writer) = (&self.baseline, self.writer.as_ref());
        Box::pin(heal_warm(&mut facts, deliveries, baseline, &self.reader, writer, time)).await
    }

    fn mode(&self) -> Mode {
        if self.writer.is_some() { Mode::Apply } else { Mode::Plan }
    }

    /// Looks at what came before, and leaves word of everything: none of it changes what was done.
    async fn tell(
        &self,
        mut report: Report,
        told: &Told,
        invocation: Invocation<'_>,
        time: RunTime,
    ) -> Report {
        let baseline = &self.baseline;
        report.turned_off = turned_off(&told.foreign);
        let looking = Box::pin(self.reader.overwritten(&told.foreign, baseline));
        report.overwritten =
            match tokio::time::timeout(time.left_before(TO_RETURN).unwrap_or(Duration::MAX), looking).await {
                Ok(overwritten) => overwritten,
                Err(_) => vec![Overwritten::Unchecked(AwsError::out_of_time())],
            };
        let following = Box::pin(self.follower.follow(&told.changed, baseline, time));
        match tokio::time::timeout(time.left_before(TO_COUNT).unwrap_or(Duration::MAX), following).await {
            Ok(followed) => report.followed = followed,
            Err(_) => {
                let unasked = told.changed.iter().map(|set| (set.arn.clone(), Followed::NotAsked));
                report.followed = unasked.collect();
            }
        }
        // What came before is told, and decides nothing.
        let left = time.left_before(TO_FOLLOW_UP).unwrap_or(Duration::MAX);
        let following = Box::pin(self.ledger.follow_up(&mut report, baseline, time.clock.now()));
        match tokio::time::timeout(left, following).await {
            Ok(errors) => errors.iter().for_each(|error| {
                tracing::error!(%error, "what came before, or who was denied before, was not read");
            }),
            Err(_) => tracing::error!("what came before was not looked at: too little time was left"),
        }
        log::report(&report);
        // What is not kept is missed by a review, and by nothing else. A metric that cannot be sent neither undoes nor
        // repeats a fix.
        let (to_count, to_return) = (time.left_before(TO_COUNT), time.left_before(TO_RETURN));
        let leaving = Box::pin(self.leave(&report, invocation, time.clock));
        let leaving = tokio::time::timeout(to_count.unwrap_or(Duration::MAX), leaving);
        let sending = tokio::time::timeout(to_return.unwrap_or(Duration::MAX), self.metrics.send(&report));
        let (left, sent) = tokio::join!(leaving, sending);
        if left.is_err() {
            tracing::error!("the run was not kept: too little time was left");
        }
        match sent {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(%error, "the metrics were not sent"),
            Err(_) => tracing::error!("the metrics were not sent: too little time was left"),
        }
        report
    }
}

fn unfinished() -> anyhow::Error {
    anyhow::anyhow!("the event has to come again; the log says why")
}
