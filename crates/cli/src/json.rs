//! Records as JSON, with the names of the stable interface. `docs/replay.schema.json` is made from these types.

use iam_policy::Effect;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value as Json;
use tagmend_diagnosis::{
    Diagnosis as Diagnosed, Failure as Failed, Plan as Planned, Principal, SecondOpinion, Tag, advice,
};
use tagmend_records::{Content, NotARecord};
use tagmend_remedy::{BlastRadius as Touched, Outcome as Went, Treated, Treatment};

use crate::place::Seen;
use crate::related;

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
    Related(#[schemars(with = "Related")] Json),
}

/// What is no denied call. Tagmend tells of it, and never acts on it.
#[derive(JsonSchema)]
#[allow(dead_code, reason = "only its schema is made use of")]
struct Related {
    /// File and number.
    place: String,
    event_id: String,
    failure: RelatedFailure,
    diagnosis: RelatedDiagnosis,
    plan: Json,
    outcome: Json,
}

#[derive(JsonSchema)]
#[allow(dead_code, reason = "only its schema is made use of")]
struct RelatedFailure {
    class: RelatedClass,
    /// When it happened.
    time: String,
    /// Null: what is not known of a text is not repeated.
    error_code: Option<String>,
    error_message: Option<String>,
    region: Option<String>,
    account: Option<String>,
    action: String,
}

#[derive(JsonSchema)]
#[allow(dead_code, reason = "only its schema is made use of")]
struct RelatedDiagnosis {
    /// A name of `docs/causes.md`, section `Not a denied call`.
    cause: String,
    /// The same: each of these causes is one rule.
    rule: String,
    advice: Advice,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
#[allow(dead_code, reason = "only its schema is made use of")]
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

/// One record, as a line has it.
pub(crate) fn record(seen: &Seen) -> Json {
    // The types have no maps with other keys than text.
    serde_json::to_value(VersionedLine { schema: SCHEMA, line: line(seen) }).unwrap_or(Json::Null)
}

fn line(seen: &Seen) -> Line {
    let place = seen.input.place();
    let failed = |failure: &Failed| self::failure(failure);
    match &seen.treated {
        Treated::Unreadable(error) => {
            Line::Unreadable(Unreadable { place, error: error.reason.clone(), position: error.place.clone() })
        }
        Treated::PassedOver => {
            let what = match &seen.input.content {
                Content::NotARecord(what) => Some(NotARecord::what(*what)),
                _ => None,
            };
            Line::PassedOver(PassedOver { place, failure: Neither { class: NoFailure::Neither }, what })
        }
        Treated::Related(related) => Line::Related(related::json(&place, related)),
        Treated::Repeated { failure, of } => Line::Repeated(Box::new(Repeated {
            place,
            event_id: failure.event_id.clone(),
            failure: failed(failure),
            repeats: of.clone(),
        })),
        Treated::Failure(failure, Treatment::Unanswered(error)) => Line::Unanswered(Box::new(Unanswered {
            place,
            event_id: failure.event_id.clone(),
            failure: failed(failure),
            error: error.to_string(),
            position: None,
        })),
        Treated::Failure(failure, Treatment::Diagnosed { diagnosis, plan, radii, outcomes }) => {
            Line::Diagnosed(Box::new(Record {
                place,
                event_id: failure.event_id.clone(),
                failure: failed(failure),
                diagnosis: self::diagnosis(failure, diagnosis, plan),
                plan: self::plan(plan, radii),
                outcome: outcome(plan, outcomes),
            }))
        }
    }
}

fn failure(failure: &Failed) -> Failure {
    let session = failure.principal.session();
    let permission_set = match &failure.principal {
        Principal::PermissionSet(session) => Some(session.name.clone()),
        Principal::AccountAccess(_) | Principal::Other { .. } => None,
    };
    Failure {
        class: match failure.class {
            tagmend_diagnosis::Class::Denied => Class::Denied,
            tagmend_diagnosis::Class::Throttled => Class::Throttled,
        },
        time: failure.time.to_string(),
        error_code: failure.error_code.clone(),
        error_message: failure.error_message.clone(),
        session_began: session.and_then(|session| session.created).map(|created| created.to_string()),
        principal_arn: failure.principal_arn.clone(),
        permission_set,
        session_name: session.map(|session| session.session_name.clone()),
        user_id: session.and_then(|session| session.user_id.clone()),
        account: failure.account.clone(),
        region: Some(failure.region.clone()).filter(|region| !region.is_empty()),
        action: failure.action.clone(),
        resource: failure.resource.clone(),
        policy_type: failure.message.policy_type.map(policy_type),
        deny: failure.message.deny.map(|deny| match deny {
            tagmend_diagnosis::Deny::Explicit => Deny::Explicit,
            tagmend_diagnosis::Deny::Implicit => Deny::Implicit,
        }),
        policy_arn: failure.message.policy_arn.clone(),
        encoded: failure.message.encoded.as_ref().map(|encoded| match encoded {
            tagmend_diagnosis::Encoded::Whole(_) => Encoded::Whole,
            tagmend_diagnosis::Encoded::Cut => Encoded::Cut,
        }),
        authorization_id: failure.message.authorization_id.clone(),
        refused_behind: failure.message.refused_behind.clone(),
        residue: failure.message.residue.as_ref().map(tagmend_diagnosis::Residue::shown),
    }
}

fn policy_type(policy_type: tagmend_diagnosis::PolicyType) -> PolicyType {
    match policy_type {
        tagmend_diagnosis::PolicyType::Identity => PolicyType::Identity,
        tagmend_diagnosis::PolicyType::Resource => PolicyType::Resource,
        tagmend_diagnosis::PolicyType::ServiceControl => PolicyType::Scp,
        tagmend_diagnosis::PolicyType::ResourceControl => PolicyType::Rcp,
        tagmend_diagnosis::PolicyType::Boundary => PolicyType::Boundary,
        tagmend_diagnosis::PolicyType::Session => PolicyType::Session,
        tagmend_diagnosis::PolicyType::VpcEndpoint => PolicyType::VpcEndpoint,
        tagmend_diagnosis::PolicyType::Trust => PolicyType::Trust,
    }
}

fn diagnosis(failure: &Failed, diagnosis: &Diagnosed, plan: &Planned) -> Diagnosis {
    let advice = advice(failure, diagnosis, plan);
    let evidence = &diagnosis.evidence;
    let about = diagnosis.cause.about();
    let statement = evidence.statement.as_ref().map(|statement| Statement {
        policy: statement.policy.clone(),
        statement: statement.statement.clone(),
        effect: match statement.effect {
            Effect::Allow => "Allow",
            Effect::Deny => "Deny",
        },
        part: statement.part.clone(),
    });
    Diagnosis {
        bucket: match diagnosis.bucket {
            tagmend_diagnosis::Bucket::Permission => Bucket::Permission,
            tagmend_diagnosis::Bucket::Network => Bucket::Network,
            tagmend_diagnosis::Bucket::Quota => Bucket::Quota,
            tagmend_diagnosis::Bucket::Service => Bucket::Service,
        },
        cause: diagnosis.cause.name(),
        rule: diagnosis.rule.id,
        keys: diagnosis.keys.clone(),
        would_change: about.would_change,
        advice: Advice { actor: advice.actor, text: advice.text, command: advice.command, page: advice.page },
        evidence: Evidence {
            sentences: evidence.sentences.clone(),
            statement,
            depends_on: evidence.depends_on.clone(),
            unseen: evidence.unseen.clone(),
            tags: tags(diagnosis),
            second_opinion: diagnosis.second_opinion.as_ref().map(SecondOpinion::sentence),
            policy_digest: diagnosis.policy_digest.as_ref().map(ToString::to_string),
        },
    }
}

fn tags(diagnosis: &Diagnosed) -> Option<Tags> {
    let tags = diagnosis.tags.as_ref()?;
    let state = |tag: Option<&Tag>| match tag {
        Some(Tag::Value(_)) => TagState::Value,
        Some(Tag::Unmapped) => TagState::NoMapping,
        Some(Tag::NoValue) => TagState::NoValue,
        Some(Tag::NotSent) => TagState::NotSent,
        Some(Tag::Unknown) | None => TagState::Unknown,
    };
    let key = |(key, intended): (&str, &Tag)| TagKey {
        key: key.to_owned(),
        session: state(tags.session.get(key)),
        intended: state(Some(intended)),
    };
    Some(Tags {
        from_sign_in_record: tags.is_recorded,
        keys: tags.intended.iter().map(|(name, tag)| key((name, tag))).collect(),
    })
}

fn plan(plan: &Planned, radii: &[Option<Touched>]) -> Plan {
    match plan {
        Planned::Changes(changes) => {
            let radius = |index: usize| radii.get(index).copied().flatten();
            let changes = changes.iter().enumerate().map(|(index, planned)| change(planned, radius(index)));
            Plan { changes: changes.collect(), reason: None }
        }
        Planned::Nothing(reason) => Plan { changes: Vec::new(), reason: Some(reason.to_string()) },
    }
}

fn change(change: &tagmend_diagnosis::Change, radius: Option<Touched>) -> Change {
    match change {
        tagmend_diagnosis::Change::RestoreMapping { key, source } => Change::RestoreMapping {
            key: key.clone(),
            source: source.expression().to_string(),
            radius: self::radius(radius),
        },
        tagmend_diagnosis::Change::Reprovision { name, permission_set, account, policy_digest } => {
            Change::Provision {
                name: name.clone(),
                permission_set: permission_set.clone(),
                account: account.clone(),
                policy_digest: policy_digest.to_string(),
            }
        }
    }
}

fn radius(radius: Option<Touched>) -> Option<BlastRadius> {
    match radius {
        Some(Touched::Known { mentioned_by, unseen, unread, time }) => {
            Some(BlastRadius { permission_sets: mentioned_by, unseen, unread, index: time.to_string() })
        }
        Some(Touched::NoIndex | Touched::OldIndex { .. } | Touched::Unreadable | Touched::NotUnderstood)
        | None => None,
    }
}

fn outcome(plan: &Planned, outcomes: &[Went]) -> Vec<Outcome> {
    match (plan, outcomes) {
        (Planned::Nothing(_), _) => vec![Outcome { outcome: "left_alone", detail: None }],
        (Planned::Changes(_), []) => vec![Outcome { outcome: "planned", detail: None }],
        (Planned::Changes(_), outcomes) => outcomes
            .iter()
            .map(|outcome| Outcome { outcome: outcome.name(), detail: Some(outcome.to_string()) })
            .collect(),
    }
}
