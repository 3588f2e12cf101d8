//! A parsed policy.

use std::collections::BTreeSet;
use std::fmt;

use compact_str::CompactString;

use crate::condition::Condition;
use crate::context::Context;
use crate::evaluate::{Request, Resource};
use crate::parse;
use crate::pattern::{self, Pattern};
use crate::policy_error::PolicyError;
use crate::template::{Expansion, Template};
use crate::truth::{Open, Truth};
use crate::undocumented::Rule;

/// Which grammar applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An identity policy, a permissions boundary, a session policy or an SCP.
    Identity,
    /// A resource control policy.
    ResourceControl,
    /// The policy of a VPC endpoint, as far as it is for everybody.
    Endpoint,
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Kind::Identity => "an identity policy",
            Kind::ResourceControl => "a resource control policy",
            Kind::Endpoint => "a VPC endpoint policy",
        })
    }
}

/// What a statement does when it matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It allows, unless something denies.
    Allow,
    /// It denies, whatever allows.
    Deny,
}

/// One policy document. [`Display`](std::fmt::Display) prints it as JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    pub(crate) kind: Kind,
    pub(crate) version: Option<Version>,
    pub(crate) id: Option<CompactString>,
    pub(crate) statements: Vec<Statement>,
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
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ResourcePattern {
    pub(crate) template: Template,
    /// Parts that an incomplete ARN lacks; AWS puts in a `*` for each (`reference-arns`).
    pub(crate) missing_parts: usize,
    /// A wildcard in the service. One in the partition is like any other.
    pub(crate) wildcard_in_service: bool,
}

impl Policy {
    /// Reads an identity policy, and whatever has its grammar: permissions boundary, session policy, SCP.
    ///
    /// # Errors
    /// With the JSON path of what AWS would not accept.
    pub fn parse(json: &str) -> Result<Policy, PolicyError> {
        parse::policy(json, Kind::Identity)
    }

    /// Reads a resource control policy, which has to name everybody as its principal.
    /// Source: `orgs_manage_policies_rcps_syntax` in the AWS Organizations user guide.
    ///
    /// # Errors
    /// With the JSON path of what AWS would not accept.
    pub fn parse_resource_control(json: &str) -> Result<Policy, PolicyError> {
        parse::policy(json, Kind::ResourceControl)
    }

    /// Reads the policy of a VPC endpoint. One that tells principals apart is not evaluated here, and is an error.
    /// Source: `vpc-endpoints-access` in the AWS PrivateLink guide.
    ///
    /// # Errors
    /// With the JSON path of what AWS would not accept, or of a principal that is not everybody.
    pub fn parse_endpoint(json: &str) -> Result<Policy, PolicyError> {
        parse::policy(json, Kind::Endpoint)
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

    fn test(&self, matches: impl Fn(&T) -> Truth) -> Truth {
        match self {
            Listed::Only(items) => Truth::any(items.iter().map(matches)),
            Listed::AllBut(items) => Truth::any(items.iter().map(matches)).negate(),
        }
    }
}

impl Statement {
    /// The condition keys and variables that it mentions, in lower case.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        let resources = self.resources.items().iter().map(|pattern| &pattern.template);
        let values = self.conditions.iter().flat_map(|condition| &condition.values);
        let variables = resources.chain(values.map(|wanted| &wanted.text)).flat_map(Template::variables);
        let keys = self.conditions.iter().map(|condition| &*condition.key);
        keys.chain(variables.map(|variable| &*variable.key))
    }

    pub(crate) fn test(&self, request: &Request) -> Truth {
        let target = self.test_target(request);
        if target == Truth::False {
            return Truth::False;
        }
        target.and(Truth::all(self.conditions.iter().map(|condition| condition.test(&request.context))))
    }

    /// Whether action and resource are meant.
    pub(crate) fn test_target(&self, request: &Request) -> Truth {
        let action = self.test_action(&request.action);
        if action == Truth::False {
            return Truth::False;
        }
        action.and(self.test_resource(&request.resource, &request.context))
    }

    pub(crate) fn test_action(&self, action: &str) -> Truth {
        self.actions.test(|pattern| pattern.test(action))
    }

    pub(crate) fn test_resource(&self, resource: &Resource, context: &Context) -> Truth {
        self.resources.test(|pattern| pattern.test(resource, context))
    }
}

impl Action {
    pub(crate) fn test(&self, action: &str) -> Truth {
        if self.text == "*" {
            return Truth::True;
        }
        if !pattern::matches_in_any_case(&self.text, action) {
            return Truth::False;
        }
        let service = self.text.split(':').next().unwrap_or_default();
        match service.contains(['*', '?']) {
            true => Truth::rule(Rule::WildcardInActionService),
            false => Truth::True,
        }
    }
}

impl ResourcePattern {
    pub(crate) fn test(&self, resource: &Resource, context: &Context) -> Truth {
        if self.template.text() == "*" {
            return Truth::True;
        }
        let Resource::Named(arn) = resource else {
            return Truth::open(Open::Resource);
        };
        match self.template.expand(context) {
            Expansion::NoValue => Truth::False,
            Expansion::Open(truth) => truth,
            Expansion::Pattern(pattern) => {
                let mut matches = pattern.matches_resource(arn);
                if self.missing_parts > 0 && matches != Some(true) {
                    let completed = pattern.text().into_owned() + &":*".repeat(self.missing_parts);
                    let completed = Pattern::Written(&completed).matches_resource(arn);
                    matches =
                        if matches == Some(false) { completed } else { completed.filter(|matches| *matches) };
                }
                match matches {
                    // The guide forbids a wildcard there, and only there, and does not say what it stands for.
                    Some(true) if self.wildcard_in_service => Truth::rule(Rule::WildcardInResourceHead),
                    Some(matches) => matches.into(),
                    None => Truth::rule(Rule::WildcardOverColon),
                }
            }
        }
    }
}
