//! Markdown, for a ticket.

use std::fmt::Write as _;

use tagmend_diagnosis::escaped;

use super::figure::figures;
use super::words;
use crate::review::Review;
use crate::window::{many, shown};

/// Changes that are printed; `--csv` has all.
const CHANGES: usize = 50;

/// The review as Markdown.
pub fn markdown(review: &Review) -> String {
    let mut out = format!("# {}\n\n{}\n", plain(&review.headline), plain(&words::window(review)));
    if let Some(alarm) = words::alarm(review) {
        let _ = writeln!(out, "\n{}", plain(&alarm));
    }
    if !review.first.is_empty() {
        out.push_str("\n## What to do first\n\n");
        for (index, step) in review.first.iter().enumerate() {
            let command =
                step.command.as_deref().map(|command| format!(": {}", code(command))).unwrap_or_default();
            let _ = writeln!(out, "{}. {}{command}", index + 1, plain(&step.why));
        }
    }
    out.push_str("\n## Figures\n\n| figure | now | before |\n|---|---:|---:|\n");
    for figure in figures(review) {
        let _ = writeln!(out, "| {} | {} | {} |", figure.words, figure.now, figure.before);
    }
    for (name, [now, before]) in review.metrics.iter().flatten() {
        let _ = writeln!(out, "| metric {} | {now} | {before} |", plain(name));
    }
    if !review.verdicts.is_empty() {
        out.push_str("\n## What shows it\n\n");
        for verdict in &review.verdicts {
            let _ = writeln!(
                out,
                "- **{}**: {}. Given where {}.",
                verdict.verdict.words(),
                plain(&verdict.sentence),
                plain(&verdict.threshold)
            );
            for evidence in &verdict.evidence {
                let id =
                    evidence.reference.as_deref().map(|id| format!(", {}", code(id))).unwrap_or_default();
                let _ = writeln!(out, "  - {} {}{id}", words::time(evidence.time), plain(&evidence.text));
            }
        }
    }
    if !review.fixes.is_empty() {
        out.push_str("\n## Changes\n\n| time | change | before | after | now | minutes | taken away by | fix |\n|---|---|---|---|---|---:|---|---|\n");
        for fix in review.fixes.iter().rev().take(CHANGES) {
            let _ = writeln!(
                out,
                "| {} | {} | {} | {} | {} | {} | {} | {} |",
                shown(fix.time),
                plain(&fix.change.to_string()),
                plain(&fix.before),
                plain(&fix.after),
                plain(&words::standing(fix)),
                words::number(fix.minutes),
                plain(fix.taken_by.as_deref().unwrap_or_default()),
                code(&fix.id)
            );
        }
        if review.fixes.len() > CHANGES {
            let _ = writeln!(out, "\nand {} earlier ones", review.fixes.len() - CHANGES);
        }
    }
    let mut section = |title: &str, lines: Vec<String>| {
        if !lines.is_empty() {
            let _ = writeln!(out, "\n## {title}\n");
            lines.iter().for_each(|line| {
                let _ = writeln!(out, "- {}", plain(line));
            });
        }
    };
    section(
        "Again and again, in 7 days at least",
        review
            .repeats
            .iter()
            .map(|repeat| {
                format!("{}: {}, last at {}", repeat.change, many(repeat.times, "time"), shown(repeat.last))
            })
            .collect(),
    );
    section(
        "Not made",
        review
            .refused
            .iter()
            .map(|row| {
                format!(
                    "{}: {}; goes on {}{}",
                    row.change,
                    row.text,
                    row.goes_on,
                    row.until.map(|until| format!(", not before {}", shown(until))).unwrap_or_default()
                )
            })
            .collect(),
    );
    section("No denied call", words::related(review));
    section("Hold", words::holds(review));
    section("The next time", review.next_time.iter().map(words::next_time).collect());
    section("Who has to sign in again", words::sign_in(review));
    section("The metrics and the journal do not agree", review.disagreements.clone());
    section(
        "Not read",
        review.unread.iter().map(|unread| format!("{}: {}", unread.source.words(), unread.why)).collect(),
    );
    out
}

/// Text that means nothing but itself.
fn plain(text: &str) -> String {
    let mut out = String::new();
    for character in escaped(text).chars() {
        if "\\`*_{}[]<>()#+!|~&@".contains(character) {
            match character {
                // Neither HTML nor a mention.
                '<' => out.push_str("&lt;"),
                '>' => out.push_str("&gt;"),
                '&' => out.push_str("&amp;"),
                '@' => out.push_str("&#64;"),
                other => {
                    out.push('\\');
                    out.push(other);
                }
            }
        } else {
            out.push(character);
        }
    }
    out
}

/// Text as code: the fence is longer than any that is in it.
fn code(text: &str) -> String {
    let text = escaped(text).replace('|', "\\|");
    let longest = text.split(|character| character != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    if longest == 0 { format!("{fence}{text}{fence}") } else { format!("{fence} {text} {fence}") }
}
