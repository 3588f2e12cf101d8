//! A whole installation, as `infra/template.yaml` would deploy it, with everything as it has to be.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::{Value as Json, json};
use tagmend_remedy::pinned::Pin;
use tagmend_sandbox::{Installation, Recorded, Rule, Trail, World};
use tagmend_tests::template::Template;
use tagmend_tests::{json as read, text, world};

pub(super) const HOME: &str = "111122223333";
const MEMBERS: [&str; 3] = ["444455556666", "555566667777", "666677778888"];
const REGION: &str = "eu-west-1";
/// Where global services record their calls.
pub(super) const GLOBAL: &str = "us-east-1";

/// A world with its baseline.
#[derive(Clone)]
pub(crate) struct Healthy {
    pub(crate) world: World,
    pub(crate) baseline: String,
}

fn arn(service: &str, resource: &str) -> String {
    format!("arn:aws:{service}:{REGION}:{HOME}:{resource}")
}

pub(super) fn rule_name(id: &str) -> String {
    format!("tagmend-{id}-1A2B")
}

impl Healthy {
    /// Applied, with a published baseline and the reader role.
    pub(crate) fn new() -> Healthy {
        let mut baseline = read("events/baseline.json");
        baseline["accounts"] = json!([HOME, MEMBERS[0], MEMBERS[1], MEMBERS[2]]);
        let baseline = format!("{baseline:#}\n");
        let digest = Pin::of(baseline.as_bytes()).to_string();
        let mut world = world();
        world.journal.texts.insert(format!("baselines/{digest}.json"), baseline.clone());
        world.journal.objects.insert("days/2026-11-22.json".to_owned(), day());
        world.journal.objects.insert("runs/20261123T100000.000Z-run.json".to_owned(), run());
        world.metrics.push(Recorded {
            namespace: "Tagmend".to_owned(),
            name: "Heartbeat".to_owned(),
            dimensions: BTreeMap::from([("Function".to_owned(), "tagmend-watch".to_owned())]),
            value: 1.0,
            unit: None,
            time: Some("2026-11-23T11:30:00Z".to_owned()),
        });
        for name in ["tagmend-Failures-1A2B", "tagmend-DeadLetters-1A2B"] {
            world.queues.insert(name.to_owned(), Vec::new());
        }
        world.installation = Some(installation(&world, &digest));
        Healthy { world, baseline }
    }

    /// The same, changed by a hand.
    pub(super) fn but(change: impl FnOnce(&mut World)) -> Healthy {
        let mut healthy = Healthy::new();
        change(&mut healthy.world);
        healthy
    }

    pub(super) fn write(&self, folder: &Path) -> (String, String) {
        let file = |name: &str, text: &str| {
            let path = folder.join(name);
            fs::write(&path, text).unwrap();
            path.to_str().unwrap().to_owned()
        };
        let world = serde_json::to_string(&self.world).unwrap();
        (file("world.json", &world), file("baseline.json", &self.baseline))
    }
}

/// A run of today, which no day tells of yet.
fn run() -> Json {
    json!({"schema": 1, "request": "run", "function": "watch", "mode": null, "began": "2026-11-23T10:00:00Z",
        "ended": "2026-11-23T10:01:00Z", "denials": [], "unanswered": [], "changes": [], "look": null})
}

/// A day on which a denial of each account was heard.
fn day() -> Json {
    let row = |account: &str| {
        json!({"cause": "intended", "rule": "intended.by_policies", "account": account, "permission_set": null,
            "hours": [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], "users": 1, "by_user": {}})
    };
    json!({"schema": 1, "date": "2026-11-22", "runs": {"apply": 1, "plan": 0, "watch": 24},
        "denials": MEMBERS.map(row), "unanswered": 0, "made": [], "not_made": [],
        "looks": {"whole": 24, "kinds": {}, "undone": [], "denied_again": [], "mappings_in_use": 4}})
}

pub(super) fn template(world: &World, digest: &str) -> Template {
    let rules: Vec<(String, String)> =
        ["FailureRule", "ThrottlingRule", "SignInRule", "ForeignWriteRule", "PermissionSetRule"]
            .iter()
            .map(|id| (format!("{id}.Arn"), arn("events", &format!("rule/{}", rule_name(id)))))
            .collect();
    let bucket = format!("arn:aws:s3:::{}", world.journal.bucket);
    let roles = ["heal", "watch"].map(|name| format!("arn:aws:iam::{HOME}:role/tagmend-{name}"));
    let queues = ["Failures", "DeadLetters"].map(|id| arn("sqs", &format!("tagmend-{id}-1A2B")));
    let mut attributes: Vec<(&str, &str)> = vec![
        ("Journal", &world.journal.bucket),
        ("Journal.Arn", &bucket),
        ("HealRole.Arn", &roles[0]),
        ("WatchRole.Arn", &roles[1]),
        ("Failures.Arn", &queues[0]),
        ("DeadLetters.Arn", &queues[1]),
    ];
    attributes.extend(rules.iter().map(|(name, arn)| (name.as_str(), arn.as_str())));
    let topic = arn("sns", "on-call");
    let given = [
        ("InstanceArn", json!(world.instance_arn)),
        ("IdentityStoreId", json!(world.identity_store_id)),
        ("Mode", json!("apply")),
        ("BaselineSha256", json!(digest)),
        ("OrganizationId", json!("o-sandbox0001")),
        ("ReaderRoleName", json!(world.reader_role)),
        ("ReaderExternalId", json!(world.reader_external_id)),
        ("AlarmTopicArn", json!(topic)),
    ];
    Template::new(&text("infra/template.yaml"), &given, &attributes)
}

/// The rules of `infra/member.yaml`.
fn forwarding() -> BTreeMap<String, Rule> {
    let bus = arn("events", "event-bus/default");
    let template = Template::new(&text("infra/member.yaml"), &[("TargetBusArn", json!(bus))], &[]);
    let rules = template.of_type("AWS::Events::Rule").into_iter().map(|(id, rule)| {
        let text = |name: &str| rule[name].as_str().unwrap().to_owned();
        let targets = vec![json!({"Id": "Tagmend", "Arn": bus})];
        (id, Rule { description: text("Description"), state: text("State"), targets })
    });
    rules.collect()
}

fn installation(world: &World, digest: &str) -> Installation {
    let template = template(world, digest);
    let mut tagged = BTreeMap::new();
    let mut tag = |arn: String, id: &str, version: Option<&Json>| {
        let mut tags = BTreeMap::from([
            ("aws:cloudformation:stack-name".to_owned(), "tagmend".to_owned()),
            ("aws:cloudformation:logical-id".to_owned(), id.to_owned()),
        ]);
        tags.extend(
            version.map(|version| ("tagmend-version".to_owned(), version.as_str().unwrap().to_owned())),
        );
        tagged.insert(arn, tags);
    };
    let mut rules = BTreeMap::new();
    for (id, rule) in template.of_type("AWS::Events::Rule") {
        if template.is_deployed(&id) {
            tag(arn("events", &format!("rule/{}", rule_name(&id))), &id, None);
            let targets = rule["Targets"].as_array().unwrap().clone();
            let text = |name: &str| rule[name].as_str().unwrap().to_owned();
            let (state, description) = (text("State"), text("Description"));
            rules.insert(rule_name(&id), Rule { description, state, targets });
        }
    }
    let mut functions = BTreeMap::new();
    for (id, function) in template.of_type("AWS::Serverless::Function") {
        let name = format!("tagmend-{id}-1A2B");
        tag(arn("lambda", &format!("function:{name}")), &id, Some(&function["Tags"]["tagmend-version"]));
        let variables = function["Environment"]["Variables"].as_object().unwrap().iter();
        let text = |value: &Json| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let variables: BTreeMap<&String, String> =
            variables.map(|(name, value)| (name, text(value))).collect();
        let properties = json!({"FunctionName": name, "Role": function["Role"], "Environment": {"Variables": variables},
            "ReservedConcurrentExecutions": function["ReservedConcurrentExecutions"]});
        functions.insert(name, properties);
    }
    let mapping = "5b1d0a5e-0000-4000-9000-000000000001";
    tag(arn("lambda", &format!("event-source-mapping:{mapping}")), "HealFailures", None);
    let source_mapping = json!({"Id": mapping, "Enabled": true, "EventSourceArn": arn("sqs", "tagmend-Failures-1A2B"),
        "FunctionName": arn("lambda", "function:tagmend-Heal-1A2B")});
    let alarms =
        template.of_type("AWS::CloudWatch::Alarm").into_iter().filter(|(id, _)| template.is_deployed(id));
    let alarms = alarms.map(|(id, alarm)| {
        json!({"AlarmName": rule_name(&id), "ActionsEnabled": true, "AlarmActions": alarm["AlarmActions"],
            "StateValue": "OK"})
    });
    let attributes = |policy: &str, more: &[(&str, Json)]| {
        let policy = template.document_of(policy).to_string();
        let more = more.iter().map(|(name, value)| ((*name).to_owned(), value.to_string()));
        more.chain([("Policy".to_owned(), policy)]).collect::<BTreeMap<String, String>>()
    };
    let redrive =
        json!({"deadLetterTargetArn": arn("sqs", "tagmend-DeadLetters-1A2B"), "maxReceiveCount": 5});
    let bus = template.of_type("AWS::Events::EventBusPolicy");
    let mut statement = bus["MemberEvents"]["Statement"].clone();
    statement["Sid"] = bus["MemberEvents"]["StatementId"].clone();
    let forwarding = forwarding();
    let everywhere = || [REGION, GLOBAL].map(|region| (region.to_owned(), forwarding.clone())).into();
    let members = MEMBERS.map(|account| (account.to_owned(), everywhere()));
    let home = BTreeMap::from([(GLOBAL.to_owned(), forwarding.clone())]);
    Installation {
        trails: vec![trail()],
        rules,
        rules_elsewhere: members.into_iter().chain([(HOME.to_owned(), home)]).collect(),
        resources: BTreeMap::from([
            ("AWS::Lambda::Function".to_owned(), functions),
            (
                "AWS::Lambda::EventSourceMapping".to_owned(),
                BTreeMap::from([(mapping.to_owned(), source_mapping)]),
            ),
        ]),
        bus_policy: Some(json!({"Version": "2012-10-17", "Statement": [statement]})),
        queue_attributes: BTreeMap::from([
            ("tagmend-Failures-1A2B".to_owned(), attributes("FailuresPolicy", &[("RedrivePolicy", redrive)])),
            ("tagmend-DeadLetters-1A2B".to_owned(), attributes("DeadLettersPolicy", &[])),
        ]),
        alarms: alarms.collect(),
        roles: [("tagmend-heal", "Heal"), ("tagmend-watch", "Watch")]
            .map(|(name, function)| (name.to_owned(), template.policies_of(function)))
            .into(),
        accounts: [HOME, "999999999999"]
            .iter()
            .chain(&MEMBERS)
            .map(|account| (*account).to_owned())
            .collect(),
        tagged,
    }
}

fn trail() -> Trail {
    let trail = "arn:aws:cloudtrail:us-east-1:999999999999:trail/organization";
    Trail {
        trail: json!({"Name": "organization", "TrailARN": trail, "HomeRegion": "us-east-1", "S3BucketName": "trail",
            "IsMultiRegionTrail": true, "IsOrganizationTrail": true}),
        status: json!({"IsLogging": true}),
        event_selectors: json!({"TrailARN": trail, "EventSelectors": [
            {"ReadWriteType": "All", "IncludeManagementEvents": true, "DataResources": []}]}),
    }
}
