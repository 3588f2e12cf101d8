//! Condition keys whose value the record states. A value is certain only where AWS documents that policies are told the
//! same; elsewhere the key stays unknown.
//! Source: `reference_policies_condition-keys` in the IAM user guide, unless another page is named.

use std::net::IpAddr;

use iam_policy::{Context, Value};

use crate::failure::Failure;
use crate::principal::Session;

pub(super) fn set(context: &mut Context, failure: &Failure, session: &Session) {
    let client = &failure.client;
    // `identitystore:UserId`: "included when the caller of the request is a user in IAM Identity Center".
    if let Some(id) = &session.user_id {
        set_one(context, "identitystore:UserId", id);
    }
    if client.uses_tls {
        set_one(context, "aws:SecureTransport", "true");
    }
    // `mfaAuthenticated` is `false` for everybody but root and IAM users, and the key "is not present for federated
    // identities": then policies may be told `false`, or nothing.
    if client.has_mfa {
        set_one(context, "aws:MultiFactorAuthPresent", "true");
    }
    match caller(failure) {
        Caller::Itself(address) => {
            set_one(context, "aws:ViaAWSService", "false");
            context.set("aws:CalledVia", Value::Absent);
            if let Some(agent) = &client.user_agent {
                set_one(context, "aws:UserAgent", agent);
            }
            network(context, failure, address);
        }
        // The address and the endpoint are those of the first call, which the record does not show, and the chain of
        // services may be longer. Source: `access_forward_access_sessions` in the IAM user guide.
        Caller::Service => set_one(context, "aws:ViaAWSService", "true"),
        Caller::Unknown => {}
    }
}

fn set_one(context: &mut Context, key: &str, value: &str) {
    context.set(key, Value::One(value.to_owned()));
}

/// Who sent the request.
enum Caller {
    /// The session, from this address.
    Itself(IpAddr),
    /// A service, with the session's credentials: nobody else than the person has a session of such a role.
    Service,
    /// AWS does not say.
    Unknown,
}

/// The address is a service's name, or `AWS Internal`, where AWS called.
/// Source: `cloudtrail-event-reference-record-contents`.
fn caller(failure: &Failure) -> Caller {
    let address = failure.source_ip.as_deref().map(str::parse::<IpAddr>);
    match (failure.invoked_by.as_deref(), address) {
        (Some(service), _) if service.ends_with(".amazonaws.com") => Caller::Service,
        (None, Some(Ok(address))) => Caller::Itself(address),
        (Some(_), _) | (None, _) => Caller::Unknown,
    }
}

/// `aws:SourceIp` is left out of requests through a VPC endpoint, which have `aws:VpcSourceIp` instead. The record names an
/// endpoint of AWS's own by a word.
fn network(context: &mut Context, failure: &Failure, address: IpAddr) {
    match failure.vpc_endpoint_id.as_deref() {
        Some(endpoint) if endpoint.starts_with("vpce-") => {
            set_one(context, "aws:SourceVpce", endpoint);
            set_one(context, "aws:VpcSourceIp", &address.to_string());
            context.set("aws:SourceIp", Value::Absent);
        }
        // "can only be used for public IP address ranges": a private one came some way that the record does not show.
        None if is_private(address) => {}
        Some(_) => {}
        None => set_one(context, "aws:SourceIp", &address.to_string()),
    }
}

fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_private(),
        IpAddr::V6(address) => address.is_unique_local(),
    }
}
