//! `tagmend rollback`: one restored mapping away again, if it is still ours.

use std::fs;
use std::io::Write;

use anyhow::{Context, Result};
use serde_json::{Value as Json, json};
use tagmend_diagnosis::Baseline;
use tagmend_remedy::{
    AwsError, FixId, History, LISTED, Removal, RolledBack, Undo, WhyNot, Writer, announce::Announcer,
    foreign_write, ledger::Ledger, ledger::Run, look_at, undoable,
};

use crate::arguments::Rollback;
use crate::exit::{Exit, usage};
use crate::grid::Grid;
use crate::operate::Scene;
use crate::place::leave;
use crate::screen::{Mark, Screen};
use crate::text::escaped;

pub(crate) async fn run(arguments: Rollback, screen: Screen, out: &mut (dyn Write + Send)) -> Result<Exit> {
    let Some(named) = &arguments.fix else {
        return list(&arguments, screen, out).await;
    };
    let fix = FixId::parse(named).ok_or_else(|| {
        usage(format!(
            "`{named}` is not the name of a fix, as 20261123T120000.000Z/restore_mapping/KEY; \
             `tagmend rollback` without one lists them"
        ))
    })?;
    let scene = Scene::open(&arguments.place).await?;
    let baseline = scene.baseline(&arguments.place).await?;
    let history = history(&arguments, &baseline)?;
    let undo = look_at(&scene.clients, &scene.bucket, &baseline, &fix, &history).await?;
    let (exit, text) = match undo {
        Undo::Impossible(why) => (Exit::Error, not_done(&why)),
        Undo::Possible(removal) if !removal.is_ours() => (Exit::Error, not_done(&WhyNot::HistoryNotKnown)),
        Undo::Possible(removal) if !arguments.apply => {
            (Exit::Planned, format!("would take away the mapping {}; --apply does it", shown(&removal)))
        }
        Undo::Possible(removal) => match roll_back(&scene, &fix, &history, &baseline).await? {
            RolledBack::Done(id) => (Exit::Done, done(&removal, &id, &baseline)),
            RolledBack::Unverified(id) => (
                Exit::Error,
                format!("written, but the list is not as it should be; snapshot {}", id.as_str()),
            ),
            RolledBack::Not(why) => (Exit::Error, not_done(&why)),
        },
    };
    scene.close()?;
    exit.after(writeln!(out, "{text}").map_err(Into::into))
}

/// What can be undone, and why the rest cannot. Only reads.
async fn list(arguments: &Rollback, screen: Screen, out: &mut (dyn Write + Send)) -> Result<Exit> {
    let scene = Scene::open(&arguments.place).await?;
    let baseline = scene.baseline(&arguments.place).await?;
    let found = undoable(&scene.clients, &scene.bucket, &baseline, scene.time.clock.now()).await?;
    scene.close()?;
    let days = LISTED.as_hours() / 24;
    if found.is_empty() {
        return Exit::Done.after(writeln!(out, "no fix of the last {days} days").map_err(Into::into));
    }
    let mut grid = Grid::new(["fix", "undoing it", "blast radius"]);
    for one in &found {
        let (mark, text) = match &one.undo {
            Undo::Possible(removal) if removal.is_ours() => {
                (Mark::Planned, format!("takes away {}", shown(removal)))
            }
            Undo::Possible(removal) => (
                Mark::Undecided,
                format!(
                    "takes away {}, if nobody else put it back since: --writes FILE, or --nobody-else",
                    shown(removal)
                ),
            ),
            Undo::Impossible(WhyNot::Provisioning { .. }) => (
                Mark::None,
                "not possible: provisioning has no way back; naming it says what to do".to_owned(),
            ),
            Undo::Impossible(why) => (Mark::None, format!("not possible: {why}")),
        };
        let radius = one.radius.as_ref().map(ToString::to_string).unwrap_or_default();
        grid.add(mark, [one.fix.as_str(), &text, &radius].map(escaped));
    }
    let text = format!(
        "{}\nthe newest fix of each thing within {days} days; tagmend rollback FIX undoes one\n",
        grid.shown(screen)
    );
    Exit::Done.after(out.write_all(text.as_bytes()).map_err(Into::into))
}

/// Does it, and leaves a run that says so.
async fn roll_back(
    scene: &Scene,
    fix: &FixId,
    history: &History,
    baseline: &Baseline,
) -> Result<RolledBack, AwsError> {
    let began = scene.time.clock.now();
    let writer = Writer::new(scene.clients.clone(), &scene.bucket, scene.pacing);
    let went = writer.roll_back(fix, history, baseline, scene.time).await;
    let run = Run::of_rollback(fix, &went, began, scene.time.clock);
    let ledger = Ledger::new(&scene.clients, &scene.bucket);
    leave(&run, &ledger, &Announcer::new(scene.clients.configuration()), scene.time.clock).await;
    went
}

fn history(arguments: &Rollback, baseline: &Baseline) -> Result<History> {
    if arguments.nobody_else {
        return Ok(History::NobodyElse);
    }
    if arguments.writes.is_empty() {
        return Ok(History::Unknown);
    }
    let mut writes = Vec::new();
    for path in &arguments.writes {
        let describe = || path.display().to_string();
        let text = fs::read_to_string(path).with_context(describe)?;
        let json: Json = serde_json::from_str(&text).with_context(describe)?;
        let records = records(&json).with_context(|| format!("{}: no records of CloudTrail", describe()))?;
        writes.extend(records.iter().filter_map(|record| foreign_write(record, baseline)));
    }
    Ok(History::Told(writes))
}

/// The records of a file, each as an event holds it: output of `aws cloudtrail lookup-events`, or a log file.
fn records(json: &Json) -> Option<Vec<Json>> {
    let is_looked_up = json.get("Events").is_some();
    let list = json.get("Events").or_else(|| json.get("Records"))?.as_array()?;
    let record = |entry: &Json| {
        let record = if is_looked_up {
            serde_json::from_str(entry.get("CloudTrailEvent")?.as_str()?).ok()?
        } else {
            entry.clone()
        };
        Some(json!({"detail": record}))
    };
    list.iter().map(record).collect()
}

fn shown(removal: &Removal) -> String {
    format!("{} = {}", escaped(removal.key()), escaped(removal.source()))
}

fn not_done(why: &WhyNot) -> String {
    let text: Vec<String> = format!("nothing was written: {why}").lines().map(escaped).collect();
    text.join("\n")
}

fn done(removal: &Removal, id: &FixId, baseline: &Baseline) -> String {
    format!(
        "took away the mapping {}, journal {}\nTagmend leaves it alone for {} minutes; for longer: \
         tagmend hold --key {}, or take it out of the baseline",
        shown(removal),
        id.as_str(),
        baseline.limits.cool_down.as_mins(),
        escaped(removal.key()),
    )
}
