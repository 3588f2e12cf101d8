//! The list of permission sets, page by page: a look that was interrupted goes on with the page that was the next.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use tagmend_diagnosis::Baseline;

use super::Watcher;
use super::keeping::Keeping;
use super::memory::{Listing, Memory};
use crate::aws::aws_error::AwsError;
use crate::aws::clock::RunTime;

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
        let call = watcher.clients.sso.list_permission_sets().instance_arn(&baseline.instance_arn);
        let page = match call.set_next_token(listing.next.take()).send().await {
            Ok(page) => page,
            // AWS does not say how long a token lives.
            Err(_) if goes_on => {
                (goes_on, listing) = (false, anew.clone());
                continue;
            }
            Err(error) => return Err(AwsError::new("sso:ListPermissionSets", &error)),
        };
        goes_on = false;
        listing.all.extend(page.permission_sets.unwrap_or_default());
        listing.next = page.next_token;
        let (is_whole, done) = (listing.next.is_none(), listing.all.len());
        memory.listing = Some(listing.clone());
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
