//! `tagmend simulate`: requests and policies in, decisions out.

mod case;
mod show;

use std::collections::BTreeSet;
use std::io::Write;

use anyhow::{Result, anyhow, bail};
use iam_policy::{Decision, Request, Value, candidates, consulted, evaluate, explain, pointed_at, what_if};

use crate::arguments::Simulate;
use crate::exit::Exit;
use crate::input;
use crate::text::json_line;
use case::{Case, CaseError};
use show::{Answer, Line};

pub(crate) fn run(arguments: &Simulate, out: &mut (dyn Write + Send)) -> Result<Exit> {
    conflicts(arguments)?;
    let bytes = input::bytes(&arguments.path)?;
    let text = input::text(&bytes).map_err(|reason| anyhow!("{}: {reason}", arguments.path.display()))?;
    // One object may go over many lines.
    let is_one_object = serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok();
    let found: Vec<&str> = if is_one_object { vec![&text] } else { text.lines().collect() };
    let lines: Vec<Line> = found
        .into_iter()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(index, line)| Line { number: index + 1, outcome: answer(line, arguments) })
        .collect();
    let exit = match lines.iter().any(|line| line.outcome.is_err()) {
        true => Exit::Error,
        false => Exit::Done,
    };
    let shown = match arguments.json {
        true => lines.iter().map(|line| json_line(&line.json())).collect(),
        false => show::table(&lines),
    };
    exit.after(out.write_all(shown.as_bytes()).map_err(Into::into))
}

fn answer(line: &str, arguments: &Simulate) -> Result<Answer, CaseError> {
    let case = Case::read(line)?;
    let layers = case.layers();
    let request = changed(&case.request, arguments);
    let is_changed =
        !(arguments.set.is_empty() && arguments.unset.is_empty() && arguments.unknown.is_empty());
    let suggested = arguments.what_if.then(|| candidates(&layers, &request));
    let traces = explain(&layers, &request);
    let decision = evaluate(&layers, &request).decision;
    let is_sure = !matches!(decision, Decision::Depends(_));
    let why = match pointed_at(&layers, &decision, &traces) {
        Ok(trace) if is_sure && trace.matches.open_on().is_some() => {
            format!("whatever the unknown keys hold, by several statements together; one of them: {trace}")
        }
        Ok(trace) => trace.to_string(),
        Err(layer) => format!("no statement of the {layer} allows anything"),
    };
    Ok(Answer {
        before: is_changed.then(|| evaluate(&layers, &case.request).decision),
        decision,
        consulted: consulted(&layers, &request),
        traces,
        why,
        what_if: suggested.map(|candidates| what_if(&layers, &request, &candidates)),
        action: request.action.clone(),
        id: case.id,
    })
}

/// A key is either set, or unset, or unknown.
fn conflicts(arguments: &Simulate) -> Result<()> {
    let set: BTreeSet<String> = arguments.set.iter().map(|(key, _)| key.to_ascii_lowercase()).collect();
    let others = arguments.unset.iter().chain(&arguments.unknown);
    let mut seen = set;
    for key in others {
        if !seen.insert(key.to_ascii_lowercase()) {
            bail!("`{key}` is named by more than one of --set, --unset and --unknown");
        }
    }
    Ok(())
}

/// The request with the keys as the command line says.
fn changed(request: &Request, arguments: &Simulate) -> Request {
    let mut request = request.clone();
    for key in &arguments.unset {
        request.context.set(key, Value::Absent);
    }
    for key in &arguments.unknown {
        request.context.set(key, Value::Unknown);
    }
    for (key, _) in &arguments.set {
        let same = arguments.set.iter().filter(|(other, _)| other.eq_ignore_ascii_case(key));
        let mut values: Vec<String> = same.map(|(_, value)| value.clone()).collect();
        let value = match values.len() {
            1 => Value::One(values.remove(0)),
            _ => Value::Many(values),
        };
        request.context.set(key, value);
    }
    request
}
