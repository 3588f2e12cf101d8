//! Everything that talks to AWS: observe, apply, verify, record.
//!
//! [`heal::heal`] holds the order of steps. [`observe::Reader`] only reads. [`apply::Writer`] is the one thing
//! that writes to Identity Center, and exists only where somebody chose to apply.

pub mod apply;
pub mod approve;
pub mod aws_error;
mod calls;
pub mod clients;
pub mod clock;
mod denied_users;
mod diagnoses;
mod examine;
pub mod first_baseline;
pub mod foreign;
pub mod heal;
pub mod hold;
pub mod index;
pub mod journal;
mod known;
mod lease;
pub mod members;
pub mod memory;
pub mod metrics;
pub mod observe;
mod observed;
mod pacing;
mod permission_set;
pub mod radius;
mod random;
pub mod report;
mod requests;
pub mod sessions;
mod throttling;
mod turns;
mod user;
mod users_key;
pub mod watch;

pub use pacing::Pacing;
