//! Every permission set of the instance, at a pace that leaves the instance to others.

use std::collections::BTreeSet;

use aws_sdk_ssoadmin::types::ProvisioningStatus;
use jiff::{SignedDuration, Timestamp};
use tagmend_diagnosis::{Baseline, arn::last_part};

use super::memory::{Look, Memory, Remembered};
use super::{Keeping, Seen, Watcher};
use crate::aws::aws_error::AwsError;
use crate::aws::clients::Clients;
use crate::aws::clock::RunTime;
use crate::read::indexed::indexed;
use crate::read::permission_set::accounts;

/// What has to be left for the users, the journal and the metrics.
const RESERVE: SignedDuration = SignedDuration::from_secs(240);
/// Of so many looks, one is at a permission set that the baseline does not approve, so that these are not forgotten.
const ONE_IN: usize = 4;

/// What one run tried.
#[derive(Debug, Default)]
pub(super) struct Tried {
    /// Permission sets that could be read.
    pub(super) read: usize,
    pub(super) errors: Vec<AwsError>,
}

/// First those that were provisioned by a fix. Then those that the baseline approves, and among them, one in
/// [`ONE_IN`], the others: of both those first that were not tried for the longest time.
pub(super) fn order<'a>(
    all: &'a BTreeSet<String>,
    memory: &Memory,
    provisioned: &BTreeSet<&str>,
    baseline: &Baseline,
) -> Vec<&'a str> {
    let approved: BTreeSet<&str> = baseline.permission_sets().map(|(_, set)| set.arn.as_str()).collect();
    let mut arns: Vec<&str> = all.iter().map(String::as_str).collect();
    let tried = |arn: &str| memory.permission_sets.get(arn).map(|remembered| remembered.tried);
    arns.sort_by_key(|arn| tried(arn));
    let (mut order, rest): (Vec<&str>, Vec<&str>) =
        arns.into_iter().partition(|arn| provisioned.contains(last_part(arn)));
    let (ours, others): (Vec<&str>, Vec<&str>) = rest.into_iter().partition(|arn| approved.contains(arn));
    let mut others = others.into_iter();
    for group in ours.chunks(ONE_IN - 1) {
        order.extend(group);
        order.extend(others.next());
    }
    order.extend(others);
    order
}

/// Looks at permission sets in this order until the time is up, and remembers what it sees.
pub(super) async fn look(
    watcher: &Watcher,
    baseline: &Baseline,
    arns: Vec<&str>,
    provisioned: &BTreeSet<&str>,
    memory: &mut Memory,
    keeping: Keeping<'_>,
    time: RunTime,
) -> Tried {
    let mut tried = Tried::default();
    let is_left = |arn: &&str| !watcher.pace.is_rest() || !memory.has_seen(arn);
    let arns: Vec<&str> = arns.into_iter().filter(is_left).take(watcher.pace.permission_sets()).collect();
    let all = arns.len();
    for (count, arn) in arns.into_iter().enumerate() {
        if count > 0 {
            keeping.after(count, memory, Seen::PermissionSets { done: count, all }).await;
        }
        if !time.has(RESERVE) {
            break;
        }
        let asks_for_accounts = provisioned.contains(last_part(arn));
        let now = time.clock.now();
        match one(&watcher.clients, &baseline.instance_arn, arn, asks_for_accounts, now).await {
            Ok(look) => {
                tried.read += 1;
                let remembered = Remembered { tried: now, error: None, seen: Some(look) };
                memory.permission_sets.insert(arn.to_owned(), remembered);
            }
            // It was deleted since it was listed; the next listing says so.
            Err(error) if error.code == "ResourceNotFoundException" => {}
            Err(error) => {
                let seen = memory.permission_sets.remove(arn).and_then(|remembered| remembered.seen);
                let remembered = Remembered { tried: now, error: Some(error.code.clone()), seen };
                memory.permission_sets.insert(arn.to_owned(), remembered);
                tried.errors.push(error);
            }
        }
    }
    tried
}

async fn one(
    clients: &Clients,
    instance: &str,
    arn: &str,
    asks_for_accounts: bool,
    now: Timestamp,
) -> Result<Look, AwsError> {
    let indexed = indexed(clients, instance, arn, now).await?;
    let outdated_in = accounts(clients, instance, arn, Some(OUTDATED)).await?;
    let accounts = if asks_for_accounts { Some(accounts(clients, instance, arn, None).await?) } else { None };
    Ok(Look { indexed, outdated_in, accounts })
}

const OUTDATED: ProvisioningStatus = ProvisioningStatus::LatestPermissionSetNotProvisioned;
