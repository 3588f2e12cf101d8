//! What was found, as JSON.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value as Json, json};
use tagmend_diagnosis::{PastChange, drift::Finding};

/// The version of the form of a finding.
const SCHEMA: u32 = 1;

/// A finding, as a line of `tagmend scan --json` and `tagmend baseline check --json`. What does not concern it is null.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub struct FoundRecord {
    /// The version of this form.
    schema: u32,
    /// Its kind, as metrics call it.
    finding: &'static str,
    /// Whether the instance is not what the baseline says; else it is a gap of the instance itself.
    drift: bool,
    /// The session tag's key.
    key: Option<String>,
    /// Names of permission sets.
    permission_sets: BTreeSet<String>,
    account: Option<String>,
    user_id: Option<String>,
    /// What is wrong with a user's value. Never the value.
    problem: Option<String>,
    /// The finding as a sentence.
    text: String,
}

/// A finding, with every field that any finding has.
pub fn finding(finding: &Finding) -> Json {
    // The type has no maps.
    serde_json::to_value(record(finding)).unwrap_or(Json::Null)
}

fn record(finding: &Finding) -> FoundRecord {
    let common = FoundRecord {
        schema: SCHEMA,
        finding: finding.kind(),
        drift: finding.is_drift(),
        text: finding.to_string(),
        ..FoundRecord::default()
    };
    match finding {
        Finding::AccessControlOff => common,
        Finding::MappingMissing { key }
        | Finding::MappingSourceDiffers { key }
        | Finding::MappingNotApproved { key }
        | Finding::IdpKeyMapped { key }
        | Finding::SourceNotDocumented { key } => FoundRecord { key: Some(key.clone()), ..common },
        Finding::KeyNotMapped { key, permission_sets } => {
            FoundRecord { key: Some(key.clone()), permission_sets: permission_sets.clone(), ..common }
        }
        Finding::PoliciesNotApproved { permission_set }
        | Finding::AnotherPermissionSet { permission_set, found: _ }
        | Finding::PermissionSetUnread { permission_set }
        | Finding::PermissionSetGone { permission_set } => {
            FoundRecord { permission_sets: [permission_set.clone()].into(), ..common }
        }
        Finding::NotProvisioned { permission_set, account } => FoundRecord {
            permission_sets: [permission_set.clone()].into(),
            account: Some(account.clone()),
            ..common
        },
        Finding::ValueNotATag { key, user_id, problem } => FoundRecord {
            key: Some(key.clone()),
            user_id: Some(user_id.clone()),
            problem: Some(problem.to_string()),
            ..common
        },
    }
}

/// A change that was made.
pub fn change(change: &PastChange) -> Json {
    match change {
        PastChange::RestoredMapping { key } => json!({"kind": "restore_mapping", "key": key}),
        PastChange::Reprovisioned { account, permission_set_id } => {
            json!({"kind": "provision", "account": account, "permission_set_id": permission_set_id})
        }
    }
}
