//! Words and numbers that several forms share.

use jiff::Timestamp;
use tagmend_diagnosis::escaped;

use crate::history::Held;
use crate::next_time::NextTime;
use crate::related::{KindRow, StoryRow};
use crate::review::Review;
use crate::rows::FixRow;
use crate::window::{length, many, shown};

/// What the review is of, in a line.
pub(super) fn window(review: &Review) -> String {
    let window = review.window;
    format!(
        "{} to {} ({}), compared with the same length before",
        shown(window.from),
        shown(window.to),
        length(window.length())
    )
}

/// The alarm in a line.
pub(super) fn alarm(review: &Review) -> Option<String> {
    let alarm = review.alarm.as_ref()?;
    let metric = alarm.metric.as_deref().unwrap_or("several metrics");
    let line = alarm.threshold.map(|line| format!(", line at {line}")).unwrap_or_default();
    Some(escaped(&format!(
        "alarm {}: {metric}{line}; {} since {}",
        alarm.name,
        alarm.state,
        shown(alarm.since)
    )))
}

/// A hold in a line.
pub(super) fn held(what: &str, held: &Held) -> String {
    let by = held
        .by
        .as_deref()
        .map_or_else(|| " by somebody who is not written down".to_owned(), |by| format!(" by {by}"));
    let since = held.since.map_or_else(
        || ", nobody wrote down since when".to_owned(),
        |since| format!(", since {}", shown(since)),
    );
    let reason = held
        .reason
        .as_deref()
        .map_or_else(|| ", no reason is given".to_owned(), |reason| format!(": {reason}"));
    escaped(&format!("{what} is held{by}{since}{reason}"))
}

/// Every hold in a line each.
pub(super) fn holds(review: &Review) -> Vec<String> {
    if !review.hold.is_read {
        return vec!["the hold could not be read".to_owned()];
    }
    let all = review.hold.all.iter().map(|one| held("all writing", one));
    let keys = review.hold.keys.iter().map(|(key, one)| held(&format!("the mapping {key}"), one));
    let mut lines: Vec<String> = all.chain(keys).collect();
    if lines.is_empty() {
        lines.push("nothing is held".to_owned());
    }
    lines
}

/// What a tool will do the next time.
pub(super) fn next_time(next: &NextTime) -> String {
    escaped(&format!(
        "{} (known by {}) as {} writes the list without {} each time it runs: {} so far, last at {} (event {}). Mend {}",
        next.tool.name(),
        next.known_by,
        next.principal.as_deref().unwrap_or("a caller whom the record does not name"),
        next.keys.join(", "),
        many(next.times, "time"),
        shown(next.last),
        next.event_id,
        next.file
    ))
}

/// Who has to sign in again, and until when old sessions last.
pub(super) fn sign_in(review: &Review) -> Vec<String> {
    let now = review.made_at;
    let is_there = |fix: &&FixRow| fix.verified || fix.recovered;
    let open =
        review.fixes.iter().filter(is_there).filter(|fix| fix.sessions_end.is_some_and(|end| end > now));
    open.map(|fix| {
        let count = fix.denied_users.map_or_else(|| "users".to_owned(), |count| many(count, "user"));
        let names = if fix.users.is_empty() { String::new() } else { format!(" ({})", fix.users.join(", ")) };
        let end = fix.sessions_end.map(shown).unwrap_or_default();
        let since = match fix.denied_since.as_slice() {
            [] => String::new(),
            users => format!("; {} denied since ({})", many(users.len(), "user"), users.join(", ")),
        };
        escaped(&format!(
            "{}: {count}{names} denied from {} on have to sign in again{since}; old sessions last until {end} at the latest",
            fix.change,
            fix.denied.map_or_else(|| "before it".to_owned(), shown)
        ))
    })
    .collect()
}

/// What is no denied call, and what came before what.
pub(super) fn related(review: &Review) -> Vec<String> {
    let kind = |row: &KindRow| {
        format!("{}: {}, {} to {}", row.kind, many(row.count, "record"), shown(row.first), shown(row.last))
    };
    let story = |story: &StoryRow| match story.after {
        1 => story.text.clone(),
        after => format!("{}; {} in all", story.text, many(after, "record")),
    };
    review.related.kinds.iter().map(kind).chain(review.related.stories.iter().map(story)).collect()
}

/// How a fix stands now.
pub(super) fn standing(fix: &FixRow) -> String {
    let when = fix.undone_at.map(|time| format!(" at {}", shown(time))).unwrap_or_default();
    let by = fix.undone_by.as_deref().map(|by| format!(", taken away by {by}{when}")).unwrap_or_default();
    escaped(&format!("{}{by}", fix.standing.words()))
}

/// The first of several names, in brackets; nothing of none.
pub(super) fn some(names: &[String]) -> String {
    let shown = names.iter().take(3).map(String::as_str).collect::<Vec<_>>().join(", ");
    match names.len() {
        0 => String::new(),
        1..=3 => format!(" ({shown})"),
        all => format!(" ({shown} and {} more)", all - 3),
    }
}

pub(super) fn number(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}

pub(super) fn time(time: Option<Timestamp>) -> String {
    time.map(shown).unwrap_or_default()
}
