//! Where a look keeps what it saw, a page at a time: whoever is interrupted goes on from there.

use super::{Memory, Recorder};

/// So many permission sets, or pages of users, are seen before they are kept.
const PAGE: usize = 10;

/// Where it is kept.
#[derive(Clone, Copy)]
pub enum Keeping<'a> {
    /// Nowhere.
    Nowhere,
    /// In the journal.
    Journal(&'a Recorder),
    /// Somewhere that this function knows.
    Told(&'a (dyn Fn(&Memory) + Sync)),
}

impl Keeping<'_> {
    /// Keeps it after each page of this count.
    pub(super) async fn after(self, count: usize, memory: &Memory) {
        if !count.is_multiple_of(PAGE) {
            return;
        }
        match self {
            Keeping::Nowhere => {}
            Keeping::Told(keep) => keep(memory),
            Keeping::Journal(recorder) => {
                if let Err(error) = recorder.keep_memory(memory).await {
                    tracing::warn!(%error, "what was seen so far was not kept");
                }
            }
        }
    }
}
