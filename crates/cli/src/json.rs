//! Records as JSON, with the names of the stable interface. `docs/schemas/replay-record.json` is made from these types.

mod filled;
mod filled_related;

use schemars::JsonSchema;
use serde::Serialize;

pub(crate) use self::filled::record;

/// The version of the form: another one is another form.
pub(crate) const SCHEMA: u32 = 1;

/// A line of `tagmend replay --json` and of `tagmend explain --json`.
#[derive(Serialize, JsonSchema)]
pub struct VersionedLine {
    /// The version of this form.
    schema: u32,
    /// What was found.
    #[serde(flatten)]
    line: Line,
}

/// What a line says: one record, or what could not be read as one. What the record does not say is null.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Line {
    /// What could not be read.
    Unreadable(Unreadable),
    /// A record that is neither denied nor throttled, or something that is no record of a call.
    PassedOver(PassedOver),
    /// A record of a call that another record told of already.
    Repeated(Box<Repeated>),
    /// A failure for which AWS did not answer what the diagnosis needs.
    Unanswered(Box<Unanswered>),
    /// A failure with its diagnosis.
    Diagnosed(Box<Record>),
    /// What is no denied call: a sign-in, provisioning, the portal, people who leave, a notice.
    Related(Box<Related>),
}

/// What is no denied call. Tagmend tells of it, and never acts on it.
#[derive(Serialize, JsonSchema)]
pub struct Related {
    /// File and number.
    place: String,
    event_id: String,
    failure: RelatedFailure,
    diagnosis: RelatedDiagnosis,
    plan: Plan,
    /// One entry: it is left alone.
    outcome: Vec<Outcome>,
}

#[derive(Serialize, JsonSchema)]
struct RelatedFailure {
    class: RelatedClass,
    /// When it happened.
    time: String,
    /// The error code, where something failed and the record has one.
    error_code: Option<String>,
    /// The error's text as it came, where the record has one.
    error_message: Option<String>,
    principal_arn: Option<String>,
    user_id: Option<String>,
    account: Option<String>,
    region: Option<String>,
    action: String,
    #[serde(flatten)]
    of_calls: OfCallsAlone,
}

/// What only a denied call has: null.
#[derive(Default, Serialize, JsonSchema)]
struct OfCallsAlone {
    permission_set: (),
    session_name: (),
    resource: (),
    policy_type: (),
    deny: (),
    policy_arn: (),
    encoded: (),
    authorization_id: (),
}

#[derive(Serialize, JsonSchema)]
struct RelatedDiagnosis {
    bucket: (),
    /// A name of `docs/causes.md`, section `Not a denied call`.
    cause: &'static str,
    /// The same: each of these causes is one rule.
    rule: &'static str,
    /// None.
    keys: Vec<String>,
    would_change: (),
    advice: Advice,
    evidence: RelatedEvidence,
}

#[derive(Serialize, JsonSchema)]
struct RelatedEvidence {
    sentences: Vec<String>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum RelatedClass {
    SignIn,
    Provisioning,
    Portal,
    Lifecycle,
    Notice,
}

/// What could not be read.
#[derive(Serialize, JsonSchema)]
pub struct Unreadable {
    /// File and number, as `explain` takes it.
    place: String,
    /// What is wrong.
    error: String,
    /// Where in the document; `$` is all of it.
    position: String,
}

/// A record that is neither denied nor throttled, or something that is no record of a call.
#[derive(Serialize, JsonSchema)]
pub struct PassedOver {
    /// File and number.
    place: String,
    failure: Neither,
    /// What it is, where it is no record of a call.
    #[serde(skip_serializing_if = "Option::is_none")]
    what: Option<&'static str>,
}

#[derive(Serialize, JsonSchema)]
struct Neither {
    class: NoFailure,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum NoFailure {
    Neither,
}

/// A record of a call that another record told of already.
#[derive(Serialize, JsonSchema)]
pub struct Repeated {
    /// File and number.
    place: String,
    event_id: String,
    failure: Failure,
    /// The id of the first record of the call.
    repeats: String,
}

/// A failure for which AWS did not answer what the diagnosis needs.
#[derive(Serialize, JsonSchema)]
pub struct Unanswered {
    /// File and number.
    place: String,
    event_id: String,
    failure: Failure,
    /// The call that failed, and how.
    error: String,
    /// Always null: the record is whole.
    position: Option<String>,
}

/// A failure with its diagnosis.
#[derive(Serialize, JsonSchema)]
pub struct Record {
    /// File and number.
    place: String,
    event_id: String,
    failure: Failure,
    diagnosis: Diagnosis,
    plan: Plan,
    /// What came of each change, or one entry where there is none.
    outcome: Vec<Outcome>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Class {
    Denied,
    Throttled,
}

/// A call that failed, as its record says.
#[derive(Serialize, JsonSchema)]
struct Failure {
    class: Class,
    /// When the call was made.
    time: String,
    /// The error code, as CloudTrail has it.
    error_code: String,
    /// The error message; CloudTrail cuts it.
    error_message: String,
    /// When the session began, where the record says so.
    session_began: Option<String>,
    principal_arn: Option<String>,
    permission_set: Option<String>,
    session_name: Option<String>,
    user_id: Option<String>,
    account: Option<String>,
    region: Option<String>,
    /// `service:Action`
    action: String,
    resource: Option<String>,
    policy_type: Option<PolicyType>,
    deny: Option<Deny>,
    policy_arn: Option<String>,
    /// Whether the message has an encoded part, and whether it is whole.
    encoded: Option<Encoded>,
    authorization_id: Option<String>,
    /// The actions that were refused behind the call, which the service itself had allowed.
    refused_behind: Vec<String>,
    /// What of the message is of no known form.
    residue: Option<String>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum PolicyType {
    Identity,
    Resource,
    Scp,
    Rcp,
    Boundary,
    Session,
    VpcEndpoint,
    Trust,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Deny {
    Explicit,
    Implicit,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Encoded {
    Whole,
    Cut,
}

/// Why the call failed.
#[derive(Serialize, JsonSchema)]
struct Diagnosis {
    bucket: Bucket,
    /// A name of `docs/causes.md`.
    cause: &'static str,
    /// The id of the rule that decided it.
    rule: &'static str,
    /// The session tag keys it depends on.
    keys: Vec<String>,
    would_change: &'static str,
    advice: Advice,
    evidence: Evidence,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Bucket {
    Permission,
    Network,
    Quota,
    Service,
}

/// Who has to do what.
#[derive(Serialize, JsonSchema)]
struct Advice {
    actor: String,
    text: String,
    command: Option<String>,
    page: &'static str,
}

/// What shows the cause.
#[derive(Serialize, JsonSchema)]
struct Evidence {
    sentences: Vec<String>,
    statement: Option<Statement>,
    /// Condition keys that were read, and with other values of which the decision could flip.
    rests_on: Vec<String>,
    /// Condition keys that nobody could read and that decide.
    depends_on: Vec<String>,
    /// What could not be seen.
    unseen: Vec<String>,
    tags: Option<Tags>,
    second_opinion: Option<String>,
    policy_digest: Option<String>,
}

/// The statement that decides.
#[derive(Serialize, JsonSchema)]
struct Statement {
    policy: String,
    statement: String,
    effect: &'static str,
    part: String,
}

/// What is known of each session tag. Never a value.
#[derive(Serialize, JsonSchema)]
struct Tags {
    from_sign_in_record: bool,
    keys: Vec<TagKey>,
}

#[derive(Serialize, JsonSchema)]
struct TagKey {
    key: String,
    session: TagState,
    intended: TagState,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum TagState {
    Value,
    NoMapping,
    NoValue,
    NotSent,
    Unknown,
}

/// What may be done.
#[derive(Serialize, JsonSchema)]
struct Plan {
    changes: Vec<Change>,
    /// Why there is no change.
    reason: Option<String>,
}

/// A change.
#[derive(Serialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Change {
    RestoreMapping { key: String, source: String, radius: Option<BlastRadius> },
    Provision { name: String, permission_set: String, account: String, policy_digest: String },
}

/// How many permission sets mention the key; null where nobody knows.
#[derive(Serialize, JsonSchema)]
struct BlastRadius {
    permission_sets: usize,
    unseen: usize,
    /// Permission sets that could not be read when the index was made.
    unread: usize,
    /// When the index was made.
    index: String,
}

/// What came of a change.
#[derive(Serialize, JsonSchema)]
struct Outcome {
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}
