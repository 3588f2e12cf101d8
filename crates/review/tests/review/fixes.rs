//! What is said of each fix.

use crate::support::*;
use tagmend_review::history::*;
use tagmend_review::timeline::State;

#[test]
fn each_fix_says_whether_it_holds_now() {
    let mut history = calm();
    history.fixes = vec![
        fix(900, mapping("Department")),
        fix(600, mapping("Department")),
        fix(500, mapping("Team")),
        fix(400, mapping("Team")),
        fix(300, mapping("Project")),
    ];
    history.rollbacks.push(Rollback { id: "r".to_owned(), time: ago(450), key: "Team".to_owned() });
    let standing = [(mapping("Department"), Standing::Held), (mapping("Team"), Standing::Undone)].into();
    history.live = Some(Live { mappings: Some(Vec::new()), standing });
    let review = of_day(&history);
    let standings: Vec<Standing> = review.fixes.iter().map(|fix| fix.standing).collect();
    assert_eq!(
        standings,
        [Standing::MadeAgain, Standing::Held, Standing::RolledBack, Standing::Undone, Standing::Unknown]
    );
    let figures = &review.figures;
    assert_eq!((figures.held, figures.undone), (Some(1), Some(2)));
    assert_eq!((figures.standing_unknown, figures.repeated), (Some(1), Some(2)));
    let rollbacks: Vec<&str> = review.rollbacks.iter().map(|one| one.fix.as_str()).collect();
    assert_eq!(rollbacks, [&review.fixes[1].id]);
}

#[test]
fn who_has_to_sign_in_again_is_told_with_the_end_of_old_sessions() {
    let mut history = calm();
    history.fixes = vec![
        Fix { sessions_end: Some(ago(-30)), ..fix(100, mapping("Department")) },
        Fix { sessions_end: Some(ago(5)), ..fix(90, mapping("Team")) },
    ];
    let stale = |minutes, user: &str, key: &str| Denials {
        sessions_end: Some(ago(-60)),
        ..denials(minutes, user, "stale_session", &[key], 1)
    };
    history.denials = vec![
        stale(120, "before", "Department"),
        stale(80, "b", "department"),
        stale(70, "a", "Department"),
        stale(60, "a", "Department"),
        stale(60, "c", "Project"),
        denials(60, "d", "intended", &["Department"], 1),
    ];
    let review = of_day(&history);
    let told: Vec<_> =
        review.fixes.iter().map(|fix| (fix.denied_since.join(" "), fix.sessions_end)).collect();
    assert_eq!(told, [("a b".to_owned(), Some(ago(-60))), (String::new(), Some(ago(5)))]);
    let sentence = "mapping Department: 1 user (0011223344556677) denied from 2026-11-23 10:18 UTC on have to sign in again; \
                    2 users denied since (a, b); old sessions last until 2026-11-23 13:00 UTC at the latest";
    let text = tagmend_review::print::text(&review, 1_000);
    assert!(text.contains(&format!("WHO HAS TO SIGN IN AGAIN\n  {sentence}\n")), "{text}");
    assert!(tagmend_review::print::markdown(&review).contains("denied since"));
    assert!(tagmend_review::print::html(&review).unwrap().contains(sentence));
    // Made again since: whoever was denied since then is told with the later fix.
    history.fixes.insert(1, Fix { sessions_end: Some(ago(-30)), ..fix(75, mapping("Department")) });
    let since: Vec<String> = of_day(&history).fixes.iter().map(|fix| fix.denied_since.join(" ")).collect();
    assert_eq!(since, ["b", "a", ""]);
}

/// It is there, whoever made it: old sessions lack it, and it is no fix of Tagmend's.
#[test]
fn what_was_found_in_place_is_there_and_nobodys() {
    let mut history = calm();
    let found = Fix { sessions_end: Some(ago(-30)), ..found_in_place(100, mapping("Department")) };
    history.attempts = vec![attempt(100, mapping("Department"), Outcome::FoundInPlace)];
    history.fixes = vec![found.clone()];
    let review = of_day(&history);
    assert_eq!((review.figures.fixes, review.figures.unverified), (Some(0), Some(0)));
    let [timeline] = review.timelines.as_slice() else { panic!("{:?}", review.timelines) };
    let last = timeline.spans.last().unwrap();
    assert_eq!((last.state, &last.by, &last.reference), (State::There, &None, &Some(found.id)));
    let text = tagmend_review::print::text(&review, 1_000);
    let html = tagmend_review::print::html(&review).unwrap();
    for (form, words) in
        [(&text, "; found in place: nobody knows who made it ["), (&html, "; nobody knows who made it<")]
    {
        assert!(form.contains(words), "{form}");
        assert!(!form.contains("; not seen"), "{form}");
    }
    assert!(text.contains("WHO HAS TO SIGN IN AGAIN\n  mapping Department: 1 user"), "{text}");
}
