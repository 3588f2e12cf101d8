//! What EventBridge is told, and what it picks.

use std::collections::BTreeMap;

use crate::expected::{RELATED_RULES, RULES};
use crate::facts::{Facts, Records, Rule, Trail};
use crate::finding::{Check, Finding};

const TRAILS: &str = "aws cloudtrail describe-trails";

/// EventBridge hears of calls only where a trail records them. Source: "AWS service events delivered via AWS CloudTrail" in
/// the EventBridge user guide.
pub(super) fn trail(facts: &Facts) -> Vec<Finding> {
    let region = &facts.region;
    let trails = match &facts.trails {
        Err(why) => return vec![Finding::not_seen(Check::Trail, why, TRAILS)],
        Ok(trails) => trails,
    };
    let here: Vec<&Trail> =
        trails.iter().filter(|trail| trail.is_of_all_regions || trail.home_region == *region).collect();
    if here.is_empty() {
        let what = format!("no trail records {region}: no rule is told anything");
        return vec![Finding::wrong(Check::Trail, what, "make a trail of management events, of all Regions")];
    }
    let is_good = |trail: &&&Trail| trail.is_logging == Ok(true) && trail.records == Ok(Records::All);
    let good: Vec<&&Trail> = here.iter().filter(is_good).collect();
    if let Some(of_all) = good.iter().find(|trail| trail.is_of_organization).or_else(|| good.first()) {
        if of_all.is_of_organization
            || super::organization::others(facts).is_ok_and(|others| others.is_empty())
        {
            return vec![Finding::well(Check::Trail, format!("{} is on, with reads and writes", of_all.arn))];
        }
        let what = format!(
            "{} is on, and is this account's alone: whether every account has one cannot be read from here",
            of_all.arn
        );
        let to_do =
            "make it a trail of the organization, or look in each account: aws cloudtrail describe-trails";
        return vec![Finding::not_seen(Check::Trail, what, to_do)];
    }
    here.into_iter().map(why_not).collect()
}

fn why_not(trail: &Trail) -> Finding {
    let arn = &trail.arn;
    match (&trail.is_logging, &trail.records) {
        (Ok(false), _) => Finding::wrong(
            Check::Trail,
            format!("{arn} is off: no rule is told anything"),
            format!("aws cloudtrail start-logging --name {arn}"),
        ),
        (_, Ok(Records::Some)) => Finding::wrong(
            Check::Trail,
            format!("{arn} does not record all management events: denied reads are most denials"),
            format!(
                "record management events, reads and writes: aws cloudtrail get-event-selectors --trail-name {arn}"
            ),
        ),
        (Err(why), _) => {
            Finding::not_seen(Check::Trail, why, format!("aws cloudtrail get-trail-status --name {arn}"))
        }
        (_, Err(why)) => {
            let command = format!("aws cloudtrail get-event-selectors --trail-name {arn}");
            Finding::not_seen(Check::Trail, why, command)
        }
        (Ok(true), Ok(Records::All)) => Finding::well(Check::Trail, format!("{arn} is on")),
    }
}

/// The rules that have to be there. With one of the related there have to be all.
pub(super) fn expected_rules(rules: &[Rule]) -> Vec<(&'static str, &'static str)> {
    let is_related = RELATED_RULES.iter().any(|(name, _)| rules.iter().any(|rule| rule.logical_id == *name));
    RULES.into_iter().chain(RELATED_RULES.into_iter().filter(|_| is_related)).collect()
}

pub(super) fn rules(facts: &Facts) -> Vec<Finding> {
    let drift = format!(
        "see what differs from the template, and deploy again: aws cloudformation detect-stack-drift --stack-name {}",
        facts.stack
    );
    let rules = match &facts.rules {
        Err(why) => {
            return vec![Finding::not_seen(
                Check::Rules,
                why,
                "aws events list-rules --event-bus-name default",
            )];
        }
        Ok(rules) => rules,
    };
    let expected = expected_rules(rules);
    let by_name: BTreeMap<&str, &Rule> = rules.iter().map(|rule| (rule.logical_id.as_str(), rule)).collect();
    let mut findings = Vec::new();
    for (name, state) in &expected {
        let Some(rule) = by_name.get(name) else {
            findings.push(Finding::wrong(Check::Rules, format!("the rule {name} is gone"), &drift));
            continue;
        };
        match &rule.state {
            Ok(is) if is == state => {}
            Ok(is) => findings.push(Finding::wrong(
                Check::Rules,
                format!("the rule {} is {is} and has to be {state}", rule.name),
                &drift,
            )),
            Err(why) => findings.push(Finding::not_seen(
                Check::Rules,
                why,
                format!("aws events describe-rule --name {}", rule.name),
            )),
        }
        match &rule.targets {
            Ok(targets) if targets.is_empty() => findings.push(Finding::wrong(
                Check::Rules,
                format!("the rule {} sends nothing anywhere", rule.name),
                &drift,
            )),
            Ok(targets) if targets.iter().any(|target| target.dead_letters.is_none()) => {
                let what = format!(
                    "what the rule {} cannot deliver is lost: its target has no dead-letter queue",
                    rule.name
                );
                findings.push(Finding::wrong(Check::Rules, what, &drift));
            }
            Ok(_) => {}
            Err(why) => findings.push(Finding::not_seen(
                Check::Rules,
                why,
                format!("aws events list-targets-by-rule --rule {}", rule.name),
            )),
        }
    }
    if findings.is_empty() {
        findings.push(Finding::well(
            Check::Rules,
            format!("{} rules are on, and send to the queue", expected.len()),
        ));
    }
    findings
}
