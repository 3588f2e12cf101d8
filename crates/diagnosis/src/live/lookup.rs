//! What else is worth reading before a denial is diagnosed for good.
//!
//! Everything of a member account needs the reader role there; without it the answer is that it was not seen.

use std::collections::BTreeMap;
use std::fmt;

use crate::cloudtrail::sign_in::SessionId;
use crate::live::authorization::Evaluated;

/// A thing to read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lookup {
    /// An SCP or RCP that a message names.
    OrganizationPolicy {
        /// Its ARN.
        arn: String,
    },
    /// A customer managed policy of a member account.
    MemberPolicy {
        /// The account.
        account: String,
        /// The policy's ARN.
        arn: String,
    },
    /// The policy of a VPC endpoint.
    EndpointPolicy {
        /// Where.
        place: AccountRegion,
        /// `vpce-...`.
        endpoint: String,
    },
    /// The tags of a resource.
    ResourceTags {
        /// Where.
        place: AccountRegion,
        /// Its ARN.
        arn: String,
    },
    /// Whether a bucket takes part in ABAC.
    BucketAbac {
        /// Where.
        place: AccountRegion,
        /// Its name.
        bucket: String,
    },
    /// The policy of a KMS key.
    KeyPolicy {
        /// Where.
        place: AccountRegion,
        /// Its ARN.
        arn: String,
    },
    /// The tags that a session began with, as its sign-in record shows them.
    SignIn {
        /// Which session.
        session: SessionId,
    },
    /// A second opinion: `iam:SimulatePrincipalPolicy` without and with the keys that a fix would restore.
    Simulation {
        /// The account.
        account: String,
        /// What is asked.
        question: SimulatedCall,
    },
    /// The quotas of a service.
    Quotas {
        /// Where.
        place: AccountRegion,
        /// Its code in Service Quotas.
        service: String,
    },
    /// An encoded authorization message of EC2.
    DecodedMessage {
        /// Where.
        place: AccountRegion,
        /// The blob.
        message: String,
    },
    /// What AWS keeps of a denied call, under the id that its message names. Whoever is in the caller's organization may read
    /// it, where the call was made.
    AuthorizationDetails {
        /// The Region of the call.
        region: String,
        /// The id.
        id: String,
    },
}

/// An account and a Region.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AccountRegion {
    /// The account.
    pub account: String,
    /// The Region.
    pub region: String,
}

/// What was read.
#[derive(Clone, PartialEq, Eq)]
pub enum Answer {
    /// A policy's text.
    Policy(String),
    /// The tags of a resource: all of them.
    Tags(BTreeMap<String, String>),
    /// Whether the bucket takes part.
    BucketAbac(bool),
    /// What a blob says.
    Decoded(Decoded),
    /// The tags of a session: all of them.
    SessionTags(BTreeMap<String, String>),
    /// What the simulator answers without the keys, and with them.
    Simulated {
        /// Without.
        without: Simulated,
        /// With.
        with: Simulated,
    },
    /// Quotas whose name speaks of a rate.
    Quotas(Vec<Quota>),
    /// How AWS decided a call: one for each action and resource.
    Authorization(Vec<Evaluated>),
    /// AWS does not have it, or not yet.
    NotThere,
    /// Nobody is to ask: it was not turned on.
    Off,
    /// It could not be read, for this reason.
    Unseen(String),
    /// Nobody asked, or AWS gave no answer this time, though it may matter: the record has to come again.
    NotAsked(Shortage),
}

/// What a batch ran out of before it had asked everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shortage {
    /// This caller's events ask for more than one batch reads for one caller.
    Room,
    /// The run had to end.
    Time,
    /// AWS throttled the call, failed, or did not answer.
    Answer,
    /// AWS has not kept it yet.
    Later,
}

impl fmt::Display for Shortage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Shortage::Room => "this caller's events ask for more than a batch reads for one caller",
            Shortage::Time => "too little time was left",
            Shortage::Answer => "AWS did not answer a read",
            Shortage::Later => "AWS has no authorization details of the call yet",
        })
    }
}

/// What an encoded authorization message says.
/// Source: `API_DecodeAuthorizationMessage` in the STS API reference.
#[derive(Clone, PartialEq, Eq)]
pub struct Decoded {
    /// Whether a statement denied.
    pub explicit_deny: bool,
    /// The caller's ARN.
    pub principal_arn: String,
    /// The action, as `service:Action`.
    pub action: String,
    /// The resource.
    pub resource: String,
    /// The condition keys of the request, with their values.
    pub conditions: BTreeMap<String, Vec<String>>,
}

/// Values are nobody's business.
impl fmt::Debug for Decoded {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Decoded")
            .field("explicit_deny", &self.explicit_deny)
            .field("action", &self.action)
            .field("resource", &self.resource)
            .field("keys", &self.conditions.keys().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

/// Values are nobody's business.
impl fmt::Debug for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Answer::Policy(_) => "Policy",
            Answer::Tags(_) => "Tags",
            Answer::BucketAbac(_) => "BucketAbac",
            Answer::Decoded(_) => "Decoded",
            Answer::SessionTags(_) => "SessionTags",
            Answer::Simulated { .. } => "Simulated",
            Answer::Quotas(_) => "Quotas",
            Answer::Authorization(_) => "Authorization",
            Answer::NotThere => "NotThere",
            Answer::Off => "Off",
            Answer::Unseen(reason) => reason,
            Answer::NotAsked(_) => "NotAsked",
        })
    }
}

/// What the simulator is asked.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SimulatedCall {
    /// The role.
    pub role_arn: String,
    /// `service:Action`.
    pub action: String,
    /// The resource, where it is known.
    pub resource: Option<String>,
    /// Condition keys with their values, as the session sends them.
    pub without: BTreeMap<String, Vec<String>>,
    /// The same with what a fix would restore.
    pub with: BTreeMap<String, Vec<String>>,
}

/// Values are nobody's business.
impl fmt::Debug for SimulatedCall {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("SimulatedCall")
            .field("role_arn", &self.role_arn)
            .field("action", &self.action)
            .field("keys", &self.with.keys().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

/// What the simulator answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Simulated {
    /// `allowed`.
    Allowed,
    /// `explicitDeny` or `implicitDeny`, and no value was missing.
    Denied,
    /// Denied, but it was not told every value that the policies ask for.
    Unsure,
}

/// A quota of a service. Source: `ServiceQuota` in the Service Quotas API reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quota {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Its value, as text.
    pub value: String,
    /// Whether it can be raised through Service Quotas.
    pub adjustable: bool,
}
