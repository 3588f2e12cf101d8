//! What the metrics count in a span: `GetMetricData`, for a review.

use std::collections::BTreeMap;

use aws_config::SdkConfig;
use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{Dimension, Metric, MetricDataQuery, MetricStat};
use jiff::{SignedDuration, Timestamp};

use crate::aws::aws_error::AwsError;
use crate::metrics::{NAMESPACE, of_installation};

const OPERATION: &str = "cloudwatch:GetMetricData";
/// Metrics that have no other dimension than the function's.
const COUNTED: [&str; 11] = [
    "Denials",
    "Fixes",
    "Planned",
    "LeftAlone",
    "Refused",
    "Escalations",
    "Races",
    "Repeated",
    "Failures",
    "OwnFailures",
    "NotUnderstood",
];
/// Who counts: the function, and operators.
const FUNCTIONS: [&str; 2] = ["heal", "replay"];

/// Sums of one installation from one time to another, by the metric's name. A metric that nobody sent is not there.
///
/// # Errors
/// Where AWS does not answer.
pub async fn counted(
    configuration: &SdkConfig,
    stack: Option<&str>,
    from: Timestamp,
    to: Timestamp,
    now: Timestamp,
) -> Result<BTreeMap<String, f64>, AwsError> {
    let period = period(from, now);
    let queries = COUNTED.iter().enumerate().flat_map(|(index, name)| {
        FUNCTIONS.iter().map(move |function| {
            let of_stack = of_installation(stack, function);
            query(&format!("m{index}_{function}"), name, &of_stack, period)
        })
    });
    let mut pages = Client::new(configuration)
        .get_metric_data()
        .start_time(DateTime::from_secs(from.as_second()))
        .end_time(DateTime::from_secs(to.as_second()))
        .set_metric_data_queries(Some(queries.collect()))
        .into_paginator()
        .send();
    let mut sums = BTreeMap::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| AwsError::new(OPERATION, &error))?;
        for result in page.metric_data_results() {
            let index =
                result.id().and_then(|id| id.strip_prefix('m')?.split_once('_')?.0.parse::<usize>().ok());
            let name =
                index.and_then(|index| COUNTED.get(index)).ok_or_else(|| AwsError::incomplete(OPERATION))?;
            if !result.values().is_empty() {
                *sums.entry((*name).to_owned()).or_default() += result.values().iter().sum::<f64>();
            }
        }
    }
    Ok(sums)
}

/// CloudWatch keeps minutes for 15 days, five minutes for 63 days and hours for 455 days. Source: metrics retention in its
/// user guide.
fn period(from: Timestamp, now: Timestamp) -> i32 {
    let age = now.duration_since(from);
    if age < SignedDuration::from_hours(3 * 24) {
        60
    } else if age < SignedDuration::from_hours(62 * 24) {
        300
    } else {
        3_600
    }
}

fn query(id: &str, name: &str, function: &str, period: i32) -> MetricDataQuery {
    let dimension = Dimension::builder().name("Function").value(function).build();
    let metric = Metric::builder().namespace(NAMESPACE).metric_name(name).dimensions(dimension).build();
    let stat = MetricStat::builder().metric(metric).period(period).stat("Sum").build();
    MetricDataQuery::builder().id(id).metric_stat(stat).build()
}
