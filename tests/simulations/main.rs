//! Everything that can go wrong, call by call and schedule by schedule: faults, crashes, repeats, races.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "this is a test"
)]

mod crashes;
mod fault_matrix;
mod fresh_looks;
mod histories;
mod idempotency;
mod interruptions;
mod organization;
mod races;
mod round_trips;
mod storms;
mod warm_facts;
