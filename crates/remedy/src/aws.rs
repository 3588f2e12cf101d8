//! How AWS is called: clients, errors, time, pace, chance, and the reader role in member accounts.

pub(crate) mod aws_error;
pub(crate) mod clients;
pub(crate) mod clock;
pub(crate) mod members;
pub(crate) mod pacing;
pub(crate) mod random;
pub mod rate;
