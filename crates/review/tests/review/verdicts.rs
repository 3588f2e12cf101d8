//! Each verdict with a history that gets it and a near miss that must not.

use crate::support::*;
use tagmend_review::history::*;
use tagmend_review::verdict::Kind;

#[test]
fn an_empty_history_gets_none() {
    let review = of_day(&History::empty(now()));
    assert_eq!(review.verdicts, []);
    assert_eq!(review.headline, "no verdict: nothing is recorded, not even that Tagmend ran");
    assert_eq!(review.first, []);
}

#[test]
fn quiet_needs_a_second_look_and_a_journal_that_was_read_whole() {
    assert_eq!(kinds(&calm()), [Kind::Quiet]);
    let mut left_alone = calm();
    left_alone.denials.push(denials(30, "a", "intended", &[], 3));
    assert_eq!(kinds(&left_alone), [Kind::Quiet]);
    let record = |id: &str, kind: &str| RelatedRecord {
        id: id.to_owned(),
        time: ago(30),
        kind: kind.to_owned(),
        class: "sign_in".to_owned(),
    };
    let mut related = calm();
    related.related =
        vec![record("1", "scim_refused"), record("2", "sign_in_failed"), record("3", "sign_in_failed")];
    assert!(of_day(&related).headline.ends_with(
        "0 denials were left alone; no denied calls, but to be looked at: 2 sign_in_failed, 1 scim_refused"
    ));

    let mut without_watch = calm();
    without_watch.runs.retain(|run| run.by == Function::Heal);
    assert_eq!(kinds(&without_watch), []);
    for source in [Source::Ledger, Source::Fixes] {
        let mut unread = calm();
        unread.unread.push(Unread { source, why: "s3:ListBucket: AccessDenied".to_owned() });
        let review = of_day(&unread);
        assert_eq!(
            (review.verdicts.len(), review.headline.as_str()),
            (0, "no verdict: the journal could not be read whole")
        );
    }
    let mut planned = calm();
    planned.attempts.push(attempt(30, mapping("Department"), Outcome::Failed));
    assert_eq!(kinds(&planned), []);
    let mut one_fix = calm();
    one_fix.fixes.push(fix(30, mapping("Department")));
    assert_eq!(kinds(&one_fix), []);
    assert_eq!(of_day(&one_fix).headline, "no verdict: 1 fix and 0 denials, and no threshold is reached");
}

#[test]
fn a_loop_is_the_same_change_three_times_in_a_week() {
    let mut history = calm();
    for days in [4, 2, 0] {
        history.fixes.push(fix(days * 1_440 + 30, mapping("Department")));
    }
    assert_eq!(kinds(&history), [Kind::Loop]);
    let review = of_day(&history);
    assert_eq!(
        review.headline,
        "loop: mapping Department was found gone 3 times within 7 days, last at 2026-11-23 11:30 UTC"
    );
    assert_eq!(review.verdicts[0].evidence.len(), 3);
    assert_eq!(review.repeats[0].times, 3);

    // A fix, and twice gone again within the cool-down: denials in between are one time.
    let mut fought = calm();
    fought.fixes.push(fix(300, mapping("Department")));
    fought.fixes.push(fix(200, mapping("Department")));
    for minutes in [290, 280, 270, 190] {
        fought.attempts.push(attempt(minutes, mapping("Department"), Outcome::Escalated));
    }
    assert_eq!(of_day(&fought).repeats[0].times, 4);
    assert_eq!(kinds(&fought), [Kind::Loop]);
}

#[test]
fn near_misses_of_a_loop() {
    let with = |fixes: Vec<Fix>| History { fixes, ..calm() };
    let department = || mapping("Department");
    let twice = with(vec![fix(2_000, department()), fix(30, department())]);
    let three_things =
        with(vec![fix(400, department()), fix(200, mapping("Team")), fix(30, mapping("Project"))]);
    let longer_than_a_week =
        with(vec![fix(8 * 1_440, department()), fix(2_000, department()), fix(30, department())]);
    let before_the_window =
        with(vec![fix(5_000, department()), fix(4_000, department()), fix(3_000, department())]);
    let recovered = with(
        [3_000, 2_000, 30]
            .map(|minutes| match minutes {
                2_000 => found_in_place(minutes, department()),
                _ => fix(minutes, department()),
            })
            .to_vec(),
    );
    let mut operators = with(vec![fix(5_000, department()), fix(3_000, department()), fix(30, department())]);
    operators.rollbacks.push(Rollback { id: "r".to_owned(), time: ago(2_500), key: "department".to_owned() });
    let one_escalation = {
        let mut history = with(vec![fix(300, department())]);
        for minutes in 1..50 {
            history.attempts.push(attempt(300 - minutes, department(), Outcome::Escalated));
        }
        history
    };
    for history in [twice, three_things, longer_than_a_week, recovered, operators, one_escalation] {
        assert_eq!(kinds(&history), [], "{:?}", history.fixes);
    }
    assert_eq!(kinds(&before_the_window), [Kind::Quiet]);
}

#[test]
fn a_wave_is_many_users_or_changes_at_once() {
    let mut users = calm();
    for user in 0..10 {
        users.denials.push(denials(
            40 - user,
            &format!("user-{user}"),
            "mapping_missing",
            &["Department"],
            2,
        ));
    }
    assert_eq!(kinds(&users), [Kind::Wave]);
    let mut changes = calm();
    for (minutes, key) in [(40, "Department"), (39, "Team"), (38, "Project")] {
        changes.fixes.push(fix(minutes, mapping(key)));
    }
    let review = of_day(&changes);
    assert_eq!(
        review.headline,
        "wave: within 15 minutes from 2026-11-23 11:20 UTC, 3 different changes were made"
    );
    assert!(
        review.verdicts[0].evidence[0].text.contains("mapping Department, mapping Project, mapping Team")
    );
}

#[test]
fn near_misses_of_a_wave() {
    let denied = |of: &dyn Fn(i64) -> Denials, count: i64| {
        let mut history = calm();
        history.denials = (0..count).map(of).collect();
        history.denials.sort_by_key(|denials| denials.time);
        history
    };
    let name = |user: i64| format!("user-{user}");
    let nine = denied(&|user| denials(40, &name(user), "mapping_missing", &["Department"], 100), 9);
    let slow =
        denied(&|user| denials(40 + 20 * user, &name(user), "mapping_missing", &["Department"], 1), 10);
    let intended = denied(&|user| denials(40, &name(user), "intended", &[], 1), 10);
    let of_a_day = denied(
        &|user| Denials { is_of_hour: true, ..denials(40, &name(user), "mapping_missing", &[], 1) },
        10,
    );
    for history in [nine, slow, intended, of_a_day] {
        assert_eq!(kinds(&history), [Kind::Quiet], "{:?}", history.denials);
    }
    let mut slow_changes = calm();
    for (minutes, key) in [(60, "Department"), (50, "Team"), (40, "Project")] {
        slow_changes.fixes.push(fix(minutes, mapping(key)));
    }
    assert_eq!(kinds(&slow_changes), []);
    let mut same_change = calm();
    same_change.fixes = vec![fix(40, mapping("Team")), fix(39, mapping("Team"))];
    assert_eq!(kinds(&same_change), []);
}

#[test]
fn one_caller_makes_four_of_five_denials() {
    let with = |own: u64, others: u64| {
        let mut history = calm();
        history.denials.push(denials(30, "noisy", "intended", &[], own));
        history.denials.push(denials(30, "other", "intended", &[], others));
        history
    };
    let review = of_day(&with(16, 4));
    assert_eq!(review.headline, "one caller: user noisy makes 16 of 20 denials");
    let evidence: Vec<&str> = review.verdicts[0].evidence.iter().map(|one| one.text.as_str()).collect();
    assert_eq!(
        evidence,
        [
            "16 denials of this user: intended.rule, from 2026-11-23 11:30 UTC to 2026-11-23 11:30 UTC; by hour of the day \
          (UTC): 11:00 16"
        ]
    );
    let mut twice = with(16, 4);
    twice.denials.push(denials(200, "noisy", "intended", &["Team"], 7));
    let review = of_day(&twice);
    assert_eq!(
        review.verdicts[0].evidence[1].text,
        "7 denials of this user: intended.rule, about Team, from 2026-11-23 08:40 UTC to 2026-11-23 08:40 UTC; by hour of \
         the day (UTC): 08:00 7"
    );
    let named = History { names: [("noisy".to_owned(), "jane".to_owned())].into(), ..with(16, 4) };
    assert_eq!(of_day(&named).headline, "one caller: user jane (noisy) makes 16 of 20 denials");
    assert_eq!(kinds(&with(79, 21)), [Kind::Quiet]);
    assert_eq!(kinds(&with(19, 0)), [Kind::Quiet]);
    let mut nobody = with(16, 4);
    nobody.denials[0].user = None;
    assert_eq!(kinds(&nobody), [Kind::Quiet]);
}

#[test]
fn the_idp_stopped_sending_is_three_users_without_one_key() {
    let with = |rows: &[(&str, &str, &str)]| {
        let mut history = calm();
        history.denials = rows.iter().map(|(user, cause, key)| denials(90, user, cause, &[key], 1)).collect();
        history
    };
    let cause = "idp_stopped_sending";
    let review = of_day(&with(&[("a", cause, "Project"), ("b", cause, "Project"), ("c", cause, "Project")]));
    assert_eq!(
        review.headline,
        "IdP stopped sending: 3 users were denied since 2026-11-23 10:30 UTC because the IdP did not send Project"
    );
    // A folded day counts users whom it does not name.
    let mut unnamed = with(&[("a", cause, "Project"), ("b", cause, "Project"), ("c", cause, "Project")]);
    unnamed.denials.push(Denials { user: None, ..denials(80, "d", cause, &["Project"], 9) });
    let review = of_day(&unnamed);
    assert!(review.headline.contains(": at least 3 users were denied"), "{}", review.headline);
    assert_eq!(
        review.verdicts[0].evidence[0].text,
        "12 denials by idp_stopped_sending.rule, with the key Project"
    );
    for near in [
        [("a", cause, "Project"), ("b", cause, "Project"), ("b", cause, "Project")],
        [("a", cause, "Project"), ("b", cause, "Project"), ("c", cause, "Team")],
        [("a", cause, "Project"), ("b", cause, "Project"), ("c", "user_has_no_value", "Project")],
    ] {
        assert_eq!(kinds(&with(&near)), [Kind::Quiet], "{near:?}");
    }
}

#[test]
fn a_deployment_is_a_tool_that_wrote_the_list_without_the_key() {
    let with = |writes| {
        let mut history = calm();
        history.fixes.push(fix(30, mapping("Department")));
        history.list_writes = Some(writes);
        history
    };
    let whole = Some(&["Department", "Team"][..]);
    let less = Some(&["Team"][..]);
    let history = with(vec![write(500, "console", "admin", whole), write(60, TERRAFORM, "deployer", less)]);
    let review = of_day(&history);
    assert_eq!(kinds(&history), [Kind::Deployment]);
    assert_eq!(
        review.headline,
        "deployment: Terraform as arn:aws:sts::111122223333:assumed-role/deployer/session wrote the list without what was \
         restored afterwards, 1 time, last at 2026-11-23 11:00 UTC without Department"
    );
    assert_eq!(review.next_time[0].event_id, "event-60");
    assert!(review.next_time[0].file.contains(".tf"));
    assert!(review.first[0].command.as_ref().unwrap().contains("AttributeValue=event-60"));
    // Without its own write, which CloudTrail may tell late, and with it.
    let own =
        with(vec![write(60, TERRAFORM, "deployer", less), write(30, "aws-sdk-rust", "tagmend-heal", whole)]);
    assert_eq!(kinds(&own), [Kind::Deployment]);
}

#[test]
fn near_misses_of_a_deployment() {
    let whole = Some(&["department", "Team"][..]);
    let less = Some(&["Team"][..]);
    let with = |writes| {
        let mut history = calm();
        history.fixes.push(fix(30, mapping("Department")));
        history.list_writes = writes;
        history
    };
    let person = with(Some(vec![write(60, "Mozilla/5.0", "AWSReservedSSO_Admin_0123456789abcdef", less)]));
    let person_first =
        with(Some(vec![write(90, "Mozilla/5.0", "admin", less), write(60, TERRAFORM, "deployer", less)]));
    let with_the_key = with(Some(vec![write(60, TERRAFORM, "deployer", whole)]));
    let hidden = with(Some(vec![write(60, TERRAFORM, "deployer", None)]));
    let afterwards = with(Some(vec![write(10, TERRAFORM, "deployer", less)]));
    let there_again =
        with(Some(vec![write(90, TERRAFORM, "deployer", less), write(60, "Mozilla/5.0", "admin", whole)]));
    let unread = with(None);
    let mut restored_since = with(Some(vec![write(90, TERRAFORM, "deployer", less)]));
    restored_since.fixes.insert(0, fix(80, mapping("Department")));
    restored_since.fixes[0].time = ago(80);
    for history in [person, person_first, with_the_key, hidden, afterwards, there_again, unread] {
        assert_eq!(kinds(&history), [], "{:?}", history.list_writes);
    }
    // The first of the two fixes is after the tool's write, the second one is not.
    assert_eq!(of_day(&restored_since).verdicts[0].evidence.len(), 1);
}

#[test]
fn a_limit_is_named_with_its_end_until_the_change_is_made() {
    let with = |outcome| {
        let mut history = calm();
        history.attempts.push(attempt(30, mapping("Department"), outcome));
        history
    };
    let until = Some(ago(-30));
    let review = of_day(&with(refused("refused_before", false, until)));
    assert_eq!(
        review.headline,
        "limit: mapping Department is not made, because refused_before stops it, until 2026-11-23 12:30 UTC; last stopped \
         at 2026-11-23 11:30 UTC"
    );
    assert_eq!((review.refused[0].until, review.refused[0].is_over), (until, false));

    assert_eq!(kinds(&with(refused("lease_held", true, None))), []);
    let mut made_since = with(refused("budget_spent", false, None));
    made_since.fixes.push(fix(10, mapping("Department")));
    assert_eq!(kinds(&made_since), []);
    let mut in_place = with(refused("budget_spent", false, None));
    in_place.attempts.push(attempt(10, mapping("Department"), Outcome::AlreadyInPlace));
    assert_eq!(kinds(&in_place), []);
    // What was made before it was stopped is no answer.
    let mut made_before = with(refused("budget_spent", false, None));
    made_before.fixes.push(fix(40, mapping("Department")));
    assert_eq!(kinds(&made_before), [Kind::Limit]);
}

#[test]
fn plan_only_is_a_plan_that_no_run_may_carry_out() {
    let with = |mode, outcome| {
        let mut history = calm();
        history.runs.iter_mut().for_each(|run| run.mode = mode);
        history.attempts.push(attempt(30, mapping("Department"), outcome));
        history
    };
    let review = of_day(&with(Mode::Plan, Outcome::OnlyPlanned));
    assert_eq!(
        review.headline,
        "plan only: 1 change is planned and none is made, because the mode is plan: mapping Department"
    );
    assert_eq!(kinds(&with(Mode::Apply, Outcome::OnlyPlanned)), []);
    let mut nothing_planned = with(Mode::Plan, Outcome::OnlyPlanned);
    nothing_planned.attempts.clear();
    assert_eq!(kinds(&nothing_planned), [Kind::Quiet]);
    let mut replayed = with(Mode::Plan, Outcome::OnlyPlanned);
    replayed.fixes.push(fix(10, mapping("Department")));
    assert_eq!(kinds(&replayed), []);
    let mut no_runs = with(Mode::Plan, Outcome::OnlyPlanned);
    no_runs.runs.clear();
    assert_eq!(kinds(&no_runs), []);
}

#[test]
fn a_loop_by_a_deployment_says_both_in_one_sentence() {
    let mut history = calm();
    let mut writes = Vec::new();
    for days in [3, 2, 1, 0] {
        writes.push(write(days * 1_440 + 60, TERRAFORM, "deployer", Some(&["Team"])));
        writes.push(write(days * 1_440 + 30, "aws-sdk-rust", "tagmend-heal", Some(&["Team", "Department"])));
        history.fixes.push(fix(days * 1_440 + 30, mapping("Department")));
    }
    history.list_writes = Some(writes);
    assert_eq!(kinds(&history), [Kind::Loop, Kind::Deployment]);
    let review = of_day(&history);
    assert!(
        review.headline.starts_with("loop, deployment: mapping Department was found gone 4 times"),
        "{}",
        review.headline
    );
    assert!(review.headline.contains("; Terraform as "), "{}", review.headline);
    assert_eq!(review.next_time[0].times, 4);
    let steps: Vec<&str> = review.first.iter().filter_map(|step| step.command.as_deref()).collect();
    assert!(steps[0].starts_with("aws cloudtrail lookup-events --region eu-west-1 "), "{steps:?}");
    assert_eq!(
        steps[1],
        "tagmend hold --key Department --reason 'somebody takes it away again and again' --live --region eu-west-1 --journal-bucket journal"
    );
}

#[test]
fn what_could_speak_against_a_verdict_has_to_be_read_first() {
    let fixes = |days: &[i64]| -> Vec<Fix> {
        days.iter().map(|days| fix(days * 1_440 + 30, mapping("Department"))).collect()
    };
    let looping = History { fixes: fixes(&[4, 2, 0]), ..calm() };
    let limited = History {
        attempts: vec![attempt(30, mapping("Department"), refused("budget_spent", false, None))],
        ..calm()
    };
    let deployed = History {
        fixes: fixes(&[0]),
        list_writes: Some(vec![write(60, TERRAFORM, "deployer", Some(&["Team"]))]),
        ..calm()
    };
    let one_caller = History { denials: vec![denials(30, "noisy", "intended", &[], 20)], ..calm() };
    let mut plan_only =
        History { attempts: vec![attempt(30, mapping("Department"), Outcome::OnlyPlanned)], ..calm() };
    plan_only.runs.iter_mut().for_each(|run| run.mode = Mode::Plan);
    for (history, kind, sources) in [
        (looping, Kind::Loop, &[Source::Fixes][..]),
        (limited, Kind::Limit, &[Source::Fixes]),
        (deployed, Kind::Deployment, &[Source::Fixes]),
        (one_caller, Kind::OneCaller, &[Source::Ledger]),
        (plan_only, Kind::PlanOnly, &[Source::Ledger, Source::Fixes]),
    ] {
        assert_eq!(kinds(&history), [kind]);
        for source in sources {
            let mut unread = history.clone();
            unread.unread.push(Unread { source: *source, why: "s3:GetObject: AccessDenied".to_owned() });
            assert_eq!(kinds(&unread), [], "{kind:?} without {source:?}");
        }
    }
}
