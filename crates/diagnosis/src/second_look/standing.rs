//! Whether a fix of the past still holds.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::approved::baseline::{Baseline, Owner};
use crate::approved::digest::PolicyDigest;
use crate::clocks::{APART, SETTLES};
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
    /// An operator undid it with Tagmend.
    RolledBack,
    /// The approved state is another one now, or the policies were edited since: the fix is of no account.
    Superseded,
    /// The permission set is gone, or the account has it no more.
    Gone,
    /// AWS began it and ended it in failure.
    NeverMade,
    /// What would tell was not seen, or not since the fix had time to settle.
    Unseen,
}

impl Standing {
    /// Its name in JSON and logs.
    pub fn name(self) -> &'static str {
        match self {
            Standing::Held => "held",
            Standing::Undone => "undone",
            Standing::RolledBack => "rolled_back",
            Standing::Superseded => "superseded",
            Standing::Gone => "gone",
            Standing::NeverMade => "never_made",
            Standing::Unseen => "unseen",
        }
    }
}

/// A fix of the past, with what its object in the journal tells besides its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// When, and what was changed.
    pub fix: PastFix,
    /// What its object tells; none where that could not be read.
    pub told: Option<Told>,
    /// Whether a rollback that names it took it back.
    pub is_rolled_back: bool,
}

/// What the object of a fix tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// The source that was restored, or the digest of the policies that were published.
    pub approved: String,
    /// Whether its own run saw it in place.
    pub verified: bool,
    /// Whether AWS ended it in failure.
    pub ended_in_failure: bool,
}

/// What a second look saw.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// The mappings.
    pub access_control: &'a AccessControl,
    /// When they were read.
    pub time: Timestamp,
    /// ARNs of all permission sets.
    pub all: &'a BTreeSet<String>,
    /// Permission sets that were looked at, by this look or one before it.
    pub seen: &'a [SeenPermissionSet],
}

/// Says how a fix stands, by what was seen.
pub fn standing(made: &Made, view: &View<'_>, baseline: &Baseline) -> Standing {
    if made.is_rolled_back {
        return Standing::RolledBack;
    }
    let Some(told) = &made.told else {
        return Standing::Unseen;
    };
    match &made.fix.change {
        PastChange::RestoredMapping { key } => mapping(key, made.fix.time, told, view, baseline),
        PastChange::Reprovisioned { .. } if told.ended_in_failure => Standing::NeverMade,
        PastChange::Reprovisioned { account, permission_set_id } => {
            if !view.all.iter().any(|arn| last_part(arn) == permission_set_id) {
                return Standing::Gone;
            }
            let is_meant = |set: &&SeenPermissionSet| last_part(&set.arn) == permission_set_id;
            match view.seen.iter().find(is_meant) {
                Some(set) if is_settled(made.fix.time, set.time) => provisioned(set, account, told, baseline),
                _ => Standing::Unseen,
            }
        }
    }
}

/// Whether a change was old enough to be seen by every read at this time, whatever clock wrote it down.
fn is_settled(change: Timestamp, time: Timestamp) -> bool {
    time.duration_since(change) > SETTLES + APART
}

fn mapping(key: &str, time: Timestamp, told: &Told, view: &View<'_>, baseline: &Baseline) -> Standing {
    let approved = match baseline.mapping(key).map(|approved| approved.owner) {
        Some(Owner::IdentityStore(source)) if source.expression() == told.approved => source.expression(),
        _ => return Standing::Superseded,
    };
    if !is_settled(time, view.time) {
        return Standing::Unseen;
    }
    match view.access_control {
        AccessControl::Pending => Standing::Unseen,
        AccessControl::Disabled => Standing::Undone,
        AccessControl::Enabled(live) => {
            let is_there =
                live.iter().any(|mapping| is_same_key(&mapping.key, key) && mapping.source == approved);
            if is_there { Standing::Held } else { Standing::Undone }
        }
    }
}

fn provisioned(set: &SeenPermissionSet, account: &str, told: &Told, baseline: &Baseline) -> Standing {
    let approved = baseline.permission_sets().find(|(_, approved)| approved.arn == set.arn);
    let Some(digest) = approved.and_then(|(_, approved)| approved.may_provision.as_ref()) else {
        return Standing::Superseded;
    };
    let made = PolicyDigest::parse(&told.approved).and_then(|made| set.has(&made));
    match (made, set.has(digest)) {
        (Some(true), Some(true)) => {}
        (Some(false), _) | (_, Some(false)) => return Standing::Superseded,
        _ => return Standing::Unseen,
    }
    let is_among = |accounts: &[String]| accounts.iter().any(|other| other == account);
    match (&set.accounts, is_among(&set.outdated_in)) {
        (Some(accounts), _) if !is_among(accounts) => Standing::Gone,
        // Nobody saw it in place, and AWS may have ended it in failure since.
        (_, true) if !told.verified => Standing::Unseen,
        (_, true) => Standing::Undone,
        (Some(_), false) => Standing::Held,
        // Neither outdated nor known to have it.
        (None, false) => Standing::Unseen,
    }
}

/// A fix, with those whom it was made for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FixFor {
    /// The fix.
    pub fix: PastFix,
    /// The people whose denials asked for it, each by the hashes of what records call them: user id, session name.
    pub people: Vec<BTreeSet<String>>,
}

/// Changes that were made again, with how many people were denied for the same cause both times.
pub fn denied_again(fixes: &[FixFor]) -> Vec<(PastChange, usize)> {
    let mut by_change: BTreeMap<&PastChange, Vec<&FixFor>> = BTreeMap::new();
    for fix in fixes {
        by_change.entry(&fix.fix.change).or_default().push(fix);
    }
    let mut again = Vec::new();
    for (change, mut fixes) in by_change {
        fixes.sort_by_key(|fix| fix.fix.time);
        let mut before: BTreeSet<&str> = BTreeSet::new();
        // One person has two names, and is one person in as many fixes as there are.
        let mut twice: Vec<BTreeSet<&str>> = Vec::new();
        for fix in fixes {
            for person in &fix.people {
                let names: BTreeSet<&str> = person.iter().map(String::as_str).collect();
                if names.is_disjoint(&before) {
                    continue;
                }
                match twice.iter_mut().find(|known| !known.is_disjoint(&names)) {
                    Some(known) => known.extend(names),
                    None => twice.push(names),
                }
            }
            before.extend(fix.people.iter().flatten().map(String::as_str));
        }
        if !twice.is_empty() {
            again.push((change.clone(), twice.len()));
        }
    }
    again
}
