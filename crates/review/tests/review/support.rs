//! Histories to review, made by hand.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value as Json, json};
use tagmend_review::history::*;
use tagmend_review::list_write::ListWrite;
use tagmend_review::place::Place;
use tagmend_review::review::{Asked, Review, review};
use tagmend_review::verdict::Kind;
use tagmend_review::window::Window;

pub(crate) const TERRAFORM: &str =
    "APN/1.0 HashiCorp/1.0 Terraform/1.15.0 (+https://www.terraform.io) terraform-provider-aws/6.32.1";

/// The time of every review.
pub(crate) fn now() -> Timestamp {
    "2026-11-23T12:00:00Z".parse().unwrap()
}

/// So many minutes before.
pub(crate) fn ago(minutes: i64) -> Timestamp {
    now() - SignedDuration::from_mins(minutes)
}

pub(crate) fn mapping(key: &str) -> Thing {
    Thing::RestoreMapping { key: key.to_owned() }
}

pub(crate) fn place() -> Place {
    Place {
        options: ["--live", "--region", "eu-west-1", "--journal-bucket", "journal"]
            .map(str::to_owned)
            .to_vec(),
        region: "eu-west-1".to_owned(),
        bucket: "journal".to_owned(),
        instance: "arn:aws:sso:::instance/ssoins-1".to_owned(),
        stack: Some("tagmend".to_owned()),
    }
}

/// The last 24 hours.
pub(crate) fn day() -> Window {
    Window::new(ago(1_440), now()).unwrap()
}

/// A history in which both functions run every hour for three days, and nothing else happens.
pub(crate) fn calm() -> History {
    let mut history = History::empty(now());
    for hour in (0..72).rev() {
        for by in [Function::Heal, Function::Watch] {
            history.runs.push(Run { time: ago(hour * 60 + 5), by, mode: Mode::Apply, count: 1 });
        }
    }
    history
}

pub(crate) fn denials(minutes: i64, user: &str, cause: &str, keys: &[&str], count: u64) -> Denials {
    Denials {
        time: ago(minutes),
        cause: cause.to_owned(),
        rule: format!("{cause}.rule"),
        account: Some("444455556666".to_owned()),
        permission_set: Some("Finance".to_owned()),
        user: Some(user.to_owned()),
        keys: keys.iter().map(|key| (*key).to_owned()).collect(),
        count,
        sessions_end: None,
        is_of_hour: false,
    }
}

pub(crate) fn fix(minutes: i64, thing: Thing) -> Fix {
    let time = ago(minutes);
    let name = match &thing {
        Thing::RestoreMapping { key } => format!("restore_mapping/{key}"),
        Thing::Provision { permission_set, account } => format!("provision/{account}/{permission_set}"),
    };
    Fix {
        id: format!("{}/{name}", time.strftime("%Y%m%dT%H%M%S.000Z")),
        time,
        added: thing.key().map(|key| format!("{key} = ${{path:enterprise.{key}}}")).into_iter().collect(),
        thing,
        cause: Some("mapping_missing".to_owned()),
        rule: Some("mapping_missing.by_tags".to_owned()),
        account: Some("444455556666".to_owned()),
        permission_set: Some("Finance".to_owned()),
        action: Some("s3:GetObject".to_owned()),
        denied: Some(ago(minutes + 2)),
        ended: Some(time + SignedDuration::from_secs(1)),
        verified: true,
        recovered: false,
        denied_users: Some(1),
        users: vec!["0011223344556677".to_owned()],
        sessions_end: Some(ago(minutes - 60)),
        mappings_before: Some(3),
    }
}

/// AWS did not answer, or its run ended.
pub(crate) fn found_in_place(minutes: i64, thing: Thing) -> Fix {
    Fix { verified: false, recovered: true, ..fix(minutes, thing) }
}

pub(crate) fn attempt(minutes: i64, thing: Thing, outcome: Outcome) -> Attempt {
    Attempt { time: ago(minutes), thing, cause: "mapping_missing".to_owned(), outcome }
}

pub(crate) fn refused(name: &str, is_passing: bool, until: Option<Timestamp>) -> Outcome {
    let text = format!("{name} stops it");
    Outcome::Refused(Refusal { name: name.to_owned(), text, goes_on: "later".to_owned(), is_passing, until })
}

pub(crate) fn record(minutes: i64, agent: &str, role: &str, keys: Option<&[&str]>) -> Json {
    let list = keys.map(|keys| {
        let attributes: Vec<Json> =
            keys.iter().map(|key| json!({"key": key, "value": {"source": ["${path:title}"]}})).collect();
        json!({"accessControlAttributes": attributes})
    });
    json!({
        "eventName": "UpdateInstanceAccessControlAttributeConfiguration",
        "eventTime": ago(minutes).to_string(), "eventID": format!("event-{minutes}"),
        "userAgent": agent, "sourceIPAddress": "192.0.2.1",
        "userIdentity": {
            "arn": format!("arn:aws:sts::111122223333:assumed-role/{role}/session"),
            "sessionContext": {"sessionIssuer": {"userName": role}}
        },
        "requestParameters": {"instanceArn": "arn:aws:sso:::instance/ssoins-1", "instanceAccessControlAttributeConfiguration": list}
    })
}

pub(crate) fn write(minutes: i64, agent: &str, role: &str, keys: Option<&[&str]>) -> ListWrite {
    let record = record(minutes, agent, role, keys);
    let is_own = |record: &Json| {
        record.pointer("/userIdentity/sessionContext/sessionIssuer/userName") == Some(&json!("tagmend-heal"))
    };
    ListWrite::read(&record, "arn:aws:sso:::instance/ssoins-1", is_own).unwrap()
}

/// The verdicts of the last 24 hours.
pub(crate) fn kinds(history: &History) -> Vec<Kind> {
    of_day(history).verdicts.iter().map(|verdict| verdict.verdict).collect()
}

pub(crate) fn of_day(history: &History) -> Review {
    review(history, day(), Asked::default(), &place())
}
