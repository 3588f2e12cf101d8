//! `tagmend scan`: what is not as it should be, before users meet it.

mod progress;

use std::io::Write;

use anyhow::Result;
use comfy_table::{ContentArrangement, Table, presets};
use tagmend_diagnosis::{MAXIMUM_MAPPINGS, drift::Finding};
use tagmend_remedy::{AwsError, Clients, Inspection, Keeping, Memory, Watcher, finding_json};

use crate::arguments::Scan;
use crate::connection::connect;
use crate::exit::Exit;
use crate::text::{escaped, json_line};

pub(crate) async fn run(arguments: Scan, out: &mut (dyn Write + Send)) -> Result<Exit> {
    let connection = connect(&arguments.place).await?;
    let clients = Clients::new(&connection.configuration);
    let file = arguments.keep.as_deref();
    let memory = progress::begun(file, connection.time.clock.now())?;
    let pace = if memory.is_some() { connection.pace.of_the_rest() } else { connection.pace };
    let watcher = Watcher::new(clients, &connection.journal_bucket, pace);
    let keep = |memory: &Memory| progress::keep(file, memory);
    let inspecting = watcher.inspect(&connection.baseline, memory, Keeping::Told(&keep), connection.time);
    let inspection = inspecting.await?;
    print_errors(&inspection.errors);
    let exit = if inspection.errors.is_empty() { Exit::Done } else { Exit::Error };
    match exit {
        Exit::Done => progress::end(file),
        // What failed is tried again, and the rest is not.
        _ => progress::keep(file, &inspection.memory),
    }
    exit.after(print(out, &inspection, arguments.json))
}

fn print(out: &mut (dyn Write + Send), inspection: &Inspection, as_json: bool) -> Result<()> {
    print_findings(out, &inspection.findings, as_json)?;
    if as_json {
        return Ok(());
    }
    let drift = inspection.findings.iter().filter(|finding| finding.is_drift()).count();
    let mappings =
        inspection.mappings_in_use.map_or("an unknown number".to_owned(), |count| count.to_string());
    writeln!(
        out,
        "\n{} permission sets, {} users, {mappings} of {MAXIMUM_MAPPINGS} mappings in use: {} findings, {drift} of them drift",
        inspection.memory.extent().0,
        inspection.users.all.unwrap_or(inspection.users.looked_at),
        inspection.findings.len(),
    )?;
    Ok(())
}

/// A line a finding.
pub(crate) fn print_findings(
    out: &mut (dyn Write + Send),
    findings: &[Finding],
    as_json: bool,
) -> Result<()> {
    if as_json {
        for finding in findings {
            out.write_all(json_line(&finding_json(finding)).as_bytes())?;
        }
        return Ok(());
    }
    if findings.is_empty() {
        writeln!(out, "nothing found")?;
        return Ok(());
    }
    let mut table = Table::new();
    table
        .load_style(presets::UTF8_FULL_CONDENSED)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(120);
    table.set_header(["finding", "drift", "what"]);
    for finding in findings {
        let drift = if finding.is_drift() { "drift" } else { "" };
        table.add_row([finding.kind(), drift, &escaped(&finding.to_string())]);
    }
    writeln!(out, "{table}")?;
    Ok(())
}

pub(crate) fn print_errors(errors: &[AwsError]) {
    for error in errors {
        eprintln!("error: {error}");
    }
}
