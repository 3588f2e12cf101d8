//! The findings of a look, as `tagmend doctor --json` prints them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::finding::{Check, Finding, State};

/// The version of the form. It grows where a reader of the one before would misread it.
pub const SCHEMA: u32 = 1;

/// A look at an installation.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub struct Report {
    /// The version of this form.
    pub schema: u32,
    /// The version of the command.
    pub version: String,
    /// The name of the stack.
    pub stack: String,
    /// The Region.
    pub region: String,
    /// What was found, in the order of the look.
    pub findings: Vec<Finding>,
    /// How many are wrong and were not accepted.
    pub wrong: usize,
    /// How many were not seen and were not accepted.
    pub not_seen: usize,
}

impl Report {
    /// Puts findings in the order of the look; those of accepted checks do not count.
    pub fn new(
        (version, stack, region): (&str, &str, &str),
        findings: Vec<Finding>,
        accepted: &[Check],
    ) -> Report {
        let mut findings: Vec<Finding> = findings
            .into_iter()
            .map(|finding| Finding {
                accepted: finding.state != State::Well && accepted.contains(&finding.check),
                ..finding
            })
            .collect();
        findings.sort_by_key(|finding| finding.check);
        let count = |state: State| {
            findings.iter().filter(|finding| finding.counts() && finding.state == state).count()
        };
        let (wrong, not_seen) = (count(State::Wrong), count(State::NotSeen));
        Report {
            schema: SCHEMA,
            version: version.to_owned(),
            stack: stack.to_owned(),
            region: region.to_owned(),
            findings,
            wrong,
            not_seen,
        }
    }

    /// Whether everything was seen, and is as it has to be.
    pub fn is_well(&self) -> bool {
        self.wrong == 0 && self.not_seen == 0
    }
}
