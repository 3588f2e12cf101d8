//! An answer as JSON. `docs/schemas/simulated.json` is made from these types.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value as Json;

/// The version of the form: another one is another form.
pub(super) const SCHEMA: u32 = 1;

/// A line of `tagmend simulate --json`.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Simulated {
    /// A request that was decided.
    Decided(Box<Decided>),
    /// A line that could not be read.
    Unreadable(Unreadable),
}

/// A line that could not be read.
#[derive(Serialize, JsonSchema)]
pub struct Unreadable {
    /// The version of this form.
    pub(super) schema: u32,
    /// As given; null where it could not be read.
    pub(super) id: Json,
    /// From 1.
    pub(super) line: usize,
    pub(super) error: String,
    /// A JSON path.
    pub(super) position: String,
}

/// A request that was decided.
#[derive(Serialize, JsonSchema)]
pub struct Decided {
    /// The version of this form.
    pub(super) schema: u32,
    /// As given; null where there is none.
    pub(super) id: Json,
    /// `Allowed`, `ImplicitlyDenied`, `ExplicitlyDenied` or `Depends`.
    pub(super) decision: &'static str,
    /// The decision without what the command line changes, where it changes something.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) before: Option<&'static str>,
    /// Keys that were asked for and are absent.
    pub(super) missing: Vec<String>,
    /// Unknown keys that decide, and `resource` for an unknown one.
    pub(super) depends_on: Vec<String>,
    /// Rules that AWS's documentation leaves open.
    pub(super) undocumented: Vec<&'static str>,
    /// What an engineer would point at.
    pub(super) why: String,
    pub(super) statements: Vec<Statement>,
    /// With `--what-if`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) what_if: Option<Flip>,
}

/// A statement, and how far it matches.
#[derive(Serialize, JsonSchema)]
pub struct Statement {
    pub(super) layer: &'static str,
    /// Of SCPs, from the root.
    pub(super) level: Option<usize>,
    /// Which policy of its layer, from 0.
    pub(super) policy: usize,
    /// Which statement of its policy, from 0.
    pub(super) statement: usize,
    pub(super) sid: Option<String>,
    pub(super) effect: &'static str,
    pub(super) matches: Holds,
    pub(super) action: Holds,
    pub(super) resource: Holds,
    pub(super) conditions: Vec<Condition>,
    pub(super) why: String,
}

/// A condition of a statement.
#[derive(Serialize, JsonSchema)]
pub struct Condition {
    pub(super) operator: String,
    pub(super) key: String,
    pub(super) values: Vec<String>,
    pub(super) holds: Holds,
    pub(super) given: Given,
}

/// True, false, or `depends` where it is open.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Holds {
    /// It is known.
    Known(bool),
    /// It is open.
    Open(&'static str),
}

/// The values of a key; `absent` or `unknown` where there are none.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Given {
    /// They are known.
    Values(Vec<String>),
    /// They are not.
    Not(&'static str),
}

/// What flips the decision; null where nothing does or has to, `gave_up` where that is not known.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Flip {
    /// These values.
    By(Box<FoundTurn>),
    /// Nothing.
    Nothing(()),
    /// There was too much to try.
    NotKnown(&'static str),
}

/// Values that flip the decision.
#[derive(Serialize, JsonSchema)]
pub struct FoundTurn {
    pub(super) set: BTreeMap<String, String>,
    /// The statement and the condition that it turns on, where there is one.
    pub(super) at: Option<Point>,
}

/// Where a decision turns.
#[derive(Serialize, JsonSchema)]
pub struct Point {
    pub(super) statement: Statement,
    pub(super) condition: Option<Condition>,
}
