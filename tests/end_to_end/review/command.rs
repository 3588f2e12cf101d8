//! The command: forms, sources that cannot be read, the alarm, the hold, the names.

use serde_json::{Value as Json, json};
use tagmend_cli::exit::Exit;
use tagmend_sandbox::Fault;
use tagmend_tests::tagmend;

use super::sample::{Days, TERRAFORM, kept, name};

/// A mapping that Terraform takes away and Tagmend restores.
async fn one_fix() -> Days {
    let mut days = Days::begin();
    days.write("03:00:00", TERRAFORM, "identity-deployment", |key| key != "Department");
    let record = days.record("mapping-missing/explicit-deny", 1, "11:45:12");
    days.heal("11:47:30", &[record]).await;
    days.at("12:00:00");
    days.simulation.watch().await.unwrap();
    days
}

async fn review(days: Days, options: &[&str]) -> (Exit, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = kept(&days.world(), folder.path());
    tagmend(&[&["review", "--world", &file][..], options].concat()).await
}

#[tokio::test]
async fn a_fix_is_shown_whole() {
    let (exit, text) = review(one_fix().await, &["--json"]).await;
    let review: Json = serde_json::from_str(&text).unwrap();
    assert_eq!((exit, &review["unread"]), (Exit::Done, &json!([])));
    let [fix] = review["fixes"].as_array().unwrap().as_slice() else { panic!("{text}") };
    assert_eq!(fix["change"], json!({"kind": "restore_mapping", "key": "Department"}));
    assert_eq!(
        [
            &fix["cause"],
            &fix["account"],
            &fix["permission_set"],
            &fix["action"],
            &fix["standing"],
            &fix["after"]
        ],
        [
            &json!("mapping_missing"),
            &json!("111122223333"),
            &json!("FinanceGuarded"),
            &json!("s3:ListAllMyBuckets"),
            &json!("held"),
            &json!("Department = ${path:enterprise.department}")
        ]
    );
    assert_eq!(
        fix["taken_by"],
        "Terraform as arn:aws:sts::999999999999:assumed-role/identity-deployment/nightly"
    );
    assert_eq!(fix["denied"], "2026-11-12T11:45:12Z");
    assert_eq!(review["figures"]["fixes"], 1);
    assert_eq!(review["figures"]["denied_users"], 1);
    assert_eq!(review["next_time"][0]["tool"], "terraform");
    let states: Vec<&Json> =
        review["timelines"][0]["spans"].as_array().unwrap().iter().map(|span| &span["state"]).collect();
    assert_eq!(states, ["unknown", "gone", "there"]);
    assert!(
        review["rollbacks"][0]["command"]
            .as_str()
            .unwrap()
            .starts_with("tagmend rollback 20261112T114730.000Z/restore_mapping/Department --world ")
    );
}

#[tokio::test]
async fn what_cannot_be_read_is_named_and_nothing_is_concluded_from_it() {
    for (operation, source) in [
        ("cloudtrail:LookupEvents", "cloud_trail"),
        ("cloudwatch:GetMetricData", "metrics"),
        ("sso:DescribeInstanceAccessControlAttributeConfiguration", "live_state"),
    ] {
        let days = one_fix().await;
        days.simulation.cloud.change(|world| {
            world.faults = vec![fault(operation)];
        });
        let (exit, text) = review(days, &["--json"]).await;
        let review: Json = serde_json::from_str(&text).unwrap();
        assert_eq!(exit, Exit::Error);
        assert_eq!(review["unread"][0]["source"], source);
        if source == "cloud_trail" {
            assert_eq!((&review["verdicts"], &review["next_time"]), (&json!([]), &json!([])));
            assert_eq!(review["writes"], Json::Null);
        } else if source == "metrics" {
            assert_eq!((&review["metrics"], &review["fixes"][0]["standing"]), (&Json::Null, &json!("held")));
        } else {
            assert_eq!(review["fixes"][0]["standing"], "unknown");
            assert_eq!(review["rollbacks"], json!([]));
        }
    }
    let days = one_fix().await;
    days.simulation.cloud.change(|world| {
        let run = world.journal.objects.keys().find(|name| name.starts_with("runs/")).unwrap().clone();
        world.journal.objects.insert(run, json!({"schema": 99}));
    });
    let (exit, text) = review(days, &[]).await;
    assert_eq!(exit, Exit::Error);
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("NOT READ runs and days of the journal: runs/"), "{text}");
    assert!(words.ends_with("is of no form that this version knows"), "{text}");
}

/// Every call is refused.
fn fault(operation: &str) -> Fault {
    serde_json::from_value(json!({"operation": operation, "code": "AccessDeniedException", "times": null}))
        .unwrap()
}

#[tokio::test]
async fn metrics_are_added_up_and_compared_with_the_journal() {
    let days = one_fix().await;
    days.simulation.cloud.change(|world| {
        let sent = |name: &str, function: &str, value: f64, time: &str| {
            serde_json::from_value(
                json!({"namespace": "Tagmend", "name": name, "dimensions": {"Function": function},
                "value": value, "unit": "Count", "time": time}),
            )
            .unwrap()
        };
        world.metrics = vec![
            sent("Denials", "tagmend-heal", 3.0, "2026-11-12T11:47:30Z"),
            sent("Denials", "tagmend-replay", 1.0, "2026-11-12T11:50:30Z"),
            sent("Denials", "tagmend-watch", 9.0, "2026-11-12T11:50:30Z"),
            sent("Denials", "tagmend-heal", 5.0, "2026-11-11T11:00:00Z"),
            sent("Fixes", "tagmend-heal", 2.0, "2026-11-12T11:47:30Z"),
            // Another stack of the same account.
            sent("Fixes", "other-heal", 7.0, "2026-11-12T11:47:30Z"),
        ];
    });
    let (_, text) = review(days, &["--json"]).await;
    let review: Json = serde_json::from_str(&text).unwrap();
    assert_eq!(review["metrics"], json!({"Denials": [4.0, 5.0], "Fixes": [2.0, 0.0]}));
    let disagreement = review["disagreements"][0].as_str().unwrap();
    assert!(disagreement.starts_with("the metrics count 2 fixes, the journal has 1"), "{disagreement}");
}

#[tokio::test]
async fn an_alarm_tells_the_window() {
    let alarm = json!({"MetricAlarms": [{
        "AlarmName": "tagmend-FixesAlarm", "MetricName": "Fixes", "Namespace": "Tagmend", "Period": 3600,
        "EvaluationPeriods": 1, "Threshold": 0.0, "StateValue": "ALARM",
        "StateUpdatedTimestamp": "2026-11-12T11:50:00.000000+00:00"
    }]});
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("alarm.json");
    std::fs::write(&file, alarm.to_string()).unwrap();
    let (_, text) = review(one_fix().await, &["--json", "--alarm", &file.display().to_string()]).await;
    let review: Json = serde_json::from_str(&text).unwrap();
    assert_eq!(review["window"], json!({"from": "2026-11-12T10:50:00Z", "to": "2026-11-12T12:00:00Z"}));
    assert_eq!(review["alarm"]["name"], "tagmend-FixesAlarm");
    assert_eq!(review["charts"]["alarm_line"], 0.0);
    assert_eq!(review["figures"]["fixes"], 1);
}

#[tokio::test]
async fn names_are_those_of_the_store_and_a_hold_is_shown() {
    let days = one_fix().await;
    days.simulation.cloud.change(|world| {
        let hold = json!({"schema": 1, "all": null, "keys": {"Team": {"since": "2026-11-12T09:00:00Z", "reason": "we move it", "by": "raj"}}});
        world.journal.objects.insert("hold.json".to_owned(), hold);
    });
    let (_, text) = review(days, &["--names", "--json"]).await;
    let review: Json = serde_json::from_str(&text).unwrap();
    let user = review["fixes"][0]["users"][0].as_str().unwrap();
    assert!(user.starts_with(&format!("{} (", name(1))), "{user}");
    assert_eq!(
        review["hold"]["keys"]["Team"],
        json!({"by": "raj", "since": "2026-11-12T09:00:00Z", "reason": "we move it"})
    );
    let (_, without) = self::review(one_fix().await, &["--json"]).await;
    assert!(!without.contains(&name(1)), "{without}");
}
