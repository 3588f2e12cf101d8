//! Invariant 3: No write without.

use super::*;

async fn refused(stage: &Stage, refusal: Refusal) {
    let report = stage.heal(&[event(DENIAL)], Mode::Apply).await;
    assert_eq!(outcomes(&report), [Outcome::Refused(refusal)]);
    assert!(stage.writes().is_empty());
    assert!(!stage.mapped_keys().contains(&"Department".to_owned()));
}

#[tokio::test]
async fn proof() {
    let stage = Stage::new(world()).await;
    let near_misses = ["near-miss-action-not-allowed", "near-miss-denied-with-the-tag-too"];
    let events: Vec<Json> =
        near_misses.iter().map(|name| event(&format!("mapping-missing/{name}"))).collect();
    let report = stage.heal(&events, Mode::Apply).await;
    assert!(report.changes.is_empty() && stage.writes().is_empty());
}

async fn planned(policy: Json, message: &str, bend: impl FnOnce(&mut World)) -> (Cause, usize) {
    let mut world = world();
    world.permission_sets[0].inline_policy = Some(policy);
    bend(&mut world);
    let stage = Stage::new(world).await;
    let mut denial = event("mapping-missing/resource-tag-condition");
    let text = denial["detail"]["errorMessage"].as_str().unwrap();
    let call = text.split(" because ").next().unwrap().to_owned();
    denial["detail"]["errorMessage"] = json!(format!("{call}{message}"));
    let report = stage.heal(&[denial], Mode::Apply).await;
    assert_eq!(report.changes.is_empty(), stage.writes().is_empty());
    (only_cause(&report), report.changes.len())
}

fn allow_finance() -> Json {
    json!({"Effect": "Allow", "Action": "*", "Resource": "*",
           "Condition": {"StringEquals": {"aws:PrincipalTag/Department": "Finance"}}})
}

const IMPLICIT: &str = " because no identity-based policy allows the secretsmanager:GetSecretValue action";
const EXPLICIT: &str = " with an explicit deny in an identity-based policy";

#[tokio::test]
async fn proof_of_the_denial_that_the_message_names() {
    let allow = json!({"Version": "2012-10-17", "Statement": [allow_finance()]});
    assert_eq!(planned(allow.clone(), IMPLICIT, |_| ()).await, (Cause::MappingMissing, 1));
    let deny_unread = json!({"Version": "2012-10-17", "Statement": [allow_finance(),
        {"Effect": "Deny", "Action": "*", "Resource": "*",
         "Condition": {"StringEquals": {"aws:ResourceTag/Env": "prod"}}}]});
    assert_eq!(planned(deny_unread.clone(), EXPLICIT, |_| ()).await, (Cause::Undetermined, 0));
    assert_eq!(planned(deny_unread.clone(), "", |_| ()).await, (Cause::Undetermined, 0));
    assert_eq!(planned(deny_unread, IMPLICIT, |_| ()).await, (Cause::MappingMissing, 1));
    let only_deny = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Deny", "Action": "*", "Resource": "*",
         "Condition": {"StringEquals": {"aws:ResourceTag/Env": "prod"}}}]});
    assert_eq!(planned(only_deny, EXPLICIT, |_| ()).await, (Cause::Undetermined, 0));
}

#[tokio::test]
async fn proof_from_policies_that_the_account_runs() {
    let allow = json!({"Version": "2012-10-17", "Statement": [allow_finance()]});
    let outdated = |world: &mut World| {
        world.permission_sets[0].accounts.insert("111122223333".to_owned(), AccountStatus::Outdated);
    };
    assert_eq!(planned(allow, IMPLICIT, outdated).await, (Cause::Undetermined, 0));
}

#[tokio::test]
async fn proof_where_policies_are_not_seen_needs_the_word_of_the_message() {
    let allow = json!({"Version": "2012-10-17", "Statement": [allow_finance()]});
    let unseen = |world: &mut World| {
        let reference = world.permission_sets[12].customer_managed_policies.clone();
        world.permission_sets[0].customer_managed_policies = reference;
    };
    assert_eq!(planned(allow.clone(), "", unseen).await, (Cause::Undetermined, 0));
    assert_eq!(planned(allow, IMPLICIT, unseen).await, (Cause::MappingMissing, 1));
    let nothing = json!({"Version": "2012-10-17", "Statement": []});
    let cause = planned(nothing, IMPLICIT, unseen).await;
    assert_eq!(cause, (Cause::Undetermined, 0), "what is not seen may be what was meant to allow it");
}

/// IAM does not know every policy that is attached: such a one is there, and says nothing.
#[tokio::test]
async fn proof_where_iam_does_not_know_a_managed_policy_needs_the_word_of_the_message() {
    let allow = json!({"Version": "2012-10-17", "Statement": [allow_finance()]});
    let unknown = |world: &mut World| {
        world.permission_sets[0].managed_policies.push("arn:aws:iam::aws:policy/NoLongerThere".to_owned());
    };
    assert_eq!(planned(allow.clone(), "", unknown).await, (Cause::Undetermined, 0));
    assert_eq!(planned(allow, IMPLICIT, unknown).await, (Cause::MappingMissing, 1));
}

#[tokio::test]
async fn proof_with_a_value_that_sts_takes() {
    let any = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*",
        "Condition": {"StringLike": {"aws:PrincipalTag/Department": "*"}}}]});
    for value in ["R&D", "a\tb", &"x".repeat(257)] {
        let bend = |world: &mut World| {
            world.users[0]["Extensions"]["aws:identitystore:enterprise"]["department"] = json!(value);
        };
        assert_eq!(planned(any.clone(), IMPLICIT, bend).await, (Cause::Undetermined, 0), "{value}");
    }
}

#[tokio::test]
async fn proof_with_the_address_that_a_vpc_endpoint_hides() {
    let mut by_address = allow_finance();
    by_address["Condition"]["IpAddress"] = json!({"aws:SourceIp": "203.0.113.0/24"});
    let mut world = world();
    world.permission_sets[0].inline_policy =
        Some(json!({"Version": "2012-10-17", "Statement": [by_address]}));
    let stage = Stage::new(world).await;
    let mut denial = event("mapping-missing/resource-tag-condition");
    assert_eq!(stage.heal(&[denial.clone()], Mode::Plan).await.changes.len(), 1);
    denial["detail"]["vpcEndpointId"] = json!("vpce-0a1b2c3d4e5f67890");
    let report = stage.heal(&[denial], Mode::Plan).await;
    assert_eq!((only_cause(&report), report.changes.len()), (Cause::Intended, 0));
}

#[tokio::test]
async fn mode_apply() {
    let stage = Stage::new(world()).await;
    let report = stage.heal(&[event(DENIAL)], Mode::Plan).await;
    assert_eq!((report.changes.len(), outcomes(&report), stage.writes()), (1, vec![], vec![]));
    assert_eq!(stage.written(), Vec::<String>::new());
}

#[tokio::test]
async fn a_journal_without_a_hold() {
    let mut world = world();
    world.journal.objects.insert("hold.json".to_owned(), json!({"schema": 1}));
    refused(&Stage::new(world).await, Refusal::Hold).await;
}

#[tokio::test]
async fn a_hold_that_comes_at_the_last_moment() {
    let mut world = world();
    let write = Foreign::Object { name: "hold.json".to_owned(), json: json!({"schema": 1}) };
    world.foreign_write = Some(ForeignWrite { after: "s3:PutObject".to_owned(), write });
    refused(&Stage::new(world).await, Refusal::Hold).await;
}

#[tokio::test]
async fn a_hold_does_not_even_take_the_lease() {
    let mut world = world();
    world.journal.objects.insert("hold.json".to_owned(), json!({"schema": 1}));
    let stage = Stage::new(world).await;
    refused(&stage, Refusal::Hold).await;
    assert_eq!(stage.written(), Vec::<String>::new());
}

#[tokio::test]
async fn a_journal_that_can_be_read() {
    let mut world = world();
    world.faults.push(always("s3:GetObject", "AccessDenied", 403));
    let stage = Stage::new(world).await;
    let report = stage.heal(&[event(DENIAL)], Mode::Apply).await;
    match &outcomes(&report)[..] {
        [Outcome::Failed(error)] => assert_eq!(error.to_string(), "s3:GetObject: AccessDenied"),
        other => panic!("{other:?}"),
    }
    assert!(stage.writes().is_empty());
}

#[tokio::test]
async fn budget() {
    let baseline = bent_baseline(|baseline| baseline["limits"]["fixes_per_hour"] = json!(1));
    let mut world = world();
    let spent = "snapshots/20261123T114500.000Z/restore_mapping/Other.json";
    world.journal.objects.insert(spent.to_owned(), json!({"schema": 1}));
    let reached = Reached { most: 1, until: "2026-11-23T12:45:00Z".parse().unwrap() };
    refused(&Stage::with(world, baseline).await, Refusal::BudgetSpent(reached)).await;
}

#[tokio::test]
async fn budget_for_the_whole_plan() {
    let needs_two = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": "secretsmanager:*", "Resource": "*", "Condition": {"StringEquals": {
            "aws:PrincipalTag/Department": "Finance", "aws:PrincipalTag/CostCenter": "4711"}}
    }]});
    for (fixes, written) in [(1, 0), (2, 1)] {
        let baseline = bent_baseline(|baseline| baseline["limits"]["fixes_per_hour"] = json!(fixes));
        let mut world = world();
        world.permission_sets[0].inline_policy = Some(needs_two.clone());
        world.attribute_mappings.as_mut().unwrap().retain(|mapping| mapping.key != "CostCenter");
        let stage = Stage::with(world, baseline).await;
        stage.heal(&[event("mapping-missing/resource-tag-condition")], Mode::Apply).await;
        assert_eq!(stage.writes().len(), written, "both keys in one write, or none");
        assert_eq!(stage.mapped_keys().len(), 3 + 2 * written);
    }
}

#[tokio::test]
async fn the_lease() {
    let mut world = world();
    let lease = json!({"schema": 1, "fencing": 7, "expires": "2026-11-23T12:03:00Z"});
    world.journal.objects.insert("lease.json".to_owned(), lease);
    refused(&Stage::new(world).await, Refusal::LeaseHeld).await;
}

#[tokio::test]
async fn a_lease_that_ran_out_is_taken_over() {
    let mut world = world();
    let lease = json!({"schema": 1, "fencing": 7, "expires": "2026-11-23T11:59:00Z"});
    world.journal.objects.insert("lease.json".to_owned(), lease);
    let stage = Stage::new(world).await;
    stage.heal(&[event(DENIAL)], Mode::Apply).await;
    let lease = &stage.sandbox.world().journal.objects["lease.json"];
    assert_eq!(
        *lease,
        json!({"schema": 1, "fencing": 8, "expires": "2026-11-23T12:00:00Z", "held": false}),
        "and given back"
    );
    assert!(stage.mapped_keys().contains(&"Department".to_owned()));
}

#[tokio::test]
async fn a_snapshot_that_is_already_stored() {
    let stage = Stage::new(world()).await;
    stage.heal(&[event(DENIAL)], Mode::Apply).await;
    let calls = stage.sandbox.calls();
    let write = calls.iter().position(|call| *call == WRITES[1]).unwrap();
    let puts = calls[..write].iter().filter(|call| *call == "s3:PutObject").count();
    assert_eq!(puts, 3, "lease, the key for users, and snapshot");

    let mut world = world();
    let taken = "snapshots/20261123T120000.000Z/restore_mapping/Department.json";
    world.journal.objects.insert(taken.to_owned(), json!({"schema": 1}));
    let stage = Stage::new(world).await;
    let report = stage.heal(&[event(DENIAL)], Mode::Apply).await;
    let [Outcome::Fixed(fix)] = &outcomes(&report)[..] else { panic!("{:?}", report.changes) };
    assert_eq!(fix.as_str(), "20261123T120000.001Z/restore_mapping/Department", "a name of its own");
    let objects = stage.sandbox.world().journal.objects;
    assert_eq!(objects[taken], json!({"schema": 1}), "snapshots are never overwritten");

    // One that comes between the look and the snapshot.
    let mut meanwhile = tagmend_tests::world();
    let write = Foreign::Object { name: taken.to_owned(), json: json!({"schema": 1}) };
    meanwhile.foreign_write = Some(ForeignWrite { after: "s3:GetObject".to_owned(), write });
    let stage = Stage::new(meanwhile).await;
    stage.heal(&[event(DENIAL)], Mode::Apply).await;
    let objects = stage.sandbox.world().journal.objects;
    assert_eq!(objects[taken], json!({"schema": 1}), "nor is that one");
}
