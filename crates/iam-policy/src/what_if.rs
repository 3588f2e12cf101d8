//! Which keys, if the request carried them, would flip a denial into an Allow.

use std::collections::BTreeSet;

use crate::comparison::Comparison;
use crate::condition::Condition;
use crate::context::{Context, Keys, Value};
use crate::decide::{Decision, once};
use crate::evaluate::evaluate;
use crate::explain::{StatementTrace, explain};
use crate::layers::Layers;
use crate::outcome::Doubts;
use crate::request::{Request, Resource};
use crate::smallest::{GaveUp, smallest_within};
use crate::template::{Expansion, Template};
use crate::truth::Open;

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

/// What looking for it came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WhatIf {
    /// The request is allowed as it is.
    Allowed,
    /// These flip it.
    Turn(Box<Turn>),
    /// No set of the candidates does.
    Nothing,
    /// There are more sets than are tried.
    GaveUp,
}

/// How many requests are evaluated in search of a set.
const EVALUATIONS: usize = 20_000;

/// The smallest set of candidates, one a key, with which a request that is not allowed is allowed for sure. Keys that
/// are unknown are each taken for independent here.
pub fn what_if(layers: &Layers<'_>, request: &Request, candidates: &[Candidate]) -> WhatIf {
    if evaluate(layers, request).decision == Decision::Allowed {
        return WhatIf::Allowed;
    }
    // Keys whose value cannot matter are not tried.
    let mut unknown = request.clone();
    for candidate in candidates {
        unknown.context.set(&candidate.key, Value::Unknown);
    }
    let allowed = once(layers, &unknown).allowed;
    let matters =
        |key: &str| allowed.open_on().is_some_and(|open| open.contains(&Open::Key(key.to_ascii_lowercase())));
    let mut by_key: Vec<Vec<&Candidate>> = Vec::new();
    for candidate in candidates.iter().filter(|candidate| matters(&candidate.key)) {
        let same_key = |group: &&mut Vec<&Candidate>| {
            group.iter().any(|other| other.key.eq_ignore_ascii_case(&candidate.key))
        };
        match by_key.iter_mut().find(same_key) {
            Some(group) => group.push(candidate),
            None => by_key.push(vec![candidate]),
        }
    }
    let mut evaluations = 0;
    let found = smallest_within(EVALUATIONS, &by_key, |keys| {
        one_of_each(keys, &mut |set| {
            evaluations += 1;
            if evaluations > EVALUATIONS {
                return None;
            }
            let after = with(request, set);
            (once(layers, &after).decision == Decision::Allowed).then_some(after)
        })
    });
    match found {
        Ok(Some((_, (set, after)))) => {
            let pairs = explain(layers, request).into_iter().zip(explain(layers, &after));
            let statements = pairs.filter(|(before, after)| before.matches != after.matches).collect();
            WhatIf::Turn(Box::new(Turn { with: set.into_iter().cloned().collect(), statements }))
        }
        Ok(None) if evaluations <= EVALUATIONS => WhatIf::Nothing,
        Ok(None) | Err(GaveUp) => WhatIf::GaveUp,
    }
}

/// The first choice of one candidate from each group that passes.
fn one_of_each<'c, R>(
    groups: &[&Vec<&'c Candidate>],
    test: &mut impl FnMut(&[&'c Candidate]) -> Option<R>,
) -> Option<(Vec<&'c Candidate>, R)> {
    let mut choice = vec![0; groups.len()];
    loop {
        let set: Vec<&Candidate> =
            groups.iter().zip(&choice).filter_map(|(group, index)| group.get(*index).copied()).collect();
        if let Some(answer) = test(&set) {
            return Some((set, answer));
        }
        let next = choice.iter().zip(groups).position(|(index, group)| index + 1 < group.len())?;
        for (place, index) in choice.iter_mut().enumerate().take(next + 1) {
            *index = if place == next { *index + 1 } else { 0 };
        }
    }
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
/// keys, those of the other. In the order of the keys. Not for every operator: of numbers and dates only the bound
/// itself.
pub fn candidates(layers: &Layers<'_>, request: &Request) -> Vec<Candidate> {
    let mut found = BTreeSet::new();
    let mut add = |key: &str, value: &str| {
        if *request.context.get(key) == Value::Absent && !value.is_empty() {
            found.insert(Candidate { key: key.to_owned(), value: Value::One(value.to_owned()) });
        }
    };
    for statement in layers.statements() {
        if !statement.is_about(&request.action) {
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

/// Where a policy asks for the key and not for a value.
const ANY_VALUE: &str = "any-value";

fn of_condition(condition: &Condition, context: &Context, add: &mut impl FnMut(&str, &str)) {
    let comparison = condition.operator.comparison();
    let given: &[String] = match context.get(&condition.key) {
        Value::One(value) => std::slice::from_ref(value),
        Value::Many(values) => values,
        Value::Absent | Value::Unknown => &[],
    };
    for wanted in &condition.values {
        given.iter().for_each(|given| solve(&wanted.text, given, add));
        if let (Comparison::Null, Some(false)) = (comparison, wanted.boolean()) {
            add(&condition.key, ANY_VALUE);
        }
        if let (false, Expansion::Pattern(pattern)) =
            (comparison == Comparison::Null, wanted.text.expand(Keys::of(context), &mut Doubts::default()))
        {
            let example = match comparison {
                Comparison::StringLike | Comparison::Arn => pattern.example(),
                Comparison::IpAddress => pattern.text().split('/').next().unwrap_or_default().to_owned(),
                _ => pattern.text().into_owned(),
            };
            add(&condition.key, if example.is_empty() { ANY_VALUE } else { &example });
        }
    }
}

fn solve(template: &Template, whole: &str, add: &mut impl FnMut(&str, &str)) {
    if let Some((variable, values)) = template.solve(whole) {
        values.iter().for_each(|value| add(&variable.key, value));
    }
}
