//! The page's text. The template escapes everything; only the charts, whose text is escaped where they are drawn, are not.

use maud::{DOCTYPE, Markup, PreEscaped, html};
use tagmend_diagnosis::escaped;

use super::draw::{self, DrawError};
use super::figure::{count, count_of, figures};
use super::text::letters;
use super::words;
use crate::charts::{Bar, bar_words};
use crate::review::Review;
use crate::rows::FixRow;
use crate::window::{many, shown};

pub(super) const STYLE: &str = include_str!("style.css");
/// Nothing is loaded and nothing runs, whatever comes into the page.
pub(super) const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

/// The charts.
pub(super) struct Drawings {
    fixes: String,
    funnel: String,
    minutes: String,
    hours: String,
    timelines: String,
}

impl Drawings {
    pub(super) fn of(review: &Review) -> Result<Drawings, DrawError> {
        let charts = &review.charts;
        let causes = charts.causes();
        Ok(Drawings {
            fixes: draw::fixes_by_time(charts, &causes)?,
            funnel: draw::funnel(&charts.funnel)?,
            minutes: draw::minutes(charts, review.window)?,
            hours: draw::hours(&charts.hours, &causes)?,
            timelines: draw::timelines(&review.timelines, review.window)?,
        })
    }
}

pub(super) fn page(review: &Review, drawings: &Drawings) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                // Without it a browser asks for an icon.
                link rel="icon" href="data:,";
                title { "Tagmend review: " (escaped(&review.headline)) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                h1 #headline { (escaped(&review.headline)) }
                p.about { (words::window(review)) @if let Some(alarm) = words::alarm(review) { br; (alarm) } }
                (first(review))
                (figure_table(review))
                (charts(review, drawings))
                (verdicts(review))
                (changes(review))
                (lists(review))
                p.about { "Made at " (shown(review.made_at)) ". Times are UTC." }
            }
        }
    }
}

fn first(review: &Review) -> Markup {
    html! {
        @if !review.first.is_empty() {
            h2 { "What to do first" }
            ol.first { @for step in &review.first {
                li { (escaped(&step.why)) @if let Some(command) = &step.command { pre { (escaped(command)) } } }
            } }
        }
    }
}

fn figure_table(review: &Review) -> Markup {
    html! {
        h2 { "Figures" }
        table #figures {
            thead { tr { th { "figure" } th.number { "now" } th.number { "before" } } }
            tbody {
                @for figure in figures(review) {
                    tr data-figure=(figure.name) {
                        td { (figure.words) } td.number { (figure.now) } td.number { (figure.before) }
                    }
                }
                @for (rule, count) in review.figures.denials_by_rule.iter().flatten() {
                    tr data-rule=(escaped(rule)) {
                        td { "denials: " (escaped(rule)) }
                        td.number { (count) }
                        td.number { (count_of(review.figures_before.denials_by_rule.as_ref(), rule)) }
                    }
                }
                @for (name, [now, before]) in review.metrics.iter().flatten() {
                    tr data-metric=(escaped(name)) {
                        td { "metric " (escaped(name)) } td.number { (now) } td.number { (before) }
                    }
                }
            }
        }
    }
}

fn charts(review: &Review, drawings: &Drawings) -> Markup {
    let charts = &review.charts;
    let causes = charts.causes();
    html! {
        h2 { "Fixes " (bar_words(charts.bar_seconds)) ", by cause" }
        @if review.figures.fixes.is_none() { p.faint { "Fixes could not be read whole." } }
        @if causes.is_empty() { @if review.figures.fixes.is_some() { p.faint { "No fix was made." } } } @else {
            (drawing("fixes-by-time", &drawings.fixes, html! {
                @for (letter, cause) in letters().zip(&causes) { b { (letter) } " " (escaped(cause)) ". " }
                @if charts.alarm_line.is_some() { "The dashed line is the alarm's." }
            }))
            (bar_table(review, &causes))
        }
        h2 { "From denied to held" }
        (drawing("funnel", &drawings.funnel, html! { "Bars are of the square root, so that a few fixes show beside many denials." }))
        table #funnel-figures { tbody { @for step in &charts.funnel {
            tr data-step=(step.step) { td { (step.step) } td.number { (count(step.count)) } td.faint { (step.counts) } }
        } } }
        @if !charts.minutes.is_empty() {
            h2 { "Minutes from denial to fix" }
            (drawing("minutes", &drawings.minutes, html! { "A cross for each fix, at the time it was made." }))
            h2 { "Hour of the day (UTC), by cause" }
            (drawing("hours", &drawings.hours, html! { "Letters as above." }))
        }
        @if !review.timelines.is_empty() {
            h2 { "Each mapping over time" }
            (drawing("timelines", &drawings.timelines, html! { "Full: there. Hollow: gone. A thin line: nothing tells." }))
            div.wide { table {
                thead { tr { th { "row" } th { "mapping" } th { "from" } th { "to" } th { "state" } th { "by" } } }
                tbody { @for (index, timeline) in review.timelines.iter().enumerate() { @for span in &timeline.spans {
                    tr {
                        td { (index + 1) } td { (escaped(&timeline.key)) } td { (shown(span.from)) } td { (shown(span.to)) }
                        td { (state(span.state)) } td { (escaped(span.by.as_deref().unwrap_or("nobody who is known"))) }
                    }
                } } }
            } }
        }
    }
}

fn state(state: crate::timeline::State) -> &'static str {
    match state {
        crate::timeline::State::There => "there",
        crate::timeline::State::Gone => "gone",
        crate::timeline::State::Unknown => "nothing tells",
    }
}

pub(super) fn drawing(id: &str, svg: &str, caption: Markup) -> Markup {
    html! { figure { div id=(id) role="img" aria-label=(id) { (PreEscaped(svg)) } figcaption { (caption) } } }
}

/// The numbers of the first chart, for who cannot see it. Bars without a fix are left out.
fn bar_table(review: &Review, causes: &[&str]) -> Markup {
    let is_full = |bar: &&Bar| !bar.fixes.is_empty();
    html! {
        details { summary { "The same as a table" }
            table #bars {
                thead { tr { th { "from" } @for cause in causes { th.number { (escaped(cause)) } } } }
                tbody { @for bar in review.charts.fixes_by_time.iter().filter(is_full) {
                    tr data-from=(bar.from) {
                        td { (shown(bar.from)) }
                        @for cause in causes { td.number { (bar.fixes.get(*cause).copied().unwrap_or_default()) } }
                    }
                } }
            }
        }
    }
}

fn verdicts(review: &Review) -> Markup {
    html! {
        @if !review.verdicts.is_empty() {
            h2 { "What shows it" }
            @for verdict in &review.verdicts {
                p { b { (verdict.verdict.words()) } ": " (escaped(&verdict.sentence)) ". "
                    span.faint { "Given where " (escaped(&verdict.threshold)) "." } }
                ul { @for evidence in &verdict.evidence {
                    li { (words::time(evidence.time)) " " (escaped(&evidence.text))
                        @if let Some(id) = &evidence.reference { " " code { (escaped(id)) } }
                        span.faint { ", from " (evidence.source.words()) } }
                } }
            }
        }
    }
}

fn changes(review: &Review) -> Markup {
    html! {
        @if !review.fixes.is_empty() {
            h2 { "Changes" }
            div.wide { table #changes {
                thead { tr { th { "time" } th { "change" } th { "before" } th { "after" } th { "now" } th.number { "minutes" } th { "asked for by" } th { "taken away by" } th { "fix" } } }
                tbody { @for fix in review.fixes.iter().rev() {
                    tr data-fix=(escaped(&fix.id)) {
                        td { (shown(fix.time)) }
                        td { (escaped(&fix.change.to_string())) }
                        td { (escaped(&fix.before)) }
                        td { (escaped(&fix.after)) }
                        td { (words::standing(fix)) @if fix.recovered { "; nobody knows who made it" } @else if !fix.verified { "; not seen afterwards" } }
                        td.number { (words::number(fix.minutes)) }
                        td { @for part in [&fix.permission_set, &fix.account, &fix.action, fix_rule(fix)].into_iter().flatten() { (escaped(part)) br; }
                            @for user in &fix.users { (escaped(user)) br; } }
                        td { (escaped(fix.taken_by.as_deref().unwrap_or_default())) }
                        td { code { (escaped(&fix.id)) } }
                    }
                } }
            } }
        }
    }
}

/// The rule; of what older versions wrote, the cause.
fn fix_rule(fix: &FixRow) -> &Option<String> {
    if fix.rule.is_some() { &fix.rule } else { &fix.cause }
}

fn list(title: &str, lines: &[String]) -> Markup {
    html! { @if !lines.is_empty() { h2 { (title) } ul { @for line in lines { li { (escaped(line)) } } } } }
}

fn lists(review: &Review) -> Markup {
    let repeats = review.repeats.iter().map(|repeat| {
        format!(
            "{}: {} from {} to {}",
            repeat.change,
            many(repeat.times, "time"),
            shown(repeat.first),
            shown(repeat.last)
        )
    });
    let refused = review.refused.iter().map(|row| {
        let until = row.until.map(|until| format!(", not before {}", shown(until))).unwrap_or_default();
        let over = if row.is_over { "; made or in place since" } else { "" };
        format!(
            "{}: {}, in {}; goes on {}{until}{over}",
            row.change,
            row.text,
            many(row.runs, "run"),
            row.goes_on
        )
    });
    let writes = review.writes.iter().flatten().map(|write| {
        let keys = write
            .keys
            .as_ref()
            .map_or_else(|| "a list that the record does not show".to_owned(), |keys| keys.join(", "));
        let who = write.principal.as_deref().unwrap_or("a caller whom the record does not name");
        format!("{} {who} ({}): left {keys} [{}]", shown(write.time), write.author, write.event_id)
    });
    let unread = review.unread.iter().map(|unread| format!("{}: {}", unread.source.words(), unread.why));
    let next: Vec<String> = review.next_time.iter().map(words::next_time).collect();
    let rollbacks: Vec<String> = review.rollbacks.iter().map(|one| one.command.clone()).collect();
    html! {
        (list("Again and again, in 7 days at least", &repeats.collect::<Vec<_>>()))
        (list("Not made", &refused.collect::<Vec<_>>()))
        (list("Hold", &words::holds(review)))
        (list("Who wrote the list, in 7 days at least", &writes.collect::<Vec<_>>()))
        (list("The next time", &next))
        (list("No denied call", &words::related(review)))
        (list("Who has to sign in again", &words::sign_in(review)))
        (list("To roll back (changes nothing without --apply)", &rollbacks))
        (list("The metrics and the journal do not agree", &review.disagreements))
        (list("Not read", &unread.collect::<Vec<_>>()))
    }
}
