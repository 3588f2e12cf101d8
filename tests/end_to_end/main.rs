//! Whole functions and whole commands on the sandbox, a module each. One program: each that links the SDK costs a
//! minute.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "this is a test"
)]

mod alarms;
mod apply;
mod baseline_command;
mod baseline_init;
mod baseline_mistakes;
mod baseline_object;
mod baseline_seen;
mod batches;
mod calls;
mod causes;
mod corpus;
mod corpus_contents;
mod deployment;
mod doctor;
mod documents;
mod dry_runs;
mod faults;
mod follow;
mod grants;
mod input_forms;
mod invariants;
mod least_privilege;
mod ledger;
mod lies;
mod manners;
mod missing_facts;
mod operations;
mod operators;
mod own_key;
mod redact;
mod related;
mod replay;
mod review;
mod schemas;
mod second_looks;
mod simulate;
mod standings;
mod trials;
mod users_key;
mod vetoes;
mod watch;
