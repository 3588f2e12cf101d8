//! The list of permission sets, page by page: a look that was interrupted goes on with the page that was the next.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use tagmend_diagnosis::Baseline;

use super::Watcher;
use super::keeping::Keeping;
use super::memory::{Listing, Memory};
use crate::aws::aws_error::AwsError;
use crate::aws::clock::RunTime;
use crate::read::permission_set;

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
    let is_young = |listing: &Listing| now.duration_since(listing.begun) <= OLDEST;
    let begun = memory.listing.take().filter(|listing| keeping.goes_on() && is_young(listing));
    let mut goes_on = begun.is_some();
    let anew = Listing { begun: now, all: BTreeSet::new(), next: None };
    let mut listing = match begun {
        Some(listing) if listing.next.is_none() => return Ok(whole(memory, listing)),
        Some(listing) => listing,
        None => anew.clone(),
    };
    loop {
        let page = permission_set::page(&watcher.clients, &baseline.instance_arn, listing.next.take()).await;
        let (some, next) = match page {
            Ok(page) => page,
            // AWS does not say how long a token lives.
            Err(_) if goes_on => {
                (goes_on, listing) = (false, anew.clone());
                continue;
            }
            Err(error) => return Err(error),
        };
        goes_on = false;
        listing.all.extend(some);
        listing.next = next;
        let (is_whole, done) = (listing.next.is_none(), listing.all.len());
        // What `watch` keeps in the journal is read by other versions, too.
        if keeping.goes_on() {
            memory.listing = Some(listing.clone());
        }
        keeping.listed(memory, done);
        if is_whole {
            return Ok(listing.all);
        }
    }
}

fn whole(memory: &mut Memory, listing: Listing) -> BTreeSet<String> {
    let all = listing.all.clone();
    memory.listing = Some(listing);
    all
}
