//! Condition keys whose value the record states. A value is certain only where AWS documents that policies are told the
//! same; elsewhere the key stays unknown.
//! Source: `reference_policies_condition-keys` in the IAM user guide, unless another page is named.

use std::net::{IpAddr, Ipv4Addr};

use iam_policy::{Context, Value};

use crate::cloudtrail::failure::Failure;
use crate::cloudtrail::principal::Session;

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

/// An address of the same sort: what is said of one that no policy tests is said of the other.
pub(crate) fn any_address_like(address: &str) -> Option<String> {
    let of_sort = |address: IpAddr| if is_private(address) { ANY_PRIVATE } else { ANY_PUBLIC };
    address.parse().ok().map(|address| of_sort(address).to_string())
}

const ANY_PRIVATE: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1));
/// Of the range for documents. Source: RFC 5737.
const ANY_PUBLIC: IpAddr = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 1));

fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_private(),
        IpAddr::V6(address) => address.is_unique_local(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "this is a test")]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::cloudtrail::delivery::deliveries;

    /// What policies are told of these keys, of a record with these fields.
    fn told(fields: &[(&str, Json)], keys: &[&str]) -> Vec<Value> {
        let mut event: Json =
            serde_json::from_str(include_str!("../../../../events/mapping-missing/explicit-deny.json"))
                .unwrap();
        for (pointer, value) in fields {
            let (parent, name) = pointer.rsplit_once('/').unwrap();
            event["detail"].pointer_mut(parent).unwrap()[name] = value.clone();
        }
        let failure = Failure::read(deliveries(&event).remove(0).unwrap()).unwrap();
        let mut context = Context::open();
        set(&mut context, &failure, failure.principal.session().unwrap());
        keys.iter().map(|key| context.value(key).clone()).collect()
    }

    fn one(text: &str) -> Value {
        Value::One(text.to_owned())
    }

    const NETWORK: [&str; 4] = ["aws:SourceIp", "aws:VpcSourceIp", "aws:SourceVpce", "aws:ViaAWSService"];

    #[test]
    fn what_the_record_states_of_the_caller_is_told() {
        let keys = ["aws:UserAgent", "aws:SecureTransport", "identitystore:UserId", "aws:CalledVia"];
        let id = "c46824b8-f071-7009-c812-ad564a62b220";
        let expected = [one("aws-cli/2.31.0 md/awscrt#0.27.6"), one("true"), one(id), Value::Absent];
        assert_eq!(told(&[], &keys), expected);
        let bare = [
            ("/userAgent", Json::Null),
            ("/tlsDetails", json!({"clientProvidedHostHeader": "x"})),
            ("/userIdentity/onBehalfOf", Json::Null),
        ];
        assert_eq!(told(&bare, &keys[..3]), [Value::Unknown, Value::Unknown, Value::Unknown]);
        // A form that nobody expects adds nothing, and makes no record unreadable.
        let odd = [("/userAgent", json!(7)), ("/tlsDetails", json!("TLSv1.3"))];
        assert_eq!(told(&odd, &keys[..2]), [Value::Unknown, Value::Unknown]);
    }

    #[test]
    fn no_mfa_is_not_told_as_false() {
        let at = "/userIdentity/sessionContext/attributes/mfaAuthenticated";
        let mfa = |value: Json| told(&[(at, value)], &["aws:MultiFactorAuthPresent"]);
        assert_eq!(mfa(json!("true")), [one("true")]);
        assert_eq!(mfa(json!("false")), [Value::Unknown]);
        assert_eq!(mfa(json!(false)), [Value::Unknown]);
    }

    #[test]
    fn addresses_are_told_where_the_record_shows_the_way() {
        let unknown = || Value::Unknown;
        assert_eq!(told(&[], &NETWORK), [one("203.0.113.24"), unknown(), unknown(), one("false")]);
        let endpoint = [("/vpcEndpointId", json!("vpce-0a1b")), ("/sourceIPAddress", json!("10.0.3.17"))];
        let through = [Value::Absent, one("10.0.3.17"), one("vpce-0a1b"), one("false")];
        assert_eq!(told(&endpoint, &NETWORK), through);
        let hidden = [unknown(), unknown(), unknown(), one("false")];
        assert_eq!(told(&[("/sourceIPAddress", json!("10.0.3.17"))], &NETWORK), hidden);
        assert_eq!(told(&[("/vpcEndpointId", json!("AWS Internal"))], &NETWORK), hidden);
    }

    #[test]
    fn a_service_that_calls_for_the_session_is_told_as_far_as_aws_documents_it() {
        let invoked = |by: &str, from: &str| {
            let fields = [("/userIdentity/invokedBy", json!(by)), ("/sourceIPAddress", json!(from))];
            told(&fields, &[&NETWORK[..], &["aws:CalledVia", "aws:UserAgent"]].concat())
        };
        let mut expected = vec![Value::Unknown; 6];
        assert_eq!(invoked("AWS Internal", "AWS Internal"), expected);
        assert_eq!(told(&[("/sourceIPAddress", json!("athena.amazonaws.com"))], &NETWORK), expected[..4]);
        expected[3] = one("true");
        assert_eq!(invoked("athena.amazonaws.com", "athena.amazonaws.com"), expected);
    }
}
