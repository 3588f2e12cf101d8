//! The permission set was changed and not provisioned to the account.

use iam_policy::Truth;

use super::about::{About, Bucket};
use super::stale_session;
use crate::case::Case;
use crate::case::evidence::Evidence;
use crate::case::tags::{Tag, Tags};
use crate::case::verdict::Verdict;
use crate::cloudtrail::message::PolicyType;

pub(crate) const ABOUT: About = About {
    name: "not_provisioned",
    title: "permission set not provisioned",
    bucket: Bucket::Permission,
    actor: "Tagmend",
    condition: "The permission set was changed after it was last provisioned to the account, the message says that the permission set denied the call, its newest policies can all be read and allow it with what the session carries, with what a new session would get, and with the approved tags, and no tag that decides can have changed since the session began.",
    evidence: "the provisioning status of the permission set in the account, and what its newest policies answer",
    would_change: "the permission set provisioned to the account; running sessions get it too",
    advice: "Tagmend can provision the permission set to this account",
    command: "tagmend replay EVENT --live --region REGION --journal-bucket BUCKET --apply",
    page: "https://docs.aws.amazon.com/singlesignon/latest/userguide/howtochangepermissionset.html",
};

/// The account runs an older version, whose policies nobody here can read. That it is the older one that denies is proved
/// by exclusion: the message says that the permission set denied, and the newest would allow what the session asked for.
pub(crate) fn newest_would_allow(case: &Case<'_>) -> Option<Verdict> {
    (case.is_outdated() && why_not(case).is_none()).then(|| {
        Verdict::of(
            Evidence::default()
                .say("the permission set was changed and not provisioned to this account")
                .say("its newest policies: allowed with the tags that the session carries, with those of a new session, and with the approved ones"),
        )
    })
}

/// What else than the older version may have denied the call, or would deny it once the newest is there.
pub(super) fn why_not(case: &Case<'_>) -> Option<&'static str> {
    let by_whom = case.failure.message.policy_type;
    if !matches!(by_whom, Some(PolicyType::Identity | PolicyType::Boundary)) {
        return Some("the message does not say that the permission set denied it");
    }
    // Provisioning does not change the text of a customer managed policy.
    if !case.policies.unseen.is_empty() {
        return Some("one of its newest policies cannot be read from here");
    }
    let is_allowed = |tags: &Tags| case.evaluate_as_written(tags).allowed == Truth::True;
    if !is_allowed(&case.current) {
        return Some("with the tags of a new session they do not allow the call for sure");
    }
    if !is_allowed(&case.intended) {
        return Some("with the approved tags they do not allow the call for sure");
    }
    if !is_allowed(&may_carry(case)) || stale_session::may_carry_other_tags(case) {
        return Some("the session may carry other tags than a new one would get, and they decide");
    }
    None
}

/// What the session carries. Without a sign-in record nobody knows whether an approved key that is not mapped now was
/// mapped when the session began.
fn may_carry(case: &Case<'_>) -> Tags {
    let is_doubtful = |tag: &Tag| !case.is_recorded && *tag == Tag::Unmapped;
    let doubtful = case.carried.iter().filter(|(_, tag)| is_doubtful(tag));
    doubtful.fold(case.carried.clone(), |tags, (key, _)| tags.with_one(key, Tag::Unknown))
}
