//! From a CloudTrail record to a failure, a proven diagnosis and a plan. No I/O, no clock, not async.
//!
//! [`delivery`] and [`failure`] read what CloudTrail says, [`baseline`] what was approved, [`facts`] holds what
//! AWS says now; [`diagnose`](diagnose::diagnose) tells the cause and [`plan`](plan::plan) what may be done.

pub mod alike;
pub mod api_quota;
pub mod arn;
pub mod attribute_source;
pub mod baseline;
pub mod called_action;
mod case;
pub mod cause;
pub mod client;
pub mod delivery;
pub mod diagnose;
pub mod digest;
pub mod drift;
pub mod error_code;
pub mod evidence;
pub mod facts;
pub mod failure;
mod finding;
pub mod harmless;
pub mod held;
mod key_policy;
pub mod mentioned;
pub mod message;
pub mod plan;
pub mod principal;
pub mod record;
mod request_parameters;
mod request_tags;
mod resource_tag_support;
mod rules;
pub mod second_opinion;
pub mod session_tag_key;
pub mod sign_in;
mod tables;
pub mod tags;
pub mod triage;
pub mod want;
