//! Which world, baseline and state a command uses: a line on standard error.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::arguments::Where;

/// Says it on standard error; of a command that looks in one place again and again, once.
pub(crate) fn say(line: &str) {
    static LAST: Mutex<String> = Mutex::new(String::new());
    let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
    if *last != line {
        eprintln!("{line}");
        line.clone_into(&mut last);
    }
}

/// The caller's own account.
pub(crate) fn live(place: &Where, baseline: Option<&Path>) -> String {
    let said = |text: &Option<String>| text.clone().unwrap_or_default();
    let baseline = baseline.map(|file| format!(", baseline {}", file.display())).unwrap_or_default();
    format!("using AWS in {}, the journal in {}{baseline}", said(&place.region), said(&place.journal_bucket))
}

/// A sandbox: its world, the baseline where the command has one, and where it keeps its state.
pub(crate) fn sandbox(
    place: &Where,
    world: Option<&Path>,
    baseline: Option<Option<&Path>>,
    kept: Option<&Path>,
) -> String {
    let file = |file: Option<&Path>| file.map_or("built in".to_owned(), |file| file.display().to_string());
    let how = if place.world.is_none() && world.is_some() { " (found above the records)" } else { "" };
    let baseline = baseline.map(|baseline| format!(", baseline {}", file(baseline))).unwrap_or_default();
    let state = match kept {
        None => "no state is kept".to_owned(),
        Some(kept) if kept.is_file() => format!("state {}", kept.display()),
        Some(kept) => format!("state {}, which begins now", kept.display()),
    };
    format!("using the sandbox: world {}{how}{baseline}, {state}", file(world))
}

/// Sandboxes of several worlds.
pub(crate) fn several(first: &str, others: usize) -> String {
    format!("{first}; and {others} more worlds, each the world.json nearest above its records")
}

/// How another command is told to look where this one did.
pub(crate) fn options(place: &Where) -> Vec<String> {
    let path = |path: &Option<PathBuf>| path.as_ref().map(|path| path.display().to_string());
    let mut options = Vec::new();
    if place.live {
        options.push("--live".to_owned());
    }
    let world = if place.live { None } else { path(&place.world) };
    for (name, value) in [
        ("--region", place.region.clone()),
        ("--journal-bucket", place.journal_bucket.clone()),
        ("--baseline", path(&place.baseline)),
        ("--world", world),
        ("--state", path(&place.state)),
    ] {
        options.extend(value.into_iter().flat_map(|value| [name.to_owned(), value]));
    }
    options
}
