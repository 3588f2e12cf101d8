//! What AWS's own policy simulator says of a fix: recorded beside our evaluation, and a disagreement stops the fix.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use iam_policy::{Resource, Value};

use crate::case::tags::Tags;
use crate::case::{Case, Focus, ResourceTags};
use crate::live::answer::{Gap, Shortage, Simulated, SimulatedPair};
use crate::live::lookup::{SimulatedCall, Simulation};
use crate::words::session_tag_key::condition_key;

/// What AWS's simulator says of our answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecondOpinion {
    /// It was denied without the keys, and is allowed with them.
    Agrees,
    /// It answers otherwise.
    Disagrees {
        /// What it answers without the keys.
        without: Simulated,
        /// What it answers with them.
        with: Simulated,
    },
    /// It could not tell, for this reason.
    None(String),
    /// It was not asked, and could disagree.
    NotAsked(Shortage),
}

impl SecondOpinion {
    /// As a sentence.
    pub fn sentence(&self) -> String {
        let name = |answer: &Simulated| match answer {
            Simulated::Allowed => "allowed",
            Simulated::Denied => "denied",
            Simulated::Unsure => "not told every value",
        };
        match self {
            SecondOpinion::Agrees => "AWS's policy simulator agrees: denied without, allowed with".to_owned(),
            SecondOpinion::Disagrees { without, with } => {
                format!("AWS's policy simulator disagrees: without {}, with {}", name(without), name(with))
            }
            SecondOpinion::None(reason) => format!("no second opinion: {reason}"),
            SecondOpinion::NotAsked(shortage) => format!("no second opinion yet: {shortage}"),
        }
    }
}

/// What to ask the simulator; nothing where the fix leaves the answer open, as the simulator takes no unknown values,
/// and nothing of policies that it does not evaluate.
/// Source: `API_SimulatePrincipalPolicy` in the IAM API reference.
pub(crate) fn lookup(case: &Case<'_>) -> Option<Simulation> {
    let drift = case.deciding_keys()?;
    let is_evaluated = matches!(case.focus(), Focus::Identity | Focus::Boundary | Focus::ServiceControl);
    if !drift.open.is_empty() || !is_evaluated {
        return None;
    }
    let after = case.current.with(&drift.keys, &case.intended);
    let question = SimulatedCall {
        role_arn: case.session.role_arn.clone(),
        action: case.failure.action.clone(),
        resource: match case.request(&after, ResourceTags::AsKnown).resource {
            Resource::Named(arn) => Some(arn),
            Resource::Unknown => None,
        },
        without: entries(case, &case.carried),
        with: entries(case, &after),
    };
    Some(Simulation { account: case.session.account().to_owned(), question: Arc::new(question) })
}

/// Keys that policies of the organization ask for, which are not all known here.
const GLOBAL: [&str; 3] = ["aws:requestedregion", "aws:sourceip", "aws:viaawsservice"];

/// What is known of the keys that any policy mentions.
fn entries(case: &Case<'_>, tags: &Tags) -> BTreeMap<String, Vec<String>> {
    let request = case.request(tags, ResourceTags::AsKnown);
    let carried: BTreeSet<String> = tags.iter().map(|(key, _)| condition_key(key)).collect();
    let asked: BTreeSet<&str> =
        case.policies.keys().iter().chain(&carried).map(String::as_str).chain(GLOBAL).collect();
    asked
        .into_iter()
        .filter_map(|key| match request.context.value(key) {
            Value::One(value) => Some((key.to_owned(), vec![value.clone()])),
            Value::Many(values) => Some((key.to_owned(), values.clone())),
            Value::Absent | Value::Unknown => None,
        })
        .collect()
}

/// What it answered.
pub(crate) fn read(case: &Case<'_>) -> SecondOpinion {
    let Some(want) = lookup(case) else {
        return SecondOpinion::None(
            "the simulator takes no unknown values, and does not evaluate every type of policy".to_owned(),
        );
    };
    match case.facts.answers.simulations.get(&want) {
        Some(Ok(SimulatedPair { without: Simulated::Denied, with: Simulated::Allowed })) => {
            SecondOpinion::Agrees
        }
        Some(Ok(
            SimulatedPair { without: Simulated::Unsure, .. } | SimulatedPair { with: Simulated::Unsure, .. },
        )) => {
            SecondOpinion::None("the simulator was not told every value that the policies ask for".to_owned())
        }
        Some(Ok(SimulatedPair { without, with })) => {
            SecondOpinion::Disagrees { without: *without, with: *with }
        }
        Some(Err(Gap::Unseen(reason))) => SecondOpinion::None(reason.clone()),
        Some(Err(Gap::NotAsked(shortage))) => SecondOpinion::NotAsked(*shortage),
        None => SecondOpinion::None("nobody asked".to_owned()),
    }
}
