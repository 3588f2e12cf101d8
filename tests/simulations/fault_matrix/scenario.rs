//! What runs, and what of it has to be true however it ends.

use std::collections::BTreeSet;

use serde_json::Value as Json;
use tagmend_diagnosis::{Change, Plan, Reason};
use tagmend_remedy::{Outcome, Report, Treated, TreatedChange, Treatment};
use tagmend_sandbox::{AccountStatus, World};
use tagmend_tests::simulation::Simulation;
use tagmend_tests::{bent_baseline, event, world};

use super::Ending;

/// What `heal` is given.
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    events: Vec<&'static str>,
    /// What is broken: keys that are not mapped, and permission sets that an account has an old version of.
    keys: Vec<&'static str>,
    outdated: Vec<(usize, &'static str)>,
}

pub(crate) fn scenarios() -> Vec<Scenario> {
    let deployer = (6, "444455556666");
    vec![
        Scenario {
            name: "a mapping is restored",
            events: vec!["mapping-missing/explicit-deny"],
            keys: vec!["Department"],
            outdated: vec![],
        },
        Scenario {
            name: "a permission set is provisioned",
            events: vec!["not-provisioned/start-build"],
            keys: vec![],
            outdated: vec![deployer],
        },
        Scenario {
            name: "both, and everything that is asked besides",
            events: vec![
                "mapping-missing/explicit-deny",
                "not-provisioned/start-build",
                "intended/managed-policy-does-not-allow",
                "mapping-missing/scp-denies-without-the-tag",
                "resource-tag/ec2-old-form-decoded",
                "resource-tag/service-answers-for-itself",
                "bucket-abac-off/get-object",
            ],
            keys: vec!["Department"],
            outdated: vec![deployer],
        },
    ]
}

impl Scenario {
    pub(crate) fn events(&self) -> Vec<Json> {
        self.events.iter().copied().map(event).collect()
    }

    pub(crate) fn outdated_and_keys(&self) -> usize {
        self.outdated.len() + self.keys.len()
    }

    pub(crate) fn simulation(&self) -> Simulation {
        Simulation::new(world(), &bent_baseline(|_| {}))
    }

    /// Says how a run ended. Stops the test where nothing explains it.
    pub(crate) fn judge(&self, start: &World, end: &World, report: &Report, place: &str) -> Ending {
        self.check_nothing_else_changed(start, end, place);
        let broken: Vec<&str> = self
            .keys
            .iter()
            .filter(|key| !is_mapped(end, key))
            .copied()
            .chain(self.outdated.iter().filter(|set| !is_latest(end, set)).map(|(_, account)| *account))
            .collect();
        let mut claimed = BTreeSet::new();
        let mut explained = BTreeSet::new();
        for TreatedChange { change, outcome, .. } in &report.changes {
            let thing = match change {
                Change::RestoreMapping { key, .. } => key.clone(),
                Change::Reprovision { account, .. } => account.clone(),
            };
            match outcome {
                Some(Outcome::Fixed(_) | Outcome::FoundInPlace(_) | Outcome::AlreadyInPlace) => {
                    claimed.insert(thing)
                }
                Some(_) => explained.insert(thing),
                None => panic!("{place}: nothing says what became of {change}"),
            };
        }
        for thing in &broken {
            assert!(!claimed.contains(*thing), "{place}: {thing} is called fixed and is not: {report:?}");
            assert!(
                explained.contains(*thing) || self.is_unanswered(thing, report),
                "{place}: nothing is said of {thing}: {report:?}"
            );
        }
        if broken.is_empty() { Ending::Healed } else { Ending::Explained }
    }

    /// Whether AWS did not answer what is asked of a denial that this thing made, and it comes again.
    fn is_unanswered(&self, thing: &str, report: &Report) -> bool {
        let cause = if self.keys.contains(&thing) { "mapping-missing/" } else { "not-provisioned/" };
        let records = self.events.iter().zip(&report.treated);
        let mut of_this = records.filter(|(name, _)| name.starts_with(cause)).map(|(_, treated)| treated);
        let is_said = |treatment: &Treatment| match treatment {
            Treatment::Unanswered(_) => true,
            Treatment::Diagnosed { plan, .. } => matches!(plan, Plan::Nothing(Reason::NotAsked(_))),
        };
        of_this.any(|treated| {
            matches!(treated, Treated::Failure(_, treatment) if is_said(treatment)) && treated.is_unfinished()
        })
    }

    /// After the troubles are over, and the message came again: healed, once.
    pub(crate) fn check_end(&self, simulation: &Simulation, place: &str) {
        let end = simulation.cloud.world();
        let start = world();
        self.check_nothing_else_changed(&start, &end, place);
        for key in &self.keys {
            assert!(is_mapped(&end, key), "{place}: {key} is not mapped in the end");
        }
        for set in &self.outdated {
            assert!(is_latest(&end, set), "{place}: {set:?} is not provisioned in the end");
        }
        let fixes = simulation.fixes().len() - recorded(&start);
        assert_eq!(
            fixes,
            self.keys.len() + self.outdated.len(),
            "{place}: one fix of each thing in the journal"
        );
    }

    /// Whether everything is healed and recorded.
    pub(crate) fn is_whole(&self, simulation: &Simulation) -> bool {
        let end = simulation.cloud.world();
        let recorded = simulation.fixes().len() - recorded(&world());
        self.keys.iter().all(|key| is_mapped(&end, key))
            && self.outdated.iter().all(|set| is_latest(&end, set))
            && recorded == self.keys.len() + self.outdated.len()
    }

    /// Nothing but what is broken may differ, and it may differ only by being whole.
    fn check_nothing_else_changed(&self, start: &World, end: &World, place: &str) {
        let before = start.attribute_mappings.clone().unwrap();
        let after = end.attribute_mappings.clone().unwrap();
        assert!(
            before.iter().all(|mapping| after.contains(mapping)),
            "{place}: a mapping is gone: {after:?}"
        );
        let added: Vec<&str> = after
            .iter()
            .filter(|mapping| !before.contains(mapping))
            .map(|mapping| mapping.key.as_str())
            .collect();
        assert!(added.iter().all(|key| self.keys.contains(key)), "{place}: {added:?}");
        for (index, (old, new)) in start.permission_sets.iter().zip(&end.permission_sets).enumerate() {
            let mut old = serde_json::to_value(old).unwrap();
            let new = serde_json::to_value(new).unwrap();
            for (set, account) in self.outdated.iter().filter(|(set, _)| *set == index) {
                assert_eq!(*set, index);
                old["accounts"][account] = new["accounts"][account].clone();
            }
            assert_eq!(old, new, "{place}");
        }
    }
}

fn is_mapped(world: &World, key: &str) -> bool {
    world.attribute_mappings.as_ref().unwrap().iter().any(|mapping| mapping.key == key)
}

fn is_latest(world: &World, (set, account): &(usize, &'static str)) -> bool {
    world.permission_sets[*set].accounts[*account] == AccountStatus::Provisioned
}

/// How many fixes a world's journal holds.
fn recorded(world: &World) -> usize {
    world.journal.objects.keys().filter(|name| name.starts_with("fixes/")).count()
}
