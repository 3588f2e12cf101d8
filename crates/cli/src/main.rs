//! `tagmend`.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    tagmend_cli::process(std::env::args_os().collect()).await.into()
}
