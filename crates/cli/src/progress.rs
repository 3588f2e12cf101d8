//! How far a reading is, on standard error, where that is a terminal.

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A line that moves.
pub(crate) struct Progress(ProgressBar);

impl Progress {
    /// Shown from now on, unless somebody reads standard output meanwhile on the same screen and does not want it.
    pub(crate) fn new(is_wanted: bool) -> Progress {
        let is_terminal = std::io::stderr().is_terminal();
        let target = if is_terminal && is_wanted {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let progress = Progress(ProgressBar::with_draw_target(None, target));
        progress.style("{spinner} {bytes} read, {msg}");
        progress.0.set_message("no record yet");
        progress.0.enable_steady_tick(Duration::from_millis(200));
        progress
    }

    /// So many bytes are to be read.
    pub(crate) fn of(&self, bytes: u64) {
        self.0.set_length(bytes);
        self.style("{bar:24} {percent}% of {total_bytes}, {msg}, {eta} left");
    }

    fn style(&self, template: &str) {
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.0.set_style(style);
        }
    }

    pub(crate) fn set(&self, bytes: u64, records: u64, failures: u64, changes: usize) {
        self.0.set_position(bytes);
        self.0.set_message(format!(
            "{} records, {} denied or throttled, {changes} changes planned",
            HumanCount(records),
            HumanCount(failures),
        ));
    }

    /// Says something on standard error, and leaves the line whole.
    pub(crate) fn speaker(&self) -> impl Fn(&str) + Send + 'static {
        let bar = self.0.clone();
        move |words| bar.suspend(|| eprintln!("{words}"))
    }

    pub(crate) fn end(&self) {
        self.0.finish_and_clear();
    }
}
