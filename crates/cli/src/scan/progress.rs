//! What a scan has seen so far, in a file: whoever is interrupted goes on from there.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use anyhow::{Context, Result};
use jiff::{SignedDuration, Timestamp};
use tagmend_remedy::{Memory, Seen};

use crate::whole;

/// What was seen before that is no part of a scan of now.
const OLDEST: SignedDuration = SignedDuration::from_hours(12);

/// What a scan that was interrupted saw; none where there was none, or long ago.
pub(super) fn begun(file: Option<&Path>, now: Timestamp) -> Result<Option<Memory>> {
    let Some(file) = file else {
        return Ok(None);
    };
    let text = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(|| file.display().to_string()),
    };
    let memory = serde_json::from_str(&text).ok().and_then(Memory::read);
    let memory = memory.with_context(|| format!("{}: not what a scan keeps", file.display()))?;
    if now.duration_since(memory.begun()) > OLDEST {
        eprintln!("{} is of {}: the scan begins anew", file.display(), memory.begun());
        return Ok(None);
    }
    let (sets, users) = memory.extent();
    eprintln!("going on from {}: {sets} permission sets and {users} users are read", file.display());
    Ok(Some(memory))
}

/// So many permission sets, or pages of users, are seen before they are kept.
const PAGE: usize = 10;

/// Keeps how far it is, a page at a time.
pub(super) fn keep(file: Option<&Path>, memory: &Memory, seen: Seen) {
    let is_due = match seen {
        Seen::PermissionSets { done, .. } => done.is_multiple_of(PAGE),
        Seen::List { .. } | Seen::Users { .. } => true,
    };
    if is_due {
        write(file, memory);
    }
}

/// Keeps how far it is.
pub(super) fn write(file: Option<&Path>, memory: &Memory) {
    let Some(file) = file else {
        return;
    };
    let text = serde_json::to_string(memory).map_err(anyhow::Error::from);
    if let Err(error) = text.and_then(|text| Ok(whole::write(file, text)?)) {
        eprintln!("{}: not kept: {error}", file.display());
    }
}

/// The scan is whole.
pub(super) fn end(file: Option<&Path>) {
    // What stays there is gone on from the next time, for half a day.
    let _ = file.map(fs::remove_file);
}
