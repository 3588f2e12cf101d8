//! The stack and its functions.

use crate::expected::{HEAL, SOURCE_MAPPING, VERSION_TAG, WATCH};
use crate::facts::{Facts, Function, Look};
use crate::finding::{Check, Finding};

pub(super) fn stack(facts: &Facts) -> Vec<Finding> {
    let (stack, region) = (&facts.stack, &facts.region);
    let command = format!("aws cloudformation describe-stack-resources --stack-name {stack}");
    vec![match &facts.resources {
        Err(why) => Finding::not_seen(Check::Stack, why, command),
        Ok(resources) if resources.is_empty() => Finding::wrong(
            Check::Stack,
            format!("no resource in {region} is of a stack {stack}"),
            "deploy it (docs/operations.md), or say its name with --stack",
        ),
        Ok(resources) => {
            let is_there = |id: &&&str| resources.iter().any(|resource| resource.logical_id == ***id);
            let gone: Vec<&str> =
                [HEAL, WATCH, SOURCE_MAPPING].iter().filter(|id| !is_there(id)).copied().collect();
            if gone.is_empty() {
                Finding::well(Check::Stack, format!("{stack} has {} resources with tags", resources.len()))
            } else {
                let what = format!("{stack} has no {}", gone.join(", "));
                Finding::wrong(Check::Stack, what, format!("deploy it again; {command}"))
            }
        }
    }]
}

pub(super) fn functions(facts: &Facts) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (function, name) in [(&facts.heal, "heal"), (&facts.watch, "watch")] {
        match function {
            Err(why) => findings.push(unseen(Check::Functions, name, why)),
            // Told with the stack.
            Ok(None) => findings.push(Finding::wrong(
                Check::Functions,
                format!("there is no function {name}"),
                "deploy the stack again",
            )),
            Ok(Some(function)) => findings.extend(of_function(function, name, facts)),
        }
    }
    if findings.is_empty() {
        findings.push(Finding::well(
            Check::Functions,
            "heal and watch may run, as roles that the baseline names",
        ));
    }
    findings
}

fn unseen(check: Check, name: &str, why: &str) -> Finding {
    let command = "aws lambda get-function-configuration --function-name FUNCTION";
    Finding::not_seen(check, format!("{name}: {why}"), command)
}

fn of_function(function: &Function, name: &str, facts: &Facts) -> Vec<Finding> {
    let mut findings = Vec::new();
    if function.concurrency == Some(0) {
        let places = if name == "heal" { 2 } else { 1 };
        findings.push(Finding::wrong(
            Check::Functions,
            format!("{name} is stopped: its reserved concurrency is 0"),
            format!(
                "aws lambda put-function-concurrency --function-name {} --reserved-concurrent-executions {places}",
                function.name
            ),
        ));
    }
    // A baseline of before has the name alone.
    let name_of_role = function.role.rsplit('/').next().unwrap_or_default();
    if !facts.baseline.own_roles.iter().any(|own| *own == function.role || own == name_of_role) {
        findings.push(Finding::wrong(
            Check::Functions,
            format!("own_roles of the baseline lacks {}: its own denials would be diagnosed", function.role),
            "put the ARN into own_roles, and publish the baseline",
        ));
    }
    findings
}

/// The version of a function, where the function was seen.
fn version_of(function: &Look<Option<Function>>) -> Option<Option<&str>> {
    match function {
        Ok(Some(function)) => Some(function.version.as_deref()),
        _ => None,
    }
}

pub(super) fn version(facts: &Facts) -> Vec<Finding> {
    let command = &facts.command;
    let (Some(heal), Some(watch)) = (version_of(&facts.heal), version_of(&facts.watch)) else {
        return vec![unseen(Check::Version, "the version", "a function was not seen")];
    };
    vec![match (heal, watch) {
        (Some(heal), Some(watch)) if heal == command && watch == command => {
            Finding::well(Check::Version, format!("heal, watch and this command are {command}"))
        }
        (Some(heal), Some(watch)) => Finding::wrong(
            Check::Version,
            format!("heal is {heal}, watch is {watch}, and this command is {command}"),
            "deploy the version of the command, or use the command of that version",
        ),
        _ => Finding::wrong(
            Check::Version,
            format!(
                "a function has no tag {VERSION_TAG}: it is of a version before 0.1.0, or of another template"
            ),
            "deploy this version",
        ),
    }]
}

pub(super) fn heartbeat(facts: &Facts) -> Vec<Finding> {
    let stack = &facts.stack;
    vec![match facts.heartbeats {
        Err(ref why) => Finding::not_seen(
            Check::Heartbeat,
            why,
            "look at the alarm WatchSilentAlarm, and at the metric Heartbeat of the namespace Tagmend",
        ),
        Ok(beats) if beats > 0.0 => Finding::well(
            Check::Heartbeat,
            format!("watch looked at everything {beats} times in three hours"),
        ),
        Ok(_) => Finding::wrong(
            Check::Heartbeat,
            "watch did not look at everything within three hours",
            format!(
                "its log says why: aws logs filter-log-events --log-group-name /aws/lambda/{stack}-watch --filter-pattern ERROR; no log: aws scheduler list-schedules --name-prefix {stack}-"
            ),
        ),
    }]
}
