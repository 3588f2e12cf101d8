//! From the rules to the queue, and from the queue to the function.

use serde_json::Value as Json;

use crate::facts::{Facts, Queue, Rule};
use crate::finding::{Check, Finding};

const REDEPLOY: &str = "deploy the stack again";

pub(super) fn from_rule_to_function(facts: &Facts) -> Vec<Finding> {
    let mut findings = Vec::new();
    let rules = facts.rules.as_deref().unwrap_or_default();
    for (queue, name) in [(&facts.queue, "the queue"), (&facts.dead_letters, "the dead-letter queue")] {
        match queue {
            Err(why) => findings.push(Finding::not_seen(
                Check::Queue,
                format!("{name}: {why}"),
                "aws sqs get-queue-attributes --queue-url QUEUE_URL --attribute-names All",
            )),
            Ok(None) => {
                findings.push(Finding::wrong(
                    Check::Queue,
                    format!("no rule says which {name} is"),
                    REDEPLOY,
                ));
            }
            Ok(Some(queue)) => findings.extend(not_let_in(queue, rules, name)),
        }
    }
    if let (Ok(Some(queue)), Ok(Some(dead))) = (&facts.queue, &facts.dead_letters)
        && queue.dead_letters.as_ref() != Some(&dead.arn)
    {
        let what = "what heal cannot treat does not go to the dead-letter queue, and is lost after four days";
        findings.push(Finding::wrong(Check::Queue, what, REDEPLOY));
    }
    findings.extend(source_mapping(facts));
    if findings.is_empty() {
        findings
            .push(Finding::well(Check::Queue, "the rules may send to the queue, and it is brought to heal"));
    }
    findings
}

/// Rules that a queue's policy does not let in.
fn not_let_in(queue: &Queue, rules: &[Rule], name: &str) -> Option<Finding> {
    let is_sender = |rule: &&Rule| {
        rule.targets.as_ref().is_ok_and(|targets| {
            targets.iter().any(|to| to.arn == queue.arn || to.dead_letters.as_ref() == Some(&queue.arn))
        })
    };
    let refused: Vec<String> = rules
        .iter()
        .filter(is_sender)
        .filter(|rule| !queue.policy.as_ref().is_some_and(|policy| lets_in(policy, &rule.arn)))
        .map(|rule| rule.name.clone())
        .collect();
    (!refused.is_empty()).then(|| {
        let what = format!("the policy of {name} does not let rules send: {}", refused.join(", "));
        Finding::wrong(Check::Queue, what, REDEPLOY).about(refused)
    })
}

/// Whether a policy of the template's form lets a rule send. What has another form lets nothing in.
fn lets_in(policy: &Json, rule: &str) -> bool {
    let statements = list(policy.get("Statement"));
    let of = |effect: &str| -> Vec<&Json> {
        let is_meant = |statement: &&&Json| statement.get("Effect").and_then(Json::as_str) == Some(effect);
        statements.iter().filter(is_meant).copied().collect()
    };
    let names = |statement: &Json, test: &str| {
        list(statement.pointer(&format!("/Condition/{test}/aws:SourceArn")))
            .iter()
            .any(|arn| arn.as_str() == Some(rule))
    };
    let is_for_rules = |statement: &Json| {
        list(statement.pointer("/Principal/Service")).iter().any(|service| *service == "events.amazonaws.com")
            && list(statement.get("Action")).iter().any(|action| {
                action.as_str().is_some_and(|action| action.eq_ignore_ascii_case("sqs:SendMessage"))
            })
    };
    let is_allowed =
        of("Allow").iter().any(|statement| is_for_rules(statement) && names(statement, "ArnEquals"));
    let is_denied = of("Deny").iter().any(|statement| {
        statement.pointer("/Condition/ArnNotEquals/aws:SourceArn").is_some()
            && !names(statement, "ArnNotEquals")
    });
    is_allowed && !is_denied
}

fn list(json: Option<&Json>) -> Vec<&Json> {
    match json {
        None => Vec::new(),
        Some(Json::Array(items)) => items.iter().collect(),
        Some(one) => vec![one],
    }
}

fn source_mapping(facts: &Facts) -> Option<Finding> {
    let mapping = match &facts.source_mapping {
        Err(why) => {
            let command = "aws lambda list-event-source-mappings --event-source-arn QUEUE_ARN";
            return Some(Finding::not_seen(Check::Queue, why, command));
        }
        Ok(None) => {
            let what = "nothing brings the messages of the queue to heal";
            return Some(Finding::wrong(Check::Queue, what, REDEPLOY));
        }
        Ok(Some(mapping)) => mapping,
    };
    if !mapping.is_enabled {
        let to_do = format!("aws lambda update-event-source-mapping --uuid {} --enabled", mapping.id);
        return Some(Finding::wrong(Check::Queue, "heal is not given the messages of the queue", to_do));
    }
    let is_of_queue = !matches!(&facts.queue, Ok(Some(queue)) if queue.arn != mapping.queue);
    let name = mapping.function.rsplit(':').next().unwrap_or_default();
    let is_of_heal = !matches!(&facts.heal, Ok(Some(heal)) if heal.name != name);
    (!is_of_queue || !is_of_heal).then(|| {
        let what = format!("{} brings the messages of {} to {name}", mapping.id, mapping.queue);
        Finding::wrong(Check::Queue, what, REDEPLOY)
    })
}

pub(super) fn dead_letters(facts: &Facts) -> Vec<Finding> {
    vec![match &facts.dead_letters {
        // That it was not seen is told with the queue.
        Err(why) => Finding::not_seen(
            Check::DeadLetters,
            why,
            "aws sqs get-queue-attributes --queue-url QUEUE_URL --attribute-names ApproximateNumberOfMessages",
        ),
        Ok(None) => Finding::not_seen(Check::DeadLetters, "no rule says where dead letters are", REDEPLOY),
        Ok(Some(queue)) if queue.messages == 0 => Finding::well(Check::DeadLetters, "there are none"),
        Ok(Some(queue)) => Finding::wrong(
            Check::DeadLetters,
            format!("{} messages were not delivered or treated", queue.messages),
            format!(
                "tagmend replay --dead-letters {} --live --region {} --journal-bucket {}",
                queue.url, facts.region, facts.bucket
            ),
        ),
    }]
}
