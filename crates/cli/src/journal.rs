//! `tagmend journal begin`: a step of the rollout, and of what follows a loss.

use std::io::Write;

use anyhow::Result;
use tagmend_remedy::{begun::Beginner, begun::Standing};

use crate::arguments::{Begin, Journal};
use crate::exit::Exit;
use crate::operate::Scene;

pub(crate) async fn run(arguments: Journal, out: &mut (dyn Write + Send)) -> Result<Exit> {
    match arguments {
        Journal::Begin(arguments) => begin(arguments, out).await,
    }
}

async fn begin(arguments: Begin, out: &mut (dyn Write + Send)) -> Result<Exit> {
    let scene = Scene::open(&arguments.place).await?;
    let beginner = Beginner::new(&scene.clients, &scene.bucket);
    let Standing { is_begun, changes } = beginner.look().await?;
    let (exit, text) = match (is_begun, arguments.apply) {
        (true, false) => (Exit::Done, format!("the journal is begun, and remembers {changes} changes")),
        (_, true) => {
            beginner.begin(scene.time.clock.now()).await?;
            (Exit::Done, format!("the journal is begun, and remembers {changes} changes"))
        }
        (false, false) => {
            let lost = if changes == 0 {
                "it remembers no change. If it did before, bring its objects back from their versions first"
            } else {
                "look whether anything is missing: hold.json, fixes, snapshots"
            };
            (
                Exit::Planned,
                format!(
                    "would begin the journal, which remembers {changes} changes: {lost}; --apply does it"
                ),
            )
        }
    };
    scene.close()?;
    exit.after(writeln!(out, "{text}").map_err(Into::into))
}
