//! What is asked for.

use crate::context::Context;

/// The resource of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resource {
    /// Its ARN, or `*` where the action has none.
    Named(String),
    /// Nobody said which.
    Unknown,
}

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Request {
    /// `service:Action`, in any case.
    pub action: String,
    /// What it acts on.
    pub resource: Resource,
    /// The condition keys.
    pub context: Context,
}
