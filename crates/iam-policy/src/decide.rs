//! The answer to a request, each test taken by itself.

use std::collections::BTreeSet;

use crate::layers::{Layer, Layers};
use crate::outcome::{Doubt, Doubts, Outcome};
use crate::policy::Effect;
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

/// What the tests come to, each by itself: two tests of one unknown key are taken for independent.
pub(crate) struct Look<'p> {
    denies: Outcome,
    allows: Outcome,
    denying: Doubts<'p>,
    allowing: Doubts<'p>,
}

/// Each test by itself.
pub(crate) fn once(layers: &Layers<'_>, request: &Request) -> Evaluation {
    Look::new(layers, request).evaluation()
}

impl<'p> Look<'p> {
    /// Looks at each statement at most once.
    pub(crate) fn new(layers: &Layers<'p>, request: &Request) -> Look<'p> {
        let (mut denying, mut allowing) = (Doubts::default(), Doubts::default());
        let (mut denies, mut allows) = (Outcome::False, Outcome::True);
        let nothing = denying.mark();
        layers.iter().for_each(|(layer, policies)| {
            let only_denies = layer == Layer::ResourceControl;
            let (mut layer_allows, before) = (Outcome::False, allowing.mark());
            for statement in policies.iter().flat_map(|policy| policy.statements.iter()) {
                let (so_far, doubts, start) = match statement.effect {
                    Effect::Deny => (&mut denies, &mut denying, nothing),
                    Effect::Allow if only_denies || allows == Outcome::False => continue,
                    Effect::Allow => (&mut layer_allows, &mut allowing, before),
                };
                if *so_far == Outcome::True {
                    continue;
                }
                *so_far = so_far.or(statement.test(request, doubts));
                if *so_far == Outcome::True {
                    doubts.forget(start);
                }
            }
            if !only_denies {
                allows = allows.and(layer_allows);
            }
        });
        if allows == Outcome::False {
            allowing.forget(nothing);
        }
        Look { denies, allows, denying, allowing }
    }

    pub(crate) fn evaluation(&self) -> Evaluation {
        Evaluation::new(Truth::new(self.denies, &self.denying), Truth::new(self.allows, &self.allowing))
    }

    /// Whether values of the unknown keys could not tell more: the decision is sure, or each test that leaves it open is
    /// about an unknown key of its own, which turns it. Then no two of them can cancel out: each comes out in more than
    /// one way whatever the others do.
    pub(crate) fn is_final(&self) -> bool {
        let is_sure = match (self.denies, self.allows) {
            (Outcome::True, _) => true,
            (denies, allows) => denies != Outcome::Open && allows != Outcome::Open,
        };
        is_sure || self.keys_turn_by_themselves()
    }

    fn keys_turn_by_themselves(&self) -> bool {
        let mut keys = Vec::new();
        for doubt in self.denying.iter().chain(self.allowing.iter()) {
            match doubt {
                Doubt::Turning(key) => keys.push(key),
                // It never gets a value.
                Doubt::Resource => {}
                Doubt::Key(_) | Doubt::Rule(_) => return false,
            }
        }
        keys.sort_unstable();
        keys.windows(2).all(|pair| !matches!(pair, [one, other] if one == other))
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::Context;
    use crate::policy::Policy;
    use crate::request::Resource;

    /// Conditions of statements that are about the request, all keys unknown.
    #[track_caller]
    fn check(conditions: &[(&str, &str)], is_final: bool) {
        let statements: Vec<String> = conditions
            .iter()
            .map(|(effect, block)| {
                format!(r#"{{"Effect":"{effect}","Action":"*","Resource":"*","Condition":{block}}}"#)
            })
            .collect();
        let text = format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(","));
        let identity = [Policy::parse(&text).unwrap()];
        let layers = Layers { identity: &identity, ..Layers::default() };
        let resource = Resource::Named("arn:aws:s3:::bucket/x".to_owned());
        let request = Request { action: "s3:GetObject".to_owned(), resource, context: Context::open() };
        assert_eq!(Look::new(&layers, &request).is_final(), is_final, "{text}");
    }

    #[test]
    fn keys_that_turn_a_test_each_cannot_cancel_out() {
        let x = r#"{"StringNotEqualsIfExists":{"t:x":"1"}}"#;
        let y = r#"{"StringLike":{"t:y":["1","2"]},"IpAddress":{"t:ip":"10.0.0.0/8"},"Null":{"t:z":true}}"#;
        check(&[("Deny", x), ("Allow", y)], true);
        // A sure answer needs no more.
        check(&[("Allow", "{}"), ("Allow", x)], true);
        check(&[("Deny", "{}"), ("Allow", x)], true);
    }

    #[test]
    fn what_may_cancel_out_is_looked_into() {
        let x = r#"{"StringEquals":{"t:x":"1"}}"#;
        check(&[("Deny", x), ("Allow", x)], false);
        check(&[("Allow", r#"{"StringEquals":{"t:x":"1"},"StringNotEquals":{"t:x":"2"}}"#)], false);
        // Keys that are compared with each other.
        check(&[("Allow", r#"{"StringEquals":{"t:x":"${t:y}"}}"#)], false);
        // No value turns these.
        check(&[("Allow", r#"{"Null":{"t:x":[true,false]}}"#)], false);
        check(&[("Allow", r#"{"StringLikeIfExists":{"t:x":"*"}}"#)], false);
    }
}
