//! Puts the runs of a day together, and counts everything once: a record that comes again, because its message does or
//! because CloudTrail delivers it twice, is the one that was met first.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::day::{ByHour, Day, DayChange, DayDenials, DayLooks, DayRuns, NAMED_USERS, ROWS, UserHours};
use super::name::DayName;
use super::run::{Attempt, CallHash, Denials, FixSeen, Look, Run};
use super::words::{Function, Mode, Thing};
use crate::journal::SCHEMA;

/// For so long a message comes again: five times, 370 seconds apart, and a margin. The runs of this long before and after
/// a day tell which of its calls were met before, and what became of those that were met late.
pub const SEEN_AGAIN: SignedDuration = SignedDuration::from_hours(1);

/// A call that was met, and what the last run that met it says.
struct Met<'a> {
    first: Timestamp,
    denials: Option<&'a Denials>,
}

impl Day {
    /// A day, from its runs and those of [`SEEN_AGAIN`] before and after it. The order of the runs is of no account.
    pub fn fold(date: Date, runs: &[Run]) -> Day {
        let runs = once(runs);
        let is_of_the_day = |time: Timestamp| DayName::of(time).0 == date;
        let own: Vec<&Run> = runs.iter().copied().filter(|run| is_of_the_day(run.began)).collect();
        let count = |function, mode| {
            own.iter().filter(|run| run.function == function && (run.mode == mode || mode.is_none())).count()
                as u64
        };
        let met = met(&runs);
        let (made, not_made) = changes(&runs, is_of_the_day);
        Day {
            schema: SCHEMA,
            date,
            runs: DayRuns {
                apply: count(Function::Heal, Some(Mode::Apply)),
                plan: count(Function::Heal, Some(Mode::Plan)),
                watch: count(Function::Watch, None),
                by_operators: own
                    .iter()
                    .filter(|run| run.function == Function::Heal && run.by_operator)
                    .count() as u64,
                unread: 0,
            },
            unanswered: met.values().filter(|met| is_of_the_day(met.first) && met.denials.is_none()).count()
                as u64,
            denials: denials(met.values().filter(|met| is_of_the_day(met.first))),
            made,
            not_made,
            rollbacks: own.iter().filter_map(|run| run.rollback.clone()).collect(),
            looks: looks(own.iter().filter_map(|run| run.look.as_ref())),
        }
    }
}

/// The runs in their order. Of a request that Lambda sent again the last attempt stands for all.
fn once(runs: &[Run]) -> Vec<&Run> {
    let mut requests: BTreeMap<&str, &Run> = BTreeMap::new();
    for run in runs {
        let place = requests.entry(&run.request).or_insert(run);
        if place.began < run.began {
            *place = run;
        }
    }
    let mut runs: Vec<&Run> = requests.into_values().collect();
    runs.sort_by(|left, right| (left.began, &left.request).cmp(&(right.began, &right.request)));
    runs
}

/// Every call. What could not be diagnosed at first, or later, stands as the run says that could.
fn met<'a>(runs: &[&'a Run]) -> BTreeMap<&'a CallHash, Met<'a>> {
    let mut met: BTreeMap<&CallHash, Met<'_>> = BTreeMap::new();
    for run in runs {
        let diagnosed =
            run.denials.iter().flat_map(|row| row.calls.iter().map(move |call| (call, Some(row))));
        let unanswered = run.unanswered.iter().flat_map(|row| row.calls.iter().map(|call| (call, None)));
        for (call, denials) in diagnosed.chain(unanswered) {
            let place = met.entry(call).or_insert(Met { first: run.began, denials });
            place.denials = denials.or(place.denials);
        }
    }
    met
}

/// What denials of one row have in common.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Alike<'a> {
    cause: &'a str,
    rule: &'a str,
    account: Option<&'a str>,
    permission_set: Option<&'a str>,
    keys: &'a [String],
}

/// Calls of one row.
#[derive(Default)]
struct Calls<'a> {
    /// Rows that it was put together from; none of a row of its own.
    put_together: usize,
    hours: ByHour,
    users: BTreeMap<&'a str, UserHours>,
}

impl Calls<'_> {
    fn add(&mut self, other: Self) {
        self.put_together += 1;
        for (here, there) in self.hours.0.iter_mut().zip(other.hours.0) {
            *here += there;
        }
        for (user, hours) in other.users {
            let of_user = self.users.entry(user).or_default();
            for (hour, count) in hours.0 {
                *of_user.0.entry(hour).or_default() += count;
            }
        }
    }
}

fn denials<'a>(met: impl Iterator<Item = &'a Met<'a>>) -> Vec<DayDenials> {
    let mut rows: BTreeMap<Alike<'a>, Calls<'a>> = BTreeMap::new();
    for met in met {
        let Some(row) = met.denials else {
            continue;
        };
        let alike = Alike {
            cause: &row.cause,
            rule: &row.rule,
            account: row.account.as_deref(),
            permission_set: row.permission_set.as_deref(),
            keys: &row.keys,
        };
        let calls = rows.entry(alike).or_default();
        calls.hours.add(met.first);
        if let Some(user) = &row.user {
            *calls.users.entry(user).or_default().0.entry(hour(met.first)).or_default() += 1;
        }
    }
    bounded(rows).into_iter().map(|(alike, calls)| day_denials(alike, calls)).collect()
}

/// The rows with the most calls, and the others put together by cause and rule.
fn bounded<'a>(rows: BTreeMap<Alike<'a>, Calls<'a>>) -> Vec<(Alike<'a>, Calls<'a>)> {
    let mut rows: Vec<(Alike<'a>, Calls<'a>)> = rows.into_iter().collect();
    rows.sort_by_key(|(alike, calls)| (std::cmp::Reverse(calls.hours.sum()), *alike));
    let others = rows.split_off(rows.len().min(ROWS));
    rows.sort_by_key(|(alike, _)| *alike);
    let mut together: BTreeMap<Alike<'a>, Calls<'a>> = BTreeMap::new();
    for (alike, calls) in others {
        let common = Alike { account: None, permission_set: None, keys: &[], ..alike };
        together.entry(common).or_default().add(calls);
    }
    rows.extend(together);
    rows
}

fn day_denials(alike: Alike<'_>, calls: Calls<'_>) -> DayDenials {
    let Calls { put_together, hours, users } = calls;
    let count = users.len() as u64;
    let mut users: Vec<(&str, UserHours)> = users.into_iter().collect();
    users.sort_by_key(|(user, hours)| (std::cmp::Reverse(hours.sum()), *user));
    let named = users.into_iter().take(NAMED_USERS);
    DayDenials {
        cause: alike.cause.to_owned(),
        rule: alike.rule.to_owned(),
        account: alike.account.map(str::to_owned),
        permission_set: alike.permission_set.map(str::to_owned),
        keys: alike.keys.to_vec(),
        put_together,
        hours,
        users: count,
        by_user: named.map(|(user, hours)| (user.to_owned(), hours)).collect(),
    }
}

/// Changes that were made, and those that were not. A change counts again only for a call that no earlier run met.
fn changes(runs: &[&Run], is_of_the_day: impl Fn(Timestamp) -> bool) -> (Vec<Attempt>, Vec<DayChange>) {
    let mut made: BTreeMap<String, Attempt> = BTreeMap::new();
    let mut made_for: BTreeSet<(&Thing, &CallHash)> = BTreeSet::new();
    for run in runs {
        for (place, attempt) in run.changes.iter().enumerate().filter(|(_, attempt)| attempt.result.is_made())
        {
            made_for.extend(calls(run, place).map(|call| (&attempt.change, call)));
            if is_of_the_day(run.began) {
                let id = attempt.fix.clone().unwrap_or_else(|| format!("{} {place}", run.request));
                made.entry(id).or_insert_with(|| attempt.clone());
            }
        }
    }
    let mut met: BTreeSet<(&Thing, &CallHash)> = BTreeSet::new();
    let mut not_made: BTreeMap<_, Vec<NotMade<'_>>> = BTreeMap::new();
    for run in runs {
        for (place, attempt) in
            run.changes.iter().enumerate().filter(|(_, attempt)| !attempt.result.is_made())
        {
            let mut is_new = false;
            let mut is_made = false;
            for call in calls(run, place) {
                is_new |= met.insert((&attempt.change, call));
                is_made |= made_for.contains(&(&attempt.change, call));
            }
            if !is_made && is_of_the_day(run.began) {
                let key = (
                    &attempt.change,
                    attempt.rule.as_str(),
                    attempt.account.as_deref(),
                    attempt.permission_set.as_deref(),
                );
                not_made.entry(key).or_default().push((run, attempt, is_new));
            }
        }
    }
    (made.into_values().collect(), not_made.into_values().flat_map(|attempts| by_result(&attempts)).collect())
}

/// An attempt that made nothing, its run, and whether it was for a call that no attempt before it was for.
type NotMade<'a> = (&'a Run, &'a Attempt, bool);

/// Attempts of one change by what became of them. An attempt for calls that were met before takes the place of the one
/// before it: what became of it last counts.
fn by_result(attempts: &[NotMade<'_>]) -> Vec<DayChange> {
    let mut standing: Vec<(Timestamp, &Run, &Attempt)> = Vec::new();
    for (run, attempt, is_new) in attempts {
        match standing.last_mut() {
            Some((_, last, stands)) if !is_new => (*last, *stands) = (*run, *attempt),
            _ => standing.push((run.began, *run, *attempt)),
        }
    }
    let mut rows: BTreeMap<_, DayChange> = BTreeMap::new();
    for (first, run, attempt) in standing {
        let row = rows.entry((attempt.result, attempt.limit)).or_insert_with(|| DayChange {
            change: attempt.change.clone(),
            result: attempt.result,
            limit: attempt.limit,
            cause: attempt.cause.clone(),
            rule: attempt.rule.clone(),
            account: attempt.account.clone(),
            permission_set: attempt.permission_set.clone(),
            hours: ByHour::default(),
            last: run.began,
            until: None,
        });
        row.hours.add(first);
        (row.last, row.until) = (run.began, attempt.until);
    }
    rows.into_values().collect()
}

/// The calls that ask for a change of a run.
fn calls(run: &Run, place: usize) -> impl Iterator<Item = &CallHash> {
    run.denials.iter().filter(move |row| row.changes.contains(&place)).flat_map(|row| &row.calls)
}

fn looks<'a>(looks: impl Iterator<Item = &'a Look>) -> DayLooks {
    let mut day = DayLooks::default();
    let mut undone: BTreeMap<(Timestamp, &Thing), &FixSeen> = BTreeMap::new();
    for look in looks {
        day.whole += u64::from(look.is_whole);
        day.mappings_in_use = look.mappings_in_use.or(day.mappings_in_use);
        for (kind, count) in &look.kinds {
            let most = day.kinds.entry(kind.clone()).or_default();
            *most = (*most).max(*count);
        }
        for fix in look.fixes.iter().filter(|fix| fix.standing == "undone") {
            undone.insert((fix.time, &fix.change), fix);
        }
        for (change, users) in &look.denied_again {
            match day.denied_again.iter_mut().find(|(again, _)| again == change) {
                Some((_, most)) => *most = (*most).max(*users),
                None => day.denied_again.push((change.clone(), *users)),
            }
        }
    }
    day.undone = undone.into_values().cloned().collect();
    day
}

fn hour(time: Timestamp) -> u8 {
    TimeZone::UTC.to_datetime(time).hour().unsigned_abs()
}

impl ByHour {
    fn add(&mut self, time: Timestamp) {
        if let Some(count) = self.0.get_mut(usize::from(hour(time))) {
            *count += 1;
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "these are tests")]
mod tests;
