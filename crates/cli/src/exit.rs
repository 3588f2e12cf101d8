//! Exit codes.

use std::io;
use std::process::ExitCode;

use anyhow::Result;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Nothing was to be done, or all of it was done.
    Done = 0,
    /// Something could not be read, asked or made.
    Error = 1,
    /// Changes are planned and were not made; of a doctor, something is to be done or was not seen.
    Planned = 2,
}

impl Exit {
    /// What was done counts, though its report could not be printed to the end, as in `tagmend replay | head`.
    pub(crate) fn after(self, printed: Result<()>) -> Result<Exit> {
        match printed {
            Err(error) if !is_broken_pipe(&error) => Err(error),
            _ => Ok(self),
        }
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

/// For `--help`.
pub const HELP: &str = "Exit codes: 0 nothing to do or done; 2 changes are planned (dry run); 1 error";

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit as u8)
    }
}
