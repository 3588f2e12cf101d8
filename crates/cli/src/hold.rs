//! `tagmend hold` and `tagmend resume`: at once, and then what is held.

use std::io::Write;

use anyhow::{Result, anyhow, bail};
use tagmend_diagnosis::{AccessControl, is_same_key};
use tagmend_remedy::access_control;
use tagmend_remedy::hold::{Brake, Hold, HoldError, HoldOn, Note};

use crate::arguments::{self, Where};
use crate::exit::Exit;
use crate::meant::meant;
use crate::operate::Scene;
use crate::text::escaped;

pub(crate) async fn hold(arguments: arguments::Hold, out: &mut (dyn Write + Send)) -> Result<Exit> {
    let scene = Scene::open(&arguments.place).await?;
    let by = arguments.by.or_else(|| std::env::var("USER").ok());
    let brake = Brake::new(&scene.clients, &scene.bucket).in_the_name_of(by);
    if arguments.show {
        let held = brake.look().await?;
        scene.close()?;
        return Exit::Done.after(print(out, &held));
    }
    let extent = extent(arguments.key.as_deref());
    if let (Some(key), false) = (&arguments.key, arguments.force) {
        is_known(key, &arguments.place, &scene).await?;
    }
    let before = brake.look().await.ok();
    let held = brake.hold(extent, arguments.reason, scene.time.clock.now()).await?;
    scene.close()?;
    let is_again = before.is_some_and(|before| before.note(extent).is_some());
    let said = match is_again {
        true => writeln!(out, "it was held already, and who held it first and since when stays"),
        false => Ok(()),
    };
    Exit::Done.after(said.map_err(Into::into).and_then(|()| print(out, &held)))
}

/// Refuses a key that neither baseline nor instance has. What cannot be read stops no hold.
async fn is_known(key: &str, place: &Where, scene: &Scene) -> Result<()> {
    let baseline = match scene.baseline(place).await {
        Ok(baseline) => baseline,
        Err(error) => {
            eprintln!("nobody checked that there is a mapping of {}: {error:#}", escaped(key));
            return Ok(());
        }
    };
    let mut known: Vec<String> = baseline.mappings().map(|mapping| mapping.key.clone()).collect();
    if known.iter().any(|known| is_same_key(known, key)) {
        return Ok(());
    }
    match access_control(&scene.clients, &baseline.instance_arn).await {
        Ok(AccessControl::Enabled(live)) => known.extend(live.into_iter().map(|mapping| mapping.key)),
        Ok(AccessControl::Disabled) => {}
        Ok(AccessControl::Pending) => {
            eprintln!("nobody checked that there is a mapping of {}: nobody can see them now", escaped(key));
            return Ok(());
        }
        Err(error) => {
            eprintln!("nobody checked that there is a mapping of {}: {error}", escaped(key));
            return Ok(());
        }
    }
    if known.iter().any(|known| is_same_key(known, key)) {
        return Ok(());
    }
    let meant = meant(key, known.iter().map(String::as_str));
    let meant = meant.map(|known| format!("; did you mean {}?", escaped(known))).unwrap_or_default();
    bail!(
        "nothing was held: neither the baseline nor the instance has a mapping of {}{meant}\n\
         --force holds it all the same, if it is gone on purpose",
        escaped(key)
    )
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

pub(crate) fn print(out: &mut (dyn Write + Send), held: &Hold) -> Result<()> {
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
        writeln!(
            out,
            "  it stops: restoring mappings, provisioning permission sets; not: diagnosis, rollback"
        )?;
    }
    for (key, note) in &held.keys {
        writeln!(out, "the mapping {} is held{}", escaped(key), words(note))?;
        writeln!(out, "  it stops: restoring this mapping; not: anything else")?;
    }
    Ok(())
}

fn words(note: &Note) -> String {
    let since = note.since.map(|since| format!(" since {since}")).unwrap_or_default();
    let by = note.by.as_ref().map(|by| format!(" by {}", escaped(by))).unwrap_or_default();
    let reason = note.reason.as_ref().map(|reason| format!(": {}", escaped(reason))).unwrap_or_default();
    format!("{since}{by}{reason}")
}
