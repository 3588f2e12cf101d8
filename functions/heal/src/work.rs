//! One invocation.

use aws_config::SdkConfig;
use aws_lambda_events::event::sqs::{BatchItemFailure, SqsBatchResponse};
use jiff::Timestamp;
use lambda_runtime::{Error, LambdaEvent};
use serde_json::Value as Json;
use tagmend_diagnosis::delivery::{Delivery, DeliveryError};
use tagmend_remedy::Pacing;
use tagmend_remedy::apply::Writer;
use tagmend_remedy::clients::{Clients, configuration};
use tagmend_remedy::clock::{Clock, RunTime};
use tagmend_remedy::heal::{Report, Treated, heal};
use tagmend_remedy::metrics::MetricsSink;
use tagmend_remedy::observe::Reader;
use tokio::sync::OnceCell;

use crate::log;
use crate::payload::{self, Payload};
use crate::settings::{Mode, Settings};

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
    /// Only in mode `apply`.
    writer: Option<Writer>,
    metrics: MetricsSink,
}

impl Aws {
    fn new(settings: &Settings, configuration: &SdkConfig, pacing: Pacing) -> Aws {
        let clients = Clients::new(configuration);
        let bucket = &settings.journal_bucket;
        Aws {
            reader: Reader::new(clients.clone(), bucket),
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
        let deadline = i64::try_from(event.context.deadline).ok();
        let deadline = deadline.and_then(|deadline| Timestamp::from_millisecond(deadline).ok());
        // `cargo lambda watch` sends a deadline of 1970; that of AWS is never past when the work begins.
        let deadline = deadline.filter(|deadline| *deadline > Timestamp::now());
        let time = RunTime { clock: self.clock, deadline };
        match payload::read(event.payload)? {
            Payload::Event(deliveries) => {
                let report = self.heal(deliveries, time).await;
                if report.treated.iter().any(Treated::is_unfinished) {
                    // Lambda tries an event again, and then hands it to the dead-letter queue.
                    Err(unfinished())?;
                }
                Ok(Json::Null)
            }
            Payload::Messages(messages) => self.treat_messages(messages, time).await,
        }
    }

    /// Only the messages that have to come again are named; one bad record takes no other with it.
    async fn treat_messages(
        &self,
        messages: Vec<(String, Vec<Result<Delivery, DeliveryError>>)>,
        time: RunTime,
    ) -> Result<Json, Error> {
        let mut ids = Vec::new();
        let mut all = Vec::new();
        for (id, deliveries) in messages {
            ids.extend(std::iter::repeat_n(id, deliveries.len()));
            all.extend(deliveries);
        }
        let report = self.heal(all, time).await;
        let mut unfinished: Vec<String> = ids
            .into_iter()
            .zip(&report.treated)
            .filter(|(_, treated)| treated.is_unfinished())
            .map(|(id, _)| id)
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

    async fn heal(&self, deliveries: Vec<Result<Delivery, DeliveryError>>, time: RunTime) -> Report {
        let aws = self.aws.get_or_init(|| self.connect()).await;
        let baseline = &self.settings.baseline;
        let report = heal(deliveries, baseline, &aws.reader, aws.writer.as_ref(), time).await;
        log::report(&report);
        // A metric that cannot be sent neither undoes nor repeats a fix.
        if let Err(error) = aws.metrics.send(&report).await {
            tracing::error!(%error, "the metrics were not sent");
        }
        report
    }
}

fn unfinished() -> anyhow::Error {
    anyhow::anyhow!("the event has to come again; the log says why")
}
