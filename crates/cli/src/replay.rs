//! `tagmend replay`: events to diagnosis to plan.

mod intake;

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use tagmend_diagnosis::quoted;
use tagmend_remedy::{Outcome, Treated, Treatment, hold::Hold};
use tagmend_review::print::backtest_html;

use crate::arguments::Replay;
use crate::exit::{Exit, usage};
use crate::hold;
use crate::input::bucket::Wanted;
use crate::input::files::LeftOut;
use crate::input::stream::Reading;
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
use intake::{Besides, Intake, time};

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
    let mut answer = Answer {
        scenes: Scenes::new(&arguments.place, intent, Depth::Usual),
        arguments,
        screen,
        ways_out: Ways::default(),
        tally: Tally::default(),
        rows: Rows::default(),
        progress: &progress,
        out,
        printed: Ok(()),
    };
    let reading = Reading::new(sources);
    let (interrupts, mut again) = match intent {
        Intent::Apply => (Interrupts::ignored(), Interrupts::ignored()),
        Intent::Plan => Interrupts::listen(progress.speaker()),
    };
    let mut intake = Intake::new(reading, interrupts, &progress, arguments, (wanted, left_out));
    // At the second one, what is on its way is not counted.
    let is_cut_off = tokio::select! {
        read = answer.all_of(&mut intake) => read.map(|()| false)?,
        () = again.nth(2) => true,
    };
    let mut besides = intake.end();
    besides.is_interrupted |= is_cut_off;
    let held = answer.scenes.held().await;
    progress.end();
    answer.end(&besides, held.as_ref())
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

/// What came of everything that was read.
struct Answer<'a> {
    scenes: Scenes<'a>,
    arguments: &'a Replay,
    screen: Screen,
    ways_out: Ways,
    tally: Tally,
    rows: Rows,
    progress: &'a Progress,
    out: &'a mut (dyn Write + Send),
    /// Nobody may read what is printed, as in `tagmend replay | head`: what is done is done all the same.
    printed: Result<()>,
}

impl Answer<'_> {
    /// Treats a batch while the next one is put together.
    async fn all_of(&mut self, intake: &mut Intake<'_>) -> Result<()> {
        let mut batch = intake.batch().await?;
        while let Some(inputs) = batch {
            let (treated, next) = tokio::join!(Box::pin(self.treat(inputs)), intake.batch());
            treated?;
            batch = next?;
        }
        Ok(())
    }

    /// Treats a batch, and shows it.
    async fn treat(&mut self, inputs: Vec<Input>) -> Result<()> {
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
        self.progress.found(self.tally.failures(), self.tally.changes().count());
        Ok(())
    }

    fn print(&mut self, bytes: &[u8]) {
        if self.printed.is_ok() {
            self.printed = self.out.write_all(bytes).map_err(Into::into);
        }
    }

    fn end(mut self, besides: &Besides, held: Option<&Hold>) -> Result<Exit> {
        self.tally.leave_out(besides.of_another_time);
        (self.tally.files, self.tally.interrupted) = (besides.files, besides.is_interrupted);
        if let Some(file) = &self.arguments.html {
            let pictures = self.tally.backtest.as_ref().map(Backtest::pictures).unwrap_or_default();
            whole::write(file, backtest_html(&pictures)?).with_context(|| file.display().to_string())?;
        }
        let exit = self.exit(besides.is_unread);
        for line in besides.left_out.lines() {
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

    fn exit(&self, is_unread: bool) -> Exit {
        let failed = |outcome: &Option<Outcome>| {
            outcome
                .as_ref()
                .is_some_and(|outcome| outcome.is_failure() || matches!(outcome, Outcome::Escalated(_)))
        };
        let open = |outcome: &Option<Outcome>| matches!(outcome, None | Some(Outcome::Refused(_)));
        if self.tally.is_undecided() || is_unread || self.tally.changes().any(|(_, outcome)| failed(outcome))
        {
            Exit::Error
        } else if self.tally.changes().any(|(_, outcome)| open(outcome)) {
            Exit::Planned
        } else {
            Exit::Done
        }
    }
}
