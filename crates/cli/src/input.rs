//! Finds the records in files, folders and standard input.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use flate2::read::MultiGzDecoder;
use serde_json::Value as Json;
use tagmend_diagnosis::{Delivery, DeliveryError, deliveries, syntax};

/// A record, and where it was found.
#[derive(Debug)]
pub(crate) struct Input {
    /// The file; none for standard input.
    pub(crate) file: Option<PathBuf>,
    /// For people: file, and place in it.
    pub(crate) place: String,
    pub(crate) delivery: Result<Delivery, DeliveryError>,
}

/// Files of a folder that describe its events and are none.
const NOT_EVENTS: [&str; 3] = ["world.json", "baseline.json", "expected.json"];
/// The largest text that is read from one file; a CloudTrail log file holds less.
const LARGEST: u64 = 1 << 30;

/// Every record under these paths.
///
/// # Errors
/// Where a path that was named cannot be read. What is wrong inside a file is a record's own error.
pub(crate) fn read(paths: &[PathBuf]) -> Result<Vec<Input>> {
    let mut inputs = Vec::new();
    for path in paths {
        if path.as_os_str() == "-" {
            inputs.extend(records(None, &bytes(path)?));
            continue;
        }
        for file in files(path)? {
            inputs.extend(records(Some(&file), &bytes(&file)?));
        }
    }
    Ok(inputs)
}

/// A file itself, or the event files of a folder in the order of their names.
fn files(path: &Path) -> Result<Vec<PathBuf>> {
    let describe = || path.display().to_string();
    if !fs::metadata(path).with_context(describe)?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut entries: Vec<PathBuf> = fs::read_dir(path)
        .and_then(|entries| entries.map(|entry| entry.map(|entry| entry.path())).collect())
        .with_context(describe)?;
    entries.sort();
    let mut found = Vec::new();
    for entry in entries {
        let name = entry.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if entry.is_dir() {
            found.extend(files(&entry)?);
        } else if is_event_file(name) {
            found.push(entry);
        }
    }
    Ok(found)
}

fn is_event_file(name: &str) -> bool {
    let ending = [".json", ".jsonl", ".ndjson", ".gz"].iter().any(|ending| name.ends_with(ending));
    ending && !NOT_EVENTS.contains(&name)
}

fn records(file: Option<&Path>, bytes: &[u8]) -> Vec<Input> {
    let name = file.map_or_else(|| "standard input".to_owned(), |file| file.display().to_string());
    let one = |place: String, delivery| Input { file: file.map(Path::to_owned), place, delivery };
    let unreadable = |reason: &str| {
        vec![one(name.clone(), Err(DeliveryError { place: "$".to_owned(), reason: reason.to_owned() }))]
    };
    let text = match text(bytes) {
        Ok(text) => text,
        Err(reason) => return unreadable(reason),
    };
    let text = text.as_str();
    let whole = serde_json::from_str::<Json>(text);
    if let Ok(document) = whole {
        let found = deliveries(&document);
        let single = found.len() == 1;
        return found
            .into_iter()
            .enumerate()
            .map(|(index, delivery)| {
                let place = if single { name.clone() } else { format!("{name}#{}", index + 1) };
                one(place, delivery)
            })
            .collect();
    }
    let lines: Vec<(usize, &str)> =
        text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()).collect();
    let is_lines =
        lines.iter().any(|(_, line)| serde_json::from_str::<Json>(line).is_ok_and(|json| json.is_object()));
    if !is_lines {
        return match whole {
            Err(error) => unreadable(&syntax(&error)),
            Ok(_) => Vec::new(),
        };
    }
    lines
        .into_iter()
        .flat_map(|(index, line)| {
            let place = format!("{name}:{}", index + 1);
            match serde_json::from_str(line) {
                Ok(document) => {
                    deliveries(&document).into_iter().map(|delivery| one(place.clone(), delivery)).collect()
                }
                Err(error) => {
                    vec![one(place, Err(DeliveryError { place: "$".to_owned(), reason: syntax(&error) }))]
                }
            }
        })
        .collect()
}

/// The text of a file, plain or compressed by gzip.
pub(crate) fn text(bytes: &[u8]) -> Result<String, &'static str> {
    let mut unpacked = Vec::new();
    let bytes = if bytes.starts_with(&[0x1f, 0x8b]) {
        MultiGzDecoder::new(bytes)
            .take(LARGEST)
            .read_to_end(&mut unpacked)
            .map_err(|_| "not a whole gzip file")?;
        &unpacked
    } else {
        bytes
    };
    std::str::from_utf8(bytes).map(str::to_owned).map_err(|_| "not UTF-8")
}

/// A file, or standard input for `-`.
///
/// # Errors
/// Where it cannot be read.
pub(crate) fn bytes(path: &Path) -> Result<Vec<u8>> {
    if path.as_os_str() == "-" {
        let mut bytes = Vec::new();
        io::stdin().lock().take(LARGEST).read_to_end(&mut bytes).context("standard input")?;
        return Ok(bytes);
    }
    fs::read(path).with_context(|| path.display().to_string())
}
