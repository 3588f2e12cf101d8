//! How one value of the request is compared with one value of the policy.
//!
//! Source: `reference_policies_elements_condition_operators`.

use std::cmp::Ordering;
use std::net::IpAddr;

use ipnet::IpNet;
use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;

use crate::context::Keys;
use crate::number::Number;
use crate::outcome::{Doubts, Outcome};
use crate::pattern::Pattern;
use crate::template::{Expansion, Template};
use crate::undocumented::OpenRule;

/// A kind of comparison. Negation is kept apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    StringEquals,
    StringEqualsIgnoreCase,
    StringLike,
    Numeric(Order),
    Date(Order),
    Bool,
    BinaryEquals,
    IpAddress,
    Arn,
    Null,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// A value of a condition, read once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) text: Template,
    read: Read,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Read {
    Text,
    Number(Number),
    Instant(Timestamp),
    Boolean(bool),
    Network(IpNet),
    Unreadable,
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

    pub(crate) fn wanted(self, text: Template) -> Wanted {
        let read = match self {
            Comparison::StringEquals
            | Comparison::StringEqualsIgnoreCase
            | Comparison::StringLike
            | Comparison::BinaryEquals
            | Comparison::Arn => Some(Read::Text),
            Comparison::Numeric(_) => Number::parse(text.text()).map(Read::Number),
            Comparison::Date(_) => instant(text.text()).map(Read::Instant),
            Comparison::Bool | Comparison::Null => boolean(text.text()).map(Read::Boolean),
            Comparison::IpAddress => network(text.text()).map(Read::Network),
        };
        Wanted { read: read.unwrap_or(Read::Unreadable), text }
    }

    /// Whether a value of the request satisfies the comparison.
    pub(crate) fn holds<'p>(
        self,
        given: &str,
        wanted: &'p Wanted,
        keys: Keys<'_>,
        doubts: &mut Doubts<'p>,
    ) -> Outcome {
        let holds = match &wanted.read {
            Read::Text => match wanted.text.expand(keys, doubts) {
                Expansion::Pattern(pattern) => return self.text_holds(given, &pattern, doubts),
                Expansion::NoValue => return Outcome::False,
                Expansion::Open => return Outcome::Open,
            },
            Read::Number(wanted) => {
                Number::parse(given).and_then(|given| self.order_holds(given.cmp(wanted)))
            }
            Read::Instant(wanted) => instant(given).and_then(|given| self.order_holds(given.cmp(wanted))),
            Read::Boolean(wanted) => boolean(given).map(|given| given == *wanted),
            Read::Network(wanted) => given.parse::<IpAddr>().ok().map(|given| wanted.contains(&given)),
            Read::Unreadable => None,
        };
        holds.map_or_else(|| doubts.rule(OpenRule::UnreadableOperand), Outcome::from)
    }

    fn text_holds(self, given: &str, wanted: &Pattern<'_>, doubts: &mut Doubts<'_>) -> Outcome {
        match self {
            Comparison::StringLike => wanted.matches(given).into(),
            Comparison::StringEqualsIgnoreCase => wanted.is_in_any_case(given).into(),
            // What has fewer parts is no ARN, and what then holds is open.
            Comparison::Arn => {
                wanted.matches_arn(given).map_or_else(|| doubts.rule(OpenRule::IncompleteArn), Outcome::from)
            }
            _ => wanted.is(given).into(),
        }
    }

    fn order_holds(self, given_to_wanted: Ordering) -> Option<bool> {
        let (Comparison::Numeric(order) | Comparison::Date(order)) = self else {
            return None;
        };
        Some(match order {
            Order::Equal => given_to_wanted.is_eq(),
            Order::Less => given_to_wanted.is_lt(),
            Order::LessOrEqual => given_to_wanted.is_le(),
            Order::Greater => given_to_wanted.is_gt(),
            Order::GreaterOrEqual => given_to_wanted.is_ge(),
        })
    }
}

impl Wanted {
    /// For `Null`: whether the key is to be absent.
    pub(crate) fn boolean(&self) -> Option<bool> {
        match self.read {
            Read::Boolean(wanted) => Some(wanted),
            _ => None,
        }
    }
}

fn boolean(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

/// A date, a time with its offset, or seconds since the epoch; nothing else, as a reader that guesses would be wrong
/// about some. Fewer than nine digits could be a date as well.
fn instant(text: &str) -> Option<Timestamp> {
    const SHORTEST_SECONDS: usize = 9;
    if let Ok(seconds) = text.parse::<i64>() {
        return Timestamp::from_second(seconds).ok().filter(|_| text.len() >= SHORTEST_SECONDS);
    }
    let is_date = |text: &str| {
        text.bytes()
            .zip(*b"0000-00-00")
            .filter(|(byte, shape)| match shape {
                b'0' => byte.is_ascii_digit(),
                dash => byte == dash,
            })
            .count()
            == 10
    };
    match text.split_at_checked(10) {
        Some((date, "")) if is_date(date) => {
            let date: Date = date.parse().ok()?;
            TimeZone::UTC.to_timestamp(date.to_datetime(Time::midnight())).ok()
        }
        Some((date, time)) if is_date(date) && time.starts_with('T') && !time.contains('[') => {
            text.parse().ok()
        }
        _ => None,
    }
}

fn network(text: &str) -> Option<IpNet> {
    text.parse::<IpNet>().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}
