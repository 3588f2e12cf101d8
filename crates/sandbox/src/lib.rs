//! The AWS that replay and tests run on: HTTP on loopback, the real wire protocols, and only the operations that
//! Tagmend calls.
//!
//! A [`World`] says what is there; it can be written by a person, and read back as it stands.
//! Where AWS's behaviour is not documented, the code says so.

mod access;
mod access_analyzer;
mod answer;
mod cloud;
mod cloud_control;
mod cloudwatch;
mod control;
mod fault;
mod iam;
mod identity_store;
mod json_call;
mod member;
mod member_services;
mod record_sources;
mod s3;
mod server;
mod simulator;
mod sso_admin;
mod state;
mod sts;
mod world;

pub use access::Roles;
pub use cloud::{Cloud, Reply};
pub use fault::{Fault, FaultKind};
pub use member::{MemberAccount, Quota, Simulator};
pub use server::Sandbox;
pub use world::{
    AccountStatus, AttributeMapping, Boundary, Foreign, ForeignWrite, Journal, PermissionSet, Recorded,
    World, WorldError,
};
