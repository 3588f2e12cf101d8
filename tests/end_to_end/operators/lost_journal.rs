//! A journal that was not begun, or is lost, or is of a form that nobody here knows, stops writing; so do clocks that are
//! too far apart. The bucket's policy keeps what it remembers.

use iam_policy::{Context, Decision, Layers, Policy, Request, Resource, Value, evaluate};
use jiff::SignedDuration;
use serde_json::{Value as Json, json};
use tagmend_cli::exit::Exit;
use tagmend_remedy::{Outcome, Refusal, TreatedChange};
use tagmend_sandbox::World;
use tagmend_tests::simulation::Simulation;
use tagmend_tests::{Mode, Stage, bent_baseline, event, journal_policy, world};

use super::{DENIAL, Kept, outcomes};

async fn outcome(bend: impl FnOnce(&mut World)) -> Outcome {
    let mut world = world();
    bend(&mut world);
    let simulation = Simulation::new(world, &bent_baseline(|_| {}));
    let report = simulation.heal(&[event(DENIAL)]).await;
    let [outcome] = &outcomes(&report)[..] else { panic!("{report:?}") };
    let is_written = matches!(outcome, Outcome::Fixed(_));
    assert_eq!(simulation.writes(), usize::from(is_written), "{outcome:?}");
    outcome.clone()
}

fn put(world: &mut World, name: &str, object: Json) {
    world.journal.objects.insert(name.to_owned(), object);
}

#[tokio::test]
async fn nothing_is_written_before_the_journal_was_begun_or_after_it_was_lost() {
    let lost = Outcome::Refused(Refusal::JournalNotBegun);
    assert_eq!(outcome(|world| world.journal.objects.clear()).await, lost);
    assert_eq!(outcome(|world| drop(world.journal.objects.remove("begun.json"))).await, lost);
    assert_eq!(outcome(|world| drop(world.journal.objects.remove("lease.json"))).await, lost);
    assert_eq!(outcome(|world| put(world, "begun.json", json!({"schema": 2}))).await, lost);
    assert!(matches!(outcome(|_| {}).await, Outcome::Fixed(_)));
}

#[tokio::test]
async fn unknown_formats_stop_writing() {
    let unknown = Outcome::Refused(Refusal::JournalNotUnderstood);
    for lease in [
        json!({"schema": 2, "fencing": 1, "expires": "2026-11-23T11:00:00Z", "held": false}),
        json!({"schema": 1, "fencing": 1}),
        json!("somebody's"),
    ] {
        assert_eq!(outcome(|world| put(world, "lease.json", lease.clone())).await, unknown, "{lease}");
    }
    // What a later version wrote: the index, and a change that was begun and that nobody recorded.
    let index = json!({"schema": 3, "all": "else"});
    assert_eq!(outcome(|world| put(world, "index.json", index)).await, unknown);
    let begun = "snapshots/20261123T113000.000Z/restore_mapping/Team.json";
    assert_eq!(outcome(|world| put(world, begun, json!({"schema": 2}))).await, unknown);
    // A hold of any form holds.
    let held = outcome(|world| put(world, "hold.json", json!({"schema": 2, "nothing": []}))).await;
    assert_eq!(held, Outcome::Refused(Refusal::Hold));
    for name in ["fixes/20261123T110000.000Z/tag_a_resource/x.json", "snapshots/v2/20261123/Department.json"]
    {
        assert_eq!(outcome(|world| put(world, name, json!({"schema": 2}))).await, unknown, "{name}");
    }
}

#[tokio::test]
async fn a_lease_is_given_back_as_free_and_one_that_is_not_runs_out_with_an_allowance() {
    let lease =
        |expires: &str, held: Json| json!({"schema": 1, "fencing": 7, "expires": expires, "held": held});
    for (expires, held, is_taken) in [
        // Given back by somebody whose clock is ahead.
        ("2026-11-23T12:30:00Z", json!(false), true),
        ("2026-11-23T11:59:30Z", json!(true), false),
        ("2026-11-23T11:58:59Z", json!(true), true),
        // A version that knows no `held` gives it back as expired.
        ("2026-11-23T11:59:30Z", Json::Null, false),
        ("2026-11-23T11:58:59Z", Json::Null, true),
    ] {
        let outcome = outcome(|world| put(world, "lease.json", lease(expires, held.clone()))).await;
        assert_eq!(matches!(outcome, Outcome::Fixed(_)), is_taken, "{expires} {held}: {outcome:?}");
        assert!(is_taken || outcome == Outcome::Refused(Refusal::LeaseHeld), "{outcome:?}");
    }
}

#[tokio::test]
async fn names_are_in_the_order_of_the_fencing_numbers_whatever_the_clocks_say() {
    let earlier = "snapshots/20261123T120045.000Z/restore_mapping/Organization.json";
    let ahead = outcome(|world| put(world, earlier, json!({"schema": 1}))).await;
    let Outcome::Fixed(fix) = ahead else { panic!("{ahead:?}") };
    assert_eq!(fix.as_str(), "20261123T120045.001Z/restore_mapping/Department");
    let too_far = "snapshots/20261123T120101.000Z/restore_mapping/Organization.json";
    let apart = outcome(|world| put(world, too_far, json!({"schema": 1}))).await;
    assert_eq!(apart, Outcome::Refused(Refusal::ClocksApart));
}

#[tokio::test]
async fn a_clock_that_is_not_that_of_s3_stops_writing() {
    for (seconds, is_made) in [(59, true), (-59, true), (61, false), (-61, false), (-86_400, false)] {
        let mut stage = Stage::new(world()).await;
        stage.s3_is_ahead = SignedDuration::from_secs(seconds);
        let report = stage.heal(&[event("mapping-missing/explicit-deny")], Mode::Apply).await;
        let [TreatedChange { outcome: Some(outcome), .. }] = &report.changes[..] else {
            panic!("{report:?}")
        };
        assert_eq!(matches!(outcome, Outcome::Fixed(_)), is_made, "{seconds}: {outcome:?}");
        if !is_made {
            assert_eq!(*outcome, Outcome::Refused(Refusal::ClocksApart), "{seconds}");
            assert!(outcome.to_string().contains("this clock and S3's"), "{outcome}");
            assert_eq!((stage.writes(), stage.written()), (vec![], vec![]), "{seconds}");
            stage.count_batch(&report, Mode::Apply).await.unwrap();
            let refused = stage.sandbox.world().metrics.into_iter().find(|metric| metric.name == "Refused");
            assert_eq!(refused.unwrap().value, 1.0, "it is counted, and an alarm rings");
        }
    }
}

#[tokio::test]
async fn a_journal_is_begun_once_and_twice_is_once() {
    let kept = Kept::new();
    kept.run(&["hold"]).await;
    let file = kept.0.path().join("events-world-json.json");
    let mut world = kept.world();
    world["journal"] = json!({"bucket": world["journal"]["bucket"], "begun": false});
    std::fs::write(&file, world.to_string()).unwrap();
    let (_, out) = kept.heal().await;
    assert!(out.contains("the journal was not begun, or is lost"), "{out}");
    let (exit, out) = kept.run(&["rollback", super::FIX, "--nobody-else", "--apply"]).await;
    assert_eq!((exit, out.contains("no such fix")), (Exit::Error, true), "{out}");
    let (exit, out) = kept.run(&["journal", "begin"]).await;
    assert_eq!((exit, out.contains("it remembers no change")), (Exit::Planned, true), "{out}");
    assert!(kept.world()["journal"].get("objects").is_none_or(|objects| objects.get("begun.json").is_none()));
    for _ in 0..2 {
        let (exit, out) = kept.run(&["journal", "begin", "--apply"]).await;
        assert_eq!((exit, out.as_str()), (Exit::Done, "the journal is begun, and remembers 0 changes\n"));
    }
    assert_eq!(kept.heal().await.0, Exit::Done);
}

#[tokio::test]
async fn a_hold_that_is_not_understood_stays_until_a_person_says_otherwise() {
    let kept = Kept::new();
    kept.run(&["hold"]).await;
    let file = kept.0.path().join("events-world-json.json");
    let mut world = kept.world();
    let theirs = json!({"stop": "do not touch anything, Ann"});
    world["journal"]["objects"]["hold.json"] = theirs.clone();
    std::fs::write(&file, world.to_string()).unwrap();
    let (exit, out) = kept.run(&["hold", "--key", "Department"]).await;
    assert_eq!(exit, Exit::Done);
    assert!(out.contains("of no form that is understood") && out.contains("Ann"), "{out}");
    let resume = ["tagmend", "resume", "--state", kept.0.path().to_str().unwrap()];
    let arguments = <tagmend_cli::arguments::Arguments as clap::Parser>::parse_from(resume);
    let error = tagmend_cli::run(arguments, &mut Vec::new()).await.unwrap_err().to_string();
    assert!(error.contains("nothing was resumed") && error.contains("Ann"), "{error}");
    assert_eq!(kept.world()["journal"]["objects"]["hold.json"], theirs);
    let (exit, out) = kept.run(&["resume", "--replace"]).await;
    assert_eq!((exit, out.as_str()), (Exit::Done, "nothing is held: Tagmend writes where it may\n"));
}

/// Whether the bucket's policy leaves it to somebody who may do everything.
fn may(action: &str, name: &str, header: Option<&str>) -> bool {
    let bucket = world().journal.bucket;
    let mut context = Context::closed();
    let mut set = |key: &str, value: &str| context.set(key, Value::One(value.to_owned()));
    set("aws:PrincipalArn", "arn:aws:iam::111122223333:role/Administrator");
    set("aws:SecureTransport", "true");
    if let Some(header) = header {
        set("s3:if-none-match", header);
    }
    let resource = Resource::Named(format!("arn:aws:s3:::{bucket}/{name}"));
    let request = Request { action: action.to_owned(), resource, context };
    let everything = Policy::parse(
        r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#,
    );
    let (identity, guard) = (
        [everything.unwrap()],
        [Policy::parse_resource_control(&journal_policy(&world()).to_string()).unwrap()],
    );
    let layers = Layers { identity: &identity, resource_control: &guard, ..Layers::default() };
    evaluate(&layers, &request).decision == Decision::Allowed
}

#[test]
fn the_buckets_policy_keeps_what_the_journal_has_to_remember() {
    let remembered = ["fixes/x.json", "snapshots/x.json", "not_made/x.json", "approved/x.json", "begun.json"];
    for name in remembered {
        assert!(!may("s3:PutObject", name, None), "{name} is replaced");
        assert!(may("s3:PutObject", name, Some("*")), "{name} is made");
    }
    for name in remembered.into_iter().chain(["hold.json", "lease.json"]) {
        for action in ["s3:DeleteObject", "s3:DeleteObjectVersion"] {
            assert!(!may(action, name, None), "{action} {name}");
        }
    }
    for name in ["hold.json", "lease.json", "watch/seen.json", "index.json"] {
        assert!(may("s3:PutObject", name, None), "{name} is written anew");
    }
    assert!(may("s3:DeleteObject", "watch/runs/x.json", None));
}
