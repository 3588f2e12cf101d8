//! Three-valued logic: true, false, or open, with what it depends on.

use std::collections::BTreeSet;
use std::fmt;

use crate::undocumented::OpenRule;

/// Something whose value the answer depends on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Open {
    /// A condition key nobody could read, in lower case.
    Key(String),
    /// The resource, where the request does not name it.
    Resource,
    /// A rule that AWS's documentation leaves open.
    Rule(OpenRule),
}

impl fmt::Display for Open {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Open::Key(key) => formatter.write_str(key),
            Open::Resource => formatter.write_str("the resource"),
            Open::Rule(rule) => rule.fmt(formatter),
        }
    }
}

/// The outcome of a test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Truth {
    /// It holds.
    True,
    /// It does not hold.
    False,
    /// It depends on these; never empty.
    Open(BTreeSet<Open>),
}

impl Truth {
    /// What it depends on, where it is open.
    pub fn open_on(&self) -> Option<&BTreeSet<Open>> {
        match self {
            Truth::Open(open) => Some(open),
            Truth::True | Truth::False => None,
        }
    }

    /// Both hold.
    pub fn and(self, other: Truth) -> Truth {
        match (self, other) {
            (Truth::False, _) | (_, Truth::False) => Truth::False,
            (Truth::True, truth) | (truth, Truth::True) => truth,
            (Truth::Open(mut left), Truth::Open(right)) => {
                left.extend(right);
                Truth::Open(left)
            }
        }
    }

    /// At least one holds.
    pub fn or(self, other: Truth) -> Truth {
        self.negate().and(other.negate()).negate()
    }

    /// It does not hold.
    pub fn negate(self) -> Truth {
        match self {
            Truth::True => Truth::False,
            Truth::False => Truth::True,
            open => open,
        }
    }
}

impl From<bool> for Truth {
    fn from(value: bool) -> Truth {
        if value { Truth::True } else { Truth::False }
    }
}

/// The rules among what a truth is open on.
pub(crate) fn rules_of(truth: &Truth) -> impl Iterator<Item = OpenRule> {
    truth.open_on().into_iter().flatten().filter_map(|open| match open {
        Open::Rule(rule) => Some(*rule),
        Open::Key(_) | Open::Resource => None,
    })
}
