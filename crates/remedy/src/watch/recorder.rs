//! Keeps what was found: `index.json`, `watch/part.json`, `watch/undone.json`, `runs/TIME-REQUEST.json`, and the
//! days that are over. It writes nothing else, and says of fixes that are undone that they are.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value as Json, json};
use tagmend_diagnosis::standing::Standing;

use super::{Inspection, json as written};
use crate::announce::{self, Announcer};
use crate::aws::aws_error::AwsError;
use crate::aws::clients::Clients;
use crate::aws::clock::RunTime;
use crate::journal::index::{self, Index};
use crate::journal::users_key;
use crate::journal::{Journal, Precondition, PutResult, SCHEMA};
use crate::ledger::{FixSeen, Function, Ledger, Look, Run, Thing};

/// What a run that ran out of time looked at.
const PART: &str = "watch/part.json";
/// Fixes that were found undone, and said to be.
const UNDONE: &str = "watch/undone.json";

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

    /// What an unfinished run looked at; none where there is none.
    ///
    /// # Errors
    /// Where the journal cannot be read.
    pub async fn begun(&self) -> Result<Option<Index>, AwsError> {
        let object = self.journal.get(PART).await?;
        let part: Option<Index> = object.and_then(|(json, _)| serde_json::from_value(json).ok());
        Ok(part.filter(|part| !part.permission_sets.is_empty()))
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
            began,
            ended: time.clock.now(),
            denials: Vec::new(),
            unanswered: Vec::new(),
            changes: Vec::new(),
            look: Some(looked.map_or_else(nothing, look)),
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

    /// Keeps what was found: the index where it is complete, else as much of it as there is.
    ///
    /// # Errors
    /// Where the journal cannot be written. What was found stands all the same.
    pub async fn record(&self, inspection: &Inspection) -> Result<(), AwsError> {
        let index = as_json(&inspection.index)?;
        if inspection.index_is_complete {
            self.replace(index::NAME, &index).await?;
            // The next run begins afresh.
            if self.begun().await?.is_some() {
                let none = Index { permission_sets: [].into(), ..inspection.index.clone() };
                self.replace(PART, &as_json(&none)?).await?;
            }
            return Ok(());
        }
        self.replace(PART, &index).await
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

fn as_json(index: &Index) -> Result<Json, AwsError> {
    serde_json::to_value(index).map_err(|_| AwsError::incomplete("s3:PutObject"))
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
        mappings_in_use: Some(inspection.mappings_in_use),
        permission_sets: inspection.permission_sets.looked_at,
        users: inspection.users.looked_at,
        is_whole: inspection.errors.is_empty(),
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
