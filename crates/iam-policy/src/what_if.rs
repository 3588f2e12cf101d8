//! Which keys, if the request carried them, would turn a denial into an Allow.

use std::collections::BTreeSet;

use crate::comparison::Comparison;
use crate::condition::Condition;
use crate::context::{Context, Value};
use crate::evaluate::{Decision, Request, Resource, evaluate};
use crate::explain::{StatementTrace, explain};
use crate::layers::Layers;
use crate::smallest::smallest;
use crate::template::{Expansion, Template};
use crate::truth::Truth;

/// A value that a key could have.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Candidate {
    /// The condition key.
    pub key: String,
    /// Its value.
    pub value: Value,
}

/// What turns a decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    /// The smallest set of candidates that does, one a key.
    pub with: Vec<Candidate>,
    /// The statements that answer otherwise, before and after.
    pub statements: Vec<(StatementTrace, StatementTrace)>,
}

/// The smallest set of candidates with which a request that is not allowed is allowed for sure. None where it is
/// allowed as it is, or no set does.
pub fn what_if(layers: &Layers<'_>, request: &Request, candidates: &[Candidate]) -> Option<Turn> {
    if evaluate(layers, request).decision == Decision::Allowed {
        return None;
    }
    let turns = |set: &[&Candidate]| {
        let mut keys = BTreeSet::new();
        if !set.iter().all(|candidate| keys.insert(candidate.key.to_ascii_lowercase())) {
            return None;
        }
        let after = with(request, set);
        (evaluate(layers, &after).decision == Decision::Allowed).then_some(after)
    };
    let (set, after) = smallest(candidates, turns)?;
    let pairs = explain(layers, request).into_iter().zip(explain(layers, &after));
    let statements = pairs.filter(|(before, after)| before.matches != after.matches).collect();
    Some(Turn { with: set.into_iter().cloned().collect(), statements })
}

fn with(request: &Request, candidates: &[&Candidate]) -> Request {
    let mut request = request.clone();
    for candidate in candidates {
        request.context.set(&candidate.key, candidate.value.clone());
    }
    request
}

impl Turn {
    /// The first statement that answers otherwise, and its first condition that does; none where it is the
    /// resource.
    pub fn turning_point(&self) -> Option<(&StatementTrace, Option<usize>)> {
        let (before, after) = self.statements.first()?;
        let conditions = before.conditions.iter().zip(&after.conditions);
        let condition = conditions.into_iter().position(|(before, after)| before.holds != after.holds);
        Some((after, condition))
    }
}

/// Values worth trying for the keys that are absent: those that the policies name, and where a policy compares two
/// keys, those of the other. In the order of the keys.
pub fn candidates(layers: &Layers<'_>, request: &Request) -> Vec<Candidate> {
    let mut found = BTreeSet::new();
    let mut add = |key: &str, value: &str| {
        if *request.context.get(key) == Value::Absent && !value.is_empty() {
            found.insert(Candidate { key: key.to_owned(), value: Value::One(value.to_owned()) });
        }
    };
    for statement in layers.statements() {
        if statement.test_action(&request.action) == Truth::False {
            continue;
        }
        if let Resource::Named(arn) = &request.resource {
            for pattern in statement.resources.items() {
                solve(&pattern.template, arn, &mut add);
            }
        }
        for condition in &statement.conditions {
            of_condition(condition, &request.context, &mut add);
        }
    }
    found.into_iter().collect()
}

fn of_condition(condition: &Condition, context: &Context, add: &mut impl FnMut(&str, &str)) {
    let comparison = condition.operator.comparison();
    let given: &[String] = match context.get(&condition.key) {
        Value::One(value) => std::slice::from_ref(value),
        Value::Many(values) => values,
        Value::Absent | Value::Unknown => &[],
    };
    for wanted in &condition.values {
        given.iter().for_each(|given| solve(&wanted.text, given, add));
        if comparison == Comparison::Null {
            continue;
        }
        if let Expansion::Pattern(pattern) = wanted.text.expand(context) {
            let is_pattern = matches!(comparison, Comparison::StringLike | Comparison::Arn);
            let example = if is_pattern { pattern.example() } else { pattern.text().into_owned() };
            add(&condition.key, &example);
        }
    }
}

fn solve(template: &Template, whole: &str, add: &mut impl FnMut(&str, &str)) {
    if let Some((variable, value)) = template.solve(whole) {
        add(&variable.key, &value);
    }
}
