//! A call to AWS that failed, without anything that an answer may have quoted.

use std::error::Error;
use std::fmt;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_ssoadmin::config::http::HttpResponse;
use aws_sdk_ssoadmin::error::{ProvideErrorMetadata, SdkError};
use tagmend_diagnosis::{Class, classify};

/// A call to AWS that failed, after the SDK's own retries.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct AwsError {
    /// For instance `sso:DescribePermissionSet`.
    pub operation: &'static str,
    /// The error code that AWS answered, or what went wrong before an answer.
    pub code: String,
    /// Whether the same call may be answered a moment later: throttled, an error of the server, or no answer.
    pub passes: bool,
}

impl AwsError {
    /// From what the SDK says. Messages are left out: AWS quotes input in them.
    pub fn new<E: ProvideErrorMetadata>(
        operation: &'static str,
        error: &SdkError<E, HttpResponse>,
    ) -> AwsError {
        let (code, passes) = match error {
            SdkError::ConstructionFailure(_) => ("the request could not be made", false),
            SdkError::TimeoutError(_) => ("no answer in time", true),
            SdkError::DispatchFailure(failure) if failure.is_timeout() => ("no answer in time", true),
            SdkError::DispatchFailure(failure) => {
                let why = failure.as_connector_error().and_then(|error| without_credentials(error));
                (why.unwrap_or("no connection"), true)
            }
            SdkError::ResponseError(_) => ("an answer that cannot be read", true),
            other => (other.code().unwrap_or("an error without a code"), passes(error)),
        };
        AwsError { operation, code: code.to_owned(), passes }
    }

    /// What will be the same at the next try.
    pub fn lasting(operation: &'static str, code: impl Into<String>) -> AwsError {
        AwsError { operation, code: code.into(), passes: false }
    }

    /// What was not asked, or not answered, before the run had to end.
    pub fn out_of_time() -> AwsError {
        AwsError { operation: "every read", code: "too little time was left".to_owned(), passes: true }
    }

    /// An answer that lacks what it has to hold.
    pub fn incomplete(operation: &'static str) -> AwsError {
        AwsError::lasting(operation, "an answer that lacks a field")
    }
}

impl fmt::Display for AwsError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.operation, self.code)?;
        if EXPIRED.contains(&self.code.as_str()) {
            formatter.write_str(": the credentials have expired; sign in again")?;
        }
        Ok(())
    }
}

/// What services answer to credentials whose time is over. Source: `CommonErrors` in the API references, and that of S3.
const EXPIRED: [&str; 3] = ["ExpiredToken", "ExpiredTokenException", "RequestExpired"];

/// Why there are no credentials, where that is why nothing was sent.
fn without_credentials(error: &(dyn Error + 'static)) -> Option<&'static str> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<CredentialsError>() {
            return Some(match error {
                CredentialsError::CredentialsNotLoaded(_) => {
                    "no credentials: none are in the environment, the profile or the instance"
                }
                CredentialsError::ProviderTimedOut(_) => {
                    "no credentials: their source did not answer in time"
                }
                CredentialsError::InvalidConfiguration(_) => {
                    "no credentials: the configuration of them is wrong"
                }
                _ => "no credentials: their source failed, or the sign-in has expired (aws sso login)",
            });
        }
        cause = error.source();
    }
    None
}

/// `PolicyEvaluation` of the simulator is status 500, and says that a policy cannot be evaluated. Source: `Errors` of
/// `SimulatePrincipalPolicy` in the IAM API reference.
fn passes<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> bool {
    let status = error.raw_response().map_or(0, |answer| answer.status().as_u16());
    match error.code() {
        Some("PolicyEvaluation") => false,
        Some(code) => status >= 500 || classify(code, "", "") == Some(Class::Throttled),
        None => status >= 500 || status == 429,
    }
}

/// Whether AWS answered with this error code.
pub(crate) fn has_code<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>, code: &str) -> bool {
    matches!(error, SdkError::ServiceError(_)) && error.code() == Some(code)
}

/// Codes with which Identity Center says that it did not do what was asked. Every other one, a 5xx, an answer that
/// cannot be read or no answer tells nothing: the call may have taken effect. Source: `Errors` of
/// `UpdateInstanceAccessControlAttributeConfiguration` and `ProvisionPermissionSet`, without
/// `InternalServerException`, and the common errors that are about the caller, in the API reference.
const REFUSED: [&str; 12] = [
    "AccessDeniedException",
    "ConflictException",
    "ExpiredTokenException",
    "IncompleteSignature",
    "InvalidSignatureException",
    "NotAuthorized",
    "OptInRequired",
    "RequestExpired",
    "ResourceNotFoundException",
    "ThrottlingException",
    "UnrecognizedClientException",
    "ValidationException",
];

/// Whether AWS answered that it did not do it.
pub(crate) fn is_refused<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> bool {
    let is_of_the_caller = error.raw_response().is_some_and(|answer| answer.status().is_client_error());
    is_of_the_caller && REFUSED.iter().any(|code| has_code(error, code))
}

/// Whether AWS refused a call before it had any effect, and may take it a moment later.
pub(crate) fn may_be_sent_again<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> bool {
    ["ConflictException", "ThrottlingException"].iter().any(|code| has_code(error, code))
}
