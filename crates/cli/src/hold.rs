//! `tagmend hold` and `tagmend resume`: at once, and then what is held.

use std::io::Write;

use anyhow::{Result, anyhow};
use tagmend_remedy::hold::{Brake, Hold, HoldError, HoldOn, Note};

use crate::arguments;
use crate::exit::Exit;
use crate::operate::Scene;
use crate::text::escaped;

pub(crate) async fn hold(arguments: arguments::Hold, out: &mut (dyn Write + Send)) -> Result<Exit> {
    let scene = Scene::open(&arguments.place).await?;
    let by = arguments.by.or_else(|| std::env::var("USER").ok());
    let brake = Brake::new(&scene.clients, &scene.bucket).in_the_name_of(by);
    let held = brake.hold(extent(arguments.key.as_deref()), arguments.reason, scene.time.clock.now()).await?;
    scene.close()?;
    Exit::Done.after(print(out, &held))
}

pub(crate) async fn resume(arguments: arguments::Resume, out: &mut (dyn Write + Send)) -> Result<Exit> {
    let scene = Scene::open(&arguments.place).await?;
    let brake = Brake::new(&scene.clients, &scene.bucket);
    let held = if arguments.replace {
        brake.replace().await
    } else {
        brake.resume(extent(arguments.key.as_deref())).await
    };
    let held = held.map_err(|error| match error {
        HoldError::NotUnderstood(text) => anyhow!(
            "nothing was resumed: hold.json is of no form that is understood, and holds all writing:\n{}\n\
             Ask whoever put it there; --replace resumes",
            escaped(&text)
        ),
        other => other.into(),
    })?;
    scene.close()?;
    Exit::Done.after(print(out, &held))
}

fn extent(key: Option<&str>) -> HoldOn<'_> {
    key.map_or(HoldOn::All, HoldOn::Key)
}

fn print(out: &mut (dyn Write + Send), held: &Hold) -> Result<()> {
    if held.is_empty() {
        writeln!(out, "nothing is held: Tagmend writes where it may")?;
    }
    if let Some(text) = &held.not_understood {
        writeln!(
            out,
            "all writing is held by a hold.json of no form that is understood; it stays as it is:"
        )?;
        writeln!(out, "{}", escaped(text))?;
    }
    if let Some(note) = &held.all {
        writeln!(out, "all writing is held{}", words(note))?;
    }
    for (key, note) in &held.keys {
        writeln!(out, "the mapping {} is held{}", escaped(key), words(note))?;
    }
    Ok(())
}

fn words(note: &Note) -> String {
    let since = note.since.map(|since| format!(" since {since}")).unwrap_or_default();
    let reason = note.reason.as_ref().map(|reason| format!(": {}", escaped(reason))).unwrap_or_default();
    format!("{since}{reason}")
}
