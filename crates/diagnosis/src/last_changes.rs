//! When what a call rests on was last changed, as far as anybody here knows.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::case::Case;
use crate::live::facts::PastChange;
use crate::words::arn::last_part;
use crate::words::session_tag_key::is_same_key;

/// A change, and when it was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastChange {
    /// Of what.
    pub of: Changed,
    /// When.
    pub time: Timestamp,
}

/// What was changed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Changed {
    /// The user, as the identity store says.
    User,
    /// The mapping of a key that the policies mention, by Tagmend, as the journal says.
    Mapping(String),
    /// What the account runs of the permission set, by Tagmend, as the journal says.
    PermissionSet,
}

/// The last change of each thing that matters to the call, the newest first.
pub(crate) fn last_changes(case: &Case<'_>) -> Vec<LastChange> {
    let mut last: BTreeMap<Changed, Timestamp> = BTreeMap::new();
    let mut learn = |of: Changed, time: Timestamp| {
        let known = last.entry(of).or_insert(time);
        *known = time.max(*known);
    };
    if let Some(time) = case.user.updated_at {
        learn(Changed::User, time);
    }
    for fix in case.facts.past_fixes.iter() {
        match &fix.change {
            PastChange::RestoredMapping { key } => {
                let approved = case.baseline.mappings().find(|approved| is_same_key(&approved.key, key));
                if case.policies.mentions(key) {
                    learn(Changed::Mapping(approved.map_or(key, |approved| &approved.key).clone()), fix.time);
                }
            }
            PastChange::Reprovisioned { account, permission_set_id } => {
                let is_here = account == case.session.account()
                    && last_part(&case.permission_set.arn) == permission_set_id;
                if is_here {
                    learn(Changed::PermissionSet, fix.time);
                }
            }
        }
    }
    let mut changes: Vec<LastChange> = last.into_iter().map(|(of, time)| LastChange { of, time }).collect();
    changes.sort_by_key(|change| std::cmp::Reverse(change.time));
    changes
}
