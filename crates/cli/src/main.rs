//! `tagmend`.

use std::io::IsTerminal;
use std::process::ExitCode;

use clap::Parser;
use tagmend_cli::arguments::{Arguments, Command};
use tagmend_cli::exit::Exit;

#[tokio::main]
async fn main() -> ExitCode {
    let mut out = std::io::stdout();
    let mut arguments = Arguments::parse();
    if let Command::Replay(replay) = &mut arguments.command
        && out.is_terminal()
    {
        replay.screen = Some(usize::from(console::Term::stdout().size().0));
    }
    match tagmend_cli::run(arguments, &mut out).await {
        Ok(exit) => exit.into(),
        Err(error) => {
            eprintln!("error: {error:#}");
            Exit::Error.into()
        }
    }
}
