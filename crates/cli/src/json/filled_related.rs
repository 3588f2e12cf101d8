//! How the types are filled from what is no denied call.

use tagmend_diagnosis::related::{self, Class};

use super::{
    Advice, OfCallsAlone, Outcome, Plan, Related, RelatedClass, RelatedDiagnosis, RelatedEvidence,
    RelatedFailure,
};

pub(super) fn related(place: String, related: &related::Related) -> Related {
    let about = related.cause.about();
    Related {
        place,
        event_id: related.event_id.clone(),
        failure: RelatedFailure {
            class: class(related.class()),
            time: related.time.to_string(),
            error_code: related.error_code.clone(),
            error_message: related.error_message.clone(),
            principal_arn: related.actor.clone(),
            user_id: related.user_id.clone(),
            account: related.account.clone(),
            region: related.region.clone(),
            action: related.action.clone(),
            of_calls: OfCallsAlone::default(),
        },
        diagnosis: RelatedDiagnosis {
            bucket: (),
            cause: about.name,
            rule: about.name,
            keys: Vec::new(),
            would_change: (),
            advice: Advice {
                actor: about.actor.to_owned(),
                text: related.advice.to_owned(),
                command: Some(related.command()),
                page: about.page,
            },
            evidence: RelatedEvidence { sentences: related.evidence.clone() },
        },
        plan: Plan {
            changes: Vec::new(),
            reason: Some("it is no denied call, and Tagmend never acts on it".to_owned()),
        },
        outcome: vec![Outcome { outcome: "left_alone", detail: None }],
    }
}

fn class(class: Class) -> RelatedClass {
    match class {
        Class::SignIn => RelatedClass::SignIn,
        Class::Provisioning => RelatedClass::Provisioning,
        Class::Portal => RelatedClass::Portal,
        Class::Lifecycle => RelatedClass::Lifecycle,
        Class::Notice => RelatedClass::Notice,
    }
}
