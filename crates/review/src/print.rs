//! The forms of a review.

