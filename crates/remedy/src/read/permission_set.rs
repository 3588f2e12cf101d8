//! Permission sets: which are provisioned to an account, and what is in one.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ssoadmin::types::{CustomerManagedPolicyReference, ProvisioningStatus};
use futures::stream::{self, StreamExt, TryStreamExt};
use tagmend_diagnosis::{Boundary, ManagedPolicy, PermissionSet, PolicyReference, Provisioning};

use crate::aws::aws_error::{AwsError, has_code};
use crate::aws::clients::Clients;

/// Managed policies of one permission set that are read at once.
const POLICIES_AT_ONCE: usize = 4;

/// ARNs of the permission sets of an account.
#[derive(Clone, Debug)]
pub(crate) struct Provisioned {
    pub(crate) all: Vec<String>,
    pub(crate) outdated: BTreeSet<String>,
}

pub(crate) async fn provisioned(
    clients: &Clients,
    instance: &str,
    account: &str,
) -> Result<Provisioned, AwsError> {
    let (all, outdated) = futures::try_join!(
        list_provisioned(clients, instance, account, None),
        outdated(clients, instance, account)
    )?;
    Ok(Provisioned { all, outdated })
}

/// ARNs of the permission sets whose newest version the account lacks.
pub(crate) async fn outdated(
    clients: &Clients,
    instance: &str,
    account: &str,
) -> Result<BTreeSet<String>, AwsError> {
    let status = ProvisioningStatus::LatestPermissionSetNotProvisioned;
    Ok(list_provisioned(clients, instance, account, Some(status)).await?.into_iter().collect())
}

async fn list_provisioned(
    clients: &Clients,
    instance: &str,
    account: &str,
    status: Option<ProvisioningStatus>,
) -> Result<Vec<String>, AwsError> {
    let call =
        clients.sso.list_permission_sets_provisioned_to_account().instance_arn(instance).account_id(account);
    let pages = call.set_provisioning_status(status).into_paginator().items().send();
    let arns: Result<Vec<String>, _> = pages.collect().await;
    arns.map_err(|error| AwsError::new("sso:ListPermissionSetsProvisionedToAccount", &error))
}

/// Name and session duration.
#[derive(Clone, Debug)]
pub(crate) struct Description {
    pub(crate) name: String,
    pub(crate) session_duration: String,
}

pub(crate) async fn describe(clients: &Clients, instance: &str, arn: &str) -> Result<Description, AwsError> {
    let operation = "sso:DescribePermissionSet";
    let call = clients.sso.describe_permission_set().instance_arn(instance).permission_set_arn(arn);
    let answer = call.send().await.map_err(|error| AwsError::new(operation, &error))?;
    let set = answer.permission_set().ok_or_else(|| AwsError::incomplete(operation))?;
    let name = set.name().ok_or_else(|| AwsError::incomplete(operation))?.to_owned();
    // One hour is what AWS takes where none was set.
    Ok(Description { name, session_duration: set.session_duration().unwrap_or("PT1H").to_owned() })
}

/// Everything that provisioning would publish, asked for at once; but its description, where that is known.
pub(crate) async fn read(
    clients: &Clients,
    instance: &str,
    arn: &str,
    known: Option<Description>,
    provisioning: Provisioning,
) -> Result<PermissionSet, AwsError> {
    let description = async {
        match known {
            Some(known) => Ok(known),
            None => describe(clients, instance, arn).await,
        }
    };
    // Every caller would hold the five at once on its stack.
    let (description, inline_policy, managed_policies, customer_managed_policies, boundary) = futures::try_join!(
        Box::pin(description),
        Box::pin(inline_policy(clients, instance, arn)),
        Box::pin(managed_policies(clients, instance, arn)),
        Box::pin(customer_managed_policies(clients, instance, arn)),
        Box::pin(boundary(clients, instance, arn)),
    )?;
    Ok(PermissionSet {
        arn: arn.to_owned(),
        name: description.name,
        session_duration: description.session_duration,
        inline_policy,
        managed_policies,
        customer_managed_policies,
        boundary,
        tags: None,
        provisioning,
    })
}

/// Its tags.
pub(crate) async fn tags(
    clients: &Clients,
    instance: &str,
    arn: &str,
) -> Result<BTreeMap<String, String>, AwsError> {
    let call = clients.sso.list_tags_for_resource().instance_arn(instance).resource_arn(arn);
    let tags: Result<Vec<_>, _> = call.into_paginator().items().send().collect().await;
    let tags = tags.map_err(|error| AwsError::new("sso:ListTagsForResource", &error))?;
    Ok(tags.into_iter().map(|tag| (tag.key, tag.value)).collect())
}

async fn inline_policy(clients: &Clients, instance: &str, arn: &str) -> Result<Option<String>, AwsError> {
    let call =
        clients.sso.get_inline_policy_for_permission_set().instance_arn(instance).permission_set_arn(arn);
    let answer =
        call.send().await.map_err(|error| AwsError::new("sso:GetInlinePolicyForPermissionSet", &error))?;
    Ok(answer.inline_policy.filter(|policy| !policy.is_empty()))
}

async fn managed_policies(
    clients: &Clients,
    instance: &str,
    arn: &str,
) -> Result<Vec<ManagedPolicy>, AwsError> {
    let operation = "sso:ListManagedPoliciesInPermissionSet";
    let call =
        clients.sso.list_managed_policies_in_permission_set().instance_arn(instance).permission_set_arn(arn);
    let attached: Result<Vec<_>, _> = call.into_paginator().items().send().collect().await;
    let attached = attached.map_err(|error| AwsError::new(operation, &error))?;
    let policies = stream::iter(attached).map(|policy| async {
        let arn = policy.arn.ok_or_else(|| AwsError::incomplete(operation))?;
        managed_policy(clients, arn).await
    });
    policies.buffered(POLICIES_AT_ONCE).try_collect().await
}

/// An AWS managed policy, which is the same in every account. One that IAM does not know is there all the same.
async fn managed_policy(clients: &Clients, arn: String) -> Result<ManagedPolicy, AwsError> {
    let document = match policy_document(&clients.iam, &arn).await {
        Ok(document) => Some(document),
        Err(error) if error.code == "NoSuchEntity" => None,
        Err(error) => return Err(error),
    };
    Ok(ManagedPolicy { document, arn })
}

/// The default version of a policy of IAM.
pub(crate) async fn policy_document(iam: &aws_sdk_iam::Client, arn: &str) -> Result<String, AwsError> {
    let call = iam.get_policy().policy_arn(arn);
    let answer = call.send().await.map_err(|error| AwsError::new("iam:GetPolicy", &error))?;
    let version = answer.policy().and_then(|policy| policy.default_version_id());
    let version = version.ok_or_else(|| AwsError::incomplete("iam:GetPolicy"))?;
    let call = iam.get_policy_version().policy_arn(arn).version_id(version);
    let answer = call.send().await.map_err(|error| AwsError::new("iam:GetPolicyVersion", &error))?;
    let document = answer.policy_version().and_then(|version| version.document());
    // IAM sends policies URL-encoded (RFC 3986).
    let document = document
        .and_then(|encoded| percent_encoding::percent_decode_str(encoded).decode_utf8().ok())
        .ok_or_else(|| AwsError::incomplete("iam:GetPolicyVersion"))?;
    Ok(document.into_owned())
}

async fn customer_managed_policies(
    clients: &Clients,
    instance: &str,
    arn: &str,
) -> Result<Vec<PolicyReference>, AwsError> {
    let call = clients.sso.list_customer_managed_policy_references_in_permission_set();
    let pages = call.instance_arn(instance).permission_set_arn(arn).into_paginator().items().send();
    let references: Result<Vec<_>, _> = pages.collect().await;
    let operation = "sso:ListCustomerManagedPolicyReferencesInPermissionSet";
    Ok(references.map_err(|error| AwsError::new(operation, &error))?.into_iter().map(reference).collect())
}

fn reference(policy: CustomerManagedPolicyReference) -> PolicyReference {
    PolicyReference { path: policy.path.unwrap_or_else(|| "/".to_owned()), name: policy.name }
}

async fn boundary(clients: &Clients, instance: &str, arn: &str) -> Result<Option<Boundary>, AwsError> {
    let operation = "sso:GetPermissionsBoundaryForPermissionSet";
    let call = clients
        .sso
        .get_permissions_boundary_for_permission_set()
        .instance_arn(instance)
        .permission_set_arn(arn);
    let boundary = match call.send().await {
        Ok(answer) => answer.permissions_boundary,
        // AWS answers so where no boundary is attached.
        Err(error) if has_code(&error, "ResourceNotFoundException") => None,
        Err(error) => return Err(AwsError::new(operation, &error)),
    };
    match boundary {
        None => Ok(None),
        Some(boundary) => match (boundary.managed_policy_arn, boundary.customer_managed_policy_reference) {
            (Some(arn), None) => Ok(Some(Boundary::Managed(managed_policy(clients, arn).await?))),
            (None, Some(policy)) => Ok(Some(Boundary::CustomerManaged(reference(policy)))),
            _ => Err(AwsError::incomplete(operation)),
        },
    }
}

/// ARNs of all permission sets.
pub(crate) async fn list(clients: &Clients, instance: &str) -> Result<BTreeSet<String>, AwsError> {
    let pages = clients.sso.list_permission_sets().instance_arn(instance).into_paginator().items().send();
    let arns: Result<Vec<String>, _> = pages.collect().await;
    Ok(arns.map_err(|error| AwsError::new("sso:ListPermissionSets", &error))?.into_iter().collect())
}

/// Accounts that have a permission set, in this state or in any.
pub(crate) async fn accounts(
    clients: &Clients,
    instance: &str,
    arn: &str,
    status: Option<ProvisioningStatus>,
) -> Result<Vec<String>, AwsError> {
    let call = clients.sso.list_accounts_for_provisioned_permission_set();
    let call = call.instance_arn(instance).permission_set_arn(arn).set_provisioning_status(status);
    let accounts: Result<Vec<String>, _> = call.into_paginator().items().send().collect().await;
    accounts.map_err(|error| AwsError::new("sso:ListAccountsForProvisionedPermissionSet", &error))
}
