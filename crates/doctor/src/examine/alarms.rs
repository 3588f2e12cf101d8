//! Alarms: that they are there, tell somebody, and are quiet.

use crate::expected::{ALARMS, APPLY_ALARM, RELATED_ALARMS};
use crate::facts::{Alarm, Facts};
use crate::finding::{Check, Finding};

pub(super) fn alarms(facts: &Facts) -> Vec<Finding> {
    let stack = &facts.stack;
    let alarms = match &facts.alarms {
        Err(why) => {
            let command = format!("aws cloudwatch describe-alarms --alarm-name-prefix {stack}-");
            return vec![Finding::not_seen(Check::Alarms, why, command)];
        }
        Ok(alarms) => alarms,
    };
    // A stack whose name goes on behind this one's has alarms that begin so, too.
    let ids = || ALARMS.into_iter().chain([APPLY_ALARM]).chain(RELATED_ALARMS);
    let is_own = |alarm: &&Alarm| ids().any(|id| is_of(&alarm.name, stack, id));
    let alarms: Vec<&Alarm> = alarms.iter().filter(is_own).collect();
    let alarms = alarms.as_slice();
    let is_there = |id: &str| alarms.iter().any(|alarm| is_of(&alarm.name, stack, id));
    let is_related = RELATED_ALARMS.into_iter().any(is_there);
    let is_applying = matches!(&facts.heal, Ok(Some(heal)) if heal.setting("MODE") == Some("apply"));
    let expected = ALARMS
        .into_iter()
        .chain(Some(APPLY_ALARM).filter(|_| is_applying))
        .chain(RELATED_ALARMS.into_iter().filter(|_| is_related));
    let gone: Vec<String> = expected.filter(|id| !is_there(id)).map(str::to_owned).collect();
    let mute = named(alarms, |alarm| alarm.actions.is_empty());
    let disabled = named(alarms, |alarm| !alarm.actions.is_empty() && !alarm.actions_enabled);
    let ringing = named(alarms, |alarm| alarm.state == "ALARM");
    let mut findings = Vec::new();
    let mut found = |about: Vec<String>, what: &str, to_do: String| {
        if !about.is_empty() {
            let what = format!("{what}: {}", about.join(", "));
            findings.push(Finding::wrong(Check::Alarms, what, to_do).about(about));
        }
    };
    found(gone, "alarms are gone", "deploy the stack again".to_owned());
    found(
        mute,
        "nobody is told when these ring",
        format!("deploy with AlarmTopicArn: aws cloudformation update-stack --stack-name {stack}"),
    );
    let names = disabled.join(" ");
    found(
        disabled,
        "actions are turned off for",
        format!("aws cloudwatch enable-alarm-actions --alarm-names {names}"),
    );
    let look = format!(
        "docs/runbook.md has a row for each; tagmend review --live --region {} --journal-bucket {} --last 24h",
        facts.region, facts.bucket
    );
    found(ringing, "these ring now", look);
    if findings.is_empty() {
        findings.push(Finding::well(
            Check::Alarms,
            format!("{} alarms tell somebody, and are quiet", alarms.len()),
        ));
    }
    findings
}

/// CloudFormation names an alarm STACK-LOGICALID-SUFFIX.
fn is_of(name: &str, stack: &str, logical_id: &str) -> bool {
    let rest = name.strip_prefix(stack).and_then(|rest| rest.strip_prefix('-'));
    rest.and_then(|rest| rest.strip_prefix(logical_id))
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

fn named(alarms: &[&Alarm], is_meant: impl Fn(&Alarm) -> bool) -> Vec<String> {
    alarms.iter().filter(|alarm| is_meant(alarm)).map(|alarm| alarm.name.clone()).collect()
}
