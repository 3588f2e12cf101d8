//! What each form of a message is read as.

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
        check(&format!("sts:B on resource: arn:aws:a:::r with an explicit deny in the {name}"), &expected);
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
    check("iam:GetUser on resource: instance profile P", &named("iam:GetUser", Some("instance profile P")));
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
    let text =
        r#"s3:GetObject on resource: "arn:aws:s3:::b/k" with an explicit deny in a service control policy"#;
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
    for text in ["x", "User: is not", "Rate exceeded", "You don't have permissions to access this resource."]
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
