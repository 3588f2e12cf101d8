//! `tagmend doctor`: looks at a whole installation, changes nothing, and says what is missing.

mod accounts;
mod forwarding;
mod look;
mod roles;
mod samples;
mod stack;
mod told;
mod trails;

use std::io::Write;

use anyhow::{Result, bail};
use comfy_table::{ContentArrangement, Table, presets};
use tagmend_doctor::{Check, Finding, Report, State, assumptions, examine};
use tagmend_remedy::AwsError;

use crate::arguments::Doctor;
use crate::connection::connect;
use crate::exit::Exit;
use crate::progress::Calls;
use crate::text::{escaped, json_line};
use crate::way_out::Ways;

pub(crate) async fn run(arguments: Doctor, out: &mut (dyn Write + Send)) -> Result<Exit> {
    let accepted = accepted(&arguments.accept)?;
    let connection = connect(&arguments.place).await?;
    let stack = arguments.stack.as_deref().or(connection.baseline.stack()).unwrap_or("tagmend").to_owned();
    let region = connection.baseline.region.clone();
    let calls = Calls::default();
    if let Some(rate) = connection.rate() {
        calls.count(rate);
    }
    let findings: Vec<Finding> = if arguments.assumptions {
        assumptions(&samples::read(&connection).await)
    } else {
        examine(&look::look(&connection, &stack, &arguments.regions).await?)
    };
    calls.end();
    let mut ways_out = Ways::default();
    for finding in findings.iter().filter(|finding| finding.state == State::NotSeen) {
        ways_out.add_text(&arguments.place, &finding.what);
    }
    ways_out.say();
    let report = Report::new((env!("CARGO_PKG_VERSION"), &stack, &region), findings, &accepted);
    let exit = if report.is_well() { Exit::Done } else { Exit::Planned };
    exit.after(print(out, &report, arguments.json))
}

fn accepted(names: &[String]) -> Result<Vec<Check>> {
    let check = |name: &String| match Check::named(name) {
        Some(check) => Ok(check),
        None => bail!("--accept {name}: there is no such check; docs/operations.md lists them"),
    };
    names.iter().map(check).collect()
}

/// Why something was not read, in a sentence.
fn not_read(error: &AwsError) -> String {
    error.to_string()
}

fn print(out: &mut (dyn Write + Send), report: &Report, as_json: bool) -> Result<()> {
    if as_json {
        out.write_all(json_line(&serde_json::to_value(report)?).as_bytes())?;
        return Ok(());
    }
    let mut table = Table::new();
    table
        .load_style(presets::UTF8_FULL_CONDENSED)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(140);
    table.set_header(["check", "state", "what is", "what to do"]);
    for finding in &report.findings {
        let state = if finding.accepted { "accepted" } else { finding.state.words() };
        let to_do = finding.to_do.as_deref().unwrap_or_default();
        table.add_row([finding.check.name(), state, &escaped(&finding.what), &escaped(to_do)]);
    }
    writeln!(out, "{table}")?;
    let sum = format!("{} wrong, {} not seen", report.wrong, report.not_seen);
    writeln!(out, "\n{} in {}: {sum}", escaped(&report.stack), report.region)?;
    Ok(())
}
