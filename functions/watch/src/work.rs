//! One invocation.

use lambda_runtime::{Error, LambdaEvent};
use serde_json::Value as Json;
use tagmend_diagnosis::Baseline;
use tagmend_function::Installation;
use tagmend_remedy::{
    Access, Clients, Clock, Opened, Pace, Recorder, RunTime, Watcher, metrics::MetricsSink, open,
    pinned::NoBaseline, rate::Rate, watch,
};
use tokio::sync::OnceCell;

use crate::log;

/// What every invocation shares.
#[derive(Debug)]
pub(crate) struct Work {
    installation: Installation,
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
    pub(crate) fn new(installation: Installation) -> Work {
        let rate = Rate::new(installation.share);
        Work { installation, rate, ready: OnceCell::new() }
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
        let Installation { region, function, .. } = &self.installation;
        let sink =
            MetricsSink::new(&Access::Account(self.rate.clone()).configuration(region).await, function);
        if let Err(error) = sink.send_without_baseline(&error).await {
            tracing::error!(%error, "the metrics were not sent");
        }
        Ok(())
    }

    async fn prepare(&self) -> Result<Ready, NoBaseline> {
        let Installation { baseline, region, journal_bucket: bucket, function, .. } = &self.installation;
        let access = Access::Account(self.rate.clone());
        let Opened { baseline, configuration, .. } = open(&access, baseline, region, bucket).await?;
        let clients = Clients::new(&configuration);
        Ok(Ready {
            baseline,
            recorder: Recorder::new(&clients, bucket),
            watcher: Watcher::new(clients, bucket, Pace::hourly(self.installation.calls_per_second)),
            metrics: MetricsSink::new(&configuration, function).with_rate(&self.rate),
        })
    }
}
