//! Which failures are diagnosed alike.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "this is a test"
)]

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use serde_json::{Value as Json, json};
use tagmend_diagnosis::{
    AccessControl, Baseline, Facts, Failure, FoundPermissionSet, PastChange, PastFix, PermissionSet,
    Provisioning, User,
    alike::{Kind, Trait},
    deliveries,
};

fn baseline() -> Baseline {
    Baseline::parse(include_str!("../../../events/baseline.json")).unwrap()
}

fn facts(condition: &Json) -> Facts {
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition}]});
    Facts {
        access_control: AccessControl::Enabled(vec![]),
        permission_set: FoundPermissionSet::Found(Arc::new(PermissionSet {
            arn: "arn:aws:sso:::permissionSet/ssoins-1/ps-1".to_owned(),
            name: "FinanceAnalyst".to_owned(),
            session_duration: "PT1H".to_owned(),
            inline_policy: Some(policy.to_string()),
            managed_policies: vec![],
            customer_managed_policies: vec![],
            boundary: None,
            tags: None,
            provisioning: Provisioning::Latest,
        })),
        user: Some(User { user_id: "u".to_owned(), attributes: BTreeMap::new(), updated_at: None }),
        past_fixes: Arc::from([]),
        answers: Arc::default(),
    }
}

/// A hundred denials that differ in their ids, their seconds, their clients and their addresses.
fn storm() -> Vec<Failure> {
    let denial: Json =
        serde_json::from_str(include_str!("../../../events/mapping-missing/resource-tag-condition.json"))
            .unwrap();
    let failure = |second: usize| {
        let mut denial = denial.clone();
        denial["detail"]["eventID"] = json!(format!("e-{second}"));
        denial["detail"]["eventTime"] =
            json!(format!("2026-11-23T11:{:02}:{:02}Z", second / 60, second % 60));
        denial["detail"]["sourceIPAddress"] = json!(format!("198.51.100.{second}"));
        denial["detail"]["userAgent"] = json!(format!("client/{second}"));
        Failure::read(deliveries(&denial).remove(0).unwrap()).unwrap()
    };
    (0..100).map(failure).collect()
}

fn different(facts: &Facts) -> usize {
    let (storm, baseline) = (storm(), baseline());
    let kinds: HashSet<Kind> = storm.iter().map(Kind::of).collect();
    assert_eq!(kinds.len(), 1);
    let alike = kinds.iter().next().unwrap().alike(facts, &baseline);
    storm.iter().map(|failure| alike.of(failure)).collect::<HashSet<Trait>>().len()
}

#[test]
fn denials_that_differ_in_their_second_are_one_unless_a_policy_tests_it() {
    assert_eq!(different(&facts(&json!({"StringEquals": {"aws:PrincipalTag/Department": "Finance"}}))), 1);
    for condition in [
        json!({"DateLessThan": {"aws:CurrentTime": "2026-11-23T11:01:00Z"}}),
        json!({"NumericLessThan": {"aws:EpochTime": "1795431660"}}),
        json!({"StringNotEquals": {"aws:ResourceTag/Until": "${aws:CurrentTime}"}}),
        json!({"StringLike": {"aws:UserAgent": "client/1*"}}),
        json!({"IpAddress": {"aws:SourceIp": "198.51.100.0/25"}}),
        json!({"IpAddress": {"aws:VpcSourceIp": "10.0.0.0/8"}}),
    ] {
        assert_eq!(different(&facts(&condition)), 100, "{condition}");
    }
}

/// Before a change, right after it, and later, other things are said.
#[test]
fn denials_around_a_change_are_told_apart_by_it_alone() {
    let mut facts = facts(&json!({}));
    let change = PastChange::Reprovisioned { account: "1".to_owned(), permission_set_id: "ps-1".to_owned() };
    let fix = |time: &str| PastFix { time: time.parse().unwrap(), change: change.clone() };
    facts.past_fixes = Arc::from([fix("2026-11-23T11:00:30Z"), fix("2026-11-23T10:56:10Z")]);
    assert_eq!(different(&facts), 3);
}

/// AWS's simulator evaluates policies that nobody here has read.
#[test]
fn addresses_are_told_apart_where_the_simulator_is_asked() {
    let mut facts = facts(&json!({"StringEquals": {"aws:PrincipalTag/Department": "Finance"}}));
    assert_eq!(different(&facts), 1);
    let user = facts.user.as_mut().unwrap();
    user.attributes.insert("enterprise.department".to_owned(), "Finance".to_owned());
    assert_eq!(different(&facts), 100);
}
