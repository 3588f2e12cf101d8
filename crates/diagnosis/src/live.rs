//! What AWS says now, and what is worth asking it.

pub(crate) mod answer;
pub mod api_quota;
pub(crate) mod authorization;
pub(crate) mod facts;
pub(crate) mod lookup;
