//! What an approval approves, in words: everything that provisioning publishes.

use jiff::SignedDuration;
use serde_json::Value as Json;
use tagmend_diagnosis::{
    Boundary, ManagedPolicy, PermissionSet, PolicyDigest, PolicyReference, Provisioning,
};

/// Policies of AWS that let somebody do nearly everything, or make themselves able to.
const BROAD: [&str; 6] = [
    "AdministratorAccess",
    "AWSOrganizationsFullAccess",
    "AWSSSOMasterAccountAdministrator",
    "AWSSSOMemberAccountAdministrator",
    "IAMFullAccess",
    "PowerUserAccess",
];

/// A line for each thing that is published.
pub(super) fn contents(set: &PermissionSet) -> Vec<String> {
    let mut lines = Vec::new();
    match &set.inline_policy {
        Some(document) => lines.push(format!("inline policy {document}")),
        None => lines.push("no inline policy".to_owned()),
    }
    lines.extend(set.managed_policies.iter().map(|policy| format!("managed policy {}", policy.arn)));
    let reference = |policy: &PolicyReference| format!("{}{}", policy.path, policy.name);
    let customer_managed = set.customer_managed_policies.iter();
    lines.extend(customer_managed.map(|policy| {
        format!(
            "customer managed policy {}, as each account has it; nobody here can read it",
            reference(policy)
        )
    }));
    lines.push(match &set.boundary {
        None => "no permissions boundary".to_owned(),
        Some(Boundary::Managed(policy)) => format!("permissions boundary {}", policy.arn),
        Some(Boundary::CustomerManaged(policy)) => format!("permissions boundary {}", reference(policy)),
    });
    lines.push(format!("sessions of {}", set.session_duration));
    lines
}

/// Whether what is kept has the digest that was approved, computed anew: whoever can write the journal cannot put other
/// policies in the place of those.
pub(super) fn is_kept(kept: &Json, approved: &PolicyDigest) -> bool {
    permission_set(kept).is_some_and(|set| set.has_policies(approved))
}

/// The permission set that is kept.
fn permission_set(kept: &Json) -> Option<PermissionSet> {
    let text = |name: &str| kept.get(name)?.as_str().map(str::to_owned);
    let reference = |policy: &Json| {
        let text = |name: &str| policy.get(name)?.as_str().map(str::to_owned);
        Some(PolicyReference { name: text("name")?, path: text("path")? })
    };
    let managed = |arn: String| ManagedPolicy { arn, document: None };
    let list = |name: &str| kept.get(name)?.as_array().cloned();
    let arn = |policy: Json| policy.get("arn")?.as_str().map(str::to_owned).map(managed);
    Some(PermissionSet {
        arn: text("permission_set")?,
        name: text("name")?,
        session_duration: text("session_duration")?,
        inline_policy: kept.get("inline_policy").filter(|policy| !policy.is_null()).map(Json::to_string),
        managed_policies: list("managed_policies")?.into_iter().map(arn).collect::<Option<_>>()?,
        customer_managed_policies: list("customer_managed_policies")?
            .iter()
            .map(reference)
            .collect::<Option<_>>()?,
        boundary: match kept.get("boundary")? {
            Json::Null => None,
            Json::String(arn) => Some(Boundary::Managed(managed(arn.clone()))),
            other => Some(Boundary::CustomerManaged(reference(other)?)),
        },
        provisioning: Provisioning::Latest,
        tags: None,
    })
}

/// What of it needs a word that no comparison of statements asks for. `kept` is what was approved last.
pub(super) fn needs_a_word(kept: Option<&Json>, set: &PermissionSet) -> Vec<String> {
    let before = kept.and_then(permission_set);
    let mut reasons = Vec::new();
    let had = |arn: &str| before.iter().flat_map(|set| &set.managed_policies).any(|policy| policy.arn == arn);
    for policy in set.managed_policies.iter().filter(|policy| !had(&policy.arn)) {
        let name = policy.arn.rsplit('/').next().unwrap_or_default();
        if BROAD.contains(&name) {
            reasons.push(format!("{name} is attached, which allows nearly everything"));
        }
    }
    let Some(before) = before else {
        return reasons;
    };
    let duration = |text: &str| text.parse::<SignedDuration>().ok();
    let (old, new) = (duration(&before.session_duration), duration(&set.session_duration));
    if before.session_duration != set.session_duration && (old.is_none() || new.is_none() || old < new) {
        let (old, new) = (&before.session_duration, &set.session_duration);
        reasons.push(format!("sessions last for {new}, and lasted for {old}"));
    }
    if !has_variables(before.inline_policy.as_deref()) && has_variables(set.inline_policy.as_deref()) {
        reasons.push("Version 2012-10-17 makes variables of what was plain text before".to_owned());
    }
    reasons
}

/// Whether `${...}` is a variable in a policy. One that is not there has none that somebody could rely on as text.
fn has_variables(document: Option<&str>) -> bool {
    let Some(document) = document.and_then(|text| serde_json::from_str::<Json>(text).ok()) else {
        return true;
    };
    document.get("Version").and_then(Json::as_str) == Some("2012-10-17")
}
