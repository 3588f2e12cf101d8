//! The text of a denial. It is read whole: every part of it is of a known form, or it is [`Residue`], and a text with
//! residue is never acted on. Callers influence it (session names, resource names), so each answer is anchored.
//!
//! Source of the forms: `troubleshoot_access-denied` in the IAM user guide, and public records.

mod clause;
mod residue;
mod sentence;
mod tail;
mod target;

use std::sync::LazyLock;

use regex::Regex;

use clause::Clause;
pub use residue::Residue;
use sentence::Meaning;
use target::Target;

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
    /// The service had allowed its own call, and its key refused.
    KeyRefused,
    /// S3 Block Public Access.
    BlockPublicAccess,
    /// S3 takes no uploads with keys that the customer provides.
    CustomerProvidedKeys,
    /// S3 keeps the object from being deleted or changed.
    ObjectLock,
    /// The URL or the signature was no longer valid.
    RequestExpired,
    /// The policy of a VPC endpoint, said by the whole sentence.
    EndpointPolicy,
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
    /// The actions that were refused behind the call, which the service itself had allowed.
    pub refused_behind: Vec<String>,
    /// What of it is of no known form.
    pub residue: Option<Residue>,
}

#[allow(clippy::unwrap_used, reason = "the expressions are constants, and a test compiles them")]
fn regex(text: &str) -> Regex {
    Regex::new(text).unwrap()
}

/// About what CloudTrail leaves of a message.
const LONGEST: usize = 1_000;

static CALL: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?s)^(?:You are not authorized to perform this operation\. )?User:? (?:(\S+) )?is not authorized to perform:? ([A-Za-z0-9-]+:[A-Za-z0-9*]+)(.*)$",
    )
});

impl Message {
    /// Reads a message. `is_parameter` says whether the request names this very thing: a resource with white space in it
    /// is believed only then.
    pub fn parse(text: &str, is_parameter: impl Fn(&str) -> bool) -> Message {
        let mut message = Message::default();
        let trimmed = tail::take(text, &mut message);
        let is_long = text.len() >= LONGEST && !trimmed.had_tail;
        let is_cut = trimmed.is_cut || (is_long && clause::at_end(trimmed.text).is_none());
        let Some(call) = CALL.captures(trimmed.text) else {
            message.read_sentence(trimmed.text, is_cut);
            return message;
        };
        let part = |index: usize| call.get(index).map(|part| part.as_str().to_owned());
        message.principal = part(1);
        message.action = part(2);
        let rest = call.get(3).map_or("", |rest| rest.as_str());
        // CloudTrail cuts at 1 KB. What stands at the end then is neither a whole resource nor a whole clause.
        if is_cut {
            message.residue = Some(Residue::new(rest, true));
            return message;
        }
        let target = match clause::at_end(rest) {
            Some((before, clause)) => {
                message.take_clause(clause, rest.get(before.len()..).unwrap_or_default());
                before
            }
            None => rest,
        };
        let has_end = message.deny.is_some() || message.remark.is_some();
        match target::read(target) {
            Target::Unnamed => {}
            // Behind a resource that nothing ends, a tail may be a part of it.
            Target::Named(resource) if has_end || !trimmed.had_tail || message.encoded.is_some() => {
                message.resource = Some(resource.to_owned());
            }
            Target::Named(_) => {}
            Target::Doubtful(resource) if has_end && is_parameter(resource) => {
                message.resource = Some(resource.to_owned());
            }
            Target::Doubtful(text) | Target::Unknown(text) => {
                message.residue = Some(Residue::new(text, false))
            }
        }
        message
    }

    fn read_sentence(&mut self, text: &str, is_cut: bool) {
        match sentence::read(text).filter(|_| !is_cut) {
            Some(Meaning::Nothing) => {}
            Some(Meaning::Action(action)) => self.action = Some(action),
            Some(Meaning::Remark(remark)) => {
                self.policy_type = (remark == Remark::EndpointPolicy).then_some(PolicyType::VpcEndpoint);
                self.remark = Some(remark);
            }
            Some(Meaning::Behind { remark, actions }) => {
                self.remark = Some(remark);
                self.refused_behind = actions;
            }
            None if text.is_empty() => {}
            None => self.residue = Some(Residue::new(text, is_cut)),
        }
    }

    /// A clause that says what cannot be is not understood: text behind it may be the caller's.
    fn take_clause(&mut self, mut clause: Clause, text: &str) {
        let action = self.action.as_deref().unwrap_or_default();
        let is_of_another_action =
            clause.action.as_deref().is_some_and(|named| !named.eq_ignore_ascii_case(action));
        let is_of_sts = action.get(..4).is_some_and(|service| service.eq_ignore_ascii_case("sts:"));
        let is_impossible = clause.policy_type == Some(PolicyType::Trust) && !is_of_sts;
        let of_another_type = clause.policy_arn.take_if(|arn| !may_be_named(clause.policy_type, arn));
        if is_of_another_action || is_impossible || of_another_type.is_some() {
            self.residue = Some(Residue::new(text, false));
        }
        if is_impossible {
            return;
        }
        self.deny = clause.deny;
        self.policy_type = clause.policy_type;
        self.policy_arn = clause.policy_arn;
        self.remark = clause.remark;
    }
}

/// Whether a policy of this type can have this ARN.
fn may_be_named(policy_type: Option<PolicyType>, arn: &str) -> bool {
    match policy_type {
        Some(PolicyType::ServiceControl) => arn.contains("/service_control_policy/p-"),
        Some(PolicyType::ResourceControl) => arn.contains("/resource_control_policy/p-"),
        Some(PolicyType::Identity | PolicyType::Boundary | PolicyType::Session) => arn.contains(":iam::"),
        Some(PolicyType::Resource | PolicyType::VpcEndpoint | PolicyType::Trust) | None => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALL: &str = "User: arn:aws:sts::111122223333:assumed-role/R/s is not authorized to perform: ";

    fn parse(text: &str) -> Message {
        Message::parse(text, |resource| resource.ends_with("a key"))
    }

    fn with_residue(mut message: Message, text: &str, is_cut: bool) -> Message {
        message.residue = Some(Residue::new(text, is_cut));
        message
    }

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
        assert_eq!(parse(&format!("{CALL}{tail}")), *expected, "{tail}");
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
    fn a_clause_that_contradicts_itself_is_not_understood() {
        let trust = " because no role trust policy allows the s3:GetObject action";
        check(&format!("s3:GetObject{trust}"), &with_residue(named("s3:GetObject", None), trust, false));
        let mut expected = named("a:B", Some("x"));
        expected.policy_type = Some(PolicyType::Identity);
        expected.deny = Some(Deny::Implicit);
        let other = " because no identity-based policy allows the a:C action";
        check(&format!("a:B on resource: x{other}"), &with_residue(expected, other, false));
        for (name, policy_type) in [
            ("service control policy", PolicyType::ServiceControl),
            ("identity-based policy", PolicyType::Identity),
        ] {
            let mut expected = named("a:B", None);
            expected.policy_type = Some(policy_type);
            expected.deny = Some(Deny::Explicit);
            let clause = format!(
                " with an explicit deny in a {name}: arn:aws:organizations::1:policy/o-x/resource_control_policy/p-1"
            );
            check(&format!("a:B{clause}"), &with_residue(expected, &clause, false));
        }
    }

    #[test]
    fn a_clause_without_a_type_or_an_action() {
        let mut expected = named("a:B", Some("x"));
        expected.deny = Some(Deny::Explicit);
        check("a:B on resource: x with an explicit deny", &expected);
        expected.deny = Some(Deny::Implicit);
        expected.policy_type = Some(PolicyType::Boundary);
        check("a:B on resource: x because no permissions boundary allows the action", &expected);
    }

    #[test]
    fn clauses_of_s3_and_the_oldest_form_of_kms() {
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
        assert_eq!(parse(old), Message { remark: Some(Remark::KeyNotFound), ..Message::default() });
        let mut expected = named("s3:PutObject", Some("arn:aws:s3:::b/k"));
        expected.remark = Some(Remark::CustomerProvidedKeys);
        check(
            r#"s3:PutObject on resource: "arn:aws:s3:::b/k" because this bucket has blocked upload requests that specify Server Side Encryption with Customer provided keys (SSE-C). Please specify a different server-side encryption type"#,
            &expected,
        );
    }

    #[test]
    fn a_blob_is_decoded_only_where_it_is_whole() {
        let parse = |blob: &str| {
            let text = format!(
                "You are not authorized to perform this operation. Encoded authorization failure message: {blob}"
            );
            parse(&text).encoded
        };
        assert_eq!(parse("abc-_9"), Some(Encoded::Whole("abc-_9".to_owned())));
        for cut in ["abc...", "", &"a".repeat(990)] {
            assert_eq!(parse(cut), Some(Encoded::Cut), "{cut}");
        }
        for other in ["a b", "a\u{1b}[2J"] {
            assert_eq!(parse(other), None, "{other}");
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
        assert_eq!(parse(&text), expected);
        expected.encoded = Some(Encoded::Whole("T-kSWIRFn32_".to_owned()));
        assert_eq!(parse(text.trim_end_matches("...")), expected);

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
    fn tails_of_sdks_and_ids_in_any_order() {
        let mut expected = named("s3:GetObject", Some("arn:aws:s3:::b/k"));
        expected.policy_type = Some(PolicyType::ServiceControl);
        expected.deny = Some(Deny::Explicit);
        let text = r#"s3:GetObject on resource: "arn:aws:s3:::b/k" with an explicit deny in a service control policy"#;
        let id = "11111111-2222-3333-4444-555555555555";
        for tail in [
            ".".to_owned(),
            " \n".to_owned(),
            format!(
                " (Service: Amazon S3; Status Code: 403; Error Code: AccessDenied; Request ID: {id}; Proxy: null)"
            ),
            format!(" (Service: S3, Status Code: 403, Request ID: {id}, Extended Request ID: a+b/c=)"),
            format!(" (Service: S3, Status Code: 403, Request ID: {id}) (SDK Attempt Count: 1)"),
            format!(
                " (Service: Kms, Status Code: 400, Request ID: {id}) (Service: S3; Status Code: 403; Error Code: x)."
            ),
            format!(
                " (Service: S3; Status Code: 403; Error Code: x; Request ID: y (Service: Kms, Status Code: 400, Request ID: {id}); Proxy: null)"
            ),
            format!("\n\tstatus code: 403, request id: {id}"),
            format!(" status code: 403, request id: {id}, host id: a+b/c="),
        ] {
            check(&format!("{text}{tail}"), &expected);
        }
        for other in
            [" (Service: S3)", " (Servile: S3; Status Code: 403)", " (for the third time)", " status code: x"]
        {
            assert!(parse(&format!("{CALL}{text}{other}")).residue.is_some(), "{other}");
        }
    }

    #[test]
    fn a_resource_before_a_tail_may_hold_a_part_of_it() {
        check("a:B on resource: x (Service: S3; Status Code: 403)", &named("a:B", None));
        check("a:B on resource: x.", &named("a:B", Some("x")));
    }

    #[test]
    fn a_cut_message_names_neither_resource_nor_policy_type() {
        let cut = |action: &str, rest: &str| with_residue(named(action, None), rest, true);
        let long = format!(" on resource: arn:aws:ssm:eu-west-1:1:parameter/{}", "a".repeat(900));
        check(&format!("ssm:GetParameter{long}..."), &cut("ssm:GetParameter", &format!("{long}...")));
        let longer = format!("{long}{}", "b".repeat(60));
        check(&format!("ssm:GetParameter{longer}"), &cut("ssm:GetParameter", &longer));
        for rest in [
            " on resource: arn:aws:s3:::b because no identity-based pol...",
            " on resource: arn:aws:s3:::b with an explicit deny in a service control policy: arn:aws:orga...",
            " with an explicit deny in a service control policy...",
            "...",
        ] {
            check(&format!("s3:GetObject{rest}"), &cut("s3:GetObject", rest));
        }
        let early = "User: arn:aws:sts::111122223333:assumed-role/R/...";
        assert_eq!(parse(early), with_residue(Message::default(), early, true));
    }

    #[test]
    fn white_space_and_quotes_in_a_resource_take_the_requests_word() {
        let clause = " because no identity-based policy allows the a:B action";
        let mut expected = named("a:B", Some("arn:aws:x:::a key"));
        expected.policy_type = Some(PolicyType::Identity);
        expected.deny = Some(Deny::Implicit);
        check(&format!("a:B on resource: arn:aws:x:::a key{clause}"), &expected);
        expected.resource = None;
        let other = " on resource: arn:aws:x:::another one";
        let residue = "arn:aws:x:::another one";
        check(&format!("a:B{other}{clause}"), &with_residue(expected.clone(), residue, false));
        // Where nothing says that it ends there, it may be anything.
        let open = " on resource: arn:aws:x:::a key";
        check(&format!("a:B{open}"), &with_residue(named("a:B", None), "arn:aws:x:::a key", false));
    }

    #[test]
    fn words_that_no_part_explains_are_residue() {
        for (text, residue) in [
            (
                "a:B on resource: x because no magic policy allows the a:B action",
                "x because no magic policy allows the a:B action",
            ),
            (
                "a:B on resource: x with an explicit deny in a tag policy",
                "x with an explicit deny in a tag policy",
            ),
            ("a:B as of today", "as of today"),
            ("a:B, sorry", ", sorry"),
        ] {
            let action = "a:B";
            check(text, &with_residue(named(action, None), residue, false));
        }
        for text in
            ["x", "User: is not", "Rate exceeded", "You don't have permissions to access this resource."]
        {
            let text = text.trim_end_matches('.');
            assert_eq!(parse(text), with_residue(Message::default(), text, false));
        }
    }

    #[test]
    fn a_crafted_resource_does_not_choose_the_policy_type() {
        let mut expected = named(
            "s3:GetObject",
            Some(r#"arn:aws:s3:::b/x" with an explicit deny in a service control policy a key"#),
        );
        expected.policy_type = Some(PolicyType::Identity);
        expected.deny = Some(Deny::Implicit);
        check(
            r#"s3:GetObject on resource: "arn:aws:s3:::b/x" with an explicit deny in a service control policy a key" because no identity-based policy allows the s3:GetObject action"#,
            &expected,
        );
    }

    #[test]
    fn bare_text_says_nothing() {
        for text in
            ["", " ", "Access Denied", "Access Denied.", "You are not authorized to perform this operation."]
        {
            assert_eq!(parse(text), Message::default(), "{text}");
        }
    }
}
