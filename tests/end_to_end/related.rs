//! What is no denied call, across the runs of a function: it explains denials of later batches, a change of a user has
//! their denials looked at again, and a record waits once for AWS's authorization details.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use lambda_runtime::{Context, LambdaEvent};
use serde_json::{Value as Json, json};
use tagmend_diagnosis::related::story::{Kind, Link};
use tagmend_heal::settings::Settings;
use tagmend_heal::work::Work;
use tagmend_remedy::Report;
use tagmend_remedy::ledger::{self, LookedAgain, NewTag, RelatedRun, Run};
use tagmend_sandbox::World;
use tagmend_tests::{Mode, Stage, event, json as file, tagmend, world};

const RAJ: &str = "c46824b8-f071-7009-c812-ad564a62b221";
const SOMEBODY: &str = "c46824b8-f071-7009-c812-ad564a62b2ff";

/// An event of the corpus, at another time, of another user.
fn at(name: &str, time: &str, user: Option<&str>) -> Json {
    let mut event = event(name);
    let time = format!("2026-11-23T{time}Z");
    let ids = [
        "/detail/onBehalfOf/userId",
        "/detail/userIdentity/onBehalfOf/userId",
        "/detail/requestParameters/userId",
        "/detail/requestParameters/id",
        "/detail/responseElements/id",
        "/detail/additionalEventData/UserId",
    ];
    for id in ids {
        if let (Some(place), Some(user)) = (event.pointer_mut(id), user) {
            *place = json!(user);
        }
    }
    if event["detail"]["eventTime"].is_string() {
        event["detail"]["eventTime"] = json!(time);
    }
    event["time"] = json!(time);
    event
}

fn told(report: &Report) -> Vec<(Kind, Link, usize)> {
    report.stories.iter().map(|story| (story.kind, story.link, story.after.len())).collect()
}

/// Two runs: the change, and what came after.
async fn two_runs(world: World, before: &Json, after: &Json) -> (Stage, Report) {
    let stage = Stage::new(world).await;
    stage.heal(std::slice::from_ref(before), Mode::Plan).await;
    let report = stage.heal(std::slice::from_ref(after), Mode::Plan).await;
    (stage, report)
}

struct Pair {
    kind: Kind,
    link: Link,
    before: &'static str,
    after: &'static str,
    /// Of whom both are; none where the change is of nobody.
    user: Option<&'static str>,
    /// Where the second happens.
    world: Option<&'static str>,
}

const fn pair(kind: Kind, before: &'static str, after: &'static str, user: Option<&'static str>) -> Pair {
    Pair { kind, link: Link::ShortlyBefore, before, after, user, world: None }
}

/// What happens after what, each in a run of its own.
const PAIRS: [Pair; 9] = [
    pair(
        Kind::SignInsAfterIdentitySource,
        "identity-source-changed/import-certificate",
        "external-sign-in-failed/name-id-format",
        None,
    ),
    pair(
        Kind::DenialsAfterIdentitySource,
        "identity-source-changed/update-configuration",
        "user-has-no-value/cost-center",
        None,
    ),
    pair(
        Kind::DenialAfterRefusal,
        "scim-refused/empty-given-name-of-a-known-user",
        "user-has-no-value/cost-center",
        Some(RAJ),
    ),
    pair(Kind::DenialAfterChange, "user-changed/updated-by-api", "user-has-no-value/cost-center", Some(RAJ)),
    pair(Kind::RefusalAfterEnd, "access-ended/disabled", "no-assignment/no-access", Some(RAJ)),
    pair(Kind::RefusalAfterEnd, "access-ended/disabled", "user-has-no-value/cost-center", Some(RAJ)),
    pair(
        Kind::NoAssignmentAfterCreation,
        "user-changed/created-by-scim",
        "no-assignment/no-access",
        Some(RAJ),
    ),
    pair(
        Kind::DenialsAfterTurningOff,
        "access-control-turned-off/deleted",
        "mapping-missing/explicit-deny",
        None,
    ),
    pair(Kind::DenialsAfterMappings, "mappings-changed/written", "mapping-missing/explicit-deny", None),
];

fn world_of(pair: &Pair) -> World {
    match pair.world {
        Some(path) => World::parse(&file(path).to_string()).unwrap(),
        None => world(),
    }
}

#[tokio::test]
async fn what_an_earlier_run_was_told_explains_what_a_later_one_sees() {
    for pair in &PAIRS {
        let name = format!("{} then {}", pair.before, pair.after);
        let after = at(pair.after, "11:45:12", pair.user);
        let expected = vec![(pair.kind, pair.link, 1)];
        let before = at(pair.before, "11:00:00", pair.user);
        let (stage, report) = two_runs(world_of(pair), &before, &after).await;
        assert_eq!(told(&report), expected, "{name}");
        // In one batch it is the same story.
        let together =
            Stage::new(world_of(pair)).await.heal(&[after.clone(), before.clone()], Mode::Plan).await;
        assert_eq!(together.stories, report.stories, "{name}");
        // A near miss in time: over an hour before, and after.
        for time in ["10:45:11", "11:45:13"] {
            let (_, report) = two_runs(world_of(pair), &at(pair.before, time, pair.user), &after).await;
            assert_eq!(told(&report), [], "{name} at {time}");
        }
        // A near miss in person.
        if pair.user.is_some() {
            let of_another = at(pair.before, "11:00:00", Some(SOMEBODY));
            let (_, report) = two_runs(world_of(pair), &of_another, &after).await;
            assert_eq!(told(&report), [], "{name} of somebody else");
        }
        // What is kept names nobody.
        let kept: Vec<String> =
            kept(&stage).values().map(|run| serde_json::to_string(run).unwrap()).collect();
        for name in [RAJ, "raj.patel", "jane.doe", "admin@example.com"] {
            assert!(kept.iter().all(|text| !text.contains(name)), "{name} in {kept:?}");
        }
    }
}

fn kept(stage: &Stage) -> BTreeMap<String, RelatedRun> {
    let objects = stage.sandbox.world().journal.objects.into_iter();
    let related = objects.filter(|(name, _)| name.starts_with("related/"));
    related.map(|(name, object)| (name, serde_json::from_value(object).unwrap())).collect()
}

/// That it is off was read: then it is shown, as long as a session lives.
#[tokio::test]
async fn attributes_that_were_turned_off_are_shown_across_runs() {
    let off = || World::parse(&file("events/access-control-off/world.json").to_string()).unwrap();
    let after = event("access-control-off/secret");
    for (time, expected) in
        [("07:30:01", vec![(Kind::DenialsAfterTurningOff, Link::Shown, 1)]), ("11:45:13", vec![])]
    {
        let (_, report) = two_runs(off(), &at("access-control-turned-off/deleted", time, None), &after).await;
        assert_eq!(told(&report), expected, "{time}");
    }
}

#[tokio::test]
async fn a_run_keeps_what_it_was_told_and_what_it_connected() {
    let before = at("user-changed/updated-by-api", "11:00:00", Some(RAJ));
    let after = at("user-has-no-value/cost-center", "11:45:12", Some(RAJ));
    let (stage, report) = two_runs(world(), &before, &after).await;
    let [first, second] = kept(&stage).into_values().collect::<Vec<_>>().try_into().unwrap();
    let [record] = first.records.as_slice() else { panic!("{first:?}") };
    assert_eq!(
        (record.kind.as_str(), record.class.as_str(), record.event_id.as_str()),
        ("user_changed", "lifecycle", before["detail"]["eventID"].as_str().unwrap())
    );
    assert_eq!((first.stories.len(), second.records.len()), (0, 0));
    let [story] = second.stories.as_slice() else { panic!("{second:?}") };
    assert_eq!(story.text, report.stories[0].to_string());
    assert_eq!(
        story.text,
        "the user was changed at 2026-11-23T11:00:00Z, shortly before calls of the same user denied for their tags \
         (one, at 2026-11-23T11:45:12Z)"
    );
    // The user is the same in what was told and in who was denied.
    let runs = stage.sandbox.world().journal.objects.into_iter();
    let run = runs.filter(|(name, _)| name.starts_with("runs/")).map(|(_, object)| object).next().unwrap();
    let run: Run = serde_json::from_value(run).unwrap();
    assert!(record.user.is_some());
    assert_eq!(run.denials[0].user_id, record.user);
}

#[tokio::test]
async fn a_review_shows_what_a_run_was_told_and_what_it_connected() {
    let before = at("user-changed/updated-by-api", "11:00:00", Some(RAJ));
    let after = at("user-has-no-value/cost-center", "11:45:12", Some(RAJ));
    let (stage, report) = two_runs(world(), &before, &after).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("world.json");
    std::fs::write(&file, serde_json::to_string(&stage.sandbox.world()).unwrap()).unwrap();
    let (_, text) = tagmend(&["review", "--json", "--world", file.to_str().unwrap()]).await;
    let review: Json = serde_json::from_str(&text).unwrap();
    let changed = "2026-11-23T11:00:00Z";
    assert_eq!(
        review["related"],
        json!({
            "kinds": [{
                "kind": "user_changed", "class": "lifecycle", "count": 1, "first": changed, "last": changed,
            }],
            "stories": [{
                "kind": "denial_after_change", "link": "shortly_before", "before": before["detail"]["eventID"],
                "time": changed, "after": 1, "text": report.stories[0].to_string(),
            }],
        })
    );
}

#[tokio::test]
async fn a_batch_of_nothing_else_costs_no_read() {
    let stage = Stage::new(world()).await;
    stage.heal(&[event("mappings-changed/written")], Mode::Plan).await;
    assert_eq!(stage.sandbox.calls(), ["s3:PutObject"], "it is kept, and nobody is asked");
    for name in ["own-failure/heal-role", "not-identity-center/role", "mappings-changed/near-miss-own-write"]
    {
        let stage = Stage::new(world()).await;
        stage.heal(&[event(name)], Mode::Plan).await;
        assert_eq!(stage.sandbox.calls(), Vec::<String>::new(), "{name}");
    }
}

// ---- a user was changed ----

/// A denial of Raj's, then an attribute of his, then word of it.
async fn changed(change: &Json, write: impl FnOnce(&mut World) + Send + 'static) -> (Stage, Report) {
    let stage = Stage::new(world()).await;
    stage.heal(&[at("user-has-no-value/cost-center", "11:45:12", Some(RAJ))], Mode::Plan).await;
    stage.sandbox.change(write);
    let report = stage.heal(std::slice::from_ref(change), Mode::Plan).await;
    (stage, report)
}

fn cost_center(world: &mut World) {
    let user = world.users.iter_mut().find(|user| user["UserId"] == RAJ).unwrap();
    user["Extensions"]["aws:identitystore:enterprise"]["costCenter"] = json!("4711");
}

/// The identity store's own event, as far as anybody knows it.
fn updated(user: &str) -> Json {
    let mut event = event("user-changed/user-updated-event-with-a-member");
    event["time"] = json!("2026-11-23T11:58:00Z");
    event["detail"]["user"]["user-id"] = json!(user);
    event
}

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[tokio::test]
async fn a_change_of_a_user_has_their_denials_looked_at_again() {
    let (_, report) = changed(&updated(RAJ), cost_center).await;
    let denied = time("2026-11-23T11:45:12Z");
    let looked = LookedAgain {
        event_id: updated(RAJ)["id"].as_str().unwrap().to_owned(),
        calls: 1,
        first: denied,
        last: denied,
        now: Some([("CostCenter".to_owned(), NewTag::Given)].into()),
    };
    assert_eq!(report.looked_again, std::slice::from_ref(&looked));
    assert_eq!(
        looked.sentence(),
        "one call of the changed user was denied, at 2026-11-23T11:45:12Z; a session that begins now gets \
         `CostCenter`: sign in again"
    );
    // The change was of something else.
    let (_, report) = changed(&updated(RAJ), |_| {}).await;
    assert_eq!(report.looked_again[0].now, Some([("CostCenter".to_owned(), NewTag::NotGiven)].into()));
    // The user is gone.
    let deleted = at("access-ended/deleted-by-api", "11:58:00", Some(RAJ));
    let gone = |world: &mut World| world.users.retain(|user| user["UserId"] != RAJ);
    let (_, report) = changed(&deleted, gone).await;
    assert_eq!(report.looked_again.iter().map(|looked| &looked.now).collect::<Vec<_>>(), [&None]);
}

#[tokio::test]
async fn nobody_else_is_looked_at_and_the_hourly_look_stays() {
    let asks = ["identitystore:DescribeUser", "sso:DescribeInstanceAccessControlAttributeConfiguration"];
    for (change, why) in [
        (updated(SOMEBODY), "somebody else was changed"),
        (event("user-changed/user-updated-event-that-says-nothing"), "nobody is named"),
    ] {
        let stage = Stage::new(world()).await;
        stage.heal(&[at("user-has-no-value/cost-center", "11:45:12", Some(RAJ))], Mode::Plan).await;
        let before = asks.map(|call| stage.count(call));
        let report = stage.heal(&[change], Mode::Plan).await;
        assert_eq!(report.looked_again, [], "{why}");
        assert_eq!(asks.map(|call| stage.count(call)), before, "{why}: nothing is read of anybody");
    }
    // Denied over an hour ago.
    let mut stage = Stage::new(world()).await;
    stage.heal(&[at("user-has-no-value/cost-center", "11:45:12", Some(RAJ))], Mode::Plan).await;
    stage.now += SignedDuration::from_mins(61);
    assert_eq!(stage.heal(&[updated(RAJ)], Mode::Plan).await.looked_again, []);
}

/// Batches of one dry run have in common what they read; a change of a user is not slept through.
#[tokio::test]
async fn what_is_remembered_of_a_changed_user_is_dropped() {
    for (change, read) in [(updated(RAJ), 2), (updated(SOMEBODY), 1)] {
        let stage = Stage::new(world()).await;
        let denial = at("user-has-no-value/cost-center", "11:45:12", Some(RAJ));
        let mut again = denial.clone();
        again["detail"]["eventID"] = json!("again");
        again["detail"]["requestID"] = json!("again");
        stage.plan_in_batches(&[vec![denial], vec![change], vec![again]]).await;
        assert_eq!(stage.count("identitystore:DescribeUser"), read);
    }
}

// ---- authorization ids ----

/// A message as SQS brings it for the first or for another time.
async fn treat(work: &Work, event: &Json, received: u32) -> Vec<String> {
    let message = json!({
        "messageId": "one", "receiptHandle": "h", "body": event.to_string(),
        "attributes": {"ApproximateReceiveCount": received.to_string()},
        "messageAttributes": {}, "md5OfBody": "0", "eventSource": "aws:sqs", "awsRegion": "eu-west-1",
        "eventSourceARN": "arn:aws:sqs:eu-west-1:111122223333:failures",
    });
    let answer =
        work.treat(LambdaEvent::new(json!({"Records": [message]}), Context::default())).await.unwrap();
    let again = answer["batchItemFailures"].as_array().unwrap().iter();
    again.map(|failure| failure["itemIdentifier"].as_str().unwrap().to_owned()).collect()
}

fn work(stage: &Stage, authorization_details: bool) -> Work {
    stage.work(Settings { authorization_details, ..stage.settings(ledger::Mode::Apply) })
}

const DETAILS: &str = "iam:GetRequestAuthorizationDetails";

#[tokio::test]
async fn a_record_comes_again_once_where_aws_has_no_details_yet() {
    let denial = event("mapping-missing/iam-user-name-and-authorization-id");
    let without = || {
        let mut world = world();
        world.authorization_details.retain(|id, _| id != "dddiidd1k88ni0xc6dxnae76n");
        world
    };
    let stage = Stage::new(without()).await;
    let work_of_it = work(&stage, true);
    assert_eq!(treat(&work_of_it, &denial, 1).await, ["one"], "it waits");
    assert_eq!(stage.writes(), Vec::<String>::new(), "and nothing is changed meanwhile");
    assert_eq!(treat(&work_of_it, &denial, 2).await, Vec::<String>::new(), "once");
    assert_eq!((stage.count(DETAILS), stage.writes().len()), (2, 1));
    // They are there at once, or came meanwhile.
    let stage = Stage::new(world()).await;
    assert_eq!(treat(&work(&stage, true), &denial, 1).await, Vec::<String>::new());
    assert_eq!((stage.count(DETAILS), stage.writes().len()), (1, 1));
    // Turned off, nobody asks.
    let stage = Stage::new(without()).await;
    assert_eq!(treat(&work(&stage, false), &denial, 1).await, Vec::<String>::new());
    assert_eq!((stage.count(DETAILS), stage.writes().len()), (0, 1));
}

#[tokio::test]
async fn details_are_asked_where_the_call_was_made_page_by_page() {
    let denial = event("mapping-missing/near-miss-authorization-details-name-another-policy");
    let id = "e5n8r2v0y4b7d1g9k3p6s0u8x";
    let stopped = |report: &Report| report.changes.is_empty();
    // What denied is on the second page.
    let mut paged = world();
    paged.page_size = 1;
    let other =
        json!({"action": "iam:GetUser", "resource": "*", "evaluatedEffect": "ALLOW", "matchedPolicies": []});
    paged.authorization_details.get_mut(id).unwrap().evaluations.insert(0, other);
    let stage = Stage::new(paged).await;
    assert!(stopped(&stage.heal(std::slice::from_ref(&denial), Mode::Apply).await));
    assert_eq!(stage.count(DETAILS), 2);
    // Kept in another Region it is not there.
    let mut elsewhere = world();
    elsewhere.authorization_details.get_mut(id).unwrap().region = "eu-west-1".to_owned();
    let report = Stage::new(elsewhere).await.heal(std::slice::from_ref(&denial), Mode::Apply).await;
    assert!(!stopped(&report));
    // A form that nobody knows tells nothing.
    for (place, value) in [("evaluatedEffect", json!("PERHAPS")), ("evaluatedEffect", Json::Null)] {
        let mut odd = world();
        odd.authorization_details.get_mut(id).unwrap().evaluations[0][place] = value;
        let report = Stage::new(odd).await.heal(std::slice::from_ref(&denial), Mode::Apply).await;
        assert!(!stopped(&report));
    }
}

/// Who may not read them goes on without.
#[tokio::test]
async fn a_role_that_may_not_ask_heals_without() {
    let stage = Stage::new(world()).await;
    stage.sandbox.change(|world| {
        world.faults.push(tagmend_sandbox::Fault {
            operation: DETAILS.to_owned(),
            code: "AccessDeniedException".to_owned(),
            status: 403,
            times: None,
            ..tagmend_sandbox::Fault::default()
        });
    });
    let denial = event("mapping-missing/iam-user-name-and-authorization-id");
    let report = stage.heal(&[denial], Mode::Apply).await;
    assert_eq!((report.changes.len(), stage.writes().len()), (1, 1));
}
