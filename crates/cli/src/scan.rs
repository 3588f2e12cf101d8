//! `tagmend scan`: what is not as it should be, before users meet it.

mod group;
mod progress;

use std::io::Write;

use anyhow::Result;
use tagmend_diagnosis::{MAXIMUM_MAPPINGS, drift::Finding};
use tagmend_remedy::{AwsError, Clients, Inspection, Keeping, Memory, Seen, Watcher, finding_json};

use crate::arguments::{Scan, Where};
use crate::connection::connect;
use crate::exit::Exit;
use crate::grid::broken;
use crate::progress::Counter;
use crate::screen::Screen;
use crate::text::json_line;
use crate::way_out::Ways;

pub(crate) async fn run(arguments: Scan, screen: Screen, out: &mut (dyn Write + Send)) -> Result<Exit> {
    let connection = connect(&arguments.place).await?;
    let clients = Clients::new(&connection.configuration);
    let file = arguments.keep.as_deref();
    let memory = progress::begun(file, connection.time.clock.now())?;
    let pace = if memory.is_some() { connection.pace.of_the_rest() } else { connection.pace };
    let watcher = Watcher::new(clients, &connection.journal_bucket, pace);
    let counter = Counter::new("permission sets");
    let keep = |memory: &Memory, seen: Seen| {
        match seen {
            Seen::List { .. } => {}
            Seen::PermissionSets { done, all } => counter.at(done, Some(all)),
            Seen::Users { done } => counter.turn_to("users", done),
        }
        progress::keep(file, memory, seen);
    };
    let inspecting = watcher.inspect(&connection.baseline, memory, Keeping::Told(&keep), connection.time);
    let inspection = inspecting.await;
    counter.end();
    let inspection = inspection?;
    print_errors(&arguments.place, &inspection.errors);
    match inspection.errors.is_empty() {
        true => progress::end(file),
        // What failed is tried again, and the rest is not.
        false => progress::write(file, &inspection.memory),
    }
    let exit = exit(&inspection.errors, &inspection.findings, arguments.exit_code);
    exit.after(print(out, &inspection, arguments.json, screen))
}

fn print(out: &mut (dyn Write + Send), inspection: &Inspection, as_json: bool, screen: Screen) -> Result<()> {
    print_findings(out, &inspection.findings, as_json, screen)?;
    if as_json {
        return Ok(());
    }
    let drift = inspection.findings.iter().filter(|finding| finding.is_drift()).count();
    let mappings =
        inspection.mappings_in_use.map_or("an unknown number".to_owned(), |count| count.to_string());
    let line = format!(
        "{} permission sets, {} users, {mappings} of {MAXIMUM_MAPPINGS} mappings in use: {} findings, {drift} of them drift",
        inspection.memory.extent().0,
        inspection.users.all.unwrap_or(inspection.users.looked_at),
        inspection.findings.len(),
    );
    writeln!(out, "\n{}", broken(&line, screen.line(), 2))?;
    Ok(())
}

/// A line a finding, or for people a row a group.
pub(crate) fn print_findings(
    out: &mut (dyn Write + Send),
    findings: &[Finding],
    as_json: bool,
    screen: Screen,
) -> Result<()> {
    if !as_json {
        return group::print(out, findings, screen);
    }
    for finding in findings {
        out.write_all(json_line(&finding_json(finding)).as_bytes())?;
    }
    Ok(())
}

/// With `--exit-code` a finding counts.
pub(crate) fn exit(errors: &[AwsError], findings: &[Finding], exit_code: bool) -> Exit {
    match (errors.is_empty(), exit_code && !findings.is_empty()) {
        (false, _) => Exit::Error,
        (true, true) => Exit::Planned,
        (true, false) => Exit::Done,
    }
}

/// On standard error, each with what to do about it.
pub(crate) fn print_errors(place: &Where, errors: &[AwsError]) {
    let mut ways_out = Ways::default();
    for error in errors {
        eprintln!("error: {error}");
        ways_out.add(place, error);
    }
    ways_out.say();
}
