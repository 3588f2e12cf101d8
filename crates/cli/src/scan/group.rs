//! Findings by what they are and what they are about, with what to do next.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use anyhow::Result;
use tagmend_diagnosis::drift::Finding;

use crate::grid::{Grid, broken};
use crate::screen::{Mark, Screen};
use crate::text::escaped;

/// So many accounts or users of a group are named.
const NAMED: usize = 3;

/// Findings of one kind about one thing.
#[derive(Debug, Default)]
struct Group {
    count: usize,
    /// What the findings say, where they all say the same.
    text: String,
    /// Accounts or users, where there may be many.
    of: BTreeSet<String>,
}

/// A row a group, the next step for each kind, and what the words mean.
pub(crate) fn print(out: &mut (dyn Write + Send), findings: &[Finding], screen: Screen) -> Result<()> {
    if findings.is_empty() {
        writeln!(out, "nothing found")?;
        return Ok(());
    }
    let mut kinds: Vec<&Finding> = Vec::new();
    let mut groups: BTreeMap<(usize, String), Group> = BTreeMap::new();
    for finding in findings {
        let kind = kinds.iter().position(|known| known.kind() == finding.kind());
        let kind = kind.unwrap_or_else(|| {
            kinds.push(finding);
            kinds.len() - 1
        });
        let group = groups.entry((kind, about(finding))).or_default();
        group.count += 1;
        group.text = finding.to_string();
        group.of.extend(one_of_many(finding));
    }
    let mut grid = Grid::new(["finding", "", "of", "count", "what"]);
    for ((kind, about), group) in &groups {
        let Some(kind) = kinds.get(*kind) else { continue };
        let drift = if kind.is_drift() { "drift" } else { "gap" };
        let row = [kind.kind(), drift, about, &group.count.to_string(), &group.said(kind)];
        grid.add(Mark::None, row.map(escaped));
    }
    write!(out, "{}", grid.shown(screen))?;
    writeln!(out, "\nnext, by finding")?;
    for kind in kinds {
        let text = format!("{}: {}", kind.kind(), next_step(kind));
        writeln!(out, "  {}", broken(&text, screen.line(), 4))?;
    }
    let legend = "drift: the instance is not as the baseline says; gap: it is, or the baseline says nothing of it, and somebody \
                  may be denied all the same";
    writeln!(out, "{}", broken(legend, screen.line(), 2))?;
    Ok(())
}

impl Group {
    fn said(&self, kind: &Finding) -> String {
        if self.count == 1 || self.of.is_empty() {
            return self.text.clone();
        }
        let named: Vec<&str> = self.of.iter().take(NAMED).map(String::as_str).collect();
        let more = match self.of.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let what = match kind {
            Finding::NotProvisioned { .. } => "accounts lack the newest version",
            _ => "users have a value that cannot be a session tag",
        };
        format!("{} {what}: {}{more}", self.of.len(), named.join(", "))
    }
}

/// The permission set or the key.
fn about(finding: &Finding) -> String {
    match finding {
        Finding::AccessControlOff => "the instance".to_owned(),
        Finding::MappingMissing { key }
        | Finding::MappingSourceDiffers { key }
        | Finding::MappingNotApproved { key }
        | Finding::IdpKeyMapped { key }
        | Finding::SourceNotDocumented { key }
        | Finding::KeyNotMapped { key, .. }
        | Finding::ValueNotATag { key, .. } => key.clone(),
        Finding::PoliciesNotApproved { permission_set }
        | Finding::AnotherPermissionSet { permission_set, .. }
        | Finding::PermissionSetUnread { permission_set }
        | Finding::PermissionSetGone { permission_set }
        | Finding::NotProvisioned { permission_set, .. } => permission_set.clone(),
    }
}

fn one_of_many(finding: &Finding) -> Option<String> {
    match finding {
        Finding::NotProvisioned { account, .. } => Some(account.clone()),
        Finding::ValueNotATag { user_id, .. } => Some(user_id.clone()),
        _ => None,
    }
}

/// Who does what.
fn next_step(finding: &Finding) -> &'static str {
    match finding {
        Finding::AccessControlOff => {
            "an administrator of Identity Center turns attributes for access control on; Tagmend never does"
        }
        Finding::MappingMissing { .. } => {
            "Tagmend restores it after the next denial; `tagmend replay EVENT` shows that, and --apply does it now"
        }
        Finding::MappingSourceDiffers { .. } => {
            "ask who changed it (CloudTrail: UpdateInstanceAccessControlAttributeConfiguration); put the source right, or into \
             the baseline"
        }
        Finding::MappingNotApproved { .. } => "put it into the baseline, or have it removed",
        Finding::IdpKeyMapped { .. } => {
            "have the mapping removed: it overrides what the IdP says of everybody"
        }
        Finding::SourceNotDocumented { .. } => "give it a source that Identity Center documents",
        Finding::KeyNotMapped { .. } => {
            "map the key and put it into the baseline, or take it out of the policies"
        }
        Finding::PoliciesNotApproved { .. } => {
            "`tagmend baseline approve NAME` shows what is new; approve it, or take the change back"
        }
        Finding::AnotherPermissionSet { .. } => "put name or ARN right in the baseline",
        Finding::PermissionSetUnread { .. } => "scan again; the errors above say what is in the way",
        Finding::PermissionSetGone { .. } => "take it out of the baseline, or create it again",
        Finding::NotProvisioned { .. } => {
            "aws sso-admin provision-permission-set, if the change is meant for the account; where the baseline approves it, \
             Tagmend does it after the next denial"
        }
        Finding::ValueNotATag { .. } => {
            "have the value put right where it comes from: the IdP, or the identity store"
        }
    }
}
