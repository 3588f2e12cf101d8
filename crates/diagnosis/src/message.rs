//! The text of a denial. Callers influence it (session names, resource names), so it is only ever asked
//! which action, resource and policy type it names, and each answer is anchored.
//!
//! Source of the forms: `troubleshoot_access-denied` in the IAM user guide, and public records.

use std::sync::LazyLock;

use regex::Regex;

/// The type of policy that decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Deny {
    /// A statement denied.
    Explicit,
    /// Nothing allowed.
    Implicit,
}

/// An encoded authorization message of EC2.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Encoded {
    /// It can be decoded.
    Whole(String),
    /// CloudTrail cut it at 1 KB; it cannot be decoded.
    Cut,
}

/// What some messages say instead of a policy type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Remark {
    /// KMS: the key is elsewhere, or its policy says no.
    KeyNotFound,
    /// S3 Block Public Access.
    BlockPublicAccess,
    /// S3 takes no uploads with keys that the customer provides.
    CustomerProvidedKeys,
    /// The service, Region or feature is not turned on, or another account has to call.
    NotEnabled,
}

/// What a message says. A part is `None` where it does not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
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
    /// What else it says.
    pub remark: Option<Remark>,
}

/// The oldest form of KMS, which names neither caller nor action.
const OLD_KEY_FORM: &str =
    "The ciphertext refers to a customer master key that does not exist, does not exist in this region";
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
        r"(?s)^(.*?) because (?:(the resource does not exist in this Region, no resource-based policies allow access, )|(public [\w ()]{1,60} (?:are prevented|are blocked) by the BlockPublic(?:Acls|Policy) (?:setting in S3 Block Public Access|block public access setting))|(this bucket has blocked upload requests that specify Server Side Encryption with Customer provided keys)).*$",
    )
});
static TARGET: LazyLock<Regex> = LazyLock::new(|| {
    regex(r#"(?s)^ on resource: (?:"(.+)"|((?:role|user|policy|instance profile) \S+|\S+))$"#)
});

/// Source: public records, and the error pages of the services.
static NOT_ENABLED: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?ix)^(?:
            IAM\ user\ access\ not\ activated.*
            | CallerValidation\ check\ failed.*
            | (?:Account\ \d{12}|You|The\ AWS\ Access\ Key\ Id)\ (?:is|are|needs)\ (?:not\ subscribed\ to|a\ subscription\ for)\ .*
            | STS\ is\ not\ activated\ in\ this\ region\ .*
            | You\ don['\u2019]t\ have\ access\ to\ the\ model\ with\ the\ specified\ model\ ID\.?
            | [\w\ .()-]{1,64}\ is\ not\ enabled(?:\ (?:for|in)\ .*)?\.?
        )$",
    )
});

impl Message {
    /// Reads a message. Text of no known form gives an empty [`Message`].
    pub fn parse(text: &str) -> Message {
        let mut message = Message::default();
        let mut text = text;
        if let Some((before, blob)) = text.split_once(ENCODED) {
            message.encoded = Some(encoded(blob));
            text = before;
        }
        if let Some((_, [before, id])) = AUTHORIZATION.captures(text).map(|found| found.extract()) {
            message.authorization_id = Some(id.to_owned());
            text = before;
        }
        let Some(call) = CALL.captures(text) else {
            message.remark = if text.starts_with(OLD_KEY_FORM) {
                Some(Remark::KeyNotFound)
            } else {
                NOT_ENABLED.is_match(text).then_some(Remark::NotEnabled)
            };
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
        message.drop_contradictions();
        message
    }

    /// A clause that says what cannot be says nothing: text behind it may be the caller's.
    fn drop_contradictions(&mut self) {
        let is_of_sts = self.action.as_deref().is_some_and(|action| starts_with(action, "sts:"));
        if self.policy_type == Some(PolicyType::Trust) && !is_of_sts {
            self.policy_type = None;
            self.deny = None;
        }
        let part = match self.policy_type {
            Some(PolicyType::ServiceControl) => "/service_control_policy/p-",
            Some(PolicyType::ResourceControl) => "/resource_control_policy/p-",
            Some(PolicyType::Identity | PolicyType::Boundary | PolicyType::Session) => ":iam::",
            Some(PolicyType::Resource | PolicyType::VpcEndpoint | PolicyType::Trust) | None => return,
        };
        self.policy_arn = self.policy_arn.take().filter(|arn| arn.contains(part));
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
            let remarks = [Remark::KeyNotFound, Remark::BlockPublicAccess, Remark::CustomerProvidedKeys];
            self.remark = (2..).zip(remarks).find_map(|(group, remark)| found.get(group).map(|_| remark));
            self.policy_type = (self.remark == Some(Remark::KeyNotFound)).then_some(PolicyType::Resource);
            before(&found)
        } else {
            rest
        }
    }
}

fn starts_with(text: &str, start: &str) -> bool {
    text.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start))
}

/// A blob is base64 for URLs. One that is as long as the message may be was cut, dots or not.
fn encoded(blob: &str) -> Encoded {
    let is_blob = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '=' | '+' | '/');
    match blob.trim_end() {
        whole if !whole.is_empty() && whole.chars().all(is_blob) && whole.len() < LONGEST_ENCODED => {
            Encoded::Whole(whole.to_owned())
        }
        _ => Encoded::Cut,
    }
}

/// About what CloudTrail leaves of a message.
const LONGEST: usize = 1_000;
/// What is longer may be cut: some 200 characters stand before it, and its end does not show.
const LONGEST_ENCODED: usize = LONGEST - 200;

/// CloudTrail cuts messages at 1 KB. What stands at the end then is neither a whole resource nor a whole clause.
fn is_cut(text: &str) -> bool {
    let has_clause = || EXPLICIT.is_match(text) || IMPLICIT.is_match(text);
    text.ends_with("...") || (text.len() >= LONGEST && !has_clause())
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
        const SCP: &str = "arn:aws:organizations::777788889999:policy/o-x/service_control_policy/p-1";
        const RCP: &str = "arn:aws:organizations::777788889999:policy/o-x/resource_control_policy/p-1";
        const OWN: &str = "arn:aws:iam::111122223333:policy/P";
        for (name, policy_type, arn) in [
            ("service control policy", PolicyType::ServiceControl, SCP),
            ("resource control policy", PolicyType::ResourceControl, RCP),
            ("VPC endpoint policy", PolicyType::VpcEndpoint, OWN),
            ("permissions boundary", PolicyType::Boundary, OWN),
            ("session policy", PolicyType::Session, OWN),
            ("identity-based policy", PolicyType::Identity, OWN),
            ("resource-based policy", PolicyType::Resource, OWN),
            ("role trust policy", PolicyType::Trust, OWN),
        ] {
            let mut expected = named("sts:B", Some("arn:aws:a:::r"));
            expected.policy_type = Some(policy_type);
            expected.deny = Some(Deny::Implicit);
            check(
                &format!("sts:B on resource: arn:aws:a:::r because no {name} allows the sts:B action"),
                &expected,
            );
            expected.deny = Some(Deny::Explicit);
            check(
                &format!("sts:B on resource: arn:aws:a:::r with an explicit deny in the {name}"),
                &expected,
            );
            expected.policy_arn = Some(arn.to_owned());
            check(
                &format!("sts:B on resource: arn:aws:a:::r with an explicit deny in an {name}: {arn}"),
                &expected,
            );
        }
    }

    #[test]
    fn a_clause_that_contradicts_itself_says_nothing() {
        check(
            "s3:GetObject because no role trust policy allows the s3:GetObject action",
            &named("s3:GetObject", None),
        );
        for (name, policy_type) in [
            ("service control policy", PolicyType::ServiceControl),
            ("identity-based policy", PolicyType::Identity),
        ] {
            let mut expected = named("a:B", None);
            expected.policy_type = Some(policy_type);
            expected.deny = Some(Deny::Explicit);
            check(
                &format!(
                    "a:B with an explicit deny in a {name}: arn:aws:organizations::1:policy/o-x/resource_control_policy/p-1"
                ),
                &expected,
            );
        }
    }

    #[test]
    fn settings_of_s3_and_what_is_not_turned_on() {
        let mut expected = named("s3:PutBucketAcl", Some("arn:aws:s3:::b"));
        expected.remark = Some(Remark::BlockPublicAccess);
        check(
            r#"s3:PutBucketAcl on resource: "arn:aws:s3:::b" because public ACLs are prevented by the BlockPublicAcls setting in S3 Block Public Access"#,
            &expected,
        );
        check(
            r#"s3:PutBucketAcl on resource: "arn:aws:s3:::b" because public access control lists (ACLs) are blocked by the BlockPublicAcls block public access setting"#,
            &expected,
        );
        let old = "The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.";
        assert_eq!(Message::parse(old), Message { remark: Some(Remark::KeyNotFound), ..Message::default() });
        let mut expected = named("s3:PutObject", Some("arn:aws:s3:::b/k"));
        expected.remark = Some(Remark::CustomerProvidedKeys);
        check(
            r#"s3:PutObject on resource: "arn:aws:s3:::b/k" because this bucket has blocked upload requests that specify Server Side Encryption with Customer provided keys (SSE-C). Please specify another one."#,
            &expected,
        );
        let expected = Message { remark: Some(Remark::NotEnabled), ..Message::default() };
        for text in [
            "IAM user access not activated",
            "CallerValidation check failed",
            "Account 111122223333 is not subscribed to AWS Security Hub",
            "You are not subscribed to this service. Please go to http://aws.amazon.com to subscribe.",
            "STS is not activated in this region for account:111122223333. Your account administrator can activate STS in this region using the IAM Console.",
            "Macie is not enabled",
            "Amazon Q is not enabled for this account.",
            "You don't have access to the model with the specified model ID.",
        ] {
            assert_eq!(Message::parse(text), expected, "{text}");
        }
    }

    #[test]
    fn a_blob_is_decoded_only_where_it_is_whole() {
        let parse = |blob: &str| {
            let text = format!(
                "You are not authorized to perform this operation. Encoded authorization failure message: {blob}"
            );
            Message::parse(&text).encoded
        };
        assert_eq!(parse("abc-_9"), Some(Encoded::Whole("abc-_9".to_owned())));
        for cut in ["abc...", "", "a b", &"a".repeat(990), "a\u{1b}[2J"] {
            assert_eq!(parse(cut), Some(Encoded::Cut), "{cut}");
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
        elsewhere.remark = Some(Remark::KeyNotFound);
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
        expected.encoded = Some(Encoded::Whole("T-kSWIRFn32_".to_owned()));
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
        for text in
            ["", "Access Denied", "Rate exceeded", "User: is not", "x because IAM user access not activated"]
        {
            assert_eq!(Message::parse(text), Message::default());
        }
    }
}
