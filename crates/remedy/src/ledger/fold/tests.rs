use super::*;
use crate::ledger::{ChangeResult, Limit};

fn run(began: &str, request: &str, calls: &[(&str, &str)], result: ChangeResult) -> Run {
    let began: Timestamp = began.parse().unwrap();
    let limit = (result == ChangeResult::Refused).then_some(Limit::BudgetSpent);
    let denials = calls.iter().map(|(user, call)| Denials {
        cause: "mapping_missing".to_owned(),
        rule: "mapping_missing.by_tags".to_owned(),
        keys: vec!["Department".to_owned()],
        account: Some("1".to_owned()),
        permission_set: Some("Finance".to_owned()),
        user: Some((*user).to_owned()),
        user_id: None,
        action: "s3:GetObject".to_owned(),
        first: began,
        last: began,
        sessions_end: None,
        calls: vec![(*call).to_owned()],
        changes: vec![0],
    });
    let fix = result.is_made().then(|| format!("{began}/restore_mapping/Department"));
    Run {
        schema: SCHEMA,
        request: request.to_owned(),
        function: Function::Heal,
        mode: Some(Mode::Apply),
        by_operator: false,
        began,
        ended: began,
        denials: denials.collect(),
        unanswered: vec![],
        changes: vec![Attempt {
            change: Thing::RestoreMapping { key: "Department".to_owned() },
            cause: "mapping_missing".to_owned(),
            rule: "mapping_missing.by_tags".to_owned(),
            account: Some("1".to_owned()),
            permission_set: Some("Finance".to_owned()),
            users: calls.len(),
            result,
            limit,
            until: None,
            error: None,
            fix,
            repeats: None,
            denied: began,
            made: result.is_made().then_some(began),
            seen: None,
        }],
        look: None,
        rollback: None,
    }
}

fn counted(day: &Day) -> (u64, usize, u64) {
    let denied = day.denials.iter().map(|row| row.hours.sum()).sum();
    (denied, day.made.len(), day.not_made.iter().map(|row| row.hours.sum()).sum())
}

#[test]
fn everything_counts_once_in_whatever_order_the_runs_come() {
    let date: Date = "2026-11-23".parse().unwrap();
    let (refused, fixed) = (ChangeResult::Refused, ChangeResult::Fixed);
    let mut runs = vec![
        // Met before midnight, and made after it.
        run("2026-11-22T23:50:00Z", "a", &[("u", "0")], refused),
        run("2026-11-23T00:02:00Z", "b", &[("u", "0")], fixed),
        // Refused three times, for one call and then another; Lambda sent the last request twice.
        run("2026-11-23T10:00:00Z", "c", &[("u", "1")], refused),
        run("2026-11-23T10:06:00Z", "d", &[("u", "1")], refused),
        run("2026-11-23T11:00:00Z", "e", &[("v", "2"), ("w", "3")], refused),
        run("2026-11-23T11:00:01Z", "e", &[("v", "2"), ("w", "3")], refused),
        // Refused at first, and made when it came again.
        run("2026-11-23T12:00:00Z", "f", &[("u", "4")], refused),
        run("2026-11-23T12:06:00Z", "g", &[("u", "4")], fixed),
        // Of the next day.
        run("2026-11-24T00:10:00Z", "h", &[("u", "5")], fixed),
    ];
    let day = Day::fold(date, &runs);
    assert_eq!(counted(&day), (4, 2, 2), "{day:#?}");
    assert_eq!(
        (day.denials[0].users, &day.denials[0].by_user["u"]),
        (3, &UserHours([(10, 1), (12, 1)].into()))
    );
    assert_eq!(day.denials[0].keys, ["Department"]);
    assert_eq!((day.not_made[0].hours.0[10], day.not_made[0].hours.0[11]), (1, 1));
    assert_eq!(day.runs.apply, 6);
    runs.reverse();
    assert_eq!(Day::fold(date, &runs), day);
    runs.swap(1, 5);
    runs.extend(runs.clone());
    assert_eq!(Day::fold(date, &runs), day);
    assert_eq!(
        counted(&Day::fold("2026-11-22".parse().unwrap(), &runs)),
        (1, 0, 0),
        "it was made on the next day"
    );
    assert_eq!(counted(&Day::fold("2026-11-24".parse().unwrap(), &runs)), (1, 1, 0));
    assert_eq!(counted(&Day::fold("2026-11-25".parse().unwrap(), &runs)), (0, 0, 0));
}

#[test]
fn a_storm_names_some_users_and_counts_all() {
    let names: Vec<(String, String)> =
        (0..500).map(|index| (format!("u{index}"), format!("c{index}"))).collect();
    let calls: Vec<(&str, &str)> = names.iter().map(|(user, call)| (user.as_str(), call.as_str())).collect();
    let run = run("2026-11-23T10:00:00Z", "a", &calls, ChangeResult::Fixed);
    let day = Day::fold("2026-11-23".parse().unwrap(), &[run]);
    let row = &day.denials[0];
    assert_eq!((row.hours.sum(), row.users, row.by_user.len()), (500, 500, NAMED_USERS));
}

/// A batch of denials that are all unlike: a user each, in an account of its own, with a key of its own.
fn unlike(count: usize) -> Run {
    let names: Vec<(String, String)> =
        (0..count).map(|index| (format!("u{index:04}"), format!("c{index:04}"))).collect();
    let calls: Vec<(&str, &str)> = names.iter().map(|(user, call)| (user.as_str(), call.as_str())).collect();
    let mut run = run("2026-11-23T10:00:00Z", "a", &calls, ChangeResult::Refused);
    for (index, row) in run.denials.iter_mut().enumerate() {
        row.account = Some(format!("{index:04}"));
        row.keys = vec![format!("Key{index:04}")];
    }
    run
}

#[test]
fn a_day_of_unlike_denials_stays_small_and_counts_all() {
    let fold = |count| Day::fold("2026-11-23".parse().unwrap(), &[unlike(count)]);
    let just = fold(ROWS);
    assert_eq!(just.denials.len(), ROWS);
    assert!(just.denials.iter().all(|row| row.put_together == 0 && row.keys.len() == 1));
    let more = fold(ROWS + 1_000);
    assert_eq!(more.denials.len(), ROWS + 1);
    let together = more.denials.last().unwrap();
    assert_eq!(
        (together.put_together, together.hours.sum(), together.users, together.by_user.len()),
        (1_000, 1_000, 1_000, NAMED_USERS)
    );
    assert_eq!((&together.account, &together.permission_set, &together.keys), (&None, &None, &vec![]));
    assert_eq!(counted(&more).0, ROWS as u64 + 1_000);
    // However much there is of it.
    let length = |day: &Day| serde_json::to_string(day).unwrap().len();
    assert!(length(&more) < length(&just) + 4_000, "{} {}", length(&more), length(&just));
}

#[test]
fn what_operators_did_is_of_the_day_too() {
    let mut replayed = run("2026-11-23T10:00:00Z", "a", &[("u", "1")], ChangeResult::Fixed);
    replayed.by_operator = true;
    let mut taken_back = run("2026-11-23T11:00:00Z", "b", &[], ChangeResult::Fixed);
    taken_back.function = Function::Rollback;
    (taken_back.mode, taken_back.changes) = (None, vec![]);
    let rollback = crate::ledger::Rollback {
        time: taken_back.began,
        fix: "f".to_owned(),
        result: crate::ledger::RollbackResult::NotDone,
        rollback: None,
        limit: Some(Limit::LeaseHeld),
        error: None,
    };
    taken_back.rollback = Some(rollback.clone());
    let day = Day::fold("2026-11-23".parse().unwrap(), &[replayed, taken_back]);
    assert_eq!((day.runs.apply, day.runs.by_operators, day.runs.watch), (1, 1, 0));
    assert_eq!((day.made.len(), day.rollbacks), (1, vec![rollback]));
}
