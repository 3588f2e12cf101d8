//! What a first baseline is written from: an instance as it stands.
//!
//! An instance of 3,500 permission sets takes over half an hour. What was read is told step by step, so that whoever keeps
//! the steps goes on from there.

use std::collections::BTreeSet;

use aws_config::SdkConfig;
use futures::stream::{self, StreamExt};
use serde::{Deserialize, Serialize};
use tagmend_diagnosis::{AccessControl, Provisioning};

use crate::aws::aws_error::AwsError;
use crate::aws::clients::Clients;
use crate::read::listing::Listing;
use crate::read::observe;
use crate::read::permission_set;
use crate::read::permission_set::accounts;

/// Permission sets that are read at once: enough to keep the calls at their pace while answers are on their way.
const AT_ONCE: usize = 2;

/// An instance as it stands.
#[derive(Clone, Debug)]
pub struct Standing {
    /// The instance's ARN.
    pub instance_arn: String,
    /// Its identity store.
    pub identity_store_id: String,
    /// Its mappings.
    pub access_control: AccessControl,
    /// Its permission sets, by name.
    pub permission_sets: Vec<SeenSet>,
    /// Accounts that have one of them.
    pub accounts: BTreeSet<String>,
}

/// A permission set as it was seen.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SeenSet {
    /// Its ARN.
    pub arn: String,
    /// Its name; none where it was deleted since it was listed.
    pub name: Option<String>,
    /// The digest of its policies, where they have one.
    pub policy_digest: Option<String>,
    /// Accounts that have it.
    pub accounts: Vec<String>,
}

/// One step of reading an instance.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// These are permission sets of this instance: a page of the list.
    Listed {
        /// The instance.
        instance: String,
        /// ARNs of its permission sets.
        permission_sets: BTreeSet<String>,
        /// Where the list goes on; none where it is whole.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        next: Option<String>,
    },
    /// This is one.
    Seen(SeenSet),
}

/// Reads the one instance of an account. `done` are the steps of a run that was interrupted; each further one is handed to
/// `keep`, which says whether to go on.
///
/// # Errors
/// Where it cannot be read, there is not exactly one, or a step could not be kept.
pub async fn read<E: From<AwsError>>(
    configuration: &SdkConfig,
    done: Vec<Step>,
    mut keep: impl FnMut(&Step) -> Result<(), E>,
) -> Result<Standing, E> {
    let clients = Clients::new(configuration);
    let (instance_arn, identity_store_id) = instance(&clients).await?;
    let access_control = observe::access_control(&clients, &instance_arn).await?;
    let Resumed { mut listed, mut seen } = resumed(done, &instance_arn);
    while !listed.is_whole {
        let (permission_sets, next) = listed.read_page(&clients, &instance_arn).await?;
        keep(&Step::Listed { instance: instance_arn.clone(), permission_sets, next })?;
    }
    let all = listed.all;
    let done: BTreeSet<String> = seen.iter().map(|set| set.arn.clone()).collect();
    let left = all.iter().filter(|arn| !done.contains(*arn));
    let instance = instance_arn.as_str();
    let mut reading =
        std::pin::pin!(stream::iter(left).map(|arn| one(&clients, instance, arn)).buffered(AT_ONCE));
    while let Some(set) = reading.next().await {
        let set = set?;
        keep(&Step::Seen(set.clone()))?;
        seen.push(set);
    }
    seen.retain(|set| set.name.is_some());
    seen.sort_by(|left, right| left.name.cmp(&right.name));
    let accounts = seen.iter().flat_map(|set| set.accounts.iter().cloned()).collect();
    let instance_arn = instance.to_owned();
    Ok(Standing { instance_arn, identity_store_id, access_control, permission_sets: seen, accounts })
}

/// What a run before this one saw of the same instance.
#[derive(Default)]
struct Resumed {
    listed: Listing,
    seen: Vec<SeenSet>,
}

fn resumed(done: Vec<Step>, instance_arn: &str) -> Resumed {
    let mut resumed = Resumed::default();
    for step in done {
        match step {
            Step::Listed { instance, permission_sets, next } if instance == instance_arn => {
                resumed.listed.add((permission_sets, next));
            }
            Step::Seen(set) if resumed.listed.is_whole => resumed.seen.push(set),
            // Steps of another instance.
            Step::Listed { .. } | Step::Seen(_) => {}
        }
    }
    resumed
}

async fn one(clients: &Clients, instance: &str, arn: &str) -> Result<SeenSet, AwsError> {
    let gone = || SeenSet { arn: arn.to_owned(), name: None, policy_digest: None, accounts: Vec::new() };
    let description = match permission_set::describe(clients, instance, arn).await {
        Ok(description) => description,
        Err(error) if error.code == "ResourceNotFoundException" => return Ok(gone()),
        Err(error) => return Err(error),
    };
    let (set, accounts) = futures::try_join!(
        permission_set::read(clients, instance, arn, Some(description), Provisioning::Latest),
        accounts(clients, instance, arn, None),
    )?;
    Ok(SeenSet {
        arn: arn.to_owned(),
        policy_digest: set.policy_digest().map(|digest| digest.to_string()),
        name: Some(set.name),
        accounts,
    })
}

/// The management account of the caller's organization. Every account of an organization may ask, where a policy allows
/// `organizations:DescribeOrganization`.
///
/// # Errors
/// Where AWS does not say.
pub async fn management_account(configuration: &SdkConfig) -> Result<String, AwsError> {
    let operation = "organizations:DescribeOrganization";
    let answer = Clients::new(configuration).organizations.describe_organization().send().await;
    let answer = answer.map_err(|error| AwsError::new(operation, &error))?;
    let account = answer.organization().and_then(|organization| organization.master_account_id());
    account.map(str::to_owned).ok_or_else(|| AwsError::incomplete(operation))
}

/// The caller's account. Nobody needs a right to ask (`API_GetCallerIdentity` in the STS API reference).
///
/// # Errors
/// Where AWS does not say.
pub async fn caller_account(configuration: &SdkConfig) -> Result<String, AwsError> {
    let operation = "sts:GetCallerIdentity";
    let answer = aws_sdk_sts::Client::new(configuration).get_caller_identity().send().await;
    let answer = answer.map_err(|error| AwsError::new(operation, &error))?;
    answer.account.ok_or_else(|| AwsError::incomplete(operation))
}

async fn instance(clients: &Clients) -> Result<(String, String), AwsError> {
    let operation = "sso:ListInstances";
    let pages = clients.sso.list_instances().into_paginator().items().send();
    let instances: Result<Vec<_>, _> = pages.collect().await;
    let instances = instances.map_err(|error| AwsError::new(operation, &error))?;
    let [instance] = instances.as_slice() else {
        return Err(AwsError::lasting(operation, format!("{} instances, not one", instances.len())));
    };
    let text = |text: Option<&str>| text.map(str::to_owned).ok_or_else(|| AwsError::incomplete(operation));
    Ok((text(instance.instance_arn())?, text(instance.identity_store_id())?))
}
