//! Other accounts and Regions: whether they may forward, whether they do, and whether Tagmend can read there.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;
use tagmend_diagnosis::AccountRegion;

use crate::expected::FORWARDING_RULES;
use crate::facts::{Facts, ForwardingRule, Look};
use crate::finding::{Check, Finding};

/// Accounts in scope that are not this one.
pub(super) fn others(facts: &Facts) -> Look<BTreeSet<String>> {
    let home = facts.account.clone()?;
    Ok(facts.accounts.clone()?.into_iter().filter(|account| *account != home).collect())
}

/// How to make an event that shows it. Nobody can put an event of AWS on a bus, so it takes a call that is denied.
const TEST_EVENT: &str = "as a user of a permission set, in each Region that is used there, make one call that it does not \
    allow, as aws sqs list-queues --region REGION --profile PERMISSION_SET; a quarter of an hour later look again. \
    Forwarding is deployed as docs/operations.md says; what its rules could not send lies in the dead-letter queue there";

pub(super) fn forwarding(facts: &Facts) -> Vec<Finding> {
    let others = match others(facts) {
        Err(why) => {
            let to_do = "aws organizations list-accounts; or list the accounts in the baseline";
            return [Check::Bus, Check::Forwarding].map(|check| Finding::not_seen(check, &why, to_do)).into();
        }
        Ok(others) => others,
    };
    let (bus, heard) = if others.is_empty() {
        let what = "the baseline has no account but this one";
        (Finding::well(Check::Bus, what), Finding::well(Check::Forwarding, what))
    } else {
        (bus(facts), heard(facts, &others))
    };
    [bus, heard].into_iter().chain(rules_elsewhere(facts)).collect()
}

/// How what forwards gets there.
const DEPLOY: &str = "deploy member.yaml in these accounts and Regions: \"Hear every account\" in docs/operations.md has the commands";

/// The rules that forward, of each place that could be asked.
fn rules_elsewhere(facts: &Facts) -> Vec<Finding> {
    let mut unseen: BTreeMap<&String, Vec<&AccountRegion>> = BTreeMap::new();
    let mut wrong: BTreeMap<String, Vec<&AccountRegion>> = BTreeMap::new();
    for (place, rules) in &facts.forwarding {
        match rules {
            Err(why) => unseen.entry(why).or_default().push(place),
            Ok(rules) if rules.is_empty() => {
                wrong.entry("no rule forwards".to_owned()).or_default().push(place);
            }
            Ok(rules) => {
                for what in FORWARDING_RULES.iter().filter_map(|expected| amiss(expected, rules)) {
                    wrong.entry(what).or_default().push(place);
                }
            }
        }
    }
    if unseen.is_empty() && wrong.is_empty() && !facts.forwarding.is_empty() {
        let what = format!(
            "{} rules forward from each of {} places: {}",
            FORWARDING_RULES.len(),
            facts.forwarding.len(),
            listed(&facts.forwarding.keys().collect::<Vec<_>>())
        );
        return vec![Finding::well(Check::Forwarding, what)];
    }
    let wrong = wrong.into_iter().map(|(what, places)| {
        let what = format!("{what}, in {} of {}: {}", places.len(), facts.forwarding.len(), listed(&places));
        Finding::wrong(Check::Forwarding, what, DEPLOY).about(accounts(&places))
    });
    let unseen = unseen.into_iter().map(|(why, places)| {
        let what = format!("which rules forward ({why}): {}", listed(&places));
        let to_do = "aws events list-rule-names-by-target --target-arn BUS --region REGION, in each of these accounts";
        Finding::not_seen(Check::Forwarding, what, to_do).about(accounts(&places))
    });
    wrong.chain(unseen).collect()
}

/// What is wrong with a rule; none where it is there as it has to be.
fn amiss((description, state): &(&str, &str), rules: &[ForwardingRule]) -> Option<String> {
    let named = || rules.iter().filter(|rule| rule.description == *description);
    match named().next() {
        None => Some(format!("the rule \"{description}\" is gone")),
        Some(_) if named().any(|rule| rule.state == *state) => None,
        Some(rule) => Some(format!("the rule \"{description}\" is {} and has to be {state}", rule.state)),
    }
}

fn listed(places: &[&AccountRegion]) -> String {
    let names: Vec<String> =
        places.iter().map(|place| format!("{} {}", place.account, place.region)).collect();
    names.join(", ")
}

fn accounts(places: &[&AccountRegion]) -> Vec<String> {
    let accounts: BTreeSet<&String> = places.iter().map(|place| &place.account).collect();
    accounts.into_iter().cloned().collect()
}

fn bus(facts: &Facts) -> Finding {
    let statement = format!("{}-member-events", facts.stack);
    match &facts.bus {
        Err(why) => Finding::not_seen(Check::Bus, why, "aws events describe-event-bus --name default"),
        Ok(policy) => {
            let statements = policy.as_ref().and_then(|policy| policy.get("Statement"));
            let statements = statements.and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default();
            let is_it = |json: &&Json| json.get("Sid").and_then(Json::as_str) == Some(statement.as_str());
            if statements.iter().any(|json| is_it(&json)) {
                Finding::well(Check::Bus, "accounts of the organization may forward to the bus")
            } else {
                Finding::wrong(
                    Check::Bus,
                    "the bus lets no other account forward: only this one is heard",
                    "deploy with OrganizationId (docs/operations.md)",
                )
            }
        }
    }
}

fn heard(facts: &Facts, others: &BTreeSet<String>) -> Finding {
    let heard = match &facts.heard {
        Err(why) => return Finding::not_seen(Check::Forwarding, why, TEST_EVENT),
        Ok(heard) => heard,
    };
    let silent: Vec<String> =
        others.iter().filter(|account| !heard.contains_key(*account)).cloned().collect();
    if silent.is_empty() {
        let oldest = others.iter().filter_map(|account| heard.get(account)).min();
        let since = oldest.map(ToString::to_string).unwrap_or_default();
        let what = format!(
            "each of {} accounts was heard, the quietest last at {since}; of one Region each, at least",
            others.len()
        );
        return Finding::well(Check::Forwarding, what);
    }
    let what =
        format!("{} of {} accounts were never heard: {}", silent.len(), others.len(), silent.join(", "));
    Finding::not_seen(Check::Forwarding, what, TEST_EVENT).about(silent)
}

pub(super) fn readers(facts: &Facts) -> Vec<Finding> {
    let heal = match &facts.heal {
        Ok(Some(heal)) => heal,
        _ => {
            let command = "aws lambda get-function-configuration --function-name FUNCTION";
            return vec![Finding::not_seen(Check::Reader, "heal was not seen", command)];
        }
    };
    let Some(role) = heal.setting("READER_ROLE_NAME") else {
        return vec![Finding::well(
            Check::Reader,
            "none is configured: diagnoses say what they could not see",
        )];
    };
    let others = match others(facts) {
        Err(why) => return vec![Finding::not_seen(Check::Reader, why, "list the accounts in the baseline")],
        Ok(others) => others,
    };
    let refused: Vec<String> = others
        .iter()
        .filter(|account| !matches!(facts.readers.get(*account), Some(Ok(()))))
        .cloned()
        .collect();
    if refused.is_empty() {
        return vec![Finding::well(Check::Reader, format!("{role} is in each of {} accounts", others.len()))];
    }
    let first = refused.iter().find_map(|account| facts.readers.get(account)?.as_ref().err());
    let why = first.map_or("the caller gave no --reader-role", String::as_str);
    let what = format!(
        "whether {role} is in {} of {} accounts ({why}): {}",
        refused.len(),
        others.len(),
        refused.join(", ")
    );
    let to_do = format!(
        "aws cloudformation list-stack-instances --call-as DELEGATED_ADMIN --stack-set-name STACK_SET says where it was \
         deployed; its trust has to name who looks (OtherReaderArns of member.yaml), else nobody sees more than that (role \
         {role})"
    );
    vec![Finding::not_seen(Check::Reader, what, to_do).about(refused)]
}
