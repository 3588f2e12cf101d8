//! From a CloudTrail record to a failure, a proven diagnosis and a plan. No I/O, no clock, not async.
//!
//! [`deliveries`] and [`Failure`] read what CloudTrail says, [`Baseline`] what was approved, [`Facts`] holds what AWS
//! says now; [`diagnose()`] tells the cause and [`plan()`] what may be done.

mod advice;
pub mod alike;
mod approved;
mod authorization;
mod case;
mod cause;
pub mod clocks;
mod cloudtrail;
mod diagnose;
mod last_changes;
mod live;
mod needs;
mod next_lookups;
mod plan;
pub mod redact;
pub mod related;
mod rules;
mod second_look;
mod second_opinion;
mod session_ends;
mod triage;
mod words;

pub use advice::{Advice, advice};
pub use approved::attribute_source::AttributeSource;
pub use approved::baseline::document::Document as BaselineDocument;
pub use approved::baseline::{
    Accounts, ApprovedMapping, ApprovedPermissionSet, Baseline, BaselineError, Limits, MAXIMUM_MAPPINGS,
    Mistake, Owner, Place, TagRule, difference, document,
};
pub use approved::digest::{PolicyDigest, PolicyDigests};
pub use authorization::Authorization;
pub use case::compared::{Compared, Given};
pub use case::evidence::{DecidingStatement, Evidence};
pub use case::tags::{Tag, TagValue, Tags, ValueProblem};
pub use cause::{About, Bucket, Cause};
pub use cloudtrail::called_action::{ActionKnown, unknown_to_tables};
pub use cloudtrail::client::Client;
pub use cloudtrail::delivery::{Delivery, DeliveryError, deliveries, is_of_interest, may_be_read, syntax};
pub use cloudtrail::error_code::{Class, classify, is_denied};
pub use cloudtrail::failure::Failure;
pub use cloudtrail::message::{Deny, Encoded, Message, PolicyType, Remark, Residue};
pub use cloudtrail::principal::{Principal, Session};
pub use cloudtrail::record::{
    Addendum, OnBehalfOf, Record, SessionAttributes, SessionContext, SessionIssuer, TlsDetails, UserIdentity,
};
pub use cloudtrail::request_tags::RequestTags;
pub use cloudtrail::sign_in::{SessionId, SignIn};
pub use diagnose::{ComparedTags, Diagnosis, diagnose};
pub use last_changes::{Changed, LastChange};
pub use live::answer::{
    Answer, AuthorizationDetails, Decoded, Gap, Quota, Shortage, Simulated, SimulatedPair,
};
pub use live::api_quota;
pub use live::authorization::{Evaluated, EvaluatedEffect, MatchedStatement};
pub use live::facts::{
    AccessControl, AttributeMapping, Boundary, Facts, FoundPermissionSet, ManagedPolicy, PastChange, PastFix,
    PermissionSet, PolicyReference, Provisioning, User,
};
pub use live::lookup::{
    AccountRegion, Answered, Answers, AuthorizationId, BucketAt, EncodedMessage, Lookup, PolicyAt, QuotasOf,
    ResourceAt, SimulatedCall, Simulation,
};
pub use next_lookups::{first_lookups, next_lookups};
pub use plan::{Change, Plan, Reason, plan};
pub use rules::{Rule, Tried, rules};
pub use second_look::mentioned::Mentioned;
pub use second_look::{drift, standing};
pub use second_opinion::SecondOpinion;
pub use triage::{Question, Triage, UserReference, triage};
pub use words::arn;
pub use words::escaped::{escaped, escaped_and_short};
pub use words::session_tag_key::{is_same_key, of_condition_key};
pub use words::shell::quoted;
