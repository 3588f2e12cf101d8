//! What is found in an input.

use std::fmt::Write;
use std::io;
use std::ops::ControlFlow;

use tagmend_diagnosis::{Delivery, DeliveryError};

/// Something that was found, and where.
#[derive(Debug)]
pub struct Found {
    /// The how-manieth thing in the input, from one.
    pub number: u64,
    /// What it is.
    pub content: Content,
}

/// What was found.
#[derive(Debug)]
pub enum Content {
    /// A record that is denied, throttled or a sign-in.
    Record {
        /// The record.
        delivery: Box<Delivery>,
        /// What it was put together from, where it was not there as it is.
        rebuilt: Option<Rebuilt>,
    },
    /// A record of no interest.
    PassedOver,
    /// Something known that is no record of a call.
    NotARecord(NotARecord),
    /// Something that cannot be read.
    Unreadable(DeliveryError),
}

/// What is known and holds no record of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NotARecord {
    /// A digest of CloudTrail's log files.
    Digest,
    /// The signature of a query's results.
    ResultSignature,
    /// CloudTrail Insights.
    Insight,
    /// Counts of calls.
    Aggregated,
    /// What CloudWatch Logs sends to see whether its target is there.
    Control,
    /// The first results of a search that is not done.
    Preview,
    /// An event of EventBridge that is not from CloudTrail.
    OtherEvent,
    /// A wrapping without anything in it.
    Empty,
}

impl NotARecord {
    /// For people.
    pub fn what(self) -> &'static str {
        match self {
            NotARecord::Digest => "a digest of log files",
            NotARecord::ResultSignature => "the signature of a query's results",
            NotARecord::Insight => "an event of CloudTrail Insights",
            NotARecord::Aggregated => "an aggregated event, which counts calls",
            NotARecord::Control => "a control message of CloudWatch Logs",
            NotARecord::Preview => "a preview of a search's results",
            NotARecord::OtherEvent => "an event that is not of CloudTrail",
            NotARecord::Empty => "a wrapping with nothing in it",
        }
    }
}

/// What a record was put together from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rebuilt {
    /// Columns of Athena or CloudTrail Lake.
    Columns,
    /// Fields of CloudWatch Logs Insights.
    LogFields,
    /// Elastic's fields.
    Elastic,
    /// OCSF of Security Lake.
    Ocsf,
    /// Columns of Microsoft Sentinel.
    Sentinel,
}

impl Rebuilt {
    /// What it is, and what of the record it does not keep.
    pub fn lost(self) -> &'static str {
        match self {
            Rebuilt::Columns => {
                "rebuilt from columns of Athena or CloudTrail Lake: columns that were not selected are not known, and of \
                 Lake's maps (requestParameters) nothing is read; select eventJson there"
            }
            Rebuilt::LogFields => {
                "rebuilt from fields of CloudWatch Logs Insights: fields that were not selected are not known; select @message"
            }
            Rebuilt::Elastic => {
                "rebuilt from Elastic's fields: nulls and the types of request parameters are lost; keep event.original"
            }
            Rebuilt::Ocsf => {
                "rebuilt from OCSF: onBehalfOf is lost, so the user is known by the session's name only; arrays, nulls and \
                 types in what OCSF does not map are lost"
            }
            Rebuilt::Sentinel => {
                "rebuilt from columns of Microsoft Sentinel: what the table has no column for is lost"
            }
        }
    }
}

/// Why reading ends early.
#[derive(Debug)]
pub(crate) enum Stop {
    /// Nobody wants more.
    Enough,
    /// The input failed.
    Input(io::Error),
    /// The content cannot be followed any further; that was told.
    GivenUp,
}

/// A step into a document.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    Name(&'static str),
    Index(u64),
}

/// The most things that cannot be read in one input: beyond, it is something else.
const MOST_UNREADABLE: u32 = 1_000;

/// Takes what is found, and numbers it.
pub struct Sink<'a> {
    found: &'a mut dyn FnMut(Found) -> ControlFlow<()>,
    number: u64,
    unreadable: u32,
    pub(crate) path: Vec<Step>,
    /// How many wrappings are around what is being read.
    pub(crate) wrappings: u8,
    /// The columns of the result set of Athena's API that is being read.
    pub(crate) header: Option<Vec<String>>,
}

impl std::fmt::Debug for Sink<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Sink").field("number", &self.number).finish_non_exhaustive()
    }
}

impl<'a> Sink<'a> {
    pub(crate) fn new(found: &'a mut dyn FnMut(Found) -> ControlFlow<()>) -> Sink<'a> {
        Sink { found, number: 0, unreadable: 0, path: Vec::new(), wrappings: 0, header: None }
    }

    pub(crate) fn count(&self) -> u64 {
        self.number
    }

    pub(crate) fn take(&mut self, content: Content) -> Result<(), Stop> {
        self.number += 1;
        match (self.found)(Found { number: self.number, content }) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(Stop::Enough),
        }
    }

    pub(crate) fn not_a_record(&mut self, what: NotARecord) -> Result<(), Stop> {
        self.take(Content::NotARecord(what))
    }

    /// Something here cannot be read.
    pub(crate) fn unreadable(&mut self, reason: String) -> Result<(), Stop> {
        let place = self.place("");
        self.refused(DeliveryError { place, reason })
    }

    /// The same, where its place in the record is known.
    pub(crate) fn unreadable_at(&mut self, error: DeliveryError) -> Result<(), Stop> {
        let place = self.place(&error.place);
        self.refused(DeliveryError { place, reason: error.reason })
    }

    fn refused(&mut self, error: DeliveryError) -> Result<(), Stop> {
        self.unreadable += 1;
        if self.unreadable < MOST_UNREADABLE {
            return self.take(Content::Unreadable(error));
        }
        let reason = format!("{MOST_UNREADABLE} things cannot be read; the rest is left out");
        self.take(Content::Unreadable(DeliveryError { place: "$".to_owned(), reason }))?;
        Err(Stop::GivenUp)
    }

    /// `Records[3].eventTime`; `$` for the document itself.
    fn place(&self, inner: &str) -> String {
        let mut place = String::new();
        for step in &self.path {
            let written = match step {
                Step::Index(index) if place.is_empty() => write!(place, "$[{index}]"),
                Step::Index(index) => write!(place, "[{index}]"),
                Step::Name(name) if place.is_empty() => write!(place, "{name}"),
                Step::Name(name) => write!(place, ".{name}"),
            };
            // Writing to a string does not fail.
            let _ = written;
        }
        match (place.is_empty(), inner) {
            (true, "") => "$".to_owned(),
            (true, inner) => inner.to_owned(),
            (false, "" | "." | "$") => place,
            (false, inner) => format!("{place}.{inner}"),
        }
    }
}
