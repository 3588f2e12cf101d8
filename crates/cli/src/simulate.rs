//! `tagmend simulate`: requests and policies in, decisions out.

mod case;
mod show;

use std::io::Write;

use anyhow::{Result, anyhow};
use iam_policy::{Request, Value, candidates, consulted, evaluate, explain, pointed_at, what_if};

use crate::arguments::Simulate;
use crate::exit::Exit;
use crate::input;
use case::{Case, CaseError};
use show::{Answer, Line};

pub(crate) fn run(arguments: &Simulate, out: &mut (dyn Write + Send)) -> Result<Exit> {
    let bytes = input::bytes(&arguments.path)?;
    let text = input::text(&bytes).map_err(|reason| anyhow!("{}: {reason}", arguments.path.display()))?;
    let lines: Vec<Line> = text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(index, line)| Line { number: index + 1, outcome: answer(line, arguments) })
        .collect();
    let exit = match lines.iter().any(|line| line.outcome.is_err()) {
        true => Exit::Error,
        false => Exit::Done,
    };
    let shown = match arguments.json {
        true => lines.iter().map(|line| format!("{}\n", line.json())).collect(),
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
    let why = match pointed_at(&layers, &decision, &traces) {
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

/// The request with the keys as the command line says; of one key, the last word counts.
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
