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
use tagmend_remedy::{Clients, Keeping, Memory, Seen, Watcher};

use crate::arguments::{Baseline, Check};
use crate::connection::connect;
use crate::exit::Exit;
use crate::progress::Counter;
use crate::scan::{exit, print_errors, print_findings};
use crate::screen::Screen;

pub(crate) async fn run(arguments: Baseline, screen: Screen, out: &mut (dyn Write + Send)) -> Result<Exit> {
    match arguments {
        Baseline::Init(arguments) => init::run(arguments, out).await,
        Baseline::Check(arguments) => check(arguments, screen, out).await,
        Baseline::Approve(arguments) => approve_many::run(arguments, out).await,
        Baseline::Grants(arguments) => grants::run(&arguments, out),
        Baseline::Publish(arguments) => publish::run(arguments, out).await,
    }
}

async fn check(arguments: Check, screen: Screen, out: &mut (dyn Write + Send)) -> Result<Exit> {
    let connection = connect(&arguments.place).await?;
    let clients = Clients::new(&connection.configuration);
    let watcher = Watcher::new(clients, &connection.journal_bucket, connection.pace);
    let counter = Counter::new("permission sets");
    let count = |_: &Memory, seen: Seen| {
        if let Seen::PermissionSets { done, all } = seen {
            counter.at(done, Some(all));
        }
    };
    let compared = watcher.compare(&connection.baseline, Keeping::Told(&count), connection.time).await;
    counter.end();
    let (findings, errors) = compared?;
    print_errors(&arguments.place, &errors);
    let exit = exit(&errors, &findings, arguments.exit_code);
    exit.after(print_findings(out, &findings, arguments.json, screen))
}
