//! What somebody can do about a call that AWS did not answer as it should.

use std::collections::BTreeSet;
use std::io;

use tagmend_diagnosis::is_denied;
use tagmend_remedy::AwsError;
use tagmend_remedy::approve::ApproveError;
use tagmend_remedy::hold::HoldError;
use tagmend_remedy::pinned::NoBaseline;

use crate::arguments::{Baseline, Command, Where};

/// Where the calls of a command went.
#[derive(Clone, Debug, Default)]
pub(crate) struct Aims {
    region: Option<String>,
    bucket: Option<String>,
}

/// What services answer to credentials that they do not know. Source: `CommonErrors` in the API references, and the list of
/// error codes of S3.
const UNKNOWN: [&str; 8] = [
    "AuthFailure",
    "IncompleteSignature",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "InvalidToken",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
];
const EXPIRED: [&str; 3] = ["ExpiredToken", "ExpiredTokenException", "RequestExpired"];
/// What S3 answers where the bucket is in another Region than the one that was asked. Source: its list of error codes.
const ELSEWHERE: [&str; 4] = [
    "AuthorizationHeaderMalformed",
    "IllegalLocationConstraintException",
    "PermanentRedirect",
    "TemporaryRedirect",
];

impl Aims {
    pub(crate) fn of(command: &Command) -> Aims {
        let mut aims = match command {
            Command::Baseline(Baseline::Init(init)) => Aims { region: init.region.clone(), bucket: None },
            _ => command.place().map_or_else(Aims::default, Aims::at),
        };
        let inputs = match command {
            Command::Replay(replay) => replay.paths.as_slice(),
            Command::Explain(explain) => std::slice::from_ref(&explain.path),
            _ => &[],
        };
        // What stops such a command is what it reads: what the journal does not answer is said of each record.
        let input = inputs.iter().find_map(|path| path.to_str()?.strip_prefix("s3://"));
        if let Some(bucket) = input.and_then(|place| place.split('/').next()) {
            aims.bucket = Some(bucket.to_owned());
        }
        aims
    }

    /// Where AWS is for most commands.
    pub(crate) fn at(place: &Where) -> Aims {
        Aims { region: place.region.clone(), bucket: place.journal_bucket.clone() }
    }

    /// What to do, each line indented; nothing where only the error can be said.
    pub(crate) fn way_out(&self, error: &AwsError) -> Option<String> {
        self.way_out_of(error.operation, &error.code)
    }

    fn way_out_of(&self, operation: &str, code: &str) -> Option<String> {
        let region = self.region.as_deref().unwrap_or("the Region");
        let bucket = self.bucket.as_deref().unwrap_or("of this name");
        let text = if code.starts_with("no credentials") {
            "sign in (aws sso login), or name a profile that has credentials: AWS_PROFILE=NAME".to_owned()
        } else if EXPIRED.contains(&code) {
            "sign in again (aws sso login), and then the same command".to_owned()
        } else if UNKNOWN.contains(&code) {
            "AWS does not know these credentials; `aws sts get-caller-identity` says whose they are"
                .to_owned()
        } else if code == "NoSuchBucket" {
            format!("there is no bucket {bucket}; the stack's output JournalBucket names that of the journal")
        } else if ELSEWHERE.contains(&code) {
            format!("the bucket {bucket} is not in {region}: it has to be named with its own Region")
        } else if code == "no connection" || code == "no answer in time" {
            format!(
                "is `{region}` a Region, and is there a way to it from here (proxy, endpoint, AWS_ENDPOINT_URL)?"
            )
        } else if operation.starts_with("sso:") && code == "ResourceNotFoundException" {
            format!(
                "is the instance in {region}? `aws sso-admin list-instances --region {region}` lists those that are"
            )
        } else if operation == "sso:ListInstances" && code.ends_with("instances, not one") {
            format!(
                "--region names the primary Region of the instance, and {region} may be another one; the account has to be \
                     the one that administers it"
            )
        } else if is_denied(code) {
            return Some(self.statement(operation));
        } else {
            return None;
        };
        Some(format!("  {text}"))
    }

    /// What would grant a right. Resources: the Service Authorization Reference of each service.
    fn statement(&self, action: &str) -> String {
        let partition = match self.region.as_deref() {
            Some(region) if region.starts_with("cn-") => "aws-cn",
            Some(region) if region.starts_with("us-gov-") => "aws-us-gov",
            _ => "aws",
        };
        let bucket = self.bucket.as_deref().unwrap_or("*");
        let service = action.split(':').next().unwrap_or_default();
        let resources = match (service, action) {
            ("s3", "s3:GetObject" | "s3:PutObject" | "s3:DeleteObject") => {
                vec![format!("arn:{partition}:s3:::{bucket}/*")]
            }
            ("s3", _) => vec![format!("arn:{partition}:s3:::{bucket}")],
            (_, "sso:ListInstances") => vec!["*".to_owned()],
            ("sso", _) => vec![
                format!("arn:{partition}:sso:::instance/*"),
                format!("arn:{partition}:sso:::permissionSet/*/*"),
                format!("arn:{partition}:sso:::account/*"),
            ],
            ("identitystore", _) => vec![
                format!("arn:{partition}:identitystore::*:identitystore/*"),
                format!("arn:{partition}:identitystore:::user/*"),
            ],
            _ => vec!["*".to_owned()],
        };
        let resource = match resources.as_slice() {
            [one] => serde_json::json!(one),
            several => serde_json::json!(several),
        };
        let named = resources.join(", ");
        // Written by hand for the order in which people read it.
        format!(
            "  the caller has no right to {action} on {named}; this statement grants it, if nothing else denies it:\n  \
             {{\"Effect\": \"Allow\", \"Action\": \"{action}\", \"Resource\": {resource}}}"
        )
    }
}

/// What failed while the rest went on, each with its way out.
#[derive(Debug, Default)]
pub(crate) struct Ways(BTreeSet<(String, String)>);

impl Ways {
    pub(crate) fn add(&mut self, place: &Where, error: &AwsError) {
        if let Some(way_out) = Aims::at(place).way_out(error) {
            self.0.insert((error.to_string(), way_out));
        }
    }

    /// The same of an error that is only text by now: `operation: code`, with what the error itself says to it.
    pub(crate) fn add_text(&mut self, place: &Where, error: &str) {
        let error = from_operation(error);
        let (operation, rest) = error.split_once(": ").unwrap_or((error, ""));
        let is_one = rest.starts_with("no credentials");
        let code = if is_one { rest } else { rest.split(": ").next().unwrap_or(rest) };
        if let Some(way_out) = Aims::at(place).way_out_of(operation, code) {
            self.0.insert((error.to_owned(), way_out));
        }
    }

    /// On standard error: each way out once, below all that it is of.
    pub(crate) fn say(&self) {
        let mut said = BTreeSet::new();
        for (_, way_out) in &self.0 {
            if said.insert(way_out) {
                let errors = self.0.iter().filter(|(_, other)| other == way_out);
                errors.for_each(|(error, _)| eprintln!("{error}"));
                eprintln!("{way_out}");
            }
        }
    }
}

/// An error from where it names the call: what was read may stand before it.
fn from_operation(error: &str) -> &str {
    let is_operation = |text: &str| {
        let (service, operation) = text.split_once(':').unwrap_or_default();
        let is_service = |sign: char| sign.is_ascii_lowercase() || sign.is_ascii_digit() || sign == '-';
        !service.is_empty() && service.chars().all(is_service) && operation.starts_with(char::is_uppercase)
    };
    let mut rest = error;
    while let Some((part, after)) = rest.split_once(": ") {
        if is_operation(part) {
            return rest;
        }
        rest = after;
    }
    error
}

/// The call that failed, wherever in an error it is.
pub(crate) fn aws_error(error: &anyhow::Error) -> Option<&AwsError> {
    error.chain().find_map(|cause| {
        let direct = cause.downcast_ref::<AwsError>();
        let held = || match cause.downcast_ref::<HoldError>() {
            Some(HoldError::Aws(error)) => Some(error),
            _ => None,
        };
        let approved = || match cause.downcast_ref::<ApproveError>() {
            Some(ApproveError::Aws(error)) => Some(error),
            _ => None,
        };
        // What is read of a stream fails as a stream does.
        let read = || cause.downcast_ref::<io::Error>()?.get_ref()?.downcast_ref::<AwsError>();
        let pinned = || match cause.downcast_ref::<NoBaseline>() {
            Some(NoBaseline::Unanswered(error)) => Some(error),
            _ => None,
        };
        direct.or_else(held).or_else(approved).or_else(pinned).or_else(read)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_begins_with_the_call_that_failed() {
        for (error, from) in [
            ("the queue: sqs:GetQueueAttributes: AccessDenied", "sqs:GetQueueAttributes: AccessDenied"),
            ("s3:GetObject: no connection", "s3:GetObject: no connection"),
            ("a: b: c", "a: b: c"),
            ("nothing", "nothing"),
        ] {
            assert_eq!(from_operation(error), from);
        }
    }

    #[test]
    fn a_region_without_the_instance_is_named() {
        let aims = Aims { region: Some("eu-west-1".to_owned()), bucket: None };
        let none = aims.way_out_of("sso:ListInstances", "0 instances, not one").unwrap();
        assert!(
            none.starts_with("  --region names the primary Region of the instance, and eu-west-1"),
            "{none}"
        );
        let gone = aims.way_out_of("sso:DescribePermissionSet", "ResourceNotFoundException").unwrap();
        assert!(gone.starts_with("  is the instance in eu-west-1? `aws sso-admin list-instances"), "{gone}");
        assert_eq!(aims.way_out_of("s3:GetObject", "SlowDown"), None);
    }
}
