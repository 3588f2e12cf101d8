//! Every user's values, by the mappings that are live. The values themselves go nowhere.
//!
//! A run goes on where the last one stopped, so that each user is looked at, however many there are.

use aws_sdk_identitystore::types::User as Listed;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tagmend_diagnosis::{
    AttributeMapping, Baseline, ValueProblem,
    drift::{self, Finding},
    is_same_key,
};

use super::{Coverage, Keeping, Memory, Watcher};
use crate::aws::aws_error::AwsError;
use crate::aws::clock::RunTime;
use crate::read::user;

/// What has to be left for the journal and the metrics.
const RESERVE: SignedDuration = SignedDuration::from_secs(30);

/// How far a walk through all users came, and what was found on it and the one before.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Walk {
    /// Where AWS goes on; none at the beginning.
    next: Option<String>,
    /// Which walk this is.
    number: u64,
    /// Users on it so far.
    looked_at: usize,
    /// How many there were on the last one that came to its end.
    all: Option<usize>,
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

pub(super) struct Looked {
    pub(super) extent: Coverage,
    pub(super) error: Option<AwsError>,
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

    fn page(&mut self, users: &[Listed], live: &[AttributeMapping], now: Timestamp) {
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

    fn ends(&mut self) {
        let number = self.number;
        // Who was not met on the whole way is no user any more.
        self.found.retain(|found| found.walk == number);
        self.all = Some(self.looked_at);
        self.begins();
    }

    fn begins(&mut self) {
        (self.next, self.looked_at) = (None, 0);
        self.number += 1;
    }
}

/// Looks at users, a page at a time, until the time is up or the walk has come to its end.
pub(super) async fn look(
    watcher: &Watcher,
    baseline: &Baseline,
    live: &[AttributeMapping],
    memory: &mut Memory,
    keeping: Keeping<'_>,
    time: RunTime,
) -> Looked {
    let mut looked = Looked { extent: Coverage { looked_at: 0, all: None }, error: None };
    let mut pages = 0;
    while time.has(RESERVE) {
        let call = watcher.clients.identity_store.list_users();
        let call = call.identity_store_id(&baseline.identity_store_id).extensions(user::ENTERPRISE);
        let page = match call.set_next_token(memory.users.next.clone()).send().await {
            Ok(page) => page,
            Err(error) => {
                looked.error = Some(AwsError::new("identitystore:ListUsers", &error));
                // No page says how long a token lasts.
                memory.users.begins();
                break;
            }
        };
        looked.extent.looked_at += page.users.len();
        memory.users.page(&page.users, live, time.clock.now());
        memory.users.next = page.next_token;
        if memory.users.next.is_none() {
            memory.users.ends();
            break;
        }
        pages += 1;
        keeping.after(pages, memory).await;
    }
    looked.extent.all = memory.users.all;
    looked
}
