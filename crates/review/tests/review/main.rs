//! Reviews of histories made by hand.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests stop at what they did not expect"
)]

mod figures;
mod fixes;
mod forms;
mod on_call;
mod related;
mod support;
mod verdicts;
