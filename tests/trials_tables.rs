//! Public reports, rebuilt as small inputs: what the tables have to get right. The rows are in `trials/tables.jsonl`: a
//! record is read with the sample world, a world has an event and a baseline of its own.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "this is a test"
)]

use serde_json::{Value as Json, json};
use tagmend_tests::{tagmend, text};

/// What `tagmend explain` says of a trial.
async fn explained(trial: &Json) -> Json {
    let (_, out) = match (trial["record"].as_str(), trial["world"].as_str()) {
        (Some(record), None) => {
            let path = format!("tests/trials/{record}");
            tagmend(&["explain", &path, "--json", "--world", "events/world.json"]).await
        }
        (None, Some(world)) => {
            let path = format!("tests/trials/{world}/event.json");
            tagmend(&["explain", &path, "--json"]).await
        }
        _ => panic!("neither a record nor a world: {trial}"),
    };
    serde_json::from_str(&out).unwrap_or_else(|error| panic!("{trial}: {error}: {out}"))
}

/// The same fields as a row has.
fn said(record: &Json, field: &str) -> Json {
    match field {
        "cause" => record["diagnosis"]["cause"].clone(),
        "plan" => {
            let changes = record["plan"]["changes"].as_array().cloned().unwrap_or_default();
            let word = |change: &Json, field: &str| change[field].as_str().unwrap_or_default().to_owned();
            changes
                .iter()
                .map(|change| json!(format!("{} {}", word(change, "kind"), word(change, "key"))))
                .collect()
        }
        field => record["failure"][field].clone(),
    }
}

#[tokio::test]
async fn every_trial_of_the_tables_is_right() {
    let rows = text("tests/trials/tables.jsonl");
    let trials: Vec<Json> = rows.lines().map(|row| serde_json::from_str(row).unwrap()).collect();
    assert_eq!(trials.len(), 8);
    let mut wrong = Vec::new();
    for trial in &trials {
        let record = explained(trial).await;
        for (field, right) in trial["right"].as_object().unwrap() {
            let said = said(&record, field);
            if said != *right {
                wrong.push(format!("{}{}: {field} is {said}, not {right}", trial["record"], trial["world"]));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
