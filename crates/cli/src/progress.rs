//! How far a reading is, on standard error, where that is a terminal.

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A line that moves.
pub(crate) struct Progress(ProgressBar);

impl Progress {
    /// Of so many bytes, where that is known. `is_out_read` says whether somebody reads standard output meanwhile on the
    /// same screen.
    pub(crate) fn new(bytes: Option<u64>, is_wanted: bool) -> Progress {
        let is_terminal = std::io::stderr().is_terminal();
        let target = if is_terminal && is_wanted {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(bytes, target);
        let template = match bytes {
            Some(_) => "{bar:24} {percent}% of {total_bytes}, {msg}, {eta} left",
            None => "{spinner} {bytes} read, {msg}",
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_message("no record yet");
        bar.enable_steady_tick(Duration::from_millis(200));
        Progress(bar)
    }

    pub(crate) fn set(&self, bytes: u64, records: u64, failures: u64, changes: usize) {
        self.0.set_position(bytes);
        self.0.set_message(format!(
            "{} records, {} denied or throttled, {changes} changes planned",
            HumanCount(records),
            HumanCount(failures),
        ));
    }

    pub(crate) fn end(&self) {
        self.0.finish_and_clear();
    }
}
