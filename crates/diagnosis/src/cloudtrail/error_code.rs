//! Which error codes are denials and which are throttling.
//!
//! `data/error_codes.txt` has them, with what was decided by hand and why in `data/by_hand/error_codes.txt`. The
//! EventBridge rules match the same ends of codes (`tests/outside/test_template.py`): what passes is read.

use std::sync::LazyLock;

use crate::cloudtrail::called_action::service;
use crate::words::tables::ERROR_CODES;

/// What an error code says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// A policy said no.
    Denied,
    /// Too many calls.
    Throttled,
}

/// What a row of the table says.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Meaning {
    Denied,
    /// Refused because a service or a Region is not turned on for the account.
    NotEnabled,
    Throttled,
    Neither,
}

struct Row {
    code: &'static str,
    meaning: Meaning,
    sources: Sources,
    /// How the text begins.
    text: &'static str,
}

/// The event sources that a row is about.
enum Sources {
    Any,
    Only(Vec<&'static str>),
    AnyBut(Vec<&'static str>),
}

/// Longer codes first: `KMSOptInRequired` ends with `OptInRequired`. Rows of one code keep their order.
static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| {
    let mut rows: Vec<Row> = ERROR_CODES.rows().lines().filter_map(row).collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.code.len()));
    rows
});

fn row(line: &'static str) -> Option<Row> {
    let mut fields = line.split(" | ");
    let (code, meaning) = (fields.next()?, fields.next()?);
    let (sources, text) = (fields.next()?, fields.next()?);
    let meaning = match meaning {
        "denied" => Meaning::Denied,
        "not-enabled" => Meaning::NotEnabled,
        "throttled" => Meaning::Throttled,
        _ => Meaning::Neither,
    };
    let names = || sources.split(' ').map(|name| name.trim_start_matches('!')).collect();
    let sources = match sources {
        "*" => Sources::Any,
        sources if sources.starts_with('!') => Sources::AnyBut(names()),
        _ => Sources::Only(names()),
    };
    Some(Row { code, meaning, sources, text: if text == "*" { "" } else { text } })
}

impl Row {
    /// Whether it is about all services and texts.
    fn is_plain(&self) -> bool {
        matches!(self.sources, Sources::Any) && self.text.is_empty()
    }
}

impl Sources {
    /// The source is asked for only where it matters: to look it up takes longer than all else.
    fn have<'a>(&self, source: impl FnOnce() -> &'a str) -> bool {
        match self {
            Sources::Any => true,
            Sources::Only(names) => names.contains(&source()),
            Sources::AnyBut(names) => !names.contains(&source()),
        }
    }
}

/// What the longest code of the table says that this one ends with: CloudTrail puts `Client.` before codes of EC2, and
/// services put their own names before others. What is about some services or texts only wants the code as a whole.
fn meaning(code: &str, event_source: &str, text: &str) -> Option<Meaning> {
    let longest = ROWS.iter().find(|row| code.ends_with(row.code))?.code;
    let mut rows = ROWS.iter().filter(|row| row.code == longest && (row.is_plain() || code == longest));
    rows.find(|row| text.starts_with(row.text) && row.sources.have(|| service(event_source)))
        .map(|row| row.meaning)
}

/// The class of a record's error, or none where it is neither a denial nor throttling.
pub fn classify(code: &str, event_source: &str, text: &str) -> Option<Class> {
    match meaning(code, event_source, text)? {
        Meaning::Denied | Meaning::NotEnabled => Some(Class::Denied),
        Meaning::Throttled => Some(Class::Throttled),
        Meaning::Neither => None,
    }
}

/// Whether a record's error says that something is not turned on.
pub(crate) fn is_not_enabled(code: &str, event_source: &str) -> bool {
    meaning(code, event_source, "") == Some(Meaning::NotEnabled)
}

/// Whether AWS refused a call of Tagmend's own with this code.
pub fn is_denied(code: &str) -> bool {
    classify(code, "", "") == Some(Class::Denied)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_by_their_ends() {
        for code in [
            "AccessDenied",
            "Client.UnauthorizedOperation",
            "KMS.AccessDeniedException",
            "InsufficientIAMAccessPermissionException",
            "SomethingNewAccessDeniedException",
            "NotAuthorized",
        ] {
            assert_eq!(classify(code, "ec2.amazonaws.com", ""), Some(Class::Denied), "{code}");
        }
        for code in ["Client.RequestLimitExceeded", "KmsThrottled", "KMSThrottlingFault", "RateLimitError"] {
            assert_eq!(classify(code, "ec2.amazonaws.com", ""), Some(Class::Throttled), "{code}");
        }
    }

    #[test]
    fn quotas_and_dry_runs_are_neither() {
        for code in [
            "LimitExceededException",
            "ServiceQuotaExceededException",
            "Client.DryRunOperation",
            "ModelNotReadyException",
            "InvalidPasswordException",
            "",
            "accessdenied",
        ] {
            assert_eq!(classify(code, "ec2.amazonaws.com", ""), None, "{code}");
        }
    }

    #[test]
    fn some_codes_say_another_thing_in_another_service_or_text() {
        let of =
            |code: &str, service: &str, text: &str| classify(code, &format!("{service}.amazonaws.com"), text);
        let rate = "Rate exceeded for stream ledger under account 111122223333.";
        assert_eq!(of("LimitExceededException", "kinesis", rate), Some(Class::Throttled));
        assert_eq!(of("LimitExceededException", "kinesis", "the shard limit"), None);
        assert_eq!(of("LimitExceededException", "apigateway", "Slow down"), Some(Class::Throttled));
        assert_eq!(of("ResourceLimitExceededException", "kinesis", rate), None);
        assert_eq!(of("NewLimitExceededException", "kinesis", rate), None);
        assert_eq!(of("TransactionInProgressException", "dynamodb", ""), Some(Class::Throttled));
        assert_eq!(of("TransactionInProgressException", "globalaccelerator", ""), None);
        assert_eq!(of("NotAuthorizedException", "pi", ""), Some(Class::Denied));
        assert_eq!(of("NotAuthorizedException", "cognito-idp", "Incorrect username or password."), None);
    }

    #[test]
    fn what_is_not_turned_on() {
        for code in ["OptInRequired", "Client.OptInRequired", "KMSOptInRequired", "RegionDisabledException"] {
            assert!(is_not_enabled(code, "ec2.amazonaws.com"), "{code}");
            assert_eq!(classify(code, "ec2.amazonaws.com", ""), Some(Class::Denied), "{code}");
        }
        assert!(!is_not_enabled("AccessDenied", "s3.amazonaws.com"));
        assert!(is_denied("AccessDeniedException") && !is_denied("ThrottlingException") && !is_denied(""));
    }
}
