//! One invocation.

use lambda_runtime::{Error, LambdaEvent};
use serde_json::Value as Json;
use tagmend_remedy::{
    Clients, Clock, Pace, Recorder, RunTime, Watcher, configuration, metrics::MetricsSink, watch,
};
use tokio::sync::OnceCell;

use crate::log;
use crate::settings::Settings;

/// What every invocation shares.
#[derive(Debug)]
pub(crate) struct Work {
    settings: Settings,
    /// Made when first needed, so that nothing slow stands before the first poll.
    aws: OnceCell<Aws>,
}

#[derive(Debug)]
struct Aws {
    watcher: Watcher,
    recorder: Recorder,
    metrics: MetricsSink,
}

impl Work {
    pub(crate) fn new(settings: Settings) -> Work {
        Work { settings, aws: OnceCell::new() }
    }

    /// Looks, whatever the event says.
    pub(crate) async fn look(&self, event: LambdaEvent<Json>) -> Result<(), Error> {
        let time = RunTime::until(Clock::System, event.context.deadline);
        let aws = self.aws.get_or_init(|| self.connect()).await;
        let inspection = watch(&self.settings.baseline, &aws.watcher, &aws.recorder, time).await;
        match &inspection {
            Ok(inspection) => log::inspection(inspection),
            Err(error) => tracing::error!(%error, "nothing can be said of the instance"),
        }
        // The alarm on silence says so where this fails for long.
        if let Err(error) = aws.metrics.send_inspection(&inspection).await {
            tracing::error!(%error, "the metrics were not sent");
        }
        Ok(())
    }

    async fn connect(&self) -> Aws {
        let configuration = configuration(&self.settings.baseline.region).await;
        let clients = Clients::new(&configuration);
        let bucket = &self.settings.journal_bucket;
        // A sandbox on this machine has no quota that others need.
        let is_sandbox = configuration.endpoint_url().is_some_and(|url| url.starts_with("http://127.0.0.1:"));
        let pace = if is_sandbox { Pace::NONE } else { Pace::AWS };
        Aws {
            recorder: Recorder::new(&clients, bucket),
            watcher: Watcher::new(clients, bucket, pace),
            metrics: MetricsSink::new(&configuration, "watch"),
        }
    }
}
