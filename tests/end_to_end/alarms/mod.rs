//! Every alarm of the template, played over recorded runs: it fires when it should, and recovers only when it should.

mod cloudwatch;
mod counted;

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::json;
use tagmend_sandbox::{AttributeMapping, Fault, World};
use tagmend_tests::template::Template;
use tagmend_tests::{Mode, Stage, bent_baseline, event, text};

use cloudwatch::{Alarm, State};

/// Hours of a situation.
const HOURS: usize = 14;
const DENIAL: &str = "mapping-missing/explicit-deny";

fn alarms() -> BTreeMap<String, Alarm> {
    let topic = json!("arn:aws:sns:eu-west-1:111122223333:on-call");
    let template =
        Template::new(&text("infra/template.yaml"), &[("AlarmTopicArn", topic)], &[("Journal", "j")]);
    let alarms = template.of_type("AWS::CloudWatch::Alarm");
    assert!(
        alarms.values().all(|alarm| alarm["OKActions"] == alarm["AlarmActions"]),
        "a recovery is told too"
    );
    // Bands that CloudWatch learns, and an expression of two metrics, are beyond this simulator.
    let others = ["UnusualFixesAlarm", "SignInsFailAlarm", "NotMadeAlarm"];
    let simple = alarms.into_iter().filter(|(name, _)| !others.contains(&name.as_str()));
    simple.map(|(name, alarm)| (name, Alarm::read(&alarm))).collect()
}

/// Values of each metric, by function and name, with their minutes.
type Recording = BTreeMap<(Option<String>, String), Vec<(usize, f64)>>;

/// The sample organization, as its baseline wants it.
fn met() -> World {
    let mut world = tagmend_tests::world();
    world.permission_sets.retain(|set| {
        ["FinanceAnalyst", "FinanceGuarded", "Deployer", "CostReader"].contains(&set.name.as_str())
    });
    world.users.truncate(2);
    world.journal.objects.retain(|name, _| !name.starts_with("fixes/") && !name.starts_with("snapshots/"));
    world.attribute_mappings = Some(vec![
        mapping("Department", "${path:enterprise.department}"),
        mapping("CostCenter", "${path:enterprise.costCenter}"),
        mapping("Team", "${path:enterprise.division}"),
        mapping("Organization", "${path:enterprise.organization}"),
    ]);
    world
}

fn mapping(key: &str, source: &str) -> AttributeMapping {
    AttributeMapping { key: key.to_owned(), source: source.to_owned() }
}

fn fail(world: &mut World, operation: &str, times: Option<u32>) {
    let (operation, code) = (operation.to_owned(), "ThrottlingException".to_owned());
    world.faults.push(Fault { operation, code, status: 400, times, ..Fault::default() });
}

fn unmap(world: &mut World, key: &str) {
    world.attribute_mappings.as_mut().unwrap().retain(|mapping| mapping.key != key);
}

/// A situation: what somebody does before the look of each hour, and whether there is a look.
struct Situation {
    name: &'static str,
    before: fn(usize, &mut World),
    is_silent: fn(usize) -> bool,
    heals: fn(usize) -> bool,
}

const fn situation(name: &'static str, before: fn(usize, &mut World)) -> Situation {
    Situation { name, before, is_silent: |_| false, heals: |_| false }
}

const SITUATIONS: [Situation; 13] = [
    situation("all is well", |_, _| {}),
    situation("a mapping is gone from 2 to 5", |hour, world| match hour {
        2 => unmap(world, "Team"),
        5 => world.attribute_mappings.as_mut().unwrap().push(mapping("Team", "${path:enterprise.division}")),
        _ => {}
    }),
    situation("a mapping is gone from 2 on, unread from 4 to 9", |hour, world| match hour {
        2 => unmap(world, "Team"),
        4 => fail(world, "sso:DescribeInstanceAccessControlAttributeConfiguration", None),
        9 => world.faults.clear(),
        _ => {}
    }),
    situation("policies drift at 2, unread from 4 on", |hour, world| match hour {
        2 => {
            let set = world.permission_sets.iter_mut().find(|set| set.name == "Deployer").unwrap();
            set.inline_policy = Some(json!({"Version": "2012-10-17", "Statement": []}));
        }
        4 => fail(world, "sso:GetInlinePolicyForPermissionSet", None),
        _ => {}
    }),
    Situation { is_silent: |hour| hour >= 5, ..situation("nothing runs from 5 on", |_, _| {}) },
    Situation { is_silent: |hour| hour < 4, ..situation("nothing runs before 4", |_, _| {}) },
    situation("one read fails every hour", |_, world| {
        world.faults.clear();
        fail(world, "sso:DescribePermissionSet", Some(3));
    }),
    situation("every read is throttled from 3 on", |hour, world| {
        if hour == 3 {
            fail(world, "sso:DescribePermissionSet", None);
        }
    }),
    Situation {
        heals: |hour| hour == 1,
        ..situation("a fix of 1 is undone at 3, unread from 5 to 8, back at 8", |hour, world| match hour {
            1 => unmap(world, "Department"),
            3 => unmap(world, "Department"),
            5 => fail(world, "s3:ListBucket", None),
            8 => {
                world.faults.clear();
                let department = mapping("Department", "${path:enterprise.department}");
                world.attribute_mappings.as_mut().unwrap().push(department);
            }
            _ => {}
        })
    },
    situation("the journal is emptied at 2 and begun at 6", |hour, world| match hour {
        2 => world.journal.objects.clear(),
        6 => world.begin_journal(),
        _ => {}
    }),
    situation("45 mappings from 2 on, pending from 4 to 8, 4 mappings then", |hour, world| match hour {
        2 => {
            let more = (0..41).map(|index| mapping(&format!("K{index}"), "${path:title}"));
            world.attribute_mappings.as_mut().unwrap().extend(more);
        }
        4 => world.access_control_status = Some("CREATION_IN_PROGRESS".to_owned()),
        8 => {
            world.access_control_status = None;
            world.attribute_mappings.as_mut().unwrap().truncate(4);
        }
        _ => {}
    }),
    Situation {
        heals: |hour| hour == 2,
        ..situation("a fix is held at 2", |hour, world| {
            if hour == 2 {
                unmap(world, "Department");
                let hold = json!({"schema": 1, "all": {"since": null, "reason": null}, "keys": {}});
                world.journal.objects.insert("hold.json".to_owned(), hold);
            }
        })
    },
    Situation {
        heals: |hour| [2, 6].contains(&hour),
        ..situation("a mapping is gone at 2 and again at 6, and restored each time", |hour, world| {
            if [2, 6].contains(&hour) {
                unmap(world, "Department");
            }
        })
    },
];

async fn record(situation: &Situation) -> Recording {
    let known: Vec<String> = met().permission_sets.into_iter().map(|set| set.name).collect();
    let baseline = bent_baseline(|baseline| {
        let sets = baseline["permission_sets"].as_array_mut().unwrap();
        sets.retain(|set| known.iter().any(|name| set["name"] == name.as_str()));
    });
    let mut stage = Stage::with(met(), baseline).await;
    let mut recording = Recording::new();
    for hour in 0..HOURS {
        stage.sandbox.change(|world| (situation.before)(hour, world));
        if (situation.heals)(hour) {
            let report = stage.heal(&[event(DENIAL)], Mode::Apply).await;
            stage.count_batch(&report, Mode::Apply).await.unwrap();
        }
        stage.now += jiff::SignedDuration::from_mins(20);
        if !(situation.is_silent)(hour) {
            let _ = stage.watch().await;
        }
        stage.now += jiff::SignedDuration::from_mins(40);
        stage.sandbox.change(|world| {
            for metric in world.metrics.drain(..).filter(|metric| metric.dimensions.len() == 1) {
                let function = metric.dimensions.get("Function").cloned();
                // Runs are not equally long.
                let minute = hour * 60 + 20 + (hour * 7) % 13;
                recording.entry((function, metric.name)).or_default().push((minute, metric.value));
            }
        });
    }
    recording
}

/// When it rings and when it is over, in hours and minutes.
fn changes(states: &[State]) -> String {
    let mut text = String::new();
    let mut before = State::InsufficientData;
    for (minute, state) in states.iter().enumerate() {
        let word = match (before, *state) {
            (State::Alarm, State::Ok) => "recovers",
            (State::Alarm, _) | (_, State::Ok | State::InsufficientData) => "",
            (_, State::Alarm) => "fires",
        };
        if !word.is_empty() {
            write!(text, " {word} {}:{:02}", (minute + 1) / 60, (minute + 1) % 60).unwrap();
        }
        before = *state;
    }
    text
}

/// Alarms that ring in a situation.
const RINGING: [&str; 8] = [
    "DriftAlarm",
    "FixNotHeldAlarm",
    "MappingsAlarm",
    "JournalNotBegunAlarm",
    "WatchSilentAlarm",
    "RefusedAlarm",
    "RepeatedAlarm",
    "NoEventsAlarm",
];

#[tokio::test]
async fn every_alarm_fires_when_it_should_and_recovers_only_when_it_should() {
    let alarms = alarms();
    let mut table = String::new();
    for situation in &SITUATIONS {
        writeln!(table, "{}", situation.name).unwrap();
        let recording = record(situation).await;
        for (name, alarm) in alarms.iter().filter(|(_, alarm)| alarm.function.is_some()) {
            let key = (alarm.function.clone(), alarm.metric.clone());
            let data = recording.get(&key).map(Vec::as_slice).unwrap_or_default();
            let changes = changes(&alarm.play(data, HOURS * 60));
            if !changes.is_empty() {
                writeln!(table, "  {name}{changes}").unwrap();
            }
        }
    }
    println!("{table}");
    for name in RINGING {
        assert!(table.contains(name), "{name} rings in no situation");
    }
    insta::assert_snapshot!(table);
}

/// Values of one hour each, at its middle.
fn by_hour(values: &[f64]) -> Vec<(usize, f64)> {
    values.iter().enumerate().map(|(hour, value)| (hour * 60 + 30, *value)).collect()
}

#[test]
fn more_fixes_than_usual_ring_and_just_as_many_do_not() {
    let alarm = &alarms()["ManyFixesAlarm"];
    let play = |values: &[f64]| changes(&alarm.play(&by_hour(values), 60 * values.len()));
    assert_eq!(play(&[0.0, 3.0, 0.0, 0.0]), "");
    assert_eq!(play(&[0.0, 4.0, 0.0, 0.0]), " fires 1:31 recovers 2:31");
}

/// The alarm of two metrics: CloudWatch computes the expression, and what it says is played.
#[test]
fn what_is_never_made_rings_after_two_hours_and_not_where_something_was_made() {
    let template = Template::new(
        &text("infra/template.yaml"),
        &[("AlarmTopicArn", json!("arn:aws:sns:eu-west-1:111122223333:on-call")), ("Mode", json!("apply"))],
        &[("Journal", "j")],
    );
    let told = template.of_type("AWS::CloudWatch::Alarm")["NotMadeAlarm"].clone();
    let metrics = told["Metrics"].as_array().unwrap();
    assert_eq!(metrics[0]["Expression"], "IF(FILL(fixes, 0) == 0, FILL(open, 0), 0)");
    let names: Vec<_> =
        metrics[1..].iter().map(|metric| &metric["MetricStat"]["Metric"]["MetricName"]).collect();
    assert_eq!(names, [&json!("NotMade"), &json!("Fixes")]);
    let mut one = told.clone();
    one.as_object_mut().unwrap().remove("Metrics");
    let stat = &metrics[1]["MetricStat"];
    (one["MetricName"], one["Dimensions"]) = (json!("stuck"), stat["Metric"]["Dimensions"].clone());
    (one["Statistic"], one["Period"]) = (stat["Stat"].clone(), stat["Period"].clone());
    let alarm = Alarm::read(&one);
    let play = |open: &[f64], fixes: &[f64]| {
        let stuck: Vec<f64> =
            open.iter().zip(fixes).map(|(open, fixes)| if *fixes == 0.0 { *open } else { 0.0 }).collect();
        changes(&alarm.play(&by_hour(&stuck), 60 * stuck.len()))
    };
    assert_eq!(play(&[0.0, 1.0, 2.0, 0.0, 0.0], &[0.0; 5]), " fires 2:31 recovers 3:31");
    assert_eq!(play(&[0.0, 1.0, 0.0, 1.0, 0.0], &[0.0; 5]), "", "one hour is none");
    assert_eq!(play(&[0.0, 1.0, 2.0, 0.0, 0.0], &[0.0, 0.0, 1.0, 0.0, 0.0]), "", "something was made");
}

#[test]
fn a_dead_letter_rings_until_the_queue_was_seen_empty() {
    let alarm = &alarms()["DeadLettersAlarm"];
    // SQS stops reporting on a queue that nobody has touched for six hours.
    let full = (0..360).step_by(5).map(|minute| (minute, 1.0));
    let empty = (900..960).step_by(5).map(|minute| (minute, 0.0));
    let data: Vec<(usize, f64)> = full.chain(empty).collect();
    assert_eq!(changes(&alarm.play(&data, 1000)), " fires 0:01 recovers 15:01");
}
