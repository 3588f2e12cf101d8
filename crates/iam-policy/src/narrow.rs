//! Narrows what an evaluation depends on down to the unknown keys that matter.
//!
//! Every unknown key that is only compared for equality gets, one after the other, each value that policies or
//! known keys could compare it with, one value that nothing mentions, and absence. That is exhaustive: any two
//! values that are treated alike in all comparisons give the same answer. Keys that are compared otherwise (by
//! wildcard, order, address) stay unknown.

use std::collections::{BTreeMap, BTreeSet};

use crate::comparison::Comparison;
use crate::condition::Condition;
use crate::context::{Context, Value};
use crate::evaluate::{Decision, Evaluation, Request, once};
use crate::layers::Layers;
use crate::operator::Quantifier;
use crate::policy::Statement;
use crate::template::{Expansion, Template};
use crate::truth::{Open, Truth};

/// How many combinations of values are evaluated at most.
const COMBINATIONS: usize = 1_024;
/// Keys that are compared with each other: each has a value more than there are keys, so more exceed the limit.
const MOST_PARTNERS: usize = 4;
/// Values of a key that set operators test; all subsets of them are tried.
const SET_VALUES: usize = 5;

pub(crate) fn narrow(layers: &Layers<'_>, request: &Request, first: Evaluation) -> Evaluation {
    let Decision::Depends(first_open) = &first.decision else {
        return first;
    };
    let cases = cases(layers, request, first_open);
    if cases.is_empty() {
        return first;
    }
    let mut request = request.clone();
    let total: usize = cases.iter().map(|(_, values)| values.len()).product();
    let rows: Vec<Evaluation> = (0..total)
        .map(|row| {
            let mut rest = row;
            for (key, values) in &cases {
                if let Some(value) = values.get(rest % values.len()) {
                    request.context.set(key, value.clone());
                }
                rest /= values.len();
            }
            once(layers, &request)
        })
        .collect();
    let table = Table { cases: &cases, first_open };
    let truth = |of: fn(&Evaluation) -> &Truth| {
        let truths: Vec<&Truth> = rows.iter().map(of).collect();
        table.settle(&truths, Truth::open_on).map_or_else(Truth::Open, Clone::clone)
    };
    let decisions: Vec<&Decision> = rows.iter().map(|row| &row.decision).collect();
    let decision = table.settle(&decisions, |decision| match decision {
        Decision::Depends(open) => Some(open),
        Decision::Allowed | Decision::ImplicitlyDenied | Decision::ExplicitlyDenied => None,
    });
    Evaluation {
        denies: truth(|row| &row.denies),
        allows: truth(|row| &row.allows),
        allowed: truth(|row| &row.allowed),
        decision: decision.map_or_else(Decision::Depends, Clone::clone),
    }
}

/// The answers for all combinations of values; the first key changes fastest.
struct Table<'a> {
    cases: &'a [(String, Vec<Value>)],
    /// What the evaluation was open on with all keys unknown.
    first_open: &'a BTreeSet<Open>,
}

impl Table<'_> {
    /// The answer that all rows share, else what it is open on: whatever any row is open on, and each key whose
    /// value makes a difference between two rows that differ in nothing else.
    ///
    /// A rule that only some value of a key touches is not named: to know the key is to know of the rule.
    fn settle<'r, T: PartialEq>(
        &self,
        rows: &[&'r T],
        open: impl Fn(&T) -> Option<&BTreeSet<Open>>,
    ) -> Result<&'r T, BTreeSet<Open>> {
        let is_named = |open: &&Open| !matches!(open, Open::Rule(_)) || self.first_open.contains(*open);
        let mut matters: BTreeSet<Open> =
            rows.iter().filter_map(|row| open(row)).flatten().filter(is_named).cloned().collect();
        let mut stride = 1;
        for (key, values) in self.cases {
            // Two rows that are open on the same may still be different functions of it.
            let differs = rows.iter().enumerate().any(|(index, row)| {
                let case = index / stride % values.len();
                open(row).is_some() || rows.get(index - case * stride) != Some(row)
            });
            if differs {
                matters.insert(Open::Key(key.clone()));
            }
            stride *= values.len();
        }
        match rows.first() {
            Some(first) if matters.is_empty() => Ok(first),
            _ => Err(matters),
        }
    }
}

/// How the statements that could match compare a key.
#[derive(Default)]
struct Use {
    /// Only with whole texts.
    by_equality: bool,
    by_set: bool,
    by_single: bool,
    as_variable: bool,
    literals: BTreeSet<String>,
    /// Unknown keys it is compared with.
    partners: BTreeSet<String>,
}

/// The keys that are split, with the values to try; at most [`COMBINATIONS`] in all.
fn cases(layers: &Layers<'_>, request: &Request, first_open: &BTreeSet<Open>) -> Vec<(String, Vec<Value>)> {
    let uses = uses(layers, request);
    let mut cases = Vec::new();
    let mut combinations = 1;
    let mut left_out = BTreeSet::new();
    for key in uses.keys() {
        if left_out.contains(key) {
            continue;
        }
        let group = group(key, &uses);
        if group.len() > MOST_PARTNERS {
            left_out.extend(group);
            continue;
        }
        if !group.iter().any(|key| first_open.contains(&Open::Key(key.clone()))) {
            continue;
        }
        let splittable =
            |key: &String| uses.get(key).is_some_and(|used| used.by_equality) && !left_out.contains(key);
        let values = values(key, &group, &uses);
        if !group.iter().all(splittable) || values.len() * combinations > COMBINATIONS {
            // A partner that stays unknown makes the comparison open whatever this key is.
            left_out.extend(group);
            continue;
        }
        combinations *= values.len();
        cases.push((key.clone(), values));
    }
    cases
}

/// The key and all that it is compared with, directly or not.
fn group(key: &str, uses: &BTreeMap<String, Use>) -> BTreeSet<String> {
    let mut group = BTreeSet::from([key.to_owned()]);
    let mut todo = vec![key.to_owned()];
    while let Some(key) = todo.pop() {
        for partner in uses.get(&key).into_iter().flat_map(|used| &used.partners) {
            if group.insert(partner.clone()) {
                todo.push(partner.clone());
            }
        }
    }
    group
}

fn values(key: &str, group: &BTreeSet<String>, uses: &BTreeMap<String, Use>) -> Vec<Value> {
    let in_group = || group.iter().filter_map(|key| uses.get(key));
    let mut texts: BTreeSet<String> = in_group().flat_map(|used| &used.literals).cloned().collect();
    // As many values that nothing mentions as there are keys, so that all could be equal and all different.
    let fresh = (0..).map(|index| format!("\u{1}{index}")).filter(|text| !texts.contains(text));
    let fresh: Vec<String> = fresh.take(group.len()).collect();
    texts.extend(fresh);
    if in_group().any(|used| used.as_variable || used.by_set) {
        texts.insert(String::new());
    }
    let mut values = vec![Value::Absent];
    if uses.get(key).is_some_and(|used| used.by_set && !used.by_single) {
        let texts: Vec<String> = texts.into_iter().collect();
        if texts.len() > SET_VALUES {
            return vec![Value::Absent; COMBINATIONS + 1];
        }
        for subset in 1..1_usize << texts.len() {
            let chosen = texts.iter().enumerate().filter(|(index, _)| subset & (1 << index) != 0);
            let chosen: Vec<String> = chosen.map(|(_, text)| text.clone()).collect();
            values.push(match <[String; 1]>::try_from(chosen) {
                Ok([text]) => Value::One(text),
                Err(texts) => Value::Many(texts),
            });
        }
    } else {
        values.extend(texts.into_iter().map(Value::One));
    }
    values
}

/// The unknown keys of the statements that could match.
fn uses(layers: &Layers<'_>, request: &Request) -> BTreeMap<String, Use> {
    let live: Vec<&Statement> =
        layers.statements().filter(|statement| statement.test(request) != Truth::False).collect();
    let is_unknown = |key: &&str| *request.context.get(key) == Value::Unknown;
    let keys = live.iter().flat_map(|statement| statement.keys()).filter(is_unknown);
    let mut uses: BTreeMap<String, Use> =
        keys.map(|key| (key.to_owned(), Use { by_equality: true, ..Use::default() })).collect();
    for statement in live {
        add_statement(statement, &request.context, &mut uses);
    }
    uses
}

fn add_statement(statement: &Statement, context: &Context, uses: &mut BTreeMap<String, Use>) {
    for pattern in statement.resources.items() {
        by_more_than_equality(&pattern.template, uses);
    }
    for condition in &statement.conditions {
        add_condition(condition, context, uses);
    }
}

fn by_more_than_equality(template: &Template, uses: &mut BTreeMap<String, Use>) {
    for variable in template.variables() {
        if let Some(used) = uses.get_mut(&*variable.key) {
            used.by_equality = false;
        }
    }
}

fn add_condition(condition: &Condition, context: &Context, uses: &mut BTreeMap<String, Use>) {
    let comparison = condition.operator.comparison();
    let by_equality = match comparison {
        Comparison::StringEquals | Comparison::BinaryEquals | Comparison::Bool | Comparison::Null => true,
        Comparison::StringLike => {
            condition.values.iter().all(|wanted| wanted.text.text() == "*" || !wanted.text.has_wildcards())
        }
        _ => false,
    };
    if let Some(used) = uses.get_mut(&*condition.key) {
        used.by_equality &= by_equality;
        used.by_set |= condition.operator.quantifier != Quantifier::Single;
        used.by_single |=
            condition.operator.quantifier == Quantifier::Single && comparison != Comparison::Null;
        if comparison == Comparison::Bool {
            used.literals.extend(["true", "false"].map(str::to_owned));
        }
    }
    for wanted in &condition.values {
        match comparison {
            _ if !by_equality => by_more_than_equality(&wanted.text, uses),
            Comparison::Bool | Comparison::Null => {}
            // It only asks whether the key is there.
            Comparison::StringLike if wanted.text.text() == "*" => {}
            _ => add_value(&condition.key, &wanted.text, context, uses),
        }
    }
}

/// `key` is compared with this text for equality.
fn add_value(key: &str, text: &Template, context: &Context, uses: &mut BTreeMap<String, Use>) {
    let unknown = text.variables().any(|variable| *context.get(&variable.key) == Value::Unknown);
    if !unknown {
        if let (Expansion::Pattern(literal), Some(used)) = (text.expand(context), uses.get_mut(key)) {
            used.literals.insert(literal.text().into_owned());
        }
        return;
    }
    let Some(variable) = text.only_variable() else {
        by_more_than_equality(text, uses);
        if let Some(used) = uses.get_mut(key) {
            used.by_equality = false;
        }
        return;
    };
    let literals: Vec<String> = match context.get(key) {
        Value::One(value) => vec![value.clone()],
        Value::Many(values) => values.clone(),
        Value::Absent | Value::Unknown => Vec::new(),
    };
    let is_unknown = uses.contains_key(key);
    if let Some(used) = uses.get_mut(&*variable.key) {
        used.as_variable = true;
        used.literals.extend(literals);
        used.literals.extend(variable.default.as_ref().map(ToString::to_string));
        if is_unknown {
            used.partners.insert(key.to_owned());
        }
    }
    let variable_is_split = uses.contains_key(&*variable.key);
    if let Some(used) = uses.get_mut(key) {
        used.literals.extend(variable.default.as_ref().map(ToString::to_string));
        used.partners.insert(variable.key.to_string());
        // A variable that is unknown and not among the open keys cannot be given a value.
        used.by_equality &= variable_is_split;
    }
}
