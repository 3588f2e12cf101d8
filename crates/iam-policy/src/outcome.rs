//! The outcome of a test while policies are evaluated: what it is open on is kept aside, so that a sure outcome
//! costs no memory.

use crate::truth::{Open, Truth};
use crate::undocumented::OpenRule;

/// True, false, or open on what was added to the [`Doubts`] meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    False,
    True,
    Open,
}

/// What an outcome is open on, named by the policy's own text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Doubt<'p> {
    /// A condition key, in lower case.
    Key(&'p str),
    /// The same, where the test comes out in more than one way with values of this key alone, or is open with each.
    Turning(&'p str),
    Resource,
    Rule(OpenRule),
}

/// What the tests up to now are open on. A test whose outcome is sure leaves it as it was.
#[derive(Default)]
pub(crate) struct Doubts<'p>(Vec<Doubt<'p>>);

/// How many doubts there were.
#[derive(Clone, Copy)]
pub(crate) struct Mark(usize);

impl Outcome {
    pub(crate) fn negate(self) -> Outcome {
        match self {
            Outcome::False => Outcome::True,
            Outcome::True => Outcome::False,
            Outcome::Open => Outcome::Open,
        }
    }

    pub(crate) fn and(self, other: Outcome) -> Outcome {
        match (self, other) {
            (Outcome::False, _) | (_, Outcome::False) => Outcome::False,
            (Outcome::True, Outcome::True) => Outcome::True,
            _ => Outcome::Open,
        }
    }

    /// None where it is open.
    pub(crate) fn sure(self) -> Option<bool> {
        match self {
            Outcome::False => Some(false),
            Outcome::True => Some(true),
            Outcome::Open => None,
        }
    }

    pub(crate) fn or(self, other: Outcome) -> Outcome {
        self.negate().and(other.negate()).negate()
    }
}

impl From<bool> for Outcome {
    fn from(value: bool) -> Outcome {
        if value { Outcome::True } else { Outcome::False }
    }
}

impl<'p> Doubts<'p> {
    pub(crate) fn open(&mut self, doubt: Doubt<'p>) -> Outcome {
        self.0.push(doubt);
        Outcome::Open
    }

    pub(crate) fn rule(&mut self, rule: OpenRule) -> Outcome {
        self.open(Doubt::Rule(rule))
    }

    pub(crate) fn extend(&mut self, doubts: &[Doubt<'p>]) {
        self.0.extend_from_slice(doubts);
    }

    pub(crate) fn mark(&self) -> Mark {
        Mark(self.0.len())
    }

    /// Drops what was added since, as the outcome is sure after all.
    pub(crate) fn forget(&mut self, mark: Mark) {
        self.0.truncate(mark.0);
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Doubt<'p>> {
        self.0.iter().copied()
    }

    pub(crate) fn take(&mut self) -> impl Iterator<Item = Doubt<'p>> {
        self.0.drain(..)
    }

    /// Whether all hold; true for none. Stops at the first that does not.
    pub(crate) fn all<T>(
        &mut self,
        items: impl IntoIterator<Item = T>,
        test: impl FnMut(T, &mut Self) -> Outcome,
    ) -> Outcome {
        self.until(Outcome::False, items, test)
    }

    /// Whether one holds; false for none. Stops at the first that does.
    pub(crate) fn any<T>(
        &mut self,
        items: impl IntoIterator<Item = T>,
        test: impl FnMut(T, &mut Self) -> Outcome,
    ) -> Outcome {
        self.until(Outcome::True, items, test)
    }

    #[inline]
    fn until<T>(
        &mut self,
        decides: Outcome,
        items: impl IntoIterator<Item = T>,
        mut test: impl FnMut(T, &mut Self) -> Outcome,
    ) -> Outcome {
        let mark = self.mark();
        let mut otherwise = decides.negate();
        let is_decided = items.into_iter().any(|item| {
            let outcome = test(item, self);
            if outcome == Outcome::Open {
                otherwise = Outcome::Open;
            }
            outcome == decides
        });
        if is_decided {
            self.forget(mark);
            return decides;
        }
        otherwise
    }
}

impl Truth {
    /// The outcome of a test, with what it is open on.
    pub(crate) fn of<'p>(test: impl FnOnce(&mut Doubts<'p>) -> Outcome) -> Truth {
        let mut doubts = Doubts::default();
        let outcome = test(&mut doubts);
        Truth::new(outcome, &doubts)
    }

    /// An outcome, with what it is open on.
    pub(crate) fn new(outcome: Outcome, doubts: &Doubts<'_>) -> Truth {
        match outcome {
            Outcome::False => Truth::False,
            Outcome::True => Truth::True,
            Outcome::Open => Truth::Open(doubts.iter().map(Open::from).collect()),
        }
    }
}

impl From<Doubt<'_>> for Open {
    fn from(doubt: Doubt<'_>) -> Open {
        match doubt {
            Doubt::Key(key) | Doubt::Turning(key) => Open::Key(key.to_owned()),
            Doubt::Resource => Open::Resource,
            Doubt::Rule(rule) => Open::Rule(rule),
        }
    }
}
