//! One permission set, as the index has it.

use jiff::Timestamp;
use tagmend_diagnosis::{Mentioned, Provisioning};

use crate::aws::aws_error::AwsError;
use crate::aws::clients::Clients;
use crate::journal::index::IndexedPermissionSet;
use crate::read::permission_set;

/// Looks at it now.
pub(crate) async fn indexed(
    clients: &Clients,
    instance: &str,
    arn: &str,
    now: Timestamp,
) -> Result<IndexedPermissionSet, AwsError> {
    let set = permission_set::read(clients, instance, arn, None, Provisioning::Latest).await?;
    let mentioned = Mentioned::of(&set);
    let digests = set.policy_digests();
    Ok(IndexedPermissionSet {
        time: now,
        policy_digest: digests.as_ref().map(|digests| digests.as_written.to_string()),
        canonical_digest: digests.map(|digests| digests.canonical.to_string()),
        name: set.name,
        keys: mentioned.keys,
        has_unseen_policies: mentioned.has_unseen_policies,
    })
}
