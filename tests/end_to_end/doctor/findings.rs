//! Every finding is made once, and none on a healthy installation.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};
use tagmend_cli::exit::Exit;
use tagmend_doctor::expected;
use tagmend_sandbox::Fault;
use tagmend_tests::{tagmend, text};

use super::healthy::{GLOBAL, HOME, Healthy, rule_name, template};
use super::rows::{ROWS, heal, policies, selectors, set, there};
use super::{doctor, not_well};

#[tokio::test]
async fn a_healthy_installation_has_no_finding() {
    let (exit, report) = doctor(&Healthy::new(), &[]).await;
    assert_eq!((exit, not_well(&report)), (Exit::Done, Vec::new()));
    let checks: BTreeSet<&str> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| finding["check"].as_str().unwrap())
        .collect();
    let all = tagmend_doctor::Check::ALL.into_iter().map(tagmend_doctor::Check::name);
    assert_eq!(checks, all.filter(|name| *name != "assumption").collect::<BTreeSet<_>>());
    let schema: Json = serde_json::from_str(&text("docs/schemas/doctor.json")).unwrap();
    assert!(jsonschema::validator_for(&schema).unwrap().is_valid(&report), "{report}");
}

/// The lists of the crate are those of the template.
#[test]
fn what_is_expected_is_what_the_template_makes() {
    let template = template(&Healthy::new().world, "");
    let ids = |kind: &str| template.of_type(kind).into_keys().collect::<BTreeSet<String>>();
    let rules = template.of_type("AWS::Events::Rule");
    let named = expected::RULES.into_iter().chain(expected::RELATED_RULES);
    for (name, state) in named.clone() {
        assert_eq!(rules[name]["State"], state, "{name}");
    }
    let named: BTreeSet<String> =
        named.map(|(name, _)| name.to_owned()).chain(["ChangeRule".to_owned()]).collect();
    assert_eq!(ids("AWS::Events::Rule"), named);
    let alarms = expected::ALARMS.into_iter().chain([expected::APPLY_ALARM]).chain(expected::RELATED_ALARMS);
    assert_eq!(ids("AWS::CloudWatch::Alarm"), alarms.map(str::to_owned).collect());
    let forwarding: BTreeSet<(String, String)> = there(&mut Healthy::new().world).rules_elsewhere[HOME]
        [GLOBAL]
        .values()
        .map(|rule| (rule.description.clone(), rule.state.clone()))
        .collect();
    let named =
        expected::FORWARDING_RULES.map(|(description, state)| (description.to_owned(), state.to_owned()));
    assert_eq!(forwarding, named.into());
    let functions = [expected::HEAL, expected::WATCH].map(str::to_owned).into();
    assert_eq!(ids("AWS::Serverless::Function"), functions);
    for function in template.of_type("AWS::Serverless::Function").into_values() {
        assert_eq!(function["Tags"][expected::VERSION_TAG], env!("CARGO_PKG_VERSION"));
    }
}

#[tokio::test]
async fn every_finding_is_made() {
    for (change, expected) in ROWS {
        let (exit, report) = doctor(&Healthy::but(change), &[]).await;
        let found = not_well(&report);
        let is_expected = found.len() == expected.len()
            && found.iter().zip(*expected).all(|((check, state, what), (its, how, begins))| {
                check == its && state == how && what.starts_with(begins)
            });
        assert!(is_expected, "expected {expected:#?}\nfound {found:#?}");
        assert_eq!(exit, Exit::Planned);
        let findings = report["findings"].as_array().unwrap().iter();
        let without_advice =
            findings.filter(|finding| finding["state"] != "well" && finding["to_do"].is_null());
        assert_eq!(without_advice.count(), 0, "{report}");
    }
}

/// Each read that fails is a finding that says so, and nothing else becomes wrong by it.
#[tokio::test]
async fn what_cannot_be_read_is_never_a_pass() {
    let reads = [
        ("cloudtrail:DescribeTrails", "trail"),
        ("cloudtrail:GetTrailStatus", "trail"),
        ("cloudtrail:GetEventSelectors", "trail"),
        ("tag:GetResources", "stack"),
        ("events:DescribeRule", "rules"),
        ("events:ListTargetsByRule", "rules"),
        ("events:DescribeEventBus", "bus"),
        ("events:ListRuleNamesByTarget", "forwarding"),
        ("sqs:GetQueueUrl", "queue"),
        ("sqs:GetQueueAttributes", "dead_letters"),
        ("cloudformation:GetResource", "functions"),
        ("cloudwatch:DescribeAlarms", "alarms"),
        ("cloudwatch:GetMetricData", "heartbeat"),
        ("iam:SimulatePrincipalPolicy", "rights"),
        ("sts:GetCallerIdentity", "forwarding"),
        ("sts:AssumeRole", "reader"),
        ("s3:GetObject", "baseline"),
        ("s3:ListBucket", "journal"),
        ("sso:DescribeInstanceAccessControlAttributeConfiguration", "quota"),
    ];
    for (operation, check) in reads {
        let fault: Fault =
            serde_json::from_value(json!({"operation": operation, "times": 1000, "status": 400,
            "code": "AccessDeniedException"}))
            .unwrap();
        let (exit, report) = doctor(&Healthy::but(|world| world.faults.push(fault.clone())), &[]).await;
        let found = not_well(&report);
        assert_eq!(exit, Exit::Planned, "{operation}");
        assert!(
            found.iter().any(|(of, state, _)| of == check && state == "not_seen"),
            "{operation}: {found:#?}"
        );
        assert!(found.iter().all(|(_, state, _)| state == "not_seen"), "{operation}: {found:#?}");
    }
}

/// What belongs to somebody else, and what is said in another form, is no finding.
#[tokio::test]
async fn other_stacks_and_other_forms_are_no_finding() {
    let healthy = Healthy::but(|world| {
        let there = there(world);
        there.trails[0].event_selectors = selectors(&[("eventCategory", "Management")]);
        let mut ringing = there.alarms[0].clone();
        ringing["AlarmName"] = json!("tagmend-test-DriftAlarm-1A2B");
        ringing["StateValue"] = json!("ALARM");
        there.alarms.push(ringing);
    });
    assert_eq!(not_well(&doctor(&healthy, &[]).await.1), []);
}

/// The instance's Region and that of global services are looked at whatever is named.
#[tokio::test]
async fn regions_that_are_named_are_looked_at_besides() {
    let places = |region: &str| {
        [HOME, "444455556666", "555566667777", "666677778888"].map(|account| format!("{account} {region}"))
    };
    let healthy = Healthy::but(|world| {
        world.page_size = 2;
        for regions in there(world).rules_elsewhere.values_mut() {
            let global = regions[GLOBAL].clone();
            regions.insert("eu-central-1".to_owned(), global);
            regions.remove(GLOBAL);
        }
    });
    for (named, count, missing) in
        [("eu-central-1", 11, vec![GLOBAL]), ("eu-central-1,ap-south-1", 15, vec!["ap-south-1", GLOBAL])]
    {
        let (_, report) = doctor(&healthy, &["--regions", named]).await;
        let found = not_well(&report);
        let mut places: Vec<String> = missing.iter().flat_map(|region| places(region)).collect();
        places.sort();
        let what = format!("no rule forwards, in {} of {count}: {}", places.len(), places.join(", "));
        assert_eq!(found, [("forwarding".to_owned(), "wrong".to_owned(), what)], "{named}");
    }
}

#[tokio::test]
async fn what_is_accepted_is_told_and_does_not_fail() {
    let healthy = Healthy::but(|world| there(world).bus_policy = None);
    let (exit, report) = doctor(&healthy, &["--accept", "bus,forwarding"]).await;
    assert_eq!((exit, not_well(&report).len(), &report["wrong"]), (Exit::Done, 1, &json!(0)));
    let folder = tempfile::tempdir().unwrap();
    let (world, baseline) = healthy.write(folder.path());
    let (exit, table) = tagmend(&["doctor", "--world", &world, "--baseline", &baseline]).await;
    assert_eq!(exit, Exit::Planned);
    assert!(
        table.contains("WRONG") && table.ends_with("tagmend in eu-west-1: 1 wrong, 0 not seen\n"),
        "{table}"
    );
}

#[tokio::test]
async fn in_mode_plan_a_role_that_could_write_is_wrong() {
    let plan = Healthy::but(|world| {
        set(heal(world), "MODE", "plan");
        policies(world, "tagmend-heal").retain(|policy| !policy.to_string().contains("RestoreMapping"));
        there(world).alarms.retain(|alarm| alarm["AlarmName"] != rule_name("NotMadeAlarm"));
    });
    assert_eq!(not_well(&doctor(&plan, &[]).await.1), []);
    let alone = Healthy::but(|world| {
        there(world).bus_policy = None;
        there(world).trails[0].trail["IsOrganizationTrail"] = json!(false);
        world.journal.objects.retain(|name, _| !name.starts_with("days/"));
    });
    let mut baseline: Json = serde_json::from_str(&alone.baseline).unwrap();
    baseline["accounts"] = json!([HOME]);
    let alone = Healthy { baseline: baseline.to_string(), ..alone };
    let found = not_well(&doctor(&alone, &[]).await.1);
    assert!(
        found.iter().all(|(check, ..)| check == "baseline"),
        "one account needs no forwarding: {found:?}"
    );
}
