//! Every event of `events/` has the outcome that `events/expected.json` says, and no cause lacks an event.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};
use tagmend_cli::exit::Exit;
use tagmend_diagnosis::related::Class;
use tagmend_diagnosis::related::cause::Cause as Kind;
use tagmend_diagnosis::{Cause, rules};
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
fn nothing_that_is_no_denied_call_lacks_an_event_and_a_near_miss() {
    let expected = read("events/expected.json");
    let expected = expected["events"].as_array().unwrap();
    for kind in Kind::ALL {
        let about = kind.about();
        let folder = &format!("{}/", about.name.replace('_', "-"));
        let in_folder = |near_miss: bool| {
            expected.iter().filter(move |entry| {
                let name = entry["event"].as_str().unwrap().strip_prefix(folder.as_str());
                name.is_some_and(|name| name.starts_with("near-miss-") == near_miss)
            })
        };
        let is_it = |entry: &Json| entry["cause"] == about.name && entry["class"] == about.class.name();
        assert!(in_folder(false).count() > 0 && in_folder(false).all(is_it), "events of {}", about.name);
        assert!(in_folder(true).count() > 0 && !in_folder(true).any(is_it), "near misses of {}", about.name);
    }
    let new = expected.iter().filter(|entry| Class::ALL.iter().any(|class| entry["class"] == class.name()));
    assert!(new.clone().count() >= 60, "{} events", new.clone().count());
    for entry in new {
        assert_eq!((&entry["plan"], &entry["keys"]), (&json!([]), &json!([])), "{entry}");
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
    let mut folders = BTreeMap::<String, String>::new();
    for record in replayed().await {
        let place = record["place"].as_str().unwrap();
        let folder = place.split('/').nth(1).unwrap().to_owned();
        folders.entry(folder).or_default().push_str(&format!("{record:#}\n"));
    }
    for (folder, lines) in folders {
        insta::assert_snapshot!(format!("outcomes/{folder}"), lines);
    }
}

#[tokio::test]
async fn no_rule_lacks_an_event() {
    let shown: BTreeSet<String> = replayed()
        .await
        .iter()
        .filter_map(|record| Some(record["diagnosis"]["rule"].as_str()?.to_owned()))
        .collect();
    let lacking: Vec<&str> = rules()
        .map(|rule| rule.id)
        .filter(|id| !shown.contains(*id) && !WITHOUT_EVENT.contains(id))
        .collect();
    assert_eq!(lacking, Vec::<&str>::new());
    for id in WITHOUT_EVENT {
        assert!(!shown.contains(id), "{id} has an event");
    }
}

/// Advice fits the plan: no command that would do nothing, none that leads back here, and what is known is filled in.
#[tokio::test]
async fn advice_fits_the_plan() {
    for record in replayed().await {
        let (place, diagnosis) = (&record["place"], &record["diagnosis"]);
        if diagnosis.is_null() {
            continue;
        }
        let command = diagnosis["advice"]["command"].as_str().unwrap_or_default();
        assert!(!command.contains("tagmend explain"), "{place}: {command}");
        if planned(&record).is_empty() {
            assert!(!command.contains("--apply"), "{place}: {command}");
        }
        if diagnosis["cause"] == "undetermined" {
            let text = diagnosis["advice"]["text"].as_str().unwrap();
            assert!(text.starts_with("not seen: ") && text.contains("; next: "), "{place}: {text}");
            assert!(!command.is_empty(), "{place}");
        }
        let known = [("ACCOUNT", "account"), ("REGION", "region"), ("USER", "user_id")];
        for (word, field) in known.iter().filter(|(_, field)| record["failure"][field].is_string()) {
            let is_of_tagmend = command.starts_with("tagmend ");
            // There the word is a value of AWS's, not a place to fill.
            let command = command.replace("--principal-type USER", "");
            assert!(
                is_of_tagmend || !command.split(' ').any(|part| part == *word),
                "{place}: {field}: {command}"
            );
        }
    }
}

/// Every rule before the one that applies, in the order of the table, each with what spoke against it.
#[tokio::test]
async fn explain_shows_the_rules_that_were_tried() {
    let event = "events/mapping-missing/explicit-deny.json";
    let (_, out) = tagmend(&["explain", event, "--rules"]).await;
    let (_, tried) = out.split_once("Rules that were tried\n").unwrap();
    let (tried, last) = tried.split_once("\n\nRule\n").unwrap();
    let no: Vec<&str> =
        tried.lines().filter_map(|line| line.trim().strip_prefix("no ")).map(str::trim).collect();
    let before: Vec<&str> = rules()
        .map(|rule| rule.id)
        .take_while(|id| *id != "mapping_missing.by_tags")
        .filter(|id| !id.ends_with(".without_facts"))
        .collect();
    assert_eq!(no.iter().map(|line| line.split(": ").next().unwrap()).collect::<Vec<_>>(), before);
    assert!(no.iter().all(|line| line.split_once(": ").is_some_and(|(_, why)| why.len() > 10)), "{tried}");
    assert_eq!(tried.lines().last(), Some("  yes  mapping_missing.by_tags"));
    assert!(last.starts_with("  mapping_missing.by_tags: "), "{last}");
    let (_, without) = tagmend(&["explain", event]).await;
    assert!(without.ends_with(&format!("\nRule\n{last}")) && !without.contains("Rules that were tried"));
}

/// The last applies to nothing that the table leaves over; the others have no event yet.
const WITHOUT_EVENT: [&str; 10] = [
    "permissions_boundary.by_message",
    "service_control_policy.without_facts",
    "resource_control_policy.without_facts",
    "permissions_boundary.without_facts",
    "kms_key.without_facts",
    "undetermined.open_as_approved",
    "key_owned_by_idp.overridden",
    "undetermined.denied_beside_what_nobody_saw",
    "kms_key.tags_not_in_effect",
    "undetermined.no_rule",
];

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
        "no-assignment/no-access",
        "scim-refused/empty-given-name-of-a-known-user",
        "undetermined/near-miss-customer-managed-policy",
        "resource-tag/ec2-instance",
    ] {
        let (_, out) = tagmend(&["explain", &format!("events/{name}.json")]).await;
        all.push_str(&format!("=== {name}\n{out}\n"));
    }
    insta::assert_snapshot!(all);
}
