//! The sandbox's own paths, for people and tests: `/_sandbox/world`, `/_sandbox/calls`, `/_sandbox/faults`.

use std::collections::BTreeMap;

use axum::http::Method;
use serde_json::{Value as Json, json};

use crate::answer::{JsonAnswer, ServiceError};
use crate::fault::Fault;
use crate::state::State;

/// What its paths begin with.
pub(crate) const PATH: &str = "/_sandbox/";

pub(crate) fn call(state: &mut State, method: &Method, name: &str, body: &[u8]) -> JsonAnswer {
    match (method.as_str(), name) {
        ("GET", "world") => Ok(serde_json::to_value(&state.world).unwrap_or(Json::Null)),
        ("GET", "calls") => {
            let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
            for call in &state.calls {
                *counts.entry(call).or_default() += 1;
            }
            Ok(json!({"total": state.calls.len(), "by_operation": counts}))
        }
        ("POST", "faults") => {
            let fault: Fault =
                serde_json::from_slice(body).map_err(|error| ServiceError::validation(error.to_string()))?;
            state.world.faults.push(fault);
            Ok(json!({"faults": state.world.faults.len()}))
        }
        _ => Err(ServiceError::new(404, "NotFound", "try GET world, GET calls, POST faults")),
    }
}
