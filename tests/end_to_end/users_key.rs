//! Who may read the installation's key for users, and who may write it: what the bucket's policy denies.

use iam_policy::{Context, Decision, Layers, Policy, Request, Resource, Value, evaluate};
use serde_json::json;
use tagmend_tests::template::Template;
use tagmend_tests::text;

/// What the bucket's policy says of one call by a role.
fn bucket_denies(reviewers: &[&str], principal: &str, action: &str, name: &str) -> bool {
    let given = [("ReviewerRoleArns", json!(reviewers))];
    let attributes = [
        ("Journal.Arn", "arn:aws:s3:::journal"),
        ("HealRole.Arn", HEAL),
        ("WatchRole.Arn", "arn:aws:iam::999999999999:role/tagmend-watch"),
    ];
    let policy =
        Template::new(&text("infra/template.yaml"), &given, &attributes).document_of("JournalPolicy");
    // It denies and allows nothing, to everybody: as a resource control policy does.
    let policy = Policy::parse_resource_control(&policy.to_string()).unwrap();
    let mut context = Context::closed();
    context.set("aws:PrincipalArn", Value::One(principal.to_owned()));
    context.set("aws:SecureTransport", Value::One("true".to_owned()));
    let resource = Resource::Named(format!("arn:aws:s3:::journal/{name}"));
    let request = Request { action: action.to_owned(), resource, context };
    let everything =
        r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#;
    let layers = Layers {
        identity: &[Policy::parse(everything).unwrap()],
        resource_control: &[policy],
        ..Layers::default()
    };
    evaluate(&layers, &request).decision == Decision::ExplicitlyDenied
}

const HEAL: &str = "arn:aws:iam::999999999999:role/tagmend-heal";

#[test]
fn the_key_for_users_is_read_by_heal_watch_and_reviewers_and_written_by_heal() {
    const AUDIT: &str =
        "arn:aws:iam::999999999999:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Audit_0";
    let watch = "arn:aws:iam::999999999999:role/tagmend-watch";
    let admin = "arn:aws:iam::999999999999:role/Admin";
    let root = "arn:aws:iam::999999999999:root";
    let key = "keys/users.json";
    for (principal, reviewers, reads, writes) in [
        (HEAL, &[][..], true, true),
        (watch, &[], true, false),
        (AUDIT, &[], false, false),
        (AUDIT, &[AUDIT], true, false),
        (admin, &[AUDIT], false, false),
        (root, &[AUDIT, "arn:aws:iam::999999999999:role/Other"], false, false),
        ("arn:aws:iam::111122223333:role/tagmend-heal", &[], false, false),
    ] {
        for (action, is_allowed) in [
            ("s3:GetObject", reads),
            ("s3:GetObjectVersion", reads),
            ("s3:GetObjectVersionForReplication", reads),
            ("s3:PutObject", writes),
            ("s3:PutObjectAcl", writes),
            ("s3:DeleteObject", writes),
            ("s3:DeleteObjectVersion", writes),
        ] {
            let denies = bucket_denies(reviewers, principal, action, key);
            assert_eq!(denies, !is_allowed, "{principal} {action}, reviewers {reviewers:?}");
            assert!(!bucket_denies(reviewers, principal, action, "watch/1.json"), "nothing else is denied");
        }
    }
}
