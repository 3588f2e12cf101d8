//! Which error codes are denials and which are throttling.
//!
//! Collected from the service models and from public CloudTrail records. `LimitExceededException` and
//! `ServiceQuotaExceededException` are quotas on things, not on calls, and are neither.

/// What an error code says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// A policy said no.
    Denied,
    /// Too many calls.
    Throttled,
}

/// Codes of refused requests, without the `Client.` that CloudTrail puts before those of EC2.
pub const DENIED: [&str; 29] = [
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
    "OrganizationAccessDeniedException",
    "UnauthorizedAccess",
    "UnauthorizedClientException",
    "UnauthorizedError",
    "UnauthorizedException",
    "UnauthorizedOperation",
    "UnauthorizedOperationException",
    "VpceAccessDenied",
];

/// Codes of throttled requests, without `Client.`.
pub const THROTTLED: [&str; 14] = [
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

/// The class of an error code, or none where it is neither a denial nor throttling.
pub fn classify(code: &str) -> Option<Class> {
    let code = code.strip_prefix("Client.").or_else(|| code.strip_prefix("Server.")).unwrap_or(code);
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
