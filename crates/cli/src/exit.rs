//! Exit codes.

use std::fmt;
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
    /// Changes are planned and were not made; with `--exit-code`, something was found; of `doctor`, something is to be done.
    Planned = 2,
    /// The command line is wrong: `EX_USAGE` of sysexits.h.
    Usage = 64,
    /// Ctrl-C: 128 and the number of SIGINT, as a shell says it.
    Interrupted = 130,
}

impl Exit {
    /// Every one.
    pub const ALL: [Exit; 5] = [Exit::Done, Exit::Error, Exit::Planned, Exit::Usage, Exit::Interrupted];

    /// For `--help` and docs/commands.md.
    pub fn meaning(self) -> &'static str {
        match self {
            Exit::Done => "nothing is to be done, or all of it was done",
            Exit::Error => "an error: something could not be read, asked or made",
            Exit::Planned => {
                "changes are planned and were not made (dry run); with --exit-code: something was found"
            }
            Exit::Usage => "the command line is wrong",
            Exit::Interrupted => "interrupted",
        }
    }

    /// What was done counts, though its report could not be printed to the end, as in `tagmend replay | head`.
    pub(crate) fn after(self, printed: Result<()>) -> Result<Exit> {
        match printed {
            Err(error) if !is_broken_pipe(&error) => Err(error),
            _ => Ok(self),
        }
    }

    /// How a command ended that failed.
    pub fn of(error: &anyhow::Error) -> Exit {
        if error.chain().any(|cause| cause.is::<Usage>()) { Exit::Usage } else { Exit::Error }
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit as u8)
    }
}

/// A command line that the parser takes, and that says nothing which can be done.
#[derive(Debug)]
pub struct Usage(pub(crate) String);

impl fmt::Display for Usage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for Usage {}

/// An error of the command line.
pub(crate) fn usage(text: impl Into<String>) -> anyhow::Error {
    Usage(text.into()).into()
}
