//! A resource control policy denied.

use super::about::{About, Bucket};
use crate::approved::baseline::Baseline;
use crate::case::verdict::Verdict;
use crate::case::{Case, Focus, NoCase, is_examinable};
use crate::cloudtrail::failure::Failure;
use crate::cloudtrail::message::PolicyType;

pub(crate) const ABOUT: About = About {
    name: "resource_control_policy",
    title: "denied by a resource control policy",
    bucket: Bucket::Permission,
    actor: "owner of the organization's policies",
    condition: "The message says that a resource control policy denied.",
    evidence: "the policy type in the message, and the policy's ARN where it names one",
    would_change: "a resource control policy that does not deny the call",
    advice: "ask the owner of the resource control policies of the account that owns the resource",
    command: "aws organizations describe-policy --policy-id POLICY",
    page: "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html",
};

/// The message names the type, and no policy that could be read.
pub(crate) fn by_message(failure: &Failure, _: &Baseline) -> Option<Verdict> {
    let named = failure.message.policy_type == Some(PolicyType::ResourceControl) && !is_examinable(failure);
    named.then(|| Verdict::say(failure.policy_named()))
}

pub(crate) fn without_facts(failure: &Failure, reason: &NoCase) -> Option<Verdict> {
    (failure.message.policy_type == Some(PolicyType::ResourceControl))
        .then(|| reason.beside_the_message(failure))
}

pub(crate) fn unexamined(case: &Case<'_>) -> Option<Verdict> {
    case.unexamined(Focus::ResourceControl)
}
