//! One page that needs nothing else: no script, no font, no request.

use super::draw::DrawError;
use super::page;
use crate::review::Review;

/// The review as one HTML file.
///
/// # Errors
/// Where a chart cannot be drawn.
pub fn html(review: &Review) -> Result<String, DrawError> {
    Ok(page::page(review, &page::Drawings::of(review)?).into_string())
}
