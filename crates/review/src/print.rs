//! The forms of a review.

mod backtest;
mod csv;
mod draw;
mod figure;
mod html;
mod markdown;
mod page;
mod text;
mod words;

use crate::review::Review;

pub use backtest::backtest_html;
pub use csv::csv;
pub use html::html;
pub use markdown::markdown;
pub use text::text;

/// The review as one JSON object.
///
/// # Errors
/// Never, unless a number is none.
pub fn json(review: &Review) -> serde_json::Result<serde_json::Value> {
    serde_json::to_value(review)
}
