//! A resource-based policy denied.

use super::about::{About, Bucket};
use crate::approved::baseline::Baseline;
use crate::case::verdict::Verdict;
use crate::cloudtrail::failure::Failure;
use crate::cloudtrail::message::PolicyType;

pub(crate) const ABOUT: About = About {
    name: "resource_policy",
    title: "denied by a resource-based policy",
    bucket: Bucket::Permission,
    actor: "owner of the resource",
    condition: "The message says that a resource-based policy denied, or that none allows the action; of KMS keys also that the key may not exist.",
    evidence: "the policy type in the message, and the account of the resource",
    would_change: "a resource-based policy that allows the call",
    advice: "ask the owner of the resource for its policy; in another account it has to allow the caller as well",
    command: "aws iam simulate-principal-policy --policy-source-arn ROLE --action-names ACTION --resource-arns RESOURCE --resource-policy file://policy.json",
    page: "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_identity-vs-resource.html",
};

pub(crate) fn by_message(failure: &Failure, _: &Baseline) -> Option<Verdict> {
    if failure.message.policy_type != Some(PolicyType::Resource) || failure.is_kms() {
        return None;
    }
    let mut finding = Verdict::say(failure.policy_named());
    if let Some(owner) = failure.other_owner() {
        finding.evidence = finding.evidence.say(format!("the resource is in account {owner}"));
    }
    Some(finding)
}
