//! What `events/README.md` says that the corpus holds. `WRITE_DOCS=1` writes it.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::Value as Json;
use tagmend_diagnosis::related::Class;
use tagmend_diagnosis::{Deny, Failure, PolicyType, deliveries};
use tagmend_tests::{json, root, text};

const HEADING: &str = "## What is in it\n\n";
const TYPES: [(&str, Option<PolicyType>); 8] = [
    ("identity-based policy", Some(PolicyType::Identity)),
    ("resource-based policy", Some(PolicyType::Resource)),
    ("service control policy", Some(PolicyType::ServiceControl)),
    ("resource control policy", Some(PolicyType::ResourceControl)),
    ("permissions boundary", Some(PolicyType::Boundary)),
    ("session policy", Some(PolicyType::Session)),
    ("VPC endpoint policy", Some(PolicyType::VpcEndpoint)),
    ("role trust policy", Some(PolicyType::Trust)),
];

/// How often each word is there, the most frequent first.
fn counted<'w>(words: impl Iterator<Item = &'w str>) -> Vec<(&'w str, usize)> {
    let mut counts = BTreeMap::new();
    for word in words {
        *counts.entry(word).or_insert(0) += 1;
    }
    let mut counts: Vec<(&str, usize)> = counts.into_iter().collect();
    counts.sort_by_key(|(word, count)| (usize::MAX - count, *word));
    counts
}

fn list(counts: &[(&str, usize)]) -> String {
    counts.iter().map(|(word, count)| format!("{word} {count}")).collect::<Vec<_>>().join(", ")
}

#[test]
fn the_readme_counts_what_is_there() {
    let expected = json("events/expected.json");
    let expected = expected["events"].as_array().unwrap();
    let events: Vec<Json> =
        expected.iter().map(|entry| json(&format!("events/{}", entry["event"].as_str().unwrap()))).collect();
    let having = |field: &str, value: &str| expected.iter().filter(|entry| entry[field] == value).count();
    let due = expected.iter().filter(|entry| entry["plan"] != Json::Array(vec![])).count();
    let mut written = format!(
        "{} events: {} documented, {} observed, {} constructed; {} denied, {} throttled, {} of what is no denied call, {} neither. A change is due in {due}.\n",
        events.len(),
        having("form", "documented"),
        having("form", "observed"),
        having("form", "constructed"),
        having("class", "denied"),
        having("class", "throttled"),
        Class::ALL.iter().map(|class| having("class", class.name())).sum::<usize>(),
        having("class", "neither"),
    );
    let partitions = events.iter().map(|event| {
        let arn = event["detail"]["userIdentity"]["arn"].as_str().unwrap_or_default();
        arn.split(':').nth(1).unwrap_or("without an ARN")
    });
    write!(written, "\nBy the partition of the caller: {}.\n", list(&counted(partitions))).unwrap();
    let sources = events.iter().map(|event| match event["detail"]["eventSource"].as_str() {
        Some(source) => source.split('.').next().unwrap(),
        None => event["source"].as_str().unwrap().trim_start_matches("aws."),
    });
    let services = counted(sources);
    write!(written, "\nBy service ({}): {}.\n", services.len(), list(&services)).unwrap();

    written.push_str(
        "\nDenials by the policy type that the message names:\n\n\
         | policy type | none allows | one denies | one denies, with its ARN | does not say |\n|---|---|---|---|---|\n",
    );
    let failures: Vec<Failure> =
        events.iter().filter_map(|event| Failure::read(deliveries(event).remove(0).unwrap())).collect();
    let is_denied = |failure: &&Failure| {
        expected.iter().zip(&events).any(|(entry, event)| {
            entry["class"] == "denied" && event["detail"]["eventID"] == failure.event_id.as_str()
        })
    };
    let denied: Vec<&Failure> = failures.iter().filter(is_denied).collect();
    let mut total = 0;
    for (name, policy_type) in TYPES.into_iter().chain([("none", None)]) {
        let of_type = || denied.iter().filter(|failure| failure.message.policy_type == policy_type);
        let has_arn = |failure: &Failure| failure.message.policy_arn.is_some();
        let is = |deny, arn| {
            of_type().filter(|failure| failure.message.deny == deny && has_arn(failure) == arn).count()
        };
        let row = [
            is(Some(Deny::Implicit), false) + is(Some(Deny::Implicit), true),
            is(Some(Deny::Explicit), false),
            is(Some(Deny::Explicit), true),
            is(None, false) + is(None, true),
        ];
        total += row.iter().sum::<usize>();
        let [implicit, explicit, with_arn, unsaid] = row;
        writeln!(written, "| {name} | {implicit} | {explicit} | {with_arn} | {unsaid} |").unwrap();
    }
    assert_eq!(total, having("class", "denied"), "every denial stands in one place of the table");

    let readme = text("events/README.md");
    let (before, told) = readme.split_once(HEADING).unwrap();
    if std::env::var_os("WRITE_DOCS").is_some() {
        std::fs::write(root().join("events/README.md"), format!("{before}{HEADING}{written}")).unwrap();
    } else {
        assert_eq!(told, written);
    }
}
