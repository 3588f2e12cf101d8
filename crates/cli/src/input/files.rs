//! Which files are read.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::source::Source;

/// Files of a folder that describe its events and are none.
const NOT_EVENTS: [&str; 3] = ["world.json", "baseline.json", "expected.json"];
/// Endings of files that are taken for records whatever is in them.
const ENDINGS: [&str; 6] = [".json", ".jsonl", ".ndjson", ".gz", ".zst", ".csv"];

/// What was not read, by the reason.
#[derive(Debug, Default)]
pub(crate) struct LeftOut(BTreeMap<String, Vec<String>>);

impl LeftOut {
    pub(crate) fn add(&mut self, reason: &str, name: String) {
        self.0.entry(reason.to_owned()).or_default().push(name);
    }

    /// For people: a line a reason.
    pub(crate) fn lines(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(|(reason, names)| match names.as_slice() {
            [name] => format!("not read: {name}: {reason}"),
            [first, second, ..] => {
                let more = names.len() - 2;
                let others = if more == 0 { String::new() } else { format!(" and {more} more") };
                format!("not read: {first}, {second}{others}: {reason}")
            }
            [] => String::new(),
        })
    }
}

/// What the paths name, in order: files themselves, and what is in folders.
///
/// # Errors
/// Where a path that was named cannot be read, or is a folder with nothing in it.
pub(crate) fn sources(paths: &[PathBuf], left_out: &mut LeftOut) -> Result<Vec<Source>> {
    let mut sources = Vec::new();
    for path in paths {
        if path.as_os_str() == "-" {
            sources.push(Source::standard_input());
            continue;
        }
        let describe = || path.display().to_string();
        let data = fs::metadata(path).with_context(describe)?;
        if !data.is_dir() {
            sources.push(Source::file(path, false));
            continue;
        }
        let mut folder = Folder {
            found: Vec::new(),
            links: Vec::new(),
            entered: BTreeSet::new(),
            left_out: &mut *left_out,
        };
        folder.enter(path).with_context(describe)?;
        folder.follow_links();
        let mut found = folder.found;
        if found.is_empty() {
            bail!("{}: there is nothing in it to read", path.display());
        }
        found.sort_by_cached_key(|file| (time_of_log_file(file), file.clone()));
        sources.extend(found.into_iter().map(|file| {
            let is_named_so = name(&file).is_some_and(|name| ENDINGS.iter().any(|end| name.ends_with(end)));
            Source::file(&file, !is_named_so)
        }));
    }
    Ok(sources)
}

struct Folder<'a> {
    found: Vec<PathBuf>,
    /// Links to files.
    links: Vec<PathBuf>,
    /// Folders, however they are named: each is read once.
    entered: BTreeSet<PathBuf>,
    left_out: &'a mut LeftOut,
}

impl Folder<'_> {
    fn enter(&mut self, folder: &Path) -> Result<()> {
        if !self.entered.insert(fs::canonicalize(folder)?) {
            self.left_out.add("a link to a folder that is read already", folder.display().to_string());
            return Ok(());
        }
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if let Err(error) = self.look_at(&path) {
                self.left_out.add(&reason(&error), path.display().to_string());
            }
        }
        Ok(())
    }

    fn look_at(&mut self, path: &Path) -> Result<()> {
        let data = fs::metadata(path)?;
        if data.is_dir() {
            return self.enter(path);
        }
        let shown = || path.display().to_string();
        if !data.is_file() {
            self.left_out.add("neither a file nor a folder", shown());
        } else if name(path).is_some_and(|name| NOT_EVENTS.contains(&name)) {
            self.left_out.add("it describes the events beside it and is none", shown());
        } else if path.symlink_metadata()?.is_symlink() {
            self.links.push(path.to_owned());
        } else {
            self.found.push(path.to_owned());
        }
        Ok(())
    }

    /// Adds the files behind links, unless they are read already.
    fn follow_links(&mut self) {
        if self.links.is_empty() {
            return;
        }
        let mut known: BTreeSet<PathBuf> =
            self.found.iter().filter_map(|path| fs::canonicalize(path).ok()).collect();
        self.links.sort();
        for link in std::mem::take(&mut self.links) {
            match fs::canonicalize(&link).map(|target| known.insert(target)) {
                Ok(true) => self.found.push(link),
                Ok(false) => {
                    self.left_out.add("a link to a file that is read already", link.display().to_string());
                }
                Err(error) => self.left_out.add(&error.to_string(), link.display().to_string()),
            }
        }
    }
}

fn reason(error: &anyhow::Error) -> String {
    error.root_cause().to_string()
}

fn name(path: &Path) -> Option<&str> {
    path.file_name()?.to_str()
}

/// The time in the name of a log file of CloudTrail: `ACCOUNT_CloudTrail_REGION_20261123T1145Z_UNIQUE.json.gz`. Files of
/// all accounts and Regions are read in the order of time: a sign-in comes before what was done with it.
/// Source: `cloudtrail-log-file-examples` in the CloudTrail user guide.
fn time_of_log_file(path: &Path) -> String {
    let parts: Vec<&str> = name(path).unwrap_or_default().split('_').collect();
    match parts.as_slice() {
        [_, "CloudTrail", _, time, ..] => (*time).to_owned(),
        _ => String::new(),
    }
}
