//! What `explain` fills in: in every command that it names, of every event of the corpus.

use super::explain::explained;

/// Words that stand for what is known of every call, and are never left.
const KNOWN: [&str; 20] = [
    "ACCOUNT",
    "ACTION",
    "ASSUMED_ROLE",
    "AUTHORIZATION_ID",
    "BASELINE",
    "ENDPOINT",
    "EVENT",
    "EVENT_ID",
    "INSTANCE",
    "INSTANCE_REGION",
    "NAME",
    "PERMISSION_SET_NAME",
    "POLICY",
    "REGION",
    "ROLE",
    "ROLE_NAME",
    "SERVICE",
    "SOURCE",
    "STACK",
    "STORE",
];
/// Words that may be left, and what would show in the record, or in what was read, that the thing is known.
const LEFT: [(&str, &[&str]); 7] = [
    ("KEY", &[":key/", "  compared             aws:RequestTag/"]),
    ("PERMISSION_SET", &["permissionSetArn"]),
    ("USER_ID", &["\"userId\"", "\"memberId\"", ":user/"]),
    ("RESOURCE", &["\"ARN\"", "on resource: arn"]),
    ("BUCKET", &["bucketName"]),
    // Which value, and which of the session's tags, is for the caller to say.
    ("VALUE", &[]),
    ("TAG_KEY", &[]),
];
/// Words that AWS writes in capitals.
const OF_AWS: [&str; 7] = [
    "DISABLED",
    "IDENTITY_POLICY",
    "LATEST_PERMISSION_SET_NOT_PROVISIONED",
    "RESOURCE_CONTROL_POLICY",
    "SERVICE_CONTROL_POLICY",
    "AWS_IAMIDENTITYCENTER_SCIM_BEARER_TOKEN_EXPIRY_NOTIFICATION",
    "SNS",
];
/// Services that are the same in every Region.
const GLOBAL: [&str; 6] = ["account", "iam", "organizations", "sso", "sts", "health"];

#[tokio::test]
async fn what_is_known_stands_in_every_command_that_is_named() {
    let (mut commands, mut left) = (0, 0);
    for of in explained().await {
        let Some(command) = of.command() else {
            continue;
        };
        commands += 1;
        let named = command.replace("--principal-type USER", "");
        for word in named.split(|sign: char| !(sign.is_ascii_alphanumeric() || sign == '_')) {
            let is_word = word.len() > 2 && word.chars().all(|sign| sign.is_ascii_uppercase() || sign == '_');
            if !is_word || OF_AWS.contains(&word) {
                continue;
            }
            assert!(!KNOWN.contains(&word) && word != "USER", "{}: {command}", of.event);
            let shows = LEFT.iter().find(|(known, _)| *known == word);
            let (_, shows) = shows.unwrap_or_else(|| panic!("{}: {word} in {command}", of.event));
            for shown in *shows {
                assert!(
                    !of.raw.contains(shown) && !of.text.contains(shown),
                    "{}: {shown}: {command}",
                    of.event
                );
            }
            let is_of_a_permission_set = of.record["failure"]["permission_set"].is_string();
            assert!(word != "PERMISSION_SET" || !is_of_a_permission_set, "{}: {command}", of.event);
            left += 1;
        }
        let mut words = command.split(' ');
        if words.next() == Some("aws") && !GLOBAL.contains(&words.next().unwrap()) {
            let (_, region) =
                command.split_once(" --region ").unwrap_or_else(|| panic!("{}: {command}", of.event));
            assert!(region.split(' ').next().is_some_and(|region| region.contains("-")), "{command}");
        }
        for service in
            ["aws kms ", "aws ec2 ", "aws iam ", "aws s3api ", "aws service-quotas ", "aws cloudtrail "]
        {
            if command.starts_with(service) {
                assert_eq!(
                    of.line("  in account   "),
                    of.record["failure"]["account"].as_str(),
                    "{}",
                    of.text
                );
            }
        }
    }
    assert!(commands > 250 && left < 60, "{commands} {left}");
}

#[tokio::test]
async fn commands_that_are_named() {
    let all = explained().await;
    let of = |event: &str| all.iter().find(|of| of.event == event).unwrap().command().unwrap();
    for (event, command) in [
        (
            "mapping-missing/explicit-deny",
            "tagmend replay events/mapping-missing/explicit-deny.json --world events/world.json --apply",
        ),
        (
            "access-control-off/secret",
            "aws sso-admin create-instance-access-control-attribute-configuration --region eu-west-1 --instance-arn \
             arn:aws:sso:::instance/ssoins-7223a1b2c3d4e5f6 --instance-access-control-attribute-configuration ",
        ),
        (
            "vpc-endpoint-policy/policy-read",
            "aws ec2 describe-vpc-endpoints --region eu-west-1 --vpc-endpoint-ids vpce-0a1b2c3d4e5f60002 --query \
             'VpcEndpoints[].PolicyDocument'",
        ),
        (
            "service-control-policy/explicit",
            "aws organizations list-policies-for-target --filter SERVICE_CONTROL_POLICY --target-id ",
        ),
        (
            "s3-setting/object-lock",
            "aws s3api get-object-lock-configuration --region eu-west-1 --bucket retail-reports",
        ),
        (
            "own-failure/heal-role",
            "aws cloudwatch describe-alarms --region eu-west-1 --alarm-name-prefix tagmend",
        ),
        (
            "throttled/cloudwatch",
            "aws service-quotas list-service-quotas --region eu-west-1 --service-code monitoring",
        ),
        ("out-of-scope/", ""),
        ("role-chained/another-role", "aws sts assume-role --role-arn arn:aws:iam::"),
        (
            "request-tag/run-instances-without-tags",
            "aws ec2 run-instances --region eu-west-1 --tag-specifications ",
        ),
        (
            "user-changed/updated-by-api",
            "aws identitystore describe-user --region eu-west-1 --identity-store-id ",
        ),
    ] {
        if event.ends_with('/') {
            let of = all.iter().find(|of| of.event.starts_with(event)).unwrap();
            assert_eq!(of.command(), Some("edit events/baseline.json, then make deploy"));
            continue;
        }
        assert!(of(event).starts_with(command), "{event}: {}", of(event));
    }
}
