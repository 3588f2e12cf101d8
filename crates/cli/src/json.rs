//! Records as JSON, with the names of the stable interface.

use iam_policy::Effect;
use serde_json::{Value as Json, json};
use tagmend_diagnosis::{
    Bucket, Change, Class, Deny, Diagnosis, Encoded, Failure, Plan, PolicyType, Principal, Residue,
    SecondOpinion, Tag, advice,
};
use tagmend_remedy::{BlastRadius, Outcome, Treated, Treatment};

use crate::related;

/// One record.
pub(crate) fn record(place: &str, treated: &Treated) -> Json {
    match treated {
        Treated::Unreadable(error) => {
            json!({"place": place, "error": error.reason, "position": error.place})
        }
        Treated::Repeated { failure, of } => json!({
            "place": place, "event_id": failure.event_id, "failure": self::failure(failure), "repeats": of,
        }),
        Treated::PassedOver => json!({"place": place, "failure": {"class": "neither"}}),
        Treated::Related(related) => related::json(place, related),
        Treated::Failure(failure, Treatment::Unanswered(error)) => json!({
            "place": place, "event_id": failure.event_id, "failure": self::failure(failure),
            "error": error.to_string(), "position": null,
        }),
        Treated::Failure(failure, Treatment::Diagnosed { diagnosis, plan, radii, outcomes }) => json!({
            "place": place, "event_id": failure.event_id, "failure": self::failure(failure),
            "diagnosis": self::diagnosis(failure, diagnosis, plan), "plan": self::plan(plan, radii), "outcome": outcome(plan, outcomes),
        }),
    }
}

fn failure(failure: &Failure) -> Json {
    let session = failure.principal.session();
    let permission_set = match &failure.principal {
        Principal::PermissionSet(session) => Some(&session.name),
        Principal::AccountAccess(_) | Principal::Other { .. } => None,
    };
    json!({
        "class": match failure.class { Class::Denied => "denied", Class::Throttled => "throttled" },
        "principal_arn": failure.principal_arn,
        "permission_set": permission_set,
        "session_name": session.map(|session| &session.session_name),
        "user_id": session.and_then(|session| session.user_id.as_ref()),
        "account": failure.account,
        "region": failure.region,
        "time": failure.time.to_string(),
        "session_began": session.and_then(|session| session.created).map(|created| created.to_string()),
        "error_code": failure.error_code,
        "error_message": failure.error_message,
        "action": failure.action,
        "resource": failure.resource,
        "policy_type": failure.message.policy_type.map(policy_type),
        "deny": failure.message.deny.map(|deny| match deny {
            Deny::Explicit => "explicit",
            Deny::Implicit => "implicit",
        }),
        "policy_arn": failure.message.policy_arn,
        "encoded": failure.message.encoded.as_ref().map(|encoded| match encoded {
            Encoded::Whole(_) => "whole",
            Encoded::Cut => "cut",
        }),
        "authorization_id": failure.message.authorization_id,
        "refused_behind": failure.message.refused_behind,
        "residue": failure.message.residue.as_ref().map(Residue::shown),
    })
}

fn policy_type(policy_type: PolicyType) -> &'static str {
    match policy_type {
        PolicyType::Identity => "identity",
        PolicyType::Resource => "resource",
        PolicyType::ServiceControl => "scp",
        PolicyType::ResourceControl => "rcp",
        PolicyType::Boundary => "boundary",
        PolicyType::Session => "session",
        PolicyType::VpcEndpoint => "vpc_endpoint",
        PolicyType::Trust => "trust",
    }
}

fn diagnosis(failure: &Failure, diagnosis: &Diagnosis, plan: &Plan) -> Json {
    let advice = advice(failure, diagnosis, plan);
    let evidence = &diagnosis.evidence;
    let about = diagnosis.cause.about();
    let statement = evidence.statement.as_ref().map(|statement| {
        json!({
            "policy": statement.policy,
            "statement": statement.statement,
            "effect": match statement.effect { Effect::Allow => "Allow", Effect::Deny => "Deny" },
            "part": statement.part,
        })
    });
    json!({
        "bucket": match diagnosis.bucket {
            Bucket::Permission => "permission",
            Bucket::Network => "network",
            Bucket::Quota => "quota",
            Bucket::Service => "service",
        },
        "cause": diagnosis.cause.name(),
        "rule": diagnosis.rule.id,
        "keys": diagnosis.keys,
        "would_change": about.would_change,
        "advice": {
            "actor": advice.actor, "text": advice.text, "command": advice.command, "page": advice.page,
        },
        "evidence": {
            "sentences": evidence.sentences,
            "statement": statement,
            "depends_on": evidence.depends_on,
            "unseen": evidence.unseen,
            "tags": tags(diagnosis),
            "second_opinion": diagnosis.second_opinion.as_ref().map(SecondOpinion::sentence),
            "policy_digest": diagnosis.policy_digest.as_ref().map(ToString::to_string),
        },
    })
}

/// What is known of each session tag. Never a value.
fn tags(diagnosis: &Diagnosis) -> Json {
    let Some(tags) = &diagnosis.tags else {
        return Json::Null;
    };
    let describe = |tag: Option<&Tag>| match tag {
        Some(Tag::Value(_)) => "value",
        Some(Tag::Unmapped) => "no_mapping",
        Some(Tag::NoValue) => "no_value",
        Some(Tag::NotSent) => "not_sent",
        Some(Tag::Unknown) | None => "unknown",
    };
    let keys: Vec<Json> = tags
        .intended
        .iter()
        .map(|(key, intended)| {
            json!({
                "key": key, "session": describe(tags.session.get(key)), "intended": describe(Some(intended)),
            })
        })
        .collect();
    json!({"from_sign_in_record": tags.is_recorded, "keys": keys})
}

fn plan(plan: &Plan, radii: &[Option<BlastRadius>]) -> Json {
    match plan {
        Plan::Changes(changes) => {
            let radius = |index: usize| radii.get(index).copied().flatten();
            let changes = changes.iter().enumerate().map(|(index, planned)| change(planned, radius(index)));
            json!({"changes": changes.collect::<Vec<_>>(), "reason": null})
        }
        Plan::Nothing(reason) => json!({"changes": [], "reason": reason.to_string()}),
    }
}

fn change(change: &Change, radius: Option<BlastRadius>) -> Json {
    match change {
        Change::RestoreMapping { key, source } => json!({
            "kind": "restore_mapping", "key": key, "source": source.expression(), "radius": self::radius(radius),
        }),
        Change::Reprovision { name, permission_set, account, policy_digest } => json!({
            "kind": "provision", "name": name, "permission_set": permission_set, "account": account,
            "policy_digest": policy_digest.to_string(),
        }),
    }
}

/// How many permission sets mention the key; null where nobody knows.
fn radius(radius: Option<BlastRadius>) -> Json {
    match radius {
        Some(BlastRadius::Known { mentioned_by, unread, unseen, time }) => {
            json!({
                "permission_sets": mentioned_by, "unread": unread, "unseen": unseen, "index": time.to_string(),
            })
        }
        Some(BlastRadius::NoIndex | BlastRadius::OldIndex { .. } | BlastRadius::Unreadable) | None => {
            Json::Null
        }
    }
}

fn outcome(plan: &Plan, outcomes: &[Outcome]) -> Json {
    match (plan, outcomes) {
        (Plan::Nothing(_), _) => json!([{"outcome": "left_alone"}]),
        (Plan::Changes(_), []) => json!([{"outcome": "planned"}]),
        (Plan::Changes(_), outcomes) => outcomes
            .iter()
            .map(|outcome| json!({"outcome": outcome.name(), "detail": outcome.to_string()}))
            .collect(),
    }
}
