//! The users whom a change is for. They are counted by name and written down as hashes; nothing prints them.

use std::collections::BTreeSet;
use std::fmt;

use tagmend_diagnosis::Failure;

use crate::journal::users_key::UsersKey;

/// Users that one fix names; a storm has thousands.
const NAMED: usize = 20;

/// Users who were denied.
#[derive(Clone, Default)]
pub struct DeniedUsers {
    /// Names of sessions, which every record has.
    sessions: BTreeSet<String>,
    /// The first of them, by user id where the record has it, and by session name.
    first: Vec<(String, String)>,
}

impl DeniedUsers {
    /// Adds the one of a failure.
    pub(crate) fn add(&mut self, failure: &Failure) {
        let Some(session) = failure.principal.session() else {
            return;
        };
        self.sessions.insert(session.session_name.clone());
        let user = session.user_id.as_ref().unwrap_or(&session.session_name);
        let is_known = self.first.iter().any(|(known, _)| known == user);
        if self.first.len() < NAMED && !is_known {
            self.first.push((user.clone(), session.session_name.clone()));
        }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.sessions.len()
    }

    /// The first of them, hashed.
    pub(crate) fn hashes(&self, key: &UsersKey) -> Vec<String> {
        self.first.iter().filter_map(|(user, _)| key.hash(user)).collect()
    }

    /// The names of their sessions, hashed, in the same order: another record may know the same person by no other name.
    pub(crate) fn session_hashes(&self, key: &UsersKey) -> Vec<String> {
        self.first.iter().filter_map(|(_, session)| key.hash(session)).collect()
    }
}

impl fmt::Debug for DeniedUsers {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} users", self.count())
    }
}
