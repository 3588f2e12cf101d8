//! Which world and which baseline an event happens in.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use tagmend_diagnosis::Baseline;
use tagmend_sandbox::World;

/// The sample organization, built in.
const WORLD: &str = include_str!("../../../events/world.json");
const BASELINE: &str = include_str!("../../../events/baseline.json");

/// The world.json nearest above a file; none where there is none, or no file.
pub(crate) fn nearest_world(file: Option<&Path>) -> Option<PathBuf> {
    nearest(file?, "world.json")
}

fn nearest(file: &Path, name: &str) -> Option<PathBuf> {
    file.ancestors().skip(1).map(|folder| folder.join(name)).find(|candidate| candidate.is_file())
}

/// Reads a world; the one that is built in for none.
pub(crate) fn read_world(path: Option<&Path>) -> Result<World> {
    match path {
        None => World::parse(WORLD).context("the built-in world"),
        Some(path) => World::parse(&read(path)?).with_context(|| path.display().to_string()),
    }
}

/// The file of the baseline that was named, or else of the one that belongs to a world; none for the built-in one.
pub(crate) fn baseline_path(named: Option<&Path>, world: Option<&Path>) -> Option<PathBuf> {
    named.map(Path::to_owned).or_else(|| nearest(world?, "baseline.json"))
}

/// Reads the baseline that was named, or else the one that belongs to a world.
pub(crate) fn read_baseline(named: Option<&Path>, world: Option<&Path>) -> Result<Baseline> {
    match baseline_path(named, world) {
        None => Baseline::parse(BASELINE).context("the built-in baseline"),
        Some(path) => read_baseline_file(&path),
    }
}

/// The bytes of the baseline in a file, or of the one that is built in.
pub(crate) fn baseline_bytes(path: Option<&Path>) -> Result<Vec<u8>> {
    match path {
        None => Ok(BASELINE.as_bytes().to_owned()),
        Some(path) => fs::read(path).with_context(|| path.display().to_string()),
    }
}

/// Reads the baseline in a file.
pub(crate) fn read_baseline_file(path: &Path) -> Result<Baseline> {
    let describe = || path.display().to_string();
    if path.is_dir() {
        bail!("{}: a folder, not a baseline file", path.display());
    }
    Baseline::read(&fs::read(path).with_context(describe)?).with_context(describe)
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| path.display().to_string())
}
