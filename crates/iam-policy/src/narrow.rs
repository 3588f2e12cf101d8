//! Narrows what an evaluation depends on down to the unknown keys that matter.

#[cfg(test)]
mod plain;

use std::collections::BTreeSet;

use crate::context::{Keys, Value};
use crate::decide::{Decision, Evaluation};
use crate::independent::{Node, Summary, Table};
use crate::layers::Layers;
use crate::outcome::{Doubt, Doubts, Outcome};
use crate::policy::{Effect, Statement};
use crate::request::Request;
use crate::split::{Split, splits};
use crate::state::State;
use crate::truth::{Open, Truth};

/// Whatever is not open afterwards holds for every value that the unknown keys could take.
pub(crate) fn narrow(layers: &Layers<'_>, request: &Request, first: Evaluation) -> Evaluation {
    let Decision::Depends(first_open) = &first.decision else {
        return first;
    };
    let live = layers.may_match(request);
    let statements: Vec<&Statement> = live.iter().map(|(_, statement)| *statement).collect();
    let splits = splits(&statements, &request.context, first_open);
    if splits.is_empty() {
        return first;
    }
    let cases = Cases { request, splits: &splits };
    let of = |effect| live.iter().filter(move |(_, statement)| statement.effect == effect);
    let denying: Vec<Node<'_>> = of(Effect::Deny).map(|(_, statement)| cases.statement(statement)).collect();
    let allowing: Vec<Node<'_>> = layers
        .granting()
        .map(|(layer, _)| {
            let own = of(Effect::Allow).filter(|(other, _)| *other == layer);
            Node::any(own.map(|(_, statement)| cases.statement(statement)).collect())
        })
        .collect();
    let values: Vec<usize> = splits.iter().map(|split| split.values.len()).collect();
    let answers = Answers { summary: Summary::new(&denying, &allowing, &values), splits: &splits };
    let truth = |first: &Truth, sides: &[Effect], holds: fn(State) -> Option<bool>| match first.open_on() {
        Some(first_open) => answers.settle(first_open, sides, holds).map_or_else(Truth::Open, Truth::from),
        None => first.clone(),
    };
    let both = [Effect::Deny, Effect::Allow];
    let decided = answers.settle(first_open, &both, decision);
    Evaluation {
        denies: truth(&first.denies, &[Effect::Deny], |state| state.denies().sure()),
        allows: truth(&first.allows, &[Effect::Allow], |state| state.allows().sure()),
        allowed: truth(&first.allowed, &both, is_allowed),
        decision: decided.map_or_else(Decision::Depends, |kind| match kind {
            Sure::Allowed => Decision::Allowed,
            Sure::ImplicitlyDenied => Decision::ImplicitlyDenied,
            Sure::ExplicitlyDenied => Decision::ExplicitlyDenied,
        }),
    }
}

/// A decision that does not depend.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sure {
    Allowed,
    ImplicitlyDenied,
    ExplicitlyDenied,
}

fn decision(state: State) -> Option<Sure> {
    match (state.denies(), state.allows()) {
        (Outcome::True, _) => Some(Sure::ExplicitlyDenied),
        (Outcome::False, Outcome::True) => Some(Sure::Allowed),
        (Outcome::False, Outcome::False) => Some(Sure::ImplicitlyDenied),
        _ => None,
    }
}

fn is_allowed(state: State) -> Option<bool> {
    state.denies().negate().and(state.allows()).sure()
}

/// What the evaluation comes to for all combinations of values.
struct Answers<'a> {
    summary: Summary<'a>,
    splits: &'a [Split<'a>],
}

impl Answers<'_> {
    /// The answer to a question that all combinations share, else what it is open on: whatever it is open on for any
    /// combination, and each key whose value makes a difference between two that differ in nothing else. Two that are
    /// open on the same may still be different functions of it, so that then every key does.
    ///
    /// What the question was not open on with all keys unknown cannot matter for it. Nor is a rule named that only some
    /// value of a key touches: to know the key is to know of the rule.
    fn settle<T: PartialEq>(
        &self,
        first_open: &BTreeSet<Open>,
        sides: &[Effect],
        question: impl Fn(State) -> Option<T>,
    ) -> Result<T, BTreeSet<Open>> {
        let Summary { reached, open, turns } = &self.summary;
        let is_open = reached.iter().any(|state| question(state).is_none());
        let open = open.iter().filter(|(state, side, _)| sides.contains(side) && question(*state).is_none());
        let doubts: BTreeSet<Doubt<'_>> = open.map(|(_, _, doubt)| *doubt).collect();
        let mut matters: BTreeSet<Open> = doubts.into_iter().map(Open::from).collect();
        for (place, split) in self.splits.iter().enumerate() {
            let turns = || turns.iter().any(|turns| turns.key == place && turns.differ(&question));
            if is_open || turns() {
                matters.insert(Open::Key(split.key.to_owned()));
            }
        }
        matters.retain(|open| first_open.contains(open));
        match reached.iter().next().and_then(question) {
            Some(answer) if matters.is_empty() => Ok(answer),
            _ => Err(matters),
        }
    }
}

/// The request, with each value of the keys that are split.
struct Cases<'a> {
    request: &'a Request,
    splits: &'a [Split<'a>],
}

impl<'a> Cases<'a> {
    fn statement(&self, statement: &'a Statement) -> Node<'a> {
        // No key that a resource names is split.
        let target = self.table(&[], |_, doubts| statement.test_target(self.request, doubts));
        let conditions = statement.conditions.iter().map(|condition| {
            self.table(&self.places(condition.keys()), |keys, doubts| condition.test(keys, doubts))
        });
        Node::all(std::iter::once(target).chain(conditions).collect())
    }

    /// Those of the keys that are split.
    fn places<'k>(&self, keys: impl Iterator<Item = &'k str>) -> Vec<usize> {
        let mut places: Vec<usize> =
            keys.filter_map(|key| self.splits.iter().position(|split| split.key == key)).collect();
        places.sort_unstable();
        places.dedup();
        places
    }

    /// The outcomes of a test that depends on these of the split keys.
    fn table(&self, places: &[usize], test: impl Fn(Keys<'_>, &mut Doubts<'a>) -> Outcome) -> Node<'a> {
        let splits: Vec<(usize, &Split<'_>)> =
            places.iter().filter_map(|place| Some((*place, self.splits.get(*place)?))).collect();
        let mut strides = Vec::with_capacity(splits.len());
        let mut total = 1;
        for (place, split) in &splits {
            strides.push((*place, total));
            total *= split.values.len();
        }
        let mut doubts = Doubts::default();
        let outcomes = (0..total).map(|index| {
            let value = |(split, (_, stride)): (&(usize, &'a Split<'a>), &(usize, usize))| {
                let values = &split.1.values;
                values.get(index / stride % values.len()).map(|value| (split.1.key, value))
            };
            let instead: Vec<(&str, &Value)> = splits.iter().zip(&strides).filter_map(value).collect();
            let outcome = test(Keys::of(&self.request.context).with(&instead), &mut doubts);
            (outcome, doubts.take().collect())
        });
        let outcomes = outcomes.collect();
        Node::test(Table { strides, outcomes })
    }
}
