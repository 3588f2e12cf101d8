//! Two to four functions that heal, somebody who holds no lease, and an operator, on random schedules: who is served
//! next, whose answer is late, when time passes. `make races` runs 100,000; `make races-mixed` plays every second
//! function by the code of an earlier commit.
//!
//! `RACES` is how many, `RACES_SEED` the first seed; a schedule is its seed, so `RACES=1 RACES_SEED=n` replays one.

#[cfg(feature = "mixed")]
mod before;
mod cast;
mod desk;
mod judge;
mod schedule;
mod tally;

use schedule::Stage;
use tally::Tally;

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

#[test]
fn no_schedule_breaks_a_promise() {
    let (schedules, first) = (number("RACES", 120), number("RACES_SEED", 1));
    println!("{schedules} schedules from seed {first}");
    let threads = std::thread::available_parallelism().map_or(1, usize::from) as u64;
    let tally = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|worker| {
                scope.spawn(move || {
                    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                    runtime.block_on(tokio::task::unconstrained(async {
                        let mut stage = Stage::new();
                        let mut tally = Tally::default();
                        for seed in (first..first + schedules).filter(|seed| seed % threads == worker) {
                            tally.add(&stage.play(seed).await);
                        }
                        tally
                    }))
                })
            })
            .collect();
        let mut all = Tally::default();
        for worker in workers {
            all.add(&worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        all
    });
    println!("{tally}");
    // What never happens is not tested.
    if schedules >= 120 {
        assert!(tally.did_something(), "nobody could do anything: {tally}");
    }
    if schedules >= 5_000 {
        assert!(tally.is_full(), "a case is missing: {tally}");
    }
}
