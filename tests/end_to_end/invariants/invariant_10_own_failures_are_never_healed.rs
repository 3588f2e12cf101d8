//! Invariant 10: Own failures are never healed.

use super::*;

#[tokio::test]
async fn they_cost_no_call_and_are_counted() {
    let stage = Stage::new(world()).await;
    let events = [event("own-failure/heal-role"), event("own-failure/heal-role-throttled")];
    let report = stage.heal(&events, Mode::Apply).await;
    assert!(report.changes.is_empty() && stage.sandbox.calls().is_empty());
    let own = tagmend_remedy::metrics::counts(&report)
        .into_iter()
        .find(|(metric, _)| *metric == tagmend_remedy::metrics::Metric::OwnFailures);
    assert_eq!(own.unwrap().1, 2);
}

#[tokio::test]
async fn a_role_of_another_account_is_not_our_own() {
    let own_of = |account: &str| -> Vec<String> {
        ["heal", "watch"].map(|function| format!("arn:aws:iam::{account}:role/tagmend-{function}")).into()
    };
    for (account, is_own) in [("111122223333", true), ("444455556666", false)] {
        let baseline = bent_baseline(|baseline| baseline["own_roles"] = json!(own_of(account)));
        assert_eq!(baseline.stack(), Some("tagmend"));
        // A session of it, and the write of somebody else that one of ours would be told from.
        let session = "arn:aws:sts::111122223333:assumed-role/tagmend-heal/x";
        assert_eq!(baseline.is_own_role(session), is_own);
        let record = json!({"detail": {
            "eventName": "UpdateInstanceAccessControlAttributeConfiguration", "eventTime": "2026-11-23T11:50:01Z",
            "userIdentity": {"sessionContext": {"sessionIssuer": {
                "arn": "arn:aws:iam::111122223333:role/tagmend-heal", "userName": "tagmend-heal",
            }}},
        }});
        assert_eq!(tagmend_remedy::foreign_write(&record, &baseline).is_none(), is_own);
        let stage = Stage::with(world(), baseline).await;
        let report = stage.heal(&[event("own-failure/heal-role")], Mode::Apply).await;
        let counts = tagmend_remedy::metrics::counts(&report).into_iter();
        let own = counts.filter(|(metric, _)| *metric == tagmend_remedy::metrics::Metric::OwnFailures);
        assert_eq!(own.map(|(_, count)| count).sum::<u64>(), u64::from(is_own), "{account}");
        assert!(report.changes.is_empty(), "whoever it is, nothing is healed");
    }
    // A name alone is of every account, as in baselines of before; and a session is never a role of another name.
    let baseline = bent_baseline(|_| {});
    assert!(baseline.is_own_role("arn:aws:sts::444455556666:assumed-role/tagmend-heal/x"));
    assert!(!baseline.is_own_role("arn:aws:sts::444455556666:assumed-role/other/tagmend-heal"));
    assert!(!baseline.is_own_role("tagmend-heal"), "no ARN");
}
