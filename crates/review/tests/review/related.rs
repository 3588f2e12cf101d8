//! What is no denied call, and what explains what.

use serde_json::json;
use tagmend_review::history::{History, RelatedRecord, Story};
use tagmend_review::print;
use tagmend_review::review::{Asked, Review, review};

use super::support::{ago, calm, day, place};

fn record(minutes: i64, id: &str, kind: &str) -> RelatedRecord {
    RelatedRecord {
        id: id.to_owned(),
        time: ago(minutes),
        kind: kind.to_owned(),
        class: "sign_in".to_owned(),
    }
}

fn story(minutes: i64, before: &str, after: &[&str]) -> Story {
    Story {
        kind: "sign_ins_after_identity_source".to_owned(),
        link: "shortly_before".to_owned(),
        before: before.to_owned(),
        time: ago(minutes),
        after: after.iter().map(|id| (*id).to_owned()).collect(),
        text: format!("{before} was changed, and {} sign-ins failed <after> it", after.len()),
    }
}

fn of(records: Vec<RelatedRecord>, stories: Vec<Story>) -> Review {
    let history = History { related: records, stories, ..calm() };
    review(&history, day(), Asked::default(), &place())
}

#[test]
fn records_are_counted_once_by_kind_inside_the_window() {
    let review = of(
        vec![
            record(1_441, "old", "sign_in_failed"),
            record(30, "b", "sign_in_failed"),
            record(60, "a", "sign_in_failed"),
            // It came again.
            record(30, "b", "sign_in_failed"),
            record(20, "c", "scim_refused"),
        ],
        vec![],
    );
    let row = |kind: &str, count: usize, first: i64, last: i64| json!({"kind": kind, "class": "sign_in", "count": count, "first": ago(first).to_string(), "last": ago(last).to_string()});
    assert_eq!(
        print::json(&review).unwrap()["related"],
        json!({"kinds": [row("sign_in_failed", 2, 60, 30), row("scim_refused", 1, 20, 20)], "stories": []})
    );
}

#[test]
fn a_change_that_several_runs_told_of_is_one_story_and_every_form_shows_it() {
    let stories = vec![
        story(1_441, "old", &["z"]),
        story(40, "source", &["a", "b"]),
        story(40, "source", &["b", "c", "d"]),
        story(90, "certificate", &["e"]),
    ];
    let review = of(vec![], stories);
    let row = |before: &str, minutes: i64, after: usize, most: usize| {
        json!({
            "kind": "sign_ins_after_identity_source", "link": "shortly_before", "before": before,
            "time": ago(minutes).to_string(), "after": after,
            "text": format!("{before} was changed, and {most} sign-ins failed <after> it"),
        })
    };
    let rows = [row("certificate", 90, 1, 1), row("source", 40, 4, 3)];
    assert_eq!(print::json(&review).unwrap()["related"], json!({"kinds": [], "stories": rows}));
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let said = "source was changed, and 3 sign-ins failed <after> it";
    assert!(words(&print::text(&review, 100)).contains(said), "{}", print::text(&review, 100));
    let html = words(&print::html(&review).unwrap());
    assert!(html.contains("3 sign-ins failed &lt;after&gt; it") && !html.contains("<after>"), "{html}");
    assert!(words(&print::markdown(&review)).contains("source was changed, and 3 sign-ins failed"));
}

#[test]
fn a_review_without_any_says_nothing_of_them() {
    let review = of(vec![], vec![]);
    assert_eq!(print::json(&review).unwrap()["related"], json!({"kinds": [], "stories": []}));
    for text in [print::text(&review, 100), print::markdown(&review), print::html(&review).unwrap()] {
        assert!(!text.contains("shortly before"), "{text}");
    }
}
