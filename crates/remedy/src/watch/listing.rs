//! The list of permission sets, kept page by page where a look that is interrupted is gone on with.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use tagmend_diagnosis::Baseline;

use super::Watcher;
use super::keeping::Keeping;
use super::memory::{BegunListing, Memory};
use crate::aws::aws_error::AwsError;
use crate::aws::clock::RunTime;
use crate::read::listing::Listing;

/// How old a list may be that is gone on with.
const OLDEST: SignedDuration = SignedDuration::from_hours(1);

/// ARNs of all permission sets.
pub(super) async fn list(
    watcher: &Watcher,
    baseline: &Baseline,
    memory: &mut Memory,
    keeping: Keeping<'_>,
    time: RunTime,
) -> Result<BTreeSet<String>, AwsError> {
    let now = time.clock.now();
    let is_young = |listing: &BegunListing| now.duration_since(listing.begun) <= OLDEST;
    let begun = memory.listing.take().filter(|listing| keeping.goes_on() && is_young(listing));
    let mut listing = begun.unwrap_or_else(|| BegunListing { begun: now, list: Listing::default() });
    while !listing.list.is_whole {
        listing.list.read_page(&watcher.clients, &baseline.instance_arn).await?;
        // What `watch` keeps in the journal is read by other versions, too.
        if keeping.goes_on() {
            memory.listing = Some(listing.clone());
        }
        keeping.listed(memory, listing.list.all.len());
    }
    let all = listing.list.all.clone();
    memory.listing = keeping.goes_on().then_some(listing);
    Ok(all)
}
