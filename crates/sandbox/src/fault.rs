//! Faults on demand.

use serde::{Deserialize, Serialize};

/// An answer that goes wrong.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// For instance `sso:ProvisionPermissionSet`; an S3 call by its action.
    pub operation: String,
    /// How it goes wrong.
    #[serde(default)]
    pub kind: FaultKind,
    /// The error code, for instance `ThrottlingException`; for an error.
    #[serde(default)]
    pub code: String,
    /// The HTTP status; for an error.
    #[serde(default = "bad_request")]
    pub status: u16,
    /// How many calls go right before.
    #[serde(default)]
    pub skip: u32,
    /// How many calls go wrong; all where null.
    #[serde(default = "one")]
    pub times: Option<u32>,
    /// Whether the call takes effect all the same.
    #[serde(default)]
    pub takes_effect: bool,
}

/// How an answer goes wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// An error of the service.
    #[default]
    Error,
    /// The connection is closed before there is an answer.
    Reset,
    /// No answer ever comes.
    Silence,
    /// The answer is that of the state before the service's last change. Counts from the first such change on.
    Stale,
    /// The answer ends in the middle of its text.
    Malformed,
}

impl Default for Fault {
    fn default() -> Fault {
        Fault {
            operation: String::new(),
            kind: FaultKind::Error,
            code: "InternalFailure".to_owned(),
            status: bad_request(),
            skip: 0,
            times: one(),
            takes_effect: false,
        }
    }
}

#[allow(clippy::unnecessary_wraps, reason = "serde wants the field's type")]
fn one() -> Option<u32> {
    Some(1)
}

fn bad_request() -> u16 {
    400
}

/// Takes the fault that is due for a call, if there is one. What is stale needs a past to answer from.
pub(crate) fn take(faults: &mut Vec<Fault>, operation: &str, has_past: bool) -> Option<Fault> {
    let is_due = |fault: &Fault| fault.operation == operation && (has_past || fault.kind != FaultKind::Stale);
    let index = faults.iter().position(is_due)?;
    let fault = faults.get_mut(index)?;
    if fault.skip > 0 {
        fault.skip -= 1;
        return None;
    }
    let taken = fault.clone();
    if let Some(times) = &mut fault.times {
        *times = times.saturating_sub(1);
        if *times == 0 {
            faults.remove(index);
        }
    }
    Some(taken)
}
