//! The clause that says why: which type of policy denied, and whether a statement did or none allowed.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::{Deny, PolicyType, Remark, regex};

const TYPES: &str = "service control policy|resource control policy|VPC endpoint policy|permissions boundary|\
                     sessions? policy|identity-based policy|resource-based policy|role trust policy";

static EXPLICIT: LazyLock<Regex> = LazyLock::new(|| {
    regex(&format!(
        r"(?is)^(.*?) with an explicit deny(?: in (?:an?|the) ({TYPES})(?: transitively through a service control policy)?(?:: (arn:\S+?))?)?$"
    ))
});
static IMPLICIT: LazyLock<Regex> =
    LazyLock::new(|| regex(&format!(r"(?is)^(.*?) because no ({TYPES}) allows the (?:(\S+) )?action$")));

/// Clauses of KMS and S3 that name something else. Each whole, as the services print it.
static OF_SERVICES: LazyLock<[(Regex, Remark); 3]> = LazyLock::new(|| {
    [
        (
            regex(
                r"(?s)^(.*?) because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access$",
            ),
            Remark::KeyNotFound,
        ),
        (
            regex(
                r"(?s)^(.*?) because public (?:ACLs are prevented|policies are prevented|access control lists \(ACLs\) are blocked) by the BlockPublic(?:Acls|Policy) (?:setting in S3 Block Public Access|block public access setting)$",
            ),
            Remark::BlockPublicAccess,
        ),
        (
            regex(
                r"(?s)^(.*?) because this bucket has blocked upload requests that specify Server Side Encryption with Customer provided keys \(SSE-C\)(?:\. Please specify a different server-side encryption type)?$",
            ),
            Remark::CustomerProvidedKeys,
        ),
    ]
});

/// What a clause says.
#[derive(Debug, Default)]
pub(super) struct Clause {
    pub(super) deny: Option<Deny>,
    pub(super) policy_type: Option<PolicyType>,
    pub(super) policy_arn: Option<String>,
    /// The action that it names once more.
    pub(super) action: Option<String>,
    pub(super) remark: Option<Remark>,
}

/// What stands before the clause at the end of a text, and the clause; none where the text ends in no whole one.
pub(super) fn at_end(text: &str) -> Option<(&str, Clause)> {
    let part = |found: &Captures<'_>, index: usize| found.get(index).map(|part| part.as_str().to_owned());
    let named = |found: &Captures<'_>| found.get(2).and_then(|name| policy_type(name.as_str()));
    let (found, clause) = if let Some(found) = EXPLICIT.captures(text) {
        let clause = Clause {
            deny: Some(Deny::Explicit),
            policy_type: named(&found),
            policy_arn: part(&found, 3),
            ..Clause::default()
        };
        (found, clause)
    } else if let Some(found) = IMPLICIT.captures(text) {
        let clause = Clause {
            deny: Some(Deny::Implicit),
            policy_type: named(&found),
            action: part(&found, 3),
            ..Clause::default()
        };
        (found, clause)
    } else {
        let of_service = |(regex, remark): &(Regex, Remark)| Some((regex.captures(text)?, *remark));
        let (found, remark) =
            OF_SERVICES.iter().filter(|_| text.contains(" because ")).find_map(of_service)?;
        let policy_type = (remark == Remark::KeyNotFound).then_some(PolicyType::Resource);
        (found, Clause { remark: Some(remark), policy_type, ..Clause::default() })
    };
    Some((found.get(1)?.as_str(), clause))
}

fn policy_type(name: &str) -> Option<PolicyType> {
    match name.to_ascii_lowercase().as_str() {
        "service control policy" => Some(PolicyType::ServiceControl),
        "resource control policy" => Some(PolicyType::ResourceControl),
        "vpc endpoint policy" => Some(PolicyType::VpcEndpoint),
        "permissions boundary" => Some(PolicyType::Boundary),
        "session policy" | "sessions policy" => Some(PolicyType::Session),
        "identity-based policy" => Some(PolicyType::Identity),
        "resource-based policy" => Some(PolicyType::Resource),
        "role trust policy" => Some(PolicyType::Trust),
        _ => None,
    }
}
