//! Which error codes are denials and which are throttling.
//!
//! Collected from the service models and from public CloudTrail records. `LimitExceededException` and
//! `ServiceQuotaExceededException` are quotas on things, not on calls, and are neither.

/// What an error code says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// A policy said no.
    Denied,
    /// Too many calls.
    Throttled,
}

/// Codes of requests that were refused because a service or a Region is not turned on for the account.
pub(crate) const NOT_ENABLED: [&str; 3] =
    ["OptInRequired", "RegionDisabledException", "SubscriptionRequiredException"];

/// Codes of refused requests, without the `Client.` that CloudTrail puts before those of EC2.
pub(crate) const DENIED: [&str; 32] = [
    "AccessDenied",
    "AccessDeniedException",
    "AccessDeniedFault",
    "AccessDeniedForDependencyException",
    "AuthorizationError",
    "AuthorizationErrorException",
    "CloudHsmAccessDeniedException",
    "DependencyAccessDeniedException",
    "EncryptionKeyAccessDeniedException",
    "ForbiddenError",
    "ForbiddenException",
    "InsufficientPrivilegesException",
    "InvalidAccessException",
    "KMSAccessDenied",
    "KMSAccessDeniedException",
    "KMSAccessDeniedFault",
    "KmsAccessDenied",
    "KmsAccessDeniedException",
    "NotAuthorizedException",
    "OperationNotPermittedException",
    "OpsItemAccessDeniedException",
    "OptInRequired",
    "OrganizationAccessDeniedException",
    "RegionDisabledException",
    "SubscriptionRequiredException",
    "UnauthorizedAccess",
    "UnauthorizedClientException",
    "UnauthorizedError",
    "UnauthorizedException",
    "UnauthorizedOperation",
    "UnauthorizedOperationException",
    "VpceAccessDenied",
];

/// Codes of throttled requests, without `Client.`.
pub(crate) const THROTTLED: [&str; 14] = [
    "BandwidthLimitExceeded",
    "EC2ThrottledException",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "SlowDown",
    "ThrottledClientException",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "TransactionInProgressException",
];

/// Whether a code says that something is not turned on.
pub(crate) fn is_not_enabled(code: &str) -> bool {
    NOT_ENABLED.contains(&without_side(code))
}

fn without_side(code: &str) -> &str {
    code.strip_prefix("Client.").or_else(|| code.strip_prefix("Server.")).unwrap_or(code)
}

/// The class of an error code, or none where it is neither a denial nor throttling.
pub fn classify(code: &str) -> Option<Class> {
    let code = without_side(code);
    if DENIED.contains(&code) {
        Some(Class::Denied)
    } else if THROTTLED.contains(&code) {
        Some(Class::Throttled)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotas_and_dry_runs_are_neither() {
        for code in [
            "LimitExceededException",
            "ServiceQuotaExceededException",
            "Client.DryRunOperation",
            "",
            "accessdenied",
        ] {
            assert_eq!(classify(code), None, "{code}");
        }
        assert_eq!(classify("Client.UnauthorizedOperation"), Some(Class::Denied));
        assert_eq!(classify("Client.RequestLimitExceeded"), Some(Class::Throttled));
    }
}
