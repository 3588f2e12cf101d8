//! Puts what is read together to batches, while the one before is treated.

use std::collections::VecDeque;
use std::mem;
use std::sync::Arc;

use anyhow::{Context, Result};
use jiff::Timestamp;
use tagmend_diagnosis::DeliveryError;
use tagmend_records::{Content, End};

use crate::arguments::Replay;
use crate::input::Input;
use crate::input::bucket::Wanted;
use crate::input::files::LeftOut;
use crate::input::source::Source;
use crate::input::stream::{Next, Reading};
use crate::interrupts::Interrupts;
use crate::progress::Progress;

/// The most failures of a batch in a dry run. What is applied is one batch: it is one plan.
const BATCH: usize = 200;
/// The most records of a batch.
const BATCH_OF_ALL: usize = 10_000;

/// What is read.
pub(super) struct Intake<'a> {
    reading: Reading,
    interrupts: Interrupts,
    progress: &'a Progress,
    arguments: &'a Replay,
    wanted: Wanted,
    /// Found, and not yet looked at.
    found: VecDeque<Input>,
    pending: Vec<Input>,
    failures_pending: usize,
    /// The hour of the records that are pending, where each is seen as of its time.
    hour: Option<i64>,
    is_over: bool,
    besides: Besides,
}

/// What no batch tells.
#[derive(Default)]
pub(super) struct Besides {
    /// Things that were found.
    pub(super) records: u64,
    /// Those of another time than is asked for.
    pub(super) of_another_time: u64,
    /// Files and the like.
    pub(super) files: u64,
    /// Whether the reading was ended before the end.
    pub(super) is_interrupted: bool,
    pub(super) left_out: LeftOut,
    /// Whether a file that was found could not be read.
    pub(super) is_unread: bool,
}

impl<'a> Intake<'a> {
    pub(super) fn new(
        reading: Reading,
        interrupts: Interrupts,
        progress: &'a Progress,
        arguments: &'a Replay,
        (wanted, left_out): (Wanted, LeftOut),
    ) -> Intake<'a> {
        Intake {
            reading,
            interrupts,
            progress,
            arguments,
            wanted,
            found: VecDeque::new(),
            pending: Vec::new(),
            failures_pending: 0,
            hour: None,
            is_over: false,
            besides: Besides { left_out, ..Besides::default() },
        }
    }

    /// Ends the reading.
    pub(super) fn end(self) -> Besides {
        self.besides
    }

    /// The next batch; none at the end. When the reading is interrupted, what was read is the last one.
    pub(super) async fn batch(&mut self) -> Result<Option<Vec<Input>>> {
        loop {
            let is_whole = self.fills_the_batch();
            self.progress.read(self.reading.bytes(), self.besides.records);
            if is_whole {
                return Ok(Some(self.all_pending()));
            }
            if self.is_over {
                return Ok((!self.pending.is_empty()).then(|| self.all_pending()));
            }
            let next = tokio::select! {
                biased;
                () = self.interrupts.nth(1) => {
                    self.besides.is_interrupted = true;
                    None
                }
                next = self.reading.next() => next?,
            };
            match next {
                Some(Next::Found(inputs)) => self.found.extend(inputs),
                Some(Next::Ended(source, end)) => self.ended(source, end)?,
                None => self.is_over = true,
            }
        }
    }

    /// Takes what was found, until the batch is whole; whether it is.
    fn fills_the_batch(&mut self) -> bool {
        while let Some(input) = self.found.pop_front() {
            if self.takes_no_more(input) {
                return true;
            }
        }
        false
    }

    fn all_pending(&mut self) -> Vec<Input> {
        self.failures_pending = 0;
        mem::take(&mut self.pending)
    }

    /// Adds to the batch; whether it is whole.
    fn takes_no_more(&mut self, input: Input) -> bool {
        let time = time(&input);
        if time.is_some_and(|time| !self.wanted.takes(time)) {
            self.besides.records += 1;
            self.besides.of_another_time += 1;
            return false;
        }
        if self.arguments.as_of_each_record {
            let hour = time.map(|time| time.as_second().div_euclid(3_600));
            let is_of_another = hour.is_some() && self.hour.is_some_and(|before| Some(before) != hour);
            self.hour = hour.or(self.hour);
            if is_of_another && !self.pending.is_empty() {
                self.found.push_front(input);
                return true;
            }
        }
        self.besides.records += 1;
        let is_of_interest = !matches!(input.content, Content::PassedOver | Content::NotARecord(_));
        self.failures_pending += usize::from(is_of_interest);
        self.pending.push(input);
        let is_full = self.failures_pending >= BATCH || self.pending.len() >= BATCH_OF_ALL;
        is_full && !self.arguments.apply
    }

    fn ended(&mut self, source: Arc<Source>, end: std::io::Result<End>) -> Result<()> {
        self.besides.files += 1;
        match end {
            Ok(End::Whole | End::Stopped | End::GivenUp) => Ok(()),
            Ok(End::Unknown(reason)) if source.is_found => {
                self.besides.left_out.add(&reason, source.name.clone());
                Ok(())
            }
            Ok(End::Unknown(reason)) => {
                let content = Content::Unreadable(DeliveryError { place: "$".to_owned(), reason });
                self.found.push_back(Input { source, number: None, content });
                Ok(())
            }
            Err(error) if source.is_found => {
                self.besides.left_out.add(&error.to_string(), source.name.clone());
                self.besides.is_unread = true;
                Ok(())
            }
            Err(error) => Err(error).with_context(|| source.name.clone()),
        }
    }
}

/// When a record's call was made.
pub(super) fn time(input: &Input) -> Option<Timestamp> {
    match &input.content {
        Content::Record { delivery, .. } => delivery.record.as_ref().map(|record| record.event_time),
        _ => None,
    }
}
