//! The function is stopped after each call in turn and run again: the same state as without the crash, one fix of each
//! thing in the journal, and nothing written a second time.

use serde_json::Value as Json;
use tagmend_sandbox::World;
use tagmend_tests::simulation::Simulation;
use tagmend_tests::{bent_baseline, event, world};

/// What is left of a world: everything but the journal, the metrics and what was announced.
fn state(world: &World) -> Json {
    let mut state = serde_json::to_value(world).unwrap();
    for field in ["journal", "metrics", "events"] {
        state.as_object_mut().unwrap().remove(field);
    }
    state
}

fn simulation() -> Simulation {
    let mut world = world();
    world.provisioning_looks = 1;
    Simulation::new(world, &bent_baseline(|_| {}))
}

async fn every_crash(scenario: &str, events: &[Json]) {
    let whole = simulation();
    whole.heal(events).await;
    let (calls, fixes, writes) = (whole.cloud.calls().len(), whole.fixes(), whole.writes());
    assert!(writes > 0);
    for stop in 0..calls {
        let mut crashed = simulation();
        assert!(crashed.heal_until(stop, events).await.is_none(), "{scenario} ends after {stop} calls");
        // The message comes again until the function says that it is done with it.
        for _ in 0..3 {
            crashed.wait();
            crashed.heal(events).await;
        }
        let last = crashed.cloud.calls()[..stop].last().cloned().unwrap_or_default();
        let place = format!("{scenario}, stopped after call {stop}, {last}");
        assert_eq!(state(&crashed.cloud.world()), state(&whole.cloud.world()), "{place}");
        assert_eq!(crashed.fixes(), fixes, "{place}");
        assert_eq!(crashed.writes(), writes, "{place}");
    }
    println!("{scenario}: stopped after each of {calls} calls; healed with {writes} writes each time");
}

#[tokio::test]
async fn while_a_mapping_is_restored() {
    every_crash("restore", &[event("mapping-missing/explicit-deny")]).await;
}

#[tokio::test]
async fn while_a_permission_set_is_provisioned() {
    every_crash("provision", &[event("not-provisioned/start-build")]).await;
}

#[tokio::test]
async fn while_both_are_done() {
    every_crash("both", &[event("mapping-missing/explicit-deny"), event("not-provisioned/start-build")])
        .await;
}
