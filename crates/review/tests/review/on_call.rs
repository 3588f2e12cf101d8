//! What somebody who is woken by an alarm is told to do first.

use crate::support::*;
use tagmend_review::history::*;
use tagmend_review::on_call::TemplateAlarm;
use tagmend_review::review::{Asked, Review, review as review_of};

fn asked(history: &History, alarm: TemplateAlarm) -> Review {
    review_of(history, day(), Asked { alarm: None, of_template: Some(alarm) }, &place())
}

fn commands(review: &Review) -> Vec<&str> {
    review.first.iter().map(|step| step.command.as_deref().unwrap_or_default()).collect()
}

/// A fix of `minutes` ago that is gone again, with these writes of the list.
fn gone(minutes: i64, writes: Option<Vec<tagmend_review::list_write::ListWrite>>) -> History {
    let standing = [(mapping("Department"), Standing::Undone)].into();
    History {
        fixes: vec![fix(minutes, mapping("Department"))],
        live: Some(Live { mappings: Some(Vec::new()), standing }),
        list_writes: writes,
        ..calm()
    }
}

const WHOLE: Option<&[&str]> = Some(&["Department", "Team"]);
const LESS: Option<&[&str]> = Some(&["Team"]);

#[test]
fn who_took_a_fix_away_again_is_told_first() {
    let writes = vec![
        write(90, TERRAFORM, "deployer", LESS),
        write(60, "aws-sdk-rust", "tagmend-heal", WHOLE),
        write(50, TERRAFORM, "deployer", WHOLE),
        write(40, "Mozilla/5.0", "admin", LESS),
        write(20, TERRAFORM, "deployer", LESS),
    ];
    let review = of_day(&gone(60, Some(writes)));
    let row = &review.fixes[0];
    let admin = "arn:aws:sts::111122223333:assumed-role/admin/session";
    assert_eq!(
        (row.undone_by.as_deref(), row.undone_by_event.as_deref(), row.undone_at),
        (Some(admin), Some("event-40"), Some(ago(40)))
    );
    assert!(row.taken_by.as_deref().unwrap().starts_with("Terraform as "), "{row:?}");
    // The state of now comes before what a tool will do the next time.
    assert_eq!(
        review.first[0].why,
        format!(
            "mapping Department is gone again, and is still approved: taken away by {admin}: see the call"
        )
    );
    assert!(commands(&review)[0].ends_with("AttributeKey=EventId,AttributeValue=event-40"));
    assert!(commands(&review)[1].ends_with("AttributeKey=EventId,AttributeValue=event-20"));
    let told = format!("gone again, taken away by {admin} at 2026-11-23 11:20 UTC");
    let text = tagmend_review::print::text(&review, 1_000);
    assert!(text.contains(&format!("; now: {told},")), "{text}");
    assert!(tagmend_review::print::markdown(&review).contains(&told));
    assert!(tagmend_review::print::html(&review).unwrap().contains(&told));
    let csv = tagmend_review::print::csv(&review).unwrap();
    assert!(csv.trim_end().ends_with(&format!("{admin},event-40,2026-11-23T11:20:00Z")), "{csv}");
}

#[test]
fn nobody_is_named_who_is_not_seen_to_have_taken_it() {
    let hidden_between =
        vec![write(50, "Mozilla/5.0", "admin", None), write(40, TERRAFORM, "deployer", LESS)];
    let hidden_last = vec![write(50, "Mozilla/5.0", "admin", LESS), write(40, TERRAFORM, "deployer", None)];
    let there_last = vec![write(50, "Mozilla/5.0", "admin", LESS), write(40, TERRAFORM, "deployer", WHOLE)];
    let before = vec![write(90, "Mozilla/5.0", "admin", LESS)];
    for writes in
        [None, Some(vec![]), Some(hidden_between), Some(hidden_last), Some(there_last), Some(before)]
    {
        let review = of_day(&gone(60, writes.clone()));
        let row = &review.fixes[0];
        assert_eq!((&row.undone_by, &row.undone_by_event, row.undone_at), (&None, &None, None), "{writes:?}");
        assert_eq!(
            review.first[0].why,
            "mapping Department is gone again, and is still approved: see what the instance lacks"
        );
        assert!(commands(&review)[0].starts_with("tagmend scan --live "));
    }
    // What holds was taken away by nobody.
    let mut holds = gone(60, Some(vec![write(40, "Mozilla/5.0", "admin", LESS)]));
    holds.live.as_mut().unwrap().standing = [(mapping("Department"), Standing::Held)].into();
    assert_eq!(of_day(&holds).fixes[0].undone_by, None);
}

#[test]
fn an_alarm_about_fixes_leaves_the_first_word_to_the_verdict() {
    let mut looping = calm();
    looping.fixes = [3, 2, 0].map(|days| fix(days * 1_440 + 30, mapping("Department"))).to_vec();
    let without = of_day(&looping);
    assert_eq!(asked(&looping, TemplateAlarm::ManyFixes).first, without.first);
    // Below every threshold there is no verdict, and somebody has to be told something.
    let mut few = calm();
    few.fixes = vec![fix(300, mapping("Team")), fix(30, mapping("Department"))];
    few.list_writes = Some(vec![write(60, "Mozilla/5.0", "admin", LESS)]);
    assert_eq!((of_day(&few).verdicts, of_day(&few).first), (vec![], vec![]));
    for alarm in [
        TemplateAlarm::ManyFixes,
        TemplateAlarm::UnusualFixes,
        TemplateAlarm::Repeated,
        TemplateAlarm::Escalations,
    ] {
        let review = asked(&few, alarm);
        assert!(review.first[0].why.starts_with(&format!("{}: ", alarm.name())), "{:?}", review.first);
        assert!(commands(&review)[0].ends_with("AttributeKey=EventId,AttributeValue=event-60"), "{alarm:?}");
    }
    few.list_writes = None;
    assert!(
        commands(&asked(&few, TemplateAlarm::Repeated))[0]
            .ends_with("UpdateInstanceAccessControlAttributeConfiguration")
    );
}

#[test]
fn any_other_alarm_has_the_first_word() {
    let mut looping = calm();
    looping.fixes = [3, 2, 0].map(|days| fix(days * 1_440 + 30, mapping("Department"))).to_vec();
    let verdicts = of_day(&looping).first;
    let review = asked(&looping, TemplateAlarm::QueueAge);
    assert_eq!(
        commands(&review)[0],
        "aws lambda list-event-source-mappings --region eu-west-1 --function-name tagmend-heal"
    );
    assert_eq!(review.first[1..], verdicts);
    // The alarm as a whole says the same by its name in CloudWatch.
    let alarm = r#"{"AlarmName": "tagmend-QueueAgeAlarm-1A2B3C", "NewStateValue": "ALARM",
        "StateChangeTime": "2026-11-23T11:45:00.000+0000"}"#;
    let alarm = tagmend_review::alarm::Alarm::read(alarm).unwrap();
    let of_file = review_of(&looping, day(), Asked { alarm: Some(alarm), of_template: None }, &place());
    assert_eq!(of_file.first, review.first);
}
