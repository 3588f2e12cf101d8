//! The AWS that replay and tests run on: HTTP on loopback, the real wire protocols, and only the operations that
//! Tagmend calls.
//!
//! A [`World`] says what is there; it can be written by a person, and read back as it stands.
//! Where AWS's behaviour is not documented, the code says so.

mod access;
mod access_analyzer;
mod answer;
mod breakage;
mod cloud;
mod cloud_control;
mod cloudwatch;
mod control;
mod deployed;
mod dispatch;
mod events;
mod fault;
mod iam;
mod iam_toolbox;
mod identity_store;
mod installation;
mod json_call;
mod limit;
mod member;
mod member_services;
mod member_session;
mod organization;
mod query_call;
mod record_sources;
mod reply;
mod s3;
mod sandbox;
mod simulator;
mod sso_admin;
mod state;
mod sts;
mod world;

pub use access::Roles;
pub use cloud::Cloud;
pub use fault::{Fault, FaultKind};
pub use installation::{Installation, Rule, Trail};
pub use limit::Clock;
pub use member::{MemberAccount, Quota, Simulator};
pub use organization::{NotAnOrganization, Organization};
pub use reply::Reply;
pub use sandbox::Sandbox;
pub use world::{
    AccountStatus, AttributeMapping, AuthorizationDetails, Boundary, Foreign, ForeignWrite, Journal,
    PermissionSet, Recorded, Sent, World, WorldError,
};
