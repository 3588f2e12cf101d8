//! One CloudTrail record, as far as Tagmend reads it.
//!
//! `aws_lambda_events` has a type of this name without `errorCode` and `errorMessage`.
//! Source: `cloudtrail-event-reference-record-contents` in the CloudTrail user guide.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value as Json;

/// The call by which Identity Center begins a session.
pub(crate) const SIGN_IN_EVENT: &str = "AssumeRoleWithSAML";

/// A CloudTrail record. Everything that some record lacks is optional. Prints as its id: parameters hold values.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// Its unique id.
    #[serde(rename = "eventID")]
    pub event_id: String,
    /// When the call was made.
    #[serde(deserialize_with = "timestamp")]
    pub event_time: Timestamp,
    /// For instance `ec2.amazonaws.com`.
    pub event_source: String,
    /// For instance `RunInstances`.
    pub event_name: String,
    /// The Region of the call.
    pub aws_region: String,
    /// The account that the record was delivered to.
    pub recipient_account_id: Option<String>,
    /// The error, where the call failed.
    pub error_code: Option<String>,
    /// Its text, at most 1 KB.
    pub error_message: Option<String>,
    /// Who called.
    pub user_identity: UserIdentity,
    /// From where; a service's name where a service called.
    #[serde(rename = "sourceIPAddress")]
    pub source_ip_address: Option<String>,
    /// The client that called; a service's name where a service called. Cut at 1 KB.
    #[serde(default, deserialize_with = "if_readable")]
    pub user_agent: Option<String>,
    /// The connection's encryption.
    #[serde(default, deserialize_with = "if_readable")]
    pub tls_details: Option<TlsDetails>,
    /// The VPC endpoint that was used.
    pub vpc_endpoint_id: Option<String>,
    /// What was asked for. Services leave it out of many denials.
    pub request_parameters: Option<Json>,
    /// The same in all records of one call that several accounts get.
    #[serde(rename = "sharedEventID")]
    pub shared_event_id: Option<String>,
    /// Why a record came late or once more.
    pub addendum: Option<Addendum>,
}

impl fmt::Debug for Record {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Record").field("event_id", &self.event_id).finish_non_exhaustive()
    }
}

/// The encryption of a call. There is none in records of what a service calls on somebody's behalf.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TlsDetails {
    /// For instance `TLSv1.3`.
    pub tls_version: Option<String>,
}

/// Why a record came late or once more.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Addendum {
    /// `DELIVERY_DELAY`, `UPDATED_DATA` or `SERVICE_OUTAGE`.
    pub reason: Option<String>,
    /// The record that this one repeats.
    #[serde(rename = "originalEventID")]
    pub original_event_id: Option<String>,
}

impl Record {
    /// What all records of the same call share.
    pub(crate) fn call_id(&self) -> &str {
        let original = self.addendum.as_ref().and_then(|addendum| addendum.original_event_id.as_deref());
        self.shared_event_id.as_deref().or(original).unwrap_or(&self.event_id)
    }
}

/// Who called.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UserIdentity {
    /// The caller's ARN.
    pub arn: Option<String>,
    /// The caller's account.
    pub account_id: Option<String>,
    /// The caller's unique id.
    pub principal_id: Option<String>,
    /// The service that called on the caller's behalf.
    pub invoked_by: Option<String>,
    /// The session, for role sessions.
    pub session_context: Option<SessionContext>,
    /// The Identity Center user, in records since 2025.
    pub on_behalf_of: Option<OnBehalfOf>,
}

/// The session of a caller.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionContext {
    /// The role.
    pub session_issuer: Option<SessionIssuer>,
    /// When it began.
    pub attributes: Option<SessionAttributes>,
}

/// The role of a session.
#[derive(Clone, Debug, Deserialize)]
pub struct SessionIssuer {
    /// The role's ARN, with its path.
    pub arn: Option<String>,
}

/// When a session began.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionAttributes {
    #[serde(default, deserialize_with = "optional_timestamp")]
    creation_date: Option<Timestamp>,
    /// `true` or `false`.
    #[serde(default, deserialize_with = "if_readable")]
    mfa_authenticated: Option<String>,
}

/// The Identity Center user behind a session.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OnBehalfOf {
    /// The user's id.
    pub user_id: String,
}

impl Record {
    /// Where a control character stands in what Tagmend reads of the record. AWS writes none there, except lines in
    /// messages; they come from whoever wants to be believed, or to be printed.
    pub(crate) fn control_character(&self) -> Option<&'static str> {
        let identity = &self.user_identity;
        let issuer = identity.session_issuer().and_then(|issuer| issuer.arn.as_ref());
        let user_id = identity.on_behalf_of.as_ref().map(|user| &user.user_id);
        let fields = [
            ("eventID", Some(&self.event_id)),
            ("eventSource", Some(&self.event_source)),
            ("eventName", Some(&self.event_name)),
            ("awsRegion", Some(&self.aws_region)),
            ("recipientAccountId", self.recipient_account_id.as_ref()),
            ("errorCode", self.error_code.as_ref()),
            ("errorMessage", self.error_message.as_ref()),
            ("sourceIPAddress", self.source_ip_address.as_ref()),
            ("vpcEndpointId", self.vpc_endpoint_id.as_ref()),
            ("userIdentity.arn", identity.arn.as_ref()),
            ("userIdentity.accountId", identity.account_id.as_ref()),
            ("userIdentity.principalId", identity.principal_id.as_ref()),
            ("userIdentity.invokedBy", identity.invoked_by.as_ref()),
            ("userIdentity.sessionContext.sessionIssuer.arn", issuer),
            ("userIdentity.onBehalfOf.userId", user_id),
        ];
        let is_line = |character: char| matches!(character, '\n' | '\r' | '\t');
        let is_wrong = |(name, text): &(&'static str, Option<&String>)| {
            let lines = *name == "errorMessage";
            let wrong = |character: char| character.is_control() && !(lines && is_line(character));
            text.is_some_and(|text| text.chars().any(wrong))
        };
        fields.into_iter().find(is_wrong).map(|(name, _)| name)
    }

    /// Whether the id is one: anything else would be somebody's text in logs and in the journal.
    pub(crate) fn has_plain_id(&self) -> bool {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        (1..=128).contains(&self.event_id.len()) && self.event_id.bytes().all(is_plain)
    }
}

impl UserIdentity {
    pub(crate) fn session_issuer(&self) -> Option<&SessionIssuer> {
        self.session_context.as_ref()?.session_issuer.as_ref()
    }

    pub(crate) fn session_created(&self) -> Option<Timestamp> {
        self.session_context.as_ref()?.attributes.as_ref()?.creation_date
    }

    pub(crate) fn mfa_authenticated(&self) -> Option<&str> {
        self.session_context.as_ref()?.attributes.as_ref()?.mfa_authenticated.as_deref()
    }
}

/// `2026-07-01T00:08:20Z` and `20131102T010628Z` both occur; tables and exports write `2026-07-01 00:08:20.000`, some with
/// `UTC` behind it. CloudTrail's times are UTC (`cloudtrail-event-reference-record-contents`), and so is one without a zone.
pub(crate) fn read_timestamp(text: &str) -> Result<Timestamp, jiff::Error> {
    text.parse().or_else(|error| {
        let without_zone = text.strip_suffix(" UTC").unwrap_or(text);
        let civil = DateTime::strptime("%Y%m%dT%H%M%SZ", text).or_else(|_| without_zone.parse::<DateTime>());
        TimeZone::UTC.to_timestamp(civil.map_err(|_| error)?)
    })
}

fn timestamp<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    let text = String::deserialize(deserializer)?;
    read_timestamp(&text).map_err(|_| serde::de::Error::custom("not a time"))
}

fn optional_timestamp<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    text.map(|text| read_timestamp(&text).map_err(|_| serde::de::Error::custom("not a time"))).transpose()
}

/// What only adds to a record does not make it unreadable.
fn if_readable<'de, D: Deserializer<'de>, T: DeserializeOwned>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    let json = Option::<Json>::deserialize(deserializer)?;
    Ok(json.and_then(|json| serde_json::from_value(json).ok()))
}
