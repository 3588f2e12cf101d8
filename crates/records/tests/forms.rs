//! Every form in which people hold records gives the same records as the bare ones. The forms, with where each is from,
//! are in `tests/forms/forms.json`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "this is a test"
)]

use std::fs;
use std::ops::ControlFlow;
use std::path::PathBuf;

use serde_json::Value as Json;
use tagmend_diagnosis::{Failure, deliveries};
use tagmend_records::{Content, End, Found, read};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn found(bytes: &[u8]) -> (End, Vec<Found>) {
    let mut all = Vec::new();
    let end = read(bytes, &mut |found| {
        all.push(found);
        ControlFlow::Continue(())
    });
    (end.unwrap(), all)
}

#[test]
fn every_form_gives_what_the_bare_record_gives() {
    let event: Json =
        serde_json::from_slice(&fs::read(root().join("events/mapping-missing/explicit-deny.json")).unwrap())
            .unwrap();
    let bare = deliveries(&event["detail"]).remove(0).unwrap();
    let bare = Failure::read(bare).unwrap();
    let forms: Json =
        serde_json::from_slice(&fs::read(root().join("tests/forms/forms.json")).unwrap()).unwrap();
    let mut wrong = Vec::new();
    for form in forms.as_array().unwrap() {
        let file = form["file"].as_str().unwrap();
        let (end, all) = found(&fs::read(root().join("tests/forms").join(file)).unwrap());
        assert_eq!(end, End::Whole, "{file}");
        let (mut passed_over, mut unreadable, mut failures) = (0, 0, 0);
        let mut reasons = Vec::new();
        for (index, found) in (1..).zip(all) {
            assert_eq!(found.number, index, "{file}");
            match found.content {
                Content::PassedOver | Content::NotARecord(_) => passed_over += 1,
                Content::Unreadable(error) => {
                    unreadable += 1;
                    reasons.push(error.to_string());
                }
                Content::Record { delivery, rebuilt } => {
                    failures += 1;
                    let mut failure = Failure::read(*delivery).unwrap();
                    if rebuilt.is_some() {
                        // What such a form need not have.
                        failure.source_ip = bare.source_ip.clone();
                        failure.client = bare.client.clone();
                        failure.principal_id = bare.principal_id.clone();
                        failure.principal = without_user_id(&failure, &bare);
                    }
                    failure.envelope_account = None;
                    if failure.without_ids() != bare.without_ids() {
                        wrong.push(format!("{file}: {:#?}", failure.without_ids()));
                    }
                }
            }
        }
        let count = |name: &str| form[name].as_u64().unwrap();
        let counted = (passed_over, failures, unreadable);
        let expected = (count("passed_over"), count("failures"), count("unreadable"));
        if counted != expected {
            wrong.push(format!("{file}: {counted:?} and not {expected:?}: {reasons:?}"));
        }
    }
    assert!(wrong.is_empty(), "passed over, failures, unreadable\n{}", wrong.join("\n"));
}

/// OCSF and Elastic do not keep the user's id.
fn without_user_id(failure: &Failure, bare: &Failure) -> tagmend_diagnosis::Principal {
    use tagmend_diagnosis::Principal;
    match (&failure.principal, &bare.principal) {
        (Principal::PermissionSet(session), Principal::PermissionSet(bare)) => {
            let user_id = session.user_id.clone().or_else(|| bare.user_id.clone());
            Principal::PermissionSet(tagmend_diagnosis::Session { user_id, ..session.clone() })
        }
        (other, _) => other.clone(),
    }
}

/// The columns of the saved query that hold an object as text.
const OBJECTS: [&str; 4] =
    ["requestParameters", "responseElements", "additionalEventData", "serviceEventDetails"];

/// What `json_format(CAST(useridentity AS JSON))` writes: names in lower case.
fn in_lower_case(json: &Json) -> Json {
    match json {
        Json::Object(members) => {
            members.iter().map(|(name, value)| (name.to_lowercase(), in_lower_case(value))).collect()
        }
        other => other.clone(),
    }
}

#[test]
fn a_row_of_the_saved_query_gives_what_the_record_gives() {
    let template = fs::read_to_string(root().join("infra/template.yaml")).unwrap();
    let select = template.split("SELECT eventversion").nth(1).unwrap().split("FROM").next().unwrap();
    let select = format!("eventversion{select}").replace("json_format(CAST(useridentity AS JSON)) AS ", "");
    let columns: Vec<&str> = select.split(',').map(str::trim).collect();
    let mut kinds = std::collections::BTreeMap::new();
    for folder in fs::read_dir(root().join("events")).unwrap().map(|entry| entry.unwrap().path()) {
        for file in fs::read_dir(&folder).into_iter().flatten().map(|entry| entry.unwrap().path()) {
            let event: Json = match serde_json::from_slice(&fs::read(&file).unwrap_or_default()) {
                Ok(event) => event,
                Err(_) => continue,
            };
            let record = &event["detail"];
            let Some(Ok(bare)) = deliveries(record).into_iter().next() else { continue };
            let Some(bare) = bare.related else { continue };
            let by_name = |column: &&str| {
                let (_, value) =
                    record.as_object().unwrap().iter().find(|(name, _)| name.eq_ignore_ascii_case(column))?;
                Some(match value {
                    Json::Null => return None,
                    Json::String(text) => text.clone(),
                    identity if *column == "useridentity" => in_lower_case(identity).to_string(),
                    other => other.to_string(),
                })
            };
            let values = columns
                .iter()
                .map(|column| format!("\"{}\"", by_name(column).unwrap_or_default().replace('"', "\"\"")));
            let row = values.collect::<Vec<_>>().join(",");
            let (_, all) = found(format!("{}\n{row}\n", columns.join(",")).as_bytes());
            let [Found { content: Content::Record { delivery, .. }, .. }] = all.as_slice() else {
                panic!("{}: {all:#?}", file.display());
            };
            let read = delivery.related.as_ref().unwrap_or_else(|| panic!("{}", file.display()));
            assert!(**read == *bare, "{}", file.display());
            *kinds.entry(format!("{:?}", bare.cause)).or_insert(0) += 1;
        }
    }
    println!("{kinds:?}");
    assert!(kinds.len() > 10 && OBJECTS.iter().all(|name| columns.contains(&name.to_lowercase().as_str())));
}
