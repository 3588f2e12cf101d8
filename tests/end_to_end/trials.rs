//! Public reports and attacks, rebuilt as small inputs: each has the outcome that was decided by hand.
//!
//! `trials/records` are events for the sample organization, `trials/worlds` have one of their own; `trials/files` are what
//! people hold records in.

use serde_json::{Value as Json, json};
use tagmend_cli::exit::Exit;
use tagmend_tests::{enter_root, tagmend, text};

/// Which trials are passed by now. Those of other issues stand in the same file.
const PASSED: [&str; 4] = ["beyond", "proof", "tables", "replay"];

fn rows() -> Vec<Json> {
    let rows = text("tests/trials/expected.jsonl");
    let rows = rows.lines().map(|line| serde_json::from_str::<Json>(line).unwrap());
    rows.filter(|row| PASSED.contains(&row["issue"].as_str().unwrap())).collect()
}

/// What the command says of every record of a trial.
async fn outcome(row: &Json) -> Vec<Json> {
    let (input, folder) = match (row["record"].as_str(), row["world"].as_str()) {
        (Some(record), None) => (vec![format!("tests/trials/{record}")], "events".to_owned()),
        (None, Some(world)) => {
            let folder = format!("tests/trials/{world}");
            let files = std::fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path());
            let mut events: Vec<String> = files
                .filter(|file| file.file_name().unwrap().to_str().unwrap().starts_with("event"))
                .map(|file| file.to_str().unwrap().to_owned())
                .collect();
            events.sort();
            (events, folder)
        }
        _ => panic!("{row} is neither a record nor a world"),
    };
    let (world, baseline) = (format!("{folder}/world.json"), format!("{folder}/baseline.json"));
    let mut arguments = vec!["replay", "--json", "--world", &world, "--baseline", &baseline];
    if !row["right"]["restored"].is_null() {
        arguments.push("--apply");
    }
    arguments.extend(input.iter().map(String::as_str));
    let (_, out) = tagmend(&arguments).await;
    out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn plan(record: &Json) -> Vec<String> {
    let changes = record["plan"]["changes"].as_array().unwrap().iter();
    changes
        .map(|change| match change["kind"].as_str().unwrap() {
            "restore_mapping" => format!("restore_mapping {}", change["key"].as_str().unwrap()),
            other => format!("{other} {}", change["permission_set"].as_str().unwrap()),
        })
        .collect()
}

/// What of a trial's right outcome a record does not show.
fn differences(right: &Json, records: &[Json]) -> Vec<String> {
    let mut differences = Vec::new();
    for (name, wanted) in right.as_object().unwrap() {
        if name == "restored" {
            let fixed = |record: &&Json| record["outcome"][0]["outcome"] == "fixed";
            let restored = json!(records.iter().filter(fixed).count());
            if restored != *wanted {
                differences.push(format!("{restored} restored, not {wanted}"));
            }
            continue;
        }
        for record in records {
            let found = match name.as_str() {
                "plan" => json!(plan(record)),
                "cause" => record["diagnosis"]["cause"].clone(),
                _ => record["failure"][name].clone(),
            };
            if found != *wanted {
                differences.push(format!("{}: {name} is {found}, not {wanted}", record["place"]));
            }
        }
    }
    differences
}

#[tokio::test]
async fn every_trial_ends_as_it_should() {
    enter_root();
    let mut wrong = Vec::new();
    for row in rows().into_iter().filter(|row| row["file"].is_null()) {
        let records = outcome(&row).await;
        assert!(!records.is_empty(), "{row}");
        for difference in differences(&row["right"], &records) {
            wrong.push(format!("{difference}: {}", row["why"].as_str().unwrap()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// All hold the one denial of 11:45:12 UTC, `concatenated.json` twice.
#[tokio::test]
async fn every_file_that_people_hold_is_read() {
    enter_root();
    let files: Vec<Json> = rows().into_iter().filter(|row| row["file"].is_string()).collect();
    assert_eq!(files.len(), 9);
    for row in files {
        let path = format!("tests/trials/{}", row["file"].as_str().unwrap());
        let (exit, out) = tagmend(&["replay", "--json", "--world", "events/world.json", &path]).await;
        let records: Vec<Json> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let expected = if path.ends_with("concatenated.json") { 2 } else { 1 };
        assert_eq!(records.len(), expected, "{row}: {out}");
        for record in records {
            assert_eq!(record["failure"]["class"], "denied", "{row}: {record}");
            assert_eq!(record["failure"]["time"], "2026-11-23T11:45:12Z", "{row}");
        }
        assert_ne!(exit, Exit::Error, "{row}");
    }
}

#[tokio::test]
async fn a_model_that_takes_a_subscription_names_what_was_refused() {
    enter_root();
    let (_, out) = tagmend(&[
        "explain",
        "tests/trials/records/marketplace-actions-in-the-text.json",
        "--world",
        "events/world.json",
    ])
    .await;
    for action in ["aws-marketplace:ViewSubscriptions", "aws-marketplace:Subscribe"] {
        assert!(out.contains(action), "{out}");
    }
}
