//! The permission set was changed and not provisioned to the account.

use super::{About, Bucket, stale_session};
use crate::case::Case;
use crate::evidence::Evidence;
use crate::finding::Finding;
use crate::message::{Deny, PolicyType};

pub(crate) const ABOUT: About = About {
    name: "not_provisioned",
    title: "permission set not provisioned",
    bucket: Bucket::Permission,
    actor: "Tagmend",
    condition: "The permission set was changed after it was last provisioned to the account, the message says that the permission set denied the call, its newest policies allow it, and no tag that decides can have changed since the session began.",
    evidence: "the provisioning status of the permission set in the account, and what its newest policies answer",
    would_change: "the permission set provisioned to the account; running sessions get it too",
    advice: "Tagmend can provision the permission set to this account",
    command: "tagmend replay EVENT --live --region REGION --journal-bucket BUCKET --apply",
    page: "https://docs.aws.amazon.com/singlesignon/latest/userguide/howtochangepermissionset.html",
};

/// The account runs an older version, whose policies nobody here can read. That it is the older one that denies is proved
/// by exclusion: the message says that the permission set denied, and the newest would allow what the session asked for.
pub(crate) fn newest_would_allow(case: &Case<'_>) -> Option<Finding> {
    (case.is_outdated() && case.is_allowed() && why_not(case).is_none()).then(|| {
        Finding::of(
            Evidence::default()
                .say("the permission set was changed and not provisioned to this account")
                .say("its newest policies: allowed with the tags sent"),
        )
    })
}

/// What else than the older version may have denied a call that the newest policies allow.
pub(super) fn why_not(case: &Case<'_>) -> Option<&'static str> {
    let by_whom = case.failure.message.policy_type;
    if !matches!(by_whom, Some(PolicyType::Identity | PolicyType::Boundary)) {
        return Some("the message does not say that the permission set denied it");
    }
    // Provisioning does not change the text of a customer managed policy.
    if case.deny() == Some(Deny::Explicit) && !case.policies.unseen.is_empty() {
        return Some(
            "a statement denies the call, and it may stand in a policy that cannot be read from here",
        );
    }
    if stale_session::may_carry_other_tags(case) {
        return Some("the session may carry other tags than a new one would get, and they decide");
    }
    None
}
