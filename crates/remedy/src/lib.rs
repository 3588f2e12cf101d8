//! Everything that talks to AWS: observe, apply, verify, record.
//!
//! [`heal()`] holds the order of steps. [`Reader`] only reads. [`Writer`] is the one thing that writes to Identity
//! Center, and exists only where somebody chose to apply.

pub mod announce;
mod apply;
pub mod approve;
mod aws;
mod event;
pub mod first_baseline;
pub mod follow;
mod heal;
mod journal;
pub mod ledger;
pub mod metrics;
mod opening;
mod read;
mod related;
mod report;
mod watch;

pub use apply::blast_radius::BlastRadius;
pub use apply::{
    Closing, History, LISTED, Outcome, Reached, Refusal, Removal, RolledBack, Undo, Undoable, WhyNot, Writer,
    look_at, undoable,
};
pub use aws::aws_error::AwsError;
pub use aws::clients::{Clients, s3, sandbox_configuration, sandbox_configuration_as};
pub use aws::clock::{Clock, RunTime};
pub use aws::members::{Members, NoSession, ReaderRole};
pub use aws::pacing::Pacing;
pub use aws::rate;
pub use event::Event;
pub use heal::memory::{RunMemory, WarmFacts};
pub use heal::{heal, heal_warm, plan_next};
pub use journal::index::Index;
pub use journal::looks::Looks;
pub use journal::sessions::Sessions;
pub use journal::{FixId, begun, hold, pinned};
pub use metrics::MetricsSink;
pub use opening::{Access, Opened, open};
pub use read::counted::counted;
pub use read::foreign_writes::{ForeignWrite, Overwritten, foreign_write, turned_off};
pub use read::look_back::LookBack;
pub use read::observe::{Reader, access_control};
pub use report::{Report, Step, Treated, TreatedChange, Treatment};
pub use watch::{
    Completeness, Coverage, FoundRecord, Inspection, Keeping, Memory, Pace, Recorder, Seen, Standings,
    Watcher, change_json, finding_json, watch,
};
