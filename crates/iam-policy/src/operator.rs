//! Names of condition operators. Source: `reference_policies_elements_condition_operators`.

use std::fmt;

use crate::comparison::{Comparison, Order};

/// A condition operator with its prefix and suffix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Operator {
    pub(crate) quantifier: Quantifier,
    base: &'static Base,
    pub(crate) if_exists: bool,
}

/// `ForAllValues:`, `ForAnyValue:` or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quantifier {
    Single,
    ForAllValues,
    ForAnyValue,
}

#[derive(Debug, PartialEq, Eq)]
struct Base {
    name: &'static str,
    comparison: Comparison,
    negated: bool,
}

const fn positive(name: &'static str, comparison: Comparison) -> Base {
    Base { name, comparison, negated: false }
}

const fn negated(name: &'static str, comparison: Comparison) -> Base {
    Base { name, comparison, negated: true }
}

static OPERATORS: [Base; 27] = [
    positive("StringEquals", Comparison::StringEquals),
    negated("StringNotEquals", Comparison::StringEquals),
    positive("StringEqualsIgnoreCase", Comparison::StringEqualsIgnoreCase),
    negated("StringNotEqualsIgnoreCase", Comparison::StringEqualsIgnoreCase),
    positive("StringLike", Comparison::StringLike),
    negated("StringNotLike", Comparison::StringLike),
    positive("NumericEquals", Comparison::Numeric(Order::Equal)),
    negated("NumericNotEquals", Comparison::Numeric(Order::Equal)),
    positive("NumericLessThan", Comparison::Numeric(Order::Less)),
    positive("NumericLessThanEquals", Comparison::Numeric(Order::LessOrEqual)),
    positive("NumericGreaterThan", Comparison::Numeric(Order::Greater)),
    positive("NumericGreaterThanEquals", Comparison::Numeric(Order::GreaterOrEqual)),
    positive("DateEquals", Comparison::Date(Order::Equal)),
    negated("DateNotEquals", Comparison::Date(Order::Equal)),
    positive("DateLessThan", Comparison::Date(Order::Less)),
    positive("DateLessThanEquals", Comparison::Date(Order::LessOrEqual)),
    positive("DateGreaterThan", Comparison::Date(Order::Greater)),
    positive("DateGreaterThanEquals", Comparison::Date(Order::GreaterOrEqual)),
    positive("Bool", Comparison::Bool),
    positive("BinaryEquals", Comparison::BinaryEquals),
    positive("IpAddress", Comparison::IpAddress),
    negated("NotIpAddress", Comparison::IpAddress),
    // "ArnEquals and ArnLike behave identically", and so do their negations.
    positive("ArnEquals", Comparison::Arn),
    positive("ArnLike", Comparison::Arn),
    negated("ArnNotEquals", Comparison::Arn),
    negated("ArnNotLike", Comparison::Arn),
    positive("Null", Comparison::Null),
];

impl Operator {
    /// Reads an operator as AWS documents it. `Null` has neither prefix nor suffix.
    pub(crate) fn parse(name: &str) -> Option<Operator> {
        let (quantifier, rest) = if let Some(rest) = name.strip_prefix("ForAllValues:") {
            (Quantifier::ForAllValues, rest)
        } else if let Some(rest) = name.strip_prefix("ForAnyValue:") {
            (Quantifier::ForAnyValue, rest)
        } else {
            (Quantifier::Single, name)
        };
        let (name, if_exists) = rest.strip_suffix("IfExists").map_or((rest, false), |base| (base, true));
        let base = OPERATORS.iter().find(|base| base.name == name)?;
        let decorated = if_exists || quantifier != Quantifier::Single;
        if base.comparison == Comparison::Null && decorated {
            return None;
        }
        Some(Operator { quantifier, base, if_exists })
    }

    pub(crate) fn comparison(self) -> Comparison {
        self.base.comparison
    }

    pub(crate) fn negated(self) -> bool {
        self.base.negated
    }
}

/// As written in policies.
impl fmt::Display for Operator {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self.quantifier {
            Quantifier::Single => "",
            Quantifier::ForAllValues => "ForAllValues:",
            Quantifier::ForAnyValue => "ForAnyValue:",
        })?;
        formatter.write_str(self.base.name)?;
        formatter.write_str(if self.if_exists { "IfExists" } else { "" })
    }
}
