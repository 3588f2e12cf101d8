//! What an operator's credentials need, as `docs/runbook.md` says.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value as Json, json};
use tagmend_remedy::{
    Clients, Clock, FixId, History, Pacing, RolledBack, RunTime, Undo, Writer,
    hold::{Brake, HoldOn},
    ledger::Ledger,
    ledger::Run,
    look_at,
};
use tagmend_tests::simulation::Simulation;
use tagmend_tests::wire::{Straight, configuration_as};
use tagmend_tests::{bent_baseline, event, roles, text, world};

use super::{DENIAL, FIX};

/// The policy of the runbook, for the sample organization.
fn policy() -> Json {
    let runbook = text("docs/runbook.md");
    let (_, rest) = runbook.split_once("```json\n").unwrap();
    let (policy, _) = rest.split_once("```").unwrap();
    let policy =
        policy.replace("BUCKET", &world().journal.bucket).replace("INSTANCE_ARN", &world().instance_arn);
    serde_json::from_str(&policy).unwrap()
}

/// Holds, resumes and rolls back with these rights: whether the first two were done, and the last.
async fn operate(policy: &Json) -> (bool, bool) {
    let baseline = bent_baseline(|_| {});
    let simulation = Simulation::new(world(), &baseline);
    simulation.heal(&[event(DENIAL)]).await;
    // A later change shows that the mapping was still there.
    simulation.cloud.change(|world| {
        let fix = world.journal.objects[&format!("fixes/{FIX}.json")].clone();
        let later = json!({"schema": 1, "before": fix["after"]});
        let name = "snapshots/20261123T120000.500Z/restore_mapping/Team.json";
        world.journal.objects.insert(name.to_owned(), later);
    });
    let mut roles = roles(&baseline, &world(), |_, _| {});
    roles.add("operator", &[policy.to_string()]).unwrap();
    simulation.cloud.enforce(roles);
    let line = Arc::new(Straight(simulation.cloud.clone()));
    let clients = Clients::new(&configuration_as("operator", line, "operator"));
    let bucket = world().journal.bucket;
    let now: Timestamp = simulation.now;
    let brake = Brake::new(&clients, &bucket);
    let held = brake.hold(HoldOn::All, None, now).await.is_ok() && brake.resume(HoldOn::All).await.is_ok();
    let fix = FixId::parse(FIX).unwrap();
    let undo = look_at(&clients, &bucket, &baseline, &fix, &History::NobodyElse).await;
    if !matches!(undo, Ok(Undo::Possible(_))) {
        return (held, false);
    }
    let ledger = Ledger::new(&clients, &bucket);
    let writer = Writer::new(clients, &bucket, Pacing::NONE);
    let time = RunTime { clock: Clock::Fixed(now), deadline: None };
    let rolled_back = writer.roll_back(&fix, &History::NobodyElse, &baseline, time).await;
    let is_recorded = simulation.fixes().iter().any(|fix| fix == "roll_back/Department.json");
    // What an operator did is in the ledger too.
    let is_kept = ledger.keep(&Run::of_rollback(&fix, &rolled_back, now, time.clock)).await.is_ok();
    (held, is_kept && is_recorded && matches!(rolled_back, Ok(RolledBack::Done(_))))
}

#[tokio::test]
async fn the_policy_of_the_runbook_is_enough_and_no_more() {
    let policy = policy();
    assert_eq!(operate(&policy).await, (true, true));
    let statements = policy["Statement"].as_array().unwrap();
    let only_hold = json!({"Version": "2012-10-17", "Statement": statements[..2]});
    assert_eq!(operate(&only_hold).await, (true, false), "the first two are for hold and resume");
    for (index, statement) in statements.iter().enumerate() {
        let actions = match &statement["Action"] {
            Json::Array(actions) => actions.clone(),
            one => vec![one.clone()],
        };
        for action in &actions {
            let left: Vec<&Json> = actions.iter().filter(|other| *other != action).collect();
            let mut less = policy.clone();
            let kept = less["Statement"].as_array_mut().unwrap();
            match left.is_empty() {
                true => drop(kept.remove(index)),
                false => kept[index]["Action"] = json!(left),
            }
            assert_ne!(operate(&less).await, (true, true), "{action} on {}", statement["Resource"]);
        }
    }
}
