//! What is counted, and how it reaches CloudWatch: one `PutMetricData` a batch.

use aws_config::SdkConfig;
use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::types::{Dimension, MetricDatum, StandardUnit};
use tagmend_diagnosis::{
    Cause, Change, MAXIMUM_MAPPINGS, Plan, drift::Finding, is_denied, standing::Standing,
};

use crate::apply::Outcome;
use crate::aws::aws_error::AwsError;
use crate::report::{Report, Treated, Treatment};
use crate::watch::Inspection;

/// The namespace of every metric.
pub const NAMESPACE: &str = "Tagmend";

/// A metric. Every one has the dimension `Function`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// Batches.
    Invocations,
    /// Changes that were made and seen afterwards, by cause.
    Fixes(Cause),
    /// Changes that were planned, by cause, applied or not.
    Planned(Cause),
    /// Failures for which nothing was planned, by cause.
    LeftAlone(Cause),
    /// Denials left alone for words that nobody here understands.
    NotUnderstood,
    /// Records that could not be read or diagnosed, and changes that failed or were not seen afterwards.
    Failures,
    /// Failures of Tagmend's own roles, and its own calls that AWS refused.
    OwnFailures,
    /// Changes that were made a short while ago and are not in place: undone, or they did not hold. They are not made again.
    Escalations,
    /// Changes that raced with a write of somebody else, and writes of somebody else that one of ours may have replaced.
    Races,
    /// Changes that a hold, a limit or an approval stopped.
    Refused,
    /// Records that tell that somebody turned attributes for access control off.
    TurnedOff,
    /// Second looks that could read everything they asked for.
    Heartbeat,
    /// What a second look found, by kind.
    Findings(&'static str),
    /// Findings that say that the instance is not what the baseline says.
    Drift,
    /// Fixes of the last 48 hours that hold.
    FixesHeld,
    /// Fixes of the last 48 hours that are undone, and changes that the same user needed again.
    FixesNotHeld,
    /// The share of the mappings that an instance takes.
    MappingsInUse,
    /// Permission sets that a second look came to.
    PermissionSets,
    /// Users that a second look came to.
    Users,
}

impl Metric {
    /// Its name in CloudWatch.
    pub fn name(self) -> &'static str {
        match self {
            Metric::Invocations => "Invocations",
            Metric::Fixes(_) => "Fixes",
            Metric::Planned(_) => "Planned",
            Metric::LeftAlone(_) => "LeftAlone",
            Metric::NotUnderstood => "NotUnderstood",
            Metric::Failures => "Failures",
            Metric::OwnFailures => "OwnFailures",
            Metric::Escalations => "Escalations",
            Metric::Races => "Races",
            Metric::Refused => "Refused",
            Metric::TurnedOff => "TurnedOff",
            Metric::Heartbeat => "Heartbeat",
            Metric::Findings(_) => "Findings",
            Metric::Drift => "Drift",
            Metric::FixesHeld => "FixesHeld",
            Metric::FixesNotHeld => "FixesNotHeld",
            Metric::MappingsInUse => "MappingsInUse",
            Metric::PermissionSets => "PermissionSets",
            Metric::Users => "Users",
        }
    }

    /// What it counts, in a batch.
    pub fn meaning(self) -> &'static str {
        match self {
            Metric::Invocations => "batches treated",
            Metric::Fixes(_) => "changes that were made and seen afterwards",
            Metric::Planned(_) => "changes that were planned, applied or not",
            Metric::LeftAlone(_) => "failures for which nothing was planned",
            Metric::NotUnderstood => {
                "denials left alone because their message has words that Tagmend does not know; the log has the words"
            }
            Metric::Failures => {
                "records that could not be read or diagnosed, and changes that failed or were not seen afterwards"
            }
            Metric::OwnFailures => "failures of Tagmend's own roles, and its own calls that AWS refused",
            Metric::Escalations => {
                "changes that were made a short while ago and are not in place: undone, or they did not hold; they are not made again"
            }
            Metric::Races => {
                "changes that raced with a write of somebody else, and such writes that one of ours may have replaced"
            }
            Metric::Refused => "changes that a hold, a limit or an approval stopped",
            Metric::TurnedOff => "records that tell that somebody turned attributes for access control off",
            Metric::Heartbeat => "second looks that could read everything they asked for",
            Metric::Findings(_) => "what a second look found, by kind",
            Metric::Drift => "findings that say that the instance is not what the baseline says",
            Metric::FixesHeld => "fixes of the last 48 hours that hold",
            Metric::FixesNotHeld => {
                "fixes of the last 48 hours that are undone, and changes that the same user needed again"
            }
            Metric::MappingsInUse => "the share of the 50 mappings that an instance takes, rounded up",
            Metric::PermissionSets => "permission sets that a second look came to",
            Metric::Users => "users that a second look came to",
        }
    }

    /// Its unit in CloudWatch.
    pub fn unit(self) -> StandardUnit {
        match self {
            Metric::MappingsInUse => StandardUnit::Percent,
            _ => StandardUnit::Count,
        }
    }

    /// The dimension that it has beside `Function`, with its value; values are from closed sets.
    pub fn dimension(self) -> Option<(&'static str, &'static str)> {
        match self {
            Metric::Fixes(cause) | Metric::Planned(cause) | Metric::LeftAlone(cause) => {
                Some(("Cause", cause.name()))
            }
            Metric::Findings(kind) => Some(("Finding", kind)),
            _ => None,
        }
    }
}

/// Every metric with its count, zeros included, so that alarms have a baseline.
pub fn counts(report: &Report) -> Vec<(Metric, u64)> {
    let mut counts = vec![(Metric::Invocations, 1)];
    let count = |matches: &dyn Fn(&Treated) -> bool| {
        report.treated.iter().filter(|treated| matches(treated)).count() as u64
    };
    let changes = |cause: Cause, fixed_only: bool| {
        report
            .changes
            .iter()
            .filter(|(change, outcome)| {
                healed_cause(change) == cause && (!fixed_only || matches!(outcome, Some(Outcome::Fixed(_))))
            })
            .count() as u64
    };
    for cause in [Cause::MappingMissing, Cause::NotProvisioned] {
        counts.push((Metric::Planned(cause), changes(cause, false)));
        counts.push((Metric::Fixes(cause), changes(cause, true)));
    }
    for cause in Cause::ALL {
        let left_alone = count(
            &|treated| matches!(treated, Treated::Failure(_, Treatment::Diagnosed { diagnosis, plan: Plan::Nothing(_), .. }) if diagnosis.cause == cause),
        );
        counts.push((Metric::LeftAlone(cause), left_alone));
    }
    let not_understood = count(&|treated| match treated {
        Treated::Failure(failure, Treatment::Diagnosed { diagnosis, .. }) => {
            diagnosis.cause == Cause::Undetermined && failure.message.residue.is_some()
        }
        _ => false,
    });
    counts.push((Metric::NotUnderstood, not_understood));
    let untreated = count(&|treated| {
        matches!(treated, Treated::Unreadable(_) | Treated::Failure(_, Treatment::Unanswered(_)))
    });
    let ended = |matches: fn(&Outcome) -> bool| {
        report.changes.iter().filter(|(_, outcome)| outcome.as_ref().is_some_and(matches)).count() as u64
    };
    let failed = ended(Outcome::is_failure);
    counts.push((Metric::Failures, untreated + failed));
    let own = count(&|treated| match treated {
        Treated::Failure(_, Treatment::Diagnosed { diagnosis, .. }) => diagnosis.cause == Cause::OwnFailure,
        Treated::Failure(_, Treatment::Unanswered(error)) => is_denied(&error.code),
        Treated::Unreadable(_) | Treated::PassedOver | Treated::Repeated { .. } => false,
    });
    let refused = report
        .changes
        .iter()
        .filter(|(_, outcome)| match outcome {
            Some(Outcome::Failed(error)) => is_denied(&error.code),
            _ => false,
        })
        .count() as u64;
    counts.push((Metric::OwnFailures, own + refused));
    counts.push((Metric::Escalations, ended(|outcome| matches!(outcome, Outcome::Escalated(_)))));
    let raced = ended(|outcome| matches!(outcome, Outcome::Raced { .. }));
    counts.push((Metric::Races, raced + report.overwritten.len() as u64));
    let refused = ended(|outcome| matches!(outcome, Outcome::Refused(refusal) if !refusal.is_passing()));
    counts.push((Metric::Refused, refused));
    counts.push((Metric::TurnedOff, report.turned_off.len() as u64));
    counts
}

/// Every metric of a second look with its count, zeros included. Of one that could not begin, what is known.
pub fn inspection_counts(inspection: &Result<Inspection, AwsError>) -> Vec<(Metric, u64)> {
    let errors = match inspection {
        Ok(inspection) => inspection.errors.as_slice(),
        Err(error) => std::slice::from_ref(error),
    };
    let refused = errors.iter().filter(|error| is_denied(&error.code)).count() as u64;
    let mut counts = vec![
        (Metric::Invocations, 1),
        (Metric::Heartbeat, u64::from(errors.is_empty())),
        (Metric::Failures, errors.len() as u64),
        (Metric::OwnFailures, refused),
    ];
    let Ok(inspection) = inspection else {
        return counts;
    };
    for kind in Finding::KINDS {
        let found = inspection.findings.iter().filter(|finding| finding.kind() == kind).count();
        counts.push((Metric::Findings(kind), found as u64));
    }
    let drift = inspection.findings.iter().filter(|finding| finding.is_drift()).count();
    let held = inspection.fixes.iter().filter(|(_, standing)| *standing == Standing::Held).count();
    let share = (inspection.mappings_in_use * 100).div_ceil(MAXIMUM_MAPPINGS);
    counts.extend([
        (Metric::Drift, drift as u64),
        (Metric::FixesHeld, held as u64),
        (Metric::FixesNotHeld, inspection.not_held() as u64),
        (Metric::MappingsInUse, share as u64),
        (Metric::PermissionSets, inspection.permission_sets.looked_at as u64),
        (Metric::Users, inspection.users.looked_at as u64),
    ]);
    counts
}

fn healed_cause(change: &Change) -> Cause {
    match change {
        Change::RestoreMapping { .. } => Cause::MappingMissing,
        Change::Reprovision { .. } => Cause::NotProvisioned,
    }
}

/// Sends metrics.
#[derive(Clone, Debug)]
pub struct MetricsSink {
    client: Client,
    function: String,
}

impl MetricsSink {
    /// For a function of this name.
    pub fn new(configuration: &SdkConfig, function: &str) -> MetricsSink {
        MetricsSink { client: Client::new(configuration), function: function.to_owned() }
    }

    /// Sends the counts of one batch, in one call.
    ///
    /// # Errors
    /// Where they could not be sent. Nothing depends on them: log it and go on.
    pub async fn send(&self, report: &Report) -> Result<(), AwsError> {
        self.send_counts(counts(report)).await
    }

    /// Sends the counts of one second look, in one call.
    ///
    /// # Errors
    /// Where they could not be sent. Nothing depends on them: log it and go on.
    pub async fn send_inspection(&self, inspection: &Result<Inspection, AwsError>) -> Result<(), AwsError> {
        self.send_counts(inspection_counts(inspection)).await
    }

    async fn send_counts(&self, counts: Vec<(Metric, u64)>) -> Result<(), AwsError> {
        let data = counts.into_iter().map(|(metric, count)| self.datum(metric, count)).collect();
        let call = self.client.put_metric_data().namespace(NAMESPACE).set_metric_data(Some(data));
        call.send().await.map(|_| ()).map_err(|error| AwsError::new("cloudwatch:PutMetricData", &error))
    }

    #[allow(clippy::cast_precision_loss, reason = "counts of a batch are small")]
    fn datum(&self, metric: Metric, count: u64) -> MetricDatum {
        let dimension = |name: &str, value: &str| Dimension::builder().name(name).value(value).build();
        MetricDatum::builder()
            .metric_name(metric.name())
            .set_dimensions(Some(
                std::iter::once(dimension("Function", &self.function))
                    .chain(metric.dimension().map(|(name, value)| dimension(name, value)))
                    .collect(),
            ))
            .unit(metric.unit())
            .value(count as f64)
            .build()
    }
}
