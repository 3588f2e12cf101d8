//! The AWS that replay and tests run on: HTTP on loopback, the real wire protocols, and only the operations that
//! Tagmend calls.
//!
//! A [`World`] says what is there; it can be written by a person, and read back as it stands.
//! Where AWS's behaviour is not documented, the code says so.

mod access;
mod access_analyzer;
mod answer;
mod cloudwatch;
mod control;
mod fault;
mod iam;
mod identity_store;
mod json_call;
mod s3;
mod server;
mod sso_admin;
mod state;
mod world;

pub use access::Roles;
pub use fault::Fault;
pub use server::Sandbox;
pub use world::{
    AccountStatus, AttributeMapping, Boundary, Foreign, ForeignWrite, Journal, PermissionSet, Recorded,
    World, WorldError,
};
