//! A policy as JSON. Reading it again gives the same policy.

use std::fmt::{self, Write};

use crate::condition::Condition;
use crate::policy::{Effect, Listed, Policy, Statement, Version};
use crate::policy_kind::PolicyKind;

impl fmt::Display for Policy {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_char('{')?;
        if let Some(version) = self.version {
            let version = match version {
                Version::V2008 => "2008-10-17",
                Version::V2012 => "2012-10-17",
            };
            write!(out, "\"Version\":\"{version}\",")?;
        }
        if let Some(id) = &self.id {
            write!(out, "\"Id\":{},", Quoted(id))?;
        }
        out.write_str("\"Statement\":[")?;
        for (index, statement) in self.statements.iter().enumerate() {
            out.write_str(if index == 0 { "" } else { "," })?;
            print_statement(statement, self.kind, out)?;
        }
        out.write_str("]}")
    }
}

fn print_statement(statement: &Statement, kind: PolicyKind, out: &mut fmt::Formatter<'_>) -> fmt::Result {
    out.write_char('{')?;
    if let Some(sid) = &statement.sid {
        write!(out, "\"Sid\":{},", Quoted(sid))?;
    }
    if kind != PolicyKind::Identity {
        out.write_str("\"Principal\":\"*\",")?;
    }
    let effect = match statement.effect {
        Effect::Allow => "Allow",
        Effect::Deny => "Deny",
    };
    write!(out, "\"Effect\":\"{effect}\",")?;
    let not = |listed: &'static str, but: &'static str, is_only: bool| if is_only { listed } else { but };
    let name = not("Action", "NotAction", matches!(statement.actions, Listed::Only(_)));
    print_list(name, statement.actions.items().iter().map(|action| &*action.text), out)?;
    let name = not("Resource", "NotResource", matches!(statement.resources, Listed::Only(_)));
    out.write_char(',')?;
    print_list(name, statement.resources.items().iter().map(|pattern| pattern.template.text()), out)?;
    print_conditions(&statement.conditions, out)?;
    out.write_char('}')
}

/// Conditions of one operator follow each other, as they were read.
fn print_conditions(conditions: &[Condition], out: &mut fmt::Formatter<'_>) -> fmt::Result {
    if conditions.is_empty() {
        return Ok(());
    }
    out.write_str(",\"Condition\":{")?;
    for (index, block) in conditions.chunk_by(|first, second| first.operator == second.operator).enumerate() {
        out.write_str(if index == 0 { "" } else { "," })?;
        for (index, condition) in block.iter().enumerate() {
            match index {
                0 => write!(out, "\"{}\":{{", condition.operator)?,
                _ => out.write_char(',')?,
            }
            print_list(&condition.key_name, condition.values.iter().map(|wanted| wanted.text.text()), out)?;
        }
        out.write_char('}')?;
    }
    out.write_char('}')
}

/// A key and its list; the brackets are left out around a single value.
fn print_list<'a>(
    key: &str,
    items: impl ExactSizeIterator<Item = &'a str>,
    out: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    write!(out, "{}:", Quoted(key))?;
    let brackets = items.len() != 1;
    out.write_str(if brackets { "[" } else { "" })?;
    for (index, item) in items.enumerate() {
        out.write_str(if index == 0 { "" } else { "," })?;
        write!(out, "{}", Quoted(item))?;
    }
    out.write_str(if brackets { "]" } else { "" })
}

/// A JSON string.
struct Quoted<'a>(&'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&serde_json::to_string(self.0).map_err(|_| fmt::Error)?)
    }
}
