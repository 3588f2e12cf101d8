//! Which statement matched, and what stood in the way of the others.

use std::fmt;

use crate::evaluate::{Layers, Request};
use crate::policy::{Effect, Policy};
use crate::truth::Truth;

/// Where a policy applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layer {
    /// The permission set's own policies.
    Identity,
    /// The permissions boundary.
    Boundary,
    /// A service control policy, at this level below the root.
    ServiceControl(usize),
}

impl fmt::Display for Layer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Layer::Identity => formatter.write_str("identity policy"),
            Layer::Boundary => formatter.write_str("permissions boundary"),
            Layer::ServiceControl(level) => write!(formatter, "service control policy of level {level}"),
        }
    }
}

/// How one statement met one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementTrace {
    /// The layer of its policy.
    pub layer: Layer,
    /// Index of the policy in its layer.
    pub policy: usize,
    /// Index of the statement in its policy.
    pub statement: usize,
    /// Its `Sid`.
    pub sid: Option<String>,
    /// What it does when it matches.
    pub effect: Effect,
    /// Whether the action is meant.
    pub action: Truth,
    /// Whether the resource is meant.
    pub resource: Truth,
    /// Each condition.
    pub conditions: Vec<ConditionTrace>,
    /// Whether the statement matches.
    pub matches: Truth,
}

/// How one condition met one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConditionTrace {
    /// The operator as written.
    pub operator: String,
    /// The key as written.
    pub key: String,
    /// The values as written, variables unexpanded.
    pub values: Vec<String>,
    /// Whether it holds.
    pub holds: Truth,
}

/// Every statement of every layer, in order.
pub fn explain(layers: &Layers<'_>, request: &Request) -> Vec<StatementTrace> {
    let mut traces = Vec::new();
    let mut add = |layer: Layer, policies: &[Policy]| {
        for (policy, document) in policies.iter().enumerate() {
            for (index, statement) in document.statements.iter().enumerate() {
                let conditions = statement.conditions.iter().map(|condition| ConditionTrace {
                    operator: condition.operator_name.clone(),
                    key: condition.key_name.clone(),
                    values: condition.values.iter().map(|value| value.text().to_owned()).collect(),
                    holds: condition.test(&request.context),
                });
                traces.push(StatementTrace {
                    layer,
                    policy,
                    statement: index,
                    sid: statement.sid.clone(),
                    effect: statement.effect,
                    action: statement.test_action(&request.action),
                    resource: statement.test_resource(&request.resource, &request.context),
                    conditions: conditions.collect(),
                    matches: statement.test(request),
                });
            }
        }
    };
    add(Layer::Identity, layers.identity);
    if let Some(boundary) = layers.boundary {
        add(Layer::Boundary, boundary);
    }
    for (level, policies) in layers.service_control.iter().enumerate() {
        add(Layer::ServiceControl(level), policies);
    }
    traces
}
