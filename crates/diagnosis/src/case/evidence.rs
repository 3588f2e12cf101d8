//! What a diagnosis shows for itself. Never holds an attribute value.

use std::collections::BTreeSet;

use iam_policy::{Effect, Layers, Open, Request, StatementTrace, Truth, first_turned};

use crate::case::compared::{Compared, compared, differs_in_case_alone};

/// What a diagnosis rests on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    /// What was seen and concluded, a sentence each.
    pub sentences: Vec<String>,
    /// The statement that flips the decision.
    pub statement: Option<DecidingStatement>,
    /// Keys that were read, and with other values of which the decision could flip.
    pub rests_on: Vec<String>,
    /// Keys and facts that nobody here could read and that matter.
    pub depends_on: Vec<String>,
    /// Policies that nobody here could read.
    pub unseen: Vec<String>,
}

/// A statement, and the part of it that flips the decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecidingStatement {
    /// The policy's name.
    pub policy: String,
    /// `Sid`, or the index of the statement.
    pub statement: String,
    /// Allow or Deny.
    pub effect: Effect,
    /// The condition, as written, and what it asks for in vain; the resource where it is that which turns.
    pub part: String,
    /// What it compared, where a condition turns.
    pub compared: Vec<Compared>,
}

impl Evidence {
    pub(crate) fn say(mut self, sentence: impl Into<String>) -> Evidence {
        self.sentences.push(sentence.into());
        self
    }

    /// What matters of keys and facts, read or not.
    pub fn matters(&self) -> Vec<&str> {
        self.rests_on.iter().chain(&self.depends_on).map(String::as_str).collect()
    }

    /// `open` is what the decision is open on where these are taken for unread.
    pub(crate) fn resting_on(mut self, open: &BTreeSet<Open>) -> Evidence {
        self.rests_on = open.iter().map(ToString::to_string).collect();
        self
    }

    pub(crate) fn depending_on(mut self, open: &BTreeSet<Open>) -> Evidence {
        self.depends_on = open.iter().map(ToString::to_string).collect();
        self
    }
}

/// The first statement that answers differently for two contexts, and its part that does.
pub(crate) fn flipping_statement(
    layers: &Layers<'_>,
    before: &Request,
    after: &Request,
    policy_name: impl Fn(&StatementTrace) -> String,
) -> Option<DecidingStatement> {
    let (old, new) = first_turned(layers, before, after)?;
    let turned = old.conditions.iter().zip(&new.conditions).find(|(old, new)| old.holds != new.holds);
    let compared = turned.map(|(condition, _)| compared(condition)).unwrap_or_default();
    let part = match turned {
        Some((condition, _)) => {
            let values = condition.values.join(", ");
            let mut part = format!("{} {} = {values}", condition.operator, condition.key);
            let absent: Vec<&str> = condition.absent().collect();
            if !absent.is_empty() {
                part.push_str(&format!(", and the request has no {}", absent.join(", no ")));
            }
            if differs_in_case_alone(condition) {
                part.push_str(", and the values differ in case alone");
            }
            part
        }
        None => match old.resource_lacks.as_slice() {
            [] => "the resource, which names the tag".to_owned(),
            absent => format!("the resource, and the request has no {}", absent.join(", no ")),
        },
    };
    let statement = new.sid.clone().unwrap_or_else(|| new.name());
    Some(DecidingStatement { policy: policy_name(&new), statement, effect: new.effect, part, compared })
}

/// What a truth is open on.
pub(crate) fn open_on(truth: &Truth) -> BTreeSet<Open> {
    match truth {
        Truth::Open(open) => open.clone(),
        Truth::True | Truth::False => BTreeSet::new(),
    }
}
