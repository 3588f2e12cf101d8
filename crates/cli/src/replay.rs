//! `tagmend replay`: events to diagnosis to plan.

use std::io::Write;
use std::mem;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use jiff::Timestamp;
use tagmend_diagnosis::{DeliveryError, quoted};
use tagmend_records::{Content, End};
use tagmend_remedy::{Outcome, Treated, Treatment, hold::Hold};
use tagmend_review::print::backtest_html;

use crate::arguments::Replay;
use crate::exit::{Exit, usage};
use crate::hold;
use crate::input::bucket::Wanted;
use crate::input::files::LeftOut;
use crate::input::source::Source;
use crate::input::stream::{Next, Reading};
use crate::input::{self, From, Input};
use crate::interrupts::Interrupts;
use crate::json;
use crate::place::{Depth, Intent, Scenes};
use crate::progress::Progress;
use crate::redrive;
use crate::related;
use crate::screen::Screen;
use crate::summary::Tally;
use crate::summary::backtest::Backtest;
use crate::summary::print::Extent;
use crate::table::Rows;
use crate::text::json_line;
use crate::way_out::Ways;
use crate::whereabouts::options;
use crate::whole;

/// The most failures of a batch in a dry run. What is applied is one batch: it is one plan.
const BATCH: usize = 200;
/// The most records of a batch.
const BATCH_OF_ALL: usize = 10_000;

pub(crate) async fn run(arguments: &Replay, screen: Screen, out: &mut (dyn Write + Send)) -> Result<Exit> {
    if let (Some(dead_letters), Some(queue)) = (&arguments.dead_letters, &arguments.redrive) {
        return redrive::run(arguments, dead_letters, queue, out).await;
    }
    let mut left_out = LeftOut::default();
    let wanted = Wanted { from: arguments.from, to: arguments.to, accounts: arguments.accounts.clone() };
    let paths = paths(arguments)?;
    let from = From {
        paths: &paths,
        is_lookup: arguments.lookup,
        dead_letters: arguments.dead_letters.as_deref(),
        athena: arguments.athena.as_deref(),
        wanted: wanted.clone(),
    };
    let intent = if arguments.apply { Intent::Apply } else { Intent::Plan };
    // Finding what there is to read may take a while too.
    let progress = Progress::new(arguments.summary || !arguments.json || arguments.apply);
    let (sources, bytes) = input::sources(from, &mut left_out).await?;
    if let Some(bytes) = bytes {
        progress.of(bytes);
    }
    let mut run = Run {
        scenes: Scenes::new(&arguments.place, intent, Depth::Usual),
        arguments,
        screen,
        ways_out: Ways::default(),
        tally: Tally::default(),
        rows: Rows::default(),
        pending: Vec::new(),
        failures_pending: 0,
        hour: None,
        wanted,
        left_out,
        is_unread: false,
        progress,
        out,
        printed: Ok(()),
    };
    let mut reading = Reading::new(sources);
    if intent == Intent::Apply {
        run.read(&mut reading, &mut Interrupts::ignored()).await?;
    } else {
        let (mut interrupts, mut again) = Interrupts::listen(run.progress.speaker());
        // At the second one, what is on its way is not counted.
        let read = tokio::select! {
            read = run.read(&mut reading, &mut interrupts) => read,
            () = again.nth(2) => {
                run.tally.interrupted = true;
                Ok(())
            }
        };
        read?;
    }
    drop(reading);
    let held = run.scenes.held().await;
    run.end(held.as_ref())
}

/// What was named; without a name, the events of a checkout.
fn paths(arguments: &Replay) -> Result<Vec<PathBuf>> {
    let is_elsewhere = arguments.lookup || arguments.dead_letters.is_some() || arguments.athena.is_some();
    if is_elsewhere || !arguments.paths.is_empty() {
        return Ok(arguments.paths.clone());
    }
    let events = Path::new("events");
    if events.is_dir() {
        return Ok(vec![events.to_owned()]);
    }
    Err(usage(
        "say what to read: CloudTrail records in a file, a folder, s3://BUCKET/PREFIX, or - for standard input; for instance \
         `aws cloudtrail lookup-events > events.json && tagmend replay events.json`. Without a name, `replay` reads the \
         folder `events` of a checkout of Tagmend, and there is none here",
    ))
}

struct Run<'a> {
    scenes: Scenes<'a>,
    arguments: &'a Replay,
    screen: Screen,
    ways_out: Ways,
    tally: Tally,
    rows: Rows,
    pending: Vec<Input>,
    failures_pending: usize,
    /// The hour of the records that are pending, where each is seen as of its time.
    hour: Option<i64>,
    wanted: Wanted,
    left_out: LeftOut,
    /// Whether a file that was found could not be read.
    is_unread: bool,
    progress: Progress,
    out: &'a mut (dyn Write + Send),
    /// Nobody may read what is printed, as in `tagmend replay | head`: what is done is done all the same.
    printed: Result<()>,
}

impl Run<'_> {
    /// Reads and treats everything, or what was read when the reading is interrupted.
    async fn read(&mut self, reading: &mut Reading, interrupts: &mut Interrupts) -> Result<()> {
        loop {
            let next = tokio::select! {
                biased;
                () = interrupts.nth(1) => {
                    self.tally.interrupted = true;
                    None
                }
                next = reading.next() => next?,
            };
            let Some(next) = next else {
                break;
            };
            match next {
                Next::Found(inputs) => {
                    for input in inputs {
                        self.take(input).await?;
                    }
                }
                Next::Ended(source, end) => self.ended(source, end).await?,
            }
            self.show(reading.bytes());
        }
        self.show(reading.bytes());
        self.treat().await
    }

    fn show(&self, bytes: u64) {
        let records = self.tally.read() + u64::try_from(self.pending.len()).unwrap_or(0);
        let changes = self.tally.changes().count();
        self.progress.set(bytes, records, self.tally.failures(), changes);
    }

    async fn take(&mut self, input: Input) -> Result<()> {
        if time(&input).is_some_and(|time| !self.wanted.takes(time)) {
            self.tally.leave_out();
            return Ok(());
        }
        let is_of_interest = !matches!(input.content, Content::PassedOver | Content::NotARecord(_));
        if self.arguments.as_of_each_record {
            let hour = time(&input).map(|time| time.as_second().div_euclid(3_600));
            if hour.is_some() && self.hour.is_some_and(|before| Some(before) != hour) {
                self.treat().await?;
            }
            self.hour = hour.or(self.hour);
        }
        self.failures_pending += usize::from(is_of_interest);
        self.pending.push(input);
        let is_full = self.failures_pending >= BATCH || self.pending.len() >= BATCH_OF_ALL;
        if is_full && !self.arguments.apply {
            self.treat().await?;
        }
        Ok(())
    }

    async fn ended(&mut self, source: Arc<Source>, end: std::io::Result<End>) -> Result<()> {
        self.tally.files += 1;
        match end {
            Ok(End::Whole | End::Stopped | End::GivenUp) => Ok(()),
            Ok(End::Unknown(reason)) if source.is_found => {
                self.left_out.add(&reason, source.name.clone());
                Ok(())
            }
            Ok(End::Unknown(reason)) => {
                let content = Content::Unreadable(DeliveryError { place: "$".to_owned(), reason });
                self.take(Input { source, number: None, content }).await
            }
            Err(error) if source.is_found => {
                self.left_out.add(&error.to_string(), source.name.clone());
                self.is_unread = true;
                Ok(())
            }
            Err(error) => Err(error).with_context(|| source.name.clone()),
        }
    }

    /// Treats what is pending, and shows it.
    async fn treat(&mut self) -> Result<()> {
        let inputs = mem::take(&mut self.pending);
        self.failures_pending = 0;
        let now = if self.arguments.as_of_each_record { inputs.iter().filter_map(time).max() } else { None };
        let (seen, changes, stories) = self.scenes.treat(inputs, now).await?;
        if self.arguments.as_of_each_record && self.tally.backtest.is_none() {
            self.tally.backtest = self.scenes.limits().copied().map(Backtest::new);
        }
        let is_table = !self.arguments.json && !self.arguments.summary;
        for seen in seen {
            if let Treated::Failure(_, Treatment::Unanswered(error)) = &seen.treated {
                self.ways_out.add(&self.arguments.place, error);
            }
            if !self.tally.add(&seen, &self.arguments.only) {
                continue;
            }
            if self.arguments.json && !self.arguments.summary {
                let line = related::with_stories(json::record(&seen), &stories);
                self.print(json_line(&line).as_bytes());
            } else if is_table && self.rows.add(&seen) && self.screen.rows.is_none() {
                let page = self.rows.page(self.screen);
                self.print(page.as_bytes());
            }
        }
        self.tally.changed(changes);
        self.tally.connected(&stories);
        Ok(())
    }

    fn print(&mut self, bytes: &[u8]) {
        if self.printed.is_ok() {
            self.printed = self.out.write_all(bytes).map_err(Into::into);
        }
    }

    fn end(mut self, held: Option<&Hold>) -> Result<Exit> {
        self.progress.end();
        if let Some(file) = &self.arguments.html {
            let pictures = self.tally.backtest.as_ref().map(Backtest::pictures).unwrap_or_default();
            whole::write(file, backtest_html(&pictures)?).with_context(|| file.display().to_string())?;
        }
        let exit = self.exit();
        for line in self.left_out.lines() {
            eprintln!("{}", crate::text::escaped(&line));
        }
        self.scenes.say_where();
        self.ways_out.say();
        if self.printed.is_ok() {
            self.printed = self.print_end(held);
        }
        exit.after(self.printed)
    }

    fn print_end(&mut self, held: Option<&Hold>) -> Result<()> {
        let arguments = self.arguments;
        let options: String =
            options(&arguments.place).iter().map(|word| format!(" {}", quoted(word))).collect();
        match (arguments.summary, arguments.json) {
            (true, true) => {
                let summary = serde_json::to_value(self.tally.summary())?;
                self.out.write_all(json_line(&summary).as_bytes())?;
                return Ok(());
            }
            (false, true) => return Ok(()),
            (true, false) => self.tally.print(self.out, self.screen, Extent::Alone, &options)?,
            // More than fits a screen is no answer.
            (false, false) if self.screen.rows.is_some_and(|screen| self.rows.is_higher_than(screen)) => {
                self.tally.print(self.out, self.screen, Extent::Alone, &options)?;
            }
            (false, false) => {
                let page = self.rows.page(self.screen);
                writeln!(self.out, "{page}")?;
                self.tally.print(self.out, self.screen, Extent::BeneathTable, &options)?;
            }
        }
        let has_changes = self.tally.changes().next().is_some();
        match (has_changes, arguments.apply) {
            (false, _) if self.tally.is_undecided() => writeln!(self.out, "not every record was decided")?,
            (false, _) => writeln!(self.out, "nothing to do")?,
            (true, false) => {
                writeln!(self.out, "dry run: nothing was written; --apply makes these changes")?;
            }
            (true, true) => {}
        }
        held.map_or(Ok(()), |held| hold::print(self.out, held))
    }

    fn exit(&self) -> Exit {
        let failed = |outcome: &Option<Outcome>| {
            outcome
                .as_ref()
                .is_some_and(|outcome| outcome.is_failure() || matches!(outcome, Outcome::Escalated(_)))
        };
        let open = |outcome: &Option<Outcome>| matches!(outcome, None | Some(Outcome::Refused(_)));
        if self.tally.is_undecided()
            || self.is_unread
            || self.tally.changes().any(|(_, outcome)| failed(outcome))
        {
            Exit::Error
        } else if self.tally.changes().any(|(_, outcome)| open(outcome)) {
            Exit::Planned
        } else {
            Exit::Done
        }
    }
}

/// When a record's call was made.
fn time(input: &Input) -> Option<Timestamp> {
    match &input.content {
        Content::Record { delivery, .. } => delivery.record.as_ref().map(|record| record.event_time),
        _ => None,
    }
}
