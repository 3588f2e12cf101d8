//! What lookups are answered with.

use std::collections::BTreeMap;
use std::fmt;

use crate::live::authorization::Evaluated;

/// What was read, or why it was not.
pub type Answer<T> = Result<T, Gap>;

/// Why something is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Gap {
    /// It could not be read, for this reason.
    Unseen(String),
    /// Nobody asked, or AWS gave no answer this time, though it may matter: the record has to come again.
    NotAsked(Shortage),
}

impl fmt::Display for Gap {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Gap::Unseen(reason) => formatter.write_str(reason),
            Gap::NotAsked(shortage) => shortage.fmt(formatter),
        }
    }
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

/// What the simulator answers without the keys that a fix would restore, and with them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SimulatedPair {
    /// Without.
    pub without: Simulated,
    /// With.
    pub with: Simulated,
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

/// What AWS keeps of a denied call.
#[derive(Clone, PartialEq, Eq)]
pub enum AuthorizationDetails {
    /// How AWS decided it: one for each action and resource.
    Kept(Vec<Evaluated>),
    /// AWS does not have it, or not yet.
    NotThere,
    /// Nobody is to ask: it was not turned on.
    Off,
}

/// Values are nobody's business.
impl fmt::Debug for AuthorizationDetails {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            AuthorizationDetails::Kept(_) => "Kept",
            AuthorizationDetails::NotThere => "NotThere",
            AuthorizationDetails::Off => "Off",
        })
    }
}
