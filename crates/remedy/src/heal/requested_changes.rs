//! What the plans of a batch ask for: every change once, with everything that asks for it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use tagmend_diagnosis::{Change, Plan};

use crate::apply::RequestedChange;
use crate::journal::denied_users::DeniedUsers;
use crate::report::{Treated, Treatment};

/// Every change that the plans ask for, once, with everything that asks for it.
pub(crate) fn requests(treated: &[Treated]) -> Vec<RequestedChange> {
    let mut requests: Vec<RequestedChange> = Vec::new();
    for record in treated {
        let Treated::Failure(failure, Treatment::Diagnosed { diagnosis, plan: Plan::Changes(changes), .. }) =
            record
        else {
            continue;
        };
        let keys: BTreeSet<String> = changes.iter().filter_map(restored_key).collect();
        for change in changes {
            let place = requests.iter().position(|request| request.change == *change).unwrap_or_else(|| {
                requests.push(RequestedChange {
                    change: change.clone(),
                    event_ids: Vec::new(),
                    users: DeniedUsers::default(),
                    plans: BTreeMap::new(),
                    radius: None,
                    diagnosis: json!({
                        "cause": diagnosis.cause.name(),
                        "keys": diagnosis.keys,
                        "evidence": diagnosis.evidence.sentences,
                    }),
                });
                requests.len() - 1
            });
            if let Some(request) = requests.get_mut(place) {
                request.event_ids.push(failure.event_id.clone());
                request.users.add(failure);
                let first = request.plans.entry(keys.clone()).or_insert(failure.time);
                *first = failure.time.min(*first);
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
