//! Whether a fix of the past still holds.

use std::collections::{BTreeMap, BTreeSet};

use crate::approved::baseline::{Baseline, Owner};
use crate::live::facts::{AccessControl, PastChange, PastFix};
use crate::second_look::drift::SeenPermissionSet;
use crate::words::arn::last_part;
use crate::words::session_tag_key::is_same_key;

/// How a fix stands now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// What it made is there.
    Held,
    /// What it made is not there any more, and is still what was approved.
    Undone,
    /// The approved state is another one now, or the policies were edited since: the fix is of no account.
    Superseded,
    /// What would tell was not looked at.
    Unknown,
}

impl Standing {
    /// Its name in JSON and logs.
    pub fn name(self) -> &'static str {
        match self {
            Standing::Held => "held",
            Standing::Undone => "undone",
            Standing::Superseded => "superseded",
            Standing::Unknown => "unknown",
        }
    }
}

/// Says how a fix stands, by what was seen.
pub fn standing(
    fix: &PastFix,
    access_control: &AccessControl,
    seen: &[SeenPermissionSet],
    baseline: &Baseline,
) -> Standing {
    match &fix.change {
        PastChange::RestoredMapping { key } => mapping(key, access_control, baseline),
        PastChange::Reprovisioned { account, permission_set_id } => {
            let is_meant = |set: &&SeenPermissionSet| last_part(&set.arn) == permission_set_id;
            match seen.iter().find(is_meant) {
                None => Standing::Unknown,
                Some(set) => provisioned(set, account, baseline),
            }
        }
    }
}

fn mapping(key: &str, access_control: &AccessControl, baseline: &Baseline) -> Standing {
    let Some(Owner::IdentityStore(source)) = baseline.mapping(key).map(|approved| approved.owner) else {
        return Standing::Superseded;
    };
    match access_control {
        AccessControl::Pending => Standing::Unknown,
        AccessControl::Disabled => Standing::Undone,
        AccessControl::Enabled(live) => {
            let is_there = live
                .iter()
                .any(|mapping| is_same_key(&mapping.key, key) && mapping.source == source.expression());
            if is_there { Standing::Held } else { Standing::Undone }
        }
    }
}

fn provisioned(set: &SeenPermissionSet, account: &str, baseline: &Baseline) -> Standing {
    if !set.outdated_in.iter().any(|outdated| outdated == account) {
        return Standing::Held;
    }
    let approved = baseline.permission_sets().find(|(_, approved)| approved.arn == set.arn);
    let digest = approved.and_then(|(_, approved)| approved.may_provision.as_ref());
    match digest {
        Some(digest) if set.policy_digest.as_deref() == Some(digest.as_str()) => Standing::Undone,
        _ => Standing::Superseded,
    }
}

/// A fix, with those whom it was made for, as hashes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FixFor {
    /// The fix.
    pub fix: PastFix,
    /// Hashes of the users whose denials asked for it.
    pub users: BTreeSet<String>,
}

/// Changes that were made again, with how many users were denied for the same cause both times.
pub fn denied_again(fixes: &[FixFor]) -> Vec<(PastChange, usize)> {
    let mut by_change: BTreeMap<&PastChange, Vec<&FixFor>> = BTreeMap::new();
    for fix in fixes {
        by_change.entry(&fix.fix.change).or_default().push(fix);
    }
    let mut again = Vec::new();
    for (change, mut fixes) in by_change {
        fixes.sort_by_key(|fix| fix.fix.time);
        let mut before: BTreeSet<&String> = BTreeSet::new();
        let mut twice: BTreeSet<&String> = BTreeSet::new();
        for fix in fixes {
            twice.extend(fix.users.iter().filter(|user| before.contains(user)));
            before.extend(&fix.users);
        }
        if !twice.is_empty() {
            again.push((change.clone(), twice.len()));
        }
    }
    again
}
