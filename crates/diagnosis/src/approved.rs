//! The approved state. It knows nothing of the live one.

pub(crate) mod attribute_source;
pub(crate) mod baseline;
mod canonical;
pub(crate) mod digest;
