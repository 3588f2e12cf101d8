//! Answers, as JSON and as a table.

use std::collections::BTreeSet;

use iam_policy::{
    ConditionTrace, Consulted, Decision, Effect, Layer, Open, StatementTrace, Truth, Turn, Value, WhatIf,
};
use serde_json::Value as Json;

use super::case::CaseError;
use super::record::{
    Condition, Decided, Flip, FoundTurn, Given, Holds, Point, SCHEMA, Simulated, Statement, Unreadable,
};
use crate::grid::Grid;
use crate::screen::{Mark, Screen};
use crate::text::escaped;

/// One line of input, and what came of it.
pub(super) struct Line {
    /// From 1.
    pub(super) number: usize,
    pub(super) outcome: Result<Answer, CaseError>,
}

/// What is said of one request.
pub(super) struct Answer {
    pub(super) id: Json,
    /// Condition keys that its policies mention, in lower case.
    pub(super) keys: BTreeSet<String>,
    pub(super) action: String,
    /// The decision without the changes of the command line, where there are some.
    pub(super) before: Option<Decision>,
    pub(super) decision: Decision,
    pub(super) consulted: Consulted,
    pub(super) traces: Vec<StatementTrace>,
    /// What an engineer would point at, as a sentence.
    pub(super) why: String,
    /// None where nobody asked, else what would flip the decision.
    pub(super) what_if: Option<WhatIf>,
}

impl Line {
    pub(super) fn json(&self) -> Json {
        // The types have no maps with other keys than text.
        serde_json::to_value(self.record()).unwrap_or(Json::Null)
    }

    fn record(&self) -> Simulated {
        match &self.outcome {
            Ok(answer) => Simulated::Decided(Box::new(answer.record())),
            Err(error) => Simulated::Unreadable(Unreadable {
                schema: SCHEMA,
                id: error.id.clone(),
                line: self.number,
                error: error.reason.clone(),
                position: error.position.clone(),
            }),
        }
    }

    fn mark(&self) -> Mark {
        match &self.outcome {
            Ok(answer) if matches!(answer.decision, Decision::Depends(_)) => Mark::Undecided,
            Ok(_) => Mark::None,
            Err(_) => Mark::Failed,
        }
    }

    fn row(&self) -> [String; 4] {
        match &self.outcome {
            Ok(answer) => [
                escaped(&answer.name(self.number)),
                escaped(&answer.action),
                answer.turned(),
                answer.reasons().iter().map(|reason| escaped(reason)).collect::<Vec<_>>().join("\n"),
            ],
            Err(error) => [
                format!("line {}", self.number),
                String::new(),
                "cannot be read".to_owned(),
                escaped(&format!("{}: {}", error.position, error.reason)),
            ],
        }
    }
}

impl Answer {
    fn record(&self) -> Decided {
        Decided {
            schema: SCHEMA,
            id: self.id.clone(),
            decision: name(&self.decision),
            before: self.before.as_ref().map(name),
            missing: self.consulted.missing.iter().map(ToString::to_string).collect(),
            depends_on: depends_on(&self.decision).into_iter().map(str::to_owned).collect(),
            undocumented: self.consulted.undocumented.iter().map(|rule| rule.name()).collect(),
            why: self.why.clone(),
            statements: self.traces.iter().map(statement).collect(),
            what_if: self.what_if.as_ref().map(what_if),
        }
    }

    fn name(&self, number: usize) -> String {
        match &self.id {
            Json::Null => format!("line {number}"),
            Json::String(text) => text.clone(),
            other => other.to_string(),
        }
    }

    fn turned(&self) -> String {
        match &self.before {
            Some(before) if *before != self.decision => {
                format!("{} → {}", name(before), name(&self.decision))
            }
            _ => name(&self.decision).to_owned(),
        }
    }

    fn reasons(&self) -> Vec<String> {
        let mut reasons = vec![self.why.clone()];
        if let Decision::Depends(open) = &self.decision {
            let open: Vec<String> = open.iter().map(ToString::to_string).collect();
            reasons.push(format!("it depends on {}", open.join(", ")));
        }
        match &self.what_if {
            None | Some(WhatIf::Allowed) => {}
            Some(WhatIf::Turn(turn)) => {
                let with = turn
                    .with
                    .iter()
                    .map(|candidate| format!("{} = {}", candidate.key, value(&candidate.value)));
                reasons.push(format!("allowed with {}", with.collect::<Vec<_>>().join(" and ")));
            }
            Some(WhatIf::Nothing) => {
                reasons.push("no value that the policies suggest would flip it".to_owned())
            }
            Some(WhatIf::GaveUp) => {
                reasons.push("there are too many keys to try what would flip it".to_owned())
            }
        }
        reasons
    }
}

/// A row a line, and the count of each decision.
pub(super) fn table(lines: &[Line], screen: Screen) -> String {
    let mut grid = Grid::new(["request", "action", "decision", "why"]);
    let mut counts = Vec::<(&str, usize)>::new();
    for line in lines {
        grid.add(line.mark(), line.row());
        let kind = line.outcome.as_ref().map_or("cannot be read", |answer| name(&answer.decision));
        match counts.iter_mut().find(|(name, _)| *name == kind) {
            Some((_, count)) => *count += 1,
            None => counts.push((kind, 1)),
        }
    }
    let counts: Vec<String> = counts.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    format!("{}\n{} requests: {}\n", grid.shown(screen), lines.len(), counts.join(", "))
}

fn name(decision: &Decision) -> &'static str {
    match decision {
        Decision::Allowed => "Allowed",
        Decision::ImplicitlyDenied => "ImplicitlyDenied",
        Decision::ExplicitlyDenied => "ExplicitlyDenied",
        Decision::Depends(_) => "Depends",
    }
}

/// Keys, and `resource` for an unknown one; rules are in a list of their own.
fn depends_on(decision: &Decision) -> Vec<&str> {
    let Decision::Depends(open) = decision else {
        return Vec::new();
    };
    let named = open.iter().filter_map(|open| match open {
        Open::Key(key) => Some(key.as_str()),
        Open::Resource => Some("resource"),
        Open::Rule(_) => None,
    });
    named.collect()
}

fn statement(trace: &StatementTrace) -> Statement {
    let (layer, level) = match trace.layer {
        Layer::Identity => ("policies", None),
        Layer::Boundary => ("boundary", None),
        Layer::Session => ("session", None),
        Layer::ServiceControl(level) => ("scps", Some(level)),
        Layer::ResourceControl => ("rcps", None),
        Layer::Endpoint => ("endpoint", None),
    };
    Statement {
        layer,
        level,
        policy: trace.policy,
        statement: trace.statement,
        sid: trace.sid.clone(),
        effect: match trace.effect {
            Effect::Allow => "Allow",
            Effect::Deny => "Deny",
        },
        matches: truth(&trace.matches),
        action: truth(&trace.action),
        resource: truth(&trace.resource),
        conditions: trace.conditions.iter().map(condition).collect(),
        why: trace.to_string(),
    }
}

fn condition(trace: &ConditionTrace) -> Condition {
    Condition {
        operator: trace.operator.to_string(),
        key: trace.key.to_string(),
        values: trace.values.iter().map(ToString::to_string).collect(),
        holds: truth(&trace.holds),
        given: match &trace.given {
            Value::Absent => Given::Not("absent"),
            Value::Unknown => Given::Not("unknown"),
            Value::One(text) => Given::Values(vec![text.clone()]),
            Value::Many(texts) => Given::Values(texts.clone()),
        },
    }
}

fn truth(truth: &Truth) -> Holds {
    match truth {
        Truth::True => Holds::Known(true),
        Truth::False => Holds::Known(false),
        Truth::Open(_) => Holds::Open("depends"),
    }
}

fn what_if(found: &WhatIf) -> Flip {
    match found {
        WhatIf::Turn(found) => Flip::By(Box::new(turn(found))),
        WhatIf::Allowed | WhatIf::Nothing => Flip::Nothing(()),
        WhatIf::GaveUp => Flip::NotKnown("gave_up"),
    }
}

fn turn(turn: &Turn) -> FoundTurn {
    let point = turn.turning_point().map(|(trace, condition)| Point {
        statement: statement(trace),
        condition: condition.and_then(|index| trace.conditions.get(index)).map(self::condition),
    });
    FoundTurn {
        set: turn.with.iter().map(|candidate| (candidate.key.to_string(), value(&candidate.value))).collect(),
        at: point,
    }
}

fn value(value: &Value) -> String {
    match value {
        Value::One(text) => text.clone(),
        Value::Many(texts) => texts.join(", "),
        Value::Absent | Value::Unknown => String::new(),
    }
}
