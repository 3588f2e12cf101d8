//! Alarms about something that a run of heal counts: each rings by what a run really counts, and a run that comes near
//! rings it not.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};
use tagmend_remedy::metrics::{Metric, counts, counts_without_baseline};
use tagmend_remedy::{AwsError, Report, pinned::NoBaseline, pinned::Pin};
use tagmend_sandbox::{Foreign, ForeignWrite};
use tagmend_tests::simulation::Simulation;
use tagmend_tests::{bent_baseline, event, world};

use super::{DENIAL, alarms, by_hour, changes, fail, mapping, unmap};

const UPDATE: &str = "UpdateInstanceAccessControlAttributeConfiguration";

fn simulation() -> Simulation {
    Simulation::new(world(), &bent_baseline(|_| {}))
}

async fn heal(name: &str) -> Report {
    simulation().heal(&[event(name)]).await
}

/// The alarms that values of one run ring, each value in the middle of an hour, and none after it.
fn rung(function: &str, counted: &[(Metric, u64)]) -> BTreeSet<String> {
    let of = |name: &str, kind: Option<&str>| {
        let is_it = |metric: &Metric| match (metric.dimension(), kind) {
            (None, None) => true,
            (Some(("Kind", of)), Some(kind)) => of == kind,
            _ => false,
        };
        let own = counted.iter().filter(|(metric, _)| metric.name() == name && is_it(metric));
        let values: Vec<u64> = own.map(|(_, value)| *value).collect();
        (!values.is_empty()).then(|| values.iter().sum::<u64>())
    };
    let all = alarms().into_iter();
    let own = all.filter(|(_, alarm)| alarm.function.as_deref() == Some(function));
    let rings = own.filter(|(_, alarm)| {
        let Some(value) = of(&alarm.metric, alarm.kind.as_deref()) else { return false };
        let value = u32::try_from(value).map(f64::from).unwrap();
        let minutes = 60 + 4 * alarm.period;
        let told = changes(&alarm.play(&by_hour(&[value]), minutes));
        assert!(told.is_empty() || told.contains(" recovers "), "{told}");
        told.starts_with(" fires 0:31")
    });
    rings.map(|(name, _)| name).collect()
}

fn by(report: &Report) -> BTreeSet<String> {
    rung("tagmend-heal", &counts(report))
}

fn names(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[tokio::test]
async fn a_run_without_news_rings_nothing() {
    assert_eq!(by(&heal(DENIAL).await), names(&[]), "one fix");
    assert_eq!(by(&heal("mapping-missing/near-miss-action-not-allowed").await), names(&[]), "left alone");
    assert_eq!(by(&heal("not-identity-center/role").await), names(&[]), "somebody else's");
}

#[tokio::test]
async fn what_was_restored_and_is_gone_again_rings_the_escalation() {
    let mut simulation = simulation();
    simulation.heal(&[event(DENIAL)]).await;
    simulation.now += jiff::SignedDuration::from_mins(10);
    let mut again = event(DENIAL);
    again["detail"]["eventTime"] = json!(simulation.now.to_string());
    assert_eq!(by(&simulation.heal(&[again.clone()]).await), names(&[]), "it is there");
    simulation.cloud.change(|world| unmap(world, "Department"));
    assert_eq!(by(&simulation.heal(&[again]).await), names(&["EscalationsAlarm"]));
}

#[tokio::test]
async fn a_write_of_somebody_else_in_the_same_moment_rings_the_race() {
    let race = |gone: bool| async move {
        let theirs = move |cloud: &tagmend_sandbox::Cloud| {
            cloud.change(|world| {
                let mut list = world.attribute_mappings.clone().unwrap();
                list.push(mapping("Region", "${path:locale}"));
                if !gone {
                    list.push(mapping("Department", "${path:enterprise.department}"));
                }
                let write = Foreign::List(list);
                world.foreign_write = Some(ForeignWrite { after: format!("sso:{UPDATE}"), write });
            });
        };
        by(&simulation().heal_while(&[event(DENIAL)], UPDATE, theirs).await)
    };
    assert_eq!(race(true).await, names(&["FailuresAlarm", "RacesAlarm"]), "what was sent is not there");
    assert_eq!(race(false).await, names(&[]), "their list has what was restored");
}

#[tokio::test]
async fn a_read_that_aws_refuses_rings_own_failures_and_one_that_it_throttles_does_not() {
    for (code, rings) in [
        ("AccessDeniedException", &["FailuresAlarm", "OwnFailuresAlarm"][..]),
        ("InternalServerException", &["FailuresAlarm"]),
    ] {
        let simulation = simulation();
        simulation.cloud.change(|world| {
            fail(world, "sso:DescribeInstanceAccessControlAttributeConfiguration", None);
            let fault = world.faults.last_mut().unwrap();
            code.clone_into(&mut fault.code);
            fault.status = if code.starts_with("Access") { 400 } else { 500 };
        });
        assert_eq!(by(&simulation.heal(&[event(DENIAL)]).await), names(rings), "{code}");
    }
}

#[tokio::test]
async fn words_that_nobody_knows_ring_for_the_whole_day() {
    let mut record = event(DENIAL);
    let message = record["detail"]["errorMessage"].as_str().unwrap();
    record["detail"]["errorMessage"] = json!(format!("{message} under the new covenant of the realm"));
    let report = simulation().heal(&[record]).await;
    assert_eq!(by(&report), names(&["NotUnderstoodAlarm"]));
}

#[tokio::test]
async fn who_turns_access_control_off_rings_and_who_is_refused_does_not() {
    assert_eq!(by(&heal("access-control-turned-off/deleted").await), names(&["TurnedOffAlarm"]));
    for near in ["near-miss-refused", "near-miss-another-instance"] {
        assert_eq!(by(&heal(&format!("access-control-turned-off/{near}")).await), names(&[]), "{near}");
    }
}

#[test]
fn a_baseline_that_is_gone_rings_and_one_that_aws_does_not_give_is_a_failure() {
    let gone = NoBaseline::NotThere(Pin::of(b"a"));
    let unanswered = NoBaseline::Unanswered(AwsError::lasting("s3:GetObject", "503".to_owned()));
    for (function, alarm) in [("tagmend-heal", "HealBaselineAlarm"), ("tagmend-watch", "WatchBaselineAlarm")]
    {
        assert_eq!(rung(function, &counts_without_baseline(&gone)), names(&[alarm]));
    }
    assert_eq!(rung("tagmend-heal", &counts_without_baseline(&unanswered)), names(&["FailuresAlarm"]));
    assert_eq!(rung("tagmend-watch", &counts_without_baseline(&unanswered)), names(&[]));
}

/// So many copies of a record, each with an id of its own.
fn copies(name: &str, count: usize) -> Vec<Json> {
    let copy = |index: usize| {
        let mut copy = event(name);
        copy["detail"]["eventID"] = json!(format!("7b1f2e00-0000-4000-9000-{index:012}"));
        copy
    };
    (0..count).map(copy).collect()
}

#[tokio::test]
async fn what_is_no_denied_call_rings_by_its_kind() {
    for (events, rings) in [
        (copies("scim-refused/user-conflict", 10), &["ProvisioningRefusedAlarm"][..]),
        (copies("scim-refused/user-conflict", 9), &[]),
        (vec![event("scim-token-expires/health")], &["TokenExpiresAlarm"]),
        (vec![event("scim-token-expires/near-miss-closed")], &[]),
        (vec![event("instance-key-refused/disabled")], &["InstanceKeyAlarm"]),
        (vec![event("instance-key-refused/near-miss-another-key")], &[]),
        (copies("external-sign-in-failed/assertion-too-old", 10), &[]),
    ] {
        assert_eq!(by(&simulation().heal(&events).await), names(rings), "{}", events[0]);
    }
}

/// Metrics of SQS and Lambda: a value that rings, and one just below.
#[test]
fn what_aws_counts_of_the_function_rings_at_its_threshold() {
    let alarms = alarms();
    let play = |name: &str, values: &[f64]| {
        let data: Vec<_> = values.iter().enumerate().map(|(index, value)| (index * 5 + 2, *value)).collect();
        changes(&alarms[name].play(&data, 60))
    };
    assert_eq!(play("QueueAgeAlarm", &[1_799.0, 0.0]), "");
    assert_eq!(play("QueueAgeAlarm", &[1_800.0, 0.0]), " fires 0:03 recovers 0:08");
    // Where nothing ran afterwards, the last value counts until it is out of the range.
    assert_eq!(play("HealErrorsAlarm", &[0.0, 1.0]), " fires 0:08 recovers 0:23");
    assert_eq!(play("HealErrorsAlarm", &[0.0, 0.0]), "");
    // Its own pollers may be told to wait once and twice.
    assert_eq!(play("HealThrottlesAlarm", &[1.0, 1.0, 0.0, 1.0]), "");
    assert_eq!(play("HealThrottlesAlarm", &[1.0, 1.0, 1.0]), " fires 0:13 recovers 0:28");
}

/// Each alarm is played here, in the situations, or by a test of its own; what CloudWatch learns cannot be played.
#[test]
fn no_alarm_is_left_out() {
    let here = [
        "EscalationsAlarm",
        "RacesAlarm",
        "FailuresAlarm",
        "OwnFailuresAlarm",
        "NotUnderstoodAlarm",
        "TurnedOffAlarm",
        "HealBaselineAlarm",
        "WatchBaselineAlarm",
        "ProvisioningRefusedAlarm",
        "TokenExpiresAlarm",
        "InstanceKeyAlarm",
        "QueueAgeAlarm",
        "HealErrorsAlarm",
        "HealThrottlesAlarm",
        "DeadLettersAlarm",
        "ManyFixesAlarm",
    ];
    let here: BTreeSet<String> = here.into_iter().chain(super::RINGING).map(str::to_owned).collect();
    assert_eq!(here, alarms().into_keys().collect());
}
