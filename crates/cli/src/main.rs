//! `tagmend`.

use std::process::ExitCode;

use clap::Parser;
use tagmend_cli::arguments::Arguments;
use tagmend_cli::exit::Exit;

#[tokio::main]
async fn main() -> ExitCode {
    let mut out = std::io::stdout();
    match tagmend_cli::run(Arguments::parse(), &mut out).await {
        Ok(exit) => exit.into(),
        Err(error) => {
            eprintln!("error: {error:#}");
            Exit::Error.into()
        }
    }
}
