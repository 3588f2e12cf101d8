//! How far a walk through all users came: what the memory keeps of it.

use crate::read::user;
use aws_sdk_identitystore::types::User as Listed;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tagmend_diagnosis::{
    AttributeMapping, ValueProblem,
    drift::{self, Finding},
    is_same_key,
};

/// How far a walk through all users came, and what was found on it and the one before.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Walk {
    /// Where AWS goes on; none at the beginning.
    pub(super) next: Option<String>,
    /// Which walk this is.
    number: u64,
    /// Users on it so far.
    looked_at: usize,
    /// How many there were on the last one that came to its end.
    pub(super) all: Option<usize>,
    /// When a page was read last.
    pub(super) time: Option<Timestamp>,
    found: Vec<Found>,
}

/// A value that cannot be a session tag.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Found {
    /// On which walk.
    walk: u64,
    key: String,
    user_id: String,
    problem: ValueProblem,
}

impl Walk {
    /// What was found on the way, as far as its key is still mapped.
    pub(super) fn findings(&self, live: &[AttributeMapping]) -> Vec<Finding> {
        let is_live = |found: &&Found| live.iter().any(|mapping| is_same_key(&mapping.key, &found.key));
        let finding = |found: &Found| Finding::ValueNotATag {
            key: found.key.clone(),
            user_id: found.user_id.clone(),
            problem: found.problem,
        };
        self.found.iter().filter(is_live).map(finding).collect()
    }

    /// Whether every user was looked at once.
    pub(super) fn is_whole(&self) -> bool {
        self.all.is_some()
    }

    /// Users on this walk so far.
    pub(super) fn looked_at(&self) -> usize {
        self.looked_at
    }

    pub(super) fn page(&mut self, users: &[Listed], live: &[AttributeMapping], now: Timestamp) {
        self.time = Some(now);
        self.looked_at += users.len();
        for listed in users {
            let user = user::listed(listed);
            self.found.retain(|found| found.user_id != user.user_id);
            for finding in drift::of_user(&user, live) {
                if let Finding::ValueNotATag { key, user_id, problem } = finding {
                    self.found.push(Found { walk: self.number, key, user_id, problem });
                }
            }
        }
    }

    pub(super) fn ends(&mut self) {
        let number = self.number;
        // Who was not met on the whole way is no user any more.
        self.found.retain(|found| found.walk == number);
        self.all = Some(self.looked_at);
        self.begins();
    }

    pub(super) fn begins(&mut self) {
        (self.next, self.looked_at) = (None, 0);
        self.number += 1;
    }
}
