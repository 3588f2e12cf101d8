//! The figures of a review in their order, each with its name in JSON.

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

type Row = (&'static str, &'static str, fn(&Figures) -> String);

const ROWS: [Row; 17] = [
    ("fixes", "fixes", |figures| figures.fixes.to_string()),
    ("repeated", "of them repeat one of the day before", |figures| figures.repeated.to_string()),
    ("held", "fixes that hold now", |figures| figures.held.to_string()),
    ("undone", "fixes that were gone again", |figures| figures.undone.to_string()),
    ("standing_unknown", "fixes that nobody looked at", |figures| figures.standing_unknown.to_string()),
    ("rolled_back", "rolled back by operators", |figures| figures.rolled_back.to_string()),
    ("planned", "different changes planned", |figures| figures.planned.to_string()),
    ("escalations", "gone within the cool-down", |figures| figures.escalations.to_string()),
    ("races", "races with other writes", |figures| figures.races.to_string()),
    ("unverified", "made and not seen", |figures| figures.unverified.to_string()),
    ("minutes_p50", "minutes to a fix, median", |figures| number(figures.minutes_p50)),
    ("minutes_p95", "minutes to a fix, 95th percentile", |figures| number(figures.minutes_p95)),
    ("denials", "denials that cost a read", |figures| figures.denials.to_string()),
    ("denied_users", "users denied", |figures| figures.denied_users.to_string()),
    ("accounts", "accounts touched", |figures| figures.accounts.to_string()),
    ("permission_sets", "permission sets touched", |figures| figures.permission_sets.to_string()),
    ("not_made", "planned and not made", |figures| figures.not_made.values().sum::<usize>().to_string()),
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
