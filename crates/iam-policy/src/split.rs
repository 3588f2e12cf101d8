//! Which unknown keys are split into cases, and into which.
//!
//! Every unknown key that is only compared for equality gets each value that policies or known keys could compare it
//! with, one value that nothing mentions, and absence. That is exhaustive: any two values that are treated alike in
//! all comparisons give the same answer. Keys that are compared otherwise (by wildcard, order, address) stay unknown.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::comparison::Comparison;
use crate::condition::Condition;
use crate::context::{Context, Keys, Value};
use crate::operator::Quantifier;
use crate::outcome::Doubts;
use crate::policy::Statement;
use crate::template::{Expansion, Template};
use crate::truth::Open;

/// How many combinations of values there are at most.
const COMBINATIONS: usize = 1_024;
/// Keys that are compared with each other: each has a value more than there are keys, so more exceed the limit.
const MOST_PARTNERS: usize = 4;
/// Values of a key that set operators test; all subsets of them are tried.
const SET_VALUES: usize = 5;

/// A key with the values to try; at least two.
pub(crate) struct Split<'k> {
    pub(crate) key: &'k str,
    pub(crate) values: Vec<Value>,
}

/// How the statements that could match compare a key.
struct Use<'k> {
    key: &'k str,
    /// Only with whole texts.
    by_equality: bool,
    by_set: bool,
    by_single: bool,
    as_variable: bool,
    literals: Vec<Cow<'k, str>>,
    /// Unknown keys it is compared with, by their place.
    partners: Vec<usize>,
}

/// In the order of the keys; at most [`COMBINATIONS`] in all.
pub(crate) fn splits<'k>(
    live: &[&'k Statement],
    context: &'k Context,
    first_open: &BTreeSet<Open>,
) -> Vec<Split<'k>> {
    let uses = Uses::new(live, context).0;
    let open_keys: Vec<&str> = first_open
        .iter()
        .filter_map(|open| match open {
            Open::Key(key) => Some(key.as_str()),
            Open::Resource | Open::Rule(_) => None,
        })
        .collect();
    let mut splits = Vec::new();
    let mut combinations = 1;
    let mut left_out = vec![false; uses.len()];
    let is_set = |flags: &[bool], place: usize| flags.get(place).copied().unwrap_or_default();
    for (place, used) in uses.iter().enumerate() {
        if is_set(&left_out, place) {
            continue;
        }
        let group = group(place, &uses);
        let in_group = || group.iter().filter_map(|place| uses.get(*place));
        let is_small = group.len() <= MOST_PARTNERS;
        if is_small && !in_group().any(|used| open_keys.binary_search(&used.key).is_ok()) {
            continue;
        }
        let splittable = is_small
            && in_group().all(|used| used.by_equality)
            && !group.iter().any(|place| is_set(&left_out, *place));
        let values = if splittable { values(used, &group, &uses) } else { None };
        match values {
            Some(values) if values.len() * combinations <= COMBINATIONS => {
                combinations *= values.len();
                splits.push(Split { key: used.key, values });
            }
            // A partner that stays unknown makes the comparison open whatever this key is.
            _ => group
                .into_iter()
                .filter_map(|place| left_out.get_mut(place).map(|flag| *flag = true))
                .collect(),
        }
    }
    splits
}

/// The key and all that it is compared with, directly or not.
fn group(place: usize, uses: &[Use<'_>]) -> Vec<usize> {
    let mut group = vec![place];
    let mut next = 0;
    while let Some(place) = group.get(next) {
        next += 1;
        for partner in uses.get(*place).into_iter().flat_map(|used| &used.partners) {
            if !group.contains(partner) {
                group.push(*partner);
            }
        }
    }
    group
}

/// None where there are too many.
fn values(used: &Use<'_>, group: &[usize], uses: &[Use<'_>]) -> Option<Vec<Value>> {
    let in_group = || group.iter().filter_map(|place| uses.get(*place));
    let mut texts: Vec<&str> = in_group().flat_map(|used| &used.literals).map(|text| &**text).collect();
    if in_group().any(|used| used.as_variable || used.by_set) {
        texts.push("");
    }
    texts.sort_unstable();
    texts.dedup();
    // As many values that nothing mentions as there are keys, so that all could be equal and all different.
    let fresh = (1..).map(|length| "\u{1}".repeat(length)).filter(|text| !texts.contains(&text.as_str()));
    let fresh: Vec<String> = fresh.take(group.len()).collect();
    let texts = texts.into_iter().map(str::to_owned).chain(fresh);
    let mut values = vec![Value::Absent];
    if used.by_set && !used.by_single {
        let texts: Vec<String> = texts.collect();
        if texts.len() > SET_VALUES {
            return None;
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
        values.extend(texts.map(Value::One));
    }
    Some(values)
}

/// The unknown keys of the statements that could match, in order.
struct Uses<'k>(Vec<Use<'k>>);

impl<'k> Uses<'k> {
    fn new(live: &[&'k Statement], context: &'k Context) -> Uses<'k> {
        let is_unknown = |key: &&str| *context.get(key) == Value::Unknown;
        let mut keys: Vec<&str> =
            live.iter().flat_map(|statement| statement.keys()).filter(is_unknown).collect();
        keys.sort_unstable();
        keys.dedup();
        let unused = |key| Use {
            key,
            by_equality: true,
            by_set: false,
            by_single: false,
            as_variable: false,
            literals: Vec::new(),
            partners: Vec::new(),
        };
        let mut uses = Uses(keys.into_iter().map(unused).collect());
        for statement in live {
            for pattern in statement.resources.items() {
                uses.by_more_than_equality(&pattern.template);
            }
            for condition in &statement.conditions {
                uses.add_condition(condition, context);
            }
        }
        uses
    }

    fn place(&self, key: &str) -> Option<usize> {
        self.0.binary_search_by(|used| used.key.cmp(key)).ok()
    }

    fn get(&mut self, key: &str) -> Option<&mut Use<'k>> {
        self.place(key).and_then(|place| self.0.get_mut(place))
    }

    fn by_more_than_equality(&mut self, template: &Template) {
        for variable in template.variables() {
            if let Some(used) = self.get(&variable.key) {
                used.by_equality = false;
            }
        }
    }

    fn add_condition(&mut self, condition: &'k Condition, context: &'k Context) {
        let comparison = condition.operator.comparison();
        let by_equality = match comparison {
            Comparison::StringEquals | Comparison::BinaryEquals | Comparison::Bool | Comparison::Null => true,
            Comparison::StringLike => condition
                .values
                .iter()
                .all(|wanted| wanted.text.text() == "*" || !wanted.text.has_wildcards()),
            _ => false,
        };
        if let Some(used) = self.get(&condition.key) {
            let is_single = condition.operator.quantifier == Quantifier::Single;
            used.by_equality &= by_equality;
            used.by_set |= !is_single;
            used.by_single |= is_single && comparison != Comparison::Null;
            if comparison == Comparison::Bool {
                used.literals.extend(["true", "false"].map(Cow::Borrowed));
            }
        }
        for wanted in &condition.values {
            match comparison {
                _ if !by_equality => self.by_more_than_equality(&wanted.text),
                Comparison::Bool | Comparison::Null => {}
                // It only asks whether the key is there.
                Comparison::StringLike if wanted.text.text() == "*" => {}
                _ => self.add_value(&condition.key, &wanted.text, context),
            }
        }
    }

    /// `key` is compared with this text for equality.
    fn add_value(&mut self, key: &'k str, text: &'k Template, context: &'k Context) {
        let place = self.place(key);
        if !text.variables().any(|variable| *context.get(&variable.key) == Value::Unknown) {
            let expansion = text.expand(Keys::of(context), &mut Doubts::default());
            if let (Expansion::Pattern(literal), Some(used)) =
                (expansion, place.and_then(|place| self.0.get_mut(place)))
            {
                used.literals.push(literal.into_text());
            }
            return;
        }
        let Some(variable) = text.only_variable() else {
            self.by_more_than_equality(text);
            if let Some(used) = self.get(key) {
                used.by_equality = false;
            }
            return;
        };
        let default = variable.default.as_deref().map(Cow::Borrowed);
        let literals: &[String] = match context.get(key) {
            Value::One(value) => std::slice::from_ref(value),
            Value::Many(values) => values,
            Value::Absent | Value::Unknown => &[],
        };
        let place_of_variable = self.place(&variable.key);
        if let Some(used) = self.get(&variable.key) {
            used.as_variable = true;
            used.literals.extend(literals.iter().map(|text| Cow::Borrowed(text.as_str())));
            used.literals.extend(default.clone());
            used.partners.extend(place);
        }
        if let Some(used) = self.get(key) {
            used.literals.extend(default);
            used.partners.extend(place_of_variable);
            // A variable that is unknown and not among the open keys cannot be given a value.
            used.by_equality &= place_of_variable.is_some();
        }
    }
}
