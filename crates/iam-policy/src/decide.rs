//! The answer to a request, each test taken by itself.

use std::collections::BTreeSet;

use crate::layers::Layers;
use crate::outcome::{Doubts, Outcome};
use crate::policy::{Effect, Policy};
use crate::request::Request;
use crate::truth::{Open, Truth};

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Something allows and nothing denies.
    Allowed,
    /// Nothing allows.
    ImplicitlyDenied,
    /// Something denies.
    ExplicitlyDenied,
    /// It depends on these.
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
