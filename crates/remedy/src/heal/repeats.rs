//! Which records of a batch tell of the same call.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use tagmend_diagnosis::Failure;

/// The calls that a batch's records tell of, by id and account, with the first record of each.
#[derive(Debug, Default)]
pub(crate) struct Calls(HashMap<(String, Option<String>), String>);

impl Calls {
    /// The first record of the same call, where this is another one. The owner of a resource gets a record of its own,
    /// which is no repetition of the caller's.
    pub(crate) fn first(&mut self, failure: &Failure) -> Option<String> {
        if failure.recipient_account != failure.account {
            return None;
        }
        match self.0.entry((failure.call_id.clone(), failure.account.clone())) {
            Entry::Occupied(first) => Some(first.get().clone()),
            Entry::Vacant(place) => {
                place.insert(failure.event_id.clone());
                None
            }
        }
    }
}
