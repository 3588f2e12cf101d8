//! `tagmend replay`: events to diagnosis to plan.

use std::io::Write;

use anyhow::Result;
use tagmend_remedy::{Outcome, Report, Treated, Treatment};

use crate::arguments::Replay;
use crate::exit::Exit;
use crate::place::{Depth, Intent, treat};
use crate::text::{escaped, json_line};
use crate::{input, json, related, table};

pub(crate) async fn run(arguments: Replay, out: &mut (dyn Write + Send)) -> Result<Exit> {
    let intent = if arguments.apply { Intent::Apply } else { Intent::Plan };
    let inputs = input::read(&arguments.paths)?;
    let (places, report) = treat(inputs, &arguments.place, intent, Depth::Usual).await?;
    exit(&report).after(print(out, &places, &report, arguments.json, intent))
}

fn print(
    out: &mut (dyn Write + Send),
    places: &[String],
    report: &Report,
    as_json: bool,
    intent: Intent,
) -> Result<()> {
    if as_json {
        for (place, treated) in places.iter().zip(&report.treated) {
            let line = related::with_stories(json::record(place, treated), &report.stories);
            out.write_all(json_line(&line).as_bytes())?;
        }
        return Ok(());
    }
    writeln!(out, "{}", table::table(places, &report.treated))?;
    summary(out, report, intent)
}

fn summary(out: &mut (dyn Write + Send), report: &Report, intent: Intent) -> Result<()> {
    let count =
        |matches: fn(&Treated) -> bool| report.treated.iter().filter(|treated| matches(treated)).count();
    writeln!(
        out,
        "\n{} records: {} failures, {} of another kind, {} passed over, {} unreadable",
        report.treated.len(),
        count(|treated| matches!(treated, Treated::Failure(..))),
        count(|treated| matches!(treated, Treated::Related(_))),
        count(|treated| matches!(treated, Treated::PassedOver)),
        count(|treated| matches!(treated, Treated::Unreadable(_))),
    )?;
    for story in &report.stories {
        writeln!(out, "  connected: {}", escaped(&story.to_string()))?;
    }
    for (change, outcome) in &report.changes {
        match outcome {
            None => writeln!(out, "  planned: {change}")?,
            Some(outcome) => writeln!(out, "  {change}: {outcome}")?,
        }
    }
    match (report.changes.is_empty(), intent) {
        (true, _) if is_undecided(report) => writeln!(out, "not every record was decided")?,
        (true, _) => writeln!(out, "nothing to do")?,
        (false, Intent::Plan) => writeln!(out, "dry run: nothing was written; --apply makes these changes")?,
        (false, Intent::Apply) => {}
    }
    Ok(())
}

/// Whether a record could not be read, or AWS did not answer what it needs.
fn is_undecided(report: &Report) -> bool {
    report.treated.iter().any(|treated| {
        matches!(treated, Treated::Unreadable(_) | Treated::Failure(_, Treatment::Unanswered(_)))
    })
}

pub(crate) fn exit(report: &Report) -> Exit {
    let failed = |outcome: &Option<Outcome>| {
        outcome
            .as_ref()
            .is_some_and(|outcome| outcome.is_failure() || matches!(outcome, Outcome::Escalated(_)))
    };
    let open = |outcome: &Option<Outcome>| matches!(outcome, None | Some(Outcome::Refused(_)));
    if is_undecided(report) || report.changes.iter().any(|(_, outcome)| failed(outcome)) {
        Exit::Error
    } else if report.changes.iter().any(|(_, outcome)| open(outcome)) {
        Exit::Planned
    } else {
        Exit::Done
    }
}
