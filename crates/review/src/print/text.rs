//! For a terminal. The first line is the verdict.

use std::fmt::Write as _;

use tagmend_diagnosis::escaped;

use super::figure::{count_of, figures};
use super::words;
use crate::charts::{Bar, bar_words};
use crate::review::Review;
use crate::window::{many, shown};

/// The narrowest that anything is printed.
const NARROWEST: usize = 40;
/// Rows of the bar chart.
const ROWS: usize = 8;
/// Changes that are printed; `--csv` has all.
const CHANGES: usize = 20;

/// The review, in lines no longer than `width` where words let it.
pub fn text(review: &Review, width: usize) -> String {
    let width = width.max(NARROWEST);
    let mut out = String::new();
    let head = [Some(review.headline.clone()), Some(words::window(review)), words::alarm(review)];
    for text in head.into_iter().flatten() {
        wrap(&mut out, &escaped(&text), width, 0);
    }
    out.push('\n');
    if !review.first.is_empty() {
        out.push_str("WHAT TO DO FIRST\n");
        for (index, step) in review.first.iter().enumerate() {
            wrap(&mut out, &escaped(&format!("{}. {}", index + 1, step.why)), width, 2);
            if let Some(command) = &step.command {
                // A command is copied whole.
                let _ = writeln!(out, "     {}", escaped(command));
            }
        }
        out.push('\n');
    }
    out.push_str(&chart(review, width));
    out.push_str(&table(review, width));
    let mut section = |title: &str, lines: Vec<String>| list(&mut out, width, title, lines);
    section("WHAT SHOWS IT", shows(review));
    section("CHANGES", changes(review));
    section(
        "AGAIN AND AGAIN, IN 7 DAYS AT LEAST",
        review
            .repeats
            .iter()
            .map(|repeat| {
                format!(
                    "{}: {} from {} to {}",
                    repeat.change,
                    many(repeat.times, "time"),
                    shown(repeat.first),
                    shown(repeat.last)
                )
            })
            .collect(),
    );
    section("NOT MADE", refused(review));
    section("NO DENIED CALL", words::related(review));
    section("HOLD", words::holds(review));
    section("WHO WROTE THE LIST, IN 7 DAYS AT LEAST", writes(review));
    section("THE NEXT TIME", review.next_time.iter().map(words::next_time).collect());
    section("WHO HAS TO SIGN IN AGAIN", words::sign_in(review));
    if !review.rollbacks.is_empty() {
        out.push_str("\nTO ROLL BACK (changes nothing without --apply)\n");
    }
    for one in review.rollbacks.iter().take(CHANGES) {
        let _ = writeln!(out, "  {}", escaped(&one.command));
    }
    let mut section = |title: &str, lines: Vec<String>| list(&mut out, width, title, lines);
    section("THE METRICS AND THE JOURNAL DO NOT AGREE", review.disagreements.clone());
    section(
        "NOT READ",
        review.unread.iter().map(|unread| format!("{}: {}", unread.source.words(), unread.why)).collect(),
    );
    out
}

fn list(out: &mut String, width: usize, title: &str, lines: Vec<String>) {
    if lines.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n{title}");
    for text in lines {
        wrap(out, &escaped(&text), width, 2);
    }
}

fn shows(review: &Review) -> Vec<String> {
    let mut lines = Vec::new();
    for verdict in &review.verdicts {
        lines.push(format!(
            "{}: {} (given where {})",
            verdict.verdict.words(),
            verdict.sentence,
            verdict.threshold
        ));
        for evidence in verdict.evidence.iter().rev().take(5).rev() {
            let time = evidence.time.map(|time| format!("{} ", shown(time))).unwrap_or_default();
            let reference = evidence.reference.as_deref().map(|id| format!(" [{id}]")).unwrap_or_default();
            lines.push(format!("- {time}{}{reference}, from {}", evidence.text, evidence.source.words()));
        }
    }
    lines
}

fn changes(review: &Review) -> Vec<String> {
    let mut lines = Vec::new();
    for fix in review.fixes.iter().rev().take(CHANGES) {
        let minutes =
            fix.minutes.map(|minutes| format!(", {minutes} min after the first denial")).unwrap_or_default();
        let told_by = fix.rule.as_deref().or(fix.cause.as_deref());
        let rule = told_by.map(|rule| format!(", {rule}")).unwrap_or_default();
        let place = fix.account.as_deref().zip(fix.permission_set.as_deref());
        let place =
            place.map(|(account, set)| format!(", asked for by {set} in {account}")).unwrap_or_default();
        let users = fix.denied_users.map(|count| format!(", for {}", many(count, "user")));
        let users = users.map(|users| format!("{users}{}", words::some(&fix.users))).unwrap_or_default();
        let since = fix.denied.map(|denied| format!(", denied since {}", shown(denied))).unwrap_or_default();
        let taken =
            fix.taken_by.as_deref().map(|by| format!("; taken away before by {by}")).unwrap_or_default();
        let seen = match (fix.recovered, fix.verified) {
            (true, _) => "; found in place: nobody knows who made it",
            (false, true) => "",
            (false, false) => "; not seen in place afterwards",
        };
        lines.push(format!(
            "{} {}: {}, before: {}; now: {}{minutes}{rule}{place}{users}{since}{taken}{seen} [{}]",
            shown(fix.time),
            fix.change,
            fix.after,
            fix.before,
            words::standing(fix),
            fix.id
        ));
    }
    if review.fixes.len() > CHANGES {
        lines.push(format!("and {} earlier; --csv has all", review.fixes.len() - CHANGES));
    }
    lines
}

fn refused(review: &Review) -> Vec<String> {
    let row = |row: &crate::rows::RefusedRow| {
        let until = row.until.map(|until| format!(", not before {}", shown(until))).unwrap_or_default();
        let over = if row.is_over { "; made or in place since" } else { "" };
        format!(
            "{}: {}, in {} from {} to {}; goes on {}{until}{over}",
            row.change,
            row.text,
            many(row.runs, "run"),
            shown(row.first),
            shown(row.last),
            row.goes_on
        )
    };
    review.refused.iter().map(row).collect()
}

fn writes(review: &Review) -> Vec<String> {
    let writes = review.writes.iter().flatten().rev().take(10);
    writes
        .map(|write| {
            let keys = match &write.keys {
                Some(keys) if keys.is_empty() => "no mapping".to_owned(),
                Some(keys) => keys.join(", "),
                None => "a list that the record does not show".to_owned(),
            };
            let who = write.principal.as_deref().unwrap_or("a caller whom the record does not name");
            format!("{} {who} ({}): left {keys} [{}]", shown(write.time), write.author, write.event_id)
        })
        .collect()
}

fn table(review: &Review, width: usize) -> String {
    let figures = figures(review);
    let longest =
        figures.iter().map(|figure| figure.words.len()).max().unwrap_or(0).min(width.saturating_sub(20));
    let mut out =
        format!("FIGURES{:>gap$}{:>9}{:>9}\n", "", "now", "before", gap = (longest + 2).saturating_sub(7));
    for figure in figures {
        let _ = writeln!(out, "  {:<longest$}{:>9}{:>9}", figure.words, figure.now, figure.before);
    }
    for (rule, count) in review.figures.denials_by_rule.iter().flatten() {
        let before = count_of(review.figures_before.denials_by_rule.as_ref(), rule);
        let name: String = escaped(rule).chars().take(longest.saturating_sub(9)).collect();
        let _ =
            writeln!(out, "  denials: {name:<rest$}{count:>9}{before:>9}", rest = longest.saturating_sub(9));
    }
    for (name, [now, before]) in review.metrics.iter().flatten() {
        let name: String = escaped(name).chars().take(longest.saturating_sub(8)).collect();
        let _ = writeln!(out, "  metric {name:<rest$}{now:>9}{before:>9}", rest = longest.saturating_sub(7));
    }
    out
}

/// Columns of letters, one letter a cause, so that it is read without colour.
fn chart(review: &Review, width: usize) -> String {
    let charts = &review.charts;
    let causes = charts.causes();
    if causes.is_empty() {
        return String::new();
    }
    let room = width.saturating_sub(6).max(1);
    let together = charts.fixes_by_time.len().div_ceil(room).max(1);
    let columns: Vec<Vec<usize>> =
        charts.fixes_by_time.chunks(together).map(|bars| counts(bars, &causes)).collect();
    let most: usize = columns.iter().map(|column| column.iter().sum()).max().unwrap_or(0);
    let unit = most.div_ceil(ROWS).max(1);
    let stacks: Vec<String> = columns.iter().map(|column| stack(column, unit)).collect();
    let seconds = charts.bar_seconds.saturating_mul(i64::try_from(together).unwrap_or(1));
    let mut out = format!("FIXES {}", bar_words(seconds));
    if unit > 1 {
        let _ = write!(out, " (a letter is up to {unit})");
    }
    out.push('\n');
    let height = stacks.iter().map(String::len).max().unwrap_or(0);
    for row in (0..height).rev() {
        let _ = write!(out, "{:>4} |", (row + 1) * unit);
        let cells =
            stacks.iter().map(|stack| stack.as_bytes().get(row).map_or(' ', |letter| char::from(*letter)));
        let cells: String = cells.collect();
        let _ = writeln!(out, "{}", cells.trim_end());
    }
    let _ = writeln!(out, "     +{}", "-".repeat(stacks.len()));
    let (from, to) = (review.window.from.strftime("%m-%d %H:%M"), review.window.to.strftime("%m-%d %H:%M"));
    let gap = stacks.len().saturating_sub(22);
    let _ = writeln!(out, "      {from}{:gap$}{to} UTC", " ");
    for (letter, cause) in letters().zip(&causes) {
        let _ = writeln!(out, "      {letter} {}", escaped(cause));
    }
    if let Some(line) = charts.alarm_line {
        let _ = writeln!(out, "      the alarm's line is at {line} {}", bar_words(charts.bar_seconds));
    }
    out.push('\n');
    out
}

/// One for each cause; there are fewer causes than letters of both cases.
pub(super) fn letters() -> impl Iterator<Item = char> {
    ('A'..='Z').chain('a'..='z')
}

fn counts(bars: &[Bar], causes: &[&str]) -> Vec<usize> {
    causes.iter().map(|cause| bars.iter().filter_map(|bar| bar.fixes.get(*cause)).sum()).collect()
}

fn stack(column: &[usize], unit: usize) -> String {
    letters()
        .zip(column)
        .flat_map(|(letter, count)| std::iter::repeat_n(letter, count.div_ceil(unit)))
        .collect()
}

/// Breaks a line at spaces; a word that is longer stays whole.
fn wrap(out: &mut String, text: &str, width: usize, indent: usize) {
    let mut column = 0;
    for word in text.split(' ') {
        let length = word.chars().count();
        if column > 0 && column + 1 + length > width {
            out.push('\n');
            column = 0;
        }
        if column == 0 {
            out.push_str(&" ".repeat(indent));
            column = indent + length;
        } else {
            out.push(' ');
            column += 1 + length;
        }
        out.push_str(word);
    }
    out.push('\n');
}
