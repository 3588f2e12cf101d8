//! A request against all policies that apply to it. Source: `reference_policies_evaluation-logic`.

use std::collections::BTreeSet;

use crate::context::Context;
use crate::policy::{Effect, Policy};
use crate::truth::{Open, Truth};

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

/// The policies that apply: every layer that is there has to allow, and any can deny.
#[derive(Clone, Copy, Debug, Default)]
pub struct Layers<'a> {
    /// Identity policies; one of them has to allow.
    pub identity: &'a [Policy],
    /// The permissions boundary, where there is one.
    pub boundary: Option<&'a [Policy]>,
    /// Service control policies, from the root down; each level has to allow.
    pub service_control: &'a [Vec<Policy>],
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Something allows and nothing denies.
    Allowed,
    /// Nothing allows.
    ImplicitlyDenied,
    /// Something denies.
    ExplicitlyDenied,
    /// It turns on these.
    Depends(BTreeSet<Open>),
}

/// The two questions behind a decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evaluation {
    /// Whether a statement denies.
    pub denies: Truth,
    /// Whether every layer has a statement that allows.
    pub allows: Truth,
}

impl Evaluation {
    /// The answer. Denied for sure, but of unknown kind, counts as `Depends`.
    pub fn decision(&self) -> Decision {
        match (&self.denies, &self.allows) {
            (Truth::True, _) => Decision::ExplicitlyDenied,
            (Truth::False, Truth::True) => Decision::Allowed,
            (Truth::False, Truth::False) => Decision::ImplicitlyDenied,
            (Truth::Open(open), Truth::True | Truth::False) | (Truth::False, Truth::Open(open)) => {
                Decision::Depends(open.clone())
            }
            (Truth::Open(left), Truth::Open(right)) => {
                Decision::Depends(left.union(right).cloned().collect())
            }
        }
    }

    /// Whether the request is allowed, whatever kind of denial it may be otherwise.
    pub fn allowed(&self) -> Truth {
        self.allows.clone().and(self.denies.clone().negate())
    }
}

/// Evaluates a request.
pub fn evaluate(layers: &Layers<'_>, request: &Request) -> Evaluation {
    let denies = Truth::any(layers.all().map(|policies| matching(policies, Effect::Deny, request)));
    let allows = Truth::all(layers.all().map(|policies| matching(policies, Effect::Allow, request)));
    Evaluation { denies, allows }
}

impl<'a> Layers<'a> {
    fn all(&self) -> impl Iterator<Item = &'a [Policy]> {
        std::iter::once(self.identity)
            .chain(self.boundary)
            .chain(self.service_control.iter().map(Vec::as_slice))
    }
}

fn matching(policies: &[Policy], effect: Effect, request: &Request) -> Truth {
    let statements = policies.iter().flat_map(|policy| &policy.statements);
    Truth::any(
        statements.filter(|statement| statement.effect == effect).map(|statement| statement.test(request)),
    )
}
