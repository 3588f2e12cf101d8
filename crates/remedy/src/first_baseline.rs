//! What a first baseline is written from: an instance as it stands.

use std::collections::BTreeSet;

use aws_config::SdkConfig;
use tagmend_diagnosis::{AccessControl, PolicyDigest, Provisioning};

use crate::aws::aws_error::AwsError;
use crate::aws::clients::Clients;
use crate::read::observe;
use crate::read::permission_set;
use crate::read::permission_set::{accounts, list};
use crate::watch::Pace;

/// An instance as it stands.
#[derive(Clone, Debug)]
pub struct Standing {
    /// The instance's ARN.
    pub instance_arn: String,
    /// Its identity store.
    pub identity_store_id: String,
    /// Its mappings.
    pub access_control: AccessControl,
    /// Its permission sets: name, ARN, digest of the policies where they have one.
    pub permission_sets: Vec<(String, String, Option<PolicyDigest>)>,
    /// Accounts that have one of them.
    pub accounts: BTreeSet<String>,
}

/// Reads the one instance of an account.
///
/// # Errors
/// Where it cannot be read, or there is not exactly one.
pub async fn read(configuration: &SdkConfig, pace: Pace) -> Result<Standing, AwsError> {
    let clients = Clients::new(configuration);
    let (instance_arn, identity_store_id) = instance(&clients).await?;
    let access_control = observe::access_control(&clients, &instance_arn).await?;
    let mut standing = Standing {
        instance_arn,
        identity_store_id,
        access_control,
        permission_sets: Vec::new(),
        accounts: BTreeSet::new(),
    };
    let instance = standing.instance_arn.clone();
    for arn in list(&clients, &instance).await? {
        let description = permission_set::describe(&clients, &instance, &arn).await?;
        let set = permission_set::read(&clients, &instance, &arn, description, Provisioning::Latest).await?;
        standing.accounts.extend(accounts(&clients, &instance, &arn, None).await?);
        let digest = set.policy_digest();
        standing.permission_sets.push((set.name, arn, digest));
        pace.pause_after(6).await;
    }
    standing.permission_sets.sort_by(|(left, ..), (right, ..)| left.cmp(right));
    Ok(standing)
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
