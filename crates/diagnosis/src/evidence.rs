//! What a diagnosis shows for itself. Never holds an attribute value.

use std::collections::BTreeSet;

use iam_policy::{Effect, Layers, Open, Request, StatementTrace, Truth, explain};

/// What a diagnosis rests on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    /// What was seen and concluded, a sentence each.
    pub sentences: Vec<String>,
    /// The statement that turns the decision.
    pub statement: Option<DecidingStatement>,
    /// Keys and facts that nobody here could read and that matter.
    pub depends_on: Vec<String>,
    /// Policies that nobody here could read.
    pub unseen: Vec<String>,
}

/// A statement, and the part of it that turns the decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecidingStatement {
    /// The policy's name.
    pub policy: String,
    /// `Sid`, or the index of the statement.
    pub statement: String,
    /// Allow or Deny.
    pub effect: Effect,
    /// The condition, as written; the resource where it is that which turns.
    pub part: String,
}

impl Evidence {
    pub(crate) fn say(mut self, sentence: impl Into<String>) -> Evidence {
        self.sentences.push(sentence.into());
        self
    }

    pub(crate) fn depending_on(mut self, open: &BTreeSet<Open>) -> Evidence {
        self.depends_on = open.iter().map(ToString::to_string).collect();
        self
    }
}

/// The first statement that answers differently for two contexts, and its part that does.
pub(crate) fn turning_statement(
    layers: &Layers<'_>,
    before: &Request,
    after: &Request,
    policy_name: impl Fn(&StatementTrace) -> String,
) -> Option<DecidingStatement> {
    let pairs = explain(layers, before).into_iter().zip(explain(layers, after));
    let (old, new) = pairs.into_iter().find(|(old, new)| old.matches != new.matches)?;
    let turned = old.conditions.iter().zip(&new.conditions).find(|(old, new)| old.holds != new.holds);
    let part = match turned {
        Some((condition, _)) => {
            let values = condition.values.join(", ");
            format!("{} {} = {values}", condition.operator, condition.key)
        }
        None => "the resource, which names the tag".to_owned(),
    };
    let statement = new.sid.clone().unwrap_or_else(|| format!("statement {}", new.statement));
    Some(DecidingStatement { policy: policy_name(&new), statement, effect: new.effect, part })
}

/// What a truth is open on.
pub(crate) fn open_on(truth: &Truth) -> BTreeSet<Open> {
    match truth {
        Truth::Open(open) => open.clone(),
        Truth::True | Truth::False => BTreeSet::new(),
    }
}
