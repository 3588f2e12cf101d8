#![doc = include_str!("../README.md")]

// Tests inside share the scenarios of those outside.
#[cfg(test)]
extern crate self as iam_policy;

mod comparison;
mod condition;
mod consulted;
mod context;
mod decide;
mod evaluate;
mod explain;
mod independent;
mod layers;
mod narrow;
mod number;
mod operator;
mod outcome;
mod parse;
mod pattern;
mod policy;
mod policy_error;
mod policy_kind;
mod print;
mod request;
mod smallest;
mod split;
mod state;
mod template;
mod truth;
mod undocumented;
mod what_if;

pub use consulted::{Consulted, consulted};
pub use context::{Context, Value};
pub use decide::{Decision, Evaluation};
pub use evaluate::evaluate;
pub use explain::{ConditionTrace, StatementTrace, explain, first_turned, pointed_at};
pub use layers::{Layer, Layers};
pub use policy::{Effect, Policy};
pub use policy_error::{PolicyError, Problem};
pub use policy_kind::PolicyKind;
pub use request::{Request, Resource};
pub use smallest::smallest;
pub use template::VariableProblem;
pub use truth::{Open, Truth};
pub use undocumented::OpenRule;
pub use what_if::{Candidate, Turn, WhatIf, candidates, what_if};
