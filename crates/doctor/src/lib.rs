//! What an installation has to be like, and what is missing of it. Facts in, findings out: no I/O, no clock.
//!
//! [`examine()`] is the whole of it. What nobody could read is a finding of its own, and never a pass.

mod assumptions;
mod examine;
pub mod expected;
pub mod facts;
mod finding;
mod report;
mod rights;

pub use assumptions::{Samples, assumptions};
pub use examine::examine;
pub use finding::{Check, Finding, State};
pub use report::{Report, SCHEMA};
pub use rights::{Right, Setting, rights};
