//! Every message of the corpus with unknown words put in between its parts, and cut at every byte: what comes out is
//! residue, or it is itself of a known form, and says what that form says.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "this is a test"
)]

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;
use tagmend_diagnosis::{
    Baseline, Cause, Deny, Encoded, Failure, Message, PolicyType, Remark, Triage, deliveries, triage,
};

const WORDS: &str = "as of today";
const ENCODED: &str = " Encoded authorization failure message:";

fn read(path: &str) -> String {
    std::fs::read_to_string(format!("{}/../../events/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// The denied events of the corpus that have a message.
fn events() -> Vec<Json> {
    let expected: Json = serde_json::from_str(&read("expected.json")).unwrap();
    let events = expected["events"].as_array().unwrap().iter();
    let denied = events.filter(|entry| entry["class"] == "denied");
    let events =
        denied.map(|entry| serde_json::from_str::<Json>(&read(entry["event"].as_str().unwrap())).unwrap());
    events.filter(|event| event["detail"]["errorMessage"].is_string()).collect()
}

/// What a form without residue may look like, written once more from AWS's templates.
fn forms(message: &Message) -> BTreeSet<String> {
    let Some(action) = &message.action else {
        return BTreeSet::new();
    };
    let callers = match &message.principal {
        Some(principal) => vec![format!("User: {principal} is"), format!("User {principal} is")],
        None => vec!["User: is".to_owned(), "User is".to_owned()],
    };
    let targets = match &message.resource {
        Some(resource) => vec![format!(" on resource: {resource}"), format!(" on resource: \"{resource}\"")],
        None => {
            ["", " on this resource", " on the resource", " on the resource associated with this ciphertext"]
                .map(str::to_owned)
                .to_vec()
        }
    };
    let mut forms = BTreeSet::new();
    for opening in ["", "You are not authorized to perform this operation. "] {
        for caller in &callers {
            for colon in [":", ""] {
                for target in &targets {
                    for clause in clauses(message, action) {
                        let call = format!("{opening}{caller} not authorized to perform{colon} {action}");
                        forms.insert(format!("{call}{target}{clause}").to_lowercase());
                    }
                }
            }
        }
    }
    if message.principal.is_none() && message.resource.is_none() && message.deny.is_none() {
        forms.insert(format!("not authorized to perform: {action}").to_lowercase());
        forms.insert(format!("not authorized to perform {action}").to_lowercase());
        let of_athena = format!("you are not authorized to perform: {action} on the resource").to_lowercase();
        forms.insert(format!(
            "{of_athena}. after your aws administrator or you have updated your permissions, please try again"
        ));
        forms.insert(of_athena);
    }
    forms
}

fn clauses(message: &Message, action: &str) -> Vec<String> {
    let of_remark = |remark: Remark| -> &[&str] {
        match remark {
            Remark::KeyNotFound => &[
                " because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access",
            ],
            Remark::BlockPublicAccess => &[
                " because public ACLs are prevented by the BlockPublicAcls setting in S3 Block Public Access",
                " because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access",
                " because public access control lists (ACLs) are blocked by the BlockPublicAcls block public access setting",
            ],
            Remark::CustomerProvidedKeys => &[
                " because this bucket has blocked upload requests that specify Server Side Encryption with Customer provided keys (SSE-C)",
                " because this bucket has blocked upload requests that specify Server Side Encryption with Customer provided keys (SSE-C). Please specify a different server-side encryption type",
            ],
            _ => &[],
        }
    };
    if let Some(remark) = message.remark {
        return of_remark(remark).iter().map(|clause| (*clause).to_owned()).collect();
    }
    let names: &[&str] = match message.policy_type {
        Some(PolicyType::Identity) => &["identity-based policy"],
        Some(PolicyType::Resource) => &["resource-based policy"],
        Some(PolicyType::ServiceControl) => &["service control policy"],
        Some(PolicyType::ResourceControl) => &["resource control policy"],
        Some(PolicyType::Boundary) => &["permissions boundary"],
        Some(PolicyType::Session) => &["session policy", "sessions policy"],
        Some(PolicyType::VpcEndpoint) => {
            &["VPC endpoint policy", "VPC endpoint policy transitively through a service control policy"]
        }
        Some(PolicyType::Trust) => &["role trust policy"],
        None => &[],
    };
    let arn = message.policy_arn.as_ref().map_or(String::new(), |arn| format!(": {arn}"));
    match message.deny {
        None => vec![String::new()],
        Some(Deny::Explicit) if names.is_empty() => vec![" with an explicit deny".to_owned()],
        Some(Deny::Explicit) => ["a", "an", "the"]
            .iter()
            .flat_map(|article| {
                names
                    .iter()
                    .map(move |name| (article, name))
                    .map(|(article, name)| format!(" with an explicit deny in {article} {name}{arn}"))
            })
            .collect(),
        Some(Deny::Implicit) => names
            .iter()
            .flat_map(|name| {
                [
                    format!(" because no {name} allows the {action} action"),
                    format!(" because no {name} allows the action"),
                ]
            })
            .collect(),
    }
}

/// The text without the tails that stand behind a whole message.
fn body(text: &str) -> String {
    let text = text.trim();
    let text = text.rsplit_once(ENCODED).map_or(text, |(before, _)| before);
    let text = text.split_once(". Go to https://").map_or(text, |(before, _)| before);
    let text = match text.strip_suffix(')').and_then(|text| text.rsplit_once(" (Service: ")) {
        Some((before, _)) => before,
        None => text,
    };
    text.trim_end_matches('.').trim_end().to_lowercase()
}

/// Sentences of services that name nothing that is put in, taken from the corpus.
fn sentences(messages: &[String]) -> BTreeSet<String> {
    let known = |text: &&String| {
        let message = Message::parse(text, |_| true);
        message.action.is_none() && message.residue.is_none()
    };
    let whole: Vec<String> = messages.iter().filter(known).map(|text| body(text)).collect();
    // The first of two sentences stands alone elsewhere.
    let first = whole.iter().flat_map(|text| text.match_indices(". ").map(|(at, _)| text[..at].to_owned()));
    first.chain(whole.clone()).collect()
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Residue,
    Cut,
    KnownCall,
    KnownSentence,
}

fn kind(text: &str, sentences: &BTreeSet<String>) -> Kind {
    let message = Message::parse(text, |_| false);
    match &message.residue {
        Some(residue) if residue.is_cut() => Kind::Cut,
        Some(_) => Kind::Residue,
        None if message.action.is_some() => {
            assert!(
                forms(&message).contains(&body(text)),
                "read as {message:?}, which is not what stands there: {text}"
            );
            Kind::KnownCall
        }
        None => {
            let body = body(text);
            assert!(
                body.is_empty() || sentences.contains(&body),
                "taken for a sentence that is known: {text}"
            );
            Kind::KnownSentence
        }
    }
}

/// The message without its ARNs and actions.
fn shape(text: &str) -> String {
    let plain = |word: &str| match word.contains(':') && !word.ends_with(':') {
        true => "NAME".to_owned(),
        false => word.to_owned(),
    };
    text.split(' ').map(plain).collect::<Vec<_>>().join(" ")
}

/// A record with this message is settled by itself wherever something of it is not understood.
fn is_left_alone(event: &Json, text: &str, baseline: &Baseline) {
    let mut event = event.clone();
    event["detail"]["errorMessage"] = text.into();
    let Ok(delivery) = deliveries(&event).remove(0) else {
        return;
    };
    let failure = Failure::read(delivery).expect("a denial");
    if failure.message.residue.is_none() {
        return;
    }
    match triage(&failure, baseline) {
        Triage::Settled(diagnosis) => assert!(
            !matches!(diagnosis.cause, Cause::MappingMissing | Cause::NotProvisioned | Cause::StaleSession),
            "{text}"
        ),
        Triage::Ask(_) => panic!("AWS is asked about words that nobody understands: {text}"),
    }
}

#[test]
fn words_between_the_parts_and_cuts_at_every_byte() {
    let baseline = Baseline::parse(&read("baseline.json")).unwrap();
    let events = events();
    let messages: Vec<String> =
        events.iter().map(|event| event["detail"]["errorMessage"].as_str().unwrap().to_owned()).collect();
    let sentences = sentences(&messages);
    let mut shapes = BTreeSet::new();
    let mut counts: BTreeMap<(&str, Kind), usize> = BTreeMap::new();
    for (event, text) in events.iter().zip(&messages) {
        let spaces = text.match_indices(' ').map(|(at, _)| at).filter(|at| *at < 1_200);
        for at in spaces {
            let variant = format!("{} {WORDS}{}", &text[..at], &text[at..]);
            *counts.entry(("words", kind(&variant, &sentences))).or_default() += 1;
            is_left_alone(event, &variant, &baseline);
        }
        for variant in [format!("{WORDS} {text}"), format!("{text} {WORDS}")] {
            *counts.entry(("words", kind(&variant, &sentences))).or_default() += 1;
        }
        // Of messages that differ in names alone one is cut.
        if !shapes.insert(shape(text)) {
            continue;
        }
        for (at, _) in text.char_indices().take_while(|(at, _)| *at < 1_200) {
            let cut = &text[..at];
            *counts.entry(("cut", kind(cut, &sentences))).or_default() += 1;
            let marked = format!("{cut}...");
            let message = Message::parse(&marked, |_| true);
            if marked.contains(ENCODED) && message.residue.is_none() {
                assert_eq!(message.encoded, Some(Encoded::Cut), "{marked}");
                *counts.entry(("cut and marked", kind(&marked, &sentences))).or_default() += 1;
                continue;
            }
            assert_eq!((message.policy_type, message.deny, message.resource), (None, None, None), "{marked}");
            assert!(message.residue.is_some_and(|residue| residue.is_cut()), "{marked}");
            *counts.entry(("cut and marked", Kind::Cut)).or_default() += 1;
            if at % 7 == 0 {
                is_left_alone(event, &marked, &baseline);
            }
        }
    }
    println!("{} messages", messages.len());
    for ((what, kind), count) in &counts {
        println!("{what:<16} {kind:?}: {count}");
    }
    let tried: usize = counts.values().sum();
    assert!(tried > 30_000, "{tried} variants");
    assert!(counts[&("words", Kind::Residue)] > 5_000);
}
