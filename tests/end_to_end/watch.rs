//! The second look: fixes that held, drift, the index. Every call is under the policies of watch's role.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};
use tagmend_diagnosis::{Baseline, PastChange, standing::Standing};
use tagmend_remedy::{Index, Inspection, Pace};
use tagmend_sandbox::{AttributeMapping, Fault, FaultKind, World};
use tagmend_tests::{Mode, Stage, event};

/// The sample organization, without what it has for other tests only.
fn world() -> World {
    let mut world = tagmend_tests::world();
    world.permission_sets.truncate(13);
    world.users.truncate(4);
    world.journal.objects.clear();
    world.begin_journal();
    let fix = "20261123T080000.000Z/restore_mapping/Organization";
    world.journal.objects.insert(format!("fixes/{fix}.json"), made(fix, "${path:enterprise.organization}"));
    world
}

/// Its baseline, bent.
fn bent_baseline(bend: impl FnOnce(&mut Json)) -> Baseline {
    tagmend_tests::bent_baseline(|baseline| {
        let known: Vec<String> = world().permission_sets.into_iter().map(|set| set.name).collect();
        let sets = baseline["permission_sets"].as_array_mut().unwrap();
        sets.retain(|set| known.iter().any(|name| set["name"] == name.as_str()));
        bend(baseline);
    })
}

async fn stage(world: World) -> Stage {
    Stage::with(world, bent_baseline(|_| {})).await
}

async fn look(world: World) -> (Stage, Inspection) {
    let stage = stage(world).await;
    let inspection = stage.watch().await.unwrap();
    (stage, inspection)
}

fn texts(inspection: &Inspection) -> Vec<String> {
    inspection.findings.iter().map(ToString::to_string).collect()
}

/// What the sample organization lacks.
const SAMPLE: [&str; 6] = [
    "the approved mapping of Department is not there",
    "the mapping of Team has another source than the approved one",
    "nobody approved the mapping of Legacy",
    "account 444455556666 lacks the newest version of Deployer",
    "the policies of StagedDeployer are not the approved ones",
    "account 444455556666 lacks the newest version of StagedDeployer",
];

#[tokio::test]
async fn what_the_sample_organization_lacks_is_found_and_nothing_is_changed() {
    let (stage, inspection) = look(world()).await;
    assert_eq!(texts(&inspection), SAMPLE);
    assert_eq!(inspection.errors, []);
    let (before, mut after) = (world(), stage.sandbox.world());
    let mut written: Vec<String> = after.journal.objects.keys().cloned().collect();
    written.retain(|name| !before.journal.objects.contains_key(name));
    assert_eq!(written, ["index.json", "runs/20261123T120000.000Z-request-0.json", "watch/seen.json"]);
    after.journal = before.journal.clone();
    after.metrics.clear();
    assert_eq!(serde_json::to_value(&after).unwrap(), serde_json::to_value(&before).unwrap());
}

/// Findings beside those of the sample, after somebody bends the world.
#[track_caller]
fn beside_sample(inspection: &Inspection) -> Vec<String> {
    texts(inspection).into_iter().filter(|text| !SAMPLE.contains(&text.as_str())).collect()
}

#[tokio::test]
async fn every_other_kind_of_finding() {
    let mut bent = world();
    let mapping =
        |key: &str, source: &str| AttributeMapping { key: key.to_owned(), source: source.to_owned() };
    let mappings = bent.attribute_mappings.as_mut().unwrap();
    mappings.push(mapping("PROJECT", "${path:userType}"));
    mappings.push(mapping("Floor", "${path:enterprise.floor}"));
    bent.permission_sets[0].inline_policy.as_mut().unwrap()["Statement"][0]["Condition"]["StringEquals"] =
        json!({"aws:ResourceTag/Building": "${aws:PrincipalTag/Building}"});
    bent.permission_sets.retain(|set| set.name != "CostReader");
    bent.users[0]["Title"] = json!("x".repeat(257));
    bent.users[1]["Title"] = json!("Engineer; rm");
    let (_, inspection) = look(bent).await;
    assert_eq!(
        beside_sample(&inspection),
        [
            "the IdP sends PROJECT, and a mapping overrides what it says",
            "nobody approved the mapping of Floor",
            "the mapping of Floor has a source that Identity Center does not document",
            "the approved permission set CostReader is not there",
            "nobody sends the session tag building, mentioned by FinanceAnalyst",
            "user c46824b8-f071-7009-c812-ad564a62b220 has a value for Team that cannot be a session tag: it has more than 256 characters",
            "user c46824b8-f071-7009-c812-ad564a62b221 has a value for Team that cannot be a session tag: it has a character that tags may not have",
        ]
    );
}

#[tokio::test]
async fn access_control_that_is_off_is_one_finding() {
    let mut off = world();
    off.attribute_mappings = None;
    let (_, inspection) = look(off).await;
    let text = "attributes for access control are off: no session gets a tag";
    assert_eq!(beside_sample(&inspection), [text]);
    assert_eq!(inspection.mappings_in_use, Some(0));
}

#[tokio::test]
async fn values_of_attributes_are_nowhere() {
    let mut bent = world();
    let value = "hush; ".repeat(60);
    bent.users[0]["Title"] = json!(value);
    let (stage, inspection) = look(bent).await;
    let world = stage.sandbox.world();
    let seen = format!("{inspection:?} {} {:?}", json!(world.journal), world.metrics);
    assert!(seen.contains("it has more than 256 characters") && !seen.contains("hush"), "{seen}");
}

#[tokio::test]
async fn the_index_holds_every_permission_set_with_the_keys_that_it_mentions() {
    let (stage, _) = look(world()).await;
    let journal = stage.sandbox.world().journal.objects;
    let index: Index = serde_json::from_value(journal["index.json"].clone()).unwrap();
    assert_eq!(index.time, stage.now);
    let sets = world().permission_sets;
    assert_eq!(index.permission_sets.len(), sets.len());
    let seen: BTreeMap<&str, Vec<&str>> = sets
        .iter()
        .map(|set| {
            let indexed = &index.permission_sets[&set.arn];
            assert_eq!(indexed.name, set.name);
            assert!(indexed.policy_digest.as_ref().unwrap().starts_with("sha256:"));
            assert_eq!(indexed.has_unseen_policies, !set.customer_managed_policies.is_empty());
            (set.name.as_str(), indexed.keys.keys().map(String::as_str).collect())
        })
        .filter(|(_, keys): &(&str, Vec<&str>)| !keys.is_empty())
        .collect();
    let expected: BTreeMap<&str, Vec<&str>> = [
        ("FinanceAnalyst", vec!["department"]),
        ("FinanceGuarded", vec!["department"]),
        ("CostReader", vec!["costcenter"]),
        ("TeamDeveloper", vec!["team"]),
        ("Data_Read_Only", vec!["organization"]),
        ("ProjectMember", vec!["project"]),
        ("Contractor", vec!["department"]),
        ("OrganizationReader", vec!["organization"]),
        ("Tagger", vec!["organization"]),
    ]
    .into();
    assert_eq!(seen, expected);
    assert_eq!((index.mentioning("DEPARTMENT"), index.mentioning("Floor")), (3, 0));
}

#[tokio::test]
async fn an_index_that_takes_several_runs_is_there_when_every_permission_set_was_tried() {
    let mut stage = stage(world()).await;
    let pace = Pace::NONE.with_permission_sets(5);
    let (mut extents, mut covered) = (Vec::new(), Vec::new());
    let mut findings = Vec::new();
    for _ in 0..4 {
        let inspection = stage.watch_at(pace).await.unwrap();
        let objects = stage.sandbox.world().journal.objects;
        let sets =
            |name: &str| objects.get(name).map(|index| index["permission_sets"].as_object().unwrap().len());
        covered.push(inspection.coverage());
        extents.push((inspection.permission_sets.looked_at, sets("watch/seen.json"), sets("index.json")));
        findings.push(texts(&inspection));
        stage.now += jiff::SignedDuration::from_hours(1);
    }
    // Now and then a look is at one that nobody approves.
    let expected = [(5, Some(5), None), (5, Some(10), None), (5, Some(12), None), (5, Some(13), Some(13))];
    assert_eq!(extents, expected);
    assert_eq!(covered, [Some(38); 4], "five of thirteen are younger than an hour");
    assert_eq!(findings[3], SAMPLE, "what other runs saw is carried over");
    let index = stage.sandbox.world().journal.objects["index.json"].clone();
    let index: Index = serde_json::from_value(index).unwrap();
    let hours = |time: jiff::Timestamp| stage.now.duration_since(time).as_hours();
    assert_eq!(hours(index.time), 1, "it was put together by the last run");
    assert!(hours(index.oldest()) > 1, "and its oldest part is of an earlier one");
}

#[tokio::test]
async fn what_is_gone_leaves_the_index() {
    let stage = stage(world()).await;
    stage.watch_at(Pace::NONE.with_permission_sets(12)).await.unwrap();
    stage.sandbox.change(|world| world.permission_sets.retain(|set| set.name != "FinanceAnalyst"));
    stage.watch().await.unwrap();
    let index = stage.sandbox.world().journal.objects["index.json"].clone();
    let index: Index = serde_json::from_value(index).unwrap();
    assert_eq!(index.permission_sets.len(), 12);
    assert!(!index.permission_sets.values().any(|set| set.name == "FinanceAnalyst"));
}

#[tokio::test]
async fn an_index_that_cannot_be_read_counts_for_none() {
    let mut bent = world();
    for name in ["index.json", "watch/seen.json"] {
        bent.journal.objects.insert(name.to_owned(), json!({"schema": 1, "permission_sets": "all of them"}));
    }
    let (stage, inspection) = look(bent).await;
    assert_eq!((texts(&inspection), inspection.errors), (SAMPLE.map(str::to_owned).to_vec(), vec![]));
    let index = stage.sandbox.world().journal.objects["index.json"].clone();
    assert_eq!(serde_json::from_value::<Index>(index).unwrap().permission_sets.len(), 13);
}

#[tokio::test]
async fn no_time_looks_at_no_permission_set_and_says_so() {
    let mut stage = stage(world()).await;
    stage.deadline = Some(stage.now + jiff::SignedDuration::from_secs(100));
    let inspection = stage.watch().await.unwrap();
    assert_eq!((inspection.permission_sets.looked_at, inspection.permission_sets.all), (0, Some(13)));
    assert_eq!(inspection.users.looked_at, 4, "there is time for users");
    assert!(inspection.index.is_none() && !stage.sandbox.world().journal.objects.contains_key("index.json"));
}

#[tokio::test]
async fn a_permission_set_costs_six_calls() {
    let stage = stage(world()).await;
    stage.watch().await.unwrap();
    let calls = stage.sandbox.calls().iter().filter(|call| call.starts_with("sso:")).count();
    assert_eq!(calls, 2 + 6 * 13);
}

/// The digest that the sample baseline approves for the permission set Deployer.
const DEPLOYER: &str = "sha256:684ab6f08be57ef71049710db48e1ad81cf12afe00c454a35138c05b2134ab61";

/// A fix in the journal that restored this source, or published policies of this digest.
fn made(id: &str, approved: &str) -> Json {
    let field = if id.contains("/restore_mapping/") { "source" } else { "policy_digest" };
    json!({"schema": 1, "id": id, "change": {field: approved}, "verified": true})
}

fn standings(inspection: &Inspection) -> Vec<(String, Standing)> {
    let name = |change: &PastChange| match change {
        PastChange::RestoredMapping { key } => key.clone(),
        PastChange::Reprovisioned { permission_set_id, .. } => permission_set_id.clone(),
    };
    inspection.fixes.iter().map(|(fix, standing)| (name(&fix.change), *standing)).collect()
}

#[tokio::test]
async fn for_48_hours_it_is_proved_that_each_fix_held() {
    let mut bent = world();
    bent.journal.objects.retain(|name, _| !name.starts_with("fixes/"));
    for (name, approved) in [
        ("20261121T115959.000Z/restore_mapping/TooOld", "${path:title}"),
        ("20261122T000000.000Z/restore_mapping/Department", "${path:enterprise.department}"),
        ("20261122T010000.000Z/restore_mapping/costcenter", "${path:enterprise.costCenter}"),
        ("20261122T020000.000Z/restore_mapping/Team", "${path:enterprise.division}"),
        ("20261122T030000.000Z/restore_mapping/Floor", "${path:title}"),
        ("20261122T040000.000Z/provision/444455556666/ps-1a2b3c4d5e6f7006", DEPLOYER),
        ("20261122T050000.000Z/provision/111122223333/ps-1a2b3c4d5e6f7006", DEPLOYER),
        ("20261122T060000.000Z/provision/444455556666/ps-1a2b3c4d5e6f7007", DEPLOYER),
        ("20261122T070000.000Z/provision/444455556666/ps-0000000000000000", DEPLOYER),
    ] {
        bent.journal.objects.insert(format!("fixes/{name}.json"), made(name, approved));
    }
    let (stage, inspection) = look(bent).await;
    let expected = [
        ("Department", Standing::Undone),
        ("costcenter", Standing::Held),
        ("Team", Standing::Undone),
        ("Floor", Standing::Superseded),
        ("ps-1a2b3c4d5e6f7006", Standing::Undone),
        ("ps-1a2b3c4d5e6f7006", Standing::Held),
        ("ps-1a2b3c4d5e6f7007", Standing::Superseded),
        ("ps-0000000000000000", Standing::Gone),
    ];
    assert_eq!(standings(&inspection), expected.map(|(name, standing)| (name.to_owned(), standing)));
    let run = &stage.sandbox.world().journal.objects["runs/20261123T120000.000Z-request-0.json"];
    assert_eq!(run["look"]["fixes"].as_array().unwrap().len(), 8);
    assert_eq!(
        run["look"]["fixes"][4],
        json!({
            "time": "2026-11-22T04:00:00Z", "standing": "undone",
            "change": {"kind": "provision", "account": "444455556666", "permission_set_id": "ps-1a2b3c4d5e6f7006"},
        })
    );
}

#[tokio::test]
async fn what_heal_fixed_holds_until_somebody_undoes_it() {
    let mut stage = stage(world()).await;
    stage.sandbox.change(|world| world.journal.objects.retain(|name, _| !name.starts_with("fixes/")));
    let events = [event("mapping-missing/explicit-deny"), event("not-provisioned/start-build")];
    stage.heal(&events, Mode::Apply).await;
    stage.now += jiff::SignedDuration::from_hours(1);
    let held = stage.watch().await.unwrap();
    assert_eq!(held.fixes.iter().map(|(_, standing)| *standing).collect::<Vec<_>>(), [Standing::Held; 2]);
    assert_eq!(held.not_held(), 0);
    stage.sandbox.change(|world| {
        world.attribute_mappings.as_mut().unwrap().retain(|mapping| mapping.key != "Department");
    });
    stage.now += jiff::SignedDuration::from_hours(1);
    assert_eq!(stage.watch().await.unwrap().not_held(), 1);
}

#[tokio::test]
async fn the_same_user_denied_again_for_the_same_cause_is_noticed() {
    let jane = event("mapping-missing/explicit-deny");
    let mut raj: Json = serde_json::from_str(&jane.to_string().replace("jane.doe", "raj.k")).unwrap();
    let id = raj["detail"]["userIdentity"]["onBehalfOf"]["userId"].clone();
    assert_eq!(id, "c46824b8-f071-7009-c812-ad564a62b220");
    raj["detail"]["userIdentity"]["onBehalfOf"]["userId"] = json!("c46824b8-f071-7009-c812-ad564a62b221");
    for (second, again) in [(jane.clone(), 1), (raj, 0)] {
        let mut both_in_finance = world();
        both_in_finance.users[1]["Extensions"]["aws:identitystore:enterprise"]["department"] =
            json!("Finance");
        let mut stage = stage(both_in_finance).await;
        stage.heal(std::slice::from_ref(&jane), Mode::Apply).await;
        stage.sandbox.change(|world| {
            world.attribute_mappings.as_mut().unwrap().retain(|mapping| mapping.key != "Department");
        });
        stage.now += jiff::SignedDuration::from_hours(2);
        stage.heal(&[second], Mode::Apply).await;
        let inspection = stage.watch().await.unwrap();
        let users: usize = inspection.denied_again.iter().map(|(_, users)| users).sum();
        assert_eq!(users, again, "{:?}", inspection.denied_again);
        let fixes: Vec<Standing> = inspection.fixes.iter().map(|(_, standing)| *standing).collect();
        // The last one is too young.
        let expected = vec![Standing::Held, Standing::Held, Standing::Unseen];
        assert_eq!((fixes, inspection.not_held()), (expected, again));
        let journal = json!(stage.sandbox.world().journal).to_string();
        assert!(!journal.contains("c46824b8-f071-7009-c812-ad564a62b220"), "users are hashed");
    }
}

fn metrics(stage: &Stage) -> BTreeMap<String, f64> {
    let metrics = stage.sandbox.world().metrics;
    assert!(
        metrics
            .iter()
            .all(|metric| metric.namespace == "Tagmend" && metric.dimensions["Function"] == "tagmend-watch")
    );
    let name =
        |dimensions: &BTreeMap<String, String>| dimensions.get("Finding").map(|kind| format!(" {kind}"));
    metrics
        .iter()
        .map(|metric| {
            (format!("{}{}", metric.name, name(&metric.dimensions).unwrap_or_default()), metric.value)
        })
        .collect()
}

#[tokio::test]
async fn heartbeat_zeros_and_the_share_of_mappings_are_sent_in_one_call() {
    let (stage, _) = look(world()).await;
    assert_eq!(stage.count("cloudwatch:PutMetricData"), 1);
    let expected: BTreeMap<String, f64> = [
        ("Invocations", 1.0),
        ("Heartbeat", 1.0),
        ("Unread", 0.0),
        ("JournalNotBegun", 0.0),
        ("Failures", 0.0),
        ("OwnFailures", 0.0),
        ("Throttled", 0.0),
        ("BaselineRefused", 0.0),
        ("Findings access_control_off", 0.0),
        ("Findings mapping_missing", 1.0),
        ("Findings mapping_source_differs", 1.0),
        ("Findings mapping_not_approved", 1.0),
        ("Findings idp_key_mapped", 0.0),
        ("Findings source_not_documented", 0.0),
        ("Findings key_not_mapped", 0.0),
        ("Findings policies_not_approved", 1.0),
        ("Findings another_permission_set", 0.0),
        ("Findings permission_set_unread", 0.0),
        ("Findings permission_set_gone", 0.0),
        ("Findings not_provisioned", 2.0),
        ("Findings value_not_a_tag", 0.0),
        ("Drift", 4.0),
        ("FixesHeld", 1.0),
        ("FixesNotHeld", 0.0),
        ("MappingsInUse", 8.0),
        ("PermissionSets", 13.0),
        ("SeenWithinAnHour", 100.0),
        ("Users", 4.0),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into();
    assert_eq!(metrics(&stage), expected);
    for metric in stage.sandbox.world().metrics {
        let is_share = ["MappingsInUse", "SeenWithinAnHour"].contains(&metric.name.as_str());
        let unit = if is_share { "Percent" } else { "Count" };
        assert_eq!(metric.unit.as_deref(), Some(unit), "{}", metric.name);
    }
}

fn fault(operation: &str, code: &str, times: Option<u32>) -> Fault {
    Fault {
        operation: operation.to_owned(),
        code: code.to_owned(),
        status: 400,
        times,
        takes_effect: false,
        kind: FaultKind::Error,
        skip: 0,
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_said_and_the_rest_stands() {
    let mut bent = world();
    bent.faults = vec![
        fault("sso:GetInlinePolicyForPermissionSet", "AccessDeniedException", Some(1)),
        fault("identitystore:ListUsers", "AccessDeniedException", None),
    ];
    let (stage, inspection) = look(bent).await;
    let errors: Vec<String> = inspection.errors.iter().map(ToString::to_string).collect();
    assert_eq!(
        errors,
        [
            "sso:GetInlinePolicyForPermissionSet: AccessDeniedException",
            "identitystore:ListUsers: AccessDeniedException"
        ]
    );
    let [unread] = &beside_sample(&inspection)[..] else { panic!("{:?}", inspection.findings) };
    assert!(unread.ends_with("could not be read"), "{unread}");
    let metrics = metrics(&stage);
    assert_eq!((metrics["Failures"], metrics["OwnFailures"], metrics["Unread"]), (2.0, 2.0, 1.0));
    assert_eq!(metrics["Heartbeat"], 1.0, "one of thirteen, and users were looked at an hour ago");
    assert_eq!(
        (metrics["Drift"], metrics.get("Findings key_not_mapped")),
        (4.0, None),
        "what was seen is sent"
    );
    assert_eq!((metrics["FixesHeld"], metrics.get("FixesNotHeld")), (1.0, None), "and no zero that was not");
}

#[tokio::test]
async fn without_mappings_or_permission_sets_nothing_is_said_but_the_heartbeat_stops() {
    for operation in ["sso:DescribeInstanceAccessControlAttributeConfiguration", "sso:ListPermissionSets"] {
        let mut bent = world();
        bent.faults = vec![fault(operation, "AccessDeniedException", None)];
        let stage = stage(bent).await;
        let error = stage.watch().await.unwrap_err();
        assert_eq!(error.to_string(), format!("{operation}: AccessDeniedException"));
        assert_eq!(metrics(&stage)["Heartbeat"], 0.0);
    }
}

#[tokio::test]
async fn a_permission_set_that_is_deleted_meanwhile_is_no_error() {
    let mut bent = world();
    bent.faults = vec![fault("sso:DescribePermissionSet", "ResourceNotFoundException", Some(1))];
    let (_, inspection) = look(bent).await;
    assert_eq!((inspection.errors.len(), inspection.permission_sets.looked_at), (0, 12));
}

#[tokio::test]
async fn lists_are_read_to_their_end() {
    let mut bent = world();
    bent.page_size = 1;
    let (_, inspection) = look(bent).await;
    assert_eq!((inspection.permission_sets.looked_at, inspection.users.looked_at), (13, 4));
    assert_eq!(texts(&inspection), SAMPLE);
}

#[tokio::test]
async fn a_baseline_that_is_met_has_no_drift() {
    let mut met = world();
    met.attribute_mappings.as_mut().unwrap().clear();
    for (key, source) in [
        ("Department", "${path:enterprise.department}"),
        ("CostCenter", "${path:enterprise.costCenter}"),
        ("Team", "${path:enterprise.division}"),
        ("Organization", "${path:enterprise.organization}"),
    ] {
        let mapping = AttributeMapping { key: key.to_owned(), source: source.to_owned() };
        met.attribute_mappings.as_mut().unwrap().push(mapping);
    }
    let baseline = bent_baseline(|baseline| {
        baseline["permission_sets"].as_array_mut().unwrap().retain(|set| set["name"] != "StagedDeployer");
    });
    let stage = Stage::with(met, baseline).await;
    let inspection = stage.watch().await.unwrap();
    assert!(inspection.findings.iter().all(|finding| !finding.is_drift()), "{:?}", inspection.findings);
}
