//! Attributes for access control are off.

use super::about::{About, Bucket};
use crate::case::Case;
use crate::case::verdict::Verdict;
use crate::live::facts::AccessControl;

pub(crate) const ABOUT: About = About {
    name: "access_control_off",
    title: "attributes for access control are off",
    bucket: Bucket::Permission,
    actor: "administrator of Identity Center",
    condition: "The instance sends no attributes at all, and with the approved ones the call would be allowed.",
    evidence: "the status of the configuration, and the keys that would flip the decision",
    would_change: "attributes for access control turned on, with the approved mappings",
    advice: "ask an administrator of Identity Center to turn on attributes for access control; Tagmend never does",
    command: "aws sso-admin create-instance-access-control-attribute-configuration --region INSTANCE_REGION --instance-arn INSTANCE --instance-access-control-attribute-configuration 'AccessControlAttributes=[{Key=KEY,Value={Source=[SOURCE]}}]'",
    page: "https://docs.aws.amazon.com/singlesignon/latest/userguide/configure-abac.html",
};

pub(crate) fn by_tags(case: &Case<'_>) -> Option<Verdict> {
    if case.facts.access_control != AccessControl::Disabled {
        return None;
    }
    let drift = case.deciding_keys()?;
    Some(Verdict::on(drift.keys.clone(), case.deciding_evidence(drift)))
}
