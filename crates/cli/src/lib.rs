//! The operators' command. [`run`] is the whole of it; `main` only calls it.

pub mod arguments;
mod baseline;
mod connection;
mod doctor;
pub mod exit;
mod explain;
mod hold;
mod input;
mod interrupts;
mod journal;
pub mod json;
mod kept;
mod live;
pub mod only;
mod operate;
mod place;
mod progress;
mod redact;
mod redrive;
mod related;
mod replay;
mod review;
mod rollback;
mod sandbox;
mod scan;
mod simulate;
pub mod summary;
mod table;
mod text;
mod time;
mod world;

use std::io::Write;

use anyhow::Result;

use arguments::{Arguments, Command};
use exit::Exit;

/// Runs one command, printing to `out`.
///
/// # Errors
/// Where the command could not do its work.
pub async fn run(arguments: Arguments, out: &mut (dyn Write + Send)) -> Result<Exit> {
    match arguments.command {
        Command::Replay(arguments) => replay::run(&arguments, out).await,
        Command::Explain(arguments) => explain::run(arguments, out).await,
        Command::Simulate(arguments) => simulate::run(&arguments, out),
        Command::Redact(arguments) => redact::run(&arguments, out),
        Command::Hold(arguments) => hold::hold(arguments, out).await,
        Command::Resume(arguments) => hold::resume(arguments, out).await,
        Command::Rollback(arguments) => rollback::run(arguments, out).await,
        Command::Review(arguments) => review::run(arguments, out).await,
        Command::Scan(arguments) => scan::run(arguments, out).await,
        Command::Baseline(arguments) => baseline::run(arguments, out).await,
        Command::Journal(arguments) => journal::run(arguments, out).await,
        Command::Doctor(arguments) => doctor::run(arguments, out).await,
        Command::Sandbox(arguments) => sandbox::run(arguments, out).await,
    }
}
