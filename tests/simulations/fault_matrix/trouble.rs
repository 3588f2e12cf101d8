//! What can go wrong with a call.

use tagmend_sandbox::{Fault, FaultKind};

/// One thing that can go wrong.
pub(crate) struct Trouble {
    pub(crate) name: &'static str,
    kind: FaultKind,
    /// Codes of an AWS JSON service and of S3, with the status.
    codes: [(&'static str, u16); 2],
    takes_effect: bool,
}

/// Which calls of an operation go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Times {
    First,
    Second,
    Every,
}

impl Times {
    pub(crate) const ALL: [Times; 3] = [Times::First, Times::Second, Times::Every];
}

const NO_CODES: [(&str, u16); 2] = [("", 0), ("", 0)];

const fn error(name: &'static str, codes: [(&'static str, u16); 2]) -> Trouble {
    Trouble { name, kind: FaultKind::Error, codes, takes_effect: false }
}

const fn line(name: &'static str, kind: FaultKind, takes_effect: bool) -> Trouble {
    Trouble { name, kind, codes: NO_CODES, takes_effect }
}

/// Everything.
pub(crate) const TROUBLES: &[Trouble] = &[
    error("throttled", [("ThrottlingException", 400), ("SlowDown", 503)]),
    error("500", [("InternalServerException", 500), ("InternalError", 500)]),
    line("timeout", FaultKind::Silence, false),
    line("reset", FaultKind::Reset, false),
    line("lost", FaultKind::Silence, true),
    error("conflict", [("ConflictException", 400), ("ConditionalRequestConflict", 409)]),
    line("stale", FaultKind::Stale, false),
    error("denied", [("AccessDeniedException", 400), ("AccessDenied", 403)]),
    line("malformed", FaultKind::Malformed, false),
];

/// Width of a column of the table.
pub(crate) const WIDTH: usize = 10;

pub(crate) fn heading() -> String {
    TROUBLES.iter().map(|trouble| format!("{:WIDTH$}", trouble.name)).collect()
}

impl Trouble {
    pub(crate) fn is_stale(&self) -> bool {
        self.kind == FaultKind::Stale
    }

    /// Whether AWS says that it did not do what was asked.
    pub(crate) fn is_refusal(&self) -> bool {
        ["throttled", "conflict", "denied"].contains(&self.name)
    }

    pub(crate) fn fault(&self, operation: &str, times: Times) -> Fault {
        let (code, status) = self.codes[usize::from(operation.starts_with("s3:"))];
        Fault {
            operation: operation.to_owned(),
            kind: self.kind,
            code: code.to_owned(),
            status,
            skip: u32::from(times == Times::Second),
            times: (times != Times::Every).then_some(1),
            takes_effect: self.takes_effect,
        }
    }
}
