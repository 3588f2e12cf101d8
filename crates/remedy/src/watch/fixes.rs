//! Fixes of the past, and for whom they were made.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::Value as Json;
use tagmend_diagnosis::{
    PastChange, PastFix,
    standing::{self, FixFor},
};

use crate::aws::aws_error::AwsError;
use crate::journal::{Done, Journal, ObjectKind};

/// Fixes since a time, with the names of their objects. What an operator rolled back since does not have to hold.
pub(super) async fn since(journal: &Journal, time: Timestamp) -> Result<Vec<(PastFix, String)>, AwsError> {
    let entries = journal.since(ObjectKind::Fixes, time).await?;
    let is_rolled_back = |fix: &PastFix| {
        let PastChange::RestoredMapping { key } = &fix.change else {
            return false;
        };
        entries.iter().any(|entry| {
            entry.time >= fix.time && matches!(&entry.done, Done::RolledBack { key: gone } if gone == key)
        })
    };
    let fixes = entries.iter().filter_map(|entry| match &entry.done {
        Done::Healed(change) => {
            let fix = PastFix { time: entry.time, change: change.clone() };
            Some((fix, entry.id.object(ObjectKind::Fixes)))
        }
        Done::RolledBack { .. } => None,
    });
    Ok(fixes.filter(|(fix, _)| !is_rolled_back(fix)).collect())
}

/// Changes that were made more than once for the same user. Only fixes of such changes are read.
pub(super) async fn denied_again(
    journal: &Journal,
    fixes: Vec<(PastFix, String)>,
) -> Result<Vec<(PastChange, usize)>, AwsError> {
    let mut times: BTreeMap<PastChange, usize> = BTreeMap::new();
    for (fix, _) in &fixes {
        *times.entry(fix.change.clone()).or_default() += 1;
    }
    let mut read = Vec::new();
    for (fix, name) in fixes {
        if times.get(&fix.change).is_some_and(|times| *times > 1) {
            let users = users(journal, &name).await?;
            read.push(FixFor { fix, users });
        }
    }
    Ok(standing::denied_again(&read))
}

async fn users(journal: &Journal, name: &str) -> Result<BTreeSet<String>, AwsError> {
    let object = journal.get(name).await?.map(|(object, _)| object).unwrap_or_default();
    let users = object.pointer("/diagnosis/users").and_then(Json::as_array).into_iter().flatten();
    Ok(users.filter_map(Json::as_str).map(str::to_owned).collect())
}
