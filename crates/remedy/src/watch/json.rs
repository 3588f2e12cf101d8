//! What was found, as JSON.

use serde_json::{Value as Json, json};
use tagmend_diagnosis::{PastChange, drift::Finding};

/// A finding, with every field that any finding has.
pub fn finding(finding: &Finding) -> Json {
    let mut object = json!({
        "finding": finding.kind(), "drift": finding.is_drift(), "key": null, "permission_sets": [],
        "account": null, "user_id": null, "problem": null, "text": finding.to_string(),
    });
    let mut set = |name: &str, value: Json| {
        if let Some(fields) = object.as_object_mut() {
            fields.insert(name.to_owned(), value);
        }
    };
    match finding {
        Finding::AccessControlOff => {}
        Finding::MappingMissing { key }
        | Finding::MappingSourceDiffers { key }
        | Finding::MappingNotApproved { key }
        | Finding::IdpKeyMapped { key }
        | Finding::SourceNotDocumented { key } => set("key", json!(key)),
        Finding::KeyNotMapped { key, permission_sets } => {
            set("key", json!(key));
            set("permission_sets", json!(permission_sets));
        }
        Finding::PoliciesNotApproved { permission_set }
        | Finding::AnotherPermissionSet { permission_set, found: _ }
        | Finding::PermissionSetUnread { permission_set }
        | Finding::PermissionSetGone { permission_set } => {
            set("permission_sets", json!([permission_set]));
        }
        Finding::NotProvisioned { permission_set, account } => {
            set("permission_sets", json!([permission_set]));
            set("account", json!(account));
        }
        Finding::ValueNotATag { key, user_id, problem } => {
            set("key", json!(key));
            set("user_id", json!(user_id));
            set("problem", json!(problem.to_string()));
        }
    }
    object
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
