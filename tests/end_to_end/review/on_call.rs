//! Somebody is woken by an alarm and has its text, and nothing else: the line in it is run on what happened, as it is
//! printed but for where AWS is. `tests/outside/test_on_call.py` runs it wholly as it is printed.

use std::collections::BTreeMap;
use std::fmt::Write;

use clap::Parser;
use serde_json::{Value as Json, json};
use tagmend_cli::arguments::Arguments;
use tagmend_cli::exit::Exit;
use tagmend_remedy::pinned::Pin;
use tagmend_sandbox::World;
use tagmend_tests::template::Template;
use tagmend_tests::{event, tagmend, text, world};

use super::sample::{ADMIN, Days, TERRAFORM, kept, name, up_to_the_wave};

/// The baseline that is deployed, which lies in the journal's bucket.
fn pinned() -> (Pin, String) {
    let text = text("events/baseline.json");
    (Pin::of(text.as_bytes()), text)
}

/// The text of every alarm of a deployment.
fn texts() -> BTreeMap<String, String> {
    let on_call = json!("arn:aws:sns:eu-west-1:111122223333:on-call");
    let reviewers = json!(["arn:aws:iam::111122223333:role/on-call"]);
    let given = [
        ("AlarmTopicArn", on_call),
        ("Mode", json!("apply")),
        ("RelatedEvents", json!("on")),
        ("BaselineSha256", json!(pinned().0.to_string())),
        ("ReviewerRoleArns", reviewers),
    ];
    let bucket = world().journal.bucket;
    let template = Template::new(&text("infra/template.yaml"), &given, &[("Journal", &bucket)]);
    let alarms = template.of_type("AWS::CloudWatch::Alarm").into_iter();
    alarms.map(|(name, alarm)| (name, alarm["AlarmDescription"].as_str().unwrap().to_owned())).collect()
}

/// The words of the line, as a shell takes them.
fn line(text: &str) -> Vec<String> {
    let (_, line) = text.split_once(" Look: ").unwrap();
    line.split_whitespace().map(str::to_owned).collect()
}

/// The same line about a sandbox.
fn of_sandbox(line: &[String], world: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut given = line.iter().skip(1);
    while let Some(word) = given.next() {
        match word.as_str() {
            "--live" => words.extend(["--world".to_owned(), world.to_owned()]),
            "--region" | "--journal-bucket" => drop(given.next()),
            _ => words.push(word.clone()),
        }
    }
    words
}

/// Mappings are restored again and again, and then at once.
async fn fixes() -> World {
    let mut days = up_to_the_wave().await;
    days.at("14:20:00");
    days.world()
}

/// A mapping is restored, and a person takes it away again within the hour.
async fn undone() -> World {
    let mut days = Days::begin();
    days.write("03:00:00", TERRAFORM, "identity-deployment", |key| key != "Department");
    let record = days.record("mapping-missing/explicit-deny", 1, "11:45:12");
    days.heal("11:47:30", &[record]).await;
    days.write("12:10:00", "Mozilla/5.0", ADMIN, |key| key != "Department");
    let record = days.record("mapping-missing/explicit-deny", 2, "12:20:00");
    days.heal("12:22:00", &[record]).await;
    days.at("12:30:00");
    days.simulation.watch().await.unwrap();
    days.world()
}

/// A mapping is gone, and an operator holds all writing.
async fn held() -> World {
    let mut days = Days::begin();
    days.write("03:00:00", TERRAFORM, "identity-deployment", |key| key != "Department");
    days.simulation.cloud.change(|world| {
        let hold = json!({"schema": 1, "keys": {}, "all": {
            "since": "2026-11-12T09:00:00Z", "reason": "we move the IdP", "by": "raj"}});
        world.journal.objects.insert("hold.json".to_owned(), hold);
    });
    for (number, hour) in [(1, 11), (2, 12)] {
        let record = days.record("mapping-missing/explicit-deny", number, &format!("{hour}:45:12"));
        days.heal(&format!("{hour}:47:30"), &[record]).await;
    }
    days.at("13:00:00");
    days.world()
}

/// Nobody is denied, and a mapping is gone.
async fn drift() -> World {
    let mut days = Days::begin();
    days.write("03:00:00", TERRAFORM, "identity-deployment", |key| key != "Department");
    days.at("11:30:00");
    days.simulation.watch().await.unwrap();
    days.world()
}

/// Sign-ins fail, provisioning is refused, its token expires, and the instance's key refuses.
async fn related() -> World {
    let mut days = Days::begin();
    let records = [
        "external-sign-in-failed/assertion-too-old",
        "scim-refused/user-conflict",
        "scim-token-expires/health",
        "instance-key-refused/disabled",
    ];
    let records = records.map(|name| {
        let text = event(name).to_string().replace("2026-11-23", "2026-11-12");
        serde_json::from_str::<Json>(&text).unwrap()
    });
    days.heal("12:30:00", &records).await;
    days.simulation.watch().await.unwrap();
    days.world()
}

/// Somebody turns attributes for access control off.
async fn turned_off() -> World {
    let mut days = Days::begin();
    days.at("11:00:00");
    let mut record = event("access-control-turned-off/deleted")["detail"].take();
    record["eventTime"] = json!("2026-11-12T11:00:00Z");
    days.simulation.cloud.change(|world| {
        world.attribute_mappings = None;
        world.event_history.push(record);
    });
    days.at("11:30:00");
    days.simulation.watch().await.unwrap();
    days.world()
}

/// Nobody is denied, and everything is in place.
async fn quiet() -> World {
    let mut days = Days::begin();
    days.at("11:30:00");
    days.simulation.watch().await.unwrap();
    days.world()
}

/// What happens where an alarm rings.
fn situation(alarm: &str) -> &'static str {
    match alarm {
        "ManyFixesAlarm" | "UnusualFixesAlarm" | "RepeatedAlarm" => "fixes",
        "EscalationsAlarm" | "FixNotHeldAlarm" => "undone",
        "RefusedAlarm" | "NotMadeAlarm" => "held",
        "DriftAlarm" => "drift",
        "TurnedOffAlarm" => "turned off",
        "SignInsFailAlarm" | "ProvisioningRefusedAlarm" | "TokenExpiresAlarm" | "InstanceKeyAlarm" => {
            "related"
        }
        _ => "quiet",
    }
}

async fn worlds(folder: &std::path::Path) -> BTreeMap<&'static str, String> {
    let (pin, text) = pinned();
    let all = [
        ("fixes", fixes().await),
        ("undone", undone().await),
        ("held", held().await),
        ("drift", drift().await),
        ("related", related().await),
        ("turned off", turned_off().await),
        ("quiet", quiet().await),
    ];
    let kept = all.map(|(name, mut world)| {
        world.journal.texts.insert(pin.object(), text.clone());
        let folder = folder.join(name);
        std::fs::create_dir(&folder).unwrap();
        (name, kept(&world, &folder))
    });
    kept.into()
}

#[tokio::test]
async fn the_line_of_every_alarm_answers_as_it_is_printed() {
    let folder = tempfile::tempdir().unwrap();
    let worlds = worlds(folder.path()).await;
    let mut told = String::new();
    let texts = texts();
    assert!(texts.len() > 20);
    for (alarm, text) in &texts {
        let words = line(text);
        // Nothing is left to be filled in, and the line says which alarm it is of.
        assert!(Arguments::try_parse_from(&words).is_ok(), "{words:?}");
        assert!(!words.iter().any(|word| word.contains(['$', '<', '{'])), "{words:?}");
        let at = words.iter().position(|word| word == "--alarm-name").unwrap();
        assert_eq!((&words[at + 1], words.last().unwrap().as_str()), (alarm, "--names"));
        let world = &worlds[situation(alarm)];
        let mut words = of_sandbox(&words, world);
        words.push("--json".to_owned());
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let (exit, text) = tagmend(&words).await;
        let review: Json = serde_json::from_str(&text).unwrap();
        assert_eq!((exit, &review["unread"]), (Exit::Done, &json!([])), "{alarm}");
        writeln!(told, "{alarm}: {}", review["headline"].as_str().unwrap()).unwrap();
        let first = review["first"].as_array().unwrap();
        assert!(!first.is_empty(), "{alarm} says nothing of what to do first");
        for step in first {
            let command = step["command"].as_str().map(|command| format!("\n    {command}"));
            let command = command.unwrap_or_default().replace(world, "WORLD");
            writeln!(told, "  {}{command}", step["why"].as_str().unwrap()).unwrap();
        }
    }
    insta::assert_snapshot!(told.replace(&pinned().0.to_string(), "SHA256"));
}

#[tokio::test]
async fn each_question_of_the_night_is_answered_by_that_one_command() {
    let folder = tempfile::tempdir().unwrap();
    let worlds = worlds(folder.path()).await;
    let texts = texts();
    let (first, second) = (name(1), name(10));
    for (alarm, answers) in [
        (
            "ManyFixesAlarm",
            vec![
                // What it is, and who changed the mappings.
                "loop, wave, deployment: mapping Department was found gone 5 times within 7 days",
                "; Terraform as arn:aws:sts::999999999999:assumed-role/identity-deployment/nightly wrote the list without",
                "arn:aws:sts::999999999999:assumed-role/AWSReservedSSO_PlatformAdmin_2b03e7d876722815/nightly (a person",
                // What to do first.
                "WHAT TO DO FIRST 1. put Department into the .tf file with the resource",
                // What was fixed, for whom, since when, and whether it holds.
                "mapping Department: Department = ${path:enterprise.department}, before: no mapping Department",
                "now: holds",
                &format!("for 12 users ({first} ("),
                &format!("), {second} ("),
                "and 9 more), denied since 2026-11-16 14:01 UTC",
                // How often.
                "Department: 5 times from 2026-11-13 11:47 UTC to 2026-11-16 14:08 UTC",
            ],
        ),
        (
            "FixNotHeldAlarm",
            vec![
                "WHAT TO DO FIRST 1. mapping Department is gone again, and is still approved: taken away by",
                "aws cloudtrail lookup-events --region eu-west-1 --lookup-attributes AttributeKey=EventId,",
                "now: gone again, taken away by arn:aws:sts::999999999999:assumed-role/AWSReservedSSO_PlatformAdmin_",
                "876722815/nightly at 2026-11-12 12:10 UTC,",
                "gone within the cool-down 1",
            ],
        ),
        (
            "RefusedAlarm",
            vec![
                "limit: mapping Department is not made, because",
                "1. if the reason of the hold is gone, let writing go on tagmend resume",
                "all writing is held by raj, since 2026-11-12 09:00 UTC: we move the IdP",
            ],
        ),
        (
            "SignInsFailAlarm",
            vec![
                "quiet: nothing was changed",
                "no denied calls, but to be looked at: 1 external_sign_in_failed, 1 instance_key_refused,",
                "NO DENIED CALL external_sign_in_failed: 1 record,",
            ],
        ),
        (
            "TurnedOffAlarm",
            vec![
                "WHO WROTE THE LIST, IN 7 DAYS AT LEAST 2026-11-12 11:00 UTC arn:aws:sts::444455556666:assumed-role/AWSReservedSSO_Admin_",
                "left no mapping",
            ],
        ),
    ] {
        let words = of_sandbox(&line(&texts[alarm]), &worlds[situation(alarm)]);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let (exit, text) = tagmend(&words).await;
        assert_eq!(exit, Exit::Done);
        let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let missing: Vec<&&str> = answers.iter().filter(|answer| !words.contains(**answer)).collect();
        assert!(missing.is_empty(), "{alarm} does not say {missing:#?} in\n{text}");
    }
}

/// Where the baseline itself is gone, no review can be made, and the command says what to do.
#[tokio::test]
async fn a_baseline_that_is_gone_or_another_is_said_with_the_way_out() {
    let folder = tempfile::tempdir().unwrap();
    let texts = texts();
    let (pin, text) = pinned();
    let object = pin.object();
    for (there, said) in [
        (None, format!("{object} is not in the bucket; ")),
        (Some(text.replace("Department", "department")), format!("{object} is not what its name says: ")),
    ] {
        let mut world = world();
        world.journal.texts.extend(there.map(|text| (object.clone(), text)));
        let file = kept(&world, folder.path());
        for alarm in ["HealBaselineAlarm", "WatchBaselineAlarm"] {
            let words = [vec!["tagmend".to_owned()], of_sandbox(&line(&texts[alarm]), &file)].concat();
            let mut out = Vec::new();
            let error = tagmend_cli::run(Arguments::parse_from(words), &mut out).await.unwrap_err();
            let error = format!("{error:#}");
            assert!(error.starts_with(&said) && out.is_empty(), "{error}");
            assert!(error.contains("`tagmend baseline publish --apply` with the deployed file"), "{error}");
        }
    }
}
