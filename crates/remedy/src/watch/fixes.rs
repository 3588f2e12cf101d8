//! Fixes of the past, and for whom they were made.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::Value as Json;
use tagmend_diagnosis::facts::{PastChange, PastFix};
use tagmend_diagnosis::held::{self, FixFor};

use crate::aws_error::AwsError;
use crate::journal::{Journal, Kind, past_fix};

/// Fixes since a time, with the names of their objects.
pub(super) async fn since(journal: &Journal, time: Timestamp) -> Result<Vec<(PastFix, String)>, AwsError> {
    let names = journal.names_since(Kind::Fixes.prefix(), time).await?;
    Ok(names.into_iter().filter_map(|name| Some((past_fix(&name)?, name))).collect())
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
    Ok(held::denied_again(&read))
}

async fn users(journal: &Journal, name: &str) -> Result<BTreeSet<String>, AwsError> {
    let object = journal.get(name).await?.map(|(object, _)| object).unwrap_or_default();
    let users = object.pointer("/diagnosis/users").and_then(Json::as_array).into_iter().flatten();
    Ok(users.filter_map(Json::as_str).map(str::to_owned).collect())
}
