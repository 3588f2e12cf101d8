//! What leads to a write is looked at afresh, whatever an earlier batch of the same place read.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value as Json, json};
use tagmend_diagnosis::Baseline;
use tagmend_remedy::{Clock, Outcome, Refusal, Report};
use tagmend_sandbox::{AttributeMapping, Cloud, World};
use tagmend_tests::simulation::{Function, Simulation};
use tagmend_tests::wire::Straight;
use tagmend_tests::{bent_baseline, event, roles, world};

const DENIAL: &str = "mapping-missing/resource-tag-condition";

/// One place of the function, and what it heals.
struct Place {
    cloud: Cloud,
    function: Function,
    now: Timestamp,
}

impl Place {
    fn new(world: World, baseline: &Baseline) -> Place {
        let (now, bucket) = (world.now.parse().unwrap(), world.journal.bucket.clone());
        let roles = roles(baseline, &world, |_, _| {});
        let cloud = Cloud::new(world);
        cloud.enforce(roles);
        let line = Arc::new(Straight(cloud.clone()));
        let function = Function::start(line, "fresh-looks", &bucket, baseline);
        Place { cloud, function, now }
    }

    /// Treats a denial, ten seconds after the last one.
    async fn treat(&mut self, name: &str) -> Report {
        self.now += SignedDuration::from_secs(10);
        self.function.invoke(&[event(name)], Clock::Fixed(self.now)).await
    }

    fn hold(&self, hold: Option<Json>) {
        self.cloud.change(|world| {
            world.journal.objects.remove("hold.json");
            world.journal.objects.extend(hold.map(|hold| ("hold.json".to_owned(), hold)));
        });
    }

    fn is_mapped(&self, key: &str) -> bool {
        self.cloud
            .look(|world| world.attribute_mappings.as_ref().unwrap().iter().any(|mapping| mapping.key == key))
    }
}

fn outcomes(report: &Report) -> Vec<Option<&Outcome>> {
    report.changes.iter().map(|change| change.outcome.as_ref()).collect()
}

#[tokio::test]
async fn policies_that_an_earlier_batch_read_lead_to_no_write() {
    let mut place = Place::new(world(), &bent_baseline(|_| {}));
    place.hold(Some(json!({"schema": 1, "everything": {}})));
    let held = place.treat(DENIAL).await;
    assert_eq!(outcomes(&held), [Some(&Outcome::Refused(Refusal::Hold))]);
    // The tag would be of no use any more, and no record tells of it.
    place.hold(None);
    place.cloud.change(|world| {
        let set = world.permission_sets.iter_mut().find(|set| set.name == "FinanceAnalyst").unwrap();
        set.inline_policy = Some(json!({"Version": "2012-10-17", "Statement": []}));
    });
    let report = place.treat(DENIAL).await;
    assert_eq!((outcomes(&report), place.is_mapped("Department")), (Vec::new(), false));
}

#[tokio::test]
async fn what_is_written_right_before_is_seen_by_the_last_look() {
    let simulation = Simulation::new(world(), &bent_baseline(|_| {}));
    let begins = "PUT /tagmend-journal/snapshots/20261123T120000.000Z/restore_mapping/Department.json";
    let stranger = AttributeMapping { key: "Stranger".to_owned(), source: "${path:locale}".to_owned() };
    let theirs = stranger.clone();
    let write = move |cloud: &Cloud| {
        cloud.change(|world| world.attribute_mappings.as_mut().unwrap().push(theirs));
    };
    let report = simulation.heal_while(&[event(DENIAL)], begins, write).await;
    assert_eq!(outcomes(&report), [Some(&Outcome::Refused(Refusal::StateChanged))]);
    assert!(simulation.cloud.look(|world| world.attribute_mappings.as_ref().unwrap().contains(&stranger)));
    assert_eq!(simulation.writes(), 0);
}

/// An index in which so many permission sets mention the department.
fn index(mentioning: usize) -> Json {
    let set = json!({
        "time": "2026-11-23T11:55:00Z", "name": "A", "policy_digest": null, "keys": {"department": ["inline"]},
        "has_unseen_policies": false,
    });
    let sets: serde_json::Map<String, Json> = (0..mentioning)
        .map(|number| (format!("arn:aws:sso:::permissionSet/i/ps-{number}"), set.clone()))
        .collect();
    json!({"schema": 2, "time": "2026-11-23T11:55:00Z", "unread": [], "permission_sets": sets})
}

#[tokio::test]
async fn an_index_that_an_earlier_batch_read_decides_nothing() {
    let baseline = bent_baseline(|baseline| baseline["limits"]["permission_sets_per_key"] = json!(1));
    let mut place = Place::new(world(), &baseline);
    for (mentioning, is_fixed) in [(2, false), (1, true)] {
        place.cloud.change(|world| {
            world.journal.objects.insert("index.json".to_owned(), index(mentioning));
        });
        let report = place.treat(DENIAL).await;
        let outcome = outcomes(&report)[0].unwrap();
        assert!(matches!(
            (is_fixed, outcome),
            (false, Outcome::Refused(Refusal::BlastRadius { .. })) | (true, Outcome::Fixed(_))
        ));
    }
}

#[tokio::test]
async fn a_lease_that_was_given_back_since_it_was_found_is_tried_once_more() {
    let simulation = Simulation::new(world(), &bent_baseline(|_| {}));
    let turn = |cloud: &Cloud| {
        cloud.change(|world| world.journal.objects.get_mut("lease.json").unwrap()["fencing"] = json!(41));
    };
    let report = simulation.heal_while(&[event(DENIAL)], "PUT /tagmend-journal/lease.json", turn).await;
    assert!(matches!(outcomes(&report)[..], [Some(Outcome::Fixed(_))]), "{:?}", outcomes(&report));
    let fencing = simulation.cloud.look(|world| world.journal.objects["lease.json"]["fencing"].clone());
    assert_eq!(fencing, 42);
}

#[tokio::test]
async fn what_an_earlier_batch_could_not_see_is_looked_at_again() {
    let denial = "service-control-policy/region-policy-read";
    let mut cold = Place::new(world(), &bent_baseline(|_| {}));
    let seen = format!("{:?}", cold.treat(denial).await.treated);
    let mut place = Place::new(world(), &bent_baseline(|_| {}));
    let policies = place.cloud.look(|world| world.organization_policies.clone());
    place.cloud.change(|world| world.organization_policies.clear());
    assert_ne!(format!("{:?}", place.treat(denial).await.treated), seen, "the policy decides");
    place.cloud.change(|world| world.organization_policies = policies);
    assert_eq!(format!("{:?}", place.treat(denial).await.treated), seen);
}
