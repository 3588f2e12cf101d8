//! Answers, as JSON and as a table.

use comfy_table::{ContentArrangement, Table, presets};
use iam_policy::{
    ConditionTrace, Consulted, Decision, Effect, Layer, Open, StatementTrace, Truth, Turn, Value, WhatIf,
};
use serde_json::{Value as Json, json};

use super::case::CaseError;
use crate::text::escaped;

/// Narrow enough for a laptop.
const WIDTH: u16 = 170;

/// One line of input, and what came of it.
pub(super) struct Line {
    /// From 1.
    pub(super) number: usize,
    pub(super) outcome: Result<Answer, CaseError>,
}

/// What is said of one request.
pub(super) struct Answer {
    pub(super) id: Json,
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
        let answer = match &self.outcome {
            Ok(answer) => answer,
            Err(error) => {
                return json!({
                    "id": error.id, "line": self.number, "error": error.reason, "position": error.position,
                });
            }
        };
        let rules: Vec<&str> = answer.consulted.undocumented.iter().map(|rule| rule.name()).collect();
        let mut json = json!({
            "id": answer.id,
            "decision": name(&answer.decision),
            "missing": answer.consulted.missing,
            "depends_on": depends_on(&answer.decision),
            "undocumented": rules,
            "why": answer.why,
            "statements": answer.traces.iter().map(statement).collect::<Vec<_>>(),
        });
        if let (Some(object), Some(before)) = (json.as_object_mut(), &answer.before) {
            object.insert("before".to_owned(), name(before).into());
        }
        if let (Some(object), Some(found)) = (json.as_object_mut(), &answer.what_if) {
            object.insert("what_if".to_owned(), what_if(found));
        }
        json
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
pub(super) fn table(lines: &[Line]) -> String {
    let mut table = Table::new();
    table
        .load_style(presets::UTF8_FULL_CONDENSED)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(WIDTH);
    table.set_header(["request", "action", "decision", "why"]);
    let mut counts = Vec::<(&str, usize)>::new();
    for line in lines {
        table.add_row(line.row());
        let kind = line.outcome.as_ref().map_or("cannot be read", |answer| name(&answer.decision));
        match counts.iter_mut().find(|(name, _)| *name == kind) {
            Some((_, count)) => *count += 1,
            None => counts.push((kind, 1)),
        }
    }
    let counts: Vec<String> = counts.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    format!("{table}\n\n{} requests: {}\n", lines.len(), counts.join(", "))
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

fn statement(trace: &StatementTrace) -> Json {
    let (layer, level) = match trace.layer {
        Layer::Identity => ("policies", None),
        Layer::Boundary => ("boundary", None),
        Layer::Session => ("session", None),
        Layer::ServiceControl(level) => ("scps", Some(level)),
        Layer::ResourceControl => ("rcps", None),
        Layer::Endpoint => ("endpoint", None),
    };
    json!({
        "layer": layer, "level": level, "policy": trace.policy, "statement": trace.statement, "sid": trace.sid,
        "effect": match trace.effect { Effect::Allow => "Allow", Effect::Deny => "Deny" },
        "matches": truth(&trace.matches), "action": truth(&trace.action), "resource": truth(&trace.resource),
        "conditions": trace.conditions.iter().map(condition).collect::<Vec<_>>(),
        "why": trace.to_string(),
    })
}

fn condition(trace: &ConditionTrace) -> Json {
    json!({
        "operator": trace.operator, "key": trace.key, "values": trace.values, "holds": truth(&trace.holds),
        "given": given(&trace.given),
    })
}

/// `depends` where it is open.
fn truth(truth: &Truth) -> Json {
    match truth {
        Truth::True => json!(true),
        Truth::False => json!(false),
        Truth::Open(_) => json!("depends"),
    }
}

fn given(value: &Value) -> Json {
    match value {
        Value::Absent => json!("absent"),
        Value::Unknown => json!("unknown"),
        Value::One(text) => json!([text]),
        Value::Many(texts) => json!(texts),
    }
}

/// What flips it; null where nothing does or has to, `gave_up` where that is not known.
fn what_if(found: &WhatIf) -> Json {
    match found {
        WhatIf::Turn(found) => turn(found),
        WhatIf::Allowed | WhatIf::Nothing => Json::Null,
        WhatIf::GaveUp => json!("gave_up"),
    }
}

fn turn(turn: &Turn) -> Json {
    let set: serde_json::Map<String, Json> =
        turn.with.iter().map(|candidate| (candidate.key.clone(), value(&candidate.value).into())).collect();
    let point = turn.turning_point().map(|(trace, condition)| {
        let condition = condition.and_then(|index| trace.conditions.get(index)).map(self::condition);
        json!({"statement": statement(trace), "condition": condition})
    });
    json!({"set": set, "at": point})
}

fn value(value: &Value) -> String {
    match value {
        Value::One(text) => text.clone(),
        Value::Many(texts) => texts.join(", "),
        Value::Absent | Value::Unknown => String::new(),
    }
}
