//! One line of a Condition block: operator, key, values.

use crate::context::{Context, Value};
use crate::operator::{Comparison, Operator, Quantifier, boolean};
use crate::template::{Expansion, Template};
use crate::truth::{Rule, Truth};

#[derive(Clone, Debug)]
pub(crate) struct Condition {
    pub(crate) operator_name: String,
    pub(crate) operator: Operator,
    /// As written, for people.
    pub(crate) key_name: String,
    pub(crate) key: String,
    pub(crate) values: Vec<Template>,
}

impl Condition {
    pub(crate) fn test(&self, context: &Context) -> Truth {
        let value = context.get(&self.key);
        if self.operator.comparison == Comparison::Null {
            return self.test_presence(value);
        }
        let given: &[String] = match value {
            Value::Unknown => return self.test_unknown(context),
            Value::Absent => return self.test_absent(),
            Value::One(value) => std::slice::from_ref(value),
            Value::Many(values) => values,
        };
        match (self.operator.quantifier, given) {
            (Quantifier::Single, [value]) => self.test_value(value, context),
            (Quantifier::Single, _) => Truth::rule(Rule::SingleValuedOperatorOnList),
            (_, []) => Truth::rule(Rule::EmptyList),
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
        let any = Truth::any(self.values.iter().map(|wanted| match wanted.expand(context) {
            Expansion::Pattern(tokens) => self.operator.comparison.holds(given, &tokens),
            Expansion::NoValue => Truth::False,
            Expansion::Open(truth) => truth,
        }));
        if self.operator.negated { any.negate() } else { any }
    }

    /// A key that may be absent or hold anything. Where no policy value has a value either, nothing it
    /// could hold would match, and the answer may be sure all the same.
    fn test_unknown(&self, context: &Context) -> Truth {
        let mut nothing_matches = true;
        let mut open = Truth::key(&self.key);
        for wanted in &self.values {
            match wanted.expand(context) {
                Expansion::NoValue => {}
                Expansion::Pattern(_) => nothing_matches = false,
                Expansion::Open(truth) => {
                    nothing_matches = false;
                    open = open.and(truth);
                }
            }
        }
        let if_present = Truth::from(self.operator.negated);
        if nothing_matches && self.test_absent() == if_present { if_present } else { open }
    }

    fn test_absent(&self) -> Truth {
        match (self.operator.quantifier, self.operator.if_exists) {
            (Quantifier::ForAnyValue, true) => Truth::rule(Rule::ForAnyValueIfExistsAbsent),
            (Quantifier::ForAnyValue, false) => Truth::False,
            (Quantifier::ForAllValues, _) | (Quantifier::Single, true) => Truth::True,
            (Quantifier::Single, false) => self.operator.negated.into(),
        }
    }

    fn test_presence(&self, value: &Value) -> Truth {
        let absent = match value {
            Value::Unknown => return Truth::key(&self.key),
            Value::Many(values) if values.is_empty() => return Truth::rule(Rule::EmptyList),
            Value::Absent => true,
            Value::One(_) | Value::Many(_) => false,
        };
        Truth::any(self.values.iter().map(|wanted| match boolean(wanted.text()) {
            Some(wanted) => (wanted == absent).into(),
            None => Truth::rule(Rule::UnreadableOperand),
        }))
    }
}
