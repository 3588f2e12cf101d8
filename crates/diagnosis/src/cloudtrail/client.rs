//! What a record states of the client that called, as far as AWS documents that policies are told the same.
//! Source: `cloudtrail-event-reference-record-contents` and `...-user-identity` in the CloudTrail user guide.

use crate::cloudtrail::record::Record;

/// What called, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Client {
    /// The `User-Agent` header, where the record holds it as it was sent.
    pub user_agent: Option<String>,
    /// Whether the record names the version of TLS.
    pub uses_tls: bool,
    /// Whether the record says that MFA validated the session's credentials. That it says no means nothing: see
    /// `case/stated.rs`.
    pub has_mfa: bool,
}

impl Client {
    pub(crate) fn read(record: &Record) -> Client {
        let tls = record.tls_details.as_ref().and_then(|details| details.tls_version.as_deref());
        Client {
            user_agent: record.user_agent.clone().filter(|agent| is_as_sent(agent)),
            uses_tls: tls.is_some_and(|version| version.starts_with("TLS")),
            has_mfa: record.user_identity.mfa_authenticated() == Some("true"),
        }
    }
}

/// CloudTrail cuts at 1 KB.
const LONGEST: usize = 1_000;

/// Whether the text is a header as it was sent: not cut, not a service's name or `AWS Internal`, and not in the brackets
/// that records of S3 put around it.
fn is_as_sent(agent: &str) -> bool {
    let is_of_service = agent.ends_with(".amazonaws.com") || agent.starts_with("AWS Internal");
    let is_plain = agent.chars().all(|character| character.is_ascii_graphic() || character == ' ');
    !agent.is_empty() && agent.len() < LONGEST && is_plain && !is_of_service && !agent.starts_with('[')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_taken_as_it_was_sent_or_not_at_all() {
        assert!(is_as_sent("aws-cli/2.31.0 md/awscrt#0.27.6"));
        let cut = "x".repeat(1_024);
        for other in [
            "",
            "[aws-cli/2.31.0]",
            "athena.amazonaws.com",
            "AWS Internal",
            "AWS Internal/3",
            "a\u{1b}b",
            &cut,
        ] {
            assert!(!is_as_sent(other), "{other}");
        }
    }
}
