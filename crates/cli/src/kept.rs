//! The world of a sandbox that keeps its state in a folder.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use tagmend_sandbox::World;

use crate::whole;
use crate::world::read_world;

/// The world as it was left in this folder, else as it begins, and the file to keep it in.
pub(crate) fn resume(folder: Option<&Path>, beginning: Option<&Path>) -> Result<(World, Option<PathBuf>)> {
    let kept = folder.map(|folder| folder.join(name(beginning)));
    let start = kept.as_deref().filter(|kept| kept.is_file()).or(beginning);
    Ok((read_world(start)?, kept))
}

/// Keeps a world.
pub(crate) fn keep(world: &World, file: &Path) -> Result<()> {
    let describe = || file.display().to_string();
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder).with_context(describe)?;
    }
    whole::write(file, serde_json::to_string_pretty(world)?).with_context(describe)
}

/// A file name for a world's path.
fn name(world: Option<&Path>) -> String {
    let path = world.map_or_else(|| "built-in".to_owned(), |path| path.display().to_string());
    let name: String = path.chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect();
    format!("{}.json", name.trim_matches('-'))
}
