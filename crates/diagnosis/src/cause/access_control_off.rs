//! Attributes for access control are off.

use super::About;

pub(super) const ABOUT: About = About {
    name: "access_control_off",
    title: "attributes for access control are off",
    actor: "administrator of Identity Center",
    condition: "The instance sends no attributes at all, and with the approved ones the call would be allowed.",
    evidence: "the status of the configuration, and the keys that would turn the decision",
    advice: "ask an administrator of Identity Center to turn on attributes for access control; Tagmend never does",
    command: "aws sso-admin create-instance-access-control-attribute-configuration --instance-arn INSTANCE --access-control-attributes ...",
    page: "https://docs.aws.amazon.com/singlesignon/latest/userguide/configure-abac.html",
};
