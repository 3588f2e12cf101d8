//! What is in force: baseline, mode, journal, rights, quotas.

use std::collections::BTreeMap;

use tagmend_diagnosis::MAXIMUM_MAPPINGS;

use crate::facts::{Facts, Function, Look};
use crate::finding::{Check, Finding};
use crate::rights::Right;

fn live(facts: &Facts) -> String {
    format!("--live --region {} --journal-bucket {}", facts.region, facts.bucket)
}

fn seen(function: &Look<Option<Function>>) -> Option<&Function> {
    function.as_ref().ok()?.as_ref()
}

pub(super) fn baseline(facts: &Facts) -> Vec<Finding> {
    let (Some(heal), Some(watch)) = (seen(&facts.heal), seen(&facts.watch)) else {
        let command = "aws lambda get-function-configuration --function-name FUNCTION";
        return vec![Finding::not_seen(Check::Baseline, "a function was not seen", command)];
    };
    let publish = format!(
        "tagmend baseline publish {} --baseline FILE --stack {} --apply, then the command that it prints",
        live(facts),
        facts.stack
    );
    let name = "BASELINE_SHA256";
    let (of_heal, of_watch) = (heal.setting(name), watch.setting(name));
    let Some(digest) = of_heal.filter(|_| of_heal == of_watch) else {
        if of_heal.is_none() && of_watch.is_none() {
            let what = "the baseline was built into the functions: which it is cannot be read";
            return vec![Finding::not_seen(Check::Baseline, what, publish)];
        }
        let what = "heal and watch have different baselines";
        return vec![Finding::wrong(Check::Baseline, what, "deploy the stack again")];
    };
    let mut findings = Vec::new();
    if digest != facts.baseline.digest {
        let what = format!("{digest} is in force, and the file here is {}", facts.baseline.digest);
        findings.push(Finding::wrong(Check::Baseline, what, &publish));
    }
    match &facts.published {
        Ok(Some(true)) => {}
        Ok(_) => {
            let what = format!(
                "baselines/{digest}.json is gone, or is not what its name says: nothing is diagnosed"
            );
            findings.push(Finding::wrong(Check::Baseline, what, &publish));
        }
        Err(why) => findings.push(Finding::not_seen(
            Check::Baseline,
            why,
            format!("aws s3 cp s3://{}/baselines/{digest}.json - | sha256sum", facts.bucket),
        )),
    }
    if findings.is_empty() {
        findings.push(Finding::well(Check::Baseline, format!("{digest} is in force, and is the file here")));
    }
    findings
}

pub(super) fn mode(facts: &Facts) -> Vec<Finding> {
    let Some(heal) = seen(&facts.heal) else {
        let command = "aws lambda get-function-configuration --function-name FUNCTION";
        return vec![Finding::not_seen(Check::Mode, "heal was not seen", command)];
    };
    vec![match heal.setting("MODE") {
        Some("plan") => Finding::well(Check::Mode, "plan: it says what it would do, and changes nothing"),
        Some("apply") => Finding::well(Check::Mode, "apply: it heals"),
        other => Finding::wrong(
            Check::Mode,
            format!("MODE is {}", other.unwrap_or("not set")),
            "deploy the stack again, with Mode=plan or Mode=apply",
        ),
    }]
}

pub(super) fn journal(facts: &Facts) -> Vec<Finding> {
    let place = live(facts);
    let begin = format!("tagmend journal begin {place}");
    let begun = match &facts.is_begun {
        Ok(true) => Finding::well(Check::Journal, "the journal was begun"),
        Ok(false) => Finding::wrong(
            Check::Journal,
            "the journal was not begun, or is lost: nothing is written",
            format!("{begin}, after you looked whether it is lost (docs/runbook.md)"),
        ),
        Err(why) => Finding::not_seen(Check::Journal, why, begin),
    };
    let hold = match &facts.hold {
        Err(why) => {
            Finding::not_seen(Check::Hold, why, format!("tagmend hold --help; hold.json of {}", facts.bucket))
        }
        Ok(hold) => match (&hold.all, hold.keys.as_slice()) {
            (Some(why), _) => Finding::wrong(
                Check::Hold,
                format!("all writing is on hold: {why}"),
                format!("tagmend resume {place}"),
            ),
            (None, []) => Finding::well(Check::Hold, "nothing is on hold"),
            (None, keys) => Finding::wrong(
                Check::Hold,
                format!("mappings are on hold: {}", keys.join(", ")),
                format!("tagmend resume --key KEY {place}"),
            )
            .about(keys.to_vec()),
        },
    };
    vec![begun, hold]
}

pub(super) fn rights(facts: &Facts) -> Vec<Finding> {
    let role = |right: &Right| format!("{}-{}", facts.stack, right.function);
    let mut findings = Vec::new();
    let mut asked: BTreeMap<&str, usize> = BTreeMap::new();
    if facts.rights.is_empty() {
        let why = facts.account.as_ref().err().map_or("a function was not seen", String::as_str);
        return vec![Finding::not_seen(Check::Rights, why, "aws iam simulate-principal-policy")];
    }
    for (right, answer) in &facts.rights {
        let decisions = match answer {
            Err(why) => {
                let command =
                    format!("aws iam simulate-principal-policy --policy-source-arn {}", role(right));
                let what = format!("whether {} may {}: {why}", role(right), right.purpose);
                findings.push(Finding::not_seen(Check::Rights, what, command));
                continue;
            }
            Ok(decisions) => decisions,
        };
        *asked.entry(right.function).or_default() += 1;
        for action in right.actions {
            let is_allowed = decisions.get(*action).copied();
            if is_allowed == Some(right.has_to_be_allowed) {
                continue;
            }
            let what = if right.has_to_be_allowed { "may not" } else { "may, and must not," };
            let what = format!("{} {what} {} ({action} on {})", role(right), right.purpose, right.resource);
            let to_do =
                "compare its policies with the template, look for SCPs and boundaries, and deploy again";
            findings.push(match is_allowed {
                Some(_) => Finding::wrong(Check::Rights, what, to_do).about(vec![(*action).to_owned()]),
                None => {
                    Finding::not_seen(Check::Rights, format!("the simulator says nothing of {action}"), to_do)
                }
            });
        }
    }
    if findings.is_empty() {
        let roles: Vec<String> =
            asked.iter().map(|(function, count)| format!("{}-{function} ({count})", facts.stack)).collect();
        let what = format!("the roles may what they need and no write besides: {}", roles.join(", "));
        findings.push(Finding::well(Check::Rights, what));
    }
    findings
}

/// A share of what the instance takes, above which `MappingsAlarm` rings.
const FULL_PERCENT: usize = 80;
/// Calls a second that commands make, and what all of Tagmend may make: half of the instance's 20.
/// Source: "Quotas" in the Identity Center user guide.
const COMMANDS: f64 = 2.0;
const HALF: f64 = 10.0;

pub(super) fn quota(facts: &Facts) -> Vec<Finding> {
    let mappings = match facts.mappings {
        Err(ref why) => Finding::not_seen(
            Check::Quota,
            why,
            "aws sso-admin describe-instance-access-control-attribute-configuration --instance-arn INSTANCE_ARN",
        ),
        Ok(None) => Finding::wrong(
            Check::Quota,
            "attributes for access control are off: no session gets a tag",
            "turn them on; Tagmend never does",
        ),
        Ok(Some(count)) if count * 100 >= MAXIMUM_MAPPINGS * FULL_PERCENT => Finding::wrong(
            Check::Quota,
            format!(
                "{count} of {MAXIMUM_MAPPINGS} mappings are in use; at {MAXIMUM_MAPPINGS} nothing can be restored"
            ),
            format!("take mappings out that no policy mentions: tagmend scan {}", live(facts)),
        ),
        Ok(Some(count)) => {
            Finding::well(Check::Quota, format!("{count} of {MAXIMUM_MAPPINGS} mappings are in use"))
        }
    };
    let rate = |function: &Look<Option<Function>>| -> Option<f64> {
        seen(function)?.setting("CALLS_PER_SECOND")?.parse().ok()
    };
    let calls = match (rate(&facts.heal), rate(&facts.watch)) {
        (Some(heal), Some(watch)) if heal + watch + COMMANDS <= HALF => {
            let what = format!(
                "{} of {HALF} calls a second: heal {heal}, watch {watch}, commands {COMMANDS}",
                heal + watch + COMMANDS
            );
            Finding::well(Check::Quota, what)
        }
        (Some(heal), Some(watch)) => Finding::wrong(
            Check::Quota,
            format!(
                "heal takes {heal} calls a second, watch {watch} and commands {COMMANDS}: more than half of the instance's 20"
            ),
            "deploy with lower HealCallsPerSecond and WatchCallsPerSecond",
        ),
        _ => Finding::not_seen(
            Check::Quota,
            "the calls a second of a function were not seen",
            "aws lambda get-function-configuration --function-name FUNCTION",
        ),
    };
    vec![mappings, calls]
}
