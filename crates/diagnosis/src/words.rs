//! Words that all others use: ARNs, keys of session tags, tables from public data, text that is safe to print or to paste.

pub mod arn;
pub(crate) mod escaped;
pub(crate) mod session_tag_key;
pub(crate) mod shell;
pub(crate) mod tables;
pub(crate) mod tag_condition_keys;
