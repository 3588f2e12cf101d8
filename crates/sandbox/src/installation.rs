//! The account that Tagmend is deployed in, as far as `tagmend doctor` looks at it. Everything is as AWS shows it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// What is deployed.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Installation {
    /// Trails, as `DescribeTrails` shows them, each with what `GetTrailStatus` and `GetEventSelectors` answer.
    pub trails: Vec<Trail>,
    /// Tags by ARN.
    pub tagged: BTreeMap<String, BTreeMap<String, String>>,
    /// Properties of functions and event source mappings, by type and identifier, as Cloud Control reads them.
    pub resources: BTreeMap<String, BTreeMap<String, Json>>,
    /// Rules of the default bus by name.
    pub rules: BTreeMap<String, Rule>,
    /// Those of other default buses: by account, Region and name.
    pub rules_elsewhere: BTreeMap<String, BTreeMap<String, BTreeMap<String, Rule>>>,
    /// The policy of the default bus.
    pub bus_policy: Option<Json>,
    /// Attributes of queues by name, besides the number of messages.
    pub queue_attributes: BTreeMap<String, BTreeMap<String, String>>,
    /// Alarms, as `DescribeAlarms` shows them, without times.
    pub alarms: Vec<Json>,
    /// Policies of roles by name.
    pub roles: BTreeMap<String, Vec<Json>>,
    /// The accounts of the organization.
    pub accounts: Vec<String>,
}

/// A trail.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Trail {
    /// The trail.
    pub trail: Json,
    /// Its status.
    pub status: Json,
    /// Its event selectors.
    pub event_selectors: Json,
}

/// A rule.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rule {
    /// What it says of itself.
    pub description: String,
    /// Its state.
    pub state: String,
    /// Its targets, as `ListTargetsByRule` shows them.
    pub targets: Vec<Json>,
}
