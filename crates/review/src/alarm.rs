//! An alarm of CloudWatch, in the three forms in which people have it at hand: its EventBridge event, the message that
//! SNS sends, and what `aws cloudwatch describe-alarms` prints. Sources: "Alarm events and EventBridge" and "Notifying
//! users on alarm changes" in the CloudWatch user guide, `MetricAlarm` in the API reference.

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value as Json;

use crate::window::{NoWindow, Window};

/// An alarm that changed its state.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Alarm {
    /// Its name.
    pub name: String,
    /// The metric; none where it is a formula over several.
    pub metric: Option<String>,
    /// Its state.
    pub state: String,
    /// When it came into the state.
    #[schemars(with = "String")]
    pub since: Timestamp,
    /// The value that the metric crossed; none where it is a band.
    pub threshold: Option<f64>,
    /// The length of one value, in seconds.
    pub period_seconds: Option<i64>,
    /// The beginning of what the alarm looked at.
    #[schemars(with = "String")]
    pub looked_from: Timestamp,
}

/// A file that is no alarm.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AlarmError {
    /// It is no JSON.
    #[error("not JSON: {0}")]
    NotJson(String),
    /// It is JSON of something else.
    #[error(
        "neither an event `CloudWatch Alarm State Change`, nor a message of SNS about an alarm, nor what `aws cloudwatch \
         describe-alarms` prints"
    )]
    NoAlarm,
    /// It has several alarms.
    #[error("{0} alarms are in it; say which one with `aws cloudwatch describe-alarms --alarm-names NAME`")]
    Several(usize),
}

/// Where an alarm says nothing of what it looked at.
const USUAL: SignedDuration = SignedDuration::from_hours(1);

impl Alarm {
    /// Reads an alarm in any of its forms.
    ///
    /// # Errors
    /// Where it is none.
    pub fn read(text: &str) -> Result<Alarm, AlarmError> {
        let json: Json =
            serde_json::from_str(text).map_err(|error| AlarmError::NotJson(error.to_string()))?;
        Alarm::find(&json)
    }

    fn find(json: &Json) -> Result<Alarm, AlarmError> {
        let text = |path: &str| json.pointer(path).and_then(Json::as_str);
        // What SNS delivers by HTTP or to SQS, and what it invokes a function with, wrap the message as text.
        for path in ["/Message", "/Records/0/Sns/Message", "/Sns/Message"] {
            if let Some(message) = text(path) {
                return Alarm::read(message);
            }
        }
        if json.pointer("/detail/alarmName").is_some() {
            return of_event(json).ok_or(AlarmError::NoAlarm);
        }
        if let Some(alarms) = json.get("MetricAlarms").and_then(Json::as_array) {
            return match alarms.as_slice() {
                [alarm] => of_description(alarm).ok_or(AlarmError::NoAlarm),
                [] => Err(AlarmError::NoAlarm),
                several => Err(AlarmError::Several(several.len())),
            };
        }
        of_description(json).or_else(|| of_message(json)).ok_or(AlarmError::NoAlarm)
    }

    /// From what it looked at until now, and at least an hour.
    ///
    /// # Errors
    /// Where it looked at what is not yet.
    pub fn window(&self, until: Timestamp) -> Result<Window, NoWindow> {
        Ok(Window::new(self.looked_from, until)?.at_least(SignedDuration::from_hours(1)))
    }
}

fn of_event(event: &Json) -> Option<Alarm> {
    let detail = event.get("detail")?;
    let text = |path: &str| detail.pointer(path).and_then(Json::as_str);
    let reason = text("/state/reasonData");
    let metrics = detail.pointer("/configuration/metrics").and_then(Json::as_array);
    let metric = metrics.into_iter().flatten().find_map(|metric| metric.pointer("/metricStat"));
    Some(finish(Parts {
        name: text("/alarmName")?,
        metric: metric.and_then(|stat| stat.pointer("/metric/name")?.as_str()),
        state: text("/state/value")?,
        since: time(text("/state/timestamp").or_else(|| event.get("time")?.as_str())?)?,
        threshold: None,
        period: metric.and_then(|stat| stat.get("period")?.as_i64()),
        periods: None,
        reason,
    }))
}

fn of_message(message: &Json) -> Option<Alarm> {
    let text = |path: &str| message.pointer(path).and_then(Json::as_str);
    let number = |path: &str| message.pointer(path).and_then(Json::as_i64);
    let several = message.pointer("/Trigger/Metrics").and_then(Json::as_array).into_iter().flatten();
    let stat = several.filter_map(|metric| metric.get("MetricStat")).next();
    Some(finish(Parts {
        name: text("/AlarmName")?,
        metric: text("/Trigger/MetricName").or_else(|| stat?.pointer("/Metric/MetricName")?.as_str()),
        state: text("/NewStateValue")?,
        since: time(text("/StateChangeTime")?)?,
        threshold: message.pointer("/Trigger/Threshold").and_then(Json::as_f64),
        period: number("/Trigger/Period").or_else(|| stat?.get("Period")?.as_i64()),
        periods: number("/Trigger/EvaluationPeriods"),
        reason: None,
    }))
}

fn of_description(alarm: &Json) -> Option<Alarm> {
    let text = |path: &str| alarm.pointer(path).and_then(Json::as_str);
    let number = |path: &str| alarm.pointer(path).and_then(Json::as_i64);
    let several = alarm.get("Metrics").and_then(Json::as_array).into_iter().flatten();
    let stat = several.filter_map(|metric| metric.get("MetricStat")).next();
    Some(finish(Parts {
        name: text("/AlarmName")?,
        metric: text("/MetricName").or_else(|| stat?.pointer("/Metric/MetricName")?.as_str()),
        state: text("/StateValue")?,
        since: time(text("/StateTransitionedTimestamp").or_else(|| text("/StateUpdatedTimestamp"))?)?,
        threshold: alarm.get("Threshold").and_then(Json::as_f64),
        period: number("/Period").or_else(|| stat?.get("Period")?.as_i64()),
        periods: number("/EvaluationPeriods"),
        reason: text("/StateReasonData"),
    }))
}

/// What a form has of an alarm.
struct Parts<'a> {
    name: &'a str,
    metric: Option<&'a str>,
    state: &'a str,
    since: Timestamp,
    threshold: Option<f64>,
    period: Option<i64>,
    periods: Option<i64>,
    /// `reasonData`, which is JSON as text.
    reason: Option<&'a str>,
}

fn finish(parts: Parts<'_>) -> Alarm {
    let reason: Json = parts.reason.and_then(|reason| serde_json::from_str(reason).ok()).unwrap_or_default();
    let period = parts.period.or_else(|| reason.get("period")?.as_i64());
    let looked = period.zip(parts.periods).map(|(period, periods)| period.saturating_mul(periods));
    let started = reason.get("startDate").and_then(Json::as_str).and_then(time);
    let evaluated = reason.get("evaluatedDatapoints").and_then(Json::as_array).into_iter().flatten();
    let earliest = evaluated.filter_map(|point| time(point.get("timestamp")?.as_str()?)).chain(started).min();
    let back = looked.map_or(USUAL, SignedDuration::from_secs);
    let looked_from = parts.since.checked_sub(back).unwrap_or(parts.since);
    Alarm {
        name: parts.name.to_owned(),
        metric: parts.metric.map(str::to_owned),
        state: parts.state.to_owned(),
        since: parts.since,
        threshold: parts.threshold.or_else(|| reason.get("threshold")?.as_f64()),
        period_seconds: period,
        looked_from: earliest.unwrap_or(looked_from).min(parts.since),
    }
}

/// CloudWatch writes `2026-11-23T09:15:00.000+0000` too, with an offset that has no colon.
fn time(text: &str) -> Option<Timestamp> {
    text.parse().ok().or_else(|| Timestamp::strptime("%Y-%m-%dT%H:%M:%S%.f%z", text).ok())
}
