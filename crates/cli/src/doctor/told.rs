//! What CloudWatch tells: alarms, and the sign of life of `watch`.

use aws_config::SdkConfig;
use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{Dimension, Metric, MetricDataQuery, MetricStat};
use jiff::{SignedDuration, Timestamp};
use tagmend_doctor::facts::{Alarm, Look};
use tagmend_remedy::AwsError;
use tagmend_remedy::metrics::{NAMESPACE, of_installation};

use super::not_read;

pub(super) async fn alarms(configuration: &SdkConfig, stack: &str) -> Look<Vec<Alarm>> {
    let call = Client::new(configuration).describe_alarms().alarm_name_prefix(format!("{stack}-"));
    let mut pages = call.into_paginator().send();
    let mut alarms = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| not_read(&AwsError::new("cloudwatch:DescribeAlarms", &error)))?;
        for alarm in page.metric_alarms.unwrap_or_default() {
            alarms.push(Alarm {
                name: alarm.alarm_name.unwrap_or_default(),
                actions: alarm.alarm_actions.unwrap_or_default(),
                actions_enabled: alarm.actions_enabled.unwrap_or(false),
                state: alarm.state_value.map(|state| state.as_str().to_owned()).unwrap_or_default(),
            });
        }
    }
    Ok(alarms)
}

/// As long as `WatchSilentAlarm` waits.
const SILENCE: SignedDuration = SignedDuration::from_hours(3);
const PERIOD: i32 = 3_600;

pub(super) async fn heartbeats(configuration: &SdkConfig, stack: &str, now: Timestamp) -> Look<f64> {
    let operation = "cloudwatch:GetMetricData";
    let dimension =
        Dimension::builder().name("Function").value(of_installation(Some(stack), "watch")).build();
    let metric =
        Metric::builder().namespace(NAMESPACE).metric_name("Heartbeat").dimensions(dimension).build();
    let stat = MetricStat::builder().metric(metric).period(PERIOD).stat("Sum").build();
    let query = MetricDataQuery::builder().id("beats").metric_stat(stat).build();
    let time = |time: Timestamp| DateTime::from_secs(time.as_second());
    let from = now.checked_sub(SILENCE).unwrap_or(Timestamp::MIN);
    let call = Client::new(configuration).get_metric_data().start_time(time(from)).end_time(time(now));
    let answer = call.metric_data_queries(query).send().await;
    let answer = answer.map_err(|error| not_read(&AwsError::new(operation, &error)))?;
    Ok(answer.metric_data_results().iter().flat_map(|result| result.values()).sum())
}
