//! Invariant 9: Attribute values are never logged.

use super::*;

/// Values of the sample users that no policy and no name holds.
const VALUES: [&str; 6] = ["4711", "Payments", "Senior Analyst", "mgr-17", "Jane Doe", "9900"];

#[track_caller]
fn check(text: &str, what: &str) {
    for value in VALUES {
        assert!(!text.contains(value), "{what} holds `{value}`");
    }
}

#[tokio::test]
async fn neither_reports_nor_journal_nor_output_hold_one() {
    let stage = Stage::new(world()).await;
    let report = stage.heal(&events_of_the_main_world(), Mode::Apply).await;
    check(&format!("{report:?}"), "the report");
    // What a session carried is kept to know it, and for nothing else.
    let mut objects = stage.sandbox.world().journal.objects;
    objects.retain(|name, _| !name.starts_with("sessions/"));
    check(&serde_json::to_string(&objects).unwrap(), "the journal");
    check(&tagmend(&["replay", "events", "--json"]).await.1, "replay");
    let explain = ["explain", "events/resource-tag/ec2-instance.json"];
    check(&tagmend(&explain).await.1, "explain");
    let shown = tagmend(&[&explain[..], &["--show-values"]].concat()).await.1;
    assert!(shown.contains("4711"), "--show-values shows them");
}
