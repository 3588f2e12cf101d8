//! Properties of records and messages, for random ones and for what fuzzing kept.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "this is a test"
)]

mod digest;
mod properties;

use properties::{
    messages_say_only_what_stands_in_them, records_are_read_or_refused, related_events_name_nobody_else,
};
use std::sync::LazyLock;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// Every input that fuzzing kept, in `fuzz/corpus`.
fn kept(target: &str) -> Vec<Vec<u8>> {
    let folder = format!("{}/fuzz/corpus/{target}", env!("CARGO_MANIFEST_DIR"));
    let entries = std::fs::read_dir(folder).unwrap();
    entries.map(|entry| std::fs::read(entry.unwrap().path()).unwrap()).collect()
}

#[test]
fn kept_records() {
    let inputs = kept("record");
    assert!(inputs.len() > 50, "{} inputs", inputs.len());
    inputs.iter().for_each(|bytes| records_are_read_or_refused(bytes));
}

#[test]
fn kept_messages() {
    let inputs = kept("message");
    assert!(inputs.len() > 50, "{} inputs", inputs.len());
    for bytes in inputs {
        messages_say_only_what_stands_in_them(&String::from_utf8_lossy(&bytes));
    }
}

#[test]
fn kept_related_events() {
    let inputs = kept("related");
    assert!(inputs.len() > 50, "{} inputs", inputs.len());
    inputs.iter().for_each(|bytes| related_events_name_nobody_else(bytes));
}

/// Members of such events, with what stands in them; any of each, in any event.
const VALUES: [&str; 14] = [
    "Failure",
    "PASSWORD",
    "ForbiddenException",
    "ValidationException",
    "ConflictException",
    "Missing path in PATCH request",
    "Value at 'name.familyName' failed to satisfy constraint: x",
    "c46824b8-f071-7009-c812-ad564a62b220",
    "111122223333",
    "Finance\u{202e}Approved",
    "a\nb",
    "\u{1b}[31m",
    "IdentityCenterUser",
    "",
];

/// What fuzzing kept, as far as it is a document.
static EVENTS: LazyLock<Vec<serde_json::Value>> = LazyLock::new(|| {
    let documents = kept("related").into_iter().filter_map(|input| serde_json::from_slice(&input).ok());
    documents.filter(serde_json::Value::is_object).collect()
});

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default() })]

    /// Any member of any such event of the corpus has any value, and some are gone.
    #[test]
    fn bent_related_events(which in any::<prop::sample::Index>(), bends in prop::collection::vec((any::<prop::sample::Index>(), 0..16usize), 1..4)) {
        let mut event = EVENTS[which.index(EVENTS.len())].clone();
        for (place, value) in bends {
            let mut places = Vec::new();
            pointers(&event, "", &mut places);
            let place = &places[place.index(places.len())];
            *event.pointer_mut(place).unwrap() = match VALUES.get(value) {
                Some(text) => serde_json::json!(text),
                None => serde_json::Value::Null,
            };
        }
        related_events_name_nobody_else(event.to_string().as_bytes());
        records_are_read_or_refused(event.to_string().as_bytes());
    }
}

/// Every place of a document.
fn pointers(json: &serde_json::Value, place: &str, places: &mut Vec<String>) {
    places.push(place.to_owned());
    match json {
        serde_json::Value::Object(members) => {
            for (name, value) in members {
                let name = name.replace('~', "~0").replace('/', "~1");
                pointers(value, &format!("{place}/{name}"), places);
            }
        }
        serde_json::Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                pointers(value, &format!("{place}/{index}"), places);
            }
        }
        _ => {}
    }
}

/// Pieces of which messages are made, in any order.
const PIECES: [&str; 22] = [
    "User: ",
    "arn:aws:sts::111122223333:assumed-role/R/s",
    "arn:aws:sts::999999999999:assumed-role/Admin/x",
    " is not authorized to perform: ",
    "s3:GetObject",
    "sts:AssumeRole",
    " on resource: ",
    "\"arn:aws:s3:::b/k\"",
    "role X",
    " on this resource",
    " because no identity-based policy allows the s3:GetObject action",
    " because no service control policy allows the s3:GetObject action",
    " with an explicit deny in an identity-based policy",
    " with an explicit deny in a resource control policy",
    ": arn:aws:organizations::1:policy/o-x/resource_control_policy/p-1",
    ": arn:aws:iam::111122223333:policy/P",
    "You are not authorized to perform this operation. ",
    " Encoded authorization failure message: ",
    ". Go to https://x for complete details, or call the API with the following authorization id: abc",
    "...",
    "\u{1b}[2J\u{202e}",
    "\n",
];

proptest! {
    #![proptest_config(ProptestConfig { rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..ProptestConfig::with_cases(4_000) })]

    #[test]
    fn messages_of_pieces(pieces in prop::collection::vec(prop::sample::select(PIECES.to_vec()), 0..12)) {
        messages_say_only_what_stands_in_them(&pieces.concat());
    }

    /// A record of the corpus with one text in it replaced by pieces.
    #[test]
    fn records_with_a_crafted_message(pieces in prop::collection::vec(prop::sample::select(PIECES.to_vec()), 0..12)) {
        let mut event: serde_json::Value =
            serde_json::from_str(include_str!("../../../../events/mapping-missing/explicit-deny.json")).unwrap();
        event["detail"]["errorMessage"] = pieces.concat().into();
        records_are_read_or_refused(event.to_string().as_bytes());
    }
}
