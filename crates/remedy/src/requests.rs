//! What the plans of a batch ask for: every change once, with everything that asks for it.

use std::collections::BTreeSet;

use serde_json::json;
use tagmend_diagnosis::failure::Failure;
use tagmend_diagnosis::plan::{Change, Plan};

use crate::apply::Request;
use crate::report::{Treated, Treatment};
use crate::user_hash;

/// Every change that the plans ask for, once, with everything that asks for it.
pub(crate) fn requests(treated: &[Treated]) -> Vec<Request> {
    let mut requests: Vec<Request> = Vec::new();
    let mut users: Vec<BTreeSet<&str>> = Vec::new();
    for record in treated {
        let Treated::Failure(failure, Treatment::Diagnosed { diagnosis, plan: Plan::Changes(changes), .. }) =
            record
        else {
            continue;
        };
        let keys: BTreeSet<String> = changes.iter().filter_map(restored_key).collect();
        for change in changes {
            let place = requests.iter().position(|request| request.change == *change).unwrap_or_else(|| {
                requests.push(Request {
                    change: change.clone(),
                    event_ids: Vec::new(),
                    users: 0,
                    plans: BTreeSet::new(),
                    radius: None,
                    diagnosis: json!({
                        "cause": diagnosis.cause.name(),
                        "keys": diagnosis.keys,
                        "evidence": diagnosis.evidence.sentences,
                    }),
                });
                users.push(BTreeSet::new());
                requests.len() - 1
            });
            if let (Some(request), Some(users)) = (requests.get_mut(place), users.get_mut(place)) {
                request.event_ids.push(failure.event_id.clone());
                user_hash::add(&mut request.diagnosis, failure);
                request.plans.insert(keys.clone());
                users.extend(user(failure));
                request.users = users.len();
            }
        }
    }
    requests
}

fn restored_key(change: &Change) -> Option<String> {
    match change {
        Change::RestoreMapping { key, source: _ } => Some(key.clone()),
        Change::Reprovision { .. } => None,
    }
}

/// The user who was denied: the session's name, which every record has.
fn user(failure: &Failure) -> Option<&str> {
    Some(&failure.principal.session()?.session_name)
}
