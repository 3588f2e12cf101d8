//! `tagmend`.

use std::io;
use std::process::ExitCode;

use clap::Parser;
use tagmend_cli::arguments::Arguments;
use tagmend_cli::exit::Exit;

#[tokio::main]
async fn main() -> ExitCode {
    let mut out = io::stdout();
    match tagmend_cli::run(Arguments::parse(), &mut out).await {
        Ok(exit) => exit.into(),
        // A reader that has seen enough, as in `tagmend replay | head`.
        Err(error) if is_broken_pipe(&error) => Exit::Done.into(),
        Err(error) => {
            eprintln!("error: {error:#}");
            Exit::Error.into()
        }
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
    })
}
