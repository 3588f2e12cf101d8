//! A rollback undoes what is ours, and asks what happened since the fix.

use std::sync::Arc;

use jiff::SignedDuration;
use serde_json::{Value as Json, json};
use tagmend_cli::exit::Exit;
use tagmend_diagnosis::PastChange;
use tagmend_remedy::{
    Clients, Clock, FixId, History, Outcome, Overwritten, Pacing, Refusal, RolledBack, RunTime, Undo, WhyNot,
    Writer, look_at,
};
use tagmend_sandbox::{AttributeMapping, Fault};
use tagmend_tests::simulation::Simulation;
use tagmend_tests::wire::{Straight, configuration_as};
use tagmend_tests::{Role, Stage, WRITES, bent_baseline, event, world};

use super::{DENIAL, FIX, Kept, outcomes};

fn clients(simulation: &Simulation) -> Clients {
    let line = Arc::new(Straight(simulation.cloud.clone()));
    Clients::new(&configuration_as(Role::HealApply.name(), line, "since-the-fix"))
}

async fn look(simulation: &Simulation, fix: &str, history: &History) -> Undo {
    let fix = FixId::parse(fix).unwrap();
    let bucket = world().journal.bucket;
    look_at(&clients(simulation), &bucket, &simulation.baseline, &fix, history).await.unwrap()
}

async fn roll_back(simulation: &Simulation, fix: &str) -> RolledBack {
    let writer = Writer::new(clients(simulation), &world().journal.bucket, Pacing::NONE);
    let time = RunTime { clock: Clock::Fixed(simulation.now), deadline: None };
    let fix = FixId::parse(fix).unwrap();
    writer.roll_back(&fix, &History::NobodyElse, &simulation.baseline, time).await.unwrap()
}

fn keys(simulation: &Simulation) -> Vec<String> {
    let mappings = simulation.cloud.world().attribute_mappings.unwrap();
    mappings.into_iter().map(|mapping| mapping.key).collect()
}

fn department() -> AttributeMapping {
    AttributeMapping { key: "Department".to_owned(), source: "${path:enterprise.department}".to_owned() }
}

/// Two mappings that one write restored, as its two fixes tell.
async fn both() -> Simulation {
    let simulation = Simulation::new(world(), &bent_baseline(|_| {}));
    simulation.heal(&[event(DENIAL)]).await;
    simulation.cloud.change(|world| {
        for folder in ["snapshots", "fixes"] {
            let mut object = world.journal.objects[&format!("{folder}/{FIX}.json")].clone();
            let id = FIX.replace("Department", "CostCenter");
            object["id"] = json!(id);
            object["change"]["key"] = json!("CostCenter");
            object["change"]["source"] = json!("${path:enterprise.costCenter}");
            let before = object["before"]["attribute_mappings"].as_array_mut().unwrap();
            before.retain(|mapping| mapping["key"] != "CostCenter");
            world.journal.objects.insert(format!("{folder}/{id}.json"), object);
        }
    });
    simulation
}

#[tokio::test]
async fn mappings_of_one_write_are_undone_one_after_the_other_in_any_order() {
    let fixes = [FIX, "20261123T120000.000Z/restore_mapping/CostCenter"];
    for order in [[0, 1], [1, 0]] {
        let simulation = both().await;
        for fix in order.map(|index| fixes[index]) {
            assert!(matches!(roll_back(&simulation, fix).await, RolledBack::Done(_)), "{fix}");
        }
        assert_eq!(keys(&simulation), ["Team", "Organization", "Legacy"]);
    }
}

#[tokio::test]
async fn a_fix_that_a_later_version_recorded_is_not_undone() {
    let simulation = Simulation::new(world(), &bent_baseline(|_| {}));
    simulation.heal(&[event(DENIAL)]).await;
    assert!(matches!(look(&simulation, FIX, &History::NobodyElse).await, Undo::Possible(_)));
    simulation.cloud.change(|world| {
        world.journal.objects.get_mut(&format!("fixes/{FIX}.json")).unwrap()["schema"] = json!(2);
    });
    let why = WhyNot::Refused(Refusal::JournalNotUnderstood);
    assert_eq!(look(&simulation, FIX, &History::NobodyElse).await, Undo::Impossible(why.clone()));
    let before = keys(&simulation);
    assert_eq!(roll_back(&simulation, FIX).await, RolledBack::Not(why));
    assert_eq!(keys(&simulation), before);
}

/// As commit f605887 does, which knows no `not_made/`, where a person mapped the key after AWS had refused us.
#[tokio::test]
async fn what_an_earlier_version_calls_its_fix_is_not_undone_where_the_write_was_refused() {
    let mut simulation = Simulation::new(world(), &bent_baseline(|_| {}));
    simulation.heal(&[event(DENIAL)]).await;
    simulation.cloud.change(|world| {
        let name = format!("not_made/{FIX}/refused.json");
        world.journal.objects.insert(name, json!({"schema": 1}));
    });
    let why = WhyNot::MakerNotKnown;
    assert_eq!(look(&simulation, FIX, &History::NobodyElse).await, Undo::Impossible(why.clone()));
    assert_eq!(roll_back(&simulation, FIX).await, RolledBack::Not(why));
    assert!(keys(&simulation).contains(&"Department".to_owned()));
    simulation.now += SignedDuration::from_hours(1);
    let told = simulation.watch().await.unwrap().fixes;
    let ours = PastChange::RestoredMapping { key: "Department".to_owned() };
    assert!(
        told.len() == 2 && told.iter().all(|(fix, _)| fix.change != ours),
        "only the world's own: {told:?}"
    );
}

#[tokio::test]
async fn rollbacks_spend_no_budget_of_healing() {
    let baseline = bent_baseline(|baseline| {
        baseline["limits"]["fixes_per_hour"] = json!(3);
        baseline["limits"]["cool_down_minutes"] = json!(0);
    });
    let mut world = world();
    world.attribute_mappings.as_mut().unwrap().retain(|mapping| mapping.key != "CostCenter");
    let mut simulation = Simulation::new(world, &baseline);
    simulation.heal(&[event(DENIAL)]).await;
    assert!(matches!(roll_back(&simulation, FIX).await, RolledBack::Done(_)));
    simulation.now += jiff::SignedDuration::from_mins(5);
    let report = simulation.heal(&[event("mapping-missing/resource-tag-condition")]).await;
    assert!(
        matches!(outcomes(&report)[..], [Outcome::Fixed(_)] | [Outcome::Fixed(_), Outcome::Fixed(_)]),
        "{report:?}"
    );
}

#[tokio::test]
async fn what_somebody_took_away_and_put_back_is_theirs() {
    let mut simulation = Simulation::new(world(), &bent_baseline(|_| {}));
    simulation.heal(&[event(DENIAL)]).await;
    let possible = |undo: &Undo| matches!(undo, Undo::Possible(removal) if removal.is_ours());
    assert!(possible(&look(&simulation, FIX, &History::NobodyElse).await));
    // Nobody knows: it asks for a word.
    let unknown = look(&simulation, FIX, &History::Unknown).await;
    assert!(matches!(&unknown, Undo::Possible(removal) if !removal.is_ours()), "{unknown:?}");

    // A snapshot of a change while it was gone tells.
    simulation.cloud.change(|world| {
        let mut before = json!([]);
        before.as_array_mut().unwrap().push(json!({"key": "Team", "source": "${path:title}"}));
        let snapshot = json!({"schema": 1, "before": {"attribute_mappings": before}});
        let name = "snapshots/20261123T121000.000Z/restore_mapping/Organization.json";
        world.journal.objects.insert(name.to_owned(), snapshot);
    });
    let undo = look(&simulation, FIX, &History::NobodyElse).await;
    assert_eq!(undo, Undo::Impossible(WhyNot::PutBackByOthers));

    // So does a later fix of the same.
    let mut again = Simulation::new(world(), &bent_baseline(|_| {}));
    again.heal(&[event(DENIAL)]).await;
    again.cloud.change(|world| {
        world.attribute_mappings.as_mut().unwrap().retain(|mapping| *mapping != department())
    });
    again.now += jiff::SignedDuration::from_hours(2);
    again.heal(&[event(DENIAL)]).await;
    let later = FixId::parse("20261123T140000.000Z/restore_mapping/Department").unwrap();
    let undo = look(&again, FIX, &History::NobodyElse).await;
    assert_eq!(undo, Undo::Impossible(WhyNot::RestoredAgain(later)));
    simulation.now += jiff::SignedDuration::from_hours(1);
}

/// What `aws cloudtrail lookup-events` prints of a write of this list.
fn looked_up(time: &str, list: &Json) -> String {
    let record = json!({
        "eventName": "UpdateInstanceAccessControlAttributeConfiguration", "eventTime": time,
        "requestParameters": {"instanceAccessControlAttributeConfiguration": {"accessControlAttributes": list}},
    });
    json!({"Events": [{"CloudTrailEvent": record.to_string()}]}).to_string()
}

#[tokio::test]
async fn cloudtrail_tells_whose_it_is() {
    let ours = json!([{"key": "Department", "value": {"source": ["${path:enterprise.department}"]}}]);
    for (time, list, exit, words) in [
        ("2026-11-23T13:00:00Z", json!([]), Exit::Error, "it is theirs"),
        ("2026-11-23T11:00:00Z", json!([]), Exit::Planned, "would take away"),
        ("2026-11-23T13:00:00Z", ours, Exit::Planned, "would take away"),
        ("2026-11-23T13:00:00Z", Json::Null, Exit::Error, "does not tell whether somebody else"),
    ] {
        let kept = Kept::new();
        kept.heal().await;
        let file = kept.0.path().join("writes.json");
        std::fs::write(&file, looked_up(time, &list)).unwrap();
        let (said, out) = kept.run(&["rollback", FIX, "--writes", file.to_str().unwrap()]).await;
        assert_eq!(said, exit, "{out}");
        assert!(out.contains(words), "{time} {list}: {out}");
    }
    let kept = Kept::new();
    kept.heal().await;
    let (exit, out) = kept.run(&["rollback", FIX, "--apply"]).await;
    assert_eq!(exit, Exit::Error);
    assert!(out.contains("--nobody-else, if you know it"), "{out}");
    assert!(kept.keys().contains(&"Department".to_owned()));
}

#[tokio::test]
async fn a_write_of_somebody_else_that_a_rollback_replaced_is_found() {
    let simulation = both().await;
    assert!(matches!(roll_back(&simulation, FIX).await, RolledBack::Done(_)));
    let mut world = simulation.cloud.world();
    world.foreign_write = None;
    let stage = Stage::with(world, bent_baseline(|_| {})).await;
    let mut record: Json = serde_json::from_str(&looked_up(
        "2026-11-23T12:00:01Z",
        &json!([{"key": "Region", "value": {"source": ["${path:locale}"]}}]),
    ))
    .unwrap();
    let record: Json =
        serde_json::from_str(record["Events"][0]["CloudTrailEvent"].take().as_str().unwrap()).unwrap();
    let found = stage.overwritten(&json!({"detail": record}), tagmend_tests::Mode::Apply).await;
    let by_rollback = found.iter().any(|overwritten| {
        matches!(overwritten, Overwritten::Perhaps { fix, keys, .. }
            if fix.as_str().contains("/roll_back/") && keys.contains(&"Region".to_owned()))
    });
    assert!(by_rollback, "{found:?}");
}

/// A person may have taken it away meanwhile.
#[tokio::test]
async fn a_rollback_without_an_answer_is_recorded_as_found() {
    let simulation = Simulation::new(world(), &bent_baseline(|_| {}));
    simulation.heal(&[event(DENIAL)]).await;
    simulation.cloud.change(|world| {
        let (operation, code) = (WRITES[1].to_owned(), "InternalServerException".to_owned());
        world.faults.push(Fault { operation, code, status: 500, takes_effect: true, ..Fault::default() });
    });
    let RolledBack::Done(id) = roll_back(&simulation, FIX).await else { panic!("it is gone") };
    let record =
        simulation.cloud.look(|world| world.journal.objects[&format!("fixes/{}.json", id.as_str())].clone());
    assert_eq!((&record["verified"], &record["recovered"]), (&json!(false), &json!(true)));
}
