//! What was counted: `GetMetricData` for sums of one metric. Expressions and other statistics are not in the sandbox.

use std::collections::BTreeMap;

use ciborium::Value as Cbor;
use jiff::Timestamp;

use super::{field, number};
use crate::answer::ServiceError;
use crate::world::{Recorded, World};

/// Queries of one call. Source: `GetMetricData` in the CloudWatch API reference.
const QUERIES: usize = 500;

pub(super) fn call(world: &World, input: &Cbor) -> Result<Cbor, ServiceError> {
    let (Some(from), Some(to)) =
        (field(input, "StartTime").and_then(time), field(input, "EndTime").and_then(time))
    else {
        return Err(invalid("StartTime and EndTime are required"));
    };
    let queries = field(input, "MetricDataQueries").and_then(Cbor::as_array);
    let queries = queries.filter(|queries| queries.len() <= QUERIES);
    let queries = queries.ok_or_else(|| invalid("MetricDataQueries has to hold up to 500 queries"))?;
    let results: Result<Vec<Cbor>, ServiceError> =
        queries.iter().map(|query| answer(world, query, from, to)).collect();
    Ok(map([("MetricDataResults", Cbor::Array(results?)), ("Messages", Cbor::Array(Vec::new()))]))
}

fn answer(world: &World, query: &Cbor, from: f64, to: f64) -> Result<Cbor, ServiceError> {
    let id = field(query, "Id").and_then(Cbor::as_text).ok_or_else(|| invalid("Id is required"))?;
    let stat = field(query, "MetricStat").ok_or_else(|| invalid("only MetricStat is in the sandbox"))?;
    if field(stat, "Stat").and_then(Cbor::as_text) != Some("Sum") {
        return Err(invalid("only Sum is in the sandbox"));
    }
    let period =
        field(stat, "Period").and_then(number).filter(|period| *period >= 60.0 && period % 60.0 == 0.0);
    let period = period.ok_or_else(|| invalid("Period has to be a multiple of 60"))?;
    let metric = field(stat, "Metric").ok_or_else(|| invalid("Metric is required"))?;
    let text = |name| field(metric, name).and_then(Cbor::as_text);
    let dimensions = super::dimensions(metric);
    let is_meant = |recorded: &&Recorded| {
        Some(recorded.namespace.as_str()) == text("Namespace")
            && Some(recorded.name.as_str()) == text("MetricName")
            && recorded.dimensions == dimensions
    };
    let mut sums: BTreeMap<i64, f64> = BTreeMap::new();
    for recorded in world.metrics.iter().filter(is_meant) {
        let at = recorded.time.as_deref().and_then(|time| time.parse::<Timestamp>().ok());
        let Some(at) = at.map(|at| at.as_duration().as_secs_f64()).filter(|at| from <= *at && *at < to)
        else {
            continue;
        };
        *sums.entry(((at / period).floor() * period) as i64).or_default() += recorded.value;
    }
    let times = sums.keys().map(|second| Cbor::Tag(1, Box::new(Cbor::from(*second))));
    Ok(map([
        ("Id", Cbor::from(id)),
        ("Label", Cbor::from(id)),
        ("StatusCode", Cbor::from("Complete")),
        ("Timestamps", Cbor::Array(times.collect())),
        ("Values", Cbor::Array(sums.values().map(|sum| Cbor::Float(*sum)).collect())),
    ]))
}

/// Seconds since 1970, as CBOR marks times, or as a number.
pub(super) fn time(value: &Cbor) -> Option<f64> {
    match value {
        Cbor::Tag(1, seconds) => number(seconds),
        other => number(other),
    }
}

fn map<const N: usize>(members: [(&str, Cbor); N]) -> Cbor {
    Cbor::Map(members.into_iter().map(|(name, value)| (Cbor::from(name), value)).collect())
}

fn invalid(message: &str) -> ServiceError {
    ServiceError::new(400, "InvalidParameterValueException", message)
}
