//! One line a finding: keys, names of permission sets, ids. Never an attribute value.

use tagmend_diagnosis::{escaped, standing::Standing};
use tagmend_remedy::{Inspection, change_json, finding_json};

/// Logs what a second look found.
pub(crate) fn inspection(inspection: &Inspection) {
    for finding in &inspection.findings {
        let detail = escaped(&finding_json(finding).to_string());
        tracing::warn!(finding = finding.kind(), detail, "finding");
    }
    for (fix, standing) in &inspection.fixes {
        let (time, change, standing) = (fix.time, change_json(&fix.change), *standing);
        match standing {
            Standing::Undone => tracing::error!(%time, %change, standing = standing.name(), "fix"),
            _ => tracing::info!(%time, %change, standing = standing.name(), "fix"),
        }
    }
    for (change, users) in &inspection.denied_again {
        tracing::error!(change = %change_json(change), users, "denied again for the same cause");
    }
    for error in &inspection.errors {
        tracing::error!(%error, "AWS did not answer");
    }
    tracing::info!(
        findings = inspection.findings.len(),
        fixes = inspection.fixes.len(),
        mappings_in_use = inspection.mappings_in_use,
        permission_sets = inspection.permission_sets.looked_at,
        percent_seen_within_an_hour = inspection.coverage(),
        users = inspection.users.looked_at,
        index_is_complete = inspection.index.is_some(),
        unread = inspection.completeness.unread(),
        is_covering = inspection.is_covering(),
        "second look"
    );
}
