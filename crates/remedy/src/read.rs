//! What is read from AWS. Nothing here writes.

pub(crate) mod counted;
pub(crate) mod each;
pub(crate) mod foreign_writes;
pub(crate) mod indexed;
pub(crate) mod listing;
pub(crate) mod look_back;
pub(crate) mod lookups;
pub(crate) mod observe;
pub(crate) mod observed;
pub(crate) mod permission_set;
pub(crate) mod user;
