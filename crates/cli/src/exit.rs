//! Exit codes.

use std::process::ExitCode;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Nothing was to be done, or all of it was done.
    Done = 0,
    /// Something could not be read, asked or made.
    Error = 1,
    /// Changes are planned and were not made.
    Planned = 2,
}

/// For `--help`.
pub const HELP: &str = "Exit codes: 0 nothing to do or done; 2 changes are planned (dry run); 1 error";

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit as u8)
    }
}
