//! What must never happen, checked when a request is served.

use std::collections::BTreeMap;

use axum::http::Request;
use jiff::Timestamp;
use serde_json::{Value as Json, json};
use tagmend_diagnosis::{Baseline, Owner};
use tagmend_sandbox::{AttributeMapping, World};
use tagmend_tests::wire::name;

use super::cast::Effect;

/// Reads of a permission set.
const POLICIES: [&str; 5] = [
    "DescribePermissionSet",
    "GetInlinePolicyForPermissionSet",
    "GetPermissionsBoundaryForPermissionSet",
    "ListCustomerManagedPolicyReferencesInPermissionSet",
    "ListManagedPoliciesInPermissionSet",
];
const UPDATE: &str = "UpdateInstanceAccessControlAttributeConfiguration";
const PROVISION: &str = "ProvisionPermissionSet";
const HOLD: &str = "GET /tagmend-journal/hold.json";
const LEASE: &str = "GET /tagmend-journal/lease.json";
const DESCRIBE: &str = "DescribeInstanceAccessControlAttributeConfiguration";

/// What is known of one actor.
#[derive(Debug, Default)]
struct Known {
    /// Names of the calls that were served, in order.
    served: Vec<String>,
    list: Vec<AttributeMapping>,
    /// Whether all writing was on hold when it looked last, and whether anything was.
    saw_hold: bool,
    saw_any_hold: bool,
    fencing: Option<u64>,
}

/// The judge of one schedule.
pub(crate) struct Judge<'a> {
    baseline: &'a Baseline,
    operator: usize,
    known: BTreeMap<usize, Known>,
    /// Mappings of strangers.
    strangers: Vec<AttributeMapping>,
    removals: BTreeMap<String, usize>,
    restored: BTreeMap<String, usize>,
    /// Those that one of our writes took away.
    pub(crate) losses: Vec<AttributeMapping>,
    /// CloudTrail's records of the strangers' writes.
    pub(crate) trail: Vec<Json>,
    pub(crate) writes: usize,
    pub(crate) rollbacks: usize,
    pub(crate) provisionings: usize,
    pub(crate) refusals: usize,
}

impl Known {
    fn check_right_to_write(&self, looks: &[&str], world: &World, now: Timestamp) {
        let lease = &world.journal.objects["lease.json"];
        assert_eq!(lease["fencing"].as_u64(), self.fencing, "it writes, and the lease is somebody else's");
        let expires: Timestamp = lease["expires"].as_str().unwrap().parse().unwrap();
        assert!(now < expires, "it writes, and its lease ran out at {expires}");
        // At the same time snapshots are stored, and the policies to be provisioned are read.
        let is_of_the_last_look = |name: &&String| {
            looks.contains(&name.as_str())
                || name.starts_with("PUT /tagmend-journal/snapshots/")
                || POLICIES.contains(&name.as_str())
        };
        let last: Vec<&String> = self.served.iter().rev().take_while(is_of_the_last_look).collect();
        let is_looked_at = |look: &&str| last.iter().any(|name| name == look);
        assert!(looks.iter().all(is_looked_at), "right before a write, everything is looked at: {last:?}");
    }
}

impl<'a> Judge<'a> {
    pub(crate) fn new(baseline: &'a Baseline, operator: usize) -> Judge<'a> {
        Judge {
            baseline,
            operator,
            known: BTreeMap::new(),
            strangers: Vec::new(),
            removals: BTreeMap::new(),
            restored: BTreeMap::new(),
            losses: Vec::new(),
            trail: Vec::new(),
            writes: 0,
            rollbacks: 0,
            provisionings: 0,
            refusals: 0,
        }
    }

    /// A stranger wrote.
    pub(crate) fn stranger(&mut self, effect: &Effect, now: Timestamp) {
        self.strangers.extend(effect.added.iter().cloned());
        self.trail.push(record(&effect.list, now));
        for mapping in &effect.removed {
            *self.removals.entry(mapping.key.clone()).or_default() += 1;
        }
    }

    /// A request is about to be served.
    pub(crate) fn before(&mut self, actor: usize, request: &Request<Vec<u8>>, world: &World, now: Timestamp) {
        let name = name(request);
        match name.as_str() {
            UPDATE => self.write(actor, request, world, now),
            PROVISION => self.provision(actor, request, world, now),
            _ => {}
        }
        let known = self.known.entry(actor).or_default();
        if name == DESCRIBE {
            known.list = world.attribute_mappings.clone().unwrap();
        } else if name.starts_with("GET") && name.ends_with("hold.json") {
            let hold = world.journal.objects.get("hold.json");
            known.saw_hold = hold.is_some_and(|hold| !hold["all"].is_null());
            let has_keys = |hold: &Json| hold["keys"].as_object().is_some_and(|keys| !keys.is_empty());
            known.saw_any_hold = known.saw_hold || hold.is_some_and(has_keys);
        } else if name.starts_with("PUT") && name.ends_with("lease.json") {
            let body = String::from_utf8_lossy(request.body());
            let lease = body.split_once('{').and_then(|(_, rest)| rest.split_once('}'));
            let lease: Json = serde_json::from_str(&format!("{{{}}}", lease.unwrap().0)).unwrap();
            known.fencing = lease["fencing"].as_u64();
        }
        known.served.push(name);
    }

    /// AWS refuses a request.
    pub(crate) fn refused(&mut self, actor: usize, request: &Request<Vec<u8>>) {
        self.refusals += 1;
        self.known.entry(actor).or_default().served.push(name(request));
    }

    /// At the end: the journal calls ours only what one of our writes made, and what was refused counts for nothing.
    pub(crate) fn check_journal(&self, world: &World, report_of_budget: bool) {
        let objects = &world.journal.objects;
        let mut verified: BTreeMap<&str, usize> = BTreeMap::new();
        for (name, object) in objects {
            let id = name.strip_prefix("fixes/").and_then(|name| name.strip_suffix(".json"));
            let Some(id) = id else { continue };
            // The earlier build knows no `not_made/`: it records a refused write as its fix where the mapping is there. What
            // this build makes of such an object, `operators::since_the_fix` tells.
            if cfg!(feature = "mixed") {
                continue;
            }
            for why in ["refused", "stopped"] {
                let not_made = format!("not_made/{id}/{why}.json");
                // Its run may say so when its lease had run out and another has found the state in place.
                let is_ours = object.get("recovered").is_none();
                assert!(!is_ours || !objects.contains_key(&not_made), "{id} was not made, and is a fix");
            }
            assert!(object["verified"] == json!(false) || object.get("recovered").is_none(), "{object}");
            let thing = id.split_once('/').unwrap().1;
            *verified.entry(thing).or_default() += usize::from(object["verified"] == json!(true));
        }
        for (thing, times) in verified {
            let made = match thing.split_once('/').unwrap() {
                ("restore_mapping", key) => self.restored.get(key).copied().unwrap_or_default(),
                ("provision", _) => self.provisionings,
                _ => self.rollbacks,
            };
            assert!(times <= made, "{thing} is called ours {times} times, and we made it {made} times");
        }
        let count = |folder: &str| objects.keys().filter(|name| name.starts_with(folder)).count();
        let counted = count("snapshots/") - count("not_made/");
        let limit = self.baseline.limits.fixes_per_hour;
        // The last one is for mappings.
        assert!(!report_of_budget || counted + 1 >= limit, "the budget of {limit} is spent by {counted}");
    }

    /// A request has no token that would make a second one harmless.
    fn provision(&mut self, actor: usize, request: &Request<Vec<u8>>, world: &World, now: Timestamp) {
        let known = &self.known[&actor];
        known.check_right_to_write(&[HOLD, LEASE], world, now);
        assert!(
            !known.saw_hold && actor != self.operator,
            "it provisions under a hold that it could have seen"
        );
        let body: Json = serde_json::from_slice(request.body()).unwrap();
        let deployer = self.baseline.permission_set("Deployer").unwrap();
        assert_eq!(body["PermissionSetArn"], deployer.arn.as_str());
        assert_eq!((&body["TargetType"], &body["TargetId"]), (&json!("AWS_ACCOUNT"), &json!("444455556666")));
        self.provisionings += 1;
        assert_eq!(self.provisionings, 1, "it provisions twice what was outdated once");
    }

    fn write(&mut self, actor: usize, request: &Request<Vec<u8>>, world: &World, now: Timestamp) {
        self.writes += 1;
        let known = &self.known[&actor];
        let is_operator = actor == self.operator;
        let live = world.attribute_mappings.clone().unwrap();
        let next = list(request);
        known.check_right_to_write(&[DESCRIBE, HOLD, LEASE], world, now);
        if is_operator {
            self.rollbacks += 1;
            let gone: Vec<&str> = known
                .list
                .iter()
                .filter(|mapping| !next.contains(mapping))
                .map(|mapping| mapping.key.as_str())
                .collect();
            assert_eq!(
                (gone.len(), next.len() + 1),
                (1, known.list.len()),
                "a rollback takes one mapping away"
            );
            assert!(self.restored.contains_key(gone[0]), "it takes {gone:?} away, which we never made");
        } else {
            assert!(!known.saw_any_hold, "it writes under a hold that it could have seen");
            for mapping in &known.list {
                assert!(next.contains(mapping), "it drops {mapping:?}, which it saw");
            }
        }
        for mapping in next.iter().filter(|mapping| !known.list.contains(mapping)) {
            let approved = self.baseline.mapping(&mapping.key).expect("what it adds is in the baseline");
            match approved.owner {
                Owner::IdentityStore(source) => assert_eq!(source.expression(), mapping.source),
                Owner::Idp => panic!("it maps a key of the IdP"),
            }
            let times = self.restored.entry(mapping.key.clone()).or_default();
            *times += 1;
            let removals = self.removals.get(&mapping.key).copied().unwrap_or_default() + self.rollbacks;
            assert!(*times <= 1 + removals, "{} is restored {times} times", mapping.key);
        }
        for mapping in &self.strangers {
            // What an operator saw he takes away on purpose.
            let is_meant = is_operator && known.list.contains(mapping);
            if live.contains(mapping) && !next.contains(mapping) && !is_meant {
                assert!(!known.list.contains(mapping), "it loses {mapping:?}, which it saw");
                self.losses.push(mapping.clone());
            }
        }
    }
}

/// The event of a stranger's write.
fn record(list: &[AttributeMapping], time: Timestamp) -> Json {
    let attributes =
        list.iter().map(|mapping| json!({"key": mapping.key, "value": {"source": [mapping.source]}}));
    json!({"detail-type": "AWS API Call via CloudTrail", "source": "aws.sso", "account": "999999999999", "detail": {
        "eventID": format!("stranger-{time}"),
        "eventName": UPDATE,
        "eventSource": "sso.amazonaws.com",
        "eventTime": time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        "awsRegion": "eu-west-1",
        "userIdentity": {"type": "AssumedRole", "sessionContext": {"sessionIssuer": {"userName": "terraform"}}},
        "requestParameters": {
            "instanceAccessControlAttributeConfiguration": {
                "accessControlAttributes": attributes.collect::<Vec<_>>(),
            },
        },
    }})
}

fn list(request: &Request<Vec<u8>>) -> Vec<AttributeMapping> {
    let body: Json = serde_json::from_slice(request.body()).unwrap();
    let attributes = &body["InstanceAccessControlAttributeConfiguration"]["AccessControlAttributes"];
    let attributes = attributes.as_array().unwrap().iter();
    attributes
        .map(|attribute| AttributeMapping {
            key: attribute["Key"].as_str().unwrap().to_owned(),
            source: attribute["Value"]["Source"][0].as_str().unwrap().to_owned(),
        })
        .collect()
}
