//! The permission set was changed and not provisioned to the account.

use super::{About, Bucket};
use crate::case::{Case, Focus, is_resource_tag, outcome};
use crate::evidence::{Evidence, open_on};
use crate::finding::Finding;
use crate::message::Deny;

pub(crate) const ABOUT: About = About {
    name: "not_provisioned",
    title: "permission set not provisioned",
    bucket: Bucket::Permission,
    actor: "Tagmend",
    condition: "The permission set was changed after it was last provisioned to the account, and its newest policies allow the call.",
    evidence: "the provisioning status of the permission set in the account, and what its newest policies answer",
    would_change: "the permission set provisioned to the account; running sessions get it too",
    advice: "Tagmend can provision the permission set to this account",
    command: "tagmend replay EVENT --live --region REGION --journal-bucket BUCKET --apply",
    page: "https://docs.aws.amazon.com/singlesignon/latest/userguide/howtochangepermissionset.html",
};

/// The account runs an older version, whose policies nobody here can read: only what the newest would answer can be
/// told.
pub(crate) fn newest_would_allow(case: &Case<'_>) -> Option<Finding> {
    let is_own = matches!(case.focus(), Focus::Identity | Focus::Boundary);
    if !case.is_outdated() || !is_own || case.is_denied() {
        return None;
    }
    // Provisioning does not change the text of a customer managed policy.
    if case.deny() == Some(Deny::Explicit) && !case.policies.unseen.is_empty() {
        return None;
    }
    let open = open_on(&case.now().allowed);
    open.iter().all(is_resource_tag).then(|| {
        let evidence = Evidence::default()
            .say("the permission set was changed and not provisioned to this account")
            .depending_on(&open)
            .say(format!("its newest policies: {} with the tags sent", outcome(&open)));
        Finding::of(evidence)
    })
}
