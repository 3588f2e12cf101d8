//! CloudWatch, for metrics: Smithy RPC v2 with CBOR bodies, which the SDK for Rust speaks, and AWS JSON 1.0, which
//! boto3 and the AWS CLI prefer.

mod metric_data;

use std::collections::BTreeMap;

use ciborium::Value as Cbor;
use jiff::Timestamp;
use serde_json::Value as Json;

use crate::answer::ServiceError;
use crate::world::{Recorded, World};

/// The service's name in request paths.
pub(crate) const PATH: &str = "/service/GraniteServiceVersion20100801/operation/";

/// The encoding of a body.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Encoding {
    Cbor,
    Json,
}

impl Encoding {
    fn read(self, body: &[u8]) -> Option<Cbor> {
        match self {
            Encoding::Cbor => ciborium::from_reader(body).ok(),
            Encoding::Json => Cbor::serialized(&serde_json::from_slice::<Json>(body).ok()?).ok(),
        }
    }
}

pub(crate) fn call(
    world: &mut World,
    operation: &str,
    encoding: Encoding,
    body: &[u8],
) -> Result<Option<Cbor>, ServiceError> {
    if !["PutMetricData", "GetMetricData", "DescribeAlarms"].contains(&operation) {
        let message = format!("{operation} is not in the sandbox");
        return Err(ServiceError::new(404, "UnknownOperationException", message));
    }
    let input = encoding
        .read(body)
        .ok_or_else(|| ServiceError::new(400, "SerializationException", "the body cannot be read"))?;
    if operation == "DescribeAlarms" {
        return alarms(world, &input).map(Some);
    }
    if operation == "GetMetricData" {
        return metric_data::call(world, &input).map(Some);
    }
    let missing = |name: &str| {
        let message = format!("The parameter {name} is required.");
        ServiceError::new(400, "MissingRequiredParameterException", message)
    };
    let namespace = field(&input, "Namespace").and_then(Cbor::as_text).ok_or_else(|| missing("Namespace"))?;
    let data = field(&input, "MetricData").and_then(Cbor::as_array).ok_or_else(|| missing("MetricData"))?;
    if data.len() > 1_000 {
        let message = "MetricData holds more than 1000 metrics";
        return Err(ServiceError::new(400, "InvalidParameterValueException", message));
    }
    let mut recorded = Vec::new();
    for datum in data {
        let name = field(datum, "MetricName").and_then(Cbor::as_text).ok_or_else(|| missing("MetricName"))?;
        let value = field(datum, "Value").and_then(number).ok_or_else(|| missing("Value"))?;
        let time = field(datum, "Timestamp").and_then(metric_data::time);
        let time = time.and_then(|seconds| Timestamp::from_millisecond((seconds * 1_000.0) as i64).ok());
        recorded.push(Recorded {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            dimensions: dimensions(datum),
            value,
            time: Some(time.map_or_else(|| world.now.clone(), |time| time.to_string())),
            unit: field(datum, "Unit").and_then(Cbor::as_text).map(str::to_owned),
        });
    }
    world.metrics.extend(recorded);
    Ok(None)
}

/// Alarms whose names begin so; of one metric each.
fn alarms(world: &World, input: &Cbor) -> Result<Cbor, ServiceError> {
    let prefix = field(input, "AlarmNamePrefix").and_then(Cbor::as_text).unwrap_or_default();
    let there = world.installation.as_ref().map(|there| there.alarms.as_slice()).unwrap_or_default();
    let is_meant = |alarm: &&Json| {
        alarm.get("AlarmName").and_then(Json::as_str).is_some_and(|name| name.starts_with(prefix))
    };
    let alarms: Vec<&Json> = there.iter().filter(is_meant).collect();
    let size = world.page_size.clamp(1, 100);
    let token = field(input, "NextToken").and_then(Cbor::as_text);
    let start: usize = token.and_then(|token| token.parse().ok()).unwrap_or(0);
    let end = start.saturating_add(size).min(alarms.len());
    let page: Vec<&Json> = alarms.iter().skip(start).take(size).copied().collect();
    let mut answer = serde_json::json!({"MetricAlarms": page, "CompositeAlarms": []});
    if let (true, Some(members)) = (end < alarms.len(), answer.as_object_mut()) {
        members.insert("NextToken".to_owned(), end.to_string().into());
    }
    Cbor::serialized(&answer).map_err(|_| {
        ServiceError::new(500, "InternalServiceFault", "an alarm of the world is no JSON of CloudWatch")
    })
}

/// Dimensions of a metric.
fn dimensions(of: &Cbor) -> BTreeMap<String, String> {
    let dimensions = field(of, "Dimensions").and_then(Cbor::as_array).into_iter().flatten();
    let dimension = |dimension| {
        let text = |name| field(dimension, name).and_then(Cbor::as_text).map(str::to_owned);
        Some((text("Name")?, text("Value")?))
    };
    dimensions.filter_map(dimension).collect()
}

/// An answer without the marks that JSON does not have.
pub(crate) fn as_json(value: &Cbor) -> Json {
    match value {
        Cbor::Tag(_, inner) => as_json(inner),
        Cbor::Array(items) => items.iter().map(as_json).collect(),
        Cbor::Map(members) => members
            .iter()
            .filter_map(|(name, value)| Some((name.as_text()?.to_owned(), as_json(value))))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        other => other.deserialized().unwrap_or(Json::Null),
    }
}

/// An answer as CBOR; none is no body.
pub(crate) fn body(answer: Option<&Cbor>) -> Vec<u8> {
    let mut body = Vec::new();
    if let Some(answer) = answer {
        // Writing to a vector cannot fail.
        let _ = ciborium::into_writer(answer, &mut body);
    }
    body
}

/// Members of an input that are text.
pub(crate) fn texts(body: &[u8]) -> BTreeMap<String, String> {
    let input: Option<Cbor> = ciborium::from_reader(body).ok();
    let members = input.as_ref().and_then(Cbor::as_map).into_iter().flatten();
    members
        .filter_map(|(name, value)| Some((name.as_text()?.to_owned(), value.as_text()?.to_owned())))
        .collect()
}

pub(crate) fn error(error: &ServiceError) -> Vec<u8> {
    let text = |text: &str| Cbor::Text(text.to_owned());
    let map = Cbor::Map(vec![
        (text("__type"), text(&format!("com.amazonaws.cloudwatch#{}", error.code))),
        (text("message"), text(&error.message)),
    ]);
    let mut body = Vec::new();
    // Writing to a vector cannot fail.
    let _ = ciborium::into_writer(&map, &mut body);
    body
}

fn field<'a>(value: &'a Cbor, name: &str) -> Option<&'a Cbor> {
    value.as_map()?.iter().find(|(key, _)| key.as_text() == Some(name)).map(|(_, value)| value)
}

fn number(value: &Cbor) -> Option<f64> {
    value.as_float().or_else(|| i128::from(value.as_integer()?).to_string().parse().ok())
}
