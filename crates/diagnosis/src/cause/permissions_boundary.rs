//! A permissions boundary denied.

use super::About;

pub(super) const ABOUT: About = About {
    name: "permissions_boundary",
    title: "denied by a permissions boundary",
    actor: "owner of the permission set",
    condition: "The message says that a permissions boundary denied, or that it does not allow the action.",
    evidence: "the policy type in the message, and the policy's ARN where it names one",
    advice: "ask the owner of the permission set; its boundary limits what its policies can allow",
    command: "aws sso-admin get-permissions-boundary-for-permission-set --instance-arn INSTANCE --permission-set-arn PERMISSION_SET",
    page: "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html",
};
