//! What a replay found, in numbers that add up, and what is to be done about it.

pub(crate) mod backtest;
pub(crate) mod print;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use tagmend_diagnosis::related::story::Story;
use tagmend_diagnosis::{Cause, Change, Class, Diagnosis, Failure, Plan, Principal, advice, arn};
use tagmend_records::{Content, NotARecord, Rebuilt};
use tagmend_remedy::{Outcome, Step, Treated, Treatment};

use crate::json::SCHEMA;
use crate::only::Only;
use crate::place::{Changes, Seen};
use backtest::{AsOf, Backtest};

/// `tagmend replay --summary --json`: what was found. `read` is the sum of `passed_over`, `denied`, `throttled`, `of_another_kind`,
/// `repeated`, `unreadable` and `not_asked_for`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Summary {
    /// The version of this form.
    schema: u32,
    /// Things that were found: a line of `--json` each, without `--only`.
    read: u64,
    /// Records that are neither denied nor throttled, and what is no record of a call.
    passed_over: u64,
    /// Denied calls.
    denied: u64,
    /// Throttled calls.
    throttled: u64,
    /// Sign-ins, provisioning and the like: what Tagmend tells of and is no denied call.
    of_another_kind: u64,
    /// Records of calls that another record told of already.
    repeated: u64,
    /// What could not be read.
    unreadable: u64,
    /// Failures that `--only`, `--from` or `--to` leave out.
    not_asked_for: u64,
    /// Of those denied and throttled, the ones for which AWS did not answer.
    unanswered: u64,
    /// What was passed over and is no record of a call.
    not_records: Vec<Count>,
    /// Files and the like that were read.
    files: u64,
    /// Whether the reading was ended before the end.
    interrupted: bool,
    /// Denied and throttled calls by cause, most first.
    by_cause: Vec<Count>,
    /// By permission set; those of nobody are not in it.
    by_permission_set: Vec<Count>,
    /// By the caller's account.
    by_account: Vec<Count>,
    /// By service.
    by_service: Vec<Count>,
    /// By day, in UTC.
    by_day: Vec<Count>,
    /// What Tagmend would change, or changed.
    changes: Vec<AskedFor>,
    /// What has to be done, by whom, most useful first.
    to_do: Vec<ToDo>,
    /// What is not known of records that were put together from other forms.
    lost: Vec<String>,
    /// What came before failures and may explain them.
    connected: Vec<String>,
    /// With `--as-of-each-record`: what would have been.
    as_of_each_record: Option<AsOf>,
}

/// A name, and how many calls.
#[derive(Debug, Serialize, JsonSchema)]
struct Count {
    name: String,
    calls: u64,
}

/// A change, and how many calls ask for it.
#[derive(Debug, Serialize, JsonSchema)]
struct AskedFor {
    change: String,
    calls: u64,
    /// Null in a dry run.
    outcome: Option<String>,
}

/// What has to be done, by whom.
#[derive(Debug, Serialize, JsonSchema)]
struct ToDo {
    actor: String,
    cause: &'static str,
    /// What it is about: keys, policies, permission sets.
    about: String,
    calls: u64,
    text: String,
    /// A record to look at with `tagmend explain`.
    example: String,
}

/// Counts while records go by. What it holds does not grow with their number.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    read: u64,
    passed_over: u64,
    denied: u64,
    throttled: u64,
    of_another_kind: u64,
    repeated: u64,
    unreadable: u64,
    not_asked_for: u64,
    unanswered: u64,
    connected: Vec<String>,
    pub(crate) files: u64,
    pub(crate) interrupted: bool,
    not_records: BTreeMap<NotARecord, u64>,
    causes: BTreeMap<Cause, u64>,
    permission_sets: Counts,
    accounts: Counts,
    services: Counts,
    days: Counts,
    asked_for: Vec<(Change, u64)>,
    to_do: BTreeMap<(Cause, String), Owed>,
    lost: BTreeMap<Rebuilt, u64>,
    changes: Changes,
    pub(crate) backtest: Option<Backtest>,
}

/// Calls that ask for one deed, with the first of them.
#[derive(Debug)]
struct Owed {
    calls: u64,
    example: String,
    actor: String,
    text: String,
}

/// The most different names that are counted one by one.
const MOST_NAMES: usize = 1_000;
const OTHERS: &str = "others";

#[derive(Debug, Default)]
struct Counts(BTreeMap<String, u64>);

impl Counts {
    fn add(&mut self, name: &str) {
        if let Some(count) = self.0.get_mut(name) {
            *count += 1;
        } else {
            let name = if self.0.len() < MOST_NAMES { name } else { OTHERS };
            *self.0.entry(name.to_owned()).or_default() += 1;
        }
    }

    fn most_first(&self) -> Vec<Count> {
        let mut counts = self.in_order();
        counts.sort_by_key(|count| std::cmp::Reverse(count.calls));
        counts
    }

    fn in_order(&self) -> Vec<Count> {
        self.0.iter().map(|(name, calls)| Count { name: name.clone(), calls: *calls }).collect()
    }
}

impl Tally {
    /// Counts a record. False where `--only` leaves it out.
    pub(crate) fn add(&mut self, seen: &Seen, only: &Only) -> bool {
        self.read += 1;
        let takes = only.takes(&seen.treated);
        match (&seen.treated, takes) {
            (Treated::PassedOver, _) => {
                self.passed_over += 1;
                if let Content::NotARecord(what) = seen.input.content {
                    *self.not_records.entry(what).or_default() += 1;
                }
            }
            (Treated::Unreadable(_), _) => self.unreadable += 1,
            (Treated::Related(_), true) => self.of_another_kind += 1,
            (_, false) => self.not_asked_for += 1,
            (Treated::Repeated { .. }, true) => self.repeated += 1,
            (Treated::Failure(failure, treatment), true) => self.failure(seen, failure, treatment),
        }
        takes
    }

    /// Counts what nobody asked for.
    pub(crate) fn leave_out(&mut self, count: u64) {
        self.read += count;
        self.not_asked_for += count;
    }

    fn failure(&mut self, seen: &Seen, failure: &Failure, treatment: &Treatment) {
        match failure.class {
            Class::Denied => self.denied += 1,
            Class::Throttled => self.throttled += 1,
        }
        if let Principal::PermissionSet(session) = &failure.principal {
            self.permission_sets.add(&session.name);
        }
        self.accounts.add(failure.account.as_deref().unwrap_or("not named"));
        self.services.add(&failure.action.split(':').next().unwrap_or_default().to_ascii_lowercase());
        self.days.add(&failure.time.strftime("%Y-%m-%d").to_string());
        if let Some(rebuilt) = seen.rebuilt {
            *self.lost.entry(rebuilt).or_default() += 1;
        }
        let Treatment::Diagnosed { diagnosis, plan, .. } = treatment else {
            self.unanswered += 1;
            return;
        };
        *self.causes.entry(diagnosis.cause).or_default() += 1;
        if let Some(backtest) = &mut self.backtest {
            backtest.count(diagnosis.cause, failure.time);
        }
        if let Plan::Changes(steps) = plan {
            for Step { change, .. } in steps {
                match self.asked_for.iter_mut().find(|(asked, _)| asked == change) {
                    Some((_, calls)) => *calls += 1,
                    None => self.asked_for.push((change.clone(), 1)),
                }
                if let Some(backtest) = &mut self.backtest {
                    backtest.ask(change, diagnosis.cause, failure.time);
                }
            }
            return;
        }
        let mut key = (diagnosis.cause, about(failure, diagnosis));
        if self.to_do.len() >= MOST_NAMES && !self.to_do.contains_key(&key) {
            key.1 = OTHERS.to_owned();
        }
        let owed = self.to_do.entry(key).or_insert_with(|| {
            let advice = advice(failure, diagnosis, plan);
            Owed { calls: 0, example: seen.input.place(), actor: advice.actor, text: advice.text }
        });
        owed.calls += 1;
    }

    /// Adds what a batch asked for. What several ask for is one change.
    pub(crate) fn changed(&mut self, changes: Changes) {
        for (change, outcome) in changes {
            if !self.changes.iter().any(|(known, _)| *known == change) {
                self.changes.push((change, outcome));
            }
        }
    }

    /// Adds what came before failures of a batch.
    pub(crate) fn connected(&mut self, stories: &[Story]) {
        let room = MOST_NAMES.saturating_sub(self.connected.len());
        self.connected.extend(stories.iter().take(room).map(ToString::to_string));
    }

    pub(crate) fn failures(&self) -> u64 {
        self.denied + self.throttled
    }

    /// Whether something could not be read, or was not answered.
    pub(crate) fn is_undecided(&self) -> bool {
        self.unreadable > 0 || self.unanswered > 0 || self.interrupted
    }

    /// Every change that the failures ask for which are counted.
    pub(crate) fn changes(&self) -> impl Iterator<Item = &(Change, Option<Outcome>)> {
        let is_asked_for = |change: &Change| self.asked_for.iter().any(|(asked, _)| asked == change);
        self.changes.iter().filter(move |(change, _)| is_asked_for(change))
    }

    /// How many calls ask for a change.
    pub(crate) fn calls(&self, change: &Change) -> u64 {
        self.asked_for.iter().find(|(asked, _)| asked == change).map_or(0, |(_, calls)| *calls)
    }

    pub(crate) fn summary(&self) -> Summary {
        let mut by_cause: Vec<Count> = self
            .causes
            .iter()
            .map(|(cause, calls)| Count { name: cause.name().to_owned(), calls: *calls })
            .collect();
        by_cause.sort_by_key(|count| std::cmp::Reverse(count.calls));
        let changes = self.changes().map(|(change, outcome)| AskedFor {
            change: change.to_string(),
            calls: self.calls(change),
            outcome: outcome.as_ref().map(ToString::to_string),
        });
        let lost = self.lost.iter().map(|(rebuilt, calls)| format!("{calls} failures {}", rebuilt.lost()));
        Summary {
            schema: SCHEMA,
            read: self.read,
            passed_over: self.passed_over,
            denied: self.denied,
            throttled: self.throttled,
            of_another_kind: self.of_another_kind,
            repeated: self.repeated,
            unreadable: self.unreadable,
            not_asked_for: self.not_asked_for,
            unanswered: self.unanswered,
            not_records: self
                .not_records
                .iter()
                .map(|(what, calls)| Count { name: what.what().to_owned(), calls: *calls })
                .collect(),
            files: self.files,
            interrupted: self.interrupted,
            by_cause,
            by_permission_set: self.permission_sets.most_first(),
            by_account: self.accounts.most_first(),
            by_service: self.services.most_first(),
            by_day: self.days.in_order(),
            changes: changes.collect(),
            to_do: self.to_do(),
            lost: lost.collect(),
            connected: self.connected.clone(),
            as_of_each_record: self.backtest.as_ref().map(Backtest::answer),
        }
    }

    fn to_do(&self) -> Vec<ToDo> {
        let mut all: Vec<_> = self.to_do.iter().collect();
        all.sort_by_key(|((cause, _), owed)| (is_nothing_to_do(*cause), std::cmp::Reverse(owed.calls)));
        let to_do = |((cause, about), owed): (&(Cause, String), &Owed)| ToDo {
            actor: owed.actor.clone(),
            cause: cause.name(),
            about: about.clone(),
            calls: owed.calls,
            text: owed.text.clone(),
            example: owed.example.clone(),
        };
        all.into_iter().map(to_do).collect()
    }
}

/// Causes after which nobody has to do anything, or nobody knows what.
fn is_nothing_to_do(cause: Cause) -> bool {
    matches!(
        cause,
        Cause::Intended
            | Cause::EventualConsistency
            | Cause::NotIdentityCenter
            | Cause::OutOfScope
            | Cause::OwnFailure
            | Cause::Undetermined
    )
}

/// What failures of one cause have in common, so that one deed ends them all.
fn about(failure: &Failure, diagnosis: &Diagnosis) -> String {
    let keys = match diagnosis.keys.as_slice() {
        [] => diagnosis.evidence.matters().join(", "),
        keys => keys.join(", "),
    };
    if !keys.is_empty() {
        return keys;
    }
    if let Some(arn) = &failure.message.policy_arn {
        return arn.clone();
    }
    match &failure.principal {
        Principal::PermissionSet(session) => session.name.clone(),
        Principal::AccountAccess(session) => format!("role {}", session.name),
        Principal::Other { role_arn: Some(role) } => format!("role {}", arn::last_part(role)),
        Principal::Other { role_arn: None } => "others".to_owned(),
    }
}
