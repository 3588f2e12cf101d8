//! A parsed policy.

use std::collections::BTreeSet;

use crate::condition::Condition;
use crate::context::Context;
use crate::evaluate::{Request, Resource};
use crate::parse::{self, PolicyError};
use crate::pattern::{self, Token};
use crate::template::{Expansion, Template};
use crate::truth::{Open, Rule, Truth};

/// What a statement does when it matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It allows, unless something denies.
    Allow,
    /// It denies, whatever allows.
    Deny,
}

/// One policy document.
#[derive(Clone, Debug)]
pub struct Policy {
    pub(crate) statements: Vec<Statement>,
}

#[derive(Clone, Debug)]
pub(crate) struct Statement {
    pub(crate) sid: Option<String>,
    pub(crate) effect: Effect,
    pub(crate) actions: Actions,
    pub(crate) resources: Resources,
    pub(crate) conditions: Vec<Condition>,
}

#[derive(Clone, Debug)]
pub(crate) enum Actions {
    Only(Vec<Action>),
    AllBut(Vec<Action>),
}

/// An action pattern, in lower case: actions are not case-sensitive.
#[derive(Clone, Debug)]
pub(crate) struct Action {
    pub(crate) tokens: Vec<Token>,
    pub(crate) undocumented: bool,
}

#[derive(Clone, Debug)]
pub(crate) enum Resources {
    Only(Vec<ResourcePattern>),
    AllBut(Vec<ResourcePattern>),
}

#[derive(Clone, Debug)]
pub(crate) enum ResourcePattern {
    Every,
    Arn { template: Template, service_wildcard: bool },
}

impl Policy {
    /// Reads a policy document.
    ///
    /// # Errors
    /// With the JSON path of what AWS would not accept.
    pub fn parse(json: &str) -> Result<Policy, PolicyError> {
        parse::policy(json)
    }

    /// The condition keys and variables that the policy mentions, in lower case.
    pub fn keys(&self) -> BTreeSet<&str> {
        let mut keys = BTreeSet::new();
        for statement in &self.statements {
            let (Resources::Only(patterns) | Resources::AllBut(patterns)) = &statement.resources;
            for pattern in patterns {
                if let ResourcePattern::Arn { template, .. } = pattern {
                    keys.extend(template.keys());
                }
            }
            for condition in &statement.conditions {
                keys.insert(&condition.key);
                keys.extend(condition.values.iter().flat_map(Template::keys));
            }
        }
        keys
    }
}

impl Statement {
    pub(crate) fn test(&self, request: &Request) -> Truth {
        let action = self.test_action(&request.action);
        if action == Truth::False {
            return Truth::False;
        }
        let target = action.and(self.test_resource(&request.resource, &request.context));
        if target == Truth::False {
            return Truth::False;
        }
        target.and(Truth::all(self.conditions.iter().map(|condition| condition.test(&request.context))))
    }

    pub(crate) fn test_action(&self, action: &str) -> Truth {
        let action: Vec<char> = action.to_ascii_lowercase().chars().collect();
        let any = |patterns: &[Action]| Truth::any(patterns.iter().map(|pattern| pattern.test(&action)));
        match &self.actions {
            Actions::Only(patterns) => any(patterns),
            Actions::AllBut(patterns) => any(patterns).negate(),
        }
    }

    pub(crate) fn test_resource(&self, resource: &Resource, context: &Context) -> Truth {
        let any = |patterns: &[ResourcePattern]| {
            Truth::any(patterns.iter().map(|pattern| pattern.test(resource, context)))
        };
        match &self.resources {
            Resources::Only(patterns) => any(patterns),
            Resources::AllBut(patterns) => any(patterns).negate(),
        }
    }
}

impl Action {
    fn test(&self, action: &[char]) -> Truth {
        if self.undocumented {
            return Truth::rule(Rule::StarColonStarAction);
        }
        pattern::matches(&self.tokens, action).into()
    }
}

impl ResourcePattern {
    fn test(&self, resource: &Resource, context: &Context) -> Truth {
        let (template, service_wildcard) = match self {
            ResourcePattern::Every => return Truth::True,
            ResourcePattern::Arn { template, service_wildcard } => (template, *service_wildcard),
        };
        let Resource::Named(arn) = resource else {
            return Truth::open(Open::Resource);
        };
        let arn: Vec<char> = arn.chars().collect();
        match template.expand(context) {
            Expansion::NoValue => Truth::False,
            Expansion::Open(truth) => truth,
            // The guide does not say what a wildcard there stands for, so only "no match" is sure.
            Expansion::Pattern(tokens) => match pattern::matches(&tokens, &arn) {
                true if service_wildcard => Truth::rule(Rule::WildcardInResourceService),
                matched => matched.into(),
            },
        }
    }
}
