//! Keeps what a run of `heal` did, for a review.

use std::collections::BTreeMap;

use jiff::Timestamp;
use sha2::{Digest, Sha256};
use tagmend_diagnosis::{Baseline, Failure, Plan, Principal, Triage, escaped_and_short, triage};

use super::fix::Denied;
use super::name::RunName;
use super::read_count::ReadCount;
use super::run::{Attempt, CallHash, Denials, Run, Unanswered, UserHash};
use super::words::{ChangeResult, Function, Limit, Mode, Thing};
use crate::apply::{Applied, Outcome, Refusal, RequestedChange};
use crate::aws::aws_error::AwsError;
use crate::aws::clients::Clients;
use crate::aws::clock::Clock;
use crate::aws::random;
use crate::journal::users_key::UsersKey;
use crate::journal::{FixId, Journal, Precondition, SCHEMA};
use crate::report::{Report, Step, Treated, Treatment};

/// What runs leave in the journal of an installation.
#[derive(Clone, Debug)]
pub struct Ledger {
    pub(super) clients: Clients,
    pub(super) journal: Journal,
    pub(super) read_count: ReadCount,
}

/// One invocation of a function, or an operator's of a command.
#[derive(Clone, Copy, Debug)]
pub struct Invocation<'a> {
    /// The id of Lambda's request, or what stands for one.
    pub request: &'a str,
    /// What it may do.
    pub mode: Mode,
    /// When it began.
    pub began: Timestamp,
    /// Whether an operator ran it.
    pub by_operator: bool,
}

impl Ledger {
    /// That of the journal in this bucket.
    pub fn new(clients: &Clients, journal_bucket: &str) -> Ledger {
        Ledger {
            clients: clients.clone(),
            journal: Journal::new(clients.s3.clone(), journal_bucket),
            read_count: ReadCount::default(),
        }
    }

    /// The same, which tells whoever waits how far it is.
    #[must_use]
    pub fn telling(self, tell: impl Fn(usize, usize) + Send + Sync + 'static) -> Ledger {
        Ledger { read_count: ReadCount::telling(tell), ..self }
    }

    /// What a run of `heal` did; none where no denial cost a read.
    pub async fn run(
        &self,
        report: &Report,
        baseline: &Baseline,
        invocation: Invocation<'_>,
        clock: Clock,
    ) -> Option<Run> {
        let asked: Vec<(&Failure, &Treatment)> = report
            .treated
            .iter()
            .filter_map(|treated| match treated {
                Treated::Failure(failure, treatment) => Some((failure.as_ref(), treatment)),
                Treated::Unreadable(_)
                | Treated::PassedOver
                | Treated::Related(_)
                | Treated::Repeated { .. } => None,
            })
            .filter(|(failure, _)| matches!(triage(failure, baseline), Triage::Ask(_)))
            .collect();
        if asked.is_empty() {
            return None;
        }
        let key = self.clients.users_key.get(&self.journal).await;
        Some(Run {
            schema: SCHEMA,
            request: invocation.request.to_owned(),
            function: Function::Heal,
            mode: Some(invocation.mode),
            by_operator: invocation.by_operator,
            began: invocation.began,
            ended: clock.now(),
            denials: denials(&asked, report, key),
            unanswered: unanswered(&asked),
            changes: report.changes.iter().map(|treated| treated.attempt.clone()).collect(),
            look: None,
            rollback: None,
        })
    }

    /// Keeps what a run did. Nobody else has its name: what is there already is what an attempt of ours put, whose answer
    /// was lost.
    ///
    /// # Errors
    /// Where the journal cannot be written. What the run did stands all the same.
    pub async fn keep(&self, run: &Run) -> Result<(), AwsError> {
        let name = RunName { began: run.began, request: run.request.clone() }.object();
        let object = serde_json::to_value(run).map_err(|_| AwsError::incomplete("s3:PutObject"))?;
        self.journal.put(&name, &object, Precondition::IfAbsent).await.map(|_| ())
    }
}

/// Denials of one user that are alike, together.
fn denials(asked: &[(&Failure, &Treatment)], report: &Report, key: Option<&UsersKey>) -> Vec<Denials> {
    let mut places: BTreeMap<_, usize> = BTreeMap::new();
    let mut rows: Vec<Denials> = Vec::new();
    for (failure, treatment) in asked {
        let Treatment::Diagnosed { diagnosis, plan, .. } = treatment else {
            continue;
        };
        let row = Denials {
            cause: diagnosis.cause.name().to_owned(),
            rule: diagnosis.rule.id.to_owned(),
            keys: diagnosis.keys.iter().map(|key| escaped_and_short(key)).collect(),
            account: failure.account.clone(),
            permission_set: permission_set(failure),
            user: key.and_then(|key| user(failure, key)),
            user_id: key.and_then(|key| key.hash(failure.principal.session()?.user_id.as_deref()?)),
            action: escaped_and_short(&failure.action),
            first: failure.time,
            last: failure.time,
            sessions_end: diagnosis.session_ends,
            calls: vec![call(failure)],
            changes: changes(plan, report),
        };
        let alike = (row.rule.clone(), row.keys.clone(), row.account.clone(), row.permission_set.clone());
        let place = places.entry((alike, row.user.clone(), row.changes.clone())).or_insert(rows.len());
        match rows.get_mut(*place) {
            None => rows.push(row),
            Some(rows) => {
                rows.sessions_end = rows.sessions_end.max(row.sessions_end);
                rows.last = rows.last.max(row.last);
                if row.first < rows.first {
                    (rows.first, rows.action) = (row.first, row.action);
                }
                rows.calls.extend(row.calls);
            }
        }
    }
    rows
}

fn unanswered(asked: &[(&Failure, &Treatment)]) -> Vec<Unanswered> {
    let mut by_error: BTreeMap<String, Vec<CallHash>> = BTreeMap::new();
    for (failure, treatment) in asked {
        if let Treatment::Unanswered(error) = treatment {
            by_error.entry(error.to_string()).or_default().push(call(failure));
        }
    }
    by_error.into_iter().map(|(error, calls)| Unanswered { error, calls }).collect()
}

/// Places of the changes that a plan asks for.
fn changes(plan: &Plan<Step>, report: &Report) -> Vec<usize> {
    let Plan::Changes(steps) = plan else {
        return Vec::new();
    };
    let place = |step: &Step| report.changes.iter().position(|treated| treated.change == step.change);
    steps.iter().filter_map(place).collect()
}

/// The permission set of the session that was denied.
pub(crate) fn permission_set(failure: &Failure) -> Option<String> {
    match &failure.principal {
        Principal::PermissionSet(session) => Some(session.name.clone()),
        Principal::AccountAccess(_) | Principal::Other { .. } => None,
    }
}

fn user(failure: &Failure, key: &UsersKey) -> Option<UserHash> {
    key.hash(&failure.principal.session()?.session_name)
}

fn call(failure: &Failure) -> CallHash {
    let mut hash = Sha256::new();
    for part in [failure.account.as_deref().unwrap_or_default(), &failure.call_id] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    random::hex(hash.finalize().get(..8).unwrap_or_default())
}

impl Attempt {
    /// Of a change that was asked for, and what became of it; nothing where nothing is applied.
    pub(crate) fn new(request: &RequestedChange, applied: Option<&Applied>) -> Attempt {
        let outcome = applied.map(|applied| &applied.outcome);
        let said =
            |name: &str| request.diagnosis.get(name).and_then(serde_json::Value::as_str).unwrap_or_default();
        let Denied { first, account, permission_set, .. } = &request.denied;
        let result = ChangeResult::from(outcome);
        let fix = outcome.and_then(Outcome::fix);
        let refusal = match outcome {
            Some(Outcome::Refused(refusal)) => Some(refusal),
            _ => None,
        };
        Attempt {
            change: Thing::from(&request.change),
            cause: said("cause").to_owned(),
            rule: said("rule").to_owned(),
            account: account.clone(),
            permission_set: permission_set.clone(),
            users: request.users.count(),
            result,
            limit: refusal.map(Limit::from),
            until: refusal.and_then(Refusal::until),
            error: match outcome {
                Some(Outcome::Failed(error)) => Some(error.code.clone()),
                _ => None,
            },
            fix: fix.map(|fix| fix.as_str().to_owned()),
            repeats: applied.and_then(|applied| applied.repeats.as_ref()).map(|fix| fix.as_str().to_owned()),
            denied: *first,
            made: fix.filter(|_| result.is_made()).and_then(FixId::time),
            seen: applied.filter(|_| result == ChangeResult::Fixed).map(|applied| applied.at),
        }
    }
}
