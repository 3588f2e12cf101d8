//! The key policy decides, or tags of the key are not yet in effect.

use super::about::{About, Bucket};
use crate::approved::baseline::Baseline;
use crate::case::evidence::{Evidence, open_on};
use crate::case::key_policy::KeyPolicy;
use crate::case::tags::Tag;
use crate::case::verdict::Verdict;
use crate::case::{Case, Focus, NoCase, ResourceTags, list};
use crate::cloudtrail::failure::Failure;
use crate::cloudtrail::message::{PolicyType, Remark};
use crate::cloudtrail::principal::Principal;
use crate::words::tag_condition_keys::is_resource_tag;

pub(crate) const ABOUT: About = About {
    name: "kms_key",
    title: "KMS key decides",
    bucket: Bucket::Permission,
    actor: "owner of the key",
    condition: "The key's own policy denied or does not allow the call, the key is not in this Region, or its tags were changed within the last five minutes. A key policy cannot test aws:ResourceTag, and IAM policies count only where it says so.",
    evidence: "what the message says of the key, whether its policy hands over to IAM policies, the session tags that it tests, and its tags",
    would_change: "a key policy that hands over to IAM policies or names the role; five minutes, where tags have just been changed",
    advice: "ask the owner of the key for its policy; after a change of tags or aliases, try again in five minutes",
    command: "aws kms get-key-policy --region REGION --key-id KEY --policy-name default",
    page: "https://docs.aws.amazon.com/kms/latest/developerguide/abac.html",
};

/// The message names the key's policy, and no key of this account that could be looked at.
pub(crate) fn by_message(failure: &Failure, _: &Baseline) -> Option<Verdict> {
    let is_named = failure.is_kms() && failure.message.policy_type == Some(PolicyType::Resource);
    let is_own = match &failure.principal {
        Principal::PermissionSet(session) => failure.names_key_of(session.account()),
        Principal::AccountAccess(_) | Principal::Other { .. } => false,
    };
    let is_old_form = failure.message.remark == Some(Remark::KeyNotFound) && failure.message.action.is_none();
    let is_behind = failure.message.remark == Some(Remark::KeyRefused);
    (is_old_form || is_behind || (is_named && !is_own)).then(|| Verdict::of(told(failure)))
}

fn told(failure: &Failure) -> Evidence {
    let evidence = Evidence::default();
    if failure.message.remark == Some(Remark::KeyRefused) {
        return evidence.say("the service allowed the call, and the key that it uses for it refused");
    }
    if failure.message.remark == Some(Remark::KeyNotFound) {
        return evidence.say(
            "the message says that the key is not in this Region, or that its policy does not allow the call or denies it",
        );
    }
    let evidence = evidence.say("the message says that the key's own policy decided");
    match failure.other_owner() {
        Some(owner) => evidence.say(format!("the key is in account {owner}")),
        None => evidence,
    }
}

pub(crate) fn without_facts(failure: &Failure, reason: &NoCase) -> Option<Verdict> {
    let is_named = failure.message.policy_type == Some(PolicyType::Resource) && failure.is_kms();
    is_named.then(|| reason.beside_the_message(failure))
}

/// The key's own policy, as far as it can be read.
pub(crate) fn by_key_policy(case: &Case<'_>) -> Option<Verdict> {
    if case.focus() != Focus::Resource {
        return None;
    }
    let evidence = told(case.failure);
    let Some(Ok(text)) = case.key_policy() else {
        return Some(Verdict::of(evidence.say("the key's policy could not be read")));
    };
    let Some(policy) = KeyPolicy::read(text, case.session.account()) else {
        return Some(Verdict::of(evidence.say("the key's policy is no policy")));
    };
    let mut evidence = evidence.say(if policy.hands_over {
        "the key's policy lets IAM policies of its account decide too"
    } else {
        "no statement of the key's policy lets IAM policies of its account decide about every call without a condition"
    });
    let lacking = |key: &&String| {
        matches!(case.carried.get(key), None | Some(Tag::Unmapped | Tag::NoValue | Tag::NotSent))
    };
    let tested = list(&policy.session_tags);
    if !policy.session_tags.is_empty() {
        evidence = evidence.say(format!("the key's policy tests the session tag {tested}"));
    }
    let lacking = list(policy.session_tags.iter().filter(lacking));
    if !lacking.is_empty() {
        evidence = evidence.say(format!("the session does not carry {lacking}"));
    }
    if policy.tests_own_tags {
        evidence = evidence.say("the key's policy tests aws:ResourceTag, which a key policy cannot");
    }
    Some(Verdict::of(evidence))
}

/// The policies allow the call with the key's tags as they are: they may have been changed a moment before.
pub(crate) fn tags_not_in_effect(case: &Case<'_>) -> Option<Verdict> {
    if !case.failure.is_kms() || !case.is_allowed() || !case.policies.unseen.is_empty() {
        return None;
    }
    case.resource_tags()?;
    let unread = case.evaluate_with(&case.carried, ResourceTags::Unknown).allowed;
    let turning: Vec<String> =
        open_on(&unread).iter().filter(|open| is_resource_tag(open)).map(ToString::to_string).collect();
    (!turning.is_empty()).then(|| {
        Verdict::of(Evidence::default().say(format!(
            "allowed with the key's tags as they are now, and the decision depends on {}: changes of tags take up to five minutes",
            turning.join(", ")
        )))
    })
}
