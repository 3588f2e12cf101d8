//! How many objects were read, of how many that were found so far.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

type Tell = dyn Fn(usize, usize) + Send + Sync;

/// Counts for whoever waits, if somebody does. Clones are the same.
#[derive(Clone, Default)]
pub(super) struct ReadCount(Option<Arc<Inner>>);

struct Inner {
    read: AtomicUsize,
    found: AtomicUsize,
    tell: Box<Tell>,
}

impl ReadCount {
    pub(super) fn telling(tell: impl Fn(usize, usize) + Send + Sync + 'static) -> ReadCount {
        let (read, found) = (AtomicUsize::new(0), AtomicUsize::new(0));
        ReadCount(Some(Arc::new(Inner { read, found, tell: Box::new(tell) })))
    }

    pub(super) fn found(&self, more: usize) {
        self.tell(|inner| &inner.found, more);
    }

    pub(super) fn read_one(&self) {
        self.tell(|inner| &inner.read, 1);
    }

    fn tell(&self, counted: impl Fn(&Inner) -> &AtomicUsize, more: usize) {
        if let Some(inner) = &self.0 {
            counted(inner).fetch_add(more, Ordering::Relaxed);
            (inner.tell)(inner.read.load(Ordering::Relaxed), inner.found.load(Ordering::Relaxed));
        }
    }
}

impl fmt::Debug for ReadCount {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("ReadCount").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[test]
    fn what_is_found_and_what_is_read_is_told_each_time() {
        let told = Arc::new(Mutex::new(Vec::new()));
        let heard = told.clone();
        let count = ReadCount::telling(move |read, found| heard.lock().unwrap().push((read, found)));
        count.found(2);
        count.clone().read_one();
        count.found(3);
        count.read_one();
        assert_eq!(*told.lock().unwrap(), [(0, 2), (1, 2), (1, 5), (2, 5)]);
        ReadCount::default().read_one();
    }
}
