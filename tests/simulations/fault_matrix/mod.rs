//! Every call x everything that can go wrong with it x its first, its second and every time: the run ends healed, or
//! untouched and explained. `make faults` prints the table.
//!
//! The calls are found by recording a run, so a new call that an event of a [`Scenario`] makes joins by itself.

mod scenario;
mod trouble;

use std::collections::{BTreeMap, BTreeSet};

use scenario::{Scenario, scenarios};
use serde_json::Value as Json;
use tagmend_remedy::Report;
use tagmend_sandbox::World;
use tagmend_tests::simulation::Simulation;
use tagmend_tests::{WRITES, bent_baseline, world};
use trouble::{TROUBLES, Times};

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Ending {
    /// Everything that was broken is whole.
    Healed,
    /// Something is as it was, and the report says why.
    Explained,
}

/// Runs a scenario with one trouble; how the run ended, or none where the trouble never came. Then the messages come again
/// that the run wants again, and at last there is a later denial of each kind.
async fn run(
    scenario: &Scenario,
    operation: &str,
    trouble: &trouble::Trouble,
    times: Times,
) -> Option<Ending> {
    let place = format!("{}: {operation}, {}, {times:?}", scenario.name, trouble.name);
    let mut simulation = scenario.simulation();
    let start = simulation.cloud.world();
    let fault = trouble.fault(operation, times);
    simulation.cloud.change(|world| world.faults.push(fault));
    let events = scenario.events();
    let report = simulation.heal(&events).await;
    simulation.cloud.change(|world| world.faults.clear());
    let came = !trouble.is_stale() || simulation.cloud.stale_answers() > 0;
    let ending = scenario.judge(&start, &simulation.cloud.world(), &report, &place);
    check_words(&simulation, trouble.is_refusal() && WRITES.contains(&operation), &place);
    let mut again = unfinished(&events, &report);
    // A message comes again four times at most.
    for _ in 0..4 {
        if again.is_empty() {
            break;
        }
        simulation.wait();
        let report = simulation.heal(&again).await;
        again = unfinished(&again, &report);
    }
    assert!(again.is_empty(), "{place}: it ends in the dead-letter queue, and the trouble is over");
    if !scenario.is_whole(&simulation) {
        simulation.wait();
        simulation.heal(&events).await;
    }
    scenario.check_end(&simulation, &place);
    check_words(&simulation, false, &place);
    came.then_some(ending)
}

/// What the journal says of each change that was begun: that it was made, or that it was not, and never both. Where AWS
/// refused the write, it says so: nothing is left that would count, or that a later run would take for ours.
fn check_words(simulation: &Simulation, is_refused: bool, place: &str) {
    let world = simulation.cloud.world();
    let names = |folder: &str| -> BTreeSet<String> {
        let names = world.journal.objects.keys().filter_map(|name| name.strip_prefix(folder));
        names.map(|name| name.strip_suffix(".json").unwrap().to_owned()).collect()
    };
    let not_made: BTreeSet<String> =
        names("not_made/").iter().map(|name| name.rsplit_once('/').unwrap().0.to_owned()).collect();
    let made = names("fixes/");
    for id in names("snapshots/") {
        assert!(!(made.contains(&id) && not_made.contains(&id)), "{place}: {id} was made and was not");
        assert!(!is_refused || made.contains(&id) || not_made.contains(&id), "{place}: {id} stays open");
    }
}

/// The events whose records have to come again.
fn unfinished(events: &[Json], report: &Report) -> Vec<Json> {
    let pairs = events.iter().zip(&report.treated);
    pairs.filter(|(_, treated)| treated.is_unfinished()).map(|(event, _)| event.clone()).collect()
}

/// How a second look ended with one trouble: whole, or with its errors said, or none where the trouble never came. It
/// changes nothing but its own objects, and the next one is whole.
async fn look(operation: &str, trouble: &trouble::Trouble, times: Times) -> Option<Ending> {
    let place = format!("watch: {operation}, {}, {times:?}", trouble.name);
    let mut simulation = Simulation::new(world(), &bent_baseline(|_| {}));
    let fault = trouble.fault(operation, times);
    simulation.cloud.change(|world| world.faults.push(fault));
    let looked = simulation.watch().await;
    simulation.cloud.change(|world| world.faults.clear());
    let came = !trouble.is_stale() || simulation.cloud.stale_answers() > 0;
    let ending = match &looked {
        Ok(inspection) if inspection.errors.is_empty() => {
            // Metrics that were not sent are the heartbeat that is missed.
            Ending::Healed
        }
        Ok(_) | Err(_) => Ending::Explained,
    };
    simulation.wait();
    let next = simulation.watch().await.unwrap_or_else(|error| panic!("{place}: {error}"));
    assert!(next.errors.is_empty() && next.index.is_some(), "{place}: {:?}", next.errors);
    if let Ok(inspection) = looked {
        assert!(
            !inspection.errors.is_empty() || inspection.findings == next.findings,
            "{place}: something was missed, and nothing says so"
        );
    }
    let (start, end) = (own_nothing(&world()), own_nothing(&simulation.cloud.world()));
    assert!(start == end, "{place}: something else was changed");
    came.then_some(ending)
}

/// A world without what a second look writes.
fn own_nothing(world: &World) -> Json {
    let mut world = world.clone();
    world.metrics.clear();
    world.journal.objects.retain(|name, _| {
        name != "index.json" && !["watch/", "runs/", "days/"].iter().any(|own| name.starts_with(own))
    });
    serde_json::to_value(world).unwrap()
}

#[tokio::test(flavor = "current_thread")]
async fn every_call_of_the_second_look_and_everything_that_can_go_wrong_with_it() {
    let is_full = std::env::var_os("FULL").is_some();
    let all_times: &[Times] = if is_full { &Times::ALL } else { &[Times::First] };
    let whole = Simulation::new(world(), &bent_baseline(|_| {}));
    whole.watch().await.unwrap();
    let calls = whole.cloud.calls();
    let operations: BTreeSet<&String> = calls.iter().collect();
    println!("\nthe second look ({} calls)\n{:62}{}", calls.len(), "", trouble::heading());
    let mut totals: BTreeMap<Option<Ending>, usize> = BTreeMap::new();
    for operation in operations {
        let mut row = format!("{operation:62}");
        for trouble in TROUBLES {
            for times in all_times {
                let ending = look(operation, trouble, *times).await;
                row.push(match ending {
                    Some(Ending::Healed) => 'w',
                    Some(Ending::Explained) => 'e',
                    None => '.',
                });
                *totals.entry(ending).or_default() += 1;
            }
            row.push_str(&" ".repeat(trouble::WIDTH - all_times.len()));
        }
        println!("{row}");
    }
    let count = |ending: Ending| totals.get(&Some(ending)).copied().unwrap_or(0);
    let runs = count(Ending::Healed) + count(Ending::Explained);
    println!(
        "{runs} runs: {} whole (w), {} with their errors said (e), 0 unexplained",
        count(Ending::Healed),
        count(Ending::Explained)
    );
    assert!(runs > if is_full { 300 } else { 100 }, "only {runs} runs");
}

#[tokio::test(flavor = "current_thread")]
async fn every_call_and_everything_that_can_go_wrong_with_it() {
    let mut totals: BTreeMap<Option<Ending>, usize> = BTreeMap::new();
    let mut stale = 0;
    // The fast part: the scenario that makes every call, and only the first of each goes wrong.
    let is_full = std::env::var_os("FULL").is_some();
    let chosen = scenarios().into_iter().filter(|scenario| is_full || scenario.outdated_and_keys() == 2);
    let all_times: &[Times] = if is_full { &Times::ALL } else { &[Times::First] };
    for scenario in chosen {
        let whole = scenario.simulation();
        whole.heal(&scenario.events()).await;
        scenario.check_end(&whole, scenario.name);
        let calls = whole.cloud.calls();
        let operations: BTreeSet<&String> = calls.iter().collect();
        println!("\n{} ({} calls)\n{:62}{}", scenario.name, calls.len(), "", trouble::heading());
        for operation in operations {
            let mut row = format!("{operation:62}");
            for trouble in TROUBLES {
                for times in all_times {
                    let ending = run(&scenario, operation, trouble, *times).await;
                    row.push(match ending {
                        Some(Ending::Healed) => 'h',
                        Some(Ending::Explained) => 'e',
                        None => '.',
                    });
                    *totals.entry(ending).or_default() += 1;
                    stale += usize::from(trouble.is_stale() && ending.is_some());
                }
                row.push_str(&" ".repeat(trouble::WIDTH - all_times.len()));
            }
            println!("{row}");
        }
    }
    let count = |ending: Ending| totals.get(&Some(ending)).copied().unwrap_or(0);
    let runs = count(Ending::Healed) + count(Ending::Explained);
    println!(
        "\nfor each: the first call, the second, every one (FULL=1; else the first only); h healed, e untouched and explained, . never came\n\
         {runs} runs: {} healed, {} untouched and explained, 0 unexplained",
        count(Ending::Healed),
        count(Ending::Explained)
    );
    assert!(runs > if is_full { 1_000 } else { 150 }, "only {runs} runs");
    assert!(stale > if is_full { 15 } else { 4 }, "only {stale} runs with an answer from the past");
}
