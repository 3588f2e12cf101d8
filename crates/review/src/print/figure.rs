//! The figures of a review in their order, each with its name in JSON.

use std::collections::BTreeMap;

use crate::figures::Figures;
use crate::print::words::number;
use crate::review::Review;

/// A figure, of the window and of the one before.
pub(super) struct Figure {
    /// Its name in JSON.
    pub(super) name: &'static str,
    /// For people.
    pub(super) words: &'static str,
    pub(super) now: String,
    pub(super) before: String,
}

/// What is printed of a figure that could not be counted.
pub(super) const NOT_READ: &str = "?";

/// A count; what could not be read is not printed as zero.
pub(super) fn count(count: Option<impl ToString>) -> String {
    count.map_or_else(|| NOT_READ.to_owned(), |count| count.to_string())
}

/// How many of them; those of a name that did not occur are none.
pub(super) fn count_of(counts: Option<&BTreeMap<String, u64>>, name: &str) -> String {
    count(counts.map(|counts| counts.get(name).copied().unwrap_or_default()))
}

type Row = (&'static str, &'static str, fn(&Figures) -> String);

const ROWS: [Row; 17] = [
    ("fixes", "fixes", |figures| count(figures.fixes)),
    ("repeated", "of them repeat one of the day before", |figures| count(figures.repeated)),
    ("held", "fixes that hold now", |figures| count(figures.held)),
    ("undone", "fixes that were gone again", |figures| count(figures.undone)),
    ("standing_unknown", "fixes that nobody looked at", |figures| count(figures.standing_unknown)),
    ("rolled_back", "rolled back by operators", |figures| count(figures.rolled_back)),
    ("planned", "different changes planned", |figures| count(figures.planned)),
    ("escalations", "gone within the cool-down", |figures| count(figures.escalations)),
    ("races", "races with other writes", |figures| count(figures.races)),
    ("unverified", "made and not seen", |figures| count(figures.unverified)),
    ("minutes_p50", "minutes to a fix, median", |figures| number(figures.minutes_p50)),
    ("minutes_p95", "minutes to a fix, 95th percentile", |figures| number(figures.minutes_p95)),
    ("denials", "denials that cost a read", |figures| count(figures.denials)),
    ("denied_users", "users denied", |figures| count(figures.denied_users)),
    ("accounts", "accounts touched", |figures| count(figures.accounts)),
    ("permission_sets", "permission sets touched", |figures| count(figures.permission_sets)),
    ("not_made", "planned and not made", |figures| {
        count(figures.not_made.as_ref().map(|not_made| not_made.values().sum::<usize>()))
    }),
];

pub(super) fn figures(review: &Review) -> Vec<Figure> {
    let figure = |(name, words, of): Row| Figure {
        name,
        words,
        now: of(&review.figures),
        before: of(&review.figures_before),
    };
    ROWS.into_iter().map(figure).collect()
}
