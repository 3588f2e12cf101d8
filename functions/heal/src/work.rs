//! One invocation.

use std::time::Duration;

use aws_config::SdkConfig;
use aws_lambda_events::event::sqs::{BatchItemFailure, SqsBatchResponse};
use jiff::SignedDuration;
use lambda_runtime::{Error, LambdaEvent};
use serde_json::Value as Json;
use tagmend_diagnosis::{Delivery, DeliveryError};
use tagmend_remedy::{
    AwsError, Clients, Clock, ForeignWrite, Overwritten, Pacing, Reader, Report, RunTime, Sessions, Treated,
    Writer, configuration, heal, metrics::MetricsSink, turned_off,
};
use tokio::sync::OnceCell;

use crate::log;
use crate::payload::{self, Message, Payload};
use crate::settings::{Mode, Settings};

/// Time that is left for the answer when the run is stopped from outside.
const TO_ANSWER: SignedDuration = SignedDuration::from_secs(1);

/// Time that is left for everything else when sign-ins are kept.
const TO_HEAL: SignedDuration = SignedDuration::from_secs(40);

/// What every invocation shares.
#[derive(Debug)]
pub struct Work {
    settings: Settings,
    clock: Clock,
    /// Made when first needed, so that nothing slow stands before the first poll.
    aws: OnceCell<Aws>,
}

#[derive(Debug)]
struct Aws {
    reader: Reader,
    sessions: Sessions,
    /// Only in mode `apply`.
    writer: Option<Writer>,
    metrics: MetricsSink,
}

impl Aws {
    fn new(settings: &Settings, configuration: &SdkConfig, pacing: Pacing) -> Aws {
        let clients = Clients::new(configuration);
        let bucket = &settings.journal_bucket;
        Aws {
            reader: Reader::with_reader_role(clients.clone(), bucket, settings.reader_role.clone()),
            sessions: Sessions::new(&clients, bucket),
            writer: match settings.mode {
                Mode::Plan => None,
                Mode::Apply => Some(Writer::new(clients, bucket, pacing)),
            },
            metrics: MetricsSink::new(configuration, "heal"),
        }
    }
}

impl Work {
    /// Work on real AWS.
    pub fn new(settings: Settings) -> Work {
        Work { settings, clock: Clock::System, aws: OnceCell::new() }
    }

    /// Work on a sandbox, where nothing takes time.
    pub fn on_sandbox(settings: Settings, configuration: &SdkConfig, clock: Clock) -> Work {
        let aws = Aws::new(&settings, configuration, Pacing::NONE);
        Work { settings, clock, aws: OnceCell::new_with(Some(aws)) }
    }

    async fn connect(&self) -> Aws {
        let configuration = configuration(&self.settings.baseline.region).await;
        Aws::new(&self.settings, &configuration, Pacing::AWS)
    }

    /// Treats one payload, and answers as its sender expects.
    ///
    /// # Errors
    /// Where the payload is none of Lambda's, or a single event has to come again.
    pub async fn treat(&self, event: LambdaEvent<Json>) -> Result<Json, Error> {
        let time = RunTime::until(self.clock, event.context.deadline);
        match payload::read(event.payload, &self.settings.baseline)? {
            Payload::Event(event) => {
                let report = self.heal(event.deliveries, event.foreign_write.as_slice(), time).await;
                if report.treated.iter().any(Treated::is_unfinished) {
                    // Lambda tries an event again, and then hands it to the dead-letter queue.
                    Err(unfinished())?;
                }
                Ok(Json::Null)
            }
            Payload::Messages(messages) => self.treat_messages(messages, time).await,
        }
    }

    /// Only the messages that have to come again are named; one bad record takes no other with it. What deserves a
    /// second look comes again once, after the queue's visibility timeout.
    async fn treat_messages(&self, messages: Vec<Message>, time: RunTime) -> Result<Json, Error> {
        let mut ids = Vec::new();
        let mut all = Vec::new();
        let mut foreign = Vec::new();
        for message in messages {
            let id = (message.id, message.is_first_look);
            ids.extend(std::iter::repeat_n(id, message.event.deliveries.len()));
            all.extend(message.event.deliveries);
            foreign.extend(message.event.foreign_write);
        }
        let report = self.heal(all, &foreign, time).await;
        let comes_again = |treated: &Treated, is_first_look: bool| {
            treated.is_unfinished() || (is_first_look && treated.is_worth_a_second_look())
        };
        let mut unfinished: Vec<String> = ids
            .into_iter()
            .zip(&report.treated)
            .filter(|((_, is_first_look), treated)| comes_again(treated, *is_first_look))
            .map(|((id, _), _)| id)
            .collect();
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

    async fn heal(
        &self,
        deliveries: Vec<Result<Delivery, DeliveryError>>,
        foreign: &[ForeignWrite],
        time: RunTime,
    ) -> Report {
        let aws = self.aws.get_or_init(|| self.connect()).await;
        let baseline = &self.settings.baseline;
        // Without them a diagnosis knows less, and is none the worse for it.
        let keeping = Box::pin(aws.sessions.remember(deliveries.iter().flatten()));
        match tokio::time::timeout(time.left_before(TO_HEAL).unwrap_or(Duration::MAX), keeping).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(%error, "sign-ins were not kept"),
            Err(_) => tracing::error!("sign-ins were not kept: too little time was left"),
        }
        let healing = Box::pin(heal(deliveries, baseline, &aws.reader, aws.writer.as_ref(), time));
        let mut report = healing.await;
        report.turned_off = turned_off(foreign);
        let looking = Box::pin(aws.reader.overwritten(foreign, baseline));
        report.overwritten =
            match tokio::time::timeout(time.left_before(TO_ANSWER).unwrap_or(Duration::MAX), looking).await {
                Ok(overwritten) => overwritten,
                Err(_) => vec![Overwritten::Unchecked(AwsError::out_of_time())],
            };
        log::report(&report);
        // A metric that cannot be sent neither undoes nor repeats a fix.
        let sending = aws.metrics.send(&report);
        let left = time.left_before(TO_ANSWER).unwrap_or(Duration::MAX);
        match tokio::time::timeout(left, sending).await {
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
