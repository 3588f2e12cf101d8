//! Condition operators. Source: `reference_policies_elements_condition_operators`.

use std::net::IpAddr;

use ipnet::IpNet;
use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;

use crate::pattern::{self, Token};
use crate::truth::{Rule, Truth};

/// How one request value is compared with one policy value. Negation is kept apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    StringEquals,
    StringEqualsIgnoreCase,
    StringLike,
    NumericEquals,
    NumericLess,
    NumericLessOrEqual,
    NumericGreater,
    NumericGreaterOrEqual,
    DateEquals,
    DateLess,
    DateLessOrEqual,
    DateGreater,
    DateGreaterOrEqual,
    Bool,
    BinaryEquals,
    IpAddress,
    Arn,
    Null,
}

/// `ForAllValues:`, `ForAnyValue:` or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quantifier {
    Single,
    ForAllValues,
    ForAnyValue,
}

/// A condition operator with its prefix and suffix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Operator {
    pub(crate) comparison: Comparison,
    pub(crate) negated: bool,
    pub(crate) if_exists: bool,
    pub(crate) quantifier: Quantifier,
}

impl Operator {
    /// Reads an operator's name; names are not case-sensitive in practice, but AWS documents them in this spelling only.
    pub(crate) fn parse(name: &str) -> Option<Operator> {
        let (quantifier, rest) = if let Some(rest) = name.strip_prefix("ForAllValues:") {
            (Quantifier::ForAllValues, rest)
        } else if let Some(rest) = name.strip_prefix("ForAnyValue:") {
            (Quantifier::ForAnyValue, rest)
        } else {
            (Quantifier::Single, name)
        };
        let (base, if_exists) = rest.strip_suffix("IfExists").map_or((rest, false), |base| (base, true));
        let (comparison, negated) = match base {
            "StringEquals" => (Comparison::StringEquals, false),
            "StringNotEquals" => (Comparison::StringEquals, true),
            "StringEqualsIgnoreCase" => (Comparison::StringEqualsIgnoreCase, false),
            "StringNotEqualsIgnoreCase" => (Comparison::StringEqualsIgnoreCase, true),
            "StringLike" => (Comparison::StringLike, false),
            "StringNotLike" => (Comparison::StringLike, true),
            "NumericEquals" => (Comparison::NumericEquals, false),
            "NumericNotEquals" => (Comparison::NumericEquals, true),
            "NumericLessThan" => (Comparison::NumericLess, false),
            "NumericLessThanEquals" => (Comparison::NumericLessOrEqual, false),
            "NumericGreaterThan" => (Comparison::NumericGreater, false),
            "NumericGreaterThanEquals" => (Comparison::NumericGreaterOrEqual, false),
            "DateEquals" => (Comparison::DateEquals, false),
            "DateNotEquals" => (Comparison::DateEquals, true),
            "DateLessThan" => (Comparison::DateLess, false),
            "DateLessThanEquals" => (Comparison::DateLessOrEqual, false),
            "DateGreaterThan" => (Comparison::DateGreater, false),
            "DateGreaterThanEquals" => (Comparison::DateGreaterOrEqual, false),
            "Bool" => (Comparison::Bool, false),
            "BinaryEquals" => (Comparison::BinaryEquals, false),
            "IpAddress" => (Comparison::IpAddress, false),
            "NotIpAddress" => (Comparison::IpAddress, true),
            "ArnEquals" | "ArnLike" => (Comparison::Arn, false),
            "ArnNotEquals" | "ArnNotLike" => (Comparison::Arn, true),
            "Null" if !if_exists && quantifier == Quantifier::Single => (Comparison::Null, false),
            _ => return None,
        };
        Some(Operator { comparison, negated, if_exists, quantifier })
    }
}

impl Comparison {
    /// Only the string and ARN operators expand variables (`reference_policies_variables`).
    pub(crate) fn expands_variables(self) -> bool {
        matches!(
            self,
            Comparison::StringEquals
                | Comparison::StringEqualsIgnoreCase
                | Comparison::StringLike
                | Comparison::Arn
        )
    }

    /// Whether a request value satisfies the comparison with the expanded policy value.
    pub(crate) fn holds(self, given: &str, wanted: &[Token]) -> Truth {
        match self {
            Comparison::StringLike => pattern::matches(wanted, &characters(given)).into(),
            Comparison::Arn => arn_matches(given, wanted).into(),
            Comparison::StringEqualsIgnoreCase => {
                (text(wanted).to_lowercase() == given.to_lowercase()).into()
            }
            Comparison::StringEquals | Comparison::BinaryEquals => (text(wanted) == given).into(),
            Comparison::Bool => compare(boolean, given, wanted, |given, wanted| given == wanted),
            Comparison::NumericEquals => compare(number, given, wanted, |given, wanted| given == wanted),
            Comparison::NumericLess => compare(number, given, wanted, |given, wanted| given < wanted),
            Comparison::NumericLessOrEqual => compare(number, given, wanted, |given, wanted| given <= wanted),
            Comparison::NumericGreater => compare(number, given, wanted, |given, wanted| given > wanted),
            Comparison::NumericGreaterOrEqual => {
                compare(number, given, wanted, |given, wanted| given >= wanted)
            }
            Comparison::DateEquals => compare(instant, given, wanted, |given, wanted| given == wanted),
            Comparison::DateLess => compare(instant, given, wanted, |given, wanted| given < wanted),
            Comparison::DateLessOrEqual => compare(instant, given, wanted, |given, wanted| given <= wanted),
            Comparison::DateGreater => compare(instant, given, wanted, |given, wanted| given > wanted),
            Comparison::DateGreaterOrEqual => {
                compare(instant, given, wanted, |given, wanted| given >= wanted)
            }
            Comparison::IpAddress => match (given.parse::<IpAddr>(), network(&text(wanted))) {
                (Ok(address), Some(network)) => network.contains(&address).into(),
                _ => Truth::rule(Rule::UnreadableOperand),
            },
            Comparison::Null => Truth::rule(Rule::UnreadableOperand),
        }
    }
}

/// The text that the tokens were read from, with a wildcard as the character that it is.
fn text(tokens: &[Token]) -> String {
    tokens
        .iter()
        .map(|token| match token {
            Token::Literal(character) => *character,
            Token::AnyRun => '*',
            Token::AnyOne => '?',
        })
        .collect()
}

fn characters(text: &str) -> Vec<char> {
    text.chars().collect()
}

/// Each of the six parts of an ARN is matched by itself.
fn arn_matches(given: &str, wanted: &[Token]) -> bool {
    let given: Vec<&str> = given.splitn(6, ':').collect();
    let wanted: Vec<&[Token]> = wanted.splitn(6, |token| *token == Token::Literal(':')).collect();
    given.len() == 6
        && wanted.len() == 6
        && given.iter().zip(wanted).all(|(part, pattern)| pattern::matches(pattern, &characters(part)))
}

fn compare<T>(read: fn(&str) -> Option<T>, given: &str, wanted: &[Token], holds: fn(T, T) -> bool) -> Truth {
    match (read(given), read(&text(wanted))) {
        (Some(given), Some(wanted)) => holds(given, wanted).into(),
        _ => Truth::rule(Rule::UnreadableOperand),
    }
}

pub(crate) fn boolean(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

fn number(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

/// ISO 8601 with or without time, or seconds since the epoch.
fn instant(text: &str) -> Option<Timestamp> {
    if let Ok(seconds) = text.parse::<i64>()
        && text.len() > 4
    {
        return Timestamp::from_second(seconds).ok();
    }
    if let Ok(timestamp) = text.parse::<Timestamp>() {
        return Some(timestamp);
    }
    let date: Date = text.parse().ok()?;
    TimeZone::UTC.to_timestamp(date.to_datetime(Time::midnight())).ok()
}

fn network(text: &str) -> Option<IpNet> {
    text.parse::<IpNet>().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}
