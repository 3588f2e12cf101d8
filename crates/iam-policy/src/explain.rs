//! Which statement matched, and what stood in the way of the others.

use std::collections::BTreeSet;
use std::fmt;

use crate::condition::Condition;
use crate::context::{Context, Keys, Value};
use crate::decide::Decision;
use crate::layers::{Layer, Layers};
use crate::policy::{Effect, Listed, Statement};
use crate::request::Request;
use crate::truth::{Open, Truth};

/// How one statement met one request. [`Display`](fmt::Display) is one sentence, with the values of the request.
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
    /// `Resource` or `NotResource`.
    pub resource_element: &'static str,
    /// Absent keys that its values need as variables.
    pub resource_lacks: Vec<String>,
    /// Each condition.
    pub conditions: Vec<ConditionTrace>,
    /// Whether the statement matches.
    pub matches: Truth,
}

/// How one condition met one request. [`Display`](fmt::Display) is a clause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConditionTrace {
    /// The operator as written.
    pub operator: String,
    /// The key as written.
    pub key: String,
    /// The values as written, variables unexpanded.
    pub values: Vec<String>,
    /// What the request has for the key.
    pub given: Value,
    /// What the request has for each variable of the values.
    pub variables: Vec<(String, Value)>,
    /// Whether it holds.
    pub holds: Truth,
}

/// Every statement of every layer, in order. Nothing of this is computed by [`evaluate`](crate::evaluate()).
pub fn explain(layers: &Layers<'_>, request: &Request) -> Vec<StatementTrace> {
    let mut traces = Vec::new();
    for (layer, policies) in layers.iter() {
        for (policy, document) in policies.iter().enumerate() {
            for (index, statement) in document.statements.iter().enumerate() {
                traces.push(trace(statement, request, (layer, policy, index)));
            }
        }
    }
    traces
}

/// The first statement that matches otherwise after a request was changed, with how it met both.
pub fn first_turned(
    layers: &Layers<'_>,
    before: &Request,
    after: &Request,
) -> Option<(StatementTrace, StatementTrace)> {
    let matches =
        |statement: &Statement, request: &Request| Truth::of(|doubts| statement.test(request, doubts));
    for (layer, policies) in layers.iter() {
        for (policy, document) in policies.iter().enumerate() {
            for (index, statement) in document.statements.iter().enumerate() {
                if matches(statement, before) != matches(statement, after) {
                    let place = (layer, policy, index);
                    return Some((trace(statement, before, place), trace(statement, after, place)));
                }
            }
        }
    }
    None
}

fn trace(
    statement: &Statement,
    request: &Request,
    (layer, policy, index): (Layer, usize, usize),
) -> StatementTrace {
    let keys = Keys::of(&request.context);
    let variables = statement.resources.items().iter().flat_map(|pattern| pattern.template.variables());
    let lacks = variables.filter(|variable| {
        variable.default.is_none() && *request.context.get(&variable.key) == Value::Absent
    });
    StatementTrace {
        layer,
        policy,
        statement: index,
        sid: statement.sid.as_ref().map(ToString::to_string),
        effect: statement.effect,
        action: Truth::of(|doubts| statement.test_action(&request.action, doubts)),
        resource: Truth::of(|doubts| statement.test_resource(&request.resource, keys, doubts)),
        resource_element: match statement.resources {
            Listed::Only(_) => "Resource",
            Listed::AllBut(_) => "NotResource",
        },
        resource_lacks: lacks.map(|variable| variable.key.to_string()).collect(),
        conditions: statement
            .conditions
            .iter()
            .map(|condition| trace_condition(condition, &request.context))
            .collect(),
        matches: Truth::of(|doubts| statement.test(request, doubts)),
    }
}

fn trace_condition(condition: &Condition, context: &Context) -> ConditionTrace {
    let mut variables: Vec<(String, Value)> = Vec::new();
    for variable in condition.values.iter().flat_map(|wanted| wanted.text.variables()) {
        if !variables.iter().any(|(key, _)| *key == *variable.key) {
            variables.push((variable.key.to_string(), context.get(&variable.key).clone()));
        }
    }
    ConditionTrace {
        operator: condition.operator.to_string(),
        key: condition.key_name.to_string(),
        values: condition.values.iter().map(|wanted| wanted.text.text().to_owned()).collect(),
        given: context.get(&condition.key).clone(),
        variables,
        holds: Truth::of(|doubts| condition.test(Keys::of(context), doubts)),
    }
}

/// The statement that an engineer would point at: one that denies where that is the decision, else the one that comes
/// nearest to allowing in the first layer where none does for sure, else one that may deny, else the first that allows.
///
/// # Errors
/// With the layer where no statement allows anything.
pub fn pointed_at<'t>(
    layers: &Layers<'_>,
    decision: &Decision,
    traces: &'t [StatementTrace],
) -> Result<&'t StatementTrace, Layer> {
    let denying = |trace: &&StatementTrace| trace.effect == Effect::Deny && trace.matches != Truth::False;
    let by_certainty = |trace: &&StatementTrace| usize::from(trace.matches != Truth::True);
    let deny = traces.iter().filter(denying).min_by_key(by_certainty);
    if let (Decision::ExplicitlyDenied, Some(deny)) = (decision, deny) {
        return Ok(deny);
    }
    let mut allowing = Vec::new();
    for (layer, _) in layers.iter().filter(|(layer, _)| *layer != Layer::ResourceControl) {
        let allows = |trace: &&StatementTrace| trace.layer == layer && trace.effect == Effect::Allow;
        allowing.push(traces.iter().filter(allows).min_by_key(|trace| trace.distance()).ok_or(layer)?);
    }
    let short = allowing.iter().copied().find(|trace| trace.matches != Truth::True);
    short.or(deny).or(allowing.first().copied()).ok_or(Layer::Identity)
}

impl StatementTrace {
    /// How much stands between the statement and a match; 0 for a match.
    fn distance(&self) -> usize {
        let short = |truth: &Truth| match truth {
            Truth::True => 0,
            Truth::Open(_) => 1,
            Truth::False => 2,
        };
        let conditions: usize = self.conditions.iter().map(|condition| short(&condition.holds)).sum();
        let many = 2 * self.conditions.len() + 2;
        short(&self.action) * many * many + short(&self.resource) * many + conditions
    }

    /// As people call it: its `Sid`, else its number.
    pub fn name(&self) -> String {
        match &self.sid {
            Some(sid) => format!("statement {sid}"),
            None => format!("statement {}", self.statement + 1),
        }
    }
}

impl fmt::Display for StatementTrace {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = match (self.effect, &self.matches) {
            (Effect::Allow, Truth::True) => "allows it",
            (Effect::Allow, Truth::Open(_)) => "may allow it",
            (Effect::Allow, Truth::False) => "does not allow it",
            (Effect::Deny, Truth::True) => "denies it",
            (Effect::Deny, Truth::Open(_)) => "may deny it",
            (Effect::Deny, Truth::False) => "does not deny it",
        };
        write!(formatter, "{} of ", self.name())?;
        match self.layer {
            Layer::ServiceControl(level) => {
                write!(formatter, "service control policy {} of level {level}", self.policy + 1)?;
            }
            layer => write!(formatter, "{layer} {}", self.policy + 1)?,
        }
        write!(formatter, " {verdict}")?;
        for (index, reason) in self.reasons().iter().enumerate() {
            write!(formatter, "{} {reason}", if index == 0 { ":" } else { ";" })?;
        }
        Ok(())
    }
}

impl StatementTrace {
    /// What makes it match, or not, or open: the parts that decide, the first that stands in the way first.
    fn reasons(&self) -> Vec<String> {
        if self.action == Truth::False {
            return vec!["the action is not meant".to_owned()];
        }
        let mut reasons = Vec::new();
        if let Some(open) = self.action.open_on() {
            reasons.push(format!("whether the action is meant depends on {}", list(open)));
        }
        match &self.resource {
            Truth::Open(open) => {
                reasons.push(format!("whether the resource is meant depends on {}", list(open)));
            }
            truth => {
                // A variable without a value matches nothing: NotResource then means everything.
                let lacking = (*truth == Truth::False) == (self.resource_element == "Resource");
                match self.resource_lacks.first().filter(|_| lacking) {
                    Some(key) => {
                        let element = self.resource_element;
                        reasons.push(format!("the request has no {key} to put into {element}"));
                    }
                    None if *truth == Truth::False => reasons.push("the resource is not meant".to_owned()),
                    None => {}
                }
            }
        }
        if self.resource != Truth::False {
            let decides = |condition: &&ConditionTrace| match &self.matches {
                Truth::True => true,
                Truth::False => condition.holds == Truth::False,
                Truth::Open(_) => condition.holds != Truth::True,
            };
            reasons.extend(self.conditions.iter().filter(decides).map(ToString::to_string));
        }
        reasons
    }
}

impl ConditionTrace {
    /// The keys that it asks for and that the request does not have, its own first.
    pub fn absent(&self) -> impl Iterator<Item = &str> {
        let own = (self.given == Value::Absent).then_some(self.key.as_str());
        let variables = self.variables.iter().filter(|(_, value)| *value == Value::Absent);
        own.into_iter().chain(variables.map(|(key, _)| key.as_str()))
    }
}

impl fmt::Display for ConditionTrace {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {} = {}", self.operator, self.key, self.values.join(" or "))?;
        match &self.holds {
            Truth::True => formatter.write_str(" holds")?,
            Truth::False => formatter.write_str(" does not hold")?,
            Truth::Open(open) => write!(formatter, " depends on {}", list(open))?,
        }
        write!(formatter, ", the request has {}", Given(&self.key, &self.given))?;
        for (key, value) in &self.variables {
            write!(formatter, " and {}", Given(key, value))?;
        }
        Ok(())
    }
}

fn list(open: &BTreeSet<Open>) -> String {
    open.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// A key of the request, with what it holds.
struct Given<'a>(&'a str, &'a Value);

impl fmt::Display for Given<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Given(key, value) = self;
        match value {
            Value::Absent => write!(formatter, "no {key}"),
            Value::Unknown => write!(formatter, "an unknown {key}"),
            Value::One(value) => write!(formatter, "{key} = {value}"),
            Value::Many(values) => write!(formatter, "{key} = [{}]", values.join(", ")),
        }
    }
}
