//! Faults on demand.

use serde::{Deserialize, Serialize};

/// An answer that goes wrong.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// For instance `sso:ProvisionPermissionSet`; an S3 call by its action.
    pub operation: String,
    /// The error code, for instance `ThrottlingException`.
    pub code: String,
    /// The HTTP status.
    #[serde(default = "bad_request")]
    pub status: u16,
    /// How many calls go wrong; all where null.
    #[serde(default = "one")]
    pub times: Option<u32>,
    /// Whether the call takes effect all the same.
    #[serde(default)]
    pub takes_effect: bool,
}

#[allow(clippy::unnecessary_wraps, reason = "serde wants the field's type")]
fn one() -> Option<u32> {
    Some(1)
}

fn bad_request() -> u16 {
    400
}

/// Takes the fault that is due for a call, if there is one.
pub(crate) fn take(faults: &mut Vec<Fault>, operation: &str) -> Option<Fault> {
    let index = faults.iter().position(|fault| fault.operation == operation)?;
    let fault = faults.get_mut(index)?;
    let taken = fault.clone();
    if let Some(times) = &mut fault.times {
        *times = times.saturating_sub(1);
        if *times == 0 {
            faults.remove(index);
        }
    }
    Some(taken)
}
