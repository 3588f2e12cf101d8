//! The session began before the tags were right.

use std::collections::BTreeSet;

use iam_policy::{Open, Truth};
use jiff::Timestamp;

use super::about::{About, Bucket};
use crate::case::evidence::Evidence;
use crate::case::tags::{Tag, Tags};
use crate::case::verdict::Verdict;
use crate::case::{Case, list};
use crate::live::facts::PastChange;
use crate::session_ends::session_ends_in_words;
use crate::words::session_tag_key::is_same_key;

pub(crate) const ABOUT: About = About {
    name: "stale_session",
    title: "stale session",
    bucket: Bucket::Permission,
    actor: "the user: sign in again",
    condition: "The policies allow the call with the tags of now, and the session began before a mapping was restored or the user was changed.",
    evidence: "when the session began, and the keys without which it is denied",
    would_change: "a new session",
    advice: "sign in again: a session keeps the tags it began with, for up to twelve hours",
    command: "aws sso logout && aws sso login",
    page: "https://docs.aws.amazon.com/singlesignon/latest/userguide/howtosessionduration.html",
};

/// The session's own sign-in record shows other tags than a new session would get.
pub(crate) fn by_sign_in(case: &Case<'_>) -> Option<Verdict> {
    if !case.is_recorded || !case.is_denied() || !case.is_blocked(&case.carried) {
        return None;
    }
    let turned = |other: &Tags, keys: &[String], by: &str| {
        let (keys, open) =
            case.smallest_flip(keys, &case.carried, other, |open| matches!(open, Open::Key(_)))?;
        let evidence = case
            .flipping_evidence(&case.carried, &case.carried.with(&keys, other))
            .say(format!(
                "the session began with other tags: denied with them; with {} as {by}, {}",
                list(&keys),
                case.outcome(&open)
            ))
            .depending_on(&open);
        Some((keys, evidence))
    };
    let differing = case.differing(&case.carried, &case.current);
    if let Some((keys, evidence)) = turned(&case.current, &differing, "a new session would get it") {
        return Some(Verdict::on(keys, lasting(case, evidence)));
    }
    // A session that carries a value was not denied for a mapping that went missing later.
    let mut old = case.differing(&case.carried, &case.intended);
    old.retain(|key| case.was_mapped_at_sign_in(key));
    let (keys, evidence) = turned(&case.intended, &old, "approved")?;
    let evidence = evidence.say("a new session would get no value: the approved mapping is not there now");
    Some(Verdict::on(keys, lasting(case, evidence)))
}

/// Until when the session can go on.
fn lasting(case: &Case<'_>, evidence: Evidence) -> Evidence {
    match session_ends_in_words(case.failure, case.permission_set) {
        Some(sentence) => evidence.say(sentence),
        None => evidence,
    }
}

/// Whether the answer depends on tags that may have changed since the session began, where no record shows what it carries.
pub(super) fn may_carry_other_tags(case: &Case<'_>) -> bool {
    if case.is_recorded {
        return false;
    }
    let is_newer = |time: Timestamp| case.session.created.is_none_or(|created| created < time);
    let is_user_newer = case.session.created.is_none() || case.user.updated_at.is_some_and(is_newer);
    let is_restored = |key: &str| {
        case.facts.past_fixes.iter().any(|fix| match &fix.change {
            PastChange::RestoredMapping { key: restored } => is_same_key(restored, key) && is_newer(fix.time),
            PastChange::Reprovisioned { .. } => false,
        })
    };
    let may_differ = |key: &str, tag: &Tag| match tag {
        Tag::Value(_) | Tag::NoValue => is_user_newer || is_restored(key),
        Tag::Unmapped | Tag::NotSent | Tag::Unknown => false,
    };
    let doubtful = case.carried.iter().filter(|(key, tag)| may_differ(key, tag));
    let sent = doubtful.fold(case.carried.clone(), |tags, (key, _)| tags.with_one(key, Tag::Unknown));
    case.evaluate(&sent).allowed != Truth::True
}

/// The session began before a mapping was restored without which the call is denied.
pub(crate) fn older_than_fix(case: &Case<'_>) -> Option<Verdict> {
    if case.is_recorded || case.is_denied() {
        return None;
    }
    let created = case.session.created?;
    let restored = case.facts.past_fixes.iter().filter(|fix| created < fix.time);
    let keys: BTreeSet<String> = restored
        .filter_map(|fix| match &fix.change {
            PastChange::RestoredMapping { key } => Some(key.clone()),
            PastChange::Reprovisioned { .. } => None,
        })
        .filter(|key| case.is_denied_without(key))
        .collect();
    (!keys.is_empty()).then(|| {
        let text = format!("the session began before {} was restored, and is denied without it", list(&keys));
        Verdict::on(keys, lasting(case, Evidence::default().say(text)))
    })
}

/// The session began before the user was changed, and its tags decide.
pub(crate) fn older_than_user(case: &Case<'_>) -> Option<Verdict> {
    if case.is_recorded || !case.is_allowed() || !case.policies.unseen.is_empty() {
        return None;
    }
    let (created, updated) = (case.session.created?, case.user.updated_at?);
    let valued = case.carried.iter().filter(|(_, tag)| matches!(tag, Tag::Value(_)));
    let keys: BTreeSet<String> =
        valued.map(|(key, _)| key.to_owned()).filter(|key| case.is_denied_without(key)).collect();
    (created < updated && !keys.is_empty()).then(|| {
        let text = format!(
            "the session began at {created}, before the user was last changed at {updated}, and is denied without {}",
            list(&keys)
        );
        Verdict::on(keys, lasting(case, Evidence::default().say(text)))
    })
}
