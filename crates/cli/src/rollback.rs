//! `tagmend rollback`: one restored mapping away again, if nobody changed the state since.

use std::io::Write;

use anyhow::{Context, Result};
use tagmend_diagnosis::Baseline;
use tagmend_remedy::{FixId, Removal, RolledBack, Undo, WhyNot, Writer, look_at};

use crate::arguments::Rollback;
use crate::exit::Exit;
use crate::operate::{Scene, baseline};
use crate::text::escaped;

pub(crate) async fn run(arguments: Rollback, out: &mut (dyn Write + Send)) -> Result<Exit> {
    let fix = FixId::parse(&arguments.fix).with_context(|| {
        format!("`{}` is not the name of a fix, as 20261123T120000.000Z/restore_mapping/KEY", arguments.fix)
    })?;
    let baseline = baseline(&arguments.place)?;
    let scene = Scene::open(&arguments.place).await?;
    let undo = look_at(&scene.clients, &scene.bucket, &baseline, &fix).await?;
    let (exit, text) = match undo {
        Undo::Impossible(why) => (Exit::Error, not_done(&why)),
        Undo::Possible(removal) if !arguments.apply => {
            (Exit::Planned, format!("would take away the mapping {}; --apply does it", shown(&removal)))
        }
        Undo::Possible(removal) => {
            let writer = Writer::new(scene.clients.clone(), &scene.bucket, scene.pacing);
            match writer.roll_back(&fix, &baseline, scene.time).await? {
                RolledBack::Done(id) => (Exit::Done, done(&removal, &id, &baseline)),
                RolledBack::Unverified(id) => (
                    Exit::Error,
                    format!("written, but the list is not as it should be; snapshot {}", id.as_str()),
                ),
                RolledBack::Not(why) => (Exit::Error, not_done(&why)),
            }
        }
    };
    scene.close()?;
    exit.after(writeln!(out, "{text}").map_err(Into::into))
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
