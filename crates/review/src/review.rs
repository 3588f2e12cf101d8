//! The review: one value, from which every form is printed.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::advice::{Step, rollback, steps};
use crate::alarm::Alarm;
use crate::charts::Charts;
use crate::figures::Figures;
use crate::history::{Held, History, Source, Standing, Thing, Unread};
use crate::next_time::{NextTime, next_times};
use crate::on_call::TemplateAlarm;
use crate::place::Place;
use crate::related::Related;
use crate::rows::{self, FixRow, RefusedRow, Repeat, WriteRow};
use crate::seen::Seen;
use crate::timeline::{Timeline, timelines};
use crate::verdict::{Verdict, verdicts};
use crate::window::{Window, many};

/// The format of [`Review`] as JSON. It grows where a field is taken away or means something else.
pub const SCHEMA: u32 = 1;

/// What Tagmend did in a window.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Review {
    /// The version of this form.
    pub schema: u32,
    /// When it was made.
    #[schemars(with = "String")]
    pub made_at: Timestamp,
    /// The window.
    pub window: Window,
    /// The one before, of the same length.
    pub before: Window,
    /// The alarm that was asked about.
    pub alarm: Option<Alarm>,
    /// The verdict in one sentence.
    pub headline: String,
    /// Every verdict that can be shown, the one to act on first in front.
    pub verdicts: Vec<Verdict>,
    /// What to do first.
    pub first: Vec<Step>,
    /// Figures of the window.
    pub figures: Figures,
    /// The same of the window before.
    pub figures_before: Figures,
    /// What the metrics count, by name: window and the one before; none where they could not be read.
    pub metrics: Option<BTreeMap<String, [f64; 2]>>,
    /// Where the metrics and the journal do not agree.
    pub disagreements: Vec<String>,
    /// What is no denied call: sign-ins, provisioning, the portal, people who leave, notices.
    pub related: Related,
    /// Each change, oldest first.
    pub fixes: Vec<FixRow>,
    /// What was needed more than once.
    pub repeats: Vec<Repeat>,
    /// What was planned and not made, and when it may go on.
    pub refused: Vec<RefusedRow>,
    /// What must not be written: who, why, since.
    pub hold: HoldRow,
    /// Who wrote the list of mappings; none where CloudTrail could not be read.
    pub writes: Option<Vec<WriteRow>>,
    /// Which tool will take something away again.
    pub next_time: Vec<NextTime>,
    /// Fixes that `tagmend rollback` may take back, newest first, with the command.
    pub rollbacks: Vec<Rollbackable>,
    /// Each mapping over time.
    pub timelines: Vec<Timeline>,
    /// What is drawn.
    pub charts: Charts,
    /// What could not be read. Nothing is concluded from it.
    pub unread: Vec<Unread>,
}

/// What must not be written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct HoldRow {
    /// Whether the hold could be read.
    pub is_read: bool,
    /// All writing.
    pub all: Option<Held>,
    /// Mappings by key.
    pub keys: BTreeMap<String, Held>,
}

/// A fix that may be taken back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Rollbackable {
    /// Its name.
    pub fix: String,
    /// What it changed.
    pub change: Thing,
    /// The command, which changes nothing without `--apply`.
    pub command: String,
}

/// What was asked about.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// The alarm that was given as a whole.
    pub alarm: Option<Alarm>,
    /// The alarm of the template that rings.
    pub of_template: Option<TemplateAlarm>,
}

/// Makes the review.
pub fn review(history: &History, window: Window, asked: Asked, place: &Place) -> Review {
    let Asked { alarm, of_template } = asked;
    // An alarm of somebody else's may be asked about too.
    let of_template = of_template.or_else(|| alarm.as_ref()?.name.parse().ok());
    let seen = Seen { history, window: window.until_now(history.now) };
    let before = window.before();
    let verdicts = verdicts(seen);
    let fixes = rows::fixes(seen);
    let next_time = next_times(Seen { window: seen.window.at_least(LOOK_BACK), ..seen });
    let first =
        steps(history, &verdicts, &next_time, &fixes, of_template.map(|alarm| (alarm, window)), place);
    let figures = Figures::of(seen);
    let line = alarm
        .as_ref()
        .filter(|alarm| alarm.metric.as_deref().is_some_and(|metric| metric.starts_with("Fixes")));
    let line = line.and_then(|alarm| alarm.threshold.zip(alarm.period_seconds));
    Review {
        schema: SCHEMA,
        made_at: history.now,
        window,
        before,
        alarm,
        headline: headline(&verdicts, &figures, history),
        verdicts,
        first,
        disagreements: disagreements(history, &figures),
        figures,
        figures_before: Figures::of(Seen { window: before, ..seen }),
        metrics: history.metrics.as_ref().map(|counted| {
            let names = counted.window.keys().chain(counted.before.keys());
            let value =
                |values: &BTreeMap<String, f64>, name: &String| values.get(name).copied().unwrap_or_default();
            names
                .map(|name| (name.clone(), [value(&counted.window, name), value(&counted.before, name)]))
                .collect()
        }),
        related: Related::of(seen),
        rollbacks: rollbackable(&fixes, place),
        fixes,
        repeats: rows::repeats(Seen { window: seen.window.at_least(LOOK_BACK), ..seen }),
        refused: rows::refused(seen),
        hold: HoldRow {
            is_read: history.was_read(Source::Hold),
            all: history.hold.all.clone(),
            keys: history.hold.keys.clone(),
        },
        writes: history.list_writes.as_ref().map(|_| rows::writes(seen, seen.window.at_least(LOOK_BACK))),
        next_time,
        timelines: timelines(seen),
        charts: Charts::of(seen, line),
        unread: history.unread.clone(),
    }
}

/// How far back it is looked for what repeats, however short the window is.
pub const LOOK_BACK: jiff::SignedDuration = jiff::SignedDuration::from_hours(7 * 24);

fn rollbackable(fixes: &[FixRow], place: &Place) -> Vec<Rollbackable> {
    let may = |fix: &&FixRow| {
        fix.change.key().is_some() && fix.standing == Standing::Held && fix.verified && !fix.recovered
    };
    let mut seen: Vec<&Thing> = Vec::new();
    let newest = fixes.iter().rev().filter(may).filter(|fix| {
        let is_new = !seen.contains(&&fix.change);
        seen.push(&fix.change);
        is_new
    });
    newest
        .map(|fix| Rollbackable {
            fix: fix.id.clone(),
            change: fix.change.clone(),
            command: rollback(place, &fix.id),
        })
        .collect()
}

/// The verdict in one sentence. Where none can be shown, what there is to see.
fn headline(verdicts: &[Verdict], figures: &Figures, history: &History) -> String {
    let Some(first) = verdicts.first() else {
        if !history.was_read(Source::Ledger) || !history.was_read(Source::Fixes) {
            return "no verdict: the journal could not be read whole".to_owned();
        }
        if history.runs.is_empty() && history.fixes.is_empty() {
            return "no verdict: nothing is recorded, not even that Tagmend ran".to_owned();
        }
        let (fixes, denials) = (figures.fixes.unwrap_or_default(), figures.denials.unwrap_or_default());
        return format!(
            "no verdict: {} and {}, and no threshold is reached",
            many(fixes, "fix").replace("fixs", "fixes"),
            crate::window::plural(denials, "denial")
        );
    };
    let mut names: Vec<&str> = Vec::new();
    for verdict in verdicts {
        if !names.contains(&verdict.verdict.words()) {
            names.push(verdict.verdict.words());
        }
    }
    // The second sentence is why the first is so.
    let why = verdicts
        .iter()
        .find(|verdict| verdict.verdict == crate::verdict::Kind::Deployment && verdict != &first);
    let why = why.map(|verdict| format!("; {}", verdict.sentence)).unwrap_or_default();
    format!("{}: {}{why}", names.join(", "), first.sentence)
}

/// Where the metrics and the journal do not agree: one of them was not written, or is not read whole.
fn disagreements(history: &History, figures: &Figures) -> Vec<String> {
    let counted = history.metrics.as_ref().and_then(|metrics| metrics.window.get("Fixes"));
    let both = counted.zip(figures.fixes.map(|fixes| fixes as f64));
    let differs = both.filter(|(counted, journal)| (*counted - journal).abs() >= 1.0);
    let differs = differs.map(|(counted, journal)| {
        format!("the metrics count {counted} fixes, the journal has {journal}: a metric or an object is missing, or lies at the edge of the window")
    });
    differs.into_iter().collect()
}
