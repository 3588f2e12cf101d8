//! The AWS IAM policy language: parse policies, evaluate a request in three values, explain the answer.
//!
//! A context key is known, known to be absent, or unknown. Whatever is answered without
//! [`Decision::Depends`] holds for every value that the unknown keys could take.
//! No I/O, no clock, not async.
//!
//! Source of the rules: the IAM user guide, pages `reference_policies_elements_*`,
//! `reference_policies_variables` and `reference_policies_evaluation-logic`.

mod condition;
mod context;
mod evaluate;
mod explain;
mod operator;
mod parse;
mod pattern;
mod policy;
mod template;
mod truth;

pub use context::{Context, Value};
pub use evaluate::{Decision, Evaluation, Layers, Request, Resource, evaluate};
pub use explain::{ConditionTrace, Layer, StatementTrace, explain};
pub use parse::PolicyError;
pub use policy::{Effect, Policy};
pub use truth::{Open, Rule, Truth};
