//! This account and the others.

use std::collections::{BTreeMap, BTreeSet};

use aws_config::SdkConfig;
use tagmend_diagnosis::arn::partition;
use tagmend_diagnosis::{AccountRegion, Accounts, Baseline};
use tagmend_doctor::facts::{Function, Look};
use tagmend_remedy::{AwsError, Members, ReaderRole};

use super::not_read;

pub(super) async fn own(configuration: &SdkConfig) -> Look<String> {
    let operation = "sts:GetCallerIdentity";
    let answer = aws_sdk_sts::Client::new(configuration).get_caller_identity().send().await;
    let answer = answer.map_err(|error| not_read(&AwsError::new(operation, &error)))?;
    answer.account.ok_or_else(|| not_read(&AwsError::incomplete(operation)))
}

/// The accounts in which something may be healed: those that the baseline lists, or all of the organization that it does not
/// leave out.
pub(super) async fn in_scope(configuration: &SdkConfig, baseline: &Baseline) -> Look<BTreeSet<String>> {
    if let Accounts::Listed(listed) = baseline.accounts() {
        return Ok(listed.clone());
    }
    let client = aws_sdk_organizations::Client::new(configuration);
    let mut pages = client.list_accounts().into_paginator().send();
    let mut found = BTreeSet::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| not_read(&AwsError::new("organizations:ListAccounts", &error)))?;
        let ids = page.accounts.unwrap_or_default().into_iter().filter_map(|account| account.id);
        found.extend(ids.filter(|id| baseline.covers(id)));
    }
    Ok(found)
}

/// The reader role, as `heal` is told to take it; none where it is told of none.
pub(super) fn reader(configuration: &SdkConfig, heal: &Look<Option<Function>>) -> Option<Members> {
    let heal = heal.as_ref().ok()?.as_ref()?;
    let name = heal.setting("READER_ROLE_NAME")?.to_owned();
    let external_id = heal.setting("READER_EXTERNAL_ID").map(str::to_owned);
    Some(Members::new(configuration, Some(ReaderRole { name, external_id })))
}

/// Takes that role in every other account of the scope.
pub(super) async fn readers(
    reader: &Members,
    baseline: &Baseline,
    own: &str,
    accounts: &BTreeSet<String>,
) -> BTreeMap<String, Look<()>> {
    let mut readers = BTreeMap::new();
    for account in accounts.iter().filter(|account| *account != own) {
        let place = AccountRegion { account: account.clone(), region: baseline.region.clone() };
        let session = reader.configuration(&place, partition(&baseline.instance_arn)).await;
        readers.insert(account.clone(), session.map(drop).map_err(|error| error.to_string()));
    }
    readers
}

/// The sources of live mappings; none where attributes for access control are off.
pub(super) async fn sources(configuration: &SdkConfig, instance: &str) -> Look<Option<Vec<String>>> {
    let client = aws_sdk_ssoadmin::Client::new(configuration);
    let call = client.describe_instance_access_control_attribute_configuration().instance_arn(instance);
    let answer = match call.send().await {
        Ok(answer) => answer,
        Err(error)
            if error.as_service_error().is_some_and(|error| error.is_resource_not_found_exception()) =>
        {
            return Ok(None);
        }
        Err(error) => {
            let operation = "sso:DescribeInstanceAccessControlAttributeConfiguration";
            return Err(not_read(&AwsError::new(operation, &error)));
        }
    };
    let list = answer.instance_access_control_attribute_configuration;
    let list = list.map(|list| list.access_control_attributes).unwrap_or_default();
    let sources = list.into_iter().flat_map(|mapping| mapping.value.map(|value| value.source));
    Ok(Some(sources.flatten().collect()))
}
