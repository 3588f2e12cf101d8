//! What can be read does not decide it.

use iam_policy::Truth;

use super::about::{About, Bucket};
use super::intended::SENTENCE;
use super::not_provisioned::why_not;
use crate::approved::baseline::Baseline;
use crate::case::evidence::Evidence;
use crate::case::verdict::Verdict;
use crate::case::{Case, Focus, NoCase};
use crate::cloudtrail::failure::Failure;
use crate::cloudtrail::message::{Deny, Remark};
use crate::cloudtrail::principal::Principal;

pub(crate) const ABOUT: About = About {
    name: "undetermined",
    title: "not decided here",
    bucket: Bucket::Permission,
    actor: "a person",
    condition: "What can be read from here does not decide the call, or contradicts the message.",
    evidence: "what was read, what was not, and what the decision depends on",
    would_change: "what is named below as unknown or unseen",
    advice: "look at the evidence; a person has to decide",
    command: "tagmend explain EVENT",
    page: "https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html",
};

/// Everything that names an account has to name the same.
pub(crate) fn accounts_disagree(failure: &Failure, _: &Baseline) -> Option<Verdict> {
    let role_account = failure.role_account()?;
    let named = [&failure.account, &failure.recipient_account, &failure.envelope_account];
    let disagree = named.into_iter().flatten().any(|account| account != role_account);
    disagree.then(|| {
        Verdict::say(
            "the role, the caller, the recipient and the envelope do not name the same account; the caller's own account gets its own record",
        )
    })
}

pub(crate) fn message_of_somebody_else(failure: &Failure, _: &Baseline) -> Option<Verdict> {
    failure.message_contradicts.then(|| Verdict::say("the message names another caller than the record"))
}

/// Text that is not understood is not text that says nothing.
pub(crate) fn not_understood(failure: &Failure, _: &Baseline) -> Option<Verdict> {
    let text = match failure.message.residue.as_ref()?.is_cut() {
        true => "CloudTrail cut the message off, and what is left does not say which policy decided",
        false => "the message has words that Tagmend does not know, and they may say why the call was denied",
    };
    Some(Verdict::say(text))
}

pub(crate) fn request_expired(failure: &Failure, _: &Baseline) -> Option<Verdict> {
    (failure.message.remark == Some(Remark::RequestExpired)).then(|| {
        Verdict::say("the message says that the request had expired, for instance a URL that was signed for a time; it names no policy")
    })
}

pub(crate) fn role_of_the_member_account(failure: &Failure, _: &Baseline) -> Option<Verdict> {
    match &failure.principal {
        Principal::AccountAccess(session) => Some(Verdict::say(format!(
            "the policies of role `{}` are in the member account, where Tagmend cannot read",
            session.name
        ))),
        Principal::PermissionSet(_) | Principal::Other { .. } => None,
    }
}

/// The account runs an older version of the permission set.
pub(crate) fn outdated(case: &Case<'_>) -> Option<Verdict> {
    if !case.is_outdated() {
        return None;
    }
    let evidence =
        Evidence::default().say("the permission set was changed and not provisioned to this account");
    let evidence = match &case.evaluation().allowed {
        Truth::False => {
            evidence.say("as far as its newest policies can be read, they deny the call with these tags too")
        }
        Truth::Open(open) => evidence
            .depending_on(open)
            .say("whether its newest policies allow the call depends on what nobody here could read"),
        Truth::True => evidence
            .say("its newest policies allow the call")
            .say(why_not(case).unwrap_or("another policy than the permission set's denied it")),
    };
    Some(Verdict::of(evidence))
}

/// What the message says against what the policies say.
pub(crate) fn contradiction(case: &Case<'_>) -> Option<Verdict> {
    if !case.is_denied() || case.focus() != Focus::Identity {
        return None;
    }
    let denies = &case.evaluate_as_written(&case.carried).denies;
    let of_named = || case.evaluate_focus(&case.carried).denies;
    let text = match case.deny() {
        Some(Deny::Implicit) if *denies == Truth::True => {
            "the message says that nothing allows the call, but a statement that can be read denies it: the account may run other policies"
        }
        Some(Deny::Explicit) if of_named() != Truth::True => match case.failure.message.policy_arn {
            Some(_) => {
                "no statement of the policy that the message names denies the call for sure, as it can be read"
            }
            None => {
                "the message says that a statement denies the call, but none that can be read does for sure"
            }
        },
        // EC2's encoded message says that nothing allowed the call, and not in which policies.
        None | Some(Deny::Implicit)
            if case.failure.message.policy_type.is_none() && !case.policies.unseen.is_empty() =>
        {
            "the message does not say which policy decided, and there are policies that cannot be read from here"
        }
        Some(_) | None => return None,
    };
    Some(Verdict::say(text))
}

pub(crate) fn open_as_approved(case: &Case<'_>) -> Option<Verdict> {
    if !case.is_denied() || case.focus() != Focus::Identity {
        return None;
    }
    match case.evaluate(&case.intended).allowed {
        Truth::Open(open) => {
            let text = "denied with the tags sent; with the approved tags it would depend on what nobody here could read";
            Some(Verdict::of(Evidence::default().say(text).depending_on(&open)))
        }
        Truth::True | Truth::False => None,
    }
}

/// What cannot be read may hold the statement that was meant to allow it.
pub(crate) fn denied_beside_what_nobody_saw(case: &Case<'_>) -> Option<Verdict> {
    (case.is_denied() && case.focus() == Focus::Identity).then(|| Verdict::say(SENTENCE))
}

/// The message says that a statement denied, and none that can be read does, whatever the unread keys are.
pub(crate) fn deny_that_nobody_sees(case: &Case<'_>) -> Option<Verdict> {
    if case.is_denied() || case.deny() != Some(Deny::Explicit) {
        return None;
    }
    (case.evaluate_focus(&case.carried).denies == Truth::False).then(|| {
        Verdict::say("the message says that a statement denies the call, but none that can be read does: it was changed since, or it is another one")
    })
}

pub(crate) fn without_facts(_: &Failure, reason: &NoCase) -> Option<Verdict> {
    Some(Verdict::say(reason.to_string()))
}

pub(crate) fn depends_on_unread(case: &Case<'_>) -> Option<Verdict> {
    let open = case.open()?;
    Some(Verdict::of(
        Evidence::default().say("the decision depends on what nobody here could read").depending_on(open),
    ))
}

pub(crate) fn allowed_here(case: &Case<'_>) -> Option<Verdict> {
    case.open().is_none().then(|| {
        Verdict::say(
            "the policies that can be read allow it with the tags sent now; something else denied it",
        )
    })
}
