//! What CloudTrail says: a record, in whatever it came, and the failure that it tells.

pub(crate) mod called_action;
pub(crate) mod client;
pub(crate) mod delivery;
pub(crate) mod error_code;
pub(crate) mod failure;
pub(crate) mod message;
pub(crate) mod principal;
pub(crate) mod record;
pub(crate) mod request_parameters;
pub(crate) mod request_tags;
pub(crate) mod sign_in;
