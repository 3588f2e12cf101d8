//! A role trust policy denied.

use super::about::{About, Bucket};
use crate::approved::baseline::Baseline;
use crate::case::verdict::Verdict;
use crate::cloudtrail::failure::Failure;
use crate::cloudtrail::message::PolicyType;

pub(crate) const ABOUT: About = About {
    name: "role_trust_policy",
    title: "denied by a role trust policy",
    bucket: Bucket::Permission,
    actor: "owner of the role",
    condition: "The message says that the trust policy of a role denied, or does not allow the action. In another role the tags of this session are gone, unless they are transitive.",
    evidence: "the policy type in the message, and the role",
    would_change: "a trust policy that allows the call",
    advice: "ask the owner of the role to trust the caller, and to allow sts:TagSession where tags are passed on",
    command: "aws iam get-role --role-name ASSUMED_ROLE --query Role.AssumeRolePolicyDocument",
    page: "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html",
};

pub(crate) fn by_message(failure: &Failure, _: &Baseline) -> Option<Verdict> {
    let named = failure.message.policy_type == Some(PolicyType::Trust);
    named.then(|| Verdict::say(failure.policy_named()))
}
