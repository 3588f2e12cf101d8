//! A request against all policies that apply to it. Source: `reference_policies_evaluation-logic`.

use std::collections::BTreeSet;

use crate::context::Context;
use crate::layers::Layers;
use crate::narrow;
use crate::outcome::{Doubts, Outcome};
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

/// The answer, and the questions behind it. What any of them is open on is narrowed down to what matters for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evaluation {
    /// Whether a statement denies.
    pub denies: Truth,
    /// Whether every layer that has to allow has a statement that allows.
    pub allows: Truth,
    /// Whether the request is allowed, whatever kind of denial it may be otherwise.
    pub allowed: Truth,
    /// The answer. Denied for sure, but of unknown kind, counts as `Depends`.
    pub decision: Decision,
}

/// Evaluates a request. Whatever is not open holds for every value that the unknown keys could take.
///
/// Unknown keys that are compared as text, booleans or for presence are told apart exactly, unless there are so
/// many that their combinations exceed a fixed number; other unknown keys may be named though they cancel out.
pub fn evaluate(layers: &Layers<'_>, request: &Request) -> Evaluation {
    let first = once(layers, request);
    match first.decision {
        Decision::Depends(_) => narrow::narrow(layers, request, first),
        _ => first,
    }
}

/// Each test by itself: two tests of one unknown key are taken for independent.
pub(crate) fn once(layers: &Layers<'_>, request: &Request) -> Evaluation {
    let denies = Truth::of(|doubts| {
        doubts.any(layers.iter(), |(_, policies), doubts| matching(policies, Effect::Deny, request, doubts))
    });
    let allows = Truth::of(|doubts| {
        doubts.all(layers.granting(), |(_, policies), doubts| {
            matching(policies, Effect::Allow, request, doubts)
        })
    });
    Evaluation::new(denies, allows)
}

impl Evaluation {
    fn new(denies: Truth, allows: Truth) -> Evaluation {
        let decision = match (&denies, &allows) {
            (Truth::True, _) => Decision::ExplicitlyDenied,
            (Truth::False, Truth::True) => Decision::Allowed,
            (Truth::False, Truth::False) => Decision::ImplicitlyDenied,
            (Truth::Open(open), Truth::True | Truth::False) | (Truth::False, Truth::Open(open)) => {
                Decision::Depends(open.clone())
            }
            (Truth::Open(left), Truth::Open(right)) => {
                Decision::Depends(left.union(right).cloned().collect())
            }
        };
        let allowed = match (&denies, &allows) {
            (Truth::True, _) | (_, Truth::False) => Truth::False,
            _ => denies.clone().negate().and(allows.clone()),
        };
        Evaluation { denies, allows, allowed, decision }
    }
}

fn matching<'p>(
    policies: &'p [Policy],
    effect: Effect,
    request: &Request,
    doubts: &mut Doubts<'p>,
) -> Outcome {
    let statements = policies.iter().flat_map(|policy| policy.statements.iter());
    let statements = statements.filter(|statement| statement.effect == effect);
    doubts.any(statements, |statement, doubts| statement.test(request, doubts))
}
