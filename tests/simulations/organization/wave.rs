//! A mapping is gone, and users of many permission sets and accounts are denied at once.

use std::collections::BTreeMap;

use super::*;

/// So often the queue hands out a message: `maxReceiveCount` in `infra/template.yaml`.
const RECEIPTS: usize = 5;

/// A denial of a user under a permission set that decides by the department.
fn denial(index: usize, set: &tagmend_sandbox::PermissionSet, account: &str, time: Timestamp) -> Json {
    let mut event = tagmend_tests::event("mapping-missing/delivered-late");
    let text = event.to_string();
    let issuer = event.pointer("/detail/userIdentity/sessionContext/sessionIssuer/userName").unwrap();
    let (role, old) = (issuer.as_str().unwrap().to_owned(), event["account"].as_str().unwrap().to_owned());
    let session = event.pointer("/detail/userIdentity/arn").unwrap().as_str().unwrap();
    let session = session.rsplit('/').next().unwrap().to_owned();
    let text = text
        .replace(&role, &format!("AWSReservedSSO_{}_0123456789abcdef", set.name))
        .replace(&old, account)
        .replace(&session, &format!("user{index:05}@example.com"));
    event = serde_json::from_str(&text).unwrap();
    let detail = event["detail"].as_object_mut().unwrap();
    detail.insert("eventTime".to_owned(), json!(time.to_string()));
    for id in ["eventID", "requestID"] {
        detail.insert(id.to_owned(), json!(format!("{id}-{index}")));
    }
    if let Some(behalf) = detail["userIdentity"].get_mut("onBehalfOf") {
        behalf["userId"] = json!(format!("{index:08x}-1111-2222-3333-444455556666"));
    }
    event
}

/// Permission sets that decide by the department.
fn by_department(cloud: &Cloud) -> Vec<tagmend_sandbox::PermissionSet> {
    let decides = |set: &&tagmend_sandbox::PermissionSet| {
        set.inline_policy
            .as_ref()
            .is_some_and(|policy| policy.to_string().contains("PrincipalTag/Department"))
    };
    cloud.look(|world| world.permission_sets.iter().filter(decides).cloned().collect())
}

/// A mapping is gone.
fn unmapped(organization: Organization) -> Cloud {
    let cloud = begin(organization);
    cloud.change(|world| {
        world.attribute_mappings.as_mut().unwrap().retain(|mapping| mapping.key != "Department");
    });
    cloud
}

/// Users in many accounts are denied within ten minutes.
pub(super) fn wave(organization: Organization, denied: usize) -> Cost {
    let cloud = unmapped(organization);
    let sets = by_department(&cloud);
    let every = Duration::from_secs(600) / u32::try_from(denied).unwrap();
    let begins = virtual_time::now();
    let denials = (0..denied).map(|index| {
        let at = every * u32::try_from(index).unwrap();
        let set = &sets[index % sets.len()];
        let account = set.accounts.keys().nth(index % set.accounts.len()).unwrap();
        (at, denial(index, set, account, begins + SignedDuration::try_from(at).unwrap()))
    });
    let denials: Vec<(Duration, Json)> = denials.collect();
    treated("a wave", organization, &cloud, denials)
}

/// Users of one permission set and one account are denied five times each, two minutes ago.
pub(super) fn storm(organization: Organization, users: usize) -> Cost {
    let cloud = unmapped(organization);
    let set = by_department(&cloud).swap_remove(0);
    let account = set.accounts.keys().next().unwrap().clone();
    let before = virtual_time::now() - SignedDuration::from_mins(2);
    let denials = (0..5 * users).map(|index| {
        let mut denial = denial(index % users, &set, &account, before);
        for id in ["eventID", "requestID"] {
            denial["detail"][id] = json!(format!("{id}-{index}"));
        }
        (Duration::ZERO, denial)
    });
    let denials: Vec<(Duration, Json)> = denials.collect();
    treated("a storm", organization, &cloud, denials)
}

/// One place of the function.
struct Place {
    reader: Reader,
    writer: Writer,
    facts: WarmFacts,
}

impl Place {
    fn new(cloud: &Cloud) -> Place {
        let clients = Clients::new(&clients(cloud, Share::HEAL, 2));
        Place {
            reader: Reader::new(clients.clone(), BUCKET),
            writer: Writer::new(clients, BUCKET, Pacing::NONE),
            facts: WarmFacts::default(),
        }
    }

    async fn heal(
        &mut self,
        batch: &[Json],
        received: &BTreeMap<String, usize>,
        baseline: &Baseline,
    ) -> Report {
        let deadline = Some(virtual_time::now() + SignedDuration::from_secs(60));
        let time = RunTime { clock: Clock::Told(virtual_time::now), deadline };
        let records = batch.iter().flat_map(|event| {
            let is_first = !received.contains_key(&event["detail"]["eventID"].to_string());
            let delivery = deliveries(event).pop().unwrap();
            [delivery.map(|delivery| Delivery { comes_again: is_first, ..delivery })]
        });
        let records = records.collect();
        let Place { reader, writer, facts } = self;
        let (report, closing) = heal_warm(facts, records, baseline, reader, Some(writer), time).await;
        closing.close().await;
        report
    }
}

/// Two places treat denials, each from its time on, in batches of a hundred.
fn treated(
    what: &'static str,
    organization: Organization,
    cloud: &Cloud,
    denials: Vec<(Duration, Json)>,
) -> Cost {
    let baseline = baseline(organization);
    let denied = denials.len();
    let mut places = [Place::new(cloud), Place::new(cloud)];
    let mut fixed_after = None;
    let mut waiting = denials;
    let (mut runs, mut unfinished, mut longest) = (0, 0, Duration::ZERO);
    let mut received: BTreeMap<String, usize> = BTreeMap::new();
    let mut dead_letters = 0;
    virtual_time::run(async {
        while !waiting.is_empty() {
            let mut batches = Vec::new();
            for _ in &places {
                let (due, later): (Vec<_>, Vec<_>) = waiting.drain(..).partition(|(at, _)| *at <= elapsed());
                let (batch, rest) = due.split_at(due.len().min(100));
                batches.push(batch.iter().map(|(_, event)| event.clone()).collect::<Vec<_>>());
                waiting = rest.iter().cloned().chain(later).collect();
            }
            let runs_now = places.iter_mut().zip(&batches).filter(|(_, batch)| !batch.is_empty());
            let runs_now: Vec<_> =
                runs_now.map(|(place, batch)| place.heal(batch, &received, &baseline)).collect();
            runs += runs_now.len();
            let began = elapsed();
            let reports = futures::future::join_all(runs_now).await;
            longest = longest.max(elapsed() - began);
            let of_batches = batches.iter().filter(|batch| !batch.is_empty());
            for (report, batch) in reports.iter().zip(of_batches) {
                let is_fixed = report
                    .changes
                    .iter()
                    .any(|it| it.outcome.as_ref().is_some_and(|outcome| outcome.name() == "fixed"));
                if is_fixed && fixed_after.is_none() {
                    fixed_after = Some(elapsed());
                }
                let again = report.treated.iter().zip(batch).filter(|(treated, _)| treated.is_unfinished());
                for (_, event) in again {
                    unfinished += 1;
                    let receipts = received.entry(event["detail"]["eventID"].to_string()).or_default();
                    *receipts += 1;
                    match *receipts {
                        RECEIPTS.. => dead_letters += 1,
                        _ => waiting.push((elapsed() + Duration::from_secs(370), event.clone())),
                    }
                }
                assert!(report.treated.iter().all(|treated| !matches!(treated, Treated::Unreadable(_))));
            }
            virtual_time::sleep(Duration::from_secs(10)).await;
        }
    });
    assert!(longest <= Duration::from_secs(60), "Lambda would have stopped a run after {longest:?}");
    let fixed = fixed_after.expect("the mapping is back").as_secs_f64();
    let note = format!(
        "{denied} denied; fixed {fixed:.0} s after the first denial; {runs} runs, the longest {:.0} s, {unfinished} records again, {dead_letters} dead letters",
        longest.as_secs_f64()
    );
    cost(what, cloud, note)
}

/// Throttled at every call, and waiting for its turns: a run of heal is over before Lambda would stop it.
#[test]
fn a_run_that_is_always_throttled_ends_before_its_deadline_and_writes_nothing() {
    let small: Organization = "accounts=30,permission-sets=60,users=60,seed=1".parse().unwrap();
    let cloud = begin(small);
    let baseline = baseline(small);
    let begins = virtual_time::now();
    let sets: Vec<_> = cloud.look(|world| world.permission_sets.clone());
    cloud.change(|world| {
        world.attribute_mappings.as_mut().unwrap().retain(|mapping| mapping.key != "Department");
        for operation in ["sso:DescribePermissionSet", "sso:GetInlinePolicyForPermissionSet"] {
            let (operation, code) = (operation.to_owned(), "ThrottlingException".to_owned());
            world.faults.push(Fault { operation, code, times: None, ..Fault::default() });
        }
    });
    let events: Vec<Json> = (0..60)
        .map(|index| denial(index, &sets[index], sets[index].accounts.keys().next().unwrap(), begins))
        .collect();
    let clients = Clients::new(&clients(&cloud, Share::HEAL, 2));
    let (reader, writer) = (Reader::new(clients.clone(), BUCKET), Writer::new(clients, BUCKET, Pacing::NONE));
    let deadline = Some(begins + SignedDuration::from_secs(60));
    let time = RunTime { clock: Clock::Told(virtual_time::now), deadline };
    let records = events.iter().flat_map(deliveries).collect();
    let report = virtual_time::run(heal(records, &baseline, &reader, Some(&writer), time));
    println!("a throttled run: {:?}, {} calls", elapsed(), cloud.calls().len());
    assert!(elapsed() < Duration::from_secs(60), "{:?}", elapsed());
    assert!(report.changes.is_empty(), "{:?}", report.changes);
    assert!(report.treated.iter().any(Treated::is_unfinished));
}

/// One batch has users of many permission sets, and the function the calls a second of one of two. What the first of them
/// show is made; a batch that is too long for one run is never lost whole.
#[test]
fn one_batch_of_users_of_many_permission_sets_is_treated_in_parts() {
    for (key, least, changes) in [("Department", 7, vec!["fixed"]), ("None", 15, vec![])] {
        let small: Organization = "accounts=30,permission-sets=1300,users=60,seed=1".parse().unwrap();
        let cloud = begin(small);
        let baseline = baseline(small);
        let begins = virtual_time::now();
        let sets = by_department(&cloud);
        cloud.change(|world| {
            world.attribute_mappings.as_mut().unwrap().retain(|mapping| mapping.key != key);
        });
        let denials = sets.iter().take(60).enumerate();
        let events: Vec<Json> = denials
            .map(|(index, set)| denial(index, set, set.accounts.keys().next().unwrap(), begins))
            .collect();
        let clients = Clients::new(&clients(&cloud, Share::HEAL, 2));
        let reader = Reader::new(clients.clone(), BUCKET);
        let writer = Writer::new(clients, BUCKET, Pacing::NONE);
        let deadline = Some(begins + SignedDuration::from_secs(60));
        let time = RunTime { clock: Clock::Told(virtual_time::now), deadline };
        let records = events.iter().flat_map(deliveries).collect();
        let report = virtual_time::run(heal(records, &baseline, &reader, Some(&writer), time));
        let done = report.treated.iter().filter(|treated| !treated.is_unfinished()).count();
        println!(
            "a batch of {}: {done} treated in {:?}, {} calls",
            events.len(),
            elapsed(),
            cloud.calls().len()
        );
        assert!(elapsed() < Duration::from_secs(60), "{:?}", elapsed());
        let names: Vec<_> = report.changes.iter().map(|it| it.outcome.as_ref().unwrap().name()).collect();
        assert_eq!(names, changes);
        assert!(events.len() > 40 && done >= least && done < events.len(), "{done} of {}", events.len());
    }
}

/// Ten thousand denials of two thousand users, of one cause: each place reads each user once, and everything else for the
/// price of two batches.
#[test]
fn a_storm_reads_each_user_once() {
    let users = if is_left_out() { 200 } else { 2_000 };
    let small: Organization = "accounts=30,permission-sets=60,users=2000,seed=1".parse().unwrap();
    let cost = storm(small, users);
    println!("{cost:?}");
    check(&cost, 6);
    // Each place reads a user once. Beside that there are a batch for each, and the mappings once a minute while it lasts.
    assert!(cost.of_users <= 2 * users && cost.calls - cost.of_users <= 60, "{cost:?}");
}

#[test]
fn a_wave_in_a_large_organization_stays_within_its_share() {
    if !is_left_out() {
        check(&wave(LARGE.parse().unwrap(), 2_000), 6);
    }
}
