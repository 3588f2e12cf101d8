//! One line of a Condition block: operator, key, values.

use std::collections::BTreeSet;

use compact_str::CompactString;

use crate::comparison::{Comparison, Wanted};
use crate::context::{Keys, Value};
use crate::operator::{Operator, Quantifier};
use crate::outcome::{Doubt, Doubts, Outcome};
use crate::template::Expansion;
use crate::truth::{Truth, rules_of};
use crate::undocumented::OpenRule;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Condition {
    pub(crate) operator: Operator,
    /// As written, for people.
    pub(crate) key_name: CompactString,
    /// In lower case.
    pub(crate) key: CompactString,
    pub(crate) values: Vec<Wanted>,
}

impl Condition {
    /// Its own key, and those of its variables.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        let variables = self.values.iter().flat_map(|wanted| wanted.text.variables());
        std::iter::once(&*self.key).chain(variables.map(|variable| &*variable.key))
    }

    pub(crate) fn test<'p>(&'p self, keys: Keys<'_>, doubts: &mut Doubts<'p>) -> Outcome {
        let value = keys.get(&self.key);
        if self.values.is_empty() {
            return doubts.rule(OpenRule::EmptyList);
        }
        if self.operator.comparison() == Comparison::Null {
            return self.test_presence(value, doubts);
        }
        let given: &[String] = match value {
            Value::Unknown => return self.test_unknown(keys, doubts),
            Value::Absent => return self.test_absent(doubts),
            Value::One(value) => std::slice::from_ref(value),
            Value::Many(values) => values,
        };
        match (self.operator.quantifier, given) {
            (_, []) => doubts.rule(OpenRule::EmptyList),
            // "An empty data set, for example an empty string", in AWS's words.
            (Quantifier::ForAllValues | Quantifier::ForAnyValue, given)
                if given.iter().all(String::is_empty) =>
            {
                doubts.rule(OpenRule::EmptyList)
            }
            (Quantifier::Single, [value]) => self.test_value(value, keys, doubts),
            (Quantifier::Single, _) => doubts.rule(OpenRule::SingleValuedOperatorOnList),
            (Quantifier::ForAllValues, values) => {
                doubts.all(values, |value, doubts| self.test_value(value, keys, doubts))
            }
            (Quantifier::ForAnyValue, values) => {
                doubts.any(values, |value, doubts| self.test_value(value, keys, doubts))
            }
        }
    }

    /// Several values of one key are OR for positive operators and NOR for negated ones.
    fn test_value<'p>(&'p self, given: &str, keys: Keys<'_>, doubts: &mut Doubts<'p>) -> Outcome {
        let comparison = self.operator.comparison();
        let any = doubts.any(&self.values, |wanted, doubts| comparison.holds(given, wanted, keys, doubts));
        if self.operator.negated() { any.negate() } else { any }
    }

    /// A key that may be absent or hold anything. Where no policy value has a value either, nothing it
    /// could hold would match, and the answer may be sure all the same.
    fn test_unknown<'p>(&'p self, keys: Keys<'_>, doubts: &mut Doubts<'p>) -> Outcome {
        let mark = doubts.mark();
        let (mut nothing_matches, mut is_open) = (true, false);
        for wanted in &self.values {
            match wanted.text.expand(keys, doubts) {
                Expansion::NoValue => {}
                Expansion::Pattern(_) => nothing_matches = false,
                Expansion::Open => (nothing_matches, is_open) = (false, true),
            }
        }
        let is_turning = !nothing_matches && !is_open && !self.asks_whether_it_is_there();
        doubts.open(if is_turning { Doubt::Turning(&self.key) } else { Doubt::Key(&self.key) });
        // Of a list nobody knows whether it is empty.
        let is_single = self.operator.quantifier == Quantifier::Single;
        let if_present = Outcome::from(self.operator.negated());
        if is_single && nothing_matches && self.test_absent(&mut Doubts::default()) == if_present {
            doubts.forget(mark);
            return if_present;
        }
        Outcome::Open
    }

    /// `*` asks no more.
    fn asks_whether_it_is_there(&self) -> bool {
        self.operator.comparison() == Comparison::StringLike
            && self.values.iter().any(|wanted| wanted.text.text() == "*")
    }

    fn test_absent(&self, doubts: &mut Doubts<'_>) -> Outcome {
        match (self.operator.quantifier, self.operator.if_exists) {
            (Quantifier::ForAnyValue, true) => doubts.rule(OpenRule::ForAnyValueIfExistsAbsent),
            (Quantifier::ForAnyValue, false) => Outcome::False,
            (Quantifier::ForAllValues, _) | (Quantifier::Single, true) => Outcome::True,
            (Quantifier::Single, false) => self.operator.negated().into(),
        }
    }

    fn test_presence<'p>(&'p self, value: &Value, doubts: &mut Doubts<'p>) -> Outcome {
        let absent = match value {
            Value::Unknown => return doubts.open(self.doubt_of_presence()),
            Value::Many(values) if values.is_empty() => return doubts.rule(OpenRule::EmptyList),
            Value::Absent => true,
            Value::One(_) | Value::Many(_) => false,
        };
        doubts.any(&self.values, |wanted, doubts| match wanted.boolean() {
            Some(wanted) => (wanted == absent).into(),
            None => doubts.rule(OpenRule::UnreadableOperand),
        })
    }

    fn doubt_of_presence(&self) -> Doubt<'_> {
        match self.values.as_slice() {
            [wanted] if wanted.boolean().is_some() => Doubt::Turning(&self.key),
            _ => Doubt::Key(&self.key),
        }
    }

    /// Keys that the test asks for and that are absent: its own, else those of its variables.
    pub(crate) fn missing<'a>(&'a self, keys: Keys<'_>, missing: &mut BTreeSet<&'a str>) {
        if *keys.get(&self.key) == Value::Absent {
            missing.insert(&self.key);
            return;
        }
        let variables = self.values.iter().flat_map(|wanted| wanted.text.variables());
        missing
            .extend(variables.map(|variable| &*variable.key).filter(|key| *keys.get(key) == Value::Absent));
    }

    /// Undocumented rules that any of its values meets, also where another value decides.
    pub(crate) fn undocumented(&self, keys: Keys<'_>, rules: &mut BTreeSet<OpenRule>) {
        let mut add = |truth: Truth| rules.extend(rules_of(&truth));
        add(Truth::of(|doubts| self.test(keys, doubts)));
        let given: &[String] = match keys.get(&self.key) {
            Value::Unknown | Value::Absent => return,
            Value::One(value) => std::slice::from_ref(value),
            Value::Many(values) => values,
        };
        let comparison = self.operator.comparison();
        for wanted in &self.values {
            if comparison == Comparison::Null && wanted.boolean().is_none() {
                add(Truth::of(|doubts| doubts.rule(OpenRule::UnreadableOperand)));
            } else if comparison != Comparison::Null {
                for given in given {
                    add(Truth::of(|doubts| comparison.holds(given, wanted, keys, doubts)));
                }
            }
        }
    }
}
