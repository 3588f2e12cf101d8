//! Every event of `events/` has the outcome that `events/expected.json` says, and no cause lacks an event.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};
use tagmend_cli::exit::Exit;
use tagmend_diagnosis::Cause;
use tagmend_tests::{event, json as read, tagmend};

async fn replayed() -> Vec<Json> {
    let (exit, out) = tagmend(&["replay", "events", "--json"]).await;
    assert_eq!(exit, Exit::Planned);
    out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn planned(record: &Json) -> Vec<String> {
    let changes = record["plan"]["changes"].as_array().into_iter().flatten();
    changes
        .map(|change| match change["kind"].as_str().unwrap() {
            "provision" => {
                format!(
                    "provision {} {}",
                    change["name"].as_str().unwrap(),
                    change["account"].as_str().unwrap()
                )
            }
            kind => format!("{kind} {}", change["key"].as_str().unwrap()),
        })
        .collect()
}

#[tokio::test]
async fn every_event_has_its_expected_outcome() {
    let records = replayed().await;
    let expected = read("events/expected.json");
    let expected = expected["events"].as_array().unwrap();
    let found: BTreeSet<String> =
        records.iter().map(|record| record["place"].as_str().unwrap().to_owned()).collect();
    let listed: BTreeSet<String> =
        expected.iter().map(|entry| format!("events/{}", entry["event"].as_str().unwrap())).collect();
    assert_eq!(found, listed, "expected.json lists exactly the events that are there");
    for entry in expected {
        let place = format!("events/{}", entry["event"].as_str().unwrap());
        let record = records.iter().find(|record| record["place"] == place).unwrap();
        let outcome = json!({
            "class": record["failure"]["class"],
            "cause": record["diagnosis"]["cause"],
            "keys": record["diagnosis"].get("keys").cloned().unwrap_or_else(|| json!([])),
            "plan": planned(record),
        });
        let wanted = json!({
            "class": entry["class"], "cause": entry["cause"], "keys": entry["keys"], "plan": entry["plan"],
        });
        assert_eq!(outcome, wanted, "{place}");
        let form = entry["form"].as_str().unwrap();
        assert!(["documented", "observed", "constructed"].contains(&form), "{place} has the form {form}");
    }
}

#[test]
fn no_cause_lacks_an_event_and_a_near_miss() {
    let expected = read("events/expected.json");
    let expected = expected["events"].as_array().unwrap();
    for cause in Cause::ALL {
        let folder = &format!("{}/", cause.name().replace('_', "-"));
        let in_folder = |near_miss: bool| {
            expected.iter().filter(move |entry| {
                let name = entry["event"].as_str().unwrap();
                name.strip_prefix(folder.as_str())
                    .is_some_and(|name| name.starts_with("near-miss-") == near_miss)
            })
        };
        let hits: Vec<&Json> = in_folder(false).collect();
        assert!(!hits.is_empty(), "no event for {}", cause.name());
        assert!(
            hits.iter().all(|entry| entry["cause"] == cause.name()),
            "an event of another cause in {}",
            cause.name()
        );
        let misses: Vec<&Json> = in_folder(true).collect();
        // What is like a cause and is not: another cause, or the cause without a change.
        let is_miss = |entry: &&Json| entry["cause"] != cause.name() || entry["plan"] == json!([]);
        assert!(!misses.is_empty() && misses.iter().all(is_miss), "near misses of {}", cause.name());
    }
}

#[test]
fn every_event_is_an_eventbridge_event() {
    let expected = read("events/expected.json");
    for entry in expected["events"].as_array().unwrap() {
        let name = entry["event"].as_str().unwrap();
        let event = event(name.strip_suffix(".json").unwrap());
        let fields: BTreeSet<&str> = event.as_object().unwrap().keys().map(String::as_str).collect();
        let wanted =
            ["account", "detail", "detail-type", "id", "region", "resources", "source", "time", "version"];
        assert_eq!(fields, BTreeSet::from(wanted), "{name}");
    }
}

/// Breadth, counted on forms that are documented or were observed.
#[tokio::test]
async fn the_corpus_has_real_forms_of_many_services_partitions_and_policy_types() {
    let expected = read("events/expected.json");
    let entries = expected["events"].as_array().unwrap();
    assert!(entries.len() >= 120, "{} events", entries.len());
    let real: BTreeSet<String> = entries
        .iter()
        .filter(|entry| entry["form"] != "constructed")
        .map(|entry| format!("events/{}", entry["event"].as_str().unwrap()))
        .collect();
    let (mut services, mut partitions, mut types) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for record in replayed().await.iter().filter(|record| real.contains(record["place"].as_str().unwrap())) {
        let failure = &record["failure"];
        let action = failure["action"].as_str().unwrap_or_default();
        services.extend(action.split(':').next().map(str::to_lowercase));
        let arn = failure["principal_arn"].as_str().unwrap_or_default();
        partitions.extend(arn.split(':').nth(1).map(str::to_owned));
        if let (Some(policy_type), Some(deny)) = (failure["policy_type"].as_str(), failure["deny"].as_str()) {
            types.insert(format!("{policy_type} {deny}"));
        }
    }
    assert!(services.len() >= 15, "{services:?}");
    for partition in ["aws", "aws-cn", "aws-us-gov"] {
        assert!(partitions.contains(partition), "{partitions:?}");
    }
    let kinds = ["identity", "resource", "scp", "boundary", "session", "vpc_endpoint", "trust"];
    for policy_type in kinds {
        for deny in ["explicit", "implicit"] {
            assert!(types.contains(&format!("{policy_type} {deny}")), "{policy_type} {deny}: {types:?}");
        }
    }
    assert!(types.contains("rcp explicit"), "an RCP has no implicit form: {types:?}");
}

#[tokio::test]
async fn outcomes_as_json() {
    let mut lines = String::new();
    for record in replayed().await {
        lines.push_str(&format!("{record:#}\n"));
    }
    insta::assert_snapshot!(lines);
}

#[tokio::test]
async fn outcomes_as_a_table() {
    let (_, out) = tagmend(&["replay", "events"]).await;
    insta::assert_snapshot!(out);
}

#[tokio::test]
async fn explanations() {
    let mut all = String::new();
    for name in [
        "mapping-missing/explicit-deny",
        "mapping-missing/resource-variable",
        "not-provisioned/near-miss-policies-not-approved",
        "key-owned-by-idp/project",
        "service-control-policy/explicit-with-arn",
        "undetermined/near-miss-customer-managed-policy",
        "resource-tag/ec2-instance",
    ] {
        let (_, out) = tagmend(&["explain", &format!("events/{name}.json")]).await;
        all.push_str(&format!("=== {name}\n{out}\n"));
    }
    insta::assert_snapshot!(all);
}
