//! A service control policy denied.

use super::about::{About, Bucket};
use crate::approved::baseline::Baseline;
use crate::case::verdict::Verdict;
use crate::case::{Case, Focus, NoCase, is_examinable};
use crate::cloudtrail::failure::Failure;
use crate::cloudtrail::message::PolicyType;

pub(crate) const ABOUT: About = About {
    name: "service_control_policy",
    title: "denied by a service control policy",
    bucket: Bucket::Permission,
    actor: "owner of the organization's policies",
    condition: "The message says that a service control policy denied, or that none allows the action.",
    evidence: "the policy type in the message, and the policy's ARN where it names one",
    would_change: "service control policies that allow the call, at every level",
    advice: "ask the owner of the service control policies; a permission set cannot allow what they do not",
    command: "aws organizations describe-policy --policy-id POLICY",
    page: "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html",
};

/// The message names the type, and no policy that could be read.
pub(crate) fn by_message(failure: &Failure, _: &Baseline) -> Option<Verdict> {
    let named = failure.message.policy_type == Some(PolicyType::ServiceControl) && !is_examinable(failure);
    named.then(|| Verdict::say(failure.policy_named()))
}

pub(crate) fn without_facts(failure: &Failure, reason: &NoCase) -> Option<Verdict> {
    (failure.message.policy_type == Some(PolicyType::ServiceControl))
        .then(|| reason.beside_the_message(failure))
}

pub(crate) fn unexamined(case: &Case<'_>) -> Option<Verdict> {
    case.unexamined(Focus::ServiceControl)
}
