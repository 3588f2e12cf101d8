//! Keeps what was found: `index.json`, `watch/seen.json`, `watch/undone.json`, `runs/TIME-REQUEST.json`, and the
//! days that are over. It writes nothing else, and says of fixes that are undone that they are.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value as Json, json};
use tagmend_diagnosis::standing::Standing;

use super::{Inspection, Memory, json as written};
use crate::announce::{self, Announcer};
use crate::aws::aws_error::AwsError;
use crate::aws::clients::Clients;
use crate::aws::clock::RunTime;
use crate::journal::index::Index;
use crate::journal::users_key;
use crate::journal::{Journal, Precondition, PutResult, SCHEMA};
use crate::journal::{begun, index};
use crate::ledger::{FixSeen, Function, Ledger, Look, Run, Thing};

/// What was seen of each thing, and when.
const SEEN: &str = "watch/seen.json";
/// Fixes that were found undone, and said to be.
const UNDONE: &str = "watch/undone.json";

/// So often the index is put together with what `heal` wrote meanwhile.
const TRIES: usize = 5;

/// Writes to the journal what was found.
#[derive(Clone, Debug)]
pub struct Recorder {
    journal: Journal,
    ledger: Ledger,
    announcer: Announcer,
}

impl Recorder {
    /// For the journal in this bucket.
    pub fn new(clients: &Clients, journal_bucket: &str) -> Recorder {
        let journal = Journal::new(clients.s3.clone(), journal_bucket);
        let announcer = Announcer::new(&clients.configuration);
        Recorder { journal, ledger: Ledger::new(clients, journal_bucket), announcer }
    }

    /// What runs before this one saw; none where there is none, or where what is there is no such thing.
    ///
    /// # Errors
    /// Where the journal cannot be read.
    pub async fn memory(&self) -> Result<Option<Memory>, AwsError> {
        Ok(self.journal.get(SEEN).await?.and_then(|(object, _)| Memory::read(object)))
    }

    /// Whether the journal was begun, and is not lost.
    ///
    /// # Errors
    /// Where that cannot be read.
    pub async fn journal_is_begun(&self) -> Result<bool, AwsError> {
        begun::is_begun(&self.journal).await
    }

    /// Looks whether the key for users can be read: without it `heal` names no user, and says so only in its log.
    ///
    /// # Errors
    /// Where it is there and cannot be read.
    pub async fn users_key(&self) -> Result<(), AwsError> {
        users_key::check(&self.journal).await
    }

    /// Puts the days together that are over.
    ///
    /// # Errors
    /// Where the journal cannot be read or written: the next run does it.
    pub(super) async fn fold_days(&self, time: RunTime) -> Result<(), AwsError> {
        self.ledger.fold_days(time).await
    }

    /// Keeps what a run did.
    ///
    /// # Errors
    /// Where the journal cannot be written.
    pub(super) async fn keep_run(
        &self,
        looked: Result<&Inspection, &AwsError>,
        request: &str,
        began: Timestamp,
        time: RunTime,
    ) -> Result<(), AwsError> {
        let run = Run {
            schema: SCHEMA,
            request: request.to_owned(),
            function: Function::Watch,
            mode: None,
            by_operator: false,
            began,
            ended: time.clock.now(),
            denials: Vec::new(),
            unanswered: Vec::new(),
            changes: Vec::new(),
            look: Some(looked.map_or_else(nothing, look)),
            rollback: None,
        };
        self.ledger.keep(&run).await
    }

    /// Says of each fix that is undone, once, that it is.
    ///
    /// # Errors
    /// Where the journal or the bus does not take it: the next run says it.
    pub(super) async fn announce(
        &self,
        inspection: &Inspection,
        request: &str,
        now: Timestamp,
    ) -> Result<(), AwsError> {
        let undone: Vec<FixSeen> = look(inspection)
            .fixes
            .into_iter()
            .filter(|fix| fix.standing == Standing::Undone.name())
            .collect();
        let object = self.journal.get(UNDONE).await?.map(|(object, _)| object);
        let said = object.as_ref().and_then(|object| object.get("undone"));
        let said: Vec<FixSeen> =
            said.and_then(|said| serde_json::from_value(said.clone()).ok()).unwrap_or_default();
        if undone == said {
            return Ok(());
        }
        let new: Vec<FixSeen> = undone.iter().filter(|fix| !said.contains(fix)).cloned().collect();
        self.announcer.send(&announce::undone(&new, request), now).await?;
        self.replace(UNDONE, &json!({"schema": SCHEMA, "undone": undone})).await
    }

    /// Keeps what was seen so far.
    pub(super) async fn keep_memory(&self, memory: &Memory) -> Result<(), AwsError> {
        self.replace(SEEN, &as_json(memory)?).await
    }

    /// Keeps what was seen, and the index where every permission set was tried. Without what runs before saw
    /// (`is_remembered`), memory and index stay as they are.
    ///
    /// # Errors
    /// Where the journal cannot be written. What was found stands all the same.
    pub async fn record(&self, inspection: &Inspection, is_remembered: bool) -> Result<(), AwsError> {
        if !is_remembered {
            return Ok(());
        }
        self.keep_memory(&inspection.memory).await?;
        match &inspection.index {
            Some(index) => self.keep_index(index, inspection.time).await,
            None => Ok(()),
        }
    }

    /// Keeps the index, put together from what was listed at a time. `heal` replaces entries meanwhile: a later look stays.
    async fn keep_index(&self, index: &Index, listed: Timestamp) -> Result<(), AwsError> {
        for _ in 0..TRIES {
            let stored = self.journal.get(index::NAME).await?;
            let (written, precondition) = match &stored {
                None => (index.clone(), Precondition::IfAbsent),
                Some((object, version)) => {
                    let ours = index.clone();
                    let merged = match Index::of(object.clone()) {
                        Some(stored) => ours.with_later_looks(&stored, listed),
                        None => ours,
                    };
                    (merged, Precondition::IfStill(version))
                }
            };
            if self.journal.put(index::NAME, &as_json(&written)?, precondition).await? != PutResult::Conflict
            {
                return Ok(());
            }
        }
        tracing::warn!(name = index::NAME, "somebody else wrote it each time");
        Ok(())
    }

    /// Only one `watch` runs at a time; where the object changes meanwhile all the same, the other one stays.
    async fn replace(&self, name: &str, object: &Json) -> Result<(), AwsError> {
        let written = match self.journal.get(name).await? {
            None => self.journal.put(name, object, Precondition::IfAbsent).await?,
            Some((_, version)) => self.journal.put(name, object, Precondition::IfStill(&version)).await?,
        };
        if written == PutResult::Conflict {
            tracing::warn!(name, "somebody else wrote it meanwhile");
        }
        Ok(())
    }
}

fn as_json<T: Serialize>(object: &T) -> Result<Json, AwsError> {
    serde_json::to_value(object).map_err(|_| AwsError::incomplete("s3:PutObject"))
}

/// What a look saw.
fn look(inspection: &Inspection) -> Look {
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    for finding in &inspection.findings {
        *kinds.entry(finding.kind().to_owned()).or_default() += 1;
    }
    let fixes = inspection.fixes.iter().map(|(fix, standing)| FixSeen {
        time: fix.time,
        change: Thing::from(&fix.change),
        standing: standing.name().to_owned(),
    });
    let again = inspection.denied_again.iter().map(|(change, users)| (Thing::from(change), *users));
    Look {
        findings: inspection.findings.iter().map(written::finding).collect(),
        kinds,
        drift: inspection.findings.iter().filter(|finding| finding.is_drift()).count(),
        fixes: fixes.collect(),
        denied_again: again.collect(),
        mappings_in_use: inspection.mappings_in_use,
        permission_sets: inspection.permission_sets.looked_at,
        users: inspection.users.looked_at,
        is_whole: inspection.is_covering(),
        errors: inspection.errors.iter().map(ToString::to_string).collect(),
    }
}

/// What a look saw that could not begin.
fn nothing(error: &AwsError) -> Look {
    Look {
        findings: Vec::new(),
        kinds: BTreeMap::new(),
        drift: 0,
        fixes: Vec::new(),
        denied_again: Vec::new(),
        mappings_in_use: None,
        permission_sets: 0,
        users: 0,
        is_whole: false,
        errors: vec![error.to_string()],
    }
}
