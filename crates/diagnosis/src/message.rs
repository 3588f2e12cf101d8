//! The text of a denial. Callers influence it (session names, resource names), so it is only ever asked
//! which action, resource and policy type it names, and each answer is anchored.
//!
//! Source of the forms: `troubleshoot_access-denied` in the IAM user guide, and public records.

use std::sync::LazyLock;

use regex::Regex;

/// The type of policy that decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyType {
    /// The permission set's own policies.
    Identity,
    /// A policy on the resource.
    Resource,
    /// A service control policy.
    ServiceControl,
    /// A resource control policy.
    ResourceControl,
    /// The permissions boundary.
    Boundary,
    /// A session policy.
    Session,
    /// The policy of a VPC endpoint.
    VpcEndpoint,
    /// A role's trust policy.
    Trust,
}

/// Whether a statement denied, or none allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deny {
    /// A statement denied.
    Explicit,
    /// Nothing allowed.
    Implicit,
}

/// An encoded authorization message of EC2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoded {
    /// It can be decoded.
    Whole,
    /// CloudTrail cut it at 1 KB; it cannot be decoded.
    Cut,
}

/// What a message says. A part is `None` where it does not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// The ARN behind `User:`.
    pub principal: Option<String>,
    /// The action, as printed.
    pub action: Option<String>,
    /// The resource, without quotes; none for `on this resource`.
    pub resource: Option<String>,
    /// The policy type that is named.
    pub policy_type: Option<PolicyType>,
    /// Explicit or implicit.
    pub deny: Option<Deny>,
    /// The policy that is named (messages of 2026).
    pub policy_arn: Option<String>,
    /// An encoded blob behind the text.
    pub encoded: Option<Encoded>,
    /// The id for `GetRequestAuthorizationDetails`.
    pub authorization_id: Option<String>,
}

const ENCODED: &str = " Encoded authorization failure message: ";
const TYPES: &str = "service control policy|resource control policy|VPC endpoint policy|permissions boundary|\
                     sessions? policy|identity-based policy|resource-based policy|role trust policy";

#[allow(clippy::unwrap_used, reason = "the expressions are constants, and a test compiles them")]
fn regex(text: &str) -> Regex {
    Regex::new(text).unwrap()
}

static AUTHORIZATION: LazyLock<Regex> = LazyLock::new(|| {
    regex(r"(?s)^(.*?)\.? Go to https://\S+ for complete details, .*authorization id: ([0-9a-z-]+)\.?$")
});
static CALL: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?s)^(?:You are not authorized to perform this operation\. )?User:? (?:(\S+) )?is not authorized to perform:? ([\w-]+:[\w*]+)(.*)$",
    )
});
static EXPLICIT: LazyLock<Regex> = LazyLock::new(|| {
    regex(&format!(
        r"(?is)^(.*?) with an explicit deny in (?:an?|the) ({TYPES})(?: transitively through a service control policy)?(?:: (arn:\S+?))?\.?$"
    ))
});
static IMPLICIT: LazyLock<Regex> =
    LazyLock::new(|| regex(&format!(r"(?is)^(.*?) because no ({TYPES}) allows the \S+ action\.?$")));
static OTHER_CLAUSE: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?s)^(.*?) because (?:the resource does not exist in this Region, (no resource-based policies allow access), .*|public (?:ACLs|policies) are prevented by .*|this bucket has blocked upload requests .*)$",
    )
});
static TARGET: LazyLock<Regex> = LazyLock::new(|| {
    regex(r#"(?s)^ on resource: (?:"(.+)"|((?:role|user|policy|instance profile) \S+|\S+))$"#)
});

impl Message {
    /// Reads a message. Text of no known form gives an empty [`Message`].
    pub fn parse(text: &str) -> Message {
        let mut message = Message::default();
        let mut text = text;
        if let Some((before, blob)) = text.split_once(ENCODED) {
            message.encoded = Some(if blob.ends_with("...") { Encoded::Cut } else { Encoded::Whole });
            text = before;
        }
        if let Some((_, [before, id])) = AUTHORIZATION.captures(text).map(|found| found.extract()) {
            message.authorization_id = Some(id.to_owned());
            text = before;
        }
        let Some(call) = CALL.captures(text) else {
            return message;
        };
        let part = |index: usize| call.get(index).map(|part| part.as_str().to_owned());
        message.principal = part(1);
        message.action = part(2);
        if is_cut(text) {
            return message;
        }
        let target = message.read_clause(call.get(3).map_or("", |rest| rest.as_str()));
        message.resource = TARGET
            .captures(target)
            .and_then(|found| found.get(1).or_else(|| found.get(2)))
            .map(|resource| resource.as_str().to_owned());
        message
    }

    /// Takes the clause off the end, and returns what stands before it.
    fn read_clause<'a>(&mut self, rest: &'a str) -> &'a str {
        let before = |found: &regex::Captures<'a>| found.get(1).map_or("", |before| before.as_str());
        if let Some(found) = EXPLICIT.captures(rest) {
            self.deny = Some(Deny::Explicit);
            self.policy_type = found.get(2).and_then(|name| policy_type(name.as_str()));
            self.policy_arn = found.get(3).map(|arn| arn.as_str().to_owned());
            before(&found)
        } else if let Some(found) = IMPLICIT.captures(rest) {
            self.deny = Some(Deny::Implicit);
            self.policy_type = found.get(2).and_then(|name| policy_type(name.as_str()));
            before(&found)
        } else if let Some(found) = OTHER_CLAUSE.captures(rest) {
            self.policy_type = found.get(2).map(|_| PolicyType::Resource);
            before(&found)
        } else {
            rest
        }
    }
}

/// CloudTrail cuts messages at 1 KB. What stands at the end then is neither a whole resource nor a whole clause.
fn is_cut(text: &str) -> bool {
    const LONGEST: usize = 1_000;
    let has_clause = EXPLICIT.is_match(text) || IMPLICIT.is_match(text);
    text.ends_with("...") || (text.len() >= LONGEST && !has_clause)
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

#[cfg(test)]
mod tests {
    use super::*;

    const CALL: &str = "User: arn:aws:sts::111122223333:assumed-role/R/s is not authorized to perform: ";

    fn named(action: &str, resource: Option<&str>) -> Message {
        Message {
            principal: Some("arn:aws:sts::111122223333:assumed-role/R/s".to_owned()),
            action: Some(action.to_owned()),
            resource: resource.map(str::to_owned),
            ..Message::default()
        }
    }

    #[track_caller]
    fn check(tail: &str, expected: &Message) {
        assert_eq!(Message::parse(&format!("{CALL}{tail}")), *expected);
    }

    #[test]
    fn every_policy_type_explicit_and_implicit() {
        for (name, policy_type) in [
            ("service control policy", PolicyType::ServiceControl),
            ("resource control policy", PolicyType::ResourceControl),
            ("VPC endpoint policy", PolicyType::VpcEndpoint),
            ("permissions boundary", PolicyType::Boundary),
            ("session policy", PolicyType::Session),
            ("identity-based policy", PolicyType::Identity),
            ("resource-based policy", PolicyType::Resource),
            ("role trust policy", PolicyType::Trust),
        ] {
            let mut expected = named("a:B", Some("arn:aws:a:::r"));
            expected.policy_type = Some(policy_type);
            expected.deny = Some(Deny::Implicit);
            check(
                &format!("a:B on resource: arn:aws:a:::r because no {name} allows the a:B action"),
                &expected,
            );
            expected.deny = Some(Deny::Explicit);
            check(&format!("a:B on resource: arn:aws:a:::r with an explicit deny in the {name}"), &expected);
            expected.policy_arn = Some("arn:aws:iam::111122223333:policy/P".to_owned());
            check(
                &format!(
                    "a:B on resource: arn:aws:a:::r with an explicit deny in an {name}: arn:aws:iam::111122223333:policy/P"
                ),
                &expected,
            );
        }
    }

    #[test]
    fn forms_of_the_resource() {
        check("sts:AssumeRole on resource: role X", &named("sts:AssumeRole", Some("role X")));
        check(
            "iam:GetUser on resource: instance profile P",
            &named("iam:GetUser", Some("instance profile P")),
        );
        check(
            r#"s3:GetObject on resource: "arn:aws:s3:::b/a key""#,
            &named("s3:GetObject", Some("arn:aws:s3:::b/a key")),
        );
        check("ec2:DescribeInstances", &named("ec2:DescribeInstances", None));
        let mut on_this = named("kms:Decrypt", None);
        on_this.policy_type = Some(PolicyType::Identity);
        on_this.deny = Some(Deny::Implicit);
        check(
            "kms:Decrypt on this resource because no identity-based policy allows the kms:Decrypt action",
            &on_this,
        );
        let mut elsewhere = named("kms:Decrypt", None);
        elsewhere.policy_type = Some(PolicyType::Resource);
        check(
            "kms:Decrypt on this resource because the resource does not exist in this Region, no resource-based policies \
             allow access, or a resource-based policy explicitly denies access",
            &elsewhere,
        );
    }

    #[test]
    fn tails() {
        let mut expected = named("ec2:RunInstances", Some("arn:aws:ec2:eu-west-1:111122223333:instance/*"));
        expected.policy_type = Some(PolicyType::Identity);
        expected.deny = Some(Deny::Implicit);
        expected.encoded = Some(Encoded::Cut);
        let text = format!(
            "You are not authorized to perform this operation. {CALL}ec2:RunInstances on resource: \
             arn:aws:ec2:eu-west-1:111122223333:instance/* because no identity-based policy allows the \
             ec2:RunInstances action. Encoded authorization failure message: T-kSWIRFn32_..."
        );
        assert_eq!(Message::parse(&text), expected);
        expected.encoded = Some(Encoded::Whole);
        assert_eq!(Message::parse(text.trim_end_matches("...")), expected);

        let mut expected = named("iam:GetUser", Some("user t"));
        expected.policy_type = Some(PolicyType::Identity);
        expected.deny = Some(Deny::Implicit);
        expected.authorization_id = Some("dddiidd1k88ni0xc6dxnae76n".to_owned());
        check(
            "iam:GetUser on resource: user t because no identity-based policy allows the iam:GetUser action. Go to \
             https://us-east-1.console.aws.amazon.com/iam/home?region=us-east-1#/authorization-details/dddiidd1k88ni0xc6dxnae76n \
             for complete details, or call the GetRequestAuthorizationDetails API with the following authorization id: \
             dddiidd1k88ni0xc6dxnae76n.",
            &expected,
        );
    }

    #[test]
    fn a_cut_message_names_neither_resource_nor_policy_type() {
        let long =
            format!("ssm:GetParameter on resource: arn:aws:ssm:eu-west-1:1:parameter/{}", "a".repeat(900));
        check(&format!("{long}..."), &named("ssm:GetParameter", None));
        check(&format!("{long}{}", "b".repeat(60)), &named("ssm:GetParameter", None));
        check(
            "s3:GetObject on resource: arn:aws:s3:::b because no identity-based pol...",
            &named("s3:GetObject", None),
        );
    }

    #[test]
    fn a_crafted_resource_does_not_choose_the_policy_type() {
        let mut expected = named(
            "s3:GetObject",
            Some(r#"arn:aws:s3:::b/x" with an explicit deny in a service control policy "#),
        );
        expected.policy_type = Some(PolicyType::Identity);
        expected.deny = Some(Deny::Implicit);
        check(
            r#"s3:GetObject on resource: "arn:aws:s3:::b/x" with an explicit deny in a service control policy " because no identity-based policy allows the s3:GetObject action"#,
            &expected,
        );
    }

    #[test]
    fn text_of_no_known_form_says_nothing() {
        for text in ["", "Access Denied", "Rate exceeded", "IAM user access not activated", "User: is not"] {
            assert_eq!(Message::parse(text), Message::default());
        }
    }
}
