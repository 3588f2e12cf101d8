//! Faults that were asked for: a call is noted, and goes wrong where that is due.

use crate::answer::ServiceError;
use crate::fault::{self, Fault, FaultKind};
use crate::state::State;

/// Notes the call, and lets it go wrong if that is due.
pub(crate) fn with_fault<T>(
    state: &mut State,
    operation: &str,
    call: impl FnOnce(&mut State) -> Result<T, ServiceError>,
) -> Result<T, ServiceError> {
    state.calls.push(operation.to_owned());
    if let Some(limit) = &mut state.limit {
        limit.take(operation)?;
    }
    let wants_past = state.world.faults.iter().any(|fault| fault.kind == FaultKind::Stale);
    let before = wants_past.then(|| state.world.clone());
    let has_past = state.previous.contains_key(service(operation)) && can_be_stale(operation);
    let answer = match fault::take(&mut state.world.faults, operation, has_past) {
        None => call(state),
        Some(fault) => go_wrong(state, fault, call),
    };
    if let Some(before) = before.filter(|_| CHANGES.contains(&operation)) {
        state.previous.insert(service(operation).to_owned(), before);
    }
    if let Some(write) = state.world.foreign_write.take_if(|write| write.after == operation) {
        state.world.write(write.write);
    }
    answer
}

/// Calls that change what later calls answer.
const CHANGES: [&str; 3] =
    ["s3:PutObject", "sso:ProvisionPermissionSet", "sso:UpdateInstanceAccessControlAttributeConfiguration"];

/// What changes something, or asks for a request by its id, is never answered from the past.
fn can_be_stale(operation: &str) -> bool {
    !CHANGES.contains(&operation) && !operation.ends_with("ProvisioningStatus")
}

fn service(operation: &str) -> &str {
    operation.split(':').next().unwrap_or_default()
}

fn go_wrong<T>(
    state: &mut State,
    fault: Fault,
    call: impl FnOnce(&mut State) -> Result<T, ServiceError>,
) -> Result<T, ServiceError> {
    let error = |fault: &Fault| ServiceError::new(fault.status, &fault.code, "a fault was asked for");
    match fault.kind {
        FaultKind::Error if fault.takes_effect => call(state).and_then(|_| Err(error(&fault))),
        FaultKind::Error => Err(error(&fault)),
        FaultKind::Reset | FaultKind::Silence => {
            state.breakage = Some(fault.kind);
            if fault.takes_effect { call(state) } else { Err(error(&fault)) }
        }
        FaultKind::Malformed => {
            state.breakage = Some(fault.kind);
            call(state)
        }
        FaultKind::Stale => {
            let Some(previous) = state.previous.get(service(&fault.operation)).cloned() else {
                return call(state);
            };
            state.stale_answers += 1;
            let now = std::mem::replace(&mut state.world, previous);
            let answer = call(state);
            state.world = now;
            answer
        }
    }
}
