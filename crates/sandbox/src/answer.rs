//! What a call answers, before it takes its protocol's form.

use serde_json::Value as Json;

/// An error of the service model.
#[derive(Clone, Debug)]
pub(crate) struct ServiceError {
    pub(crate) status: u16,
    pub(crate) code: String,
    pub(crate) message: String,
}

impl ServiceError {
    pub(crate) fn new(status: u16, code: &str, message: impl Into<String>) -> ServiceError {
        ServiceError { status, code: code.to_owned(), message: message.into() }
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
