//! What holds for any record and any message, however crafted.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde_json::Value as Json;
use tagmend_diagnosis::redact::redact;
use tagmend_diagnosis::related::Related;
use tagmend_diagnosis::{
    Baseline, Delivery, Deny, Encoded, Failure, Message, PolicyType, Principal, SignIn, Triage, deliveries,
    triage,
};

static BASELINE: LazyLock<Baseline> =
    LazyLock::new(|| Baseline::parse(include_str!("../../../../events/baseline.json")).unwrap());

/// Any bytes as a document: each record in it is read or refused, and nothing is claimed that its fields contradict.
pub(crate) fn records_are_read_or_refused(bytes: &[u8]) {
    let Ok(document) = serde_json::from_slice::<Json>(bytes) else {
        return;
    };
    for delivery in deliveries(&document) {
        match delivery {
            Ok(delivery) => a_record_claims_only_what_its_fields_say(delivery),
            Err(error) => assert!(!error.place.is_empty() && !error.reason.is_empty()),
        }
    }
}

fn a_record_claims_only_what_its_fields_say(delivery: Delivery) {
    if let Some(sign_in) = SignIn::read(&delivery) {
        let named = delivery.record.as_ref().unwrap().recipient_account_id.as_deref();
        assert!(named.is_none_or(|account| account == sign_in.session.account));
    }
    let Some(failure) = Failure::read(delivery) else {
        return;
    };
    let own = failure.principal_arn.as_deref();
    assert!(failure.message.principal.is_none() || failure.message.principal.as_deref() == own);
    if let Some(policy) = &failure.message.policy_arn {
        let part = |arn: &str, index| arn.split(':').nth(index).map(str::to_owned);
        let own = own.unwrap_or_default();
        assert_eq!(part(policy, 1), part(own, 1), "a policy of another partition");
        if part(policy, 2).as_deref() == Some("iam") {
            assert!(
                [part(own, 4), Some("aws".to_owned())].contains(&part(policy, 4)),
                "a policy of another account"
            );
        }
    }
    if let Principal::PermissionSet(session) = &failure.principal {
        assert!(session.role_arn.contains(":role/aws-reserved/sso.amazonaws.com/"));
        assert!(own.unwrap().contains(&format!("::{}:assumed-role/", session.account())));
    }
    if let Triage::Ask(question) = triage(&failure, &BASELINE) {
        assert!(BASELINE.covers(&question.account));
        let named = [&failure.account, &failure.recipient_account, &failure.envelope_account];
        assert!(named.into_iter().flatten().all(|account| *account == question.account));
    }
}

/// Any bytes as an event that is no denied call: it names nobody whom its members do not name, repeats no text of it, and
/// without its names it is read alike.
pub(crate) fn related_events_name_nobody_else(bytes: &[u8]) {
    let Ok(document) = serde_json::from_slice::<Json>(bytes) else {
        return;
    };
    let Some(related) = Related::read(&document) else {
        return;
    };
    let mut texts = BTreeSet::new();
    collect(&document, &mut texts);
    let stands = |name: &str| texts.iter().any(|text| text.contains(name));
    for name in [&related.user_id, &related.actor, &related.account, &related.region, &related.session_arn]
        .into_iter()
        .flatten()
    {
        assert!(stands(name), "{name} does not stand in the record");
        assert!(!name.chars().any(char::is_control), "{name:?}");
    }
    for sentence in &related.evidence {
        assert!(sentence.len() < 300 && !sentence.chars().any(char::is_control), "{sentence:?}");
    }
    // Whatever a message says of somebody is not repeated.
    let place = if document.get("detail").is_some() { "/detail/errorMessage" } else { "/errorMessage" };
    let message = document.pointer(place).and_then(Json::as_str).unwrap_or_default().to_owned();
    for message in [
        format!("{message} {NAME}"),
        format!("{NAME} {message}"),
        format!("Value at '{NAME}' failed to satisfy constraint: {message}"),
    ] {
        let mut named = document.clone();
        if let Some(text) = named.pointer_mut(place) {
            *text = Json::String(message);
        }
        let said = Related::read(&named).map(|related| related.evidence.concat()).unwrap_or_default();
        assert!(!said.contains(NAME) || related.evidence.concat().contains(NAME), "{said}");
    }
    let _ = redact(&document);
}

/// A name that no record has.
const NAME: &str = "zqxjkvb";

fn collect(json: &Json, texts: &mut BTreeSet<String>) {
    match json {
        Json::String(text) => {
            texts.insert(text.clone());
        }
        Json::Array(items) => items.iter().for_each(|item| collect(item, texts)),
        Json::Object(members) => members.values().for_each(|value| collect(value, texts)),
        _ => {}
    }
}

/// Any text as a message: everything that is read stands in it, and is of a known form.
pub(crate) fn messages_say_only_what_stands_in_them(text: &str) {
    check(text, &Message::parse(text, |_| false));
    // Behind a caller's own name, nobody else's counts.
    const CALLER: &str = "arn:aws:sts::111122223333:assumed-role/R/s";
    let behind = format!("User: {CALLER} is not authorized to perform: s3:GetObject on resource: {text}");
    let message = Message::parse(&behind, |_| false);
    check(&behind, &message);
    assert!(message.principal.as_deref().is_none_or(|principal| principal == CALLER), "{message:?}");
    assert!(message.action.as_deref().is_none_or(|action| action == "s3:GetObject"), "{message:?}");
}

fn check(text: &str, message: &Message) {
    let encoded = match &message.encoded {
        Some(Encoded::Whole(blob)) => Some(blob),
        Some(Encoded::Cut) | None => None,
    };
    let Message { principal, action, resource, policy_arn, authorization_id, .. } = message;
    for part in
        [principal, action, resource, policy_arn, authorization_id].into_iter().flatten().chain(encoded)
    {
        assert!(text.contains(part.as_str()), "{part} does not stand in the text");
    }
    let lower = text.to_lowercase();
    if let Some(policy_type) = message.policy_type {
        let words = match policy_type {
            PolicyType::Identity => "identity-based policy",
            PolicyType::VpcEndpoint if message.deny.is_none() => "due to a vpc endpoint policy",
            PolicyType::Resource if message.remark.is_some() => "the resource does not exist in this region",
            PolicyType::Resource => "resource-based policy",
            PolicyType::ServiceControl => "service control policy",
            PolicyType::ResourceControl => "resource control policy",
            PolicyType::Boundary => "permissions boundary",
            PolicyType::Session => "session",
            PolicyType::VpcEndpoint => "vpc endpoint policy",
            PolicyType::Trust => "role trust policy",
        };
        assert!(lower.contains(words), "{words} does not stand in the text");
    }
    match message.deny {
        Some(Deny::Explicit) => assert!(lower.contains("with an explicit deny")),
        Some(Deny::Implicit) => assert!(lower.contains("because no")),
        None => {}
    }
}
