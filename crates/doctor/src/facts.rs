//! What a look saw.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::Value as Json;
use tagmend_diagnosis::AccountRegion;

use crate::rights::Right;

/// What was read, or why it was not.
pub type Look<T> = Result<T, String>;

/// An installation, as far as it was seen.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The name of its stack.
    pub stack: String,
    /// Its Region.
    pub region: String,
    /// The account, which is the caller's.
    pub account: Look<String>,
    /// The version of the command that looks.
    pub command: String,
    /// Where the journal is.
    pub bucket: String,
    /// What the stack made.
    pub resources: Look<Vec<Resource>>,
    /// Trails that tell this Region.
    pub trails: Look<Vec<Trail>>,
    /// The stack's rules.
    pub rules: Look<Vec<Rule>>,
    /// The queue that the rules send to; none where no rule says one.
    pub queue: Look<Option<Queue>>,
    /// The queue of dead letters.
    pub dead_letters: Look<Option<Queue>>,
    /// What brings messages to `heal`; none where there is none.
    pub source_mapping: Look<Option<SourceMapping>>,
    /// The function `heal`; none where there is none.
    pub heal: Look<Option<Function>>,
    /// The function `watch`.
    pub watch: Look<Option<Function>>,
    /// The stack's alarms.
    pub alarms: Look<Vec<Alarm>>,
    /// Looks of `watch` in the last three hours.
    pub heartbeats: Look<f64>,
    /// Whether the journal was begun.
    pub is_begun: Look<bool>,
    /// Whether writing is on hold.
    pub hold: Look<Hold>,
    /// The baseline of the caller.
    pub baseline: Baseline,
    /// Whether the object of the baseline in force is there and is what its name says; none where none is named.
    pub published: Look<Option<bool>>,
    /// How many mappings the instance has; none where attributes for access control are off.
    pub mappings: Look<Option<usize>>,
    /// What each role has to be allowed or kept from, with what the simulator says of it by action.
    pub rights: Vec<(Right, Look<BTreeMap<String, bool>>)>,
    /// The policy of the bus; none where it has none.
    pub bus: Look<Option<Json>>,
    /// The accounts in which something may be healed.
    pub accounts: Look<BTreeSet<String>>,
    /// When a denial of each account was last heard, of those that were.
    pub heard: Look<BTreeMap<String, Timestamp>>,
    /// The accounts in which the reader role was asked for, with what came of it.
    pub readers: BTreeMap<String, Look<()>>,
    /// What sends to the bus from elsewhere: of this account in other Regions, and of those that the reader role is in.
    pub forwarding: BTreeMap<AccountRegion, Look<Vec<ForwardingRule>>>,
}

/// A rule that sends to the bus.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForwardingRule {
    /// What it says of itself, as CloudFormation makes up its name.
    pub description: String,
    /// Its state.
    pub state: String,
}

/// Something that the stack made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// Its ARN.
    pub arn: String,
    /// Its name in the template.
    pub logical_id: String,
    /// The version that its tag has.
    pub version: Option<String>,
}

/// A trail.
#[derive(Clone, Debug)]
pub struct Trail {
    /// Its ARN.
    pub arn: String,
    /// The Region that it was made in.
    pub home_region: String,
    /// Whether it is of every Region.
    pub is_of_all_regions: bool,
    /// Whether it is of the organization.
    pub is_of_organization: bool,
    /// Whether it is on.
    pub is_logging: Look<bool>,
    /// What it records.
    pub records: Look<Records>,
}

/// What a trail records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Records {
    /// Management events, reads and writes.
    All,
    /// Only some of them.
    Some,
}

/// A rule.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Its name in the template.
    pub logical_id: String,
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// Its state.
    pub state: Look<String>,
    /// Where it sends to.
    pub targets: Look<Vec<Target>>,
}

/// Where a rule sends to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The ARN.
    pub arn: String,
    /// The ARN of the queue for what does not arrive.
    pub dead_letters: Option<String>,
}

/// A queue.
#[derive(Clone, Debug)]
pub struct Queue {
    /// Its ARN.
    pub arn: String,
    /// Its URL.
    pub url: String,
    /// How many messages wait.
    pub messages: u64,
    /// Its policy.
    pub policy: Option<Json>,
    /// Where messages go that nobody could treat.
    pub dead_letters: Option<String>,
}

/// What brings messages of a queue to a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceMapping {
    /// Its id.
    pub id: String,
    /// Whether it does.
    pub is_enabled: bool,
    /// The ARN of the queue.
    pub queue: String,
    /// The function's name or ARN.
    pub function: String,
}

/// A function.
#[derive(Clone, Debug)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// The ARN of its role.
    pub role: String,
    /// How many places are its own.
    pub concurrency: Option<i64>,
    /// Its settings.
    pub settings: BTreeMap<String, String>,
    /// The version that its tag has.
    pub version: Option<String>,
}

impl Function {
    /// A setting that is not empty.
    pub fn setting(&self, name: &str) -> Option<&str> {
        self.settings.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }
}

/// An alarm.
#[derive(Clone, Debug)]
pub struct Alarm {
    /// Its name.
    pub name: String,
    /// Whom it tells.
    pub actions: Vec<String>,
    /// Whether it tells anybody at all.
    pub actions_enabled: bool,
    /// `OK`, `ALARM` or `INSUFFICIENT_DATA`.
    pub state: String,
}

/// What is on hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hold {
    /// Why all writing is, with who says so; none where it is not.
    pub all: Option<String>,
    /// The mappings that are.
    pub keys: Vec<String>,
}

/// The baseline that the caller has.
#[derive(Clone, Debug)]
pub struct Baseline {
    /// Its SHA-256.
    pub digest: String,
    /// The ARNs of Tagmend's own roles, as it has them.
    pub own_roles: Vec<String>,
}
