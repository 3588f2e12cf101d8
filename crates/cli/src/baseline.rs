//! `tagmend baseline`: write a first one, compare it, approve policies.

mod approve;
mod approve_many;
mod edit;
mod grants;
mod init;
mod progress;
mod publish;
mod terraform;

use std::io::Write;

use anyhow::Result;
use tagmend_remedy::{Clients, Watcher};

use crate::arguments::{Baseline, Check};
use crate::connection::connect;
use crate::exit::Exit;
use crate::scan::{print_errors, print_findings};

pub(crate) async fn run(arguments: Baseline, out: &mut (dyn Write + Send)) -> Result<Exit> {
    match arguments {
        Baseline::Init(arguments) => init::run(arguments, out).await,
        Baseline::Check(arguments) => check(arguments, out).await,
        Baseline::Approve(arguments) => approve_many::run(arguments, out).await,
        Baseline::Grants(arguments) => grants::run(&arguments, out),
        Baseline::Publish(arguments) => publish::run(arguments, out).await,
    }
}

async fn check(arguments: Check, out: &mut (dyn Write + Send)) -> Result<Exit> {
    let connection = connect(&arguments.place).await?;
    let clients = Clients::new(&connection.configuration);
    let watcher = Watcher::new(clients, &connection.journal_bucket, connection.pace);
    let (findings, errors) = watcher.compare(&connection.baseline, connection.time).await?;
    print_errors(&errors);
    let exit = if errors.is_empty() { Exit::Done } else { Exit::Error };
    exit.after(print_findings(out, &findings, arguments.json))
}
