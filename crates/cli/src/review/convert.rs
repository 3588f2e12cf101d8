//! The ledger's objects as the history that a review looks at. Everything is counted once.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use tagmend_diagnosis::PastChange;
use tagmend_remedy::{
    ledger, ledger::Attempt, ledger::ChangeResult, ledger::Day, ledger::DayName, ledger::FixChange,
    ledger::Limit,
};
use tagmend_review::history::{
    self, Denials, Fix, Function, History, Mode, Outcome, Refusal, Rollback, Thing,
};

fn of_ledger(thing: &ledger::Thing) -> Thing {
    match thing {
        ledger::Thing::RestoreMapping { key } => Thing::RestoreMapping { key: key.clone() },
        ledger::Thing::Provision { account, permission_set_id } => {
            Thing::Provision { permission_set: permission_set_id.clone(), account: account.clone() }
        }
    }
}

pub(super) fn thing(change: &PastChange) -> Thing {
    of_ledger(&ledger::Thing::from(change))
}

pub(super) fn past_change(thing: &Thing) -> PastChange {
    match thing {
        Thing::RestoreMapping { key } => PastChange::RestoredMapping { key: key.clone() },
        Thing::Provision { permission_set, account } => {
            PastChange::Reprovisioned { account: account.clone(), permission_set_id: permission_set.clone() }
        }
    }
}

fn outcome(result: ChangeResult, limit: Option<Limit>, until: Option<Timestamp>) -> Outcome {
    match result {
        ChangeResult::Planned => Outcome::OnlyPlanned,
        ChangeResult::Fixed => Outcome::Fixed,
        ChangeResult::AlreadyInPlace => Outcome::AlreadyInPlace,
        ChangeResult::FoundInPlace => Outcome::FoundInPlace,
        ChangeResult::Unverified => Outcome::Unverified,
        ChangeResult::Raced => Outcome::Raced,
        ChangeResult::Escalated => Outcome::Escalated,
        ChangeResult::Failed | ChangeResult::EndedInFailure => Outcome::Failed,
        ChangeResult::Refused => match limit {
            None => Outcome::Failed,
            Some(limit) => Outcome::Refused(Refusal {
                name: serde_json::to_value(limit)
                    .ok()
                    .and_then(|name| Some(name.as_str()?.to_owned()))
                    .unwrap_or_default(),
                text: limit.meaning().to_owned(),
                goes_on: goes_on(limit).to_owned(),
                is_passing: limit.is_passing(),
                until,
            }),
        },
    }
}

/// What has to happen so that a change is tried again.
fn goes_on(limit: Limit) -> &'static str {
    match limit {
        Limit::Hold => "when somebody resumes, at the next denial",
        Limit::BudgetSpent => {
            "when an hour is over since the first of the fixes that count, or the baseline allows more"
        }
        Limit::RepeatLimit => {
            "when a day is over since the first of the fixes that count, or the baseline allows more"
        }
        Limit::NoRoom => "when a mapping that nobody needs is taken away: AWS does not raise this quota",
        Limit::RefusedBefore => "when AWS takes it: its code is in not_made/ of the journal",
        Limit::BlastRadius => {
            "when watch has an index that is not old, or the baseline allows more permission sets per key"
        }
        Limit::TooFewUsers => "when more users are denied in one batch, or the baseline asks for fewer",
        Limit::RolledBack => "when the cool-down after the rollback is over, at the next denial",
        Limit::PoliciesNotApproved => "when somebody approves the policies: tagmend baseline approve",
        Limit::JournalNotBegun => "when the journal is begun: tagmend journal begin",
        Limit::JournalNotUnderstood => {
            "when a version that knows the format runs, or what is unknown is gone"
        }
        Limit::ClocksApart => "by itself, when the clock that is behind has caught up",
        Limit::OtherPart => "when the other change of the same plan is made",
        Limit::LeaseHeld
        | Limit::LeaseLost
        | Limit::StateChanged
        | Limit::RecentChange
        | Limit::UnderWay
        | Limit::OutOfTime => "by itself: its message comes again, or the next denial",
    }
}

fn attempt(time: Timestamp, attempt: &Attempt) -> history::Attempt {
    history::Attempt {
        time,
        thing: of_ledger(&attempt.change),
        cause: attempt.cause.clone(),
        outcome: outcome(attempt.result, attempt.limit, attempt.until),
    }
}

fn mode(mode: Option<ledger::Mode>) -> Mode {
    match mode {
        Some(ledger::Mode::Apply) => Mode::Apply,
        Some(ledger::Mode::Plan) | None => Mode::Plan,
    }
}

/// Runs, oldest first. A call that several runs met counts once, and of a request that Lambda sent again, its last run.
pub(super) fn runs(history: &mut History, mut runs: Vec<ledger::Run>) {
    runs.sort_by_key(|run| run.began);
    let mut requests = BTreeSet::new();
    let mut last: Vec<ledger::Run> =
        runs.into_iter().rev().filter(|run| requests.insert(run.request.clone())).collect();
    last.reverse();
    let mut met = BTreeSet::new();
    for run in last {
        let by = match run.function {
            ledger::Function::Heal => Some(Function::Heal),
            ledger::Function::Watch => Some(Function::Watch),
            // The journal's fixes tell of it.
            ledger::Function::Rollback => None,
        };
        let ran = |by| history::Run { time: run.began, by, mode: mode(run.mode), count: 1 };
        history.runs.extend(by.map(ran));
        for denials in run.denials {
            let count = denials.calls.into_iter().filter(|call| met.insert(call.clone())).count() as u64;
            if count > 0 {
                history.denials.push(Denials {
                    time: denials.first,
                    cause: denials.cause,
                    rule: denials.rule,
                    account: denials.account,
                    permission_set: denials.permission_set,
                    user: denials.user,
                    keys: denials.keys,
                    count,
                    sessions_end: denials.sessions_end,
                    is_of_hour: false,
                });
            }
        }
        history.attempts.extend(run.changes.iter().map(|one| attempt(run.began, one)));
    }
}

/// What a day tells of the fixes that were made in it.
pub(super) fn made(day: &Day) -> impl Iterator<Item = Fix> {
    day.made.iter().filter_map(|attempt| {
        Some(Fix {
            id: attempt.fix.clone()?,
            time: attempt.made?,
            thing: of_ledger(&attempt.change),
            cause: Some(attempt.cause.clone()),
            rule: Some(attempt.rule.clone()),
            account: attempt.account.clone(),
            permission_set: attempt.permission_set.clone(),
            action: None,
            denied: Some(attempt.denied),
            ended: attempt.seen,
            verified: attempt.result == ChangeResult::Fixed,
            recovered: attempt.result == ChangeResult::FoundInPlace,
            denied_users: Some(attempt.users),
            users: Vec::new(),
            sessions_end: None,
            added: Vec::new(),
            mappings_before: None,
        })
    })
}

/// A folded day. It tells the hour, and of each row the users with the most calls.
pub(super) fn day(history: &mut History, day: Day) {
    let Some(begins) = DayName(day.date).begins() else {
        return;
    };
    let ran = |by, mode, count| history::Run { time: begins, by, mode, count };
    let counted = [
        ran(Function::Heal, Mode::Apply, day.runs.apply),
        ran(Function::Heal, Mode::Plan, day.runs.plan),
        ran(Function::Watch, Mode::Plan, day.runs.watch),
    ];
    history.runs.extend(counted.into_iter().filter(|run| run.count > 0));
    for row in day.denials {
        let of = |hour: usize, user: Option<&String>, count| Denials {
            time: begins + SignedDuration::from_hours(i64::try_from(hour).unwrap_or_default()),
            cause: row.cause.clone(),
            rule: row.rule.clone(),
            account: row.account.clone(),
            permission_set: row.permission_set.clone(),
            user: user.cloned(),
            keys: row.keys.clone(),
            count,
            sessions_end: None,
            is_of_hour: true,
        };
        let mut others = row.hours.0;
        for (user, hours) in &row.by_user {
            for (hour, count) in &hours.0 {
                let hour = usize::from(*hour);
                history.denials.push(of(hour, Some(user), *count));
                if let Some(rest) = others.get_mut(hour) {
                    *rest = rest.saturating_sub(*count);
                }
            }
        }
        let others = others.into_iter().enumerate().filter(|(_, count)| *count > 0);
        history.denials.extend(others.map(|(hour, count)| of(hour, None, count)));
    }
    history.attempts.extend(day.made.iter().map(|one| attempt(one.made.unwrap_or(begins), one)));
    history.attempts.extend(day.not_made.iter().map(|row| history::Attempt {
        time: row.last,
        thing: of_ledger(&row.change),
        cause: row.cause.clone(),
        outcome: outcome(row.result, row.limit, row.until),
    }));
}

/// Fixes and rollbacks, oldest first.
pub(super) fn fixes(history: &mut History, fixes: Vec<ledger::Fix>) {
    for fix in fixes {
        let thing = match &fix.change {
            FixChange::RollBack { key, .. } => {
                history.rollbacks.push(Rollback { id: fix.id, time: fix.time, key: key.clone() });
                continue;
            }
            FixChange::RestoreMapping { key, .. } => Thing::RestoreMapping { key: key.clone() },
            FixChange::Provision { permission_set, account, .. } => Thing::Provision {
                permission_set: permission_set.rsplit('/').next().unwrap_or(permission_set).to_owned(),
                account: account.clone(),
            },
        };
        let added = match &fix.change {
            FixChange::RestoreMapping { key, source } => vec![format!("{key} = {source}")],
            _ => Vec::new(),
        };
        let mappings =
            fix.before.get("attribute_mappings").and_then(serde_json::Value::as_array).map(Vec::len);
        let denied = fix.denied.as_ref();
        history.fixes.push(Fix {
            time: fix.time,
            thing,
            cause: fix.diagnosis.as_ref().map(|diagnosis| diagnosis.cause.clone()),
            rule: fix.diagnosis.as_ref().and_then(|diagnosis| diagnosis.rule.clone()),
            account: denied.and_then(|denied| denied.account.clone()),
            permission_set: denied.and_then(|denied| denied.permission_set.clone()),
            action: denied.map(|denied| denied.action.clone()),
            denied: denied.map(|denied| denied.first),
            ended: fix.ended,
            verified: fix.verified.unwrap_or(false),
            recovered: fix.recovered,
            denied_users: fix.events.as_ref().map(|events| events.users),
            users: fix.diagnosis.map(|diagnosis| diagnosis.users).unwrap_or_default(),
            sessions_end: denied.and_then(|denied| denied.sessions_end),
            added,
            mappings_before: mappings,
            id: fix.id,
        });
    }
    history.fixes.sort_by(|left, right| (left.time, &left.id).cmp(&(right.time, &right.id)));
    history.rollbacks.sort_by_key(|rollback| rollback.time);
}

/// What is no denied call.
pub(super) fn related(history: &mut History, runs: Vec<ledger::RelatedRun>) {
    for run in runs {
        let record = |seen: ledger::RelatedSeen| history::RelatedRecord {
            id: seen.event_id,
            time: seen.time,
            kind: seen.kind,
            class: seen.class,
        };
        let story = |told: ledger::StoryTold| history::Story {
            kind: told.kind,
            link: told.link,
            before: told.before,
            time: told.time,
            after: told.after,
            text: told.text,
        };
        history.related.extend(run.records.into_iter().map(record));
        history.stories.extend(run.stories.into_iter().map(story));
    }
    history.related.sort_by_key(|record| record.time);
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "this is a test")]
mod tests {
    use serde_json::json;

    use super::*;

    /// Where its object is gone, the day tells of a fix, and no more of it than is known.
    #[test]
    fn a_day_says_who_made_what_is_there() {
        let attempt = |result: &str| {
            json!({
                "change": {"kind": "restore_mapping", "key": "Department"}, "cause": "mapping_missing", "rule": "r",
                "account": null, "permission_set": null, "users": 1, "result": result, "limit": null, "until": null,
                "error": null, "fix": format!("20261122T120000.000Z/restore_mapping/{result}"), "repeats": null,
                "denied": "2026-11-22T11:59:00Z", "made": "2026-11-22T12:00:00Z", "seen": null,
            })
        };
        let attempts = ["fixed", "found_in_place", "unverified"].map(attempt);
        let day = json!({
            "schema": 1, "date": "2026-11-22", "runs": {"apply": 3, "plan": 0, "watch": 0}, "denials": [], "unanswered": 0,
            "made": attempts, "not_made": [],
            "looks": {"whole": 0, "kinds": {}, "undone": [], "denied_again": [], "mappings_in_use": null},
        });
        let day: Day = serde_json::from_value(day).unwrap();
        let told: Vec<(bool, bool)> = made(&day).map(|fix| (fix.verified, fix.recovered)).collect();
        assert_eq!(told, [(true, false), (false, true), (false, false)]);
    }
}
