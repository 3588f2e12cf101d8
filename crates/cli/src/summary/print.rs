//! The summary for people.

use std::io::Write;

use anyhow::Result;

use super::{Count, Summary, Tally};
use crate::grid::broken;
use crate::screen::{Mark, Screen};
use crate::table::of_outcome;
use crate::text::escaped;

/// How many names of each kind are shown.
const SHOWN: usize = 10;

/// How much of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    /// Beneath a table, that shows each failure.
    BeneathTable,
    /// It is all that is shown.
    Alone,
}

impl Tally {
    /// `options` is how a command is told to look where this one did, with a space before it.
    pub(crate) fn print(
        &self,
        out: &mut (dyn Write + Send),
        screen: Screen,
        extent: Extent,
        options: &str,
    ) -> Result<()> {
        let summary = self.summary();
        totals(out, &summary, screen)?;
        if extent == Extent::Alone {
            for (name, counts) in [
                ("cause", &summary.by_cause),
                ("permission set", &summary.by_permission_set),
                ("account", &summary.by_account),
                ("service", &summary.by_service),
            ] {
                list(out, name, counts)?;
            }
            days(out, &summary.by_day)?;
            to_do(out, &summary, screen, options)?;
        }
        if let Some(as_of) = &summary.as_of_each_record {
            writeln!(out, "\n{as_of}")?;
            for (day, causes) in &as_of.causes_by_day {
                let fixes = as_of.fixes_by_day.get(day).copied().unwrap_or_default();
                let causes: Vec<String> =
                    causes.iter().map(|(cause, calls)| format!("{cause} {calls}")).collect();
                let line = format!("{day} {fixes:>6} fixes, calls: {}", causes.join(", "));
                writeln!(out, "  {}", broken(&line, screen.line(), 6))?;
            }
        }
        for story in &summary.connected {
            writeln!(out, "  {}", broken(&format!("connected: {}", escaped(story)), screen.line(), 6))?;
        }
        for lost in &summary.lost {
            writeln!(out, "{}", broken(lost, screen.line(), 2))?;
        }
        if extent == Extent::Alone && !summary.changes.is_empty() {
            writeln!(out)?;
        }
        for (change, outcome) in self.changes() {
            let mark = outcome.as_ref().map_or(Mark::Planned, of_outcome);
            let sign = screen.marked(mark, mark.sign());
            let calls = self.calls(change);
            let change = escaped(&change.to_string());
            let text = match outcome {
                None if extent == Extent::Alone => {
                    format!("planned: {change} (calls that ask for it: {calls})")
                }
                None => format!("planned: {change}"),
                Some(outcome) => format!("{change}: {outcome}"),
            };
            writeln!(out, "{sign} {}", broken(&text, screen.line(), 2))?;
        }
        Ok(())
    }
}

fn totals(out: &mut (dyn Write + Send), summary: &Summary, screen: Screen) -> Result<()> {
    let mut text = format!(
        "{} records: {} denied, {} throttled, {} of another kind, {} repeated, {} passed over, {} unreadable",
        summary.read,
        summary.denied,
        summary.throttled,
        summary.of_another_kind,
        summary.repeated,
        summary.passed_over,
        summary.unreadable
    );
    if summary.not_asked_for > 0 {
        text.push_str(&format!(", {} not asked for", summary.not_asked_for));
    }
    writeln!(out, "{}", broken(&text, screen.line(), 2))?;
    for not_record in &summary.not_records {
        writeln!(out, "  {} of those passed over: {}", not_record.calls, not_record.name)?;
    }
    if summary.unanswered > 0 {
        writeln!(out, "  {} of the failures AWS did not answer", summary.unanswered)?;
    }
    if summary.interrupted {
        writeln!(out, "interrupted: this is what was read until then")?;
    }
    Ok(())
}

fn list(out: &mut (dyn Write + Send), name: &str, counts: &[Count]) -> Result<()> {
    if counts.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nby {name}")?;
    for count in counts.iter().take(SHOWN) {
        writeln!(out, "  {:>9}  {}", count.calls, escaped(&count.name))?;
    }
    let rest = counts.get(SHOWN..).unwrap_or_default();
    if !rest.is_empty() {
        let calls: u64 = rest.iter().map(|count| count.calls).sum();
        writeln!(out, "  {calls:>9}  {} others", rest.len())?;
    }
    Ok(())
}

/// Widest bar.
const WIDTH: u64 = 40;
/// The last so many days.
const DAYS: usize = 31;

fn days(out: &mut (dyn Write + Send), days: &[Count]) -> Result<()> {
    let most = days.iter().map(|day| day.calls).max().unwrap_or(0);
    if most == 0 {
        return Ok(());
    }
    writeln!(out, "\nby day")?;
    let left_out = days.len().saturating_sub(DAYS);
    let (before, shown) = days.split_at_checked(left_out).unwrap_or((&[], days));
    if !before.is_empty() {
        let calls: u64 = before.iter().map(|day| day.calls).sum();
        writeln!(out, "  {calls:>9}  {} days before", before.len())?;
    }
    for day in shown {
        let bar = usize::try_from((day.calls * WIDTH).div_ceil(most)).unwrap_or(0);
        writeln!(out, "  {:>9}  {} {}", day.calls, day.name, "▇".repeat(bar))?;
    }
    Ok(())
}

/// Where the text of what is to be done begins.
const TO_DO: usize = 13;

fn to_do(out: &mut (dyn Write + Send), summary: &Summary, screen: Screen, options: &str) -> Result<()> {
    if summary.to_do.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nwho has to do what, most useful first")?;
    for to_do in summary.to_do.iter().take(SHOWN) {
        writeln!(
            out,
            "  {:>9}  {}\n             {}\n             tagmend explain '{}'{options}",
            to_do.calls,
            broken(
                &format!("{} [{}: {}]", to_do.actor, to_do.cause, escaped(&to_do.about)),
                screen.line(),
                TO_DO
            ),
            broken(&to_do.text, screen.line(), TO_DO),
            escaped(&to_do.example)
        )?;
    }
    let rest = summary.to_do.get(SHOWN..).unwrap_or_default();
    if !rest.is_empty() {
        let calls: u64 = rest.iter().map(|to_do| to_do.calls).sum();
        writeln!(out, "  {calls:>9}  {} others; --summary --json has all", rest.len())?;
    }
    Ok(())
}
