//! A parsed policy.

use std::collections::BTreeSet;
use std::sync::Arc;

use compact_str::CompactString;

use crate::condition::Condition;
use crate::context::Keys;
use crate::outcome::{Doubt, Doubts, Outcome};
use crate::pattern::{Pattern, Shape, matches_in_any_case};
use crate::policy_kind::PolicyKind;
use crate::request::{Request, Resource};
use crate::template::{Expansion, Template};
use crate::undocumented::OpenRule;

/// What a statement does when it matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// It allows, unless something denies.
    Allow,
    /// It denies, whatever allows.
    Deny,
}

/// One policy document. [`Display`](std::fmt::Display) prints it as JSON; clones share what was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    pub(crate) kind: PolicyKind,
    pub(crate) version: Option<Version>,
    pub(crate) id: Option<CompactString>,
    pub(crate) statements: Arc<[Statement]>,
}

/// Variables exist only under 2012-10-17 (`reference_policies_elements_version`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    V2008,
    V2012,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Statement {
    pub(crate) sid: Option<CompactString>,
    pub(crate) effect: Effect,
    pub(crate) actions: Listed<Action>,
    pub(crate) resources: Listed<ResourcePattern>,
    pub(crate) conditions: Vec<Condition>,
}

/// `Action` or `NotAction`, `Resource` or `NotResource`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Listed<T> {
    Only(Vec<T>),
    AllBut(Vec<T>),
}

/// An action pattern. Actions are not case-sensitive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Action {
    pub(crate) text: CompactString,
    shape: Shape,
    wildcard_in_service: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ResourcePattern {
    pub(crate) template: Template,
    /// Parts that an incomplete ARN lacks; AWS puts in a `*` for each (`reference-arns`).
    pub(crate) missing_parts: usize,
    /// A wildcard in the service: the only part that may have none.
    pub(crate) wildcard_in_service: bool,
    shape: Shape,
}

impl Policy {
    /// The policy without those of its Deny statements that are known not to apply. The predicate gets the condition keys
    /// and variables that a statement mentions, in lower case.
    #[must_use]
    pub fn without_denies(&self, is_known_not_to_apply: impl Fn(&BTreeSet<&str>) -> bool) -> Policy {
        let applies = |statement: &&Statement| {
            statement.effect == Effect::Allow || !is_known_not_to_apply(&statement.keys().collect())
        };
        self.only(applies)
    }

    /// The policy without the statements that are never about an action: it answers the same for requests of that
    /// action, and quicker.
    #[must_use]
    pub fn about(&self, action: &str) -> Policy {
        self.only(|statement| statement.is_about(action))
    }

    fn only(&self, is_kept: impl Fn(&&Statement) -> bool) -> Policy {
        let kept: Vec<&Statement> = self.statements.iter().filter(is_kept).collect();
        if kept.len() == self.statements.len() {
            return self.clone();
        }
        Policy { statements: kept.into_iter().cloned().collect(), ..self.clone() }
    }

    /// The condition keys and variables that the policy mentions, in lower case.
    pub fn keys(&self) -> BTreeSet<&str> {
        self.statements.iter().flat_map(Statement::keys).collect()
    }
}

impl<T> Listed<T> {
    pub(crate) fn items(&self) -> &[T] {
        match self {
            Listed::Only(items) | Listed::AllBut(items) => items,
        }
    }

    fn test<'p>(
        &'p self,
        doubts: &mut Doubts<'p>,
        matches: impl FnMut(&'p T, &mut Doubts<'p>) -> Outcome,
    ) -> Outcome {
        match self {
            Listed::Only(items) => doubts.any(items, matches),
            Listed::AllBut(items) => doubts.any(items, matches).negate(),
        }
    }
}

impl Statement {
    /// The condition keys and variables that it mentions, in lower case.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        let resources = self.resources.items().iter().map(|pattern| &pattern.template);
        let variables = resources.flat_map(Template::variables).map(|variable| &*variable.key);
        variables.chain(self.conditions.iter().flat_map(Condition::keys))
    }

    /// Whether it matches.
    pub(crate) fn test<'p>(&'p self, request: &Request, doubts: &mut Doubts<'p>) -> Outcome {
        let keys = Keys::of(&request.context);
        let mark = doubts.mark();
        let target = self.test_target(request, doubts);
        if target == Outcome::False {
            return Outcome::False;
        }
        let outcome =
            target.and(doubts.all(&self.conditions, |condition, doubts| condition.test(keys, doubts)));
        if outcome == Outcome::False {
            doubts.forget(mark);
        }
        outcome
    }

    /// Whether action and resource are meant.
    pub(crate) fn test_target<'p>(&'p self, request: &Request, doubts: &mut Doubts<'p>) -> Outcome {
        let mark = doubts.mark();
        let action = self.test_action(&request.action, doubts);
        if action == Outcome::False {
            return Outcome::False;
        }
        let target = action.and(self.test_resource(&request.resource, Keys::of(&request.context), doubts));
        if target == Outcome::False {
            doubts.forget(mark);
        }
        target
    }

    pub(crate) fn test_action<'p>(&'p self, action: &str, doubts: &mut Doubts<'p>) -> Outcome {
        self.actions.test(doubts, |pattern, doubts| pattern.test(action, doubts))
    }

    /// Whether the action can be meant.
    pub(crate) fn is_about(&self, action: &str) -> bool {
        self.test_action(action, &mut Doubts::default()) != Outcome::False
    }

    pub(crate) fn test_resource<'p>(
        &'p self,
        resource: &Resource,
        keys: Keys<'_>,
        doubts: &mut Doubts<'p>,
    ) -> Outcome {
        self.resources.test(doubts, |pattern, doubts| pattern.test(resource, keys, doubts))
    }
}

impl Action {
    pub(crate) fn new(text: &str) -> Action {
        let shape = Shape::of(text);
        let mut service = text.bytes().take_while(|byte| *byte != b':');
        let wildcard_in_service =
            matches!(shape, Shape::Beginning | Shape::Any) && service.any(|byte| matches!(byte, b'*' | b'?'));
        Action { text: text.into(), shape, wildcard_in_service }
    }

    pub(crate) fn test(&self, action: &str, doubts: &mut Doubts<'_>) -> Outcome {
        let matches = match self.shape {
            Shape::Everything => return Outcome::True,
            Shape::Exact => self.text.eq_ignore_ascii_case(action),
            Shape::Beginning => {
                let beginning = self.text.as_bytes().split_last().map_or(&[][..], |(_, beginning)| beginning);
                let given = action.as_bytes().get(..beginning.len());
                given.is_some_and(|given| given.eq_ignore_ascii_case(beginning))
            }
            Shape::Any => matches_in_any_case(&self.text, action),
        };
        match matches {
            // AWS does not say what it stands for.
            true if self.wildcard_in_service => doubts.rule(OpenRule::WildcardInActionService),
            matches => matches.into(),
        }
    }
}

impl ResourcePattern {
    /// `*`.
    pub(crate) fn everything() -> ResourcePattern {
        let template = Template::literal("*");
        ResourcePattern { template, missing_parts: 0, wildcard_in_service: false, shape: Shape::Everything }
    }

    pub(crate) fn new(
        template: Template,
        missing_parts: usize,
        wildcard_in_service: bool,
    ) -> ResourcePattern {
        let is_simple = missing_parts == 0 && !wildcard_in_service;
        let shape = match &template {
            Template::Text(text) if is_simple => Shape::of(text),
            _ => Shape::Any,
        };
        ResourcePattern { template, missing_parts, wildcard_in_service, shape }
    }

    pub(crate) fn test<'p>(
        &'p self,
        resource: &Resource,
        keys: Keys<'_>,
        doubts: &mut Doubts<'p>,
    ) -> Outcome {
        if self.shape == Shape::Everything {
            return Outcome::True;
        }
        let Resource::Named(arn) = resource else {
            return doubts.open(Doubt::Resource);
        };
        match self.shape {
            Shape::Everything => return Outcome::True,
            Shape::Exact => return (self.template.text() == arn).into(),
            Shape::Beginning => {
                let beginning = self.template.text().strip_suffix('*').unwrap_or_default();
                return arn.starts_with(beginning).into();
            }
            Shape::Any => {}
        }
        let pattern = match self.template.expand(keys, doubts) {
            Expansion::NoValue => return Outcome::False,
            Expansion::Open => return Outcome::Open,
            Expansion::Pattern(pattern) => pattern,
        };
        let mut matches = pattern.matches_resource(arn);
        if self.missing_parts > 0 && matches != Some(true) {
            let completed = pattern.text().into_owned() + &":*".repeat(self.missing_parts);
            let completed = Pattern::Written(&completed).matches_resource(arn);
            matches = if matches == Some(false) { completed } else { completed.filter(|matches| *matches) };
        }
        match matches {
            // The guide forbids a wildcard there and does not say what it stands for.
            Some(true) if self.wildcard_in_service => doubts.rule(OpenRule::WildcardInResourceHead),
            Some(matches) => matches.into(),
            None => doubts.rule(OpenRule::WildcardOverColon),
        }
    }
}
