//! One invocation.

use lambda_runtime::{Error, LambdaEvent};
use serde_json::Value as Json;
use tagmend_diagnosis::Baseline;
use tagmend_remedy::{
    Clients, Clock, Pace, Recorder, RunTime, Watcher, configuration, metrics::MetricsSink, paced,
    pinned::NoBaseline, pinned::Shelf, pinned::Source, rate::Rate, watch,
};
use tokio::sync::OnceCell;

use crate::log;
use crate::settings::Settings;

/// What every invocation shares.
#[derive(Debug)]
pub(crate) struct Work {
    settings: Settings,
    /// How fast it calls.
    rate: Rate,
    /// Made when first needed, so that nothing slow stands before the first poll.
    ready: OnceCell<Ready>,
}

/// The approved state, and what looks whether it is so.
#[derive(Debug)]
struct Ready {
    baseline: Baseline,
    watcher: Watcher,
    recorder: Recorder,
    metrics: MetricsSink,
}

impl Work {
    pub(crate) fn new(settings: Settings) -> Work {
        let rate = Rate::new(settings.share);
        Work { settings, rate, ready: OnceCell::new() }
    }

    /// Looks, whatever the event says.
    pub(crate) async fn look(&self, event: LambdaEvent<Json>) -> Result<(), Error> {
        let time = RunTime::until(Clock::System, event.context.deadline);
        let ready = match self.ready.get_or_try_init(|| self.prepare()).await {
            Ok(ready) => ready,
            Err(error) => return self.without_baseline(error).await,
        };
        let request = &event.context.request_id;
        let inspection = watch(&ready.baseline, &ready.watcher, &ready.recorder, request, time).await;
        match &inspection {
            Ok(inspection) => log::inspection(inspection),
            Err(error) => tracing::error!(%error, "nothing can be said of the instance"),
        }
        // The alarm on silence says so where this fails for long.
        if let Err(error) = ready.metrics.send_inspection(&inspection).await {
            tracing::error!(%error, "the metrics were not sent");
        }
        Ok(())
    }

    async fn without_baseline(&self, error: NoBaseline) -> Result<(), Error> {
        tracing::error!(%error, "there is no approved state to compare with");
        let sink = MetricsSink::new(&configuration(&self.settings.region).await, &self.settings.function);
        if let Err(error) = sink.send_without_baseline(&error).await {
            tracing::error!(%error, "the metrics were not sent");
        }
        Ok(())
    }

    async fn prepare(&self) -> Result<Ready, NoBaseline> {
        let bucket = &self.settings.journal_bucket;
        let baseline = match &self.settings.baseline {
            Source::BuiltIn(baseline) => baseline.as_ref().clone(),
            Source::Pinned(pin) => {
                Shelf::new(&configuration(&self.settings.region).await, bucket).baseline(pin).await?
            }
        };
        let configuration = paced(&self.rate, configuration(&baseline.region).await);
        let clients = Clients::new(&configuration);
        Ok(Ready {
            baseline,
            recorder: Recorder::new(&clients, bucket),
            watcher: Watcher::new(clients, bucket, Pace::hourly(self.settings.calls_per_second)),
            metrics: MetricsSink::new(&configuration, &self.settings.function).with_rate(&self.rate),
        })
    }
}
