//! At a limit it plans, says so, and queues nothing.

use jiff::SignedDuration;
use serde_json::{Value as Json, json};
use tagmend_diagnosis::Change;
use tagmend_remedy::{BlastRadius, Outcome, Reached, Refusal, Treated, TreatedChange, Treatment};
use tagmend_sandbox::{AttributeMapping, World};
use tagmend_tests::simulation::Simulation;
use tagmend_tests::{bent_baseline, event, world};

use super::{DENIAL, outcomes};

fn limited(limits: &[(&str, Json)], world: World) -> Simulation {
    let baseline = bent_baseline(|baseline| {
        for (name, value) in limits {
            baseline["limits"][*name] = value.clone();
        }
    });
    Simulation::new(world, &baseline)
}

async fn refused(simulation: &Simulation, events: &[Json], refusal: Refusal) {
    let report = simulation.heal(events).await;
    assert_eq!(outcomes(&report), [Outcome::Refused(refusal)]);
    assert!(report.treated.iter().all(|treated| !treated.is_unfinished()), "nothing is queued for later");
    assert_eq!(simulation.writes(), 0);
}

fn index(time: &str, names: &[&str]) -> World {
    let mut world = world();
    let sets: serde_json::Map<String, Json> = names
        .iter()
        .map(|name| {
            let set = json!({"time": time, "name": name, "policy_digest": null, "keys": {"department": ["inline"]},
                             "has_unseen_policies": *name == "Unseen"});
            (format!("arn:aws:sso:::permissionSet/ssoins-7223a1b2c3d4e5f6/{name}"), set)
        })
        .collect();
    let index = json!({"schema": 2, "time": time, "permission_sets": sets, "unread": []});
    world.journal.objects.insert("index.json".to_owned(), index);
    world
}

fn above(most: usize, radius: BlastRadius) -> Refusal {
    Refusal::BlastRadius { most, radius }
}

#[tokio::test]
async fn permission_sets_that_mention_the_key() {
    let events = [event(DENIAL)];
    let fresh = "2026-11-22T12:00:00Z";
    for (limit, names, is_made) in
        [(2, &["A", "B"][..], true), (2, &["A", "B", "Unseen"], false), (0, &["A"], false), (0, &[], true)]
    {
        let simulation = limited(&[("permission_sets_per_key", json!(limit))], index(fresh, names));
        let report = simulation.heal(&events).await;
        let radius = BlastRadius::Known {
            mentioned_by: names.len(),
            unread: 0,
            unseen: usize::from(names.contains(&"Unseen")),
            time: fresh.parse().unwrap(),
        };
        let radii: Vec<_> = report.treated[0].steps().iter().map(|step| step.radius).collect();
        assert_eq!(radii, [Some(radius)]);
        let wanted = (!is_made).then_some(Outcome::Refused(Refusal::BlastRadius { most: limit, radius }));
        assert_eq!(
            outcomes(&report).into_iter().find(|outcome| !matches!(outcome, Outcome::Fixed(_))),
            wanted
        );
        assert_eq!(simulation.writes(), usize::from(is_made), "{limit} {names:?}");
    }
}

#[tokio::test]
async fn an_index_that_is_not_there_or_old_matters_only_where_there_is_a_limit() {
    let events = [event(DENIAL)];
    let old = "2026-11-21T11:59:59Z";
    let limit = [("permission_sets_per_key", json!(100))];
    refused(&limited(&limit, world()), &events, above(100, BlastRadius::NoIndex)).await;
    let radius = BlastRadius::OldIndex { time: old.parse().unwrap() };
    refused(&limited(&limit, index(old, &["A"])), &events, above(100, radius)).await;
    let mut garbage = world();
    garbage.journal.objects.insert("index.json".to_owned(), json!({"schema": 1}));
    refused(&limited(&limit, garbage), &events, above(100, BlastRadius::NoIndex)).await;
    // The first format, one of the future, and one of which a part is old, or could not be read.
    let bent = |bend: fn(&mut Json)| {
        let mut world = index("2026-11-23T11:00:00Z", &["A", "B"]);
        bend(world.journal.objects.get_mut("index.json").unwrap());
        limited(&limit, world)
    };
    let no_index = above(100, BlastRadius::NoIndex);
    refused(&bent(|index| index["schema"] = json!(1)), &events, no_index).await;
    refused(&bent(|index| index["time"] = json!("2026-11-23T12:01:01Z")), &events, no_index).await;
    let part = "arn:aws:sso:::permissionSet/ssoins-7223a1b2c3d4e5f6/B";
    let old_part = above(100, BlastRadius::OldIndex { time: "2026-11-21T11:59:59Z".parse().unwrap() });
    let is_old = bent(|index| {
        let part = "arn:aws:sso:::permissionSet/ssoins-7223a1b2c3d4e5f6/B";
        index["permission_sets"][part]["time"] = json!("2026-11-21T11:59:59Z");
    });
    refused(&is_old, &events, old_part).await;
    let mut unread = index("2026-11-23T11:00:00Z", &["A"]);
    unread.journal.objects.get_mut("index.json").unwrap()["unread"] = json!([part]);
    let radius = BlastRadius::Known {
        mentioned_by: 2,
        unread: 1,
        unseen: 0,
        time: "2026-11-23T11:00:00Z".parse().unwrap(),
    };
    let one = [("permission_sets_per_key", json!(1))];
    refused(&limited(&one, unread), &events, above(1, radius)).await;
    for world in [world(), index(old, &["A"])] {
        let report = limited(&[], world).heal(&events).await;
        assert!(matches!(outcomes(&report)[..], [Outcome::Fixed(_)]));
    }
}

#[tokio::test]
async fn users_who_are_denied() {
    let denial = event(DENIAL);
    let mut somebody_else = denial.clone();
    somebody_else["detail"]["eventID"] = json!("another");
    let text = somebody_else.to_string().replace("jane.doe@example.com", "john.roe@example.com");
    let somebody_else: Json = serde_json::from_str(&text).unwrap();
    let two = [("users_before_a_fix", json!(2))];
    refused(&limited(&two, world()), &[denial.clone(), denial.clone()], Refusal::TooFewUsers { least: 2 })
        .await;
    let simulation = limited(&two, world());
    simulation.heal(&[denial, somebody_else]).await;
    assert_eq!(simulation.writes(), 1);
}

#[tokio::test]
async fn fixes_of_one_mapping_in_a_day() {
    let events = [event(DENIAL)];
    let mut simulation = limited(&[("cool_down_minutes", json!(30))], world());
    let undo = |simulation: &mut Simulation, minutes: i64| {
        simulation.cloud.change(|world| drop(world.attribute_mappings.as_mut().unwrap().pop()));
        simulation.now += SignedDuration::from_mins(minutes);
    };
    for _ in 0..2 {
        assert!(matches!(outcomes(&simulation.heal(&events).await)[..], [Outcome::Fixed(_)]));
        undo(&mut simulation, 90);
    }
    let report = simulation.heal(&events).await;
    let reached = Reached { most: 2, until: "2026-11-24T12:00:00Z".parse().unwrap() };
    assert_eq!(outcomes(&report), [Outcome::Refused(Refusal::RepeatLimit(reached))]);
    assert_eq!(
        outcomes(&report)[0].to_string(),
        "not made: limit `fixes_of_one_thing_per_day` (2) is reached until 2026-11-24T12:00:00Z"
    );
    assert_eq!(simulation.writes(), 2);
}

#[tokio::test]
async fn a_mapping_is_not_restored_without_the_one_that_its_plan_needs_too() {
    let mut world = world();
    world.permission_sets[0].inline_policy = Some(json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": "secretsmanager:*", "Resource": "*", "Condition": {"StringEquals": {
            "aws:PrincipalTag/Department": "Finance", "aws:PrincipalTag/CostCenter": "4711"}}
    }]}));
    world.attribute_mappings.as_mut().unwrap().retain(|mapping| mapping.key != "CostCenter");
    let fix = "fixes/20261123T113000.000Z/restore_mapping/CostCenter.json";
    world.journal.objects.insert(fix.to_owned(), json!({"schema": 1}));
    let simulation = limited(&[], world);
    let report = simulation.heal(&[event("mapping-missing/resource-tag-condition")]).await;
    let mut names: Vec<String> = outcomes(&report).iter().map(ToString::to_string).collect();
    names.sort();
    assert_eq!(names.len(), 2);
    assert!(names[0].starts_with("not made a second time"), "{names:?}");
    assert_eq!(names[1], "not made: it is of no use without another change, which is not made");
    assert_eq!(simulation.writes(), 0);
}

#[tokio::test]
async fn too_little_time_for_the_reads_gives_everything_back() {
    let mut stage = tagmend_tests::Stage::new(world()).await;
    stage.deadline = Some(stage.now + SignedDuration::from_secs(5));
    let report = stage.heal(&[event(DENIAL)], tagmend_tests::Mode::Apply).await;
    match &report.treated[0] {
        treated @ Treated::Failure(_, Treatment::Unanswered(error)) => {
            assert_eq!(error.to_string(), "every read: too little time was left");
            assert!(treated.is_unfinished());
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(stage.writes(), Vec::<String>::new());
}

#[tokio::test]
async fn a_day_of_the_journal_is_one_request() {
    let lists = |simulation: &Simulation| {
        simulation.cloud.calls().iter().filter(|call| *call == "s3:ListBucket").count()
    };
    let mut full = world();
    full.page_size = 1_000;
    for minute in 0..900 {
        let time = format!("20261123T{:02}{:02}00.000Z", minute / 60 % 10, minute % 60);
        let object = json!({"schema": 1});
        full.journal.objects.insert(format!("fixes/{time}/restore_mapping/Key{minute}.json"), object);
    }
    let (few, many) = (limited(&[], world()), limited(&[], full));
    few.heal(&[event(DENIAL)]).await;
    many.heal(&[event(DENIAL)]).await;
    assert_eq!((lists(&many), many.writes()), (lists(&few), 1));
}

#[tokio::test]
async fn a_held_key_holds_no_other() {
    let mut world = world();
    world.attribute_mappings.as_mut().unwrap().retain(|mapping| mapping.key != "Organization");
    let hold = json!({"schema": 1, "all": null, "keys": {"Organization": {"since": null, "reason": null}}});
    world.journal.objects.insert("hold.json".to_owned(), hold);
    let simulation = Simulation::new(world, &bent_baseline(|_| {}));
    let report = simulation.heal(&[event("resource-tag/ec2-instance"), event(DENIAL)]).await;
    let made = outcomes(&report);
    assert_eq!(made[0], Outcome::Refused(Refusal::Hold));
    assert!(matches!(&made[1..], [Outcome::Fixed(_)]), "{made:?}");
    let world = simulation.cloud.world();
    let snapshots: Vec<&String> =
        world.journal.objects.keys().filter(|name| name.starts_with("snapshots/")).collect();
    assert_eq!(snapshots, ["snapshots/20261123T120000.000Z/restore_mapping/Department.json"]);
}

/// A permission set whose policy needs two tags for one call, and one of them for another.
fn two_plans() -> World {
    let mut world = world();
    world.attribute_mappings.as_mut().unwrap().retain(|mapping| mapping.key != "Organization");
    let statement = |action: &str, keys: &[&str]| {
        let conditions: serde_json::Map<String, Json> =
            keys.iter().map(|key| (format!("aws:PrincipalTag/{key}"), json!("?*"))).collect();
        json!({"Effect": "Allow", "Action": action, "Resource": "*", "Condition": {"StringLike": conditions}})
    };
    let set = world.permission_sets.iter_mut().find(|set| set.name == "FinanceGuarded").unwrap();
    set.inline_policy = Some(json!({"Version": "2012-10-17", "Statement": [
        statement("s3:GetObject", &["Department"]),
        statement("s3:PutObject", &["Department", "Organization"]),
    ]}));
    world
}

#[tokio::test]
async fn a_plan_that_is_stopped_stops_no_other() {
    let mut world = two_plans();
    let hold = json!({"schema": 1, "all": null, "keys": {"Organization": {"since": null, "reason": null}}});
    world.journal.objects.insert("hold.json".to_owned(), hold);
    let denied = |action: &str, id: &str| {
        let mut event = event(DENIAL);
        let message = event["detail"]["errorMessage"].as_str().unwrap();
        let (before, _) = message.split_once(" is not authorized").unwrap();
        let clause = format!("because no identity-based policy allows the {action} action");
        let resource = "on resource: \"arn:aws:s3:::reports/q3.csv\"";
        let message = format!("{before} is not authorized to perform: {action} {resource} {clause}");
        event["detail"]["errorMessage"] = json!(message);
        event["detail"]["eventID"] = json!(id);
        event
    };
    let both = denied("s3:PutObject", "7b1f2e00-0000-4000-8000-000000000991");
    let one = denied("s3:GetObject", "7b1f2e00-0000-4000-8000-000000000992");
    for (events, made) in [(vec![both.clone(), one], 1), (vec![both], 0)] {
        let simulation = Simulation::new(world.clone(), &bent_baseline(|_| {}));
        let report = simulation.heal(&events).await;
        let outcome = |key: &str| {
            let is_it = |it: &&TreatedChange| matches!(&it.change, Change::RestoreMapping { key: own, .. } if own == key);
            report.changes.iter().find(is_it).unwrap().outcome.clone().unwrap()
        };
        assert_eq!(outcome("Organization"), Outcome::Refused(Refusal::Hold));
        match made {
            1 => assert!(matches!(outcome("Department"), Outcome::Fixed(_)), "{report:?}"),
            _ => assert_eq!(outcome("Department"), Outcome::Refused(Refusal::OtherPart)),
        }
        assert_eq!(simulation.writes(), made);
    }
}

/// Six permission sets, each with a key of its own that is not mapped any more.
fn six_lost_mappings(limits: &[(&str, Json)], others: usize) -> (Simulation, Vec<Json>) {
    let expressions =
        ["department", "costCenter", "division", "organization", "employeeNumber", "manager.value"];
    let arn = |index: usize| format!("arn:aws:sso:::permissionSet/ssoins-7223a1b2c3d4e5f6/ps-{index:016}");
    let mut world = world();
    let template = world.permission_sets[0].clone();
    let other = |index| AttributeMapping { key: format!("Other{index}"), source: "${path:title}".to_owned() };
    world.attribute_mappings = Some((0..others).map(other).collect());
    world.permission_sets.clear();
    for user in &mut world.users {
        for expression in expressions {
            let name = expression.split('.').next().unwrap();
            let value = if name == "manager" { json!({"value": "Finance"}) } else { json!("Finance") };
            user["Extensions"]["aws:identitystore:enterprise"][name] = value;
        }
    }
    for index in 0..6 {
        let key = format!("aws:PrincipalTag/Key{index}");
        let mut set = template.clone();
        (set.name, set.arn) = (format!("P{index}"), arn(index));
        set.inline_policy = Some(json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "sns:*", "Resource": "*", "Condition": {"StringEquals": {key: "Finance"}}}
        ]}));
        set.accounts = [("111122223333".to_owned(), tagmend_sandbox::AccountStatus::Provisioned)].into();
        world.permission_sets.push(set);
    }
    let baseline = bent_baseline(|baseline| {
        for (name, value) in limits {
            baseline["limits"][*name] = value.clone();
        }
        let mapping = |(index, expression): (usize, &str)| {
            json!({"key": format!("Key{index}"), "owner": "identity-store",
                   "source": format!("${{path:enterprise.{expression}}}")})
        };
        baseline["attribute_mappings"] = expressions.into_iter().enumerate().map(mapping).collect();
        let set =
            |index| json!({"name": format!("P{index}"), "arn": arn(index), "heal": ["restore-mapping"]});
        baseline["permission_sets"] = (0..6).map(set).collect();
    });
    let events = (0..6).map(|index| {
        let mut event = event(DENIAL);
        let text = event.to_string().replace("FinanceGuarded", &format!("P{index}"));
        event = serde_json::from_str(&text).unwrap();
        let message = event["detail"]["errorMessage"].as_str().unwrap();
        let (user, _) = message.split_once(" is not authorized").unwrap();
        let message = format!(
            "{user} is not authorized to perform: sns:ListTopics on resource: arn:aws:sns:eu-west-1:111122223333:* \
             because no identity-based policy allows the sns:ListTopics action"
        );
        event["detail"]["errorMessage"] = json!(message);
        event["detail"]["eventSource"] = json!("sns.amazonaws.com");
        event["source"] = json!("aws.sns");
        event["detail"]["eventName"] = json!("ListTopics");
        event["detail"]["errorCode"] = json!("AuthorizationError");
        event["detail"]["requestParameters"] = Json::Null;
        event["detail"]["resources"] = Json::Null;
        for id in ["eventID", "requestID"] {
            event["detail"][id] = json!(format!("7b1f2e00-0000-4000-8000-00000000010{index}"));
        }
        // The later a denial comes in the batch, the earlier it was.
        event["detail"]["eventTime"] = json!(format!("2026-11-23T11:4{}:12Z", 6 - index));
        event
    });
    let events: Vec<Json> = events.collect();
    (Simulation::new(world, &baseline), events)
}

fn mapped(simulation: &Simulation) -> Vec<String> {
    let mappings = simulation.cloud.world().attribute_mappings.unwrap();
    let own = mappings.into_iter().map(|mapping| mapping.key).filter(|key| key.starts_with("Key"));
    own.collect()
}

#[tokio::test]
async fn more_lost_mappings_than_the_budget_has_are_restored_up_to_it() {
    let (mut simulation, events) = six_lost_mappings(&[("fixes_per_hour", json!(5))], 0);
    let report = simulation.heal(&events).await;
    let made = outcomes(&report);
    assert_eq!(
        made[0].to_string(),
        "not made: limit `fixes_per_hour` (5) is reached until 2026-11-23T13:00:00Z",
        "the youngest denial waits"
    );
    assert!(made[1..].iter().all(|outcome| matches!(outcome, Outcome::Fixed(_))), "{made:?}");
    assert_eq!((simulation.writes(), mapped(&simulation).len()), (1, 5));
    let unfinished: Vec<bool> = report.treated.iter().map(Treated::is_unfinished).collect();
    assert_eq!(unfinished, [true, false, false, false, false, false], "it comes again");
    simulation.now += SignedDuration::from_hours(1);
    assert!(matches!(outcomes(&simulation.heal(&events[..1]).await)[..], [Outcome::Fixed(_)]));
    assert_eq!(mapped(&simulation).len(), 6);
}

#[tokio::test]
async fn more_lost_mappings_than_the_instance_takes_are_restored_up_to_it() {
    let (simulation, events) = six_lost_mappings(&[], 46);
    let report = simulation.heal(&events).await;
    let made = outcomes(&report);
    assert_eq!(made[..2], [Outcome::Refused(Refusal::NoRoom), Outcome::Refused(Refusal::NoRoom)]);
    assert!(made[2..].iter().all(|outcome| matches!(outcome, Outcome::Fixed(_))), "{made:?}");
    assert_eq!(made[0].to_string(), "not made: the instance takes 50 mappings and no more");
    assert_eq!((simulation.writes(), mapped(&simulation).len()), (1, 4));
    assert!(report.treated[0].is_unfinished() && report.treated[1].is_unfinished());
}

#[tokio::test]
async fn provisionings_never_take_the_last_of_the_budget() {
    let accounts = ["444455556661", "444455556662", "444455556663"];
    let mut world = world();
    for account in accounts {
        let outdated = tagmend_sandbox::AccountStatus::Outdated;
        world.permission_sets[6].accounts.insert(account.to_owned(), outdated);
    }
    let baseline = bent_baseline(|baseline| {
        baseline["limits"]["fixes_per_hour"] = json!(3);
        baseline["accounts"].as_array_mut().unwrap().extend(accounts.map(|account| json!(account)));
    });
    let simulation = Simulation::new(world, &baseline);
    let text = event("not-provisioned/start-build").to_string();
    let denials: Vec<Json> = accounts
        .iter()
        .map(|account| serde_json::from_str(&text.replace("444455556666", account)).unwrap())
        .collect();
    let report = simulation.heal(&denials).await;
    let spent = |outcome: &&Outcome| matches!(outcome, Outcome::Refused(Refusal::BudgetSpent(_)));
    assert_eq!((simulation.writes(), outcomes(&report).iter().filter(spent).count()), (2, 1));
    assert_eq!(report.treated.iter().filter(|treated| treated.is_unfinished()).count(), 1, "it comes again");
    let report = simulation.heal(&[event(DENIAL)]).await;
    assert!(matches!(outcomes(&report)[..], [Outcome::Fixed(_)]), "{report:?}");
}
