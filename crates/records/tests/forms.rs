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
