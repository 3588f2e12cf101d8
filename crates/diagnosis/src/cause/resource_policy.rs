//! A resource-based policy denied.

use super::About;

pub(super) const ABOUT: About = About {
    name: "resource_policy",
    title: "denied by a resource-based policy",
    actor: "owner of the resource",
    condition: "The message says that a resource-based policy denied, or that none allows the action; of KMS keys also that the key may not exist.",
    evidence: "the policy type in the message, and the account of the resource",
    advice: "ask the owner of the resource for its policy; in another account it has to allow the caller as well",
    command: "aws iam simulate-principal-policy --policy-source-arn ROLE --action-names ACTION --resource-arns RESOURCE --resource-policy file://policy.json",
    page: "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_identity-vs-resource.html",
};
