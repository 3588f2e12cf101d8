//! What there is that can show what Tagmend believes of AWS: mappings, users, and records of the last 90 days.

use std::collections::BTreeSet;

use aws_config::SdkConfig;
use aws_sdk_cloudtrail::types::{LookupAttribute, LookupAttributeKey};
use serde_json::Value as Json;
use tagmend_doctor::Samples;
use tagmend_doctor::facts::Look;
use tagmend_remedy::AwsError;

use super::{accounts, not_read};
use crate::connection::Connection;
use crate::lookups::Turns;

const ENTERPRISE: &str = "aws:identitystore:enterprise";
/// Users that are looked at, and records of each kind: a page each.
const USERS: i32 = 100;
const RECORDS: i32 = 50;

pub(super) async fn read(connection: &Connection) -> Samples {
    let configuration = &connection.configuration;
    let baseline = &connection.baseline;
    let mut turns = Turns::new(configuration);
    Samples {
        sources: accounts::sources(configuration, &baseline.instance_arn).await,
        extension_members: extension_members(configuration, &baseline.identity_store_id).await,
        sign_ins: records(configuration, &mut turns, Some("AssumeRoleWithSAML")).await,
        list_writes: records(
            configuration,
            &mut turns,
            Some("UpdateInstanceAccessControlAttributeConfiguration"),
        )
        .await,
        calls: records(configuration, &mut turns, None).await,
    }
}

async fn extension_members(configuration: &SdkConfig, store: &str) -> Look<BTreeSet<String>> {
    let client = aws_sdk_identitystore::Client::new(configuration);
    let call = client.list_users().identity_store_id(store).max_results(USERS).extensions(ENTERPRISE);
    let answer = call.send().await;
    let answer = answer.map_err(|error| not_read(&AwsError::new("identitystore:ListUsers", &error)))?;
    let mut members = BTreeSet::new();
    for user in answer.users() {
        let extension = user.extensions().and_then(|all| all.get(ENTERPRISE));
        members.extend(
            extension.and_then(|document| document.as_object()).into_iter().flat_map(|of| of.keys().cloned()),
        );
    }
    Ok(members)
}

/// The newest records of an event's name, or of any.
async fn records(configuration: &SdkConfig, turns: &mut Turns, name: Option<&str>) -> Look<Vec<Json>> {
    let operation = "cloudtrail:LookupEvents";
    turns.wait().await;
    let mut call = aws_sdk_cloudtrail::Client::new(configuration).lookup_events().max_results(RECORDS);
    if let Some(name) = name {
        let attribute = LookupAttribute::builder()
            .attribute_key(LookupAttributeKey::EventName)
            .attribute_value(name)
            .build();
        call = call.lookup_attributes(attribute.map_err(|_| not_read(&AwsError::incomplete(operation)))?);
    }
    let answer = call.send().await.map_err(|error| not_read(&AwsError::new(operation, &error)))?;
    let records =
        answer.events().iter().filter_map(|event| serde_json::from_str(event.cloud_trail_event()?).ok());
    Ok(records.collect())
}
