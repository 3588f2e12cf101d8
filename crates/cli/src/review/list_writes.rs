//! Who wrote the list of mappings: CloudTrail's event history.

use std::collections::BTreeMap;

use aws_config::SdkConfig;
use aws_sdk_cloudtrail::Client;
use aws_sdk_cloudtrail::primitives::DateTime;
use aws_sdk_cloudtrail::types::{LookupAttribute, LookupAttributeKey};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value as Json;
use tagmend_diagnosis::Baseline;
use tagmend_remedy::AwsError;
use tagmend_review::list_write::{CALLS, ListWrite};
use tagmend_review::window::Window;

use crate::lookups::Turns;

const OPERATION: &str = "cloudtrail:LookupEvents";
/// Pages of one call's name; a page has 50 events.
const PAGES: usize = 20;

/// CloudTrail keeps 90 days. Source: `LookupEvents` in its API reference.
const KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);

/// Every write in a span, oldest first. CloudTrail takes one attribute a lookup.
pub(super) async fn read(
    configuration: &SdkConfig,
    baseline: &Baseline,
    span: Window,
    now: Timestamp,
) -> Result<Vec<ListWrite>, AwsError> {
    let client = Client::new(configuration);
    let from = span.from.max(now.checked_sub(KEPT).unwrap_or(span.from));
    let mut writes = BTreeMap::new();
    let mut turns = Turns::new(configuration);
    for call in CALLS {
        let mut pages = client
            .lookup_events()
            .start_time(DateTime::from_secs(from.as_second()))
            .end_time(DateTime::from_secs(span.to.as_second()))
            .lookup_attributes(attribute(call)?)
            .into_paginator()
            .send();
        let mut read = 0;
        loop {
            turns.wait().await;
            let Some(page) = pages.next().await else {
                break;
            };
            let page = page.map_err(|error| AwsError::new(OPERATION, &error))?;
            let is_last = page.next_token.is_none();
            for event in page.events.unwrap_or_default() {
                let record = event
                    .cloud_trail_event
                    .as_deref()
                    .and_then(|text| serde_json::from_str::<Json>(text).ok());
                let record = record.ok_or_else(|| AwsError::incomplete(OPERATION))?;
                if let Some(write) =
                    ListWrite::read(&record, &baseline.instance_arn, |record| baseline.is_own_call(record))
                {
                    writes.insert((write.time, write.event_id.clone()), write);
                }
            }
            read += 1;
            if is_last {
                break;
            }
            if read == PAGES {
                // Half a history would show a wrong author.
                return Err(AwsError::lasting(OPERATION, format!("more than {PAGES} pages of {call}")));
            }
        }
    }
    Ok(writes.into_values().collect())
}

fn attribute(call: &str) -> Result<LookupAttribute, AwsError> {
    let attribute =
        LookupAttribute::builder().attribute_key(LookupAttributeKey::EventName).attribute_value(call);
    attribute.build().map_err(|_| AwsError::incomplete(OPERATION))
}
