//! How far a reading is, on standard error, where that is a terminal.

use std::fmt::Write;
use std::io::IsTerminal;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use tagmend_remedy::rate::Rate;

/// A line that moves.
pub(crate) struct Progress {
    bar: ProgressBar,
    /// What reading and treating tell, each in its own time.
    told: Mutex<Told>,
}

#[derive(Clone, Copy, Default)]
struct Told {
    records: u64,
    failures: u64,
    changes: usize,
}

impl Progress {
    /// Shown from now on, unless somebody reads standard output meanwhile on the same screen and does not want it.
    pub(crate) fn new(is_wanted: bool) -> Progress {
        let is_terminal = std::io::stderr().is_terminal();
        let target = if is_terminal && is_wanted {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let progress = Progress { bar: ProgressBar::with_draw_target(None, target), told: Mutex::default() };
        progress.style("{spinner} {bytes} read, {msg}");
        progress.bar.set_message("no record yet");
        progress.bar.enable_steady_tick(Duration::from_millis(200));
        progress
    }

    /// So many bytes are to be read.
    pub(crate) fn of(&self, bytes: u64) {
        self.bar.set_length(bytes);
        self.style("{bar:24} {percent}% of {total_bytes}, {msg}, {eta} left");
    }

    fn style(&self, template: &str) {
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.bar.set_style(style);
        }
    }

    /// So much was read.
    pub(crate) fn read(&self, bytes: u64, records: u64) {
        self.bar.set_position(bytes);
        self.tell(|told| told.records = records);
    }

    /// So much was found in it.
    pub(crate) fn found(&self, failures: u64, changes: usize) {
        self.tell(|told| (told.failures, told.changes) = (failures, changes));
    }

    fn tell(&self, tell: impl FnOnce(&mut Told)) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        tell(&mut told);
        let Told { records, failures, changes } = *told;
        self.bar.set_message(format!(
            "{} records, {} denied or throttled, {changes} changes planned",
            HumanCount(records),
            HumanCount(failures),
        ));
    }

    /// Says something on standard error, and leaves the line whole.
    pub(crate) fn speaker(&self) -> impl Fn(&str) + Send + 'static {
        let bar = self.bar.clone();
        move |words| bar.suspend(|| eprintln!("{words}"))
    }

    pub(crate) fn end(&self) {
        self.bar.finish_and_clear();
    }
}

/// So many of so many things, for what is read of AWS: shown on standard error where that is a terminal.
pub(crate) struct Counter(ProgressBar);

impl Counter {
    pub(crate) fn new(what: &'static str) -> Counter {
        let is_terminal = std::io::stderr().is_terminal();
        let target = if is_terminal { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let counter = Counter(ProgressBar::with_draw_target(None, target));
        counter.style("{spinner} {msg}");
        counter.0.set_message(what);
        counter.0.enable_steady_tick(Duration::from_millis(200));
        counter
    }

    fn style(&self, template: &str) {
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.0.set_style(style);
        }
    }

    /// This many are done, of how many where that is known.
    pub(crate) fn at(&self, done: usize, all: Option<usize>) {
        let all = all.map(|all| u64::try_from(all).unwrap_or(u64::MAX));
        if all.is_some() && self.0.length() != all {
            self.0.set_length(all.unwrap_or_default());
            self.style("{bar:24} {pos} of {len} {msg}, {per_sec}, {eta} left");
        }
        self.0.set_position(u64::try_from(done).unwrap_or(u64::MAX));
    }

    /// Now other things are counted, and nobody knows how many there are.
    pub(crate) fn turn_to(&self, what: &'static str, done: usize) {
        self.0.unset_length();
        self.style("{spinner} {pos} {msg}, {per_sec}");
        self.0.set_message(what);
        self.at(done, None);
    }

    /// Prints something meanwhile, and leaves the line whole.
    pub(crate) fn suspend<T>(&self, print: impl FnOnce() -> T) -> T {
        self.0.suspend(print)
    }

    pub(crate) fn end(&self) {
        self.0.finish_and_clear();
    }
}

/// Calls to AWS, for what asks as it goes and cannot tell how much there is: shown where standard error is a terminal.
#[derive(Default)]
pub(crate) struct Calls(OnceLock<ProgressBar>);

impl Calls {
    /// From now on.
    pub(crate) fn count(&self, rate: &Rate) {
        self.0.get_or_init(|| counting(rate.clone()));
    }

    pub(crate) fn end(&self) {
        if let Some(bar) = self.0.get() {
            bar.finish_and_clear();
        }
    }
}

/// What is left half drawn is no part of what is said.
impl Drop for Calls {
    fn drop(&mut self) {
        self.end();
    }
}

fn counting(rate: Rate) -> ProgressBar {
    let is_terminal = std::io::stderr().is_terminal();
    let target = if is_terminal { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let bar = ProgressBar::with_draw_target(None, target);
    let calls = move |state: &ProgressState, out: &mut dyn Write| {
        // A line that cannot be drawn is drawn the next time.
        let _ =
            write!(out, "{} calls to AWS, {:.1}/s", rate.calls(), per_second(rate.calls(), state.elapsed()));
    };
    if let Ok(style) = ProgressStyle::with_template("{spinner} {calls}") {
        bar.set_style(style.with_key("calls", calls));
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

fn per_second(calls: u64, time: Duration) -> f64 {
    f64::from(u32::try_from(calls).unwrap_or(u32::MAX)) / time.as_secs_f64().max(0.001)
}
