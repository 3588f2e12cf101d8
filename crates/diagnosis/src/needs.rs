//! What has to be so before a rule is looked at more closely, and how it is said where it is not.

use crate::case::{Case, Focus};
use crate::cloudtrail::error_code::Class;
use crate::cloudtrail::failure::Failure;
use crate::cloudtrail::message::PolicyType;
use crate::live::facts::AccessControl;

/// A condition that several rules share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    Throttled,
    HasResidue,
    SaysServiceControl,
    SaysResourceControl,
    SaysEndpoint,
    SaysBoundary,
    SaysResource,
    SaysSession,
    SaysTrust,
    OfThePermissionSet,
    Outdated,
    AccessControlOff,
    Recorded,
    NotRecorded,
    Denied,
    NotDenied,
    Allowed,
    Open,
}

impl Need {
    /// What is not so; nothing where it is. Without a case, only of what the record tells.
    pub(crate) fn lacks(self, failure: &Failure, case: Option<&Case<'_>>) -> Option<&'static str> {
        let says = |policy_type| failure.message.policy_type == Some(policy_type);
        let of_case = |is_so: fn(&Case<'_>) -> bool| case.is_some_and(is_so);
        let (is_so, otherwise) = match self {
            Need::Throttled => (failure.class == Class::Throttled, "the error code is none of throttling"),
            Need::HasResidue => {
                (failure.message.residue.is_some(), "every word of the message is understood")
            }
            Need::SaysServiceControl => {
                (says(PolicyType::ServiceControl), "the message names no service control policy")
            }
            Need::SaysResourceControl => {
                (says(PolicyType::ResourceControl), "the message names no resource control policy")
            }
            Need::SaysEndpoint => (says(PolicyType::VpcEndpoint), "the message names no VPC endpoint policy"),
            Need::SaysBoundary => (says(PolicyType::Boundary), "the message names no permissions boundary"),
            Need::SaysResource => (says(PolicyType::Resource), "the message names no resource-based policy"),
            Need::SaysSession => (says(PolicyType::Session), "the message names no session policy"),
            Need::SaysTrust => (says(PolicyType::Trust), "the message names no trust policy"),
            Need::OfThePermissionSet => (
                of_case(|case| case.focus() == Focus::Identity),
                "the message names another type of policy than the permission set's",
            ),
            Need::Outdated => (
                of_case(|case| case.is_outdated()),
                "the account has the newest version of the permission set",
            ),
            Need::AccessControlOff => (
                of_case(|case| case.facts.access_control == AccessControl::Disabled),
                "attributes for access control are on",
            ),
            Need::Recorded => {
                (of_case(|case| case.is_recorded), "no sign-in record shows what the session carries")
            }
            Need::NotRecorded => {
                (of_case(|case| !case.is_recorded), "the sign-in record shows what the session carries")
            }
            Need::Denied => (
                of_case(|case| case.is_denied()),
                "with the tags that the session carries, the policies that could be read do not deny for sure",
            ),
            Need::NotDenied => (
                of_case(|case| !case.is_denied()),
                "with the tags that the session carries, the policies that could be read deny for sure",
            ),
            Need::Allowed => (
                of_case(|case| case.is_allowed()),
                "with the tags that the session carries, the policies that could be read do not allow for sure",
            ),
            Need::Open => (
                of_case(|case| case.open().is_some()),
                "the decision depends on nothing that could not be read",
            ),
        };
        (!is_so).then_some(otherwise)
    }
}
