//! What runs leave for a review: one object a run that cost a read, days that count everything once, a word for every
//! change, and no name and no value in any of them.

use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value as Json, json};
use tagmend_remedy::{
    Clients, announce, ledger::ChangeResult, ledger::Day, ledger::Fix, ledger::Ledger, ledger::Limit,
    ledger::Run, ledger::Thing, sandbox_configuration,
};
use tagmend_sandbox::{Sandbox, Sent};
use tagmend_tests::{Mode, Stage, event, world};

fn denial() -> Json {
    event("mapping-missing/explicit-deny")
}

fn objects<T: serde::de::DeserializeOwned>(stage: &Stage, folder: &str) -> Vec<T> {
    let objects = stage.sandbox.world().journal.objects;
    let of_folder = objects.into_iter().filter(|(name, _)| name.starts_with(folder));
    of_folder
        .map(|(name, object)| {
            serde_json::from_value(object).unwrap_or_else(|error| panic!("{name}: {error}"))
        })
        .collect()
}

fn department() -> Thing {
    Thing::RestoreMapping { key: "Department".to_owned() }
}

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[tokio::test]
async fn a_run_says_who_was_denied_and_what_was_made() {
    let stage = Stage::new(world()).await;
    stage.heal(&[denial()], Mode::Apply).await;
    let [run] = objects::<Run>(&stage, "runs/").try_into().unwrap();
    assert_eq!(run.mode, Some(tagmend_remedy::ledger::Mode::Apply));
    let [denials] = run.denials.as_slice() else { panic!("{run:?}") };
    assert_eq!((denials.cause.as_str(), denials.calls.len()), ("mapping_missing", 1));
    assert_eq!(
        (denials.rule.as_str(), run.changes[0].rule.as_str()),
        ("mapping_missing.by_tags", "mapping_missing.by_tags")
    );
    assert_eq!(
        (denials.keys.as_slice(), denials.changes.as_slice()),
        (&["Department".to_owned()][..], &[0][..])
    );
    let detail = &denial()["detail"];
    assert_eq!(denials.first.to_string(), detail["eventTime"].as_str().unwrap());
    assert_eq!(denials.account.as_deref(), Some("111122223333"));
    assert_eq!(denials.permission_set.as_deref(), Some("FinanceGuarded"));
    let created =
        time(detail["userIdentity"]["sessionContext"]["attributes"]["creationDate"].as_str().unwrap());
    let ends = denials.sessions_end.unwrap();
    // The sample's permission set has an hour, and the session was denied after it.
    assert_eq!(ends, created + SignedDuration::from_hours(12));
    let [made] = run.changes.as_slice() else { panic!("{run:?}") };
    assert_eq!((&made.change, made.result, made.limit), (&department(), ChangeResult::Fixed, None));
    assert_eq!((made.made, made.seen, made.users), (Some(stage.now), Some(stage.now), 1));
    assert_eq!(made.seconds(), Some(stage.now.duration_since(denials.first).as_secs()));
    assert_eq!(made.repeats, None);
    // The fix says the same.
    let [fix] = objects::<Fix>(&stage, &format!("fixes/{}", made.fix.as_ref().unwrap())).try_into().unwrap();
    let denied = fix.denied.unwrap();
    assert_eq!(
        (denied.first, denied.last, denied.sessions_end),
        (denials.first, denials.last, denials.sessions_end)
    );
    assert_eq!(
        (denied.account, denied.permission_set),
        (denials.account.clone(), denials.permission_set.clone())
    );
    assert_eq!(denied.action, denials.action);
    let diagnosis = fix.diagnosis.unwrap();
    assert_eq!(
        (diagnosis.rule.as_ref(), diagnosis.users),
        (Some(&denials.rule), vec![denials.user.clone().unwrap()])
    );
}

#[tokio::test]
async fn a_plan_leaves_a_run_and_changes_nothing_else() {
    let stage = Stage::new(world()).await;
    stage.heal(&[denial()], Mode::Plan).await;
    let [run] = objects::<Run>(&stage, "runs/").try_into().unwrap();
    assert_eq!(run.mode, Some(tagmend_remedy::ledger::Mode::Plan));
    let planned: Vec<_> = run.changes.iter().map(|change| (&change.change, change.result)).collect();
    assert_eq!(planned, [(&department(), ChangeResult::Planned)]);
    assert_eq!(stage.sandbox.world().events, [], "nothing was changed, and nothing is said to be");
    assert_eq!(stage.writes(), Vec::<String>::new());
}

#[tokio::test]
async fn a_batch_to_be_refused_leaves_nothing() {
    for name in ["own-failure/heal-role", "not-identity-center/role", "out-of-scope/account-not-in-baseline"]
    {
        let stage = Stage::new(world()).await;
        stage.heal(&[event(name)], Mode::Apply).await;
        assert_eq!(stage.sandbox.calls(), Vec::<String>::new(), "{name}");
    }
}

#[tokio::test]
async fn no_object_and_no_event_has_a_name_or_a_value() {
    let stage = Stage::new(world()).await;
    let events = tagmend_tests::events_of_the_main_world();
    let report = stage.heal(&events, Mode::Apply).await;
    stage.watch().await.unwrap();
    let world = stage.sandbox.world();
    let own = world.journal.objects.iter().filter(|(name, _)| name.starts_with("runs/"));
    let mut text: String = own.map(|(name, object)| format!("{name} {object}\n")).collect();
    text.extend(world.events.iter().map(|event| event.detail.to_string()));
    assert!(text.contains("mapping_missing") && text.contains("was made and is in place"), "{text}");
    for treated in &report.treated {
        let tagmend_remedy::Treated::Failure(failure, _) = treated else { continue };
        let Some(session) = failure.principal.session() else { continue };
        assert!(!text.contains(&session.session_name), "{}", session.session_name);
        if let Some(id) = &session.user_id {
            assert!(!text.contains(id.as_str()), "{id}");
        }
    }
    for user in &world.users {
        for (name, value) in user {
            // A value that is a part of a permission set's name is there as such.
            let Some(value) = value.as_str().filter(|value| value.len() > 4) else { continue };
            let is_word = |(at, _): (usize, &str)| {
                let is_part = |character: Option<char>| character.is_some_and(char::is_alphanumeric);
                !is_part(text[..at].chars().next_back()) && !is_part(text[at + value.len()..].chars().next())
            };
            assert!(!text.match_indices(value).any(is_word), "{name}: {value}");
        }
    }
}

#[tokio::test]
async fn one_user_has_one_hash_whether_a_record_has_the_id_or_not() {
    let stage = Stage::new(world()).await;
    let with = denial();
    let mut without = denial();
    without["detail"]["userIdentity"].as_object_mut().unwrap().remove("onBehalfOf");
    for id in ["eventID", "requestID"] {
        without["detail"][id] = json!("another");
    }
    stage.heal(&[with, without], Mode::Plan).await;
    let [run] = objects::<Run>(&stage, "runs/").try_into().unwrap();
    let mut users: Vec<_> = run.denials.iter().map(|row| row.user.clone().unwrap()).collect();
    users.dedup();
    assert_eq!(
        (users.len(), run.denials.iter().map(|row| row.calls.len()).sum::<usize>()),
        (1, 2),
        "{run:?}"
    );
}

/// What is said of changes: `detail-type`, result, and whether it is verified.
fn said<'a>(events: &'a [Sent]) -> Vec<(&'a str, Option<&'a str>, bool)> {
    assert!(events.iter().all(|event| event.source == "Tagmend"), "{events:?}");
    let said = |event: &'a Sent| {
        let verified = event.detail["verified"].as_bool().unwrap();
        (event.detail_type.as_str(), event.detail["result"].as_str(), verified)
    };
    events.iter().map(said).collect()
}

#[tokio::test]
async fn a_change_is_announced_and_so_is_its_end() {
    let mut stage = Stage::new(world()).await;
    stage.heal(&[denial()], Mode::Apply).await;
    let events = stage.sandbox.world().events;
    assert_eq!(said(&events), [("Change Made", Some("fixed"), true)]);
    let denied = &events[0].detail["denied"];
    assert_eq!(denied["users"], 1);
    assert_eq!(denied["hashes"].as_array().unwrap().len(), 1);
    // Who was denied, since when, and until when their old sessions last, is what the run says.
    let [run] = objects::<Run>(&stage, "runs/").try_into().unwrap();
    let [row] = run.denials.as_slice() else { panic!("{run:?}") };
    assert_eq!(
        (&denied["first"], &denied["hashes"], &denied["sessions_end"]),
        (&json!(row.first), &json!([row.user]), &json!(row.sessions_end))
    );
    assert!(row.sessions_end.is_some() && events[0].detail["seconds"].is_u64());
    // Somebody takes it away again: heal does not make it within the cool-down, watch sees it once.
    stage.now += SignedDuration::from_mins(10);
    stage.sandbox.change(|world| {
        world.attribute_mappings.as_mut().unwrap().retain(|mapping| mapping.key != "Department");
    });
    stage.heal(&[denial()], Mode::Apply).await;
    for _ in 0..3 {
        stage.now += SignedDuration::from_hours(1);
        stage.watch().await.unwrap();
    }
    let events = stage.sandbox.world().events;
    assert_eq!(
        said(&events)[1..],
        [("Change Undone", Some("escalated"), false), ("Change Undone", None, false)]
    );
    // A day later it is made again: then it is a repetition, and the metric says so.
    stage.now += SignedDuration::from_hours(20);
    let mut again = denial();
    again["detail"]["eventTime"] = json!(stage.now.to_string());
    let report = stage.heal(&[again], Mode::Apply).await;
    assert_eq!(report.changes.iter().filter(|it| it.attempt.repeats.is_some()).count(), 1, "{report:?}");
    stage.count_batch(&report, Mode::Apply).await.unwrap();
    let metrics = stage.sandbox.world().metrics;
    let sum = |name: &str| {
        let own = metrics.iter().filter(|metric| metric.name == name && metric.dimensions.len() == 1);
        own.filter(|metric| metric.dimensions["Function"] == "tagmend-heal")
            .map(|metric| metric.value)
            .sum::<f64>()
    };
    assert_eq!(
        ["Fixes", "Planned", "Repeated", "NotMade", "SecondsToFix"].map(sum),
        [1.0, 1.0, 1.0, 0.0, 0.0]
    );
}

#[tokio::test]
async fn nothing_is_claimed_that_was_not_seen() {
    let mut lying = world();
    lying.forgets_updates = true;
    let stage = Stage::new(lying).await;
    stage.heal(&[denial()], Mode::Apply).await;
    let events = stage.sandbox.world().events;
    assert_eq!(said(&events), [("Change Not Verified", Some("unverified"), false)]);
    let held = Stage::new(world()).await;
    held.sandbox.change(|world| {
        let hold = json!({"schema": 1, "all": {"since": null, "reason": "a test"}, "keys": {}});
        world.journal.objects.insert("hold.json".to_owned(), hold);
    });
    held.heal(&[denial()], Mode::Apply).await;
    let events = held.sandbox.world().events;
    assert_eq!(said(&events), [("Change Refused", Some("refused"), false)]);
    assert_eq!(events[0].detail["limit"], "hold");
    let [run] = objects::<Run>(&held, "runs/").try_into().unwrap();
    assert_eq!(run.changes[0].limit, Some(Limit::Hold));
}

/// Whatever became of a change: only what was read back is said to be made.
#[tokio::test]
async fn only_what_was_read_back_is_said_to_be_made() {
    let stage = Stage::new(world()).await;
    stage.heal(&[denial()], Mode::Apply).await;
    let [mut run] = objects::<Run>(&stage, "runs/").try_into().unwrap();
    let mut said = |result, limit| {
        (run.changes[0].result, run.changes[0].limit) = (result, limit);
        let events = announce::events(&run).into_iter();
        events.map(|(kind, event)| (kind.detail_type(), event.verified)).collect::<Vec<_>>()
    };
    assert_eq!(said(ChangeResult::Fixed, None), [("Change Made", true)]);
    for result in [
        ChangeResult::FoundInPlace,
        ChangeResult::Unverified,
        ChangeResult::Failed,
        ChangeResult::EndedInFailure,
    ] {
        assert_eq!(said(result, None), [("Change Not Verified", false)], "{result:?}");
    }
    for result in [ChangeResult::Raced, ChangeResult::Escalated] {
        assert_eq!(said(result, None), [("Change Undone", false)], "{result:?}");
    }
    assert_eq!(said(ChangeResult::Refused, Some(Limit::BudgetSpent)), [("Change Refused", false)]);
    // What comes again by itself, what was only planned, and what nobody had to make.
    assert_eq!(said(ChangeResult::Refused, Some(Limit::LeaseHeld)), []);
    for result in [ChangeResult::Planned, ChangeResult::AlreadyInPlace] {
        assert_eq!(said(result, None), [], "{result:?}");
    }
}

/// A record that came twice, or whose message came again, is one denial, and one change.
#[tokio::test]
async fn a_day_is_folded_once_it_is_over_and_counts_everything_once() {
    let mut stage = Stage::new(world()).await;
    let midnight = time("2026-11-24T00:00:00Z");
    stage.now = midnight - SignedDuration::from_mins(10);
    let mut denial = denial();
    denial["detail"]["eventTime"] = json!((stage.now - SignedDuration::from_mins(5)).to_string());
    let hold = json!({"schema": 1, "all": {"since": null, "reason": "a test"}, "keys": {}});
    stage.sandbox.change(|world| drop(world.journal.objects.insert("hold.json".to_owned(), hold)));
    // Refused twice, the same record; then the hold ends, after midnight, and it is made.
    stage.heal(&[denial.clone()], Mode::Apply).await;
    stage.now += SignedDuration::from_mins(6);
    stage.heal(&[denial.clone(), denial.clone()], Mode::Apply).await;
    stage.now = midnight + SignedDuration::from_mins(30);
    stage.watch().await.unwrap();
    assert_eq!(objects::<Day>(&stage, "days/"), [], "what comes again may still come");
    stage.sandbox.change(|world| drop(world.journal.objects.remove("hold.json")));
    stage.heal(&[denial.clone()], Mode::Apply).await;
    stage.now = midnight + SignedDuration::from_mins(61);
    stage.watch().await.unwrap();
    let [day] = objects::<Day>(&stage, "days/").try_into().unwrap();
    assert_eq!((day.date.to_string().as_str(), day.runs.apply, day.runs.watch), ("2026-11-23", 2, 0));
    let [row] = day.denials.as_slice() else { panic!("{day:?}") };
    assert_eq!((row.hours.sum(), row.hours.0[23], row.users), (1, 1, 1));
    assert_eq!(day.not_made, [], "a later run made it");
    assert_eq!(day.made, [], "and the next day has it");
    // The next day counts no denial again, and has the fix.
    stage.now = midnight + SignedDuration::from_hours(26);
    stage.watch().await.unwrap();
    let [_, next] = objects::<Day>(&stage, "days/").try_into().unwrap();
    assert_eq!((next.denials.len(), next.made.len(), next.runs.watch), (0, 1, 2));
    // A day that is there is not folded again.
    stage.sandbox.forget_calls();
    stage.watch().await.unwrap();
    assert_eq!(stage.count("s3:PutObject"), 5, "the index, what was seen after every ten sets, and the run");
    // What a review reads of it, with rights of its own.
    let review = Sandbox::start(stage.sandbox.world()).await.unwrap();
    let clients = Clients::new(&sandbox_configuration(&review.endpoint(), "eu-west-1"));
    let ledger = Ledger::new(&clients, &world().journal.bucket);
    let days = ledger.days(midnight - SignedDuration::from_hours(24), midnight).await.unwrap();
    assert_eq!(days.all, [day]);
    let runs = ledger.runs(midnight - SignedDuration::from_mins(5), midnight).await.unwrap();
    assert_eq!((runs.all.len(), runs.not_understood.len()), (1, 0));
    let fixes = ledger.fixes(midnight, midnight + SignedDuration::from_hours(1)).await.unwrap();
    assert_eq!(fixes.all.len(), 1);
}

/// How often somebody asked what the time is.
static LOOKS_AT_THE_CLOCK: AtomicI64 = AtomicI64::new(0);

/// A clock that goes on by 40 seconds whenever somebody looks at it.
fn hasty_clock() -> Timestamp {
    let looks = LOOKS_AT_THE_CLOCK.fetch_add(1, Ordering::Relaxed);
    time("2026-11-24T02:00:00Z") + SignedDuration::from_secs(40 * looks)
}

/// A look takes all the time that there is: what has to be put together comes before it.
#[tokio::test]
async fn a_day_is_folded_by_a_run_whose_look_takes_all_its_time() {
    let mut stage = Stage::new(world()).await;
    stage.now = time("2026-11-23T13:00:00Z");
    stage.heal(&[denial()], Mode::Plan).await;
    // The time that Lambda gives it.
    stage.deadline = Some(time("2026-11-24T02:15:00Z"));
    stage.told = Some(hasty_clock);
    let inspection = stage.watch().await.unwrap();
    let looked_at = inspection.permission_sets.looked_at;
    assert!(0 < looked_at && looked_at < 13, "the look came to an end by its time: {looked_at}");
    let [day] = objects::<Day>(&stage, "days/").try_into().unwrap();
    assert_eq!((day.date.to_string().as_str(), day.runs.plan), ("2026-11-23", 1));
}

#[tokio::test]
async fn what_cannot_be_understood_is_counted_and_stops_nothing() {
    let mut stage = Stage::new(world()).await;
    for (name, object) in [
        ("runs/20261122T080000.000Z-new.json", json!({"schema": 2, "request": "new"})),
        ("runs/20261122T090000.000Z-broken.json", json!("no run")),
    ] {
        stage.sandbox.change(|world| drop(world.journal.objects.insert(name.to_owned(), object)));
    }
    stage.now = time("2026-11-23T02:00:00Z");
    stage.heal(&[denial()], Mode::Plan).await;
    let inspection = stage.watch().await.unwrap();
    assert_eq!(inspection.errors, []);
    let [day] = objects::<Day>(&stage, "days/").try_into().unwrap();
    assert_eq!((day.runs.unread, day.runs.apply, day.runs.plan), (2, 0, 0));
}

#[tokio::test]
async fn a_word_that_cannot_be_sent_undoes_nothing() {
    let stage = Stage::new(world()).await;
    let fault = tagmend_sandbox::Fault {
        operation: "events:PutEvents".to_owned(),
        code: "InternalException".to_owned(),
        status: 500,
        times: None,
        ..Default::default()
    };
    stage.sandbox.change(|world| world.faults.push(fault));
    let report = stage.heal(&[denial()], Mode::Apply).await;
    assert_eq!(report.changes[0].attempt.result, ChangeResult::Fixed);
    assert_eq!(stage.sandbox.world().events, []);
    assert_eq!(objects::<Run>(&stage, "runs/").len(), 1, "and the run is kept");
    assert!(stage.mapped_keys().contains(&"Department".to_owned()));
}
