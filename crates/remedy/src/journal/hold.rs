//! The hold: what must not be written until an operator says otherwise. One object of the journal, `hold.json`.
//!
//! The writer reads it before it takes the lease and again right before each write. What is there and cannot be
//! understood stops everything.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tagmend_diagnosis::{Change, is_same_key};

use crate::aws::aws_error::AwsError;
use crate::aws::clients::Clients;
use crate::journal::{Journal, Precondition, PutResult, SCHEMA, Version};

const NAME: &str = "hold.json";
/// Tries to write the object while somebody else writes it too.
const ATTEMPTS: u32 = 5;
/// So much is shown of what nobody understands.
const SHOWN: usize = 500;

/// What must not be written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hold {
    /// Nothing at all, for this reason.
    pub all: Option<Note>,
    /// No mapping of these keys.
    pub keys: BTreeMap<String, Note>,
    /// What lies there is of no form that is understood, and holds all; with its beginning, as far as it is text.
    pub not_understood: Option<String>,
}

/// Since when, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct Note {
    /// Since when; none where nobody wrote it down.
    pub since: Option<Timestamp>,
    /// The operator's words.
    pub reason: Option<String>,
    /// Who, as the command was told; none where it was not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
}

/// What an operator holds or resumes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HoldOn<'a> {
    /// All writing.
    All,
    /// The mapping of a key.
    Key(&'a str),
}

/// The object.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Document {
    schema: u32,
    all: Option<Note>,
    keys: BTreeMap<String, Note>,
}

/// A hold that could not be changed.
#[derive(Debug, thiserror::Error)]
pub enum HoldError {
    /// AWS did not do it.
    #[error(transparent)]
    Aws(#[from] AwsError),
    /// Others change it at the same time, again and again.
    #[error("hold.json is changed by somebody else at the same time; try again")]
    Busy,
    /// What lies there is of no form that is understood. It stays, and holds all.
    #[error("hold.json is of no form that is understood, and holds all writing; it stays as it is:\n{0}")]
    NotUnderstood(String),
}

impl Hold {
    /// Whether it stops a change.
    pub(crate) fn stops(&self, change: &Change) -> bool {
        self.all.is_some()
            || self.not_understood.is_some()
            || match change {
                Change::RestoreMapping { key, source: _ } => {
                    self.keys.keys().any(|held| is_same_key(held, key))
                }
                Change::Reprovision { .. } => false,
            }
    }

    /// Whether it stops nothing.
    pub fn is_empty(&self) -> bool {
        self.all.is_none() && self.keys.is_empty() && self.not_understood.is_none()
    }

    pub(crate) async fn read(journal: &Journal) -> Result<Hold, AwsError> {
        Ok(find(journal).await?.0)
    }

    /// The note of what is held already.
    pub fn note(&self, extent: HoldOn<'_>) -> Option<&Note> {
        match extent {
            HoldOn::All => self.all.as_ref(),
            HoldOn::Key(key) => {
                self.keys.iter().find(|(held, _)| is_same_key(held, key)).map(|(_, note)| note)
            }
        }
    }

    fn set(&mut self, extent: HoldOn<'_>, note: Option<Note>) {
        // Who held it first, and since when, stays; a reason is added where there was none.
        let note = note.map(|new| match self.note(extent) {
            Some(first) => Note { reason: first.reason.clone().or(new.reason), ..first.clone() },
            None => new,
        });
        match (extent, note) {
            (HoldOn::All, note) => self.all = note,
            (HoldOn::Key(key), Some(note)) => {
                match self.keys.iter_mut().find(|(held, _)| is_same_key(held, key)) {
                    Some((_, held)) => *held = note,
                    None => drop(self.keys.insert(key.to_owned(), note)),
                }
            }
            (HoldOn::Key(key), None) => self.keys.retain(|held, _| !is_same_key(held, key)),
        }
    }
}

async fn find(journal: &Journal) -> Result<(Hold, Option<Version>), AwsError> {
    let Some((object, version)) = journal.get(NAME).await? else {
        return Ok((Hold::default(), None));
    };
    let text = object.to_string().chars().take(SHOWN).collect();
    let hold = match serde_json::from_value::<Document>(object) {
        Ok(Document { schema: SCHEMA, all, keys }) => Hold { all, keys, not_understood: None },
        _ => Hold { not_understood: Some(text), ..Hold::default() },
    };
    Ok((hold, Some(version)))
}

/// Holds and resumes, for operators.
#[derive(Clone, Debug)]
pub struct Brake {
    journal: Journal,
    by: Option<String>,
}

impl Brake {
    /// For the journal in this bucket.
    pub fn new(clients: &Clients, journal_bucket: &str) -> Brake {
        Brake { journal: Journal::new(clients.s3.clone(), journal_bucket), by: None }
    }

    /// The same, in the name of somebody.
    pub fn in_the_name_of(self, by: Option<String>) -> Brake {
        Brake { by, ..self }
    }

    /// What is held. Only reads.
    ///
    /// # Errors
    /// Where AWS does not answer.
    pub async fn look(&self) -> Result<Hold, AwsError> {
        Hold::read(&self.journal).await
    }

    /// Stops writing; what is held afterwards. What lies there and is not understood stays, and holds all.
    ///
    /// # Errors
    /// Where it could not be written. Nothing is held then that was not held before.
    pub async fn hold(
        &self,
        extent: HoldOn<'_>,
        reason: Option<String>,
        now: Timestamp,
    ) -> Result<Hold, HoldError> {
        match self.change(extent, Some(Note { since: Some(now), reason, by: self.by.clone() }), false).await {
            Err(HoldError::NotUnderstood(text)) => Ok(Hold { not_understood: Some(text), ..Hold::default() }),
            held => held,
        }
    }

    /// Lets writing go on; what is held afterwards.
    ///
    /// # Errors
    /// Where it could not be written, or what lies there is not understood. Everything is held then that was held before.
    pub async fn resume(&self, extent: HoldOn<'_>) -> Result<Hold, HoldError> {
        self.change(extent, None, false).await
    }

    /// Lets all writing go on, and puts a hold that is understood, of nothing, in the place of one that is not.
    ///
    /// # Errors
    /// Where it could not be written. Everything is held then that was held before.
    pub async fn replace(&self) -> Result<Hold, HoldError> {
        self.change(HoldOn::All, None, true).await
    }

    async fn change(
        &self,
        extent: HoldOn<'_>,
        note: Option<Note>,
        replaces: bool,
    ) -> Result<Hold, HoldError> {
        for _ in 0..ATTEMPTS {
            let (mut hold, version) = find(&self.journal).await?;
            match hold.not_understood.take() {
                Some(text) if !replaces => return Err(HoldError::NotUnderstood(text)),
                _ => {}
            }
            hold.set(extent, note.clone());
            let document = Document { schema: SCHEMA, all: hold.all.clone(), keys: hold.keys.clone() };
            let object = serde_json::to_value(document).map_err(|_| AwsError::incomplete("s3:PutObject"))?;
            let only = version.as_ref().map_or(Precondition::IfAbsent, Precondition::IfStill);
            match self.journal.put(NAME, &object, only).await? {
                PutResult::Yes(_) => return Ok(hold),
                PutResult::Conflict => {}
            }
        }
        Err(HoldError::Busy)
    }
}
