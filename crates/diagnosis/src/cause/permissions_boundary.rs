//! A permissions boundary denied.

use super::about::{About, Bucket};
use crate::approved::baseline::Baseline;
use crate::case::verdict::Verdict;
use crate::case::{Case, Focus, NoCase};
use crate::cloudtrail::failure::Failure;
use crate::cloudtrail::message::PolicyType;
use crate::cloudtrail::principal::Principal;

pub(crate) const ABOUT: About = About {
    name: "permissions_boundary",
    title: "denied by a permissions boundary",
    bucket: Bucket::Permission,
    actor: "owner of the permission set",
    condition: "The message says that a permissions boundary denied, or that it does not allow the action.",
    evidence: "the policy type in the message, and the policy's ARN where it names one",
    would_change: "a permissions boundary that allows the call",
    advice: "ask the owner of the permission set; its boundary limits what its policies can allow",
    command: "aws sso-admin get-permissions-boundary-for-permission-set --region INSTANCE_REGION --instance-arn INSTANCE --permission-set-arn PERMISSION_SET",
    page: "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html",
};

/// Which boundary an ordinary role has is known in its account only; nothing is proved on a message that is not understood.
pub(crate) fn by_message(failure: &Failure, _: &Baseline) -> Option<Verdict> {
    let named = failure.message.policy_type == Some(PolicyType::Boundary);
    let is_other = !matches!(failure.principal, Principal::PermissionSet(_));
    (named && (is_other || failure.message.residue.is_some())).then(|| Verdict::say(failure.policy_named()))
}

pub(crate) fn without_facts(failure: &Failure, reason: &NoCase) -> Option<Verdict> {
    (failure.message.policy_type == Some(PolicyType::Boundary)).then(|| reason.beside_the_message(failure))
}

pub(crate) fn unexamined(case: &Case<'_>) -> Option<Verdict> {
    case.unexamined(Focus::Boundary)
}
