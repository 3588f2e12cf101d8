//! What was looked at, and what was found.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// The stack, by what CloudFormation tagged.
    Stack,
    /// A trail that EventBridge is told by.
    Trail,
    /// Rules, their state and their targets.
    Rules,
    /// From the rules to the queue, and from the queue to the function.
    Queue,
    /// The functions themselves.
    Functions,
    /// What nobody could deliver or treat.
    DeadLetters,
    /// Alarms, whether they tell anybody, and whether they ring.
    Alarms,
    /// The sign of life of `watch`.
    Heartbeat,
    /// The version of what is deployed.
    Version,
    /// The baseline in force.
    Baseline,
    /// Whether `heal` plans or applies.
    Mode,
    /// The journal and whether it was begun.
    Journal,
    /// Whether somebody stops writing.
    Hold,
    /// What each role may do.
    Rights,
    /// Mappings and calls a second, of what there is.
    Quota,
    /// Whether member accounts may forward.
    Bus,
    /// Whether member accounts do forward.
    Forwarding,
    /// The role that reads in member accounts.
    Reader,
    /// What Tagmend believes of AWS.
    Assumption,
}

impl Check {
    /// Every one, in the order of a look.
    pub const ALL: [Check; 19] = [
        Check::Stack,
        Check::Trail,
        Check::Rules,
        Check::Queue,
        Check::Functions,
        Check::DeadLetters,
        Check::Alarms,
        Check::Heartbeat,
        Check::Version,
        Check::Baseline,
        Check::Mode,
        Check::Journal,
        Check::Hold,
        Check::Rights,
        Check::Quota,
        Check::Bus,
        Check::Forwarding,
        Check::Reader,
        Check::Assumption,
    ];

    /// As the table and JSON name it.
    pub fn name(self) -> &'static str {
        match self {
            Check::Stack => "stack",
            Check::Trail => "trail",
            Check::Rules => "rules",
            Check::Queue => "queue",
            Check::Functions => "functions",
            Check::DeadLetters => "dead_letters",
            Check::Alarms => "alarms",
            Check::Heartbeat => "heartbeat",
            Check::Version => "version",
            Check::Baseline => "baseline",
            Check::Mode => "mode",
            Check::Journal => "journal",
            Check::Hold => "hold",
            Check::Rights => "rights",
            Check::Quota => "quota",
            Check::Bus => "bus",
            Check::Forwarding => "forwarding",
            Check::Reader => "reader",
            Check::Assumption => "assumption",
        }
    }

    /// The check of this name.
    pub fn named(name: &str) -> Option<Check> {
        Check::ALL.into_iter().find(|check| check.name() == name)
    }
}

/// How a thing is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It was seen, and is as it has to be.
    Well,
    /// It was seen, and is not.
    Wrong,
    /// It was not seen. That is no pass.
    NotSeen,
}

impl State {
    /// As the table says it.
    pub fn words(self) -> &'static str {
        match self {
            State::Well => "well",
            State::Wrong => "WRONG",
            State::NotSeen => "NOT SEEN",
        }
    }
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub struct Finding {
    /// What was looked at.
    pub check: Check,
    /// How it is.
    pub state: State,
    /// What was found, in a sentence.
    pub what: String,
    /// What to do; none where all is well.
    pub to_do: Option<String>,
    /// The accounts, alarms, rules or actions that it is about, where it is about some.
    pub about: Vec<String>,
    /// Whether somebody said that it is known: it is told, and does not count.
    pub accepted: bool,
}

impl Finding {
    /// All is well.
    pub fn well(check: Check, what: impl Into<String>) -> Finding {
        Finding {
            check,
            state: State::Well,
            what: what.into(),
            to_do: None,
            about: Vec::new(),
            accepted: false,
        }
    }

    /// Something is not as it has to be.
    pub fn wrong(check: Check, what: impl Into<String>, to_do: impl Into<String>) -> Finding {
        Finding { state: State::Wrong, to_do: Some(to_do.into()), ..Finding::well(check, what) }
    }

    /// Something was not seen.
    pub fn not_seen(check: Check, why: impl Into<String>, to_do: impl Into<String>) -> Finding {
        Finding { state: State::NotSeen, to_do: Some(to_do.into()), ..Finding::well(check, why) }
    }

    /// The same about these.
    #[must_use]
    pub fn about(self, about: Vec<String>) -> Finding {
        Finding { about, ..self }
    }

    /// Whether it counts.
    pub fn counts(&self) -> bool {
        self.state != State::Well && !self.accepted
    }
}
