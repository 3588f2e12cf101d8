//! The users whom a change is for. They are counted by name and written down as hashes; nothing prints them.

use std::collections::BTreeSet;
use std::fmt;

use tagmend_diagnosis::Failure;

use crate::journal::users_key::UsersKey;

/// Users that one fix names; a storm has thousands.
const NAMED: usize = 20;

/// Users who were denied.
#[derive(Clone, Default)]
pub(crate) struct DeniedUsers {
    /// Names of sessions, which every record has.
    sessions: BTreeSet<String>,
    /// The first of them.
    first: Vec<String>,
}

impl DeniedUsers {
    /// Adds the one of a failure.
    pub(crate) fn add(&mut self, failure: &Failure) {
        let Some(session) = failure.principal.session() else {
            return;
        };
        let is_new = self.sessions.insert(session.session_name.clone());
        if is_new && self.first.len() < NAMED {
            self.first.push(session.session_name.clone());
        }
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.sessions.len()
    }

    /// The first of them, hashed.
    pub(crate) fn hashes(&self, key: &UsersKey) -> Vec<String> {
        self.first.iter().filter_map(|user| key.hash(user)).collect()
    }
}

impl fmt::Debug for DeniedUsers {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} users", self.count())
    }
}
