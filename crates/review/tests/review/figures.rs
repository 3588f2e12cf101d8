//! Figures, beside those of the window before.

use crate::support::*;
use tagmend_review::history::*;

#[test]
fn figures_stand_beside_those_of_the_same_length_before() {
    let mut history = calm();
    history.fixes = vec![fix(2_000, mapping("Team")), fix(100, mapping("Department"))];
    history.denials = vec![denials(2_000, "a", "intended", &[], 2), denials(100, "b", "intended", &[], 5)];
    let review = of_day(&history);
    assert_eq!((review.figures.fixes, review.figures_before.fixes), (Some(1), Some(1)));
    assert_eq!((review.figures.denials, review.figures_before.denials), (Some(5), Some(2)));
    assert_eq!((review.figures.minutes_p50, review.figures.minutes_p95), (Some(2.0), Some(2.0)));
    assert_eq!(review.before.to, review.window.from);
    // What happens at the moment of the review belongs to it; at the end of an earlier window it does not.
    history.fixes = vec![fix(0, mapping("Team"))];
    assert_eq!(of_day(&history).figures.fixes, Some(1));
    history.now = ago(-60);
    assert_eq!(of_day(&history).figures.fixes, Some(0));
}

#[test]
fn a_figure_of_what_was_not_read_is_none_and_not_zero() {
    let mut history = calm();
    history.fixes = vec![fix(100, mapping("Department"))];
    history.denials = vec![denials(100, "a", "intended", &[], 5)];
    let without = |source| {
        let mut history = history.clone();
        history.unread.push(Unread { source, why: "AccessDenied".to_owned() });
        of_day(&history)
    };
    let of = |review: &tagmend_review::review::Review| {
        let figures = &review.figures;
        (figures.denials, figures.planned, figures.fixes, figures.not_made.is_some(), figures.held)
    };
    assert_eq!(of(&of_day(&history)), (Some(5), Some(0), Some(1), true, Some(0)));
    assert_eq!(of(&without(Source::Ledger)), (None, None, Some(1), false, Some(0)));
    assert_eq!(of(&without(Source::Fixes)), (Some(5), Some(0), None, false, None));
    assert_eq!(of(&without(Source::LiveState)), (Some(5), Some(0), Some(1), true, None));
    let funnel: Vec<Option<u64>> =
        without(Source::Ledger).charts.funnel.iter().map(|step| step.count).collect();
    assert_eq!(funnel, [None, None, Some(1), Some(1), Some(0)]);
    // Nor is it printed as zero, in any form.
    let review = without(Source::Fixes);
    let text = tagmend_review::print::text(&review, 100);
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains(" fixes ? ? of them"), "{text}");
    assert!(tagmend_review::print::markdown(&review).contains("| fixes | ? | ? |"));
    let html = tagmend_review::print::html(&review).unwrap();
    assert!(html.contains("Fixes could not be read whole.") && !html.contains("No fix was made."));
}
