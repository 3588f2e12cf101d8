//! For random worlds and batches, in any order, with duplicates: what is planned is what is made, twice is once, and
//! nothing is written more often than there are broken things.

use std::sync::LazyLock;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::Value as Json;
use tagmend_diagnosis::Change;
use tagmend_remedy::Report;
use tagmend_sandbox::{AccountStatus, AttributeMapping, World};
use tagmend_tests::simulation::Simulation;
use tagmend_tests::{bent_baseline, events_of_the_main_world, world};

static EVENTS: LazyLock<Vec<Json>> = LazyLock::new(events_of_the_main_world);

/// How a world and a batch differ from the sample.
#[derive(Clone, Debug)]
struct Case {
    unmapped: Vec<Index>,
    outdated: Vec<Index>,
    foreign: bool,
    page_size: usize,
    looks: u32,
    batch: Vec<Index>,
    again: Vec<Index>,
}

fn cases() -> impl Strategy<Value = Case> {
    let some = |most: usize| vec(any::<Index>(), 0..=most);
    (some(3), some(3), any::<bool>(), 1..100_usize, 0..4_u32, vec(any::<Index>(), 1..12), some(12)).prop_map(
        |(unmapped, outdated, foreign, page_size, looks, batch, again)| Case {
            unmapped,
            outdated,
            foreign,
            page_size,
            looks,
            batch,
            again,
        },
    )
}

impl Case {
    fn world(&self) -> World {
        let mut world = world();
        let mappings = world.attribute_mappings.as_mut().unwrap();
        for index in &self.unmapped {
            if !mappings.is_empty() {
                mappings.swap_remove(index.index(mappings.len()));
            }
        }
        if self.foreign {
            mappings.push(AttributeMapping { key: "Region".to_owned(), source: "${path:locale}".to_owned() });
        }
        for index in &self.outdated {
            let count = world.permission_sets.len();
            for status in world.permission_sets[index.index(count)].accounts.values_mut() {
                *status = AccountStatus::Outdated;
            }
        }
        world.page_size = self.page_size;
        world.provisioning_looks = self.looks;
        world
    }

    fn batch(&self) -> Vec<Json> {
        self.batch.iter().chain(&self.again).map(|index| EVENTS[index.index(EVENTS.len())].clone()).collect()
    }

    /// The keys that are approved and not mapped count as one: all go out in one write.
    fn most_writes(&self) -> usize {
        let world = self.world();
        let accounts = world.permission_sets.iter().flat_map(|set| set.accounts.values());
        1 + accounts.filter(|status| **status == AccountStatus::Outdated).count()
    }
}

/// A world without what grows with every run: metrics, what was announced, the lease's number and what runs leave for a
/// review.
fn still(world: &World) -> Json {
    let mut world = serde_json::to_value(world).unwrap();
    for grows in ["metrics", "events"] {
        world.as_object_mut().unwrap().remove(grows);
    }
    let objects = world["journal"]["objects"].as_object_mut().unwrap();
    let grows = |name: &str| {
        let is_one = ["lease.json", "keys/users.json"].contains(&name);
        is_one || name.starts_with("runs/") || name.starts_with("related/")
    };
    objects.retain(|name, _| !grows(name));
    world
}

/// What was asked for.
fn changes(report: &Report) -> Vec<&Change> {
    report.changes.iter().map(|it| &it.change).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn twice_is_once(case in cases()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut simulation = Simulation::new(case.world(), &bent_baseline(|_| {}));
            let batch = case.batch();
            let plan = simulation.plan(&batch).await;
            let report = simulation.heal(&batch).await;
            prop_assert_eq!(changes(&plan), changes(&report));
            let once = still(&simulation.cloud.world());
            let writes = simulation.writes();
            prop_assert!(writes <= case.most_writes(), "{} writes", writes);
            simulation.heal(&batch).await;
            prop_assert_eq!(&still(&simulation.cloud.world()), &once);
            simulation.wait();
            let turned: Vec<Json> = batch.iter().rev().cloned().collect();
            simulation.heal(&turned).await;
            prop_assert_eq!(&still(&simulation.cloud.world()), &once);
            prop_assert_eq!(simulation.writes(), writes);
            Ok(())
        })?;
    }
}
