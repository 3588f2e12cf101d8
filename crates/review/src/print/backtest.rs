//! The page of what would have been: the pictures of a review, of records alone.

use maud::{DOCTYPE, Markup, PreEscaped, html};
use tagmend_diagnosis::escaped;

use super::draw::{self, DrawError};
use super::page::{POLICY, STYLE, drawing};
use super::text::letters;
use crate::backtest::{Backtest, Pictures};
use crate::charts::{Bar, bar_words, causes};
use crate::window::shown;

/// One HTML file that needs nothing else.
///
/// # Errors
/// Where a chart cannot be drawn.
pub fn backtest_html(backtest: &Backtest) -> Result<String, DrawError> {
    let content = match backtest.pictures() {
        Some(pictures) => content(backtest, &pictures)?,
        None => html! { p.faint { "No denied or throttled call was read." } },
    };
    Ok(html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                link rel="icon" href="data:,";
                title { "Tagmend: what would have been fixed" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                h1 #headline { "What Tagmend would have fixed" }
                p.about { (escaped(&backtest.sentence)) }
                p.about { "Nothing was changed. Mappings, policies and users are those of today. Times are UTC." }
                (content)
            }
        }
    }
    .into_string())
}

fn content(backtest: &Backtest, pictures: &Pictures) -> Result<Markup, DrawError> {
    let denials = by_time("denials-by-time", &pictures.denials, pictures.bar_seconds)?;
    let fixes = by_time("fixes-by-time", &pictures.fixes, pictures.bar_seconds)?;
    let funnel = draw::funnel(&pictures.funnel)?;
    let of_fixes = causes(&pictures.fixes);
    let hours = draw::hours(&pictures.hours, &of_fixes)?;
    let length = bar_words(pictures.bar_seconds);
    Ok(html! {
        h2 { "Denied and throttled calls " (length) ", by cause" }
        (denials)
        h2 { "Fixes " (length) ", by cause" }
        @if of_fixes.is_empty() { p.faint { "No fix would have been made." } } @else { (fixes) }
        h2 { "From denied to fixed" }
        (drawing("funnel", &funnel, html! { "Bars are of the square root, so that a few fixes show beside many denials." }))
        table #funnel-figures { tbody { @for step in &pictures.funnel {
            tr data-step=(step.step) { td { (step.step) } td.number { (super::figure::count(step.count)) } td.faint { (step.counts) } }
        } } }
        @if !of_fixes.is_empty() {
            h2 { "Hour of the day (UTC), by cause" }
            (drawing("hours", &hours, key(&of_fixes)))
            h2 { "Each fix" }
            table #fixes {
                thead { tr { th { "time" } th { "change" } th { "cause" } } }
                tbody { @for fix in &backtest.fixes {
                    tr { td { (shown(fix.time)) } td { (escaped(&fix.change)) } td { (escaped(&fix.cause)) } }
                } }
            }
        }
    })
}

fn by_time(id: &str, bars: &[Bar], bar_seconds: i64) -> Result<Markup, DrawError> {
    let causes = causes(bars);
    let svg = draw::by_time(bars, bar_seconds, None, &causes)?;
    let count = |bar: &Bar, cause: &str| bar.fixes.get(cause).copied().unwrap_or_default();
    Ok(html! {
        (drawing(id, &svg, key(&causes)))
        details { summary { "The same as a table" } table data-of=(id) {
            thead { tr { th { "from" } @for cause in &causes { th.number { (escaped(cause)) } } } }
            tbody { @for bar in bars.iter().filter(|bar| !bar.fixes.is_empty()) {
                tr { td { (shown(bar.from)) } @for cause in &causes { td.number { (count(bar, cause)) } } }
            } }
        } }
    })
}

fn key(causes: &[&str]) -> Markup {
    html! { @for (letter, cause) in letters().zip(causes) { b { (letter) } " " (escaped(cause)) ". " } }
}
