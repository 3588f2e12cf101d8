//! Every permission set of the instance, at a pace that leaves the instance to others.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ssoadmin::types::ProvisioningStatus;
use jiff::{SignedDuration, Timestamp};
use tagmend_diagnosis::{
    Baseline, Mentioned, PastChange, PastFix, Provisioning, arn::last_part, drift::SeenPermissionSet,
};

use super::Watcher;
use crate::aws::aws_error::AwsError;
use crate::aws::clients::Clients;
use crate::aws::clock::RunTime;
use crate::journal::SCHEMA;
use crate::journal::index::{Index, IndexedPermissionSet};
use crate::read::permission_set::{self, accounts};

/// What has to be left for the users, the journal and the metrics.
const RESERVE: SignedDuration = SignedDuration::from_secs(240);

/// A permission set that was looked at.
pub(super) struct Seen {
    pub(super) for_findings: SeenPermissionSet,
    pub(super) for_index: IndexedPermissionSet,
}

pub(super) struct Looked {
    pub(super) seen: Vec<Seen>,
    pub(super) errors: Vec<AwsError>,
}

/// First those that were provisioned by a fix, then those that an unfinished run did not come to, then the others.
pub(super) fn order<'a>(
    all: &'a BTreeSet<String>,
    begun: Option<&Index>,
    past: &[(PastFix, String)],
) -> Vec<&'a str> {
    let provisioned: BTreeSet<&str> = past
        .iter()
        .filter_map(|(fix, _)| match &fix.change {
            PastChange::Reprovisioned { permission_set_id, .. } => Some(permission_set_id.as_str()),
            PastChange::RestoredMapping { .. } => None,
        })
        .collect();
    let rank = |arn: &str| {
        let is_provisioned = provisioned.contains(last_part(arn));
        let is_done = begun.is_some_and(|index| index.permission_sets.contains_key(arn));
        (!is_provisioned, is_done)
    };
    let mut arns: Vec<&str> = all.iter().map(String::as_str).collect();
    arns.sort_by_key(|arn| rank(arn));
    arns
}

/// Looks at permission sets in this order until the time is up.
pub(super) async fn look(watcher: &Watcher, baseline: &Baseline, arns: Vec<&str>, time: RunTime) -> Looked {
    let mut looked = Looked { seen: Vec::new(), errors: Vec::new() };
    for arn in arns.into_iter().take(watcher.pace.permission_sets()) {
        if !time.has(RESERVE) {
            break;
        }
        match one(&watcher.clients, &baseline.instance_arn, arn).await {
            Ok(seen) => looked.seen.push(seen),
            // It was deleted since it was listed.
            Err(error) if error.code == "ResourceNotFoundException" => {}
            Err(error) => looked.errors.push(error),
        }
    }
    looked
}

async fn one(clients: &Clients, instance: &str, arn: &str) -> Result<Seen, AwsError> {
    let description = permission_set::describe(clients, instance, arn).await?;
    let set = permission_set::read(clients, instance, arn, description, Provisioning::Latest).await?;
    let mentioned = Mentioned::of(&set);
    let policy_digest = set.policy_digest().map(|digest| digest.to_string());
    Ok(Seen {
        for_findings: SeenPermissionSet {
            arn: set.arn,
            name: set.name.clone(),
            policy_digest: policy_digest.clone(),
            keys: mentioned.keys.keys().cloned().collect(),
            outdated_in: accounts(clients, instance, arn, Some(OUTDATED)).await?,
        },
        for_index: IndexedPermissionSet {
            name: set.name,
            policy_digest,
            keys: mentioned.keys,
            has_unseen_policies: mentioned.has_unseen_policies,
        },
    })
}

const OUTDATED: ProvisioningStatus = ProvisioningStatus::LatestPermissionSetNotProvisioned;

/// What the unfinished run before this one saw, and what this one saw; nothing that is gone.
pub(super) fn index(begun: Option<Index>, seen: &[Seen], all: &BTreeSet<String>, now: Timestamp) -> Index {
    let mut permission_sets: BTreeMap<String, IndexedPermissionSet> =
        begun.map(|index| index.permission_sets).unwrap_or_default();
    let seen = seen.iter().map(|seen| (seen.for_findings.arn.clone(), seen.for_index.clone()));
    permission_sets.extend(seen);
    permission_sets.retain(|arn, _| all.contains(arn));
    Index { schema: SCHEMA, time: now, permission_sets }
}
