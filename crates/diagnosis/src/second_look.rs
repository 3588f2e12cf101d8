//! What the hourly second look decides: drift, and whether fixes stand.

pub mod drift;
pub(crate) mod mentioned;
pub mod standing;
