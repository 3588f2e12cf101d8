//! A resource control policy denied.

use super::About;

pub(super) const ABOUT: About = About {
    name: "resource_control_policy",
    title: "denied by a resource control policy",
    actor: "owner of the organization's policies",
    condition: "The message says that a resource control policy denied.",
    evidence: "the policy type in the message, and the policy's ARN where it names one",
    advice: "ask the owner of the resource control policies of the account that owns the resource",
    command: "aws organizations describe-policy --policy-id POLICY",
    page: "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html",
};
