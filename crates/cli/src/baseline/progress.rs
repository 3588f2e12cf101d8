//! What `tagmend baseline init` has read so far, in FILE.part: a line a step. Whoever is interrupted goes on from there.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use tagmend_remedy::first_baseline::Step;

/// The file of a run that has not ended.
pub(super) struct Progress {
    path: PathBuf,
    file: Option<File>,
}

impl Progress {
    /// Beside the file that is to be written.
    pub(super) fn of(output: &Path) -> Progress {
        let mut name = output.as_os_str().to_owned();
        name.push(".part");
        Progress { path: PathBuf::from(name), file: None }
    }

    /// The steps that were done. What an interruption cut in the middle was not.
    pub(super) fn begun(&mut self) -> Result<Vec<Step>> {
        let describe = || self.path.display().to_string();
        let text = match fs::read_to_string(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
            Err(error) => return Err(error).with_context(describe),
        };
        let steps: Vec<Step> = text.lines().map_while(|line| serde_json::from_str(line).ok()).collect();
        if !steps.is_empty() {
            eprintln!("going on from {}: {} permission sets are read", self.path.display(), steps.len() - 1);
        }
        // Anew without what was cut.
        let mut file = File::create(&self.path).with_context(describe)?;
        for step in &steps {
            writeln!(file, "{}", serde_json::to_string(step)?).with_context(describe)?;
        }
        self.file = Some(OpenOptions::new().append(true).open(&self.path).with_context(describe)?);
        Ok(steps)
    }

    pub(super) fn keep(&mut self, step: &Step) -> Result<()> {
        let line = serde_json::to_string(step)?;
        match &mut self.file {
            Some(file) => writeln!(file, "{line}").with_context(|| self.path.display().to_string()),
            None => Ok(()),
        }
    }

    /// The file that was to be written is there.
    pub(super) fn end(self) {
        // What stays there is gone on from the next time, and does no harm.
        let _ = fs::remove_file(self.path);
    }
}
