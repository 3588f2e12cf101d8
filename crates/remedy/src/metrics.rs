//! What is counted, and how it reaches CloudWatch: one `PutMetricData` a batch.

mod counts;

use aws_config::SdkConfig;
use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::types::{Dimension, MetricDatum, StandardUnit};
use tagmend_diagnosis::Cause;
use tagmend_diagnosis::related::cause::Cause as Kind;

use crate::aws::aws_error::AwsError;
use crate::pinned::NoBaseline;
use crate::rate::Rate;
use crate::report::Report;
use crate::watch::Inspection;
pub use counts::{counts, counts_without_baseline, inspection_counts};

/// The namespace of every metric.
pub const NAMESPACE: &str = "Tagmend";

/// What metrics of an installation call a function, or a command: two stacks of one account count apart.
pub fn of_installation(stack: Option<&str>, function: &str) -> String {
    stack.map_or_else(|| function.to_owned(), |stack| format!("{stack}-{function}"))
}

/// A metric. Every one has the dimension `Function`: that of an installation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// Batches.
    Invocations,
    /// Calls that were denied or throttled, each once a batch.
    Denials,
    /// Changes that were made and seen afterwards: all, or those of a cause. An alarm cannot add up causes.
    Fixes(Option<Cause>),
    /// Changes that were planned, applied or not: all, or those of a cause.
    Planned(Option<Cause>),
    /// Failures for which nothing was planned: all, or those of a cause.
    LeftAlone(Option<Cause>),
    /// Changes that were made and had been made within a day before.
    Repeated,
    /// Changes that were to be made, and are neither made nor in place.
    NotMade,
    /// From the first denial until the change was seen in place: one value a fix, none where there is none.
    SecondsToFix,
    /// Records of what is no denied call, by kind.
    Related(Kind),
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
    /// Own calls to Identity Center and the Identity Store that AWS answered with "too many".
    Throttled,
    /// Runs that found no baseline of the deployed digest, and did nothing.
    BaselineRefused,
    /// Second looks that covered what they have to.
    Heartbeat,
    /// What a second look has to see and nobody saw.
    Unread,
    /// Second looks that found no begun journal.
    JournalNotBegun,
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
    /// The share of the permission sets that were seen within an hour.
    SeenWithinAnHour,
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
            Metric::Denials => "Denials",
            Metric::Repeated => "Repeated",
            Metric::NotMade => "NotMade",
            Metric::SecondsToFix => "SecondsToFix",
            Metric::Related(_) => "Related",
            Metric::NotUnderstood => "NotUnderstood",
            Metric::Failures => "Failures",
            Metric::OwnFailures => "OwnFailures",
            Metric::Escalations => "Escalations",
            Metric::Races => "Races",
            Metric::Refused => "Refused",
            Metric::TurnedOff => "TurnedOff",
            Metric::Throttled => "Throttled",
            Metric::BaselineRefused => "BaselineRefused",
            Metric::Heartbeat => "Heartbeat",
            Metric::Unread => "Unread",
            Metric::JournalNotBegun => "JournalNotBegun",
            Metric::Findings(_) => "Findings",
            Metric::Drift => "Drift",
            Metric::FixesHeld => "FixesHeld",
            Metric::FixesNotHeld => "FixesNotHeld",
            Metric::MappingsInUse => "MappingsInUse",
            Metric::PermissionSets => "PermissionSets",
            Metric::SeenWithinAnHour => "SeenWithinAnHour",
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
            Metric::Denials => "calls that were denied or throttled, each once a batch",
            Metric::Repeated => "changes that were made, and had been made within a day before",
            Metric::NotMade => {
                "changes that were to be made and are neither made nor in place; in mode `plan` always 0"
            }
            Metric::SecondsToFix => {
                "from the first denial until the change was seen in place: a value for each fix, and none without one"
            }
            Metric::Related(_) => {
                "records of what is no denied call: failed sign-ins, refused provisioning, the portal, people who leave, notices"
            }
            Metric::NotUnderstood => {
                "denials left alone because their message has words that Tagmend does not know; the log has the words"
            }
            Metric::Failures => {
                "records that could not be read or diagnosed, changes that failed or were not seen afterwards, writes of somebody else that could not be checked, and permission sets that somebody wrote and that could not be looked at"
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
            Metric::Throttled => {
                "own calls to Identity Center and the Identity Store that AWS throttled; each slows the function down"
            }
            Metric::BaselineRefused => {
                "runs that did nothing because the baseline in the bucket is not the one whose digest was deployed"
            }
            Metric::Heartbeat => {
                "second looks that saw the mappings, most of what they tried, and every approved permission set in its time"
            }
            Metric::Unread => {
                "permission sets, fixes and users that a second look has to see and nobody saw in their time"
            }
            Metric::JournalNotBegun => "second looks that found a journal which was not begun, or is lost",
            Metric::Findings(_) => "what a second look found, by kind",
            Metric::Drift => "findings that say that the instance is not what the baseline says",
            Metric::FixesHeld => "fixes of the last 48 hours that hold",
            Metric::FixesNotHeld => {
                "fixes of the last 48 hours that are undone, and changes that the same user needed again"
            }
            Metric::MappingsInUse => "the share of the 50 mappings that an instance takes, rounded up",
            Metric::PermissionSets => "permission sets that a second look came to",
            Metric::SeenWithinAnHour => {
                "the share of the permission sets that second looks saw within an hour, rounded down"
            }
            Metric::Users => "users that a second look came to",
        }
    }

    /// Its unit in CloudWatch.
    pub fn unit(self) -> StandardUnit {
        match self {
            Metric::MappingsInUse | Metric::SeenWithinAnHour => StandardUnit::Percent,
            Metric::SecondsToFix => StandardUnit::Seconds,
            _ => StandardUnit::Count,
        }
    }

    /// The dimension that it has beside `Function`, with its value; values are from closed sets.
    pub fn dimension(self) -> Option<(&'static str, &'static str)> {
        match self {
            Metric::Fixes(cause) | Metric::Planned(cause) | Metric::LeftAlone(cause) => {
                cause.map(|cause| ("Cause", cause.name()))
            }
            Metric::Findings(kind) => Some(("Finding", kind)),
            Metric::Related(kind) => Some(("Kind", kind.name())),
            _ => None,
        }
    }
}

/// Sends metrics.
#[derive(Clone, Debug)]
pub struct MetricsSink {
    client: Client,
    function: String,
    rate: Option<Rate>,
}

impl MetricsSink {
    /// For a function of this name.
    pub fn new(configuration: &SdkConfig, function: &str) -> MetricsSink {
        MetricsSink { client: Client::new(configuration), function: function.to_owned(), rate: None }
    }

    /// The same, which also says how often AWS throttled calls at this rate.
    #[must_use]
    pub fn with_rate(self, rate: &Rate) -> MetricsSink {
        MetricsSink { rate: Some(rate.clone()), ..self }
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

    /// Sends the counts of a run that has no baseline.
    ///
    /// # Errors
    /// Where they could not be sent.
    pub async fn send_without_baseline(&self, error: &NoBaseline) -> Result<(), AwsError> {
        self.send_counts(counts_without_baseline(error)).await
    }

    async fn send_counts(&self, mut counts: Vec<(Metric, u64)>) -> Result<(), AwsError> {
        for (_, count) in counts.iter_mut().filter(|(metric, _)| *metric == Metric::Throttled) {
            *count = self.rate.as_ref().map_or(0, Rate::take_throttled);
        }
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
