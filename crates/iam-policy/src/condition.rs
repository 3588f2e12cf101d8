//! One line of a Condition block: operator, key, values.

use std::collections::BTreeSet;

use compact_str::CompactString;

use crate::comparison::{Comparison, Wanted};
use crate::consulted::rules_of;
use crate::context::{Context, Value};
use crate::operator::{Operator, Quantifier};
use crate::template::Expansion;
use crate::truth::Truth;
use crate::undocumented::Rule;

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
    pub(crate) fn test(&self, context: &Context) -> Truth {
        let value = context.get(&self.key);
        if self.values.is_empty() {
            return Truth::rule(Rule::EmptyList);
        }
        if self.operator.comparison() == Comparison::Null {
            return self.test_presence(value);
        }
        let given: &[String] = match value {
            Value::Unknown => return self.test_unknown(context),
            Value::Absent => return self.test_absent(),
            Value::One(value) => std::slice::from_ref(value),
            Value::Many(values) => values,
        };
        match (self.operator.quantifier, given) {
            (_, []) => Truth::rule(Rule::EmptyList),
            // "An empty data set, for example an empty string", in AWS's words.
            (Quantifier::ForAllValues | Quantifier::ForAnyValue, given)
                if given.iter().all(String::is_empty) =>
            {
                Truth::rule(Rule::EmptyList)
            }
            (Quantifier::Single, [value]) => self.test_value(value, context),
            (Quantifier::Single, _) => Truth::rule(Rule::SingleValuedOperatorOnList),
            (Quantifier::ForAllValues, values) => {
                Truth::all(values.iter().map(|value| self.test_value(value, context)))
            }
            (Quantifier::ForAnyValue, values) => {
                Truth::any(values.iter().map(|value| self.test_value(value, context)))
            }
        }
    }

    /// Several values of one key are OR for positive operators and NOR for negated ones.
    fn test_value(&self, given: &str, context: &Context) -> Truth {
        let comparison = self.operator.comparison();
        let any = Truth::any(self.values.iter().map(|wanted| comparison.holds(given, wanted, context)));
        if self.operator.negated() { any.negate() } else { any }
    }

    /// A key that may be absent or hold anything. Where no policy value has a value either, nothing it
    /// could hold would match, and the answer may be sure all the same.
    fn test_unknown(&self, context: &Context) -> Truth {
        let mut nothing_matches = true;
        let mut open = Truth::key(&self.key);
        for wanted in &self.values {
            match wanted.text.expand(context) {
                Expansion::NoValue => {}
                Expansion::Pattern(_) => nothing_matches = false,
                Expansion::Open(truth) => {
                    nothing_matches = false;
                    open = open.and(truth);
                }
            }
        }
        // Of a list nobody knows whether it is empty.
        let is_single = self.operator.quantifier == Quantifier::Single;
        let if_present = Truth::from(self.operator.negated());
        if is_single && nothing_matches && self.test_absent() == if_present { if_present } else { open }
    }

    fn test_absent(&self) -> Truth {
        match (self.operator.quantifier, self.operator.if_exists) {
            (Quantifier::ForAnyValue, true) => Truth::rule(Rule::ForAnyValueIfExistsAbsent),
            (Quantifier::ForAnyValue, false) => Truth::False,
            (Quantifier::ForAllValues, _) | (Quantifier::Single, true) => Truth::True,
            (Quantifier::Single, false) => self.operator.negated().into(),
        }
    }

    fn test_presence(&self, value: &Value) -> Truth {
        let absent = match value {
            Value::Unknown => return Truth::key(&self.key),
            Value::Many(values) if values.is_empty() => return Truth::rule(Rule::EmptyList),
            Value::Absent => true,
            Value::One(_) | Value::Many(_) => false,
        };
        Truth::any(self.values.iter().map(|wanted| match wanted.boolean() {
            Some(wanted) => (wanted == absent).into(),
            None => Truth::rule(Rule::UnreadableOperand),
        }))
    }

    /// Keys that the test asks for and that are absent: its own, else those of its variables.
    pub(crate) fn missing<'a>(&'a self, context: &Context, missing: &mut BTreeSet<&'a str>) {
        if *context.get(&self.key) == Value::Absent {
            missing.insert(&self.key);
            return;
        }
        let variables = self.values.iter().flat_map(|wanted| wanted.text.variables());
        missing.extend(
            variables.map(|variable| &*variable.key).filter(|key| *context.get(key) == Value::Absent),
        );
    }

    /// Undocumented rules that any of its values meets, also where another value decides.
    pub(crate) fn undocumented(&self, context: &Context, rules: &mut BTreeSet<Rule>) {
        let mut add = |truth: Truth| rules.extend(rules_of(&truth));
        add(self.test(context));
        let given: &[String] = match context.get(&self.key) {
            Value::Unknown | Value::Absent => return,
            Value::One(value) => std::slice::from_ref(value),
            Value::Many(values) => values,
        };
        let comparison = self.operator.comparison();
        for wanted in &self.values {
            if comparison == Comparison::Null && wanted.boolean().is_none() {
                add(Truth::rule(Rule::UnreadableOperand));
            } else if comparison != Comparison::Null {
                given.iter().for_each(|given| add(comparison.holds(given, wanted, context)));
            }
        }
    }
}
