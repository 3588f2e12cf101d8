//! `tagmend simulate`: requests and policies in, decisions out.

mod case;
pub mod record;
mod show;

use std::collections::BTreeSet;
use std::io::Write;

use anyhow::{Result, anyhow};
use iam_policy::{Decision, Request, Value, candidates, consulted, evaluate, explain, pointed_at, what_if};

use crate::arguments::Simulate;
use crate::exit::{Exit, usage};
use crate::input;
use crate::meant::meant;
use crate::screen::Screen;
use crate::text::{escaped, json_line};
use case::{Case, CaseError};
use show::{Answer, Line};

pub(crate) fn run(arguments: &Simulate, screen: Screen, out: &mut (dyn Write + Send)) -> Result<Exit> {
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
    for warning in unmentioned(arguments, &lines, &text) {
        eprintln!("{}", escaped(&warning));
    }
    let exit = match lines.iter().any(|line| line.outcome.is_err()) {
        true => Exit::Error,
        false => Exit::Done,
    };
    let shown = match arguments.json {
        true => lines.iter().map(|line| json_line(&line.json())).collect(),
        false => show::table(&lines, screen),
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
        keys: case.keys().collect(),
        id: case.id,
    })
}

/// A sentence for each key of the command line that no policy mentions: it changes nothing.
fn unmentioned(arguments: &Simulate, lines: &[Line], text: &str) -> Vec<String> {
    let answers = lines.iter().filter_map(|line| line.outcome.as_ref().ok());
    let mentioned: BTreeSet<&str> = answers.flat_map(|answer| &answer.keys).map(String::as_str).collect();
    let set = arguments.set.iter().map(|(key, _)| ("--set", key));
    let unset = arguments.unset.iter().map(|key| ("--unset", key));
    let unknown = arguments.unknown.iter().map(|key| ("--unknown", key));
    let is_new = |(_, key): &(&str, &String)| !mentioned.contains(key.to_ascii_lowercase().as_str());
    let sentence = |(option, key): (&str, &String)| {
        // As a policy spells it.
        let meant = meant(key, mentioned.iter().copied()).map(|known| {
            let at = text.to_ascii_lowercase().find(known).unwrap_or(text.len());
            text.get(at..at + known.len()).unwrap_or(known).to_owned()
        });
        let meant = meant.map(|known| format!("; did you mean {known}?")).unwrap_or_default();
        format!("{option} {key}: no policy mentions this key, so it changes nothing{meant}")
    };
    set.chain(unset).chain(unknown).filter(is_new).map(sentence).collect()
}

/// A key is either set, or unset, or unknown.
fn conflicts(arguments: &Simulate) -> Result<()> {
    let set: BTreeSet<String> = arguments.set.iter().map(|(key, _)| key.to_ascii_lowercase()).collect();
    let others = arguments.unset.iter().chain(&arguments.unknown);
    let mut seen = set;
    for key in others {
        if !seen.insert(key.to_ascii_lowercase()) {
            return Err(usage(format!("`{key}` is named by more than one of --set, --unset and --unknown")));
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
