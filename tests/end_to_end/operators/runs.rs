//! What operators' commands leave in the ledger: a run, as the functions do.

use serde_json::json;
use tagmend_remedy::ledger::{ChangeResult, Function, Limit, Mode, RollbackResult, Run};

use super::*;

impl Kept {
    /// Runs of the ledger, in the order of their names.
    fn runs(&self) -> Vec<Run> {
        let world = self.world();
        let objects = world["journal"]["objects"].as_object().unwrap().iter();
        let runs = objects.filter(|(name, _)| name.starts_with("runs/"));
        runs.map(|(_, run)| serde_json::from_value(run.clone()).unwrap()).collect()
    }

    fn only_run(&self) -> Run {
        let [run] = self.runs().try_into().unwrap();
        run
    }

    /// The rollbacks that are told, whatever else ran.
    fn rollbacks(&self) -> Vec<(RollbackResult, Option<Limit>)> {
        let rollbacks = self.runs().into_iter().filter_map(|run| {
            assert_eq!(run.function == Function::Rollback, run.rollback.is_some(), "{run:?}");
            run.rollback
        });
        rollbacks.map(|rollback| (rollback.result, rollback.limit)).collect()
    }
}

#[tokio::test]
async fn what_an_operator_applies_is_a_run_and_a_dry_run_is_none() {
    let kept = Kept::new();
    let events = "events/mapping-missing/explicit-deny.json";
    kept.run(&["hold"]).await;
    kept.run(&["replay", events]).await;
    assert_eq!(kept.runs(), []);
    kept.run(&["resume"]).await;
    assert_eq!(kept.heal().await.0, Exit::Done);
    let run = kept.only_run();
    assert_eq!((run.function, run.mode, run.by_operator), (Function::Heal, Some(Mode::Apply), true));
    assert!(run.request.starts_with("operator-") && run.request.len() == 25, "{}", run.request);
    let [denials] = run.denials.as_slice() else { panic!("{run:?}") };
    assert_eq!((denials.rule.as_str(), denials.calls.len()), ("mapping_missing.by_tags", 1));
    let [change] = run.changes.as_slice() else { panic!("{run:?}") };
    assert_eq!((change.result, change.fix.as_deref()), (ChangeResult::Fixed, Some(FIX)));
}

#[tokio::test]
async fn a_rollback_is_a_run_whether_it_was_done_or_not() {
    let kept = Kept::new();
    kept.heal().await;
    let file = kept.0.path().join("events-world-json.json");
    let mut world = kept.world();
    world["journal"]["objects"]["lease.json"] =
        json!({"schema": 1, "fencing": 9, "expires": "2026-11-23T12:03:00Z"});
    std::fs::write(&file, world.to_string()).unwrap();
    kept.run(&["rollback", FIX, "--nobody-else"]).await;
    assert_eq!(kept.rollbacks(), [], "a dry run");
    kept.run(&["rollback", FIX, "--nobody-else", "--apply"]).await;
    assert_eq!(kept.rollbacks(), [(RollbackResult::NotDone, Some(Limit::LeaseHeld))]);
    world["journal"]["objects"]["lease.json"]["expires"] = json!("2026-11-23T11:59:00Z");
    std::fs::write(&file, world.to_string()).unwrap();
    assert_eq!(kept.run(&["rollback", FIX, "--nobody-else", "--apply"]).await.0, Exit::Done);
    assert_eq!(kept.rollbacks(), [(RollbackResult::Done, None)]);
    let run = kept.runs().into_iter().find(|run| run.rollback.is_some()).unwrap();
    assert_eq!((run.mode, run.by_operator, run.changes.len()), (None, true, 0));
    let rollback = run.rollback.unwrap();
    assert_eq!(
        (rollback.fix.as_str(), rollback.rollback.as_deref()),
        (FIX, Some("20261123T120000.001Z/roll_back/Department"))
    );
    // A review tells of the fix and of the rollback, once.
    let (_, text) = kept.run(&["review", "--json"]).await;
    let review: Json = serde_json::from_str(&text).unwrap();
    let fixes = review["fixes"].as_array().unwrap().iter().filter(|fix| fix["id"] == FIX);
    let standings: Vec<&Json> = fixes.map(|fix| &fix["standing"]).collect();
    assert_eq!((standings, &review["figures"]["denials"]), (vec![&json!("rolled_back")], &json!(1)));
}
