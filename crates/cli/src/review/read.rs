//! Reads what a review rests on. What cannot be read is named, and the rest stands.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use tagmend_diagnosis::{AccessControl, PastChange, standing};
use tagmend_remedy::hold::{Hold, Note};
use tagmend_remedy::ledger::{self, DayName, Found, Ledger};
use tagmend_remedy::{AwsError, Clients, FixId, LookBack, Standings, Watcher, counted};
use tagmend_review::history::{self, Fix, Held, History, Live, Source, Standing, Unread};
use tagmend_review::review::LOOK_BACK;
use tagmend_review::window::Window;

use super::progress::Progress;
use super::{LONGEST_OF_RUNS, convert, list_writes};
use crate::connection::Connection;

/// Everything that a review of this window rests on.
pub(super) async fn history(
    connection: &Connection,
    window: Window,
    with_names: bool,
    progress: &Progress,
) -> History {
    let now = connection.time.clock.now();
    let clients = Clients::new(&connection.configuration);
    let ledger = progress.of(Ledger::new(&clients, &connection.journal_bucket));
    let look_back = LookBack::new(&clients, &connection.journal_bucket);
    let from = window.before().from.min(window.to.checked_sub(LOOK_BACK).unwrap_or(Timestamp::MIN));
    let span = Window { from, to: window.until_now(now).to };
    let mut history = History::empty(now);
    let writes = list_writes::read(&connection.configuration, &connection.baseline, span, now);
    let before = window.before();
    let stack = connection.baseline.stack();
    // What was made after the window tells how things stand.
    let (changes, hold, writes, counts, counts_before, made) = tokio::join!(
        look_back.changes(from),
        look_back.hold(),
        writes,
        counted(&connection.configuration, stack, window.from, span.to, now),
        counted(&connection.configuration, stack, before.from, before.to, now),
        runs_and_days(&mut history, &ledger, window, span),
    );
    let mut unread = Vec::new();
    let mut missing = |source, why: String| unread.push(Unread { source, why });
    let fixes = match changes {
        Ok(changes) => fixes(&ledger, &changes, made, now).await,
        Err(error) => Err(error),
    };
    match fixes {
        Ok((told, found)) => {
            history.fixes = told;
            found.not_understood.into_iter().for_each(|name| missing(Source::Fixes, not_understood(&name)));
            convert::fixes(&mut history, found.all);
        }
        Err(error) => missing(Source::Fixes, error.to_string()),
    }
    match hold {
        Ok(hold) => history.hold = held(hold),
        Err(error) => missing(Source::Hold, error.to_string()),
    }
    match writes {
        Ok(writes) => history.list_writes = Some(writes),
        Err(error) => missing(Source::CloudTrail, error.to_string()),
    }
    match (counts, counts_before) {
        (Ok(window), Ok(before)) => history.metrics = Some(history::Counted { window, before }),
        (Err(error), _) | (_, Err(error)) => missing(Source::Metrics, error.to_string()),
    }
    progress.turn_to_calls();
    match live(connection, clients, &history).await {
        Ok((live, errors)) => {
            history.live = Some(live);
            errors.iter().for_each(|error| missing(Source::LiveState, error.to_string()));
        }
        Err(error) => missing(Source::LiveState, error.to_string()),
    }
    if with_names {
        match look_back.names(&connection.baseline.identity_store_id).await {
            Ok(names) => history.names = names,
            Err(error) => missing(Source::Names, error.to_string()),
        }
    }
    history.unread.extend(unread);
    history
}

fn not_understood(name: &str) -> String {
    format!("{name} is of no form that this version knows")
}

/// Fixes and rollbacks: the newest are read whole, older ones only as far as no day tells of them.
async fn fixes(
    ledger: &Ledger,
    changes: &[(Timestamp, FixId)],
    made: BTreeMap<String, Fix>,
    now: Timestamp,
) -> Result<(Vec<Fix>, Found<ledger::Fix>), AwsError> {
    let newest = changes.len().saturating_sub(READ_WHOLE);
    let is_told = |id: &FixId| made.contains_key(id.as_str());
    let first = changes.iter().enumerate().find(|(index, (_, id))| *index >= newest || !is_told(id));
    let Some((first, (time, _))) = first else {
        return Ok((Vec::new(), Found { all: Vec::new(), not_understood: Vec::new() }));
    };
    let found = ledger.fixes(*time, now + SignedDuration::from_secs(1)).await?;
    let mut made = made;
    let told = changes.iter().take(first).filter_map(|(_, id)| made.remove(id.as_str())).collect();
    Ok((told, found))
}

/// So many of the newest fixes are read whole, with the users and the list before.
const READ_WHOLE: usize = 300;

/// Runs where the span is short; else folded days, and the runs of what is not folded.
///
/// Returned are the fixes that days tell of, by name.
async fn runs_and_days(
    history: &mut History,
    ledger: &Ledger,
    window: Window,
    span: Window,
) -> BTreeMap<String, Fix> {
    let mut made = BTreeMap::new();
    let end = span.to;
    let mut runs_from = span.from;
    if window.length() > LONGEST_OF_RUNS {
        match ledger.days(span.from, end).await {
            Err(error) => missing(history, &error),
            Ok(found) => {
                unknown(history, found.not_understood);
                let folded = found.all.iter().map(|day| DayName(day.date));
                let last = folded.filter_map(DayName::ends).filter(|ends| *ends <= end).max();
                runs_from = last.unwrap_or(runs_from);
                let days = found
                    .all
                    .into_iter()
                    .filter(|day| DayName(day.date).ends().is_some_and(|ends| ends <= end));
                for day in days {
                    made.extend(convert::made(&day).map(|fix| (fix.id.clone(), fix)));
                    convert::day(history, day);
                }
            }
        }
    }
    match ledger.runs(runs_from, end).await {
        Err(error) => missing(history, &error),
        Ok(found) => {
            unknown(history, found.not_understood);
            convert::runs(history, found.all);
        }
    }
    // Of a folded day nobody keeps it.
    match ledger.related(runs_from, end).await {
        Err(error) => missing(history, &error),
        Ok(found) => {
            unknown(history, found.not_understood);
            convert::related(history, found.all);
        }
    }
    history.runs.sort_by_key(|run| run.time);
    history.denials.sort_by_key(|denials| denials.time);
    history.attempts.sort_by_key(|attempt| attempt.time);
    made
}

fn missing(history: &mut History, error: &AwsError) {
    history.unread.push(Unread { source: Source::Ledger, why: error.to_string() });
}

fn unknown(history: &mut History, names: Vec<String>) {
    let unread = names.iter().map(|name| Unread { source: Source::Ledger, why: not_understood(name) });
    history.unread.extend(unread);
}

fn held(hold: Hold) -> history::Hold {
    let note = |note: Note| Held { by: note.by, since: note.since, reason: note.reason };
    history::Hold {
        all: hold.all.map(note),
        keys: hold.keys.into_iter().map(|(key, of)| (key, note(of))).collect(),
    }
}

/// How everything that was fixed stands now.
async fn live(
    connection: &Connection,
    clients: Clients,
    history: &History,
) -> Result<(Live, Vec<AwsError>), AwsError> {
    let watcher = Watcher::new(clients, &connection.journal_bucket, connection.pace);
    let changes: BTreeSet<PastChange> =
        history.fixes.iter().map(|fix| convert::past_change(&fix.thing)).collect();
    let Standings { access_control, changes, errors } =
        watcher.standings(&connection.baseline, &changes, connection.time).await?;
    let standing: BTreeMap<_, _> =
        changes.iter().map(|(change, standing)| (convert::thing(change), words(*standing))).collect();
    let mappings = match access_control {
        AccessControl::Enabled(mappings) => {
            Some(mappings.into_iter().map(|mapping| (mapping.key, mapping.source)).collect())
        }
        AccessControl::Disabled | AccessControl::Pending => None,
    };
    Ok((Live { mappings, standing }, errors))
}

fn words(standing: standing::Standing) -> Standing {
    match standing {
        standing::Standing::Held => Standing::Held,
        standing::Standing::Undone => Standing::Undone,
        standing::Standing::Superseded | standing::Standing::RolledBack | standing::Standing::Gone => {
            Standing::Superseded
        }
        standing::Standing::NeverMade | standing::Standing::Unseen => Standing::Unknown,
    }
}
