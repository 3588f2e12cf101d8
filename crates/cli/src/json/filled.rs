//! How the types are filled from what a batch became.

use iam_policy::Effect;
use serde_json::Value as Json;
use tagmend_diagnosis::{
    Diagnosis as Diagnosed, Failure as Failed, Plan as Planned, Principal, SecondOpinion, Tag, advice,
};
use tagmend_records::{Content, NotARecord};
use tagmend_remedy::{BlastRadius as Touched, Outcome as Went, Step, Treated, Treatment};

use super::{
    Advice, BlastRadius, Bucket, Change, Class, Deny, Diagnosis, Encoded, Evidence, Failure, Line, Neither,
    NoFailure, Outcome, PassedOver, Plan, PolicyType, Record, Repeated, SCHEMA, Statement, TagKey, TagState,
    Tags, Unanswered, Unreadable, VersionedLine, filled_related,
};
use crate::place::Seen;

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
        Treated::Related(related) => Line::Related(Box::new(filled_related::related(place, related))),
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
        Treated::Failure(failure, Treatment::Diagnosed { diagnosis, plan }) => {
            Line::Diagnosed(Box::new(Record {
                place,
                event_id: failure.event_id.clone(),
                failure: failed(failure),
                diagnosis: self::diagnosis(failure, diagnosis, plan),
                plan: self::plan(plan),
                outcome: outcome(plan),
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

fn diagnosis(failure: &Failed, diagnosis: &Diagnosed, plan: &Planned<Step>) -> Diagnosis {
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
            rests_on: evidence.rests_on.clone(),
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

fn plan(plan: &Planned<Step>) -> Plan {
    match plan {
        Planned::Changes(steps) => Plan { changes: steps.iter().map(change).collect(), reason: None },
        Planned::Nothing(reason) => Plan { changes: Vec::new(), reason: Some(reason.to_string()) },
    }
}

fn change(Step { change, radius, .. }: &Step) -> Change {
    match change {
        tagmend_diagnosis::Change::RestoreMapping { key, source } => Change::RestoreMapping {
            key: key.clone(),
            source: source.expression().to_string(),
            radius: self::radius(*radius),
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

fn outcome(plan: &Planned<Step>) -> Vec<Outcome> {
    let steps = match plan {
        Planned::Nothing(_) => return vec![Outcome { outcome: "left_alone", detail: None }],
        Planned::Changes(steps) => steps,
    };
    let went = |went: &Went| Outcome { outcome: went.name(), detail: Some(went.to_string()) };
    let outcomes: Vec<_> = steps.iter().filter_map(|step| step.outcome.as_ref()).map(went).collect();
    if outcomes.is_empty() { vec![Outcome { outcome: "planned", detail: None }] } else { outcomes }
}
