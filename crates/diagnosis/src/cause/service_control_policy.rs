//! A service control policy denied.

use super::About;

pub(super) const ABOUT: About = About {
    name: "service_control_policy",
    title: "denied by a service control policy",
    actor: "owner of the organization's policies",
    condition: "The message says that a service control policy denied, or that none allows the action.",
    evidence: "the policy type in the message, and the policy's ARN where it names one",
    advice: "ask the owner of the service control policies; a permission set cannot allow what they do not",
    command: "aws organizations describe-policy --policy-id POLICY",
    page: "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html",
};
