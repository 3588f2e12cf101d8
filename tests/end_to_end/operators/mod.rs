//! What operators do: hold, resume, roll back; and what the limits of the baseline keep from being done.

mod limits;
mod lost_journal;
mod lost_writes;
mod refused_writes;
mod rights;
mod runs;
mod since_the_fix;

use jiff::SignedDuration;
use serde_json::{Value as Json, json};
use tagmend_cli::exit::Exit;
use tagmend_remedy::{Outcome, Refusal, Report};
use tagmend_tests::simulation::Simulation;
use tagmend_tests::{bent_baseline, event, tagmend, world};

const DENIAL: &str = "mapping-missing/explicit-deny";
const FIX: &str = "20261123T120000.000Z/restore_mapping/Department";

fn outcomes(report: &Report) -> Vec<Outcome> {
    report.changes.iter().filter_map(|it| it.outcome.clone()).collect()
}

/// A folder in which a sandbox keeps its state, and commands on it.
struct Kept(tempfile::TempDir);

impl Kept {
    fn new() -> Kept {
        Kept(tempfile::tempdir().unwrap())
    }

    async fn run(&self, arguments: &[&str]) -> (Exit, String) {
        tagmend(&[arguments, &["--state", self.0.path().to_str().unwrap()]].concat()).await
    }

    async fn heal(&self) -> (Exit, String) {
        self.run(&["replay", "events/mapping-missing/explicit-deny.json", "--apply"]).await
    }

    fn world(&self) -> Json {
        let text = std::fs::read_to_string(self.0.path().join("events-world-json.json")).unwrap();
        serde_json::from_str(&text).unwrap()
    }

    fn keys(&self) -> Vec<String> {
        let world = self.world();
        let mappings = world["attribute_mappings"].as_array().unwrap().iter();
        mappings.map(|mapping| mapping["key"].as_str().unwrap().to_owned()).collect()
    }
}

#[tokio::test]
async fn hold_stops_writing_and_resume_lets_it_go_on() {
    let kept = Kept::new();
    let (exit, out) = kept.run(&["hold", "--reason", "a weekend", "--by", "ann"]).await;
    assert_eq!(
        (exit, out.lines().next().unwrap()),
        (Exit::Done, "all writing is held since 2026-11-23T12:00:00Z by ann: a weekend")
    );
    let (exit, out) = kept.heal().await;
    assert_eq!(exit, Exit::Planned);
    assert!(out.contains("not made: writing is on hold"), "{out}");
    let (_, out) = kept.run(&["resume"]).await;
    assert_eq!(out, "nothing is held: Tagmend writes where it may\n");
    assert_eq!(kept.heal().await.0, Exit::Done);
    assert!(kept.keys().contains(&"Department".to_owned()));
}

#[tokio::test]
async fn a_key_is_held_alone_whatever_its_case() {
    let kept = Kept::new();
    let (_, out) = kept.run(&["hold", "--key", "DEPARTMENT", "--by", "ann"]).await;
    assert_eq!(
        out.lines().next().unwrap(),
        "the mapping DEPARTMENT is held since 2026-11-23T12:00:00Z by ann"
    );
    let (exit, out) = kept.run(&["replay", "events", "--apply"]).await;
    assert_eq!(exit, Exit::Planned);
    assert!(out.contains("${path:enterprise.department}: not made: writing is on hold"), "{out}");
    assert!(out.contains("provision Deployer to account 444455556666: fixed and verified"), "{out}");
    assert!(!kept.keys().contains(&"Department".to_owned()));
    let (_, out) = kept.run(&["hold", "--by", "bob"]).await;
    assert_eq!(out.matches(" held since ").count(), 2, "both are held: {out}");
    let (_, out) = kept.run(&["resume", "--key", "department"]).await;
    assert!(
        out.starts_with("all writing is held since 2026-11-23T12:00:00Z by bob\n"),
        "the other hold stands: {out}"
    );
    assert_eq!(out.matches(" held since ").count(), 1, "{out}");
}

#[tokio::test]
async fn what_lies_there_and_cannot_be_understood_holds_everything() {
    for object in [json!(null), json!({}), json!({"schema": 2, "all": null, "keys": {}}), json!("stop")] {
        let mut world = world();
        world.journal.objects.insert("hold.json".to_owned(), object.clone());
        let simulation = Simulation::new(world, &bent_baseline(|_| {}));
        let report = simulation.heal(&[event(DENIAL)]).await;
        assert_eq!(outcomes(&report), [Outcome::Refused(Refusal::Hold)], "{object}");
        assert_eq!(simulation.writes(), 0);
    }
    // What an operator uploads in a hurry is no JSON.
    for text in ["", "stop", "{\"all\":"] {
        let mut world = world();
        world.journal.texts.insert("hold.json".to_owned(), text.to_owned());
        let simulation = Simulation::new(world, &bent_baseline(|_| {}));
        let report = simulation.heal(&[event(DENIAL)]).await;
        assert_eq!(outcomes(&report), [Outcome::Refused(Refusal::Hold)], "{text:?}");
        assert_eq!(simulation.writes(), 0);
    }
}

#[tokio::test]
async fn a_command_says_where_it_acts() {
    for arguments in [&["hold"][..], &["resume"], &["rollback", FIX]] {
        let arguments = <tagmend_cli::arguments::Arguments as clap::Parser>::parse_from(
            std::iter::once(&"tagmend").chain(arguments),
        );
        let error = tagmend_cli::run(arguments, &mut Vec::new()).await.unwrap_err();
        assert!(error.to_string().starts_with("say where: --live, or --state"), "{error}");
    }
}

#[tokio::test]
async fn a_rollback_takes_the_one_mapping_away_and_is_journalled() {
    let kept = Kept::new();
    kept.heal().await;
    let healed = kept.world();
    let (exit, out) = kept.run(&["rollback", FIX, "--nobody-else"]).await;
    assert_eq!(exit, Exit::Planned);
    assert_eq!(
        out,
        "would take away the mapping Department = ${path:enterprise.department}; --apply does it\n"
    );
    assert_eq!(kept.world(), healed, "a dry run writes nothing");

    let (exit, out) = kept.run(&["rollback", FIX, "--nobody-else", "--apply"]).await;
    assert_eq!(exit, Exit::Done);
    assert!(out.contains("leaves it alone for 60 minutes"), "{out}");
    assert_eq!(kept.keys(), ["CostCenter", "Team", "Organization", "Legacy"]);
    let world = kept.world();
    let objects = &world["journal"]["objects"];
    let rollback = &objects["fixes/20261123T120000.001Z/roll_back/Department.json"];
    let mut snapshot = objects["snapshots/20261123T120000.001Z/roll_back/Department.json"].clone();
    for field in ["after", "verified", "ended"] {
        snapshot[field] = rollback[field].clone();
    }
    assert_eq!(snapshot, *rollback);
    assert_eq!(
        (&rollback["change"]["fix"], &rollback["verified"], &rollback["before"]),
        (&json!(FIX), &json!(true), &json!({"attribute_mappings": healed["attribute_mappings"]}))
    );

    let (exit, out) = kept.heal().await;
    assert_eq!(exit, Exit::Planned);
    assert!(
        out.contains("an operator rolled it back; limit `cool_down_minutes` keeps it so until 2026-"),
        "{out}"
    );
    let (exit, out) = kept.run(&["rollback", FIX, "--nobody-else", "--apply"]).await;
    assert_eq!(exit, Exit::Error);
    assert_eq!(out, "nothing was written: the mapping is not there, or has another source\n");
}

#[tokio::test]
async fn a_rollback_works_under_a_hold_and_not_without_the_lease() {
    let kept = Kept::new();
    kept.heal().await;
    kept.run(&["hold"]).await;
    let file = kept.0.path().join("events-world-json.json");
    let mut world = kept.world();
    let lease = json!({"schema": 1, "fencing": 9, "expires": "2026-11-23T12:03:00Z"});
    world["journal"]["objects"]["lease.json"] = lease;
    std::fs::write(&file, world.to_string()).unwrap();
    let (exit, out) = kept.run(&["rollback", FIX, "--nobody-else", "--apply"]).await;
    assert_eq!((exit, out.as_str()), (Exit::Error, "nothing was written: somebody else is writing\n"));
    assert!(kept.keys().contains(&"Department".to_owned()));

    world["journal"]["objects"]["lease.json"]["expires"] = json!("2026-11-23T11:59:00Z");
    std::fs::write(&file, world.to_string()).unwrap();
    assert_eq!(kept.run(&["rollback", FIX, "--nobody-else", "--apply"]).await.0, Exit::Done);
    assert!(!kept.keys().contains(&"Department".to_owned()));
}

#[tokio::test]
async fn what_others_changed_since_stays_and_what_they_changed_of_ours_is_theirs() {
    let kept = Kept::new();
    kept.heal().await;
    let file = kept.0.path().join("events-world-json.json");
    let mut world = kept.world();
    let mappings = world["attribute_mappings"].as_array_mut().unwrap();
    let ours = mappings.iter().position(|mapping| mapping["key"] == "Department").unwrap();
    let restored = mappings[ours]["source"].clone();
    mappings.push(json!({"key": "Region", "source": "${path:locale}"}));
    mappings[ours]["source"] = json!("${path:title}");
    std::fs::write(&file, world.to_string()).unwrap();
    let (exit, out) = kept.run(&["rollback", FIX, "--nobody-else", "--apply"]).await;
    assert_eq!(exit, Exit::Error);
    assert_eq!(out, "nothing was written: the mapping is not there, or has another source\n");
    assert_eq!(kept.world(), world);

    world["attribute_mappings"][ours]["source"] = restored;
    std::fs::write(&file, world.to_string()).unwrap();
    assert_eq!(kept.run(&["rollback", FIX, "--nobody-else", "--apply"]).await.0, Exit::Done);
    assert_eq!(kept.keys(), ["CostCenter", "Team", "Organization", "Legacy", "Region"]);
}

#[tokio::test]
async fn provisioning_has_no_way_back_and_the_command_says_what_to_do() {
    let kept = Kept::new();
    kept.run(&["replay", "events", "--apply"]).await;
    let fix = "20261123T120000.000Z/provision/444455556666/ps-1a2b3c4d5e6f7006";
    let (exit, out) = kept.run(&["rollback", fix, "--apply"]).await;
    assert_eq!(exit, Exit::Error);
    assert!(out.contains("provisioning has no way back"), "{out}");
    assert!(out.contains("--target-id 444455556666"), "{out}");
    for (fix, why) in [
        ("20261123T110000.000Z/restore_mapping/Team", "the journal has no such fix"),
        ("20261123T080000.000Z/restore_mapping/Organization", "the fix was never seen in place"),
    ] {
        let (exit, out) = kept.run(&["rollback", fix, "--apply"]).await;
        assert_eq!(exit, Exit::Error);
        assert!(out.contains(why), "{out}");
    }
}

#[tokio::test]
async fn what_somebody_removes_again_is_escalated_and_not_restored() {
    let mut simulation = Simulation::new(world(), &bent_baseline(|_| {}));
    let events = [event(DENIAL)];
    simulation.heal(&events).await;
    simulation.cloud.change(|world| drop(world.attribute_mappings.as_mut().unwrap().pop()));
    simulation.now += SignedDuration::from_mins(59);
    let report = simulation.heal(&events).await;
    match &outcomes(&report)[..] {
        [Outcome::Escalated(fix)] => assert_eq!(fix.as_str(), FIX),
        other => panic!("{other:?}"),
    }
    assert!(!report.treated[0].is_unfinished());
    assert_eq!(simulation.writes(), 1);
    let escalations = simulation.cloud.look(|world| {
        let sent = world.metrics.iter().filter(|metric| metric.name == "Escalations");
        sent.map(|metric| metric.value).sum::<f64>()
    });
    assert!((escalations - 1.0).abs() < f64::EPSILON, "the alarm counts it");

    simulation.now += SignedDuration::from_mins(2);
    assert!(
        matches!(outcomes(&simulation.heal(&events).await)[..], [Outcome::Fixed(_)]),
        "after the cool-down"
    );
}
