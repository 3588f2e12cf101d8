//! The function of the earlier commit: one that was rolled back to, or stayed warm through an update.

use std::sync::Arc;

use before_diagnosis::baseline::Baseline;
use before_diagnosis::delivery::deliveries;
use before_remedy::Pacing;
use before_remedy::apply::{Outcome, Writer};
use before_remedy::clients::Clients;
use before_remedy::clock::{Clock, RunTime};
use before_remedy::foreign::{ForeignWrite, foreign_write};
use before_remedy::heal::heal;
use before_remedy::members::ReaderRole;
use before_remedy::metrics::MetricsSink;
use before_remedy::observe::Reader;
use jiff::Timestamp;
use serde_json::Value as Json;
use tagmend_tests::Role;
use tagmend_tests::wire::{Line, configuration_as};

/// The baseline that was compiled into it.
const BASELINE: &str = include_str!(env!("BASELINE_BEFORE"));

pub(crate) struct FunctionBefore {
    baseline: Baseline,
    reader: Reader,
    writer: Writer,
    metrics: MetricsSink,
}

impl FunctionBefore {
    pub(crate) fn start(line: Arc<dyn Line>, region: &str, bucket: &str) -> FunctionBefore {
        let configuration = configuration_as(Role::HealApply.name(), line, region);
        let clients = Clients::new(&configuration);
        let role = ReaderRole { name: "tagmend-reader".to_owned(), external_id: Some("tagmend".to_owned()) };
        FunctionBefore {
            baseline: Baseline::parse(BASELINE).unwrap(),
            reader: Reader::with_reader_role(clients.clone(), bucket, Some(role)),
            writer: Writer::new(clients, bucket, Pacing::NONE),
            metrics: MetricsSink::new(&configuration, "heal"),
        }
    }

    /// What one invocation does with a batch; how many changes it calls fixed.
    pub(crate) async fn invoke(&self, events: &[Json], now: fn() -> Timestamp) -> usize {
        let time = RunTime { clock: Clock::Told(now), deadline: None };
        let deliveries = events.iter().flat_map(deliveries).collect();
        let foreign: Vec<ForeignWrite> =
            events.iter().filter_map(|event| foreign_write(event, &self.baseline)).collect();
        let mut report = heal(deliveries, &self.baseline, &self.reader, Some(&self.writer), time).await;
        report.overwritten = self.reader.overwritten(&foreign, &self.baseline).await;
        let _ = self.metrics.send(&report).await;
        report.changes.iter().filter(|(_, outcome)| matches!(outcome, Some(Outcome::Fixed(_)))).count()
    }
}
