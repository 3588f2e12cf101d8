//! Random histories of fixes, rollbacks, edits, approvals, writes of others, unreadable things and clocks that differ: what
//! `watch` says of each fix is what a judge says who knows the whole history, and what it could not see it calls unseen.
//!
//! A history that fails prints its steps; proptest makes them few.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use serde_json::{Value as Json, json};
use tagmend_diagnosis::clocks::APART;
use tagmend_diagnosis::standing::Standing;
use tagmend_diagnosis::{Baseline, PastChange, PermissionSet, Provisioning};
use tagmend_remedy::Inspection;
use tagmend_sandbox::{AccountStatus, AttributeMapping, Fault, World};
use tagmend_tests::simulation::Simulation;
use tagmend_tests::{bent_baseline, world};

const KEYS: [&str; 2] = ["Department", "CostCenter"];
const SOURCES: [&str; 2] = ["${path:enterprise.department}", "${path:enterprise.costCenter}"];
const OTHER: &str = "${path:title}";
const ACCOUNT: &str = "444455556666";
const SET: &str = "ps-1a2b3c4d5e6f7006";
/// Calls that may fail while `watch` looks.
const READS: [&str; 7] = [
    "s3:GetObject",
    "s3:ListBucket",
    "sso:DescribePermissionSet",
    "sso:GetInlinePolicyForPermissionSet",
    "sso:ListAccountsForProvisionedPermissionSet",
    "sso:ListPermissionSets",
    "sso:DescribeInstanceAccessControlAttributeConfiguration",
];
/// A fix that is older than this has settled, whatever clock named it: twice the time that clocks may differ more.
const SURELY_SETTLED: SignedDuration = SignedDuration::from_mins(4);

/// What happens. A clock is off by so many seconds, up to the allowance.
#[derive(Clone, Debug)]
enum Step {
    Restore { key: usize, clock: i64 },
    RollBack { key: usize, clock: i64, record: Record },
    Unmap(usize),
    Remap(usize, bool),
    Approve(usize, bool),
    TurnOff,
    TurnOn,
    Pending(bool),
    Provision { clock: i64, end: End },
    EditPolicies,
    EditAndBack,
    ApprovePolicies,
    LoseAccount,
    DeleteSet,
    Wait(bool),
    Look(Option<(usize, u32, bool)>),
}

/// What the journal has of a rollback.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Record {
    Verified,
    Lost,
    /// A later version wrote it.
    Later,
}

/// How AWS ended a provisioning, and whether its run saw that.
#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    Seen,
    Failed,
    NotSeen,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let clock = -60..=60_i64;
    let key = 0..KEYS.len();
    let record = prop_oneof![2 => Just(Record::Verified), 2 => Just(Record::Lost), 1 => Just(Record::Later)];
    let end = prop_oneof![4 => Just(End::Seen), 1 => Just(End::Failed), 1 => Just(End::NotSeen)];
    let read = prop_oneof![3 => Just(0), 4 => 0..READS.len()];
    let trouble = prop::option::of((read, 0..6_u32, any::<bool>()));
    let step = prop_oneof![
        6 => (key.clone(), clock.clone()).prop_map(|(key, clock)| Step::Restore { key, clock }),
        3 => (key.clone(), clock.clone(), record).prop_map(|(key, clock, record)| Step::RollBack { key, clock, record }),
        3 => key.clone().prop_map(Step::Unmap),
        2 => (key.clone(), any::<bool>()).prop_map(|(key, same)| Step::Remap(key, same)),
        1 => (key, any::<bool>()).prop_map(|(key, same)| Step::Approve(key, same)),
        1 => Just(Step::TurnOff),
        1 => Just(Step::TurnOn),
        1 => any::<bool>().prop_map(Step::Pending),
        5 => (clock, end).prop_map(|(clock, end)| Step::Provision { clock, end }),
        1 => Just(Step::EditPolicies),
        2 => Just(Step::EditAndBack),
        1 => Just(Step::ApprovePolicies),
        1 => Just(Step::LoseAccount),
        1 => Just(Step::DeleteSet),
        5 => any::<bool>().prop_map(Step::Wait),
        6 => trouble.prop_map(Step::Look),
    ];
    prop::collection::vec(step, 8..40)
}

/// A fix, as the judge knows it.
struct Fix {
    made: Timestamp,
    named: Timestamp,
    change: PastChange,
    thing: Thing,
    rolled_back: Option<Record>,
    /// What was true of it whenever `watch` looked, since it had settled.
    truths: Vec<Standing>,
}

enum Thing {
    Mapping { key: usize, source: &'static str },
    Provisioning { version: u32, end: End },
}

/// The whole history, as far as it matters.
struct Judge {
    mappings: Option<BTreeMap<usize, &'static str>>,
    is_pending: bool,
    approved: [&'static str; 2],
    version: u32,
    approved_version: u32,
    exists: bool,
    status: Option<AccountStatus>,
    fixes: Vec<Fix>,
    /// Rollbacks that a later version recorded: keys and times.
    not_understood: Vec<(usize, Timestamp)>,
    names: i64,
}

impl Judge {
    /// What is true of a fix now.
    fn truth(&self, fix: &Fix) -> Standing {
        match fix.thing {
            _ if fix.rolled_back == Some(Record::Verified) => Standing::RolledBack,
            // What is said in a format that nobody here knows may be of any fix before it.
            Thing::Mapping { key, .. } if self.is_clouded(key, fix.named) => Standing::Unseen,
            // The state tells, where the record was lost.
            Thing::Mapping { key, .. } if fix.rolled_back.is_some() && !self.may_be_mapped(key) => {
                Standing::RolledBack
            }
            Thing::Mapping { key, source } if self.approved[key] != source => Standing::Superseded,
            Thing::Mapping { .. } if self.is_pending() => Standing::Unseen,
            Thing::Mapping { key, source } => {
                let live = self.mappings.as_ref().and_then(|mappings| mappings.get(&key));
                if live == Some(&source) { Standing::Held } else { Standing::Undone }
            }
            Thing::Provisioning { end: End::Failed, .. } => Standing::NeverMade,
            Thing::Provisioning { .. } if !self.exists => Standing::Gone,
            Thing::Provisioning { version, .. }
                if version != self.version || version != self.approved_version =>
            {
                Standing::Superseded
            }
            Thing::Provisioning { end, .. } => match self.status {
                None => Standing::Gone,
                Some(AccountStatus::Provisioned) => Standing::Held,
                // Whether it was ever in place, nobody saw.
                Some(AccountStatus::Outdated) if end == End::NotSeen => Standing::Unseen,
                Some(AccountStatus::Outdated) => Standing::Undone,
            },
        }
    }

    fn is_clouded(&self, key: usize, named: Timestamp) -> bool {
        self.not_understood.iter().any(|(other, time)| *other == key && *time > named - APART)
    }

    /// What is off is not on its way.
    fn is_pending(&self) -> bool {
        self.is_pending && self.mappings.is_some()
    }

    fn may_be_mapped(&self, key: usize) -> bool {
        self.is_pending() || self.mappings.as_ref().is_some_and(|mappings| mappings.contains_key(&key))
    }

    fn policy(version: u32) -> Json {
        json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "codebuild:StartBuild", "Resource": format!("arn:aws:codebuild:*:*:project/web-{version}")},
        ]})
    }

    fn digest(version: u32) -> String {
        let set = PermissionSet {
            arn: String::new(),
            name: String::new(),
            session_duration: "PT1H".to_owned(),
            inline_policy: Some(Judge::policy(version).to_string()),
            managed_policies: vec![],
            customer_managed_policies: vec![],
            boundary: None,
            tags: None,
            provisioning: Provisioning::Latest,
        };
        set.policy_digest().unwrap().to_string()
    }

    fn baseline(&self) -> Baseline {
        bent_baseline(|baseline| {
            for mapping in baseline["attribute_mappings"].as_array_mut().unwrap() {
                if let Some(key) = KEYS.iter().position(|key| mapping["key"] == *key) {
                    mapping["source"] = json!(self.approved[key]);
                }
            }
            let sets = baseline["permission_sets"].as_array_mut().unwrap();
            sets.retain(|set| set["name"] == "Deployer");
            sets[0]["policy_digest"] = json!(Judge::digest(self.approved_version));
        })
    }

    /// The world as the history left it.
    fn write(&self, world: &mut World) {
        world.attribute_mappings = self.mappings.as_ref().map(|mappings| {
            let mapping = |(key, source): (&usize, &&str)| AttributeMapping {
                key: KEYS[*key].to_owned(),
                source: (*source).to_owned(),
            };
            mappings.iter().map(mapping).collect()
        });
        world.access_control_status = self.is_pending().then(|| "CREATION_IN_PROGRESS".to_owned());
        if !self.exists {
            world.permission_sets.retain(|set| set.name != "Deployer");
        }
        for set in world.permission_sets.iter_mut().filter(|set| set.name == "Deployer") {
            set.inline_policy = Some(Judge::policy(self.version));
            set.accounts = self.status.map(|status| (ACCOUNT.to_owned(), status)).into_iter().collect();
        }
    }

    /// The time that a clock gives to something, another each time.
    fn name(&mut self, now: Timestamp, clock: i64) -> Timestamp {
        self.names += 1;
        now + SignedDuration::from_secs(clock) + SignedDuration::from_millis(self.names)
    }

    fn newest(&self, key: usize) -> Option<usize> {
        self.fixes.iter().rposition(|fix| match fix.thing {
            Thing::Mapping { key: other, .. } => other == key && fix.rolled_back.is_none(),
            Thing::Provisioning { .. } => false,
        })
    }
}

fn object_name(folder: &str, time: Timestamp, thing: &str) -> (String, String) {
    let id = format!("{}/{thing}", time.strftime("%Y%m%dT%H%M%S.%3fZ"));
    (format!("{folder}/{id}.json"), id)
}

fn put(simulation: &Simulation, folder: &str, time: Timestamp, thing: &str, mut object: Json) -> String {
    let (name, id) = object_name(folder, time, thing);
    object["schema"] = json!(1);
    object["id"] = json!(id);
    simulation.cloud.change(|world| {
        assert!(world.journal.objects.insert(name, object).is_none());
    });
    id
}

/// One step; what `watch` said, where it looked, and whether something failed meanwhile.
async fn take(step: &Step, judge: &mut Judge, simulation: &mut Simulation) -> Option<Inspection> {
    let now = simulation.now;
    match *step {
        Step::Restore { key, clock } => {
            let mappings = judge
                .mappings
                .as_mut()
                .filter(|mappings| !judge.is_pending && !mappings.contains_key(&key))?;
            let source = judge.approved[key];
            mappings.insert(key, source);
            let named = judge.name(now, clock);
            let object = json!({"change": {"source": source}, "verified": true});
            put(simulation, "fixes", named, &format!("restore_mapping/{}", KEYS[key]), object);
            let change = PastChange::RestoredMapping { key: KEYS[key].to_owned() };
            let thing = Thing::Mapping { key, source };
            judge.fixes.push(Fix { made: now, named, change, thing, rolled_back: None, truths: vec![] });
        }
        Step::RollBack { key, clock, record } => {
            let index = judge.newest(key)?;
            // Tagmend takes away only what is there.
            judge.mappings.as_mut().filter(|_| !judge.is_pending)?.remove(&key)?;
            let (folder, verified) = match record {
                Record::Verified | Record::Later => ("fixes", json!(true)),
                Record::Lost => ("snapshots", Json::Null),
            };
            let named = judge.fixes[index].named;
            let (_, fix) = object_name("fixes", named, &format!("restore_mapping/{}", KEYS[key]));
            let object = json!({"change": {"kind": "roll_back", "fix": fix}, "verified": verified});
            // Names are in the order of the fencing numbers.
            let time = judge.name(now, clock).max(named + SignedDuration::from_millis(1));
            put(simulation, folder, time, &format!("roll_back/{}", KEYS[key]), object);
            if record == Record::Later {
                let (name, _) = object_name(folder, time, &format!("roll_back/{}", KEYS[key]));
                simulation
                    .cloud
                    .change(|world| world.journal.objects.get_mut(&name).unwrap()["schema"] = json!(2));
                judge.not_understood.push((key, time));
            }
            judge.fixes[index].rolled_back = Some(record);
        }
        Step::Unmap(key) => drop(judge.mappings.as_mut().map(|mappings| mappings.remove(&key))),
        Step::Remap(key, same) => {
            if let Some(mappings) = judge.mappings.as_mut() {
                mappings.insert(key, if same { SOURCES[key] } else { OTHER });
            }
        }
        Step::Approve(key, same) => judge.approved[key] = if same { SOURCES[key] } else { OTHER },
        Step::TurnOff => judge.mappings = None,
        Step::TurnOn => drop(judge.mappings.get_or_insert_default()),
        Step::Pending(is_pending) => judge.is_pending = is_pending,
        Step::Provision { clock, end } => {
            if !judge.exists || judge.status.is_none() || judge.version != judge.approved_version {
                return None;
            }
            if end == End::Seen {
                judge.status = Some(AccountStatus::Provisioned);
            }
            let named = judge.name(now, clock);
            let digest = Judge::digest(judge.version);
            let ended = match end {
                End::Seen => "LATEST_PERMISSION_SET_PROVISIONED",
                End::Failed => "FAILED",
                End::NotSeen => "IN_PROGRESS",
            };
            let object = json!({
                "change": {"policy_digest": digest}, "verified": end == End::Seen, "after": {"provisioning": ended},
            });
            put(simulation, "fixes", named, &format!("provision/{ACCOUNT}/{SET}"), object);
            let change =
                PastChange::Reprovisioned { account: ACCOUNT.to_owned(), permission_set_id: SET.to_owned() };
            let thing = Thing::Provisioning { version: judge.version, end };
            judge.fixes.push(Fix { made: now, named, change, thing, rolled_back: None, truths: vec![] });
        }
        Step::EditPolicies | Step::EditAndBack => {
            if matches!(step, Step::EditPolicies) {
                judge.version += 1;
            }
            judge.status = judge.status.map(|_| AccountStatus::Outdated);
        }
        Step::ApprovePolicies => judge.approved_version = judge.version,
        Step::LoseAccount => judge.status = None,
        Step::DeleteSet => judge.exists = false,
        Step::Wait(long) => simulation.now += SignedDuration::from_secs(if long { 700 } else { 20 }),
        Step::Look(trouble) => {
            simulation.baseline = judge.baseline();
            let faults = trouble.map(|(read, skip, all)| Fault {
                operation: READS[read].to_owned(),
                code: "AccessDeniedException".to_owned(),
                status: 400,
                skip,
                times: (!all).then_some(1),
                ..Fault::default()
            });
            simulation.cloud.change(|world| {
                judge.write(world);
                world.faults = faults.into_iter().collect();
            });
            let looked = simulation.watch().await;
            let is_met = trouble.is_some();
            return match looked {
                Ok(inspection) => {
                    check(judge, &inspection, now, is_met);
                    Some(inspection)
                }
                Err(error) => {
                    assert!(trouble.is_some(), "{error}");
                    None
                }
            };
        }
    }
    None
}

/// What was said is true, or unseen for a reason that is said too.
fn check(judge: &mut Judge, inspection: &Inspection, now: Timestamp, is_met: bool) {
    let truths: Vec<Standing> = judge.fixes.iter().map(|fix| judge.truth(fix)).collect();
    let is_said = !inspection.errors.is_empty() || inspection.completeness.unread() > 0;
    // That something was not understood is said with every look at it.
    if !judge.not_understood.is_empty() {
        assert!(inspection.completeness.fixes_unread, "a format that is not known is not told of");
    }
    for (fix, truth) in judge.fixes.iter_mut().zip(truths) {
        let is_it = |(said, _): &&(tagmend_diagnosis::PastFix, Standing)| {
            said.time == fix.named && said.change == fix.change
        };
        let Some((_, said)) = inspection.fixes.iter().find(is_it) else {
            assert!(is_met && inspection.completeness.fixes_unread, "{:?} is not told", fix.change);
            continue;
        };
        let is_young = now.duration_since(fix.made) <= SURELY_SETTLED;
        if !is_young {
            fix.truths.push(truth);
        }
        // A permission set that could not be read is told as it was seen when it could.
        let was_true = is_met && matches!(fix.thing, Thing::Provisioning { .. }) && fix.truths.contains(said);
        let may_be_unseen = is_young || (is_met && is_said);
        assert!(
            *said == truth || was_true || (*said == Standing::Unseen && may_be_unseen),
            "{:?} of {} is {truth:?}, and watch says {said:?} at {now}",
            fix.change,
            fix.named
        );
    }
    assert_eq!(inspection.fixes.len().min(judge.fixes.len()), inspection.fixes.len(), "none is made up");
}

async fn play(steps: &[Step]) -> usize {
    let mut world = world();
    world.permission_sets.retain(|set| ["Deployer", "CostReader"].contains(&set.name.as_str()));
    world.users.truncate(1);
    world.journal.objects.clear();
    world.begin_journal();
    let mut judge = Judge {
        mappings: Some(BTreeMap::new()),
        is_pending: false,
        approved: SOURCES,
        version: 0,
        approved_version: 0,
        exists: true,
        status: Some(AccountStatus::Outdated),
        fixes: vec![],
        not_understood: vec![],
        names: 0,
    };
    judge.write(&mut world);
    let mut simulation = Simulation::new(world, &judge.baseline());
    let mut told = 0;
    // At the end everything can be read and has settled: everything is told.
    let end = [Step::Wait(true), Step::Look(None)];
    for step in steps.iter().chain(&end) {
        let inspection = take(step, &mut judge, &mut simulation).await;
        told += inspection.map_or(0, |inspection| inspection.fixes.len());
    }
    told
}

proptest! {
    #![proptest_config(ProptestConfig { rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..ProptestConfig::with_cases(32) })]

    #[test]
    fn what_watch_says_of_a_fix_is_true_or_unseen(steps in steps()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(play(&steps));
    }
}

/// Whichever one object cannot be read.
#[tokio::test]
async fn a_fix_whose_rollback_cannot_be_read_is_not_called_undone() {
    for record in [Record::Verified, Record::Lost, Record::Later] {
        for skip in 0..6 {
            let steps = [
                Step::Restore { key: 0, clock: 60 },
                Step::Restore { key: 1, clock: -60 },
                Step::Wait(true),
                Step::RollBack { key: 0, clock: -60, record },
                Step::Wait(true),
                Step::Look(Some((0, skip, false))),
            ];
            assert!(play(&steps).await >= 4, "each fix is told at both looks");
        }
    }
}
