//! The operators' command. [`run`] does it; [`process()`] is the process around it, and `main` only calls that.

pub mod arguments;
mod baseline;
mod connection;
mod doctor;
pub mod exit;
mod explain;
mod grid;
pub mod help;
mod hold;
mod input;
mod interrupts;
mod journal;
pub mod json;
mod kept;
mod known;
mod lookups;
mod meant;
pub mod only;
mod operate;
mod pages;
mod place;
mod process;
mod progress;
mod published;
mod redact;
pub mod redrive;
mod related;
mod replay;
mod review;
mod rollback;
mod sandbox;
mod scan;
pub mod screen;
pub mod simulate;
pub mod summary;
mod table;
mod target;
mod text;
mod time;
mod version;
mod way_out;
mod whereabouts;
mod whole;
mod world;

use std::io::Write;

use anyhow::Result;

use arguments::{Arguments, Command};
use exit::Exit;
pub use process::{parsed, process};

/// Runs one command, printing to `out`.
///
/// # Errors
/// Where the command could not do its work.
pub async fn run(arguments: Arguments, out: &mut (dyn Write + Send)) -> Result<Exit> {
    let screen = arguments.screen;
    // Boxed: as one piece they take the room of the largest of them.
    match arguments.command {
        Command::Replay(arguments) => Box::pin(replay::run(&arguments, screen, out)).await,
        Command::Explain(arguments) => Box::pin(explain::run(arguments, screen, out)).await,
        Command::Simulate(arguments) => simulate::run(&arguments, screen, out),
        Command::Redact(arguments) => redact::run(&arguments, out),
        Command::Hold(arguments) => Box::pin(hold::hold(arguments, out)).await,
        Command::Resume(arguments) => Box::pin(hold::resume(arguments, out)).await,
        Command::Rollback(arguments) => Box::pin(rollback::run(arguments, screen, out)).await,
        Command::Review(arguments) => Box::pin(review::run(arguments, screen, out)).await,
        Command::Scan(arguments) => Box::pin(scan::run(arguments, screen, out)).await,
        Command::Baseline(arguments) => Box::pin(baseline::run(arguments, screen, out)).await,
        Command::Journal(arguments) => Box::pin(journal::run(arguments, out)).await,
        Command::Doctor(arguments) => Box::pin(doctor::run(arguments, out)).await,
        Command::Sandbox(arguments) => Box::pin(sandbox::run(arguments, out)).await,
        Command::Completions(arguments) => pages::completions(&arguments, out),
        Command::Man(arguments) => pages::man(&arguments, out),
    }
}
