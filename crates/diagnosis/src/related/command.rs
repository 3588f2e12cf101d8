//! The command to begin with, with what the record tells in place of words in capitals.

use std::collections::BTreeMap;

use super::Related;
use super::event::Event;
use crate::words::shell::filled;

/// What records tell of things that commands name, and where.
const NAMED: [(&str, &str); 3] = [
    ("PERMISSION_SET", "/requestParameters/permissionSetArn"),
    ("ROLE", "/requestParameters/roleArn"),
    ("NAME", "/requestParameters/roleSessionName"),
];

/// What a record tells, by the words of commands.
pub(super) type Named = BTreeMap<&'static str, String>;

pub(super) fn named(event: &Event<'_>) -> Named {
    NAMED.iter().filter_map(|(word, path)| Some((*word, event.text(path)?.to_owned()))).collect()
}

impl Related {
    /// The command of its cause, with what the record tells. What could mean something to a shell is not filled in.
    pub fn command(&self) -> String {
        filled(self.cause.about().command, |word| match word {
            "USER_ID" => self.user_id.clone(),
            "REGION" => self.region.clone(),
            word => self.named.get(word).cloned(),
        })
    }
}
