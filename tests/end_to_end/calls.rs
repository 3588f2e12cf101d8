//! What a batch costs, as calls to AWS that the sandbox counted. `make bench` prints the table.

use serde_json::Value as Json;
use tagmend_remedy::Report;
use tagmend_tests::{Mode, Stage, event, world};

async fn cost(events: &[Json], mode: Mode) -> (usize, Report) {
    let stage = Stage::new(world()).await;
    let report = stage.heal(events, mode).await;
    (stage.sandbox.calls().len(), report)
}

#[tokio::test]
async fn a_storm_costs_what_one_denial_costs() {
    let denial = event("mapping-missing/resource-tag-condition");
    let mut storm = Vec::new();
    for index in 0..10_000 {
        let mut copy = denial.clone();
        copy["detail"]["eventID"] = format!("storm-{index}").into();
        storm.push(copy);
    }
    for mode in [Mode::Plan, Mode::Apply] {
        let (one, _) = cost(std::slice::from_ref(&denial), mode).await;
        let (many, report) = cost(&storm, mode).await;
        println!("{mode:?}: 1 denial {one} calls, 10,000 denials {many} calls");
        assert_eq!((many, report.changes.len(), report.treated.len()), (one, 1, 10_000));
    }
}

#[tokio::test]
async fn a_batch_to_be_refused_costs_nothing() {
    let refused = [
        "own-failure/heal-role",
        "own-failure/heal-role-throttled",
        "not-identity-center/role",
        "not-identity-center/user",
        "not-identity-center/reserved-name-outside-reserved-path",
        "not-identity-center/near-miss-account-access-manager",
        "service-control-policy/explicit",
        "vpc-endpoint-policy/implicit",
        "out-of-scope/account-not-in-baseline",
        "out-of-scope/near-miss-envelope-disagrees",
        "throttled/ssm",
        "throttled/near-miss-quota",
        "undetermined/near-miss-message-of-somebody-else",
    ];
    let batch: Vec<Json> = refused.iter().map(|name| event(name)).cycle().take(10_000).collect();
    for mode in [Mode::Plan, Mode::Apply] {
        let (calls, report) = cost(&batch, mode).await;
        println!("{mode:?}: 10,000 records to be refused {calls} calls");
        assert_eq!((calls, report.changes.len()), (0, 0));
    }
}

#[tokio::test]
async fn what_each_kind_of_record_costs() {
    let expected = [
        // Nobody approved its permission set, so one call asks the index for the name, and four are looked at together.
        ("intended/managed-policy-does-not-allow", Mode::Plan, 30),
        ("resource-tag/ec2-instance", Mode::Plan, 16),
        ("mapping-missing/explicit-deny", Mode::Plan, 17),
        ("mapping-missing/explicit-deny", Mode::Apply, 34),
        ("not-provisioned/start-build", Mode::Apply, 44),
    ];
    let mut found = Vec::new();
    for (name, mode, _) in expected {
        let (calls, _) = cost(&[event(name)], mode).await;
        println!("{name} {mode:?}: {calls} calls");
        found.push((name, mode, calls));
    }
    assert_eq!(found, expected);
}
