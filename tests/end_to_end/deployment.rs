//! What the policies of the deployment mean: who sends to the queues, and how far rights reach that leave the account or
//! use a key. The evaluator decides; `tests/outside` has the texts.

use clap::Parser;
use iam_policy::{Context, Decision, Layers, Policy, Request, Resource, Value, evaluate};
use serde_json::{Value as Json, json};
use tagmend_sandbox::World;
use tagmend_tests::template::Template;
use tagmend_tests::{Role, bent_baseline, text, world};

const RULES: [(&str, &str); 5] = [
    ("FailureRule.Arn", "arn:aws:events:eu-west-1:111122223333:rule/tagmend-failures"),
    ("ThrottlingRule.Arn", "arn:aws:events:eu-west-1:111122223333:rule/tagmend-throttling"),
    ("SignInRule.Arn", "arn:aws:events:eu-west-1:111122223333:rule/tagmend-sign-ins"),
    ("ForeignWriteRule.Arn", "arn:aws:events:eu-west-1:111122223333:rule/tagmend-writes"),
    ("PermissionSetRule.Arn", "arn:aws:events:eu-west-1:111122223333:rule/tagmend-permission-sets"),
];
const OTHER_RULE: &str = "arn:aws:events:eu-west-1:111122223333:rule/somebody-else";
const QUEUE: &str = "arn:aws:sqs:eu-west-1:111122223333:failures";
const DEAD_LETTERS: &str = "arn:aws:sqs:eu-west-1:111122223333:dead-letters";
const OPERATOR: &str = "arn:aws:iam::111122223333:role/operator";

/// Who sends.
#[derive(Clone, Copy, Debug)]
enum Sender {
    /// A service, for a resource of it.
    Service(&'static str, &'static str),
    /// A role of the account, whose own policies allow everything.
    Role(&'static str),
    /// SQS itself, if it asks at all; no page says with which keys.
    Nobody,
}

fn queue_policy(template: &str, parameters: &[(&str, Json)], policy: &str) -> Json {
    let queues = [("Failures.Arn", QUEUE), ("DeadLetters.Arn", DEAD_LETTERS)];
    let attributes: Vec<(&str, &str)> = RULES.into_iter().chain(queues).collect();
    Template::new(&text(template), parameters, &attributes).document_of(policy)
}

fn names(principal: &Json, sender: Sender) -> bool {
    match sender {
        Sender::Service(service, _) => principal == "*" || principal["Service"] == service,
        Sender::Role(_) | Sender::Nobody => principal == "*",
    }
}

fn decide(statements: &[Json], action: &str, resource: &str, context: &[(&str, &str)]) -> Decision {
    let document = json!({"Version": "2012-10-17", "Statement": statements});
    let policies = [Policy::parse(&document.to_string()).unwrap()];
    let mut known = Context::closed();
    for (key, value) in context {
        known.set(key, Value::One((*value).to_owned()));
    }
    let request =
        Request { action: action.to_owned(), resource: Resource::Named(resource.to_owned()), context: known };
    evaluate(&Layers { identity: &policies, ..Layers::default() }, &request).decision
}

/// What the queue's policy, with what the sender's own allows, says to a message.
fn sends(policy: &Json, queue: &str, sender: Sender) -> Decision {
    let mut statements: Vec<Json> = Vec::new();
    for statement in policy["Statement"].as_array().unwrap() {
        let mut statement = statement.clone();
        let principal = statement.as_object_mut().unwrap().remove("Principal").unwrap();
        if names(&principal, sender) {
            statements.push(statement);
        }
    }
    let context = match sender {
        Sender::Service(_, source) => {
            vec![("aws:SourceArn", source), ("aws:PrincipalIsAWSService", "true")]
        }
        Sender::Role(arn) => vec![("aws:PrincipalArn", arn), ("aws:PrincipalIsAWSService", "false")],
        Sender::Nobody => vec![],
    };
    if matches!(sender, Sender::Role(_)) {
        statements.push(json!({"Effect": "Allow", "Action": "*", "Resource": "*"}));
    }
    decide(&statements, "sqs:SendMessage", queue, &context)
}

#[test]
fn only_the_rules_send_to_the_queues() {
    let bus = "arn:aws:events:eu-west-1:999988887777:event-bus/default";
    let forwards = [("TargetBusArn", json!(bus))];
    let queues = [
        ("infra/template.yaml", &[][..], "FailuresPolicy", QUEUE),
        ("infra/template.yaml", &[][..], "DeadLettersPolicy", DEAD_LETTERS),
        ("infra/member.yaml", &forwards[..], "DeadLettersPolicy", DEAD_LETTERS),
    ];
    let events = "events.amazonaws.com";
    for (template, parameters, name, queue) in queues {
        let policy = queue_policy(template, parameters, name);
        for (_, rule) in RULES {
            assert_eq!(sends(&policy, queue, Sender::Service(events, rule)), Decision::Allowed, "{name}");
        }
        for role in [OPERATOR, "arn:aws:iam::111122223333:role/admin"] {
            assert_eq!(sends(&policy, queue, Sender::Role(role)), Decision::ExplicitlyDenied, "{name}");
        }
        let topic = "arn:aws:sns:eu-west-1:111122223333:topic";
        for (service, source) in
            [(events, OTHER_RULE), ("sns.amazonaws.com", topic), ("sqs.amazonaws.com", QUEUE)]
        {
            let decision = sends(&policy, queue, Sender::Service(service, source));
            assert_ne!(decision, Decision::Allowed, "{name}: {service}");
        }
    }
}

#[test]
fn the_move_to_the_dead_letter_queue_is_not_denied() {
    let policy = queue_policy("infra/template.yaml", &[], "DeadLettersPolicy");
    for sender in [Sender::Nobody, Sender::Service("sqs.amazonaws.com", QUEUE)] {
        assert_eq!(sends(&policy, DEAD_LETTERS, sender), Decision::ImplicitlyDenied, "{sender:?}");
    }
}

#[test]
fn one_role_may_send_dead_letters_back() {
    let named = [("RedriveRoleArn", json!(OPERATOR))];
    let back = queue_policy("infra/template.yaml", &named, "FailuresPolicy");
    assert_eq!(sends(&back, QUEUE, Sender::Role(OPERATOR)), Decision::Allowed);
    let other = Sender::Role("arn:aws:iam::111122223333:role/operator-too");
    assert_eq!(sends(&back, QUEUE, other), Decision::ExplicitlyDenied);
    let dead = queue_policy("infra/template.yaml", &named, "DeadLettersPolicy");
    assert_eq!(sends(&dead, DEAD_LETTERS, Sender::Role(OPERATOR)), Decision::ExplicitlyDenied);
}

fn statements(role: Role, world: &World) -> Vec<Json> {
    let policies = role.policies(&bent_baseline(|_| {}), world);
    policies.iter().flat_map(|policy| policy["Statement"].as_array().unwrap().clone()).collect()
}

#[test]
fn the_key_opens_only_through_identity_center_for_this_instance() {
    let key = "arn:aws:kms:eu-west-1:999988887777:key/mrk-0123456789abcdef0123456789abcdef";
    let mut world = world();
    world.kms_key = Some(key.to_owned());
    let (instance, store) = (world.instance_arn.clone(), world.identity_store_id.clone());
    let store = format!("arn:aws:identitystore::999988887777:identitystore/{store}");
    let of_instance = ("kms:EncryptionContext:aws:sso:instance-arn", instance.as_str());
    let of_store = ("kms:EncryptionContext:aws:identitystore:identitystore-arn", store.as_str());
    let via = |service| ("kms:ViaService", service);
    let [sso, identity_store] = ["sso.eu-west-1.amazonaws.com", "identitystore.eu-west-1.amazonaws.com"];
    let other =
        ("kms:EncryptionContext:aws:sso:instance-arn", "arn:aws:sso:::instance/ssoins-0000000000000000");
    for role in [Role::HealPlan, Role::HealApply, Role::Watch] {
        let granted = statements(role, &world);
        let decrypts = |context: &[(&str, &str)]| decide(&granted, "kms:Decrypt", key, context);
        assert_eq!(decrypts(&[via(sso), of_instance]), Decision::Allowed, "{role:?}");
        assert_eq!(decrypts(&[via(identity_store), of_store]), Decision::Allowed, "{role:?}");
        for context in [
            &[][..],
            &[of_instance, of_store],
            &[via(sso)],
            &[via(sso), other],
            &[via(sso), of_store],
            &[via(identity_store), of_instance],
            &[via("s3.eu-west-1.amazonaws.com"), of_instance],
        ] {
            assert_eq!(decrypts(context), Decision::ImplicitlyDenied, "{role:?}: {context:?}");
        }
        let other_key = key.replace("mrk-0", "mrk-1");
        let decision = decide(&granted, "kms:Decrypt", &other_key, &[via(sso), of_instance]);
        assert_eq!(decision, Decision::ImplicitlyDenied, "{role:?}");
    }
}

#[test]
fn heal_takes_roles_of_its_own_organization_only() {
    let reader = "arn:aws:iam::444455556666:role/tagmend-reader";
    let ours = ("aws:PrincipalOrgID", "o-a1b2c3d4e5");
    for role in [Role::HealPlan, Role::HealApply] {
        let granted = statements(role, &world());
        let takes = |context: &[(&str, &str)]| decide(&granted, "sts:AssumeRole", reader, context);
        assert_eq!(takes(&[ours, ("aws:ResourceOrgID", "o-a1b2c3d4e5")]), Decision::Allowed);
        assert_eq!(takes(&[ours, ("aws:ResourceOrgID", "o-f6g7h8i9j0")]), Decision::ImplicitlyDenied);
        assert_eq!(takes(&[ours]), Decision::ImplicitlyDenied, "an account without an organization");
    }
}

/// Whether the trust of the reader role lets this role of Tagmend's account take it, whose own policies allow it.
fn may_read(others: &[&str], role: &str, id: &str, organization: &str) -> bool {
    let heal = "arn:aws:iam::111122223333:role/tagmend-heal";
    let given = [
        ("ReaderRoleName", json!("tagmend-reader")),
        ("HealRoleArn", json!(heal)),
        ("OtherReaderArns", json!(others)),
        ("OrganizationId", json!("o-a1b2c3d4e5")),
    ];
    let template = Template::new(&text("infra/member.yaml"), &given, &[]);
    let role_of = &template.of_type("AWS::IAM::Role")["ReaderRole"];
    let is_named = |statement: &&Json| match statement["Principal"]["AWS"].as_str().unwrap() {
        "arn:aws:iam::111122223333:root" => true,
        principal => principal == role,
    };
    let trust = role_of["AssumeRolePolicyDocument"]["Statement"].as_array().unwrap().iter();
    let statements: Vec<Json> = trust.filter(is_named).map(without_principal).collect();
    let context = [("aws:PrincipalArn", role), ("sts:ExternalId", id), ("aws:PrincipalOrgID", organization)];
    let this = "arn:aws:iam::444455556666:role/tagmend-reader";
    !statements.is_empty() && decide(&statements, "sts:AssumeRole", this, &context) == Decision::Allowed
}

fn without_principal(statement: &Json) -> Json {
    let mut statement = statement.clone();
    statement.as_object_mut().unwrap().remove("Principal");
    statement["Resource"] = json!("*");
    statement
}

#[test]
fn the_reader_is_taken_by_heal_and_by_whom_the_deployer_names() {
    let path = "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com";
    let operators = format!("{path}/*AWSReservedSSO_TagmendOperator_*");
    let named = [operators.as_str(), "arn:aws:iam::111122223333:role/second-heal"];
    let (id, organization) = ("tagmend", "o-a1b2c3d4e5");
    let heal = "arn:aws:iam::111122223333:role/tagmend-heal";
    // With the Region of the identity source, and without where that is us-east-1.
    let operator = [
        format!("{path}/eu-west-1/AWSReservedSSO_TagmendOperator_0123456789abcdef"),
        format!("{path}/AWSReservedSSO_TagmendOperator_fedcba9876543210"),
    ];
    let others = [operator[0].as_str(), operator[1].as_str(), named[1]];
    for others_read in [&[][..], &named] {
        assert!(may_read(others_read, heal, id, organization));
        for other in others {
            assert_eq!(may_read(others_read, other, id, organization), !others_read.is_empty(), "{other}");
            assert!(!may_read(others_read, other, "another", organization));
            assert!(!may_read(others_read, other, id, "o-f6g7h8i9j0"));
        }
        for stranger in [
            format!("{path}/eu-west-1/AWSReservedSSO_Operator_0123456789abcdef"),
            "arn:aws:iam::111122223333:role/tagmend-watch".to_owned(),
            "arn:aws:iam::111122223333:role/AWSReservedSSO_TagmendOperator_0123456789abcdef".to_owned(),
        ] {
            assert!(!may_read(others_read, &stranger, id, organization), "{stranger}");
        }
    }
}

#[test]
fn the_reader_reads_nothing_of_another_account() {
    let granted = statements(Role::Reader, &world());
    let mut tried = 0;
    for statement in &granted {
        let actions = match &statement["Action"] {
            Json::Array(actions) => actions.as_slice(),
            one => std::slice::from_ref(one),
        };
        for action in actions.iter().map(|action| action.as_str().unwrap()) {
            let resource = match action.split_once(':').unwrap() {
                ("iam", "SimulatePrincipalPolicy") => {
                    "arn:aws:iam::444455556666:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_A_0123456789abcdef"
                }
                ("iam", _) => "arn:aws:iam::444455556666:policy/boundary",
                ("s3", _) => "arn:aws:s3:::bucket",
                ("events", "DescribeRule") => "arn:aws:events:eu-west-1:444455556666:rule/forwards",
                (service, _) => &format!("arn:aws:{service}:eu-west-1:444455556666:thing"),
            };
            let reads = |owner| {
                let context = [("aws:PrincipalAccount", "444455556666"), ("aws:ResourceAccount", owner)];
                decide(&granted, action, resource, &context)
            };
            assert_eq!(reads("444455556666"), Decision::Allowed, "{action}");
            assert_eq!(reads("777788889999"), Decision::ImplicitlyDenied, "{action}");
            tried += 1;
        }
    }
    assert!(tried > 40, "{tried}");
}

/// What stands in a text at three in the morning is typed as it stands.
#[test]
fn the_command_of_every_alarm_and_of_the_dashboard_is_one() {
    let on_call = json!("arn:aws:sns:eu-west-1:111122223333:on-call");
    for (baseline, reviewers) in
        [("", json!([])), (&*"a".repeat(64), json!(["arn:aws:iam::111122223333:role/on-call"]))]
    {
        let given = [
            ("AlarmTopicArn", on_call.clone()),
            ("BaselineSha256", json!(baseline)),
            ("ReviewerRoleArns", reviewers),
        ];
        let template = Template::new(&text("infra/template.yaml"), &given, &[("Journal", "journal")]);
        let alarms = template.of_type("AWS::CloudWatch::Alarm").into_values();
        let mut texts: Vec<String> =
            alarms.map(|alarm| alarm["AlarmDescription"].as_str().unwrap().to_owned()).collect();
        let dashboards = template.of_type("AWS::CloudWatch::Dashboard").into_values();
        texts.extend(dashboards.map(|dashboard| dashboard["DashboardBody"].as_str().unwrap().to_owned()));
        for text in texts {
            let (_, command) = text.split_once("tagmend review --live").unwrap();
            let command = format!("tagmend review --live{}", command.split(['`', '\\']).next().unwrap());
            let parsed = tagmend_cli::arguments::Arguments::try_parse_from(command.split_whitespace());
            assert!(parsed.is_ok(), "{command}: {parsed:?}");
        }
    }
}

#[test]
fn the_journal_can_be_locked() {
    let bucket = |days: u32| {
        let given = [("JournalLockDays", json!(days))];
        let template = Template::new(&text("infra/template.yaml"), &given, &[]);
        template.of_type("AWS::S3::Bucket")["Journal"].clone()
    };
    let lock = |days: u32| bucket(days).get("ObjectLockConfiguration").cloned();
    assert_eq!(lock(0), None, "as it was, where nobody asks for it");
    let rule = json!({"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 30}});
    assert_eq!(lock(30), Some(json!({"ObjectLockEnabled": "Enabled", "Rule": rule})));
    // Object Lock needs versions.
    assert_eq!(bucket(30)["VersioningConfiguration"]["Status"], "Enabled");
}

#[test]
fn nothing_is_forwarded_to_the_bus_that_it_comes_from() {
    let forwards = |bus: &str| {
        let template = Template::new(&text("infra/member.yaml"), &[("TargetBusArn", json!(bus))], &[]);
        let is_deployed = template.is_deployed("FailureRule");
        assert_eq!(template.is_deployed("ThrottlingRule"), is_deployed);
        is_deployed
    };
    assert!(
        forwards("arn:aws:events:eu-west-1:444455556666:event-bus/default"),
        "Tagmend's account, from another"
    );
    assert!(
        forwards("arn:aws:events:us-east-1:111122223333:event-bus/default"),
        "its own account, another Region"
    );
    assert!(!forwards("arn:aws:events:eu-west-1:111122223333:event-bus/default"), "its own bus");
    assert!(!forwards(""), "nobody asked for it");
}
