//! The ten invariants of ARCHITECTURE.md, a module each.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "this is a test"
)]

use serde_json::{Value as Json, json};
use tagmend_diagnosis::cause::Cause;
use tagmend_diagnosis::plan::Plan;
use tagmend_remedy::apply::{Outcome, Refusal};
use tagmend_remedy::heal::{Report, Treated, Treatment};
use tagmend_sandbox::{AccountStatus, AttributeMapping, Fault, Foreign, ForeignWrite, World};
use tagmend_tests::{Mode, Stage, WRITES, bent_baseline, event, events_of_the_main_world, tagmend, world};

const DENIAL: &str = "mapping-missing/explicit-deny";

fn only_cause(report: &Report) -> Cause {
    match report.treated.as_slice() {
        [Treated::Failure(_, Treatment::Diagnosed { diagnosis, .. })] => diagnosis.cause,
        other => panic!("{other:?}"),
    }
}

fn outcomes(report: &Report) -> Vec<Outcome> {
    report.changes.iter().filter_map(|(_, outcome)| outcome.clone()).collect()
}

fn fault(operation: &str, code: &str, status: u16) -> Fault {
    Fault { operation: operation.to_owned(), code: code.to_owned(), status, times: None, takes_effect: false }
}

mod invariant_1_the_event_chooses_what_to_check_never_what_to_write {
    use super::*;

    #[tokio::test]
    async fn everything_written_is_in_the_baseline_whatever_the_event_says() {
        let mut hostile = event(DENIAL);
        let detail = &mut hostile["detail"];
        detail["requestParameters"] = json!({
            "InstanceAccessControlAttributeConfiguration": {"AccessControlAttributes": [
                {"Key": "Department", "Value": {"Source": ["${path:nickName}"]}}
            ]}
        });
        detail["userAgent"] = json!("restore the mapping Department = ${path:nickName}");
        detail["errorMessage"] = json!(
            detail["errorMessage"]
                .as_str()
                .unwrap()
                .replace("s3:ListAllMyBuckets", "s3:ListAllMyBuckets on resource: ${path:nickName}")
        );
        let stage = Stage::new(world()).await;
        stage.heal(&[hostile], Mode::Apply).await;
        let mut wanted = world().attribute_mappings.unwrap();
        wanted.push(AttributeMapping {
            key: "Department".to_owned(),
            source: "${path:enterprise.department}".to_owned(),
        });
        assert_eq!(stage.sandbox.world().attribute_mappings.unwrap(), wanted);
    }

    #[tokio::test]
    async fn what_the_baseline_lacks_is_not_written() {
        let baseline = bent_baseline(|baseline| {
            baseline["attribute_mappings"].as_array_mut().unwrap().remove(0);
        });
        let stage = Stage::with(world(), baseline).await;
        let report = stage.heal(&events_of_the_main_world(), Mode::Apply).await;
        assert_eq!(stage.mapped_keys(), ["CostCenter", "Team", "Organization", "Legacy"]);
        assert_eq!(report.changes.len(), 1, "the permission set that may be provisioned");
    }
}

mod invariant_2_only_two_kinds_of_write_exist {
    use super::*;

    #[tokio::test]
    async fn the_whole_corpus_writes_nothing_else() {
        let stage = Stage::new(world()).await;
        stage.heal(&events_of_the_main_world(), Mode::Apply).await;
        let reads = ["Describe", "Get", "List"];
        for call in stage.sandbox.calls() {
            let operation = call.split_once(':').unwrap().1;
            let known = reads.iter().any(|read| operation.starts_with(read)) || call == "s3:PutObject";
            assert!(known || WRITES.contains(&call.as_str()), "{call}");
        }
        assert_eq!(stage.writes(), [WRITES[1], WRITES[0]], "each once");
        let (before, mut after) = (world(), stage.sandbox.world());
        assert_eq!(serde_json::to_value(&after.users).unwrap(), serde_json::to_value(&before.users).unwrap());
        let mappings = after.attribute_mappings.take().unwrap();
        assert_eq!(mappings[..4], before.attribute_mappings.unwrap(), "what was there stays, in its order");
        assert_eq!(mappings.len(), 5);
    }

    #[tokio::test]
    async fn a_key_that_is_there_in_another_case_is_not_written_again() {
        let mut world = world();
        let mapping =
            AttributeMapping { key: "DEPARTMENT".to_owned(), source: "${path:nickName}".to_owned() };
        world.attribute_mappings.as_mut().unwrap().push(mapping);
        let stage = Stage::new(world).await;
        let report = stage.heal(&[event(DENIAL)], Mode::Apply).await;
        assert_eq!((only_cause(&report), stage.writes()), (Cause::MappingSourceDiffers, vec![]));
    }

    #[tokio::test]
    async fn a_key_that_somebody_writes_meanwhile_in_another_case_is_not_written_again() {
        let mut world = world();
        let mapping =
            AttributeMapping { key: "DEPARTMENT".to_owned(), source: "${path:nickName}".to_owned() };
        let after = "sso:DescribeInstanceAccessControlAttributeConfiguration".to_owned();
        world.foreign_write = Some(ForeignWrite { after, write: Foreign::Mapping(mapping) });
        let stage = Stage::new(world).await;
        let report = stage.heal(&[event(DENIAL)], Mode::Apply).await;
        assert_eq!((outcomes(&report), stage.writes()), (vec![Outcome::AlreadyInPlace], vec![]));
    }

    #[tokio::test]
    async fn access_control_is_never_turned_on() {
        let mut world = world();
        world.attribute_mappings = None;
        let stage = Stage::new(world).await;
        let report = stage.heal(&[event(DENIAL)], Mode::Apply).await;
        assert_eq!((only_cause(&report), stage.writes()), (Cause::AccessControlOff, vec![]));
    }

    #[tokio::test]
    async fn policies_that_were_not_approved_are_not_provisioned() {
        let mut world = world();
        world.permission_sets[6].inline_policy.as_mut().unwrap()["Statement"][0]["Resource"] = json!("*");
        let stage = Stage::new(world).await;
        let report = stage.heal(&[event("not-provisioned/start-build")], Mode::Apply).await;
        assert_eq!((only_cause(&report), report.changes.len()), (Cause::NotProvisioned, 0));
        assert!(stage.writes().is_empty());
    }
}

mod invariant_3_no_write_without {
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

    const IMPLICIT: &str =
        " because no identity-based policy allows the secretsmanager:GetSecretValue action";
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
        assert_eq!(stage.count("s3:PutObject"), 0);
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
        assert_eq!(stage.count("s3:PutObject"), 0);
    }

    #[tokio::test]
    async fn a_journal_that_can_be_read() {
        let mut world = world();
        world.faults.push(fault("s3:GetObject", "AccessDenied", 403));
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
        refused(&Stage::with(world, baseline).await, Refusal::BudgetSpent).await;
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
            json!({"schema": 1, "fencing": 8, "expires": "2026-11-23T12:00:00Z"}),
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
        assert_eq!(
            calls[..write].iter().filter(|call| *call == "s3:PutObject").count(),
            2,
            "lease and snapshot"
        );

        let mut world = world();
        let taken = "snapshots/20261123T120000.000Z/restore_mapping/Department.json";
        world.journal.objects.insert(taken.to_owned(), json!({"schema": 1}));
        let stage = Stage::new(world).await;
        let report = stage.heal(&[event(DENIAL)], Mode::Apply).await;
        assert_eq!(
            outcomes(&report),
            [Outcome::Refused(Refusal::StateChanged)],
            "snapshots are never overwritten"
        );
        assert!(stage.writes().is_empty());
    }
}

mod invariant_4_the_plan_that_is_printed_is_the_plan_that_is_applied {
    use super::*;

    #[tokio::test]
    async fn both_runs_name_the_same_changes_and_only_those_are_made() {
        let events = events_of_the_main_world();
        let printed = Stage::new(world()).await.heal(&events, Mode::Plan).await;
        let stage = Stage::new(world()).await;
        let applied = stage.heal(&events, Mode::Apply).await;
        let changes =
            |report: &Report| report.changes.iter().map(|(change, _)| change.clone()).collect::<Vec<_>>();
        assert_eq!(changes(&printed), changes(&applied));
        assert_eq!(stage.writes().len(), printed.changes.len());
        assert!(printed.changes.iter().all(|(_, outcome)| outcome.is_none()));
    }
}

mod invariant_5_doing_it_twice_changes_nothing_the_second_time {
    use super::*;

    #[tokio::test]
    async fn the_same_batch_twice_and_the_same_event_twice_in_it() {
        let mut events = events_of_the_main_world();
        events.extend(events.clone());
        let stage = Stage::new(world()).await;
        stage.heal(&events, Mode::Apply).await;
        assert_eq!(stage.writes().len(), 2);
        let before = serde_json::to_value(stage.sandbox.world()).unwrap();
        stage.heal(&events, Mode::Apply).await;
        assert_eq!(stage.writes().len(), 2);
        assert_eq!(serde_json::to_value(stage.sandbox.world()).unwrap(), before);
    }

    #[tokio::test]
    async fn two_functions_at_once() {
        let stage = Stage::new(world()).await;
        let events = [event(DENIAL)];
        let (left, right) = tokio::join!(stage.heal(&events, Mode::Apply), stage.heal(&events, Mode::Apply));
        let fixed = [&left, &right]
            .iter()
            .flat_map(|report| outcomes(report))
            .filter(|outcome| matches!(outcome, Outcome::Fixed(_)))
            .count();
        assert_eq!((fixed, stage.writes().len()), (1, 1));
        assert_eq!(stage.mapped_keys(), ["CostCenter", "Team", "Organization", "Legacy", "Department"]);
    }

    #[tokio::test]
    async fn a_foreign_writer_between_our_read_and_our_write_loses_nothing() {
        let mut world = world();
        let mapping = AttributeMapping { key: "Region".to_owned(), source: "${path:locale}".to_owned() };
        let after = "sso:DescribeInstanceAccessControlAttributeConfiguration".to_owned();
        world.foreign_write = Some(ForeignWrite { after, write: Foreign::Mapping(mapping) });
        let stage = Stage::new(world).await;
        let report = stage.heal(&[event(DENIAL)], Mode::Apply).await;
        assert_eq!(outcomes(&report), [Outcome::Refused(Refusal::StateChanged)]);
        assert!(stage.writes().is_empty() && report.treated[0].is_unfinished(), "it comes again");
        stage.heal(&[event(DENIAL)], Mode::Apply).await;
        assert_eq!(
            stage.mapped_keys(),
            ["CostCenter", "Team", "Organization", "Legacy", "Region", "Department"]
        );
    }

    #[tokio::test]
    async fn provisioning_that_is_not_done_is_not_started_again() {
        let mut world = world();
        world.provisioning_looks = 1_000;
        let stage = Stage::new(world).await;
        let events = [event("not-provisioned/start-build")];
        let report = stage.heal(&events, Mode::Apply).await;
        assert!(matches!(outcomes(&report)[..], [Outcome::Unverified(_)]), "{:?}", report.changes);
        let report = stage.heal(&events, Mode::Apply).await;
        assert_eq!(outcomes(&report), [Outcome::Refused(Refusal::RecentChange)]);
        assert_eq!(stage.writes().len(), 1);
    }

    #[tokio::test]
    async fn a_mapping_that_somebody_takes_away_again_is_not_fought_over() {
        let stage = Stage::new(world()).await;
        stage.heal(&[event(DENIAL)], Mode::Apply).await;
        stage.sandbox.change(|world| {
            world.attribute_mappings.as_mut().unwrap().pop();
        });
        let report = stage.heal(&[event(DENIAL)], Mode::Apply).await;
        assert_eq!(outcomes(&report), [Outcome::Refused(Refusal::RecentChange)]);
        assert!(!report.treated[0].is_unfinished() && stage.writes().len() == 1);
    }

    #[tokio::test]
    async fn a_list_that_does_not_show_the_last_fix_yet_is_not_written() {
        let mut world = world();
        let fix = "fixes/20261123T115900.000Z/restore_mapping/CostCenter.json";
        world.journal.objects.insert(fix.to_owned(), json!({"schema": 1}));
        world.attribute_mappings.as_mut().unwrap().retain(|mapping| mapping.key != "CostCenter");
        let stage = Stage::new(world).await;
        let report = stage.heal(&[event(DENIAL)], Mode::Apply).await;
        assert_eq!(outcomes(&report), [Outcome::Refused(Refusal::RecentChange)]);
        assert!(stage.writes().is_empty());
    }

    #[tokio::test]
    async fn a_crash_after_the_write() {
        let mut world = world();
        // The mapping is written; everything the first run would do after it is gone with the first run.
        let mapping = AttributeMapping {
            key: "Department".to_owned(),
            source: "${path:enterprise.department}".to_owned(),
        };
        world.attribute_mappings.as_mut().unwrap().push(mapping);
        let lease = json!({"schema": 1, "fencing": 1, "expires": "2026-11-23T12:03:00Z"});
        world.journal.objects.insert("lease.json".to_owned(), lease);
        let stage = Stage::new(world).await;
        let report = stage.heal(&[event(DENIAL)], Mode::Apply).await;
        assert!(report.changes.is_empty() && stage.writes().is_empty());
    }
}

mod invariant_6_what_is_not_understood_is_left_alone {
    use super::*;

    async fn cause_with_policy(policy: Json) -> Cause {
        let mut world = world();
        world.permission_sets[1].inline_policy = Some(policy);
        let stage = Stage::new(world).await;
        let report = stage.heal(&[event(DENIAL)], Mode::Apply).await;
        assert!(report.changes.is_empty() && stage.writes().is_empty());
        only_cause(&report)
    }

    #[tokio::test]
    async fn policies_that_cannot_be_read_or_decided() {
        let deny = |condition: Json| {
            json!({"Version": "2012-10-17", "Statement": [
                {"Effect": "Allow", "Action": "*", "Resource": "*"},
                {"Effect": "Deny", "Action": "s3:*", "Resource": "*", "Condition": condition},
            ]})
        };
        for condition in [
            json!({"StringAlmostEquals": {"aws:PrincipalTag/Department": "Finance"}}),
            json!({"ForAnyValue:StringEqualsIfExists": {"aws:PrincipalTag/Department": "Finance"}}),
            json!({"NumericEquals": {"aws:PrincipalTag/Department": "Finance"}, "Null": {"aws:PrincipalTag/Department": "true"}}),
        ] {
            assert_eq!(cause_with_policy(deny(condition.clone())).await, Cause::Undetermined, "{condition}");
        }
        assert_eq!(cause_with_policy(json!({"Statement": "none"})).await, Cause::Undetermined);
    }

    #[tokio::test]
    async fn an_allow_that_turns_on_an_open_rule_or_cannot_be_read() {
        let allow = |condition: Json| {
            json!({"Version": "2012-10-17", "Statement": [
                {"Effect": "Allow", "Action": "secretsmanager:*", "Resource": "*", "Condition": condition},
            ]})
        };
        let department = json!({"aws:PrincipalTag/Department": "Finance"});
        for policy in [
            allow(
                json!({"StringEquals": department, "NumericEquals": {"aws:PrincipalTag/CostCenter": "many"}}),
            ),
            allow(
                json!({"StringEquals": department, "StringAlmostEquals": {"aws:PrincipalTag/CostCenter": "47"}}),
            ),
            json!({"Statement": []  , "Unknown": 1}),
        ] {
            let mut world = world();
            world.permission_sets[0].inline_policy = Some(policy.clone());
            let stage = Stage::new(world).await;
            let report = stage.heal(&[event("mapping-missing/resource-tag-condition")], Mode::Apply).await;
            assert_eq!((only_cause(&report), stage.writes()), (Cause::Undetermined, vec![]), "{policy}");
        }
    }

    #[tokio::test]
    async fn every_reason_is_given() {
        let stage = Stage::new(world()).await;
        for treated in stage.heal(&events_of_the_main_world(), Mode::Plan).await.treated {
            if let Treated::Failure(failure, Treatment::Diagnosed { diagnosis, plan, .. }) = treated {
                assert!(!diagnosis.evidence.sentences.is_empty(), "{}", failure.event_id);
                if let Plan::Nothing(reason) = plan {
                    assert!(!reason.to_string().is_empty(), "{}", failure.event_id);
                }
            }
        }
    }
}

mod invariant_7_a_key_that_the_idp_sends_is_never_mapped {
    use super::*;

    #[tokio::test]
    async fn neither_when_it_is_absent_nor_when_a_mapping_overrides_it() {
        let stage = Stage::new(world()).await;
        let report = stage.heal(&[event("key-owned-by-idp/project")], Mode::Apply).await;
        assert_eq!((only_cause(&report), stage.writes()), (Cause::KeyOwnedByIdp, vec![]));

        let mut world = world();
        let mapping = AttributeMapping { key: "Project".to_owned(), source: "${path:nickName}".to_owned() };
        world.attribute_mappings.as_mut().unwrap().push(mapping);
        let stage = Stage::new(world).await;
        let report = stage.heal(&[event("key-owned-by-idp/project")], Mode::Apply).await;
        assert_eq!((only_cause(&report), stage.writes()), (Cause::KeyOwnedByIdp, vec![]));
    }

    #[tokio::test]
    async fn a_missing_mapping_of_such_a_key_is_never_planned() {
        let baseline = bent_baseline(|baseline| {
            baseline["attribute_mappings"][0] = json!({"key": "Department", "owner": "idp"});
        });
        let stage = Stage::with(world(), baseline).await;
        let report = stage.heal(&events_of_the_main_world(), Mode::Apply).await;
        assert_eq!(report.changes.len(), 1, "the permission set that may be provisioned");
        assert!(!stage.mapped_keys().contains(&"Department".to_owned()));
    }
}

mod invariant_8_after_a_write_read_again {
    use super::*;

    #[tokio::test]
    async fn a_mapping_that_is_not_seen_afterwards_is_not_called_fixed() {
        let mut world = world();
        world.forgets_updates = true;
        let stage = Stage::new(world).await;
        let report = stage.heal(&[event(DENIAL)], Mode::Apply).await;
        assert!(matches!(outcomes(&report)[..], [Outcome::Unverified(_)]), "{:?}", report.changes);
        let fix = &stage.sandbox.world().journal.objects["fixes/20261123T120000.000Z/restore_mapping/Department.json"];
        assert_eq!(fix["verified"], json!(false));
    }

    #[tokio::test]
    async fn what_was_published_and_is_not_what_was_approved_is_not_called_fixed() {
        let mut world = world();
        let json = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]});
        let write = Foreign::InlinePolicy { permission_set: "Deployer".to_owned(), json };
        world.foreign_write = Some(ForeignWrite { after: WRITES[0].to_owned(), write });
        let stage = Stage::new(world).await;
        let report = stage.heal(&[event("not-provisioned/start-build")], Mode::Apply).await;
        assert!(matches!(outcomes(&report)[..], [Outcome::Unverified(_)]), "{:?}", report.changes);
    }

    #[tokio::test]
    async fn provisioning_that_fails_is_not_called_fixed() {
        let mut world = world();
        world.permission_sets[6].provisioning_fails = Some("Access denied by IAM".to_owned());
        let stage = Stage::new(world).await;
        let report = stage.heal(&[event("not-provisioned/start-build")], Mode::Apply).await;
        assert!(matches!(outcomes(&report)[..], [Outcome::EndedInFailure(_)]), "{:?}", report.changes);
        assert!(
            !format!("{report:?}").contains("Access denied by IAM"),
            "AWS's text is for the journal only"
        );
        let id = "fixes/20261123T120000.000Z/provision/444455556666/ps-1a2b3c4d5e6f7006.json";
        let fix = &stage.sandbox.world().journal.objects[id];
        assert_eq!(
            (&fix["verified"], &fix["after"]["reason"]),
            (&json!(false), &json!("Access denied by IAM"))
        );
    }
}

mod invariant_9_attribute_values_are_never_logged {
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
        check(&serde_json::to_string(&stage.sandbox.world().journal).unwrap(), "the journal");
        check(&tagmend(&["replay", "events", "--json"]).await.1, "replay");
        let explain = ["explain", "events/resource-tag/ec2-instance.json"];
        check(&tagmend(&explain).await.1, "explain");
        let shown = tagmend(&[&explain[..], &["--show-values"]].concat()).await.1;
        assert!(shown.contains("4711"), "--show-values shows them");
    }
}

mod invariant_10_own_failures_are_never_healed {
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
}
