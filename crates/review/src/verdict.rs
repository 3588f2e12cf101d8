//! What it is: each verdict a file, with its threshold and what shows it. None is given that cannot be shown.

mod deployment;
mod idp;
mod limit;
mod looping;
mod one_caller;
mod plan_only;
mod quiet;
mod wave;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::history::{Source, Thing};
use crate::seen::Seen;
use crate::tool::Tool;

pub(crate) use deployment::{taker, undoer};
pub(crate) use limit::{Stopped, stopped};
pub(crate) use looping::times_gone;

/// A verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Verdict {
    /// Which.
    pub verdict: Kind,
    /// In one sentence, with what shows it.
    pub sentence: String,
    /// When it is given.
    pub threshold: String,
    /// What shows it, oldest first, at most 20.
    pub evidence: Vec<Evidence>,
    /// Why, for whoever acts on it.
    #[serde(skip)]
    pub(crate) reason: Reason,
}

/// Which verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A limit or a hold stops healing.
    Limit,
    /// The same is made again and again.
    Loop,
    /// Many are hit at once.
    Wave,
    /// A tool took away what was restored.
    Deployment,
    /// The IdP does not send a key any more.
    Idp,
    /// One user makes most of the denials.
    OneCaller,
    /// Changes are planned and cannot be made: the mode is plan.
    PlanOnly,
    /// Nothing was changed, nor to be changed.
    Quiet,
}

impl Kind {
    /// Every verdict, the one to act on first in front.
    pub const ALL: [Kind; 8] = [
        Kind::Limit,
        Kind::Loop,
        Kind::Wave,
        Kind::Deployment,
        Kind::Idp,
        Kind::OneCaller,
        Kind::PlanOnly,
        Kind::Quiet,
    ];

    /// For people.
    pub fn words(self) -> &'static str {
        match self {
            Kind::Limit => "limit",
            Kind::Loop => "loop",
            Kind::Wave => "wave",
            Kind::Deployment => "deployment",
            Kind::Idp => "IdP stopped sending",
            Kind::OneCaller => "one caller",
            Kind::PlanOnly => "plan only",
            Kind::Quiet => "quiet",
        }
    }

    /// What has to be read whole before it can be shown: something there could speak against it.
    fn needs(self) -> &'static [Source] {
        match self {
            Kind::Limit | Kind::Loop | Kind::Deployment => &[Source::Fixes],
            Kind::OneCaller => &[Source::Ledger],
            Kind::PlanOnly | Kind::Quiet => &[Source::Ledger, Source::Fixes],
            // More of the same would show them all the more.
            Kind::Wave | Kind::Idp => &[],
        }
    }

    fn find(self, seen: Seen<'_>) -> Vec<Verdict> {
        if !self.needs().iter().all(|source| seen.history.was_read(*source)) {
            return Vec::new();
        }
        match self {
            Kind::Limit => limit::find(seen),
            Kind::Loop => looping::find(seen),
            Kind::Wave => wave::find(seen),
            Kind::Deployment => deployment::find(seen),
            Kind::Idp => idp::find(seen),
            Kind::OneCaller => one_caller::find(seen),
            Kind::PlanOnly => plan_only::find(seen),
            Kind::Quiet => quiet::find(seen),
        }
    }
}

/// One thing that shows a verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Evidence {
    /// When; none where it is a count.
    #[schemars(with = "Option<String>")]
    pub time: Option<Timestamp>,
    /// Where it was read.
    pub source: Source,
    /// What.
    pub text: String,
    /// The id of a fix or of an event.
    pub reference: Option<String>,
}

/// What a verdict is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    Thing(Thing),
    Tool(Tool, Option<String>),
    Key(String),
    User(String),
    Refusal(String, Option<Thing>),
    Nothing,
}

/// The most of anything that one verdict shows.
const SHOWN: usize = 20;

/// Every verdict that can be shown, the one to act on first in front.
pub(crate) fn verdicts(seen: Seen<'_>) -> Vec<Verdict> {
    let mut found: Vec<Verdict> = Kind::ALL.into_iter().flat_map(|kind| kind.find(seen)).collect();
    // It says that there is nothing to look at.
    if found.iter().any(|verdict| verdict.verdict != Kind::Quiet) {
        found.retain(|verdict| verdict.verdict != Kind::Quiet);
    }
    for verdict in &mut found {
        let excess = verdict.evidence.len().saturating_sub(SHOWN);
        verdict.evidence.drain(..excess);
    }
    found
}
