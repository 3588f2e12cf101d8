//! How the two questions of an evaluation stand: whether something denies, and whether all allow that have to.

use crate::outcome::Outcome;
use crate::policy::Effect;

/// Whether something denies, and whether all allow that have to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct State(u8);

/// How many states there are.
pub(crate) const STATES: u8 = 9;

const OUTCOMES: [Outcome; 3] = [Outcome::False, Outcome::True, Outcome::Open];

impl State {
    pub(crate) fn new(denies: Outcome, allows: Outcome) -> State {
        State(3 * denies as u8 + allows as u8)
    }

    pub(crate) fn denies(self) -> Outcome {
        OUTCOMES.get(self.place() / 3).copied().unwrap_or(Outcome::Open)
    }

    pub(crate) fn allows(self) -> Outcome {
        OUTCOMES.get(self.place() % 3).copied().unwrap_or(Outcome::Open)
    }

    pub(crate) fn of(self, effect: Effect) -> Outcome {
        match effect {
            Effect::Deny => self.denies(),
            Effect::Allow => self.allows(),
        }
    }

    pub(crate) fn all() -> impl Iterator<Item = State> {
        (0..STATES).map(State)
    }

    pub(crate) fn place(self) -> usize {
        usize::from(self.0)
    }
}

/// Some states, a bit each.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct StateSet(u16);

impl StateSet {
    pub(crate) fn add(&mut self, state: State) {
        self.0 |= 1 << state.0;
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = State> {
        (0..STATES).filter(move |state| self.0 & (1 << state) != 0).map(State)
    }
}

/// How parts of an evaluation join: what denies, and what allows.
#[derive(Clone, Copy)]
pub(crate) struct Join {
    denies: Logic,
    allows: Logic,
}

#[derive(Clone, Copy)]
pub(crate) enum Logic {
    And,
    Or,
}

impl Logic {
    fn join(self, left: Outcome, right: Outcome) -> Outcome {
        match self {
            Logic::And => left.and(right),
            Logic::Or => left.or(right),
        }
    }
}

impl Join {
    /// One statement is enough to deny; every layer has to allow.
    pub(crate) const EVALUATION: Join = Join { denies: Logic::Or, allows: Logic::And };

    /// Inside of what denies, or of what allows; the other stays as it is.
    pub(crate) fn inside(effect: Effect, logic: Logic) -> Join {
        match effect {
            Effect::Deny => Join { denies: logic, ..Join::EVALUATION },
            Effect::Allow => Join { allows: logic, ..Join::EVALUATION },
        }
    }

    pub(crate) fn of(self, effect: Effect) -> Logic {
        match effect {
            Effect::Deny => self.denies,
            Effect::Allow => self.allows,
        }
    }

    pub(crate) fn join(self, left: State, right: State) -> State {
        State::new(
            self.denies.join(left.denies(), right.denies()),
            self.allows.join(left.allows(), right.allows()),
        )
    }
}
