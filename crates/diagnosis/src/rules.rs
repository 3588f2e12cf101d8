//! The order in which causes are looked for: the first rule that applies is the diagnosis.

use crate::approved::baseline::Baseline;
use crate::case::verdict::Verdict;
use crate::case::{Case, Focus};
use crate::cause::{self, Cause};
use crate::cloudtrail::failure::Failure;

/// When a cause applies. Each stands in the file of its cause.
#[derive(Clone, Copy)]
pub(crate) enum Rule {
    /// The record alone decides it.
    Record(fn(&Failure, &Baseline) -> Option<Verdict>),
    /// It takes what AWS says now.
    Facts(fn(&Case<'_>) -> Option<Verdict>),
}

use Cause as C;
use Rule::{Facts, Record};

/// The table. A cause stands in it once for each way in which it shows.
pub(crate) const RULES: [(Cause, Rule); 55] = [
    // What the record alone decides.
    (C::OwnFailure, Record(cause::own_failure::by_role)),
    (C::Throttled, Record(cause::throttled::by_code)),
    (C::NotIdentityCenter, Record(cause::not_identity_center::by_role)),
    (C::Undetermined, Record(cause::undetermined::accounts_disagree)),
    (C::OutOfScope, Record(cause::out_of_scope::by_account)),
    (C::Undetermined, Record(cause::undetermined::message_of_somebody_else)),
    (C::ServiceNotEnabled, Record(cause::service_not_enabled::by_code_or_message)),
    (C::S3Setting, Record(cause::s3_setting::by_message)),
    (C::SessionPolicy, Record(cause::session_policy::by_message)),
    (C::RoleTrustPolicy, Record(cause::role_trust_policy::by_message)),
    (C::ServiceControlPolicy, Record(cause::service_control_policy::by_message)),
    (C::ResourceControlPolicy, Record(cause::resource_control_policy::by_message)),
    (C::VpcEndpointPolicy, Record(cause::vpc_endpoint_policy::by_message)),
    (C::KmsKey, Record(cause::kms_key::by_message)),
    (C::ResourcePolicy, Record(cause::resource_policy::by_message)),
    (C::PermissionsBoundary, Record(cause::permissions_boundary::by_message)),
    (C::Undetermined, Record(cause::undetermined::request_expired)),
    (C::Undetermined, Record(cause::undetermined::not_understood)),
    (C::Undetermined, Record(cause::undetermined::role_of_the_member_account)),
    // What is there of the policies.
    (C::ServiceControlPolicy, Facts(cause::service_control_policy::unexamined)),
    (C::ResourceControlPolicy, Facts(cause::resource_control_policy::unexamined)),
    (C::VpcEndpointPolicy, Facts(cause::vpc_endpoint_policy::unexamined)),
    (C::PermissionsBoundary, Facts(cause::permissions_boundary::unexamined)),
    (C::KmsKey, Facts(cause::kms_key::by_key_policy)),
    (C::NotProvisioned, Facts(cause::not_provisioned::newest_would_allow)),
    (C::Undetermined, Facts(cause::undetermined::outdated)),
    // Denied for sure with the tags that the session carries.
    (C::Undetermined, Facts(cause::undetermined::contradiction)),
    (C::StaleSession, Facts(cause::stale_session::by_sign_in)),
    (C::AccessControlOff, Facts(cause::access_control_off::by_tags)),
    (C::MappingSourceDiffers, Facts(cause::mapping_source_differs::by_tags)),
    (C::MappingMissing, Facts(cause::mapping_missing::by_tags)),
    (C::Undetermined, Facts(cause::undetermined::open_as_approved)),
    (C::KeyOwnedByIdp, Facts(cause::key_owned_by_idp::overridden)),
    (C::IdpStoppedSending, Facts(cause::idp_stopped_sending::by_sign_in)),
    (C::UserHasNoValue, Facts(cause::user_has_no_value::by_tags)),
    (C::ActionIgnoresResourceTags, Facts(cause::action_ignores_resource_tags::by_reference)),
    (C::BucketAbacOff, Facts(cause::bucket_abac_off::by_setting)),
    (C::ResourceTag, Facts(cause::resource_tag::differs)),
    (C::RequestTag, Facts(cause::request_tag::differs)),
    (C::Intended, Facts(cause::intended::by_policies)),
    (C::Undetermined, Facts(cause::undetermined::denied_beside_what_nobody_saw)),
    // Not denied for sure: then why was it denied?
    (C::StaleSession, Facts(cause::stale_session::older_than_fix)),
    (C::StaleSession, Facts(cause::stale_session::older_than_user)),
    (C::EventualConsistency, Facts(cause::eventual_consistency::after_change)),
    (C::Undetermined, Facts(cause::undetermined::deny_that_nobody_sees)),
    (C::KmsKey, Facts(cause::kms_key::tags_not_in_effect)),
    (C::KeyOwnedByIdp, Facts(cause::key_owned_by_idp::unknown)),
    (C::MappingSourceDiffers, Facts(cause::mapping_source_differs::open)),
    (C::ResourceTag, Facts(cause::resource_tag::unknown)),
    (C::RequestTag, Facts(cause::request_tag::unknown)),
    // The message names the policy's type, whatever can be said of it.
    (C::ServiceControlPolicy, Facts(|case| case.named_type(Focus::ServiceControl))),
    (C::ResourceControlPolicy, Facts(|case| case.named_type(Focus::ResourceControl))),
    (C::VpcEndpointPolicy, Facts(|case| case.named_type(Focus::Endpoint))),
    (C::PermissionsBoundary, Facts(|case| case.named_type(Focus::Boundary))),
    (C::Undetermined, Facts(cause::undetermined::at_last)),
];

/// The first rule that the record alone decides.
pub(crate) fn by_record(failure: &Failure, baseline: &Baseline) -> Option<(Cause, Verdict)> {
    RULES.iter().find_map(|(cause, rule)| match rule {
        Record(find) => Some((*cause, find(failure, baseline)?)),
        Facts(_) => None,
    })
}

/// The first rule that applies to a case.
pub(crate) fn by_facts(case: &Case<'_>) -> Option<(Cause, Verdict)> {
    RULES.iter().find_map(|(cause, rule)| match rule {
        Facts(find) => Some((*cause, find(case)?)),
        Record(_) => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cause_lacks_a_rule() {
        for cause in Cause::ALL {
            assert!(RULES.iter().any(|(known, _)| *known == cause), "{cause:?}");
        }
    }
}
