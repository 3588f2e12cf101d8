//! What the plans of a batch ask for: every change once, with everything that asks for it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use tagmend_diagnosis::{Change, Diagnosis, Failure, Plan, escaped_and_short};

use crate::apply::RequestedChange;
use crate::journal::denied_users::DeniedUsers;
use crate::ledger::{Denied, permission_set};
use crate::report::{Step, Treated, Treatment};

/// Every change that the plans ask for, once, with everything that asks for it.
pub(crate) fn requests(treated: &[Treated]) -> Vec<RequestedChange> {
    let mut requests: Vec<RequestedChange> = Vec::new();
    for record in treated {
        let Treated::Failure(failure, Treatment::Diagnosed { diagnosis, plan: Plan::Changes(steps) }) =
            record
        else {
            continue;
        };
        let keys: BTreeSet<String> = steps.iter().filter_map(|step| restored_key(&step.change)).collect();
        for Step { change, .. } in steps {
            let place = requests.iter().position(|request| request.change == *change).unwrap_or_else(|| {
                requests.push(RequestedChange {
                    change: change.clone(),
                    event_ids: Vec::new(),
                    users: DeniedUsers::default(),
                    plans: BTreeMap::new(),
                    radius: None,
                    diagnosis: json!({
                        "cause": diagnosis.cause.name(),
                        "rule": diagnosis.rule.id,
                        "keys": diagnosis.keys,
                        "evidence": diagnosis.evidence.sentences,
                    }),
                    denied: denied(failure, diagnosis),
                });
                requests.len() - 1
            });
            if let Some(request) = requests.get_mut(place) {
                request.event_ids.push(failure.event_id.clone());
                request.users.add(failure);
                let first = request.plans.entry(keys.clone()).or_insert(failure.time);
                *first = failure.time.min(*first);
                add(&mut request.denied, denied(failure, diagnosis));
            }
        }
    }
    requests
}

fn denied(failure: &Failure, diagnosis: &Diagnosis) -> Denied {
    Denied {
        first: failure.time,
        last: failure.time,
        sessions_end: diagnosis.session_ends,
        account: failure.account.clone(),
        permission_set: permission_set(failure),
        action: escaped_and_short(&failure.action),
    }
}

/// What is said of a change is said of the denial that was first.
fn add(denied: &mut Denied, other: Denied) {
    let last = denied.last.max(other.last);
    let sessions_end = denied.sessions_end.max(other.sessions_end);
    if other.first < denied.first {
        *denied = other;
    }
    (denied.last, denied.sessions_end) = (last, sessions_end);
}

fn restored_key(change: &Change) -> Option<String> {
    match change {
        Change::RestoreMapping { key, source: _ } => Some(key.clone()),
        Change::Reprovision { .. } => None,
    }
}
