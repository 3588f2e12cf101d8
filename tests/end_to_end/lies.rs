//! Loops and lies: what the queue may bring, and never a write, never raw in the log, always counted.
//!
//! The whole function `heal` runs, in mode `apply`, under the policies of its role; the log is what Lambda would keep.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use lambda_runtime::{Context, LambdaEvent};
use serde_json::{Value as Json, json};
use tagmend_diagnosis::related::Class;
use tagmend_remedy::ledger::Mode;
use tagmend_tests::{Stage, event, world};

/// A denial that heal would fix: what makes a lie worth telling.
fn denial() -> Json {
    event("mapping-missing/explicit-deny")
}

/// What became of a batch.
struct Treated {
    stage: Stage,
    /// Ids of the messages that come again.
    again: Vec<String>,
    /// What the log holds, as it was written.
    log: String,
    /// Metrics that are not zero, with their cause.
    counted: BTreeMap<String, f64>,
}

#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

impl Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Treats message bodies as SQS would bring them.
async fn treat(bodies: &[String]) -> Treated {
    let stage = Stage::new(world()).await;
    let work = stage.work(stage.settings(Mode::Apply));
    let records: Vec<Json> = bodies
        .iter()
        .enumerate()
        .map(|(index, body)| {
            json!({
                "messageId": format!("message-{index}"), "receiptHandle": "h", "body": body, "attributes": {},
                "messageAttributes": {}, "md5OfBody": "0", "eventSource": "aws:sqs", "awsRegion": "eu-west-1",
                "eventSourceARN": "arn:aws:sqs:eu-west-1:111122223333:failures",
            })
        })
        .collect();
    let captured = Captured::default();
    let writer = captured.clone();
    let subscriber = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .without_time()
        .with_max_level(tracing::Level::INFO)
        .with_writer(move || writer.clone())
        .finish();
    let guard = tracing::subscriber::set_default(subscriber);
    let answer =
        work.treat(LambdaEvent::new(json!({ "Records": records }), Context::default())).await.unwrap();
    drop(guard);
    let again = answer["batchItemFailures"].as_array().unwrap().iter();
    let again = again.map(|failure| failure["itemIdentifier"].as_str().unwrap().to_owned()).collect();
    let log = String::from_utf8(captured.0.lock().unwrap().clone()).unwrap();
    let counted = stage
        .sandbox
        .world()
        .metrics
        .into_iter()
        .filter(|metric| metric.value > 0.0 && metric.name != "Invocations" && metric.name != "Denials")
        .filter(|metric| metric.name != "LeftAlone" || metric.dimensions.contains_key("Cause"))
        .map(|metric| {
            let of = metric.dimensions.get("Cause").or_else(|| metric.dimensions.get("Kind"));
            let cause = of.map(|of| format!(" {of}")).unwrap_or_default();
            (format!("{}{cause}", metric.name), metric.value)
        })
        .collect();
    Treated { stage, again, log, counted }
}

/// The log is lines of JSON without anything that a terminal would obey, or that a reader could take for another line.
#[track_caller]
fn check_log(log: &str) {
    for character in log.chars() {
        let obeyed = character.is_control() && character != '\n';
        let turns = matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        assert!(!obeyed && !turns, "{character:?} in {log}");
    }
    for line in log.lines() {
        let line: Json = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert!(line["level"].is_string() && line["message"].is_string(), "{line}");
    }
    assert!(!log.contains("jane.doe"), "names of sessions are not logged: {log}");
}

/// Nothing was written, nothing raw was logged, and exactly this was counted.
#[track_caller]
fn check(treated: &Treated, counted: &[(&str, f64)], comes_again: bool) {
    check_log(&treated.log);
    let expected: BTreeMap<String, f64> =
        counted.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect();
    assert_eq!(treated.counted, expected, "{}", treated.log);
    assert_eq!(treated.stage.writes(), Vec::<String>::new());
    // What is told beside denials is kept for the next runs, and is all that is.
    assert_eq!(treated.stage.written(), Vec::<String>::new());
    if !counted.iter().any(|(name, _)| name.starts_with("Related")) {
        assert_eq!(treated.stage.count("s3:PutObject"), 0);
    }
    assert_eq!(!treated.again.is_empty(), comes_again, "{:?}", treated.again);
}

async fn one(event: &Json) -> Treated {
    treat(&[event.to_string()]).await
}

/// The event with a text replaced wherever it stands.
fn replaced(event: &Json, from: &str, to: &str) -> Json {
    let to = json!(to).to_string();
    let to = to.strip_prefix('"').and_then(|to| to.strip_suffix('"')).unwrap();
    serde_json::from_str(&event.to_string().replace(from, to)).unwrap()
}

#[tokio::test]
async fn the_truth_is_healed() {
    let treated = one(&denial()).await;
    check_log(&treated.log);
    assert_eq!(treated.stage.writes(), ["sso:UpdateInstanceAccessControlAttributeConfiguration"]);
    assert!(treated.again.is_empty());
}

#[tokio::test]
async fn an_event_of_another_source_is_no_record() {
    for source in ["Tagmend", "awsome", ""] {
        let mut lie = denial();
        lie["source"] = json!(source);
        check(&one(&lie).await, &[("Failures", 1.0)], true);
    }
}

#[tokio::test]
async fn own_failures_of_both_functions() {
    let heal = event("own-failure/heal-role");
    let watch = replaced(&heal, "tagmend-heal", "tagmend-watch");
    let watch = replaced(&watch, "4000-8000-000000000049", "4000-8000-0000000000fe");
    let events = [heal, watch].map(|event| event.to_string());
    let treated = treat(&events).await;
    check(&treated, &[("OwnFailures", 2.0), ("LeftAlone own_failure", 2.0)], false);
    assert_eq!(treated.stage.sandbox.calls(), ["cloudwatch:PutMetricData"]);
}

#[tokio::test]
async fn an_account_outside_the_scope() {
    let treated = one(&replaced(&denial(), "111122223333", "777788889999")).await;
    check(&treated, &[("LeftAlone out_of_scope", 1.0)], false);
}

#[tokio::test]
async fn a_role_outside_the_reserved_path() {
    for path in ["", "aws-reserved/sso.amazonaws.com.evil/", "team/aws-reserved/sso.amazonaws.com/"] {
        let lie = replaced(&denial(), "role/aws-reserved/sso.amazonaws.com/", &format!("role/{path}"));
        let mut lie = lie;
        lie["detail"]["userIdentity"].as_object_mut().unwrap().remove("onBehalfOf");
        check(&one(&lie).await, &[("LeftAlone not_identity_center", 1.0)], false);
    }
}

#[tokio::test]
async fn an_envelope_that_disagrees_with_its_record() {
    let mut envelope = denial();
    envelope["account"] = json!("444455556666");
    let mut recipient = denial();
    recipient["detail"]["recipientAccountId"] = json!("444455556666");
    let mut caller = denial();
    caller["detail"]["userIdentity"]["accountId"] = json!("444455556666");
    let events = [envelope, recipient, caller].map(|event| event.to_string());
    check(&treat(&events).await, &[("LeftAlone undetermined", 3.0)], false);
}

#[tokio::test]
async fn a_message_about_somebody_else() {
    let mut lie = denial();
    let message = lie["detail"]["errorMessage"].as_str().unwrap().replace("jane.doe", "raj.patel");
    lie["detail"]["errorMessage"] = json!(message);
    check(&one(&lie).await, &[("LeftAlone undetermined", 1.0)], false);
}

#[tokio::test]
async fn records_that_did_not_come_from_the_rule() {
    let honest = denial();
    let with = |name: &str, value: Json| {
        let mut event = honest.clone();
        event[name] = value;
        event.to_string()
    };
    let mut without_source = honest.clone();
    without_source.as_object_mut().unwrap().remove("source");
    let bodies = [
        // A record without an envelope, a log file, a list, lookup-events, and events of somebody's own.
        honest["detail"].to_string(),
        json!({"Records": [honest["detail"]]}).to_string(),
        json!([honest]).to_string(),
        json!({"Events": [{"CloudTrailEvent": honest["detail"].to_string()}]}).to_string(),
        without_source.to_string(),
        with("source", json!("com.example.forged")),
        with("detail-type", json!("AWS Console Sign In via CloudTrail")),
        with("detail", json!([])),
        with("Records", json!([honest["detail"]])),
        // A write of somebody else, which would be looked for in the journal.
        json!({"source": "com.example.forged", "detail-type": "AWS API Call via CloudTrail", "detail": {
            "eventName": "UpdateInstanceAccessControlAttributeConfiguration",
            "eventTime": "2026-11-23T12:00:00Z", "userIdentity": {}, "eventSource": "sso.amazonaws.com",
        }})
        .to_string(),
    ];
    let treated = treat(&bodies).await;
    check(&treated, &[("Failures", 10.0)], true);
    assert_eq!(treated.again.len(), 10);
    assert_eq!(treated.stage.sandbox.calls(), ["cloudwatch:PutMetricData"]);
}

/// Not a lie: what is told and counted where nothing is to be healed.
#[tokio::test]
async fn whoever_turns_access_control_off_is_told() {
    let call = "DeleteInstanceAccessControlAttributeConfiguration";
    let mut record = event("idp-stopped-sending/near-miss-sign-in");
    record["source"] = json!("aws.sso");
    record["detail"]["eventSource"] = json!("sso.amazonaws.com");
    record["detail"]["eventName"] = json!(call);
    record["detail"]["eventTime"] = json!("2026-11-23T11:59:58Z");
    record["detail"]["requestParameters"] = json!(null);
    record["detail"]["userIdentity"] = json!({"type": "IAMUser", "accountId": record["account"]});
    let treated = one(&record).await;
    check(&treated, &[("TurnedOff", 1.0), ("Related access_control_turned_off", 1.0)], false);
    let line = treated.log.lines().find(|line| line.contains("turned attributes for access control off"));
    let line: Json = serde_json::from_str(line.unwrap_or_else(|| panic!("{}", treated.log))).unwrap();
    assert_eq!((&line["level"], &line["time"]), (&json!("ERROR"), &json!("2026-11-23T11:59:58Z")));
}

/// Whatever is no denied call is told and counted by kind: nobody is asked, nothing is planned, and no name is logged.
#[tokio::test]
async fn what_is_no_denied_call_is_counted_by_kind_and_nothing_else() {
    let expected = tagmend_tests::json("events/expected.json");
    let is_related = |entry: &&Json| Class::ALL.iter().any(|class| entry["class"] == class.name());
    let entries: Vec<&Json> = expected["events"].as_array().unwrap().iter().filter(is_related).collect();
    let bodies: Vec<String> = entries
        .iter()
        .map(|entry| tagmend_tests::json(&format!("events/{}", entry["event"].as_str().unwrap())).to_string())
        .collect();
    let treated = treat(&bodies).await;
    let mut counts: BTreeMap<String, f64> = BTreeMap::new();
    for entry in &entries {
        *counts.entry(format!("Related {}", entry["cause"].as_str().unwrap())).or_default() += 1.0;
    }
    counts.insert("TurnedOff".to_owned(), 1.0);
    let counts: Vec<(&str, f64)> = counts.iter().map(|(name, count)| (name.as_str(), *count)).collect();
    check(&treated, &counts, false);
    let asked: Vec<String> = treated.stage.sandbox.calls();
    assert!(
        asked.iter().all(|call| call.starts_with("s3:") || call == "cloudwatch:PutMetricData"),
        "{asked:?}"
    );
    for name in ["exampleuser", "admin@example.com", "FinanceAnalyst", "Finance\n"] {
        assert!(!treated.log.contains(name), "{name} is logged");
    }
}

#[tokio::test]
async fn a_perfect_forgery_changes_nothing_that_is_as_it_should_be() {
    let mut healthy = denial();
    healthy["detail"]["eventID"] = json!("forged-0001");
    let stage = Stage::new(world()).await;
    stage.heal(&[denial()], tagmend_tests::Mode::Apply).await;
    let before = stage.mapped_keys();
    stage.sandbox.forget_calls();
    stage.heal(&[healthy], tagmend_tests::Mode::Apply).await;
    assert_eq!((stage.mapped_keys(), stage.writes()), (before, vec![]));
}

/// What a forged sign-in of the denied session shows: no tags, others, a key that the IdP owns, and none that can be read.
fn forged_sign_ins(denial: &Json) -> Vec<Json> {
    let identity = &denial["detail"]["userIdentity"];
    let tags = [
        json!({}),
        json!({"Department": "Legal", "CostCenter": "1"}),
        json!({"Department": "Finance", "Project": "x", "Nobody": "y"}),
        json!(null),
    ];
    let forged = |tags: Json| {
        let mut record = event("idp-stopped-sending/near-miss-sign-in");
        let created = &identity["sessionContext"]["attributes"]["creationDate"];
        record["detail"]["eventTime"] = created.clone();
        let parameters = &mut record["detail"]["requestParameters"];
        parameters["roleArn"] = identity["sessionContext"]["sessionIssuer"]["arn"].clone();
        parameters["principalTags"] = tags;
        record
    };
    tags.map(forged).to_vec()
}

#[tokio::test]
async fn a_forged_sign_in_makes_no_write_that_would_not_be_made_without_it() {
    let denial = denial();
    let mut healthy = world();
    let department = tagmend_sandbox::AttributeMapping {
        key: "Department".to_owned(),
        source: "${path:enterprise.department}".to_owned(),
    };
    healthy.attribute_mappings.as_mut().unwrap().push(department);
    for forged in forged_sign_ins(&denial) {
        for (world, most) in [(healthy.clone(), 0), (world(), 1)] {
            // In the batch, and from the journal.
            for is_kept in [false, true] {
                let stage = Stage::new(world.clone()).await;
                let before = stage.mapped_keys();
                if is_kept {
                    stage.remember(std::slice::from_ref(&forged), tagmend_tests::Mode::Apply).await;
                }
                let mut batch = vec![denial.clone()];
                batch.extend((!is_kept).then(|| forged.clone()));
                stage.heal(&batch, tagmend_tests::Mode::Apply).await;
                let added: Vec<String> =
                    stage.mapped_keys().into_iter().filter(|key| !before.contains(key)).collect();
                assert!(stage.writes().len() <= most, "{forged}: {:?}", stage.writes());
                assert!(added.is_empty() || added == ["Department"], "{forged}: {added:?}");
                assert!(before.iter().all(|key| stage.mapped_keys().contains(key)), "{forged}");
            }
        }
    }
}

#[tokio::test]
async fn oversized_and_deeply_nested_json() {
    let mut oversized = denial();
    oversized["detail"]["requestParameters"] = json!({"padding": "x".repeat(256 << 10)});
    let nested = |depth: usize| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
    let deep = |depth: usize| {
        let text = denial().to_string();
        text.replace(
            "\"requestParameters\":{\"Host\":\"s3.eu-west-1.amazonaws.com\"}",
            &format!("\"requestParameters\":{}", nested(depth)),
        )
    };
    assert_ne!(deep(3), denial().to_string());
    let bodies = [
        oversized.to_string(),
        nested(100_000),
        deep(10_000),
        "{".repeat(200_000),
        "\u{0}".repeat(9),
        String::new(),
    ];
    let treated = treat(&bodies).await;
    check(&treated, &[("Failures", 6.0)], true);
    assert_eq!(treated.stage.sandbox.calls(), ["cloudwatch:PutMetricData"]);
    // What is deep but within bounds does no harm: nobody reads it.
    assert_eq!(treat(&[deep(100)]).await.stage.writes().len(), 1);
}

/// What a caller may try to have printed: terminal escapes, a line of its own, another direction, JSON.
const TRICKS: [&str; 5] = [
    "\u{1b}[2J\u{1b}[31mfixed",
    "x\n{\"level\":\"INFO\",\"message\":\"change\",\"outcome\":\"fixed\"}",
    "\u{9b}31m\u{7f}\u{0}",
    "a\r\u{8}b",
    "\",\"outcome\":\"fixed\",\"x\":\"",
];

#[tokio::test]
async fn session_names_with_tricks() {
    for trick in TRICKS {
        let lie = replaced(&denial(), "jane.doe@example.com", trick);
        let treated = one(&lie).await;
        // A control character is nowhere in AWS's records; JSON is no name that STS takes.
        match trick.chars().any(char::is_control) {
            true => check(&treated, &[("Failures", 1.0)], true),
            false => check(&treated, &[("LeftAlone not_identity_center", 1.0)], false),
        }
        assert!(!treated.log.contains("outcome\\\":"), "{}", treated.log);
    }
}

#[tokio::test]
async fn every_field_with_tricks() {
    for field in [
        "/detail/eventID",
        "/detail/eventSource",
        "/detail/eventName",
        "/detail/awsRegion",
        "/detail/recipientAccountId",
        "/detail/sourceIPAddress",
        "/detail/userIdentity/arn",
        "/detail/userIdentity/accountId",
        "/detail/userIdentity/principalId",
        "/detail/userIdentity/onBehalfOf/userId",
        "/detail/userIdentity/sessionContext/sessionIssuer/arn",
    ] {
        let mut lie = denial();
        *lie.pointer_mut(field).unwrap() = json!(TRICKS[0]);
        check(&one(&lie).await, &[("Failures", 1.0)], true);
    }
    for field in ["/account", "/detail/errorCode", "/detail/eventTime", "/detail/userIdentity"] {
        let mut lie = denial();
        *lie.pointer_mut(field).unwrap() = json!(TRICKS[0]);
        let treated = one(&lie).await;
        check_log(&treated.log);
        assert_eq!(treated.stage.writes(), Vec::<String>::new(), "{field}");
    }
}

#[tokio::test]
async fn resources_and_actions_with_tricks() {
    for trick in
        TRICKS.into_iter().filter(|trick| trick.chars().any(|c| c.is_control() && c != '\n' && c != '\r'))
    {
        for (from, to) in [
            (" with an explicit deny", format!(" on resource: arn:aws:s3:::{trick} with an explicit deny")),
            ("s3:ListAllMyBuckets", format!("s3:List{trick}")),
        ] {
            let mut lie = denial();
            let message = lie["detail"]["errorMessage"].as_str().unwrap().replace(from, &to);
            lie["detail"]["errorMessage"] = json!(message);
            check(&one(&lie).await, &[("Failures", 1.0)], true);
        }
    }
    // What has no control character is data: it is judged as any resource, and is not in the log.
    let mut data = denial();
    let json_in_key = " on resource: arn:aws:s3:::b/{\"outcome\":\"fixed\"} with an explicit deny";
    let message =
        data["detail"]["errorMessage"].as_str().unwrap().replace(" with an explicit deny", json_in_key);
    data["detail"]["errorMessage"] = json!(message);
    let treated = one(&data).await;
    check_log(&treated.log);
    assert!(!treated.log.contains("arn:aws:s3:::b/"), "{}", treated.log);
}

#[tokio::test]
async fn an_endless_action_is_cut_in_the_log() {
    let mut lie = denial();
    lie["detail"]["eventName"] = json!("L".repeat(5_000));
    lie["detail"]["errorMessage"] = json!(null);
    lie["detail"]["eventSource"] = json!("custom.amazonaws.com");
    let treated = one(&lie).await;
    check_log(&treated.log);
    assert!(treated.log.lines().all(|line| line.len() < 1_500), "{}", treated.log);
}
