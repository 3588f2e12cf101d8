//! The mapping is there with another source than the approved one.

use super::About;

pub(super) const ABOUT: About = About {
    name: "mapping_source_differs",
    title: "mapping has another source",
    actor: "administrator of Identity Center",
    condition: "The key is mapped, to another attribute than the approved one, and the call needs the value of the approved one.",
    evidence: "the key, and what the policies answer with the approved source",
    advice: "ask who changed the mapping: either it goes back to the approved source, or the baseline follows",
    command: "aws sso-admin describe-instance-access-control-attribute-configuration --instance-arn INSTANCE",
    page: "https://docs.aws.amazon.com/singlesignon/latest/userguide/configure-abac.html",
};
