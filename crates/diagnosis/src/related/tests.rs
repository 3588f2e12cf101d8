use serde_json::json;

use super::*;

fn sign_in_failed() -> Json {
    json!({
        "eventID": "e-1", "eventTime": "2026-11-23T11:45:12Z", "awsRegion": "eu-west-1",
        "eventSource": "signin.amazonaws.com", "eventName": "ExternalIdPDirectoryLogin",
        "errorMessage": "Assertion is no longer valid", "recipientAccountId": "444455556666",
        "responseElements": {"ExternalIdPDirectoryLogin": "Failure"},
        "userIdentity": {"type": "Unknown", "arn": "", "accountId": "444455556666"},
    })
}

#[test]
fn nobody_is_named_where_the_record_names_nobody() {
    let related = Related::read(&sign_in_failed()).unwrap();
    assert_eq!((related.user_id, related.actor), (None, None));
    assert_eq!(related.cause, Cause::ExternalSignInFailed);
    assert_eq!(related.evidence, ["the assertion was too old when it arrived"]);
}

#[test]
fn a_record_that_contradicts_itself_is_nothing() {
    for (path, value) in
        [("eventID", json!("a b")), ("eventTime", json!("then")), ("eventName", json!("x\u{1b}"))]
    {
        let mut record = sign_in_failed();
        record[path] = value;
        assert_eq!(Related::read(&record), None, "{path}");
    }
    let event = |account: &str| json!({"account": account, "detail": sign_in_failed()});
    assert_eq!(Related::read(&event("111122223333")), None);
    assert!(Related::read(&event("444455556666")).is_some());
}

#[test]
fn a_text_that_is_not_known_is_not_repeated() {
    let mut record = sign_in_failed();
    record["errorMessage"] = json!("jane.doe@example.com is unknown");
    let related = Related::read(&record).unwrap();
    assert_eq!(related.evidence, ["the record gives a reason that is not known here"]);
    assert_eq!(related.advice, related.cause.about().advice);
}

#[test]
fn an_id_is_a_users_only_where_it_has_the_form() {
    for (id, is_one) in [
        ("c46824b8-f071-7009-c812-ad564a62b220", true),
        ("906701df3a-c46824b8-f071-7009-c812-ad564a62b220", true),
        ("jane", false),
        ("c46824b8-f071-7009-c812-ad564a62b22x", false),
        ("", false),
    ] {
        assert_eq!(event::is_user_id(id), is_one, "{id}");
    }
}

#[test]
fn the_stores_own_events_name_the_user_however_they_are_written() {
    const ID: &str = "c46824b8-f071-7009-c812-ad564a62b220";
    let event = |resources: Json, detail: Json| {
        json!({
            "source": "aws.identitystore", "detail-type": "User Updated", "id": "e-2", "account": "444455556666",
            "time": "2026-11-23T11:45:12Z", "region": "eu-west-1", "resources": resources, "detail": detail,
        })
    };
    let named = |resources, detail| {
        let related = Related::read(&event(resources, detail)).unwrap();
        related.changed_user().map(str::to_owned)
    };
    let id = || Some(ID.to_owned());
    assert_eq!(named(json!([format!("arn:aws:identitystore:::user/{ID}")]), json!({})), id());
    for member in ["userId", "user-id", "UserId", "user_id"] {
        assert_eq!(named(json!([]), json!({ member: ID })), id(), "{member}");
        assert_eq!(named(json!([]), json!({"user": { member: ID }})), id(), "{member}");
    }
    assert_eq!(named(json!([]), json!({"userId": "jane"})), None);
    assert_eq!(named(json!(["arn:aws:iam::1:user/x"]), json!({"groupId": ID})), None);
}

/// Each kind by its events, and each near miss by what it is instead.
#[test]
fn the_corpus_is_of_the_kinds_that_it_says() {
    let text = |path: &str| {
        let path = format!("{}/../../events/{path}", env!("CARGO_MANIFEST_DIR"));
        std::fs::read_to_string(path).unwrap()
    };
    let read = |path: &str| -> Json { serde_json::from_str(&text(path)).unwrap() };
    let baseline = Baseline::parse(&text("baseline.json")).unwrap();
    let (mut met, mut wrong) = (std::collections::BTreeSet::new(), Vec::new());
    for entry in read("expected.json")["events"].as_array().unwrap() {
        let name = entry["event"].as_str().unwrap();
        let related = Related::read(&read(name))
            .filter(|related| related.is_of(&baseline) && !related.is_own(&baseline));
        let found = related.map(|related| (related.cause.about().class.name(), related.cause.name()));
        let said = |member: &str| entry[member].as_str().unwrap_or_default();
        let is_related =
            ["sign_in", "provisioning", "portal", "lifecycle", "notice"].contains(&said("class"));
        if found != is_related.then(|| (said("class"), said("cause"))) {
            wrong.push((name.to_owned(), found));
        }
        met.extend(found.map(|(_, cause)| cause));
    }
    assert_eq!(wrong, []);
    assert_eq!(met, Cause::ALL.iter().map(|cause| cause.name()).collect());
}

impl Related {
    /// One of a cause, for tests.
    pub(super) fn sample(cause: Cause, time: &str) -> Related {
        Related {
            event_id: cause.name().to_owned(),
            time: time.parse().unwrap(),
            account: None,
            region: None,
            action: String::new(),
            cause,
            user_id: None,
            actor: None,
            evidence: vec![],
            advice: "",
            session_arn: None,
            error_code: None,
            error_message: None,
            named: command::Named::new(),
            instance_arn: None,
            identity_store_id: None,
        }
    }
}
