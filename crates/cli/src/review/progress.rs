//! How far the reading of a review is: objects of the journal, and then what AWS says now.

use std::sync::Arc;

use tagmend_remedy::ledger::Ledger;
use tagmend_remedy::rate::Rate;

use crate::progress::{Calls, Counter};

/// What is shown on standard error meanwhile, where that is a terminal.
pub(super) struct Progress {
    objects: Arc<Counter>,
    calls: Calls,
    rate: Option<Rate>,
}

impl Progress {
    pub(super) fn new(rate: Option<&Rate>) -> Progress {
        let objects = Arc::new(Counter::new("objects of the journal"));
        Progress { objects, calls: Calls::default(), rate: rate.cloned() }
    }

    /// The same ledger, whose objects are counted.
    pub(super) fn of(&self, ledger: Ledger) -> Ledger {
        let objects = Arc::clone(&self.objects);
        ledger.telling(move |read, found| objects.at(read, Some(found)))
    }

    /// The journal is read; what is asked now, nobody knows how many calls it takes.
    pub(super) fn turn_to_calls(&self) {
        self.objects.end();
        if let Some(rate) = &self.rate {
            self.calls.count(rate);
        }
    }

    pub(super) fn end(&self) {
        self.objects.end();
        self.calls.end();
    }
}
