//! What a call answers, before it takes its protocol's form.

use serde_json::Value as Json;

/// An error of the service model.
#[derive(Clone, Debug)]
pub(crate) struct ServiceError {
    pub(crate) status: u16,
    pub(crate) code: String,
    pub(crate) message: String,
    /// The member `Reason`, which says what of the instance's own key went wrong.
    pub(crate) reason: Option<&'static str>,
}

impl ServiceError {
    pub(crate) fn new(status: u16, code: &str, message: impl Into<String>) -> ServiceError {
        ServiceError { status, code: code.to_owned(), message: message.into(), reason: None }
    }

    /// The service could not use the key of the instance for its caller.
    pub(crate) fn key_refused(service: &str, message: String) -> ServiceError {
        // Source: the models of both services.
        let reason =
            if service == "identitystore" { "KMS_ACCESS_DENIED" } else { "KMS_AccessDeniedException" };
        ServiceError { reason: Some(reason), ..ServiceError::new(400, "AccessDeniedException", message) }
    }

    pub(crate) fn unknown(operation: &str) -> ServiceError {
        ServiceError::new(400, "UnknownOperationException", format!("{operation} is not in the sandbox"))
    }

    pub(crate) fn not_found(what: &str) -> ServiceError {
        ServiceError::new(400, "ResourceNotFoundException", format!("{what} not found"))
    }

    pub(crate) fn validation(message: impl Into<String>) -> ServiceError {
        ServiceError::new(400, "ValidationException", message)
    }

    pub(crate) fn conflict(message: &str) -> ServiceError {
        ServiceError::new(400, "ConflictException", message)
    }
}

pub(crate) type JsonAnswer = Result<Json, ServiceError>;
