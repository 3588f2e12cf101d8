//! What may be wrong with an installation, a row each, and what the doctor says of it.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};
use tagmend_sandbox::{Installation, Rule, World};

use super::healthy::rule_name;

pub(super) fn there(world: &mut World) -> &mut Installation {
    world.installation.as_mut().unwrap()
}

pub(super) fn heal(world: &mut World) -> &mut Json {
    function(world, "tagmend-Heal-1A2B")
}

pub(super) fn function<'a>(world: &'a mut World, name: &str) -> &'a mut Json {
    there(world).resources.get_mut("AWS::Lambda::Function").unwrap().get_mut(name).unwrap()
}

pub(super) fn set(function: &mut Json, name: &str, value: &str) {
    function["Environment"]["Variables"][name] = json!(value);
}

pub(super) fn source_mapping(world: &mut World) -> &mut Json {
    let all = there(world).resources.get_mut("AWS::Lambda::EventSourceMapping").unwrap();
    all.values_mut().next().unwrap()
}

pub(super) fn untag(world: &mut World, id: &str) {
    there(world).tagged.retain(|_, tags| tags["aws:cloudformation:logical-id"] != id);
}

pub(super) fn policies<'a>(world: &'a mut World, role: &str) -> &'a mut Vec<Json> {
    there(world).roles.get_mut(role).unwrap()
}

pub(super) fn attribute<'a>(world: &'a mut World, queue: &str, name: &str) -> &'a mut String {
    there(world).queue_attributes.get_mut(queue).unwrap().get_mut(name).unwrap()
}

/// The rules of an account by Region.
pub(super) fn elsewhere<'a>(
    world: &'a mut World,
    account: &str,
) -> &'a mut BTreeMap<String, BTreeMap<String, Rule>> {
    there(world).rules_elsewhere.get_mut(account).unwrap()
}

/// Selectors of the newer form.
pub(super) fn selectors(fields: &[(&str, &str)]) -> Json {
    let fields = fields.iter().map(|(field, value)| json!({"Field": field, "Equals": [value]}));
    json!({"AdvancedEventSelectors": [{"FieldSelectors": fields.collect::<Vec<_>>()}]})
}

pub(super) const QUEUE: &str = "tagmend-Failures-1A2B";
pub(super) const DEAD: &str = "tagmend-DeadLetters-1A2B";

/// What somebody did, and what the doctor says of it: check, state, and the beginning of the sentence.
pub(super) type Row = (fn(&mut World), &'static [(&'static str, &'static str, &'static str)]);

pub(super) const ROWS: &[Row] = &[
    (|world| there(world).trails.clear(), &[("trail", "wrong", "no trail records eu-west-1")]),
    (
        |world| there(world).trails[0].status = json!({"IsLogging": false}),
        &[("trail", "wrong", "arn:aws:cloudtrail:us-east-1:999999999999:trail/organization is off")],
    ),
    (
        |world| there(world).trails[0].trail["IsMultiRegionTrail"] = json!(false),
        &[("trail", "wrong", "no trail records eu-west-1")],
    ),
    (
        |world| {
            there(world).trails[0].event_selectors["EventSelectors"][0]["ReadWriteType"] = json!("WriteOnly")
        },
        &[(
            "trail",
            "wrong",
            "arn:aws:cloudtrail:us-east-1:999999999999:trail/organization does not record all",
        )],
    ),
    (
        |world| there(world).trails[0].event_selectors = selectors(&[("eventCategory", "Data")]),
        &[(
            "trail",
            "wrong",
            "arn:aws:cloudtrail:us-east-1:999999999999:trail/organization does not record all",
        )],
    ),
    (
        |world| {
            there(world).trails[0].event_selectors =
                selectors(&[("eventCategory", "Management"), ("readOnly", "false")]);
        },
        &[(
            "trail",
            "wrong",
            "arn:aws:cloudtrail:us-east-1:999999999999:trail/organization does not record all",
        )],
    ),
    (
        |world| there(world).trails[0].trail["IsOrganizationTrail"] = json!(false),
        &[(
            "trail",
            "not_seen",
            "arn:aws:cloudtrail:us-east-1:999999999999:trail/organization is on, and is this account's",
        )],
    ),
    (
        |world| there(world).rules.get_mut(&rule_name("FailureRule")).unwrap().state = "ENABLED".to_owned(),
        &[("rules", "wrong", "the rule tagmend-FailureRule-1A2B is ENABLED and has to be")],
    ),
    (
        |world| there(world).rules.get_mut(&rule_name("SignInRule")).unwrap().state = "DISABLED".to_owned(),
        &[("rules", "wrong", "the rule tagmend-SignInRule-1A2B is DISABLED and has to be")],
    ),
    (|world| untag(world, "ThrottlingRule"), &[("rules", "wrong", "the rule ThrottlingRule is gone")]),
    (
        |world| there(world).rules.get_mut(&rule_name("SignInRule")).unwrap().targets.clear(),
        &[("rules", "wrong", "the rule tagmend-SignInRule-1A2B sends nothing anywhere")],
    ),
    (
        |world| {
            let target = &mut there(world).rules.get_mut(&rule_name("SignInRule")).unwrap().targets[0];
            target.as_object_mut().unwrap().remove("DeadLetterConfig");
        },
        &[("rules", "wrong", "what the rule tagmend-SignInRule-1A2B cannot deliver is lost")],
    ),
    (
        |world| {
            let policy = attribute(world, QUEUE, "Policy");
            *policy = policy.replace("tagmend-FailureRule-1A2B", "another");
        },
        &[("queue", "wrong", "the policy of the queue does not let rules send: tagmend-FailureRule-1A2B")],
    ),
    (
        |world| {
            let policy = attribute(world, DEAD, "Policy");
            *policy = policy.replace("tagmend-SignInRule-1A2B", "another");
        },
        &[(
            "queue",
            "wrong",
            "the policy of the dead-letter queue does not let rules send: tagmend-SignInRule-1A2B",
        )],
    ),
    (
        |world| drop(there(world).queue_attributes.get_mut(QUEUE).unwrap().remove("RedrivePolicy")),
        &[("queue", "wrong", "what heal cannot treat does not go to the dead-letter queue")],
    ),
    (
        |world| source_mapping(world)["Enabled"] = json!(false),
        &[("queue", "wrong", "heal is not given the messages of the queue")],
    ),
    (
        |world| source_mapping(world)["EventSourceArn"] = json!("arn:aws:sqs:eu-west-1:111122223333:another"),
        &[(
            "queue",
            "wrong",
            "5b1d0a5e-0000-4000-9000-000000000001 brings the messages of arn:aws:sqs:eu-west-1:111122223333:another",
        )],
    ),
    (
        |world| untag(world, "HealFailures"),
        &[
            ("stack", "wrong", "tagmend has no HealFailures"),
            ("queue", "wrong", "nothing brings the messages of the queue to heal"),
        ],
    ),
    (
        |world| heal(world)["ReservedConcurrentExecutions"] = json!(0),
        &[("functions", "wrong", "heal is stopped: its reserved concurrency is 0")],
    ),
    (
        |world| heal(world)["Role"] = json!("arn:aws:iam::111122223333:role/another"),
        &[("functions", "wrong", "own_roles of the baseline lacks arn:aws:iam::111122223333:role/another")],
    ),
    (
        |world| world.queues.get_mut(DEAD).unwrap().push(Some("{}".to_owned())),
        &[("dead_letters", "wrong", "1 messages were not delivered or treated")],
    ),
    (
        |world| there(world).alarms.retain(|alarm| alarm["AlarmName"] != rule_name("DriftAlarm")),
        &[("alarms", "wrong", "alarms are gone: DriftAlarm")],
    ),
    (
        |world| there(world).alarms[0]["AlarmActions"] = json!([]),
        &[("alarms", "wrong", "nobody is told when these ring: tagmend-DeadLettersAlarm-1A2B")],
    ),
    (
        |world| there(world).alarms[0]["ActionsEnabled"] = json!(false),
        &[("alarms", "wrong", "actions are turned off for: tagmend-DeadLettersAlarm-1A2B")],
    ),
    (
        |world| there(world).alarms[0]["StateValue"] = json!("ALARM"),
        &[("alarms", "wrong", "these ring now: tagmend-DeadLettersAlarm-1A2B")],
    ),
    (
        |world| world.metrics.clear(),
        &[("heartbeat", "wrong", "watch did not look at everything within three hours")],
    ),
    (
        |world| {
            for tags in there(world).tagged.values_mut() {
                if let Some(version) = tags.get_mut("tagmend-version") {
                    *version = "0.0.9".to_owned();
                }
            }
        },
        &[("version", "wrong", "heal is 0.0.9, watch is 0.0.9, and this command is")],
    ),
    (
        |world| there(world).tagged.values_mut().for_each(|tags| drop(tags.remove("tagmend-version"))),
        &[("version", "wrong", "a function has no tag tagmend-version")],
    ),
    (
        |world| {
            for name in ["tagmend-Heal-1A2B", "tagmend-Watch-1A2B"] {
                set(function(world, name), "BASELINE_SHA256", "");
            }
        },
        &[("baseline", "not_seen", "the baseline was built into the functions")],
    ),
    (
        |world| set(heal(world), "BASELINE_SHA256", ""),
        &[("baseline", "wrong", "heal and watch have different baselines")],
    ),
    (
        |world| {
            let digest = "0".repeat(64);
            for name in ["tagmend-Heal-1A2B", "tagmend-Watch-1A2B"] {
                set(function(world, name), "BASELINE_SHA256", &digest);
            }
        },
        &[
            (
                "baseline",
                "wrong",
                "0000000000000000000000000000000000000000000000000000000000000000 is in force",
            ),
            (
                "baseline",
                "wrong",
                "baselines/0000000000000000000000000000000000000000000000000000000000000000.json is gone",
            ),
            ("rights", "wrong", "tagmend-heal may not read the baseline in force (s3:GetObject on"),
            ("rights", "wrong", "tagmend-watch may not read the baseline in force (s3:GetObject on"),
        ],
    ),
    (
        |world| {
            let text = world.journal.texts.values_mut().next().unwrap();
            text.push(' ');
        },
        &[("baseline", "wrong", "baselines/")],
    ),
    (
        |world| set(heal(world), "MODE", "nonsense"),
        &[
            ("mode", "wrong", "MODE is nonsense"),
            ("rights", "wrong", "tagmend-heal may, and must not, restore a mapping"),
            ("rights", "wrong", "tagmend-heal may, and must not, take a snapshot"),
            ("rights", "wrong", "tagmend-heal may, and must not, hold the lease"),
        ],
    ),
    (
        |world| {
            world.journal.begun = false;
            world.journal.objects.remove("begun.json");
        },
        &[("journal", "wrong", "the journal was not begun, or is lost")],
    ),
    (
        |world| {
            let note = json!({"since": "2026-11-23T11:00:00Z", "reason": "a migration", "by": "jo"});
            let hold = json!({"schema": 1, "all": note, "keys": {}});
            world.journal.objects.insert("hold.json".to_owned(), hold);
        },
        &[("hold", "wrong", "all writing is on hold: jo since 2026-11-23T11:00:00Z: a migration")],
    ),
    (
        |world| {
            let note = json!({"since": null, "reason": null});
            let hold = json!({"schema": 1, "all": null, "keys": {"department": note}});
            world.journal.objects.insert("hold.json".to_owned(), hold);
        },
        &[("hold", "wrong", "mappings are on hold: department")],
    ),
    (
        |world| {
            let policies = policies(world, "tagmend-heal");
            policies.retain(|policy| !policy.to_string().contains("RestoreMapping"));
        },
        &[
            ("rights", "wrong", "tagmend-heal may not restore a mapping (sso:UpdateInstanceAccessControl"),
            ("rights", "wrong", "tagmend-heal may not take a snapshot"),
            ("rights", "wrong", "tagmend-heal may not hold the lease"),
        ],
    ),
    (
        |world| {
            let all = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sso:*", "Resource": "*"}});
            policies(world, "tagmend-watch").push(all);
        },
        &[("rights", "wrong", "tagmend-watch may, and must not, change the mappings")],
    ),
    (
        |world| drop(there(world).roles.remove("tagmend-watch")),
        &[
            (
                "rights",
                "not_seen",
                "whether tagmend-watch may read the mappings and list permission sets: iam:Simul",
            ),
            ("rights", "not_seen", "whether tagmend-watch may keep what it saw"),
            ("rights", "not_seen", "whether tagmend-watch may read earlier fixes"),
            ("rights", "not_seen", "whether tagmend-watch may list the journal"),
            ("rights", "not_seen", "whether tagmend-watch may count"),
            ("rights", "not_seen", "whether tagmend-watch may announce"),
            ("rights", "not_seen", "whether tagmend-watch may change the mappings"),
            ("rights", "not_seen", "whether tagmend-watch may write a fix"),
            ("rights", "not_seen", "whether tagmend-watch may read the baseline in force"),
        ],
    ),
    (|world| world.attribute_mappings = None, &[("quota", "wrong", "attributes for access control are off")]),
    (
        |world| {
            let one = world.attribute_mappings.as_ref().unwrap()[0].clone();
            let many = (0..40)
                .map(|number| tagmend_sandbox::AttributeMapping { key: format!("k{number}"), ..one.clone() });
            world.attribute_mappings = Some(many.collect());
        },
        &[("quota", "wrong", "40 of 50 mappings are in use")],
    ),
    (
        |world| set(heal(world), "CALLS_PER_SECOND", "9"),
        &[("quota", "wrong", "heal takes 9 calls a second, watch 2 and commands 2")],
    ),
    (|world| there(world).bus_policy = None, &[("bus", "wrong", "the bus lets no other account forward")]),
    (
        |world| world.journal.objects.retain(|name, _| !name.starts_with("days/")),
        &[("forwarding", "not_seen", "3 of 3 accounts were never heard")],
    ),
    (
        |world| drop(elsewhere(world, "444455556666").remove("us-east-1")),
        &[("forwarding", "wrong", "no rule forwards, in 1 of 7: 444455556666 us-east-1")],
    ),
    (
        |world| elsewhere(world, "111122223333").clear(),
        &[("forwarding", "wrong", "no rule forwards, in 1 of 7: 111122223333 us-east-1")],
    ),
    (
        |world| {
            for account in ["444455556666", "555566667777"] {
                let rules = elsewhere(world, account).get_mut("eu-west-1").unwrap();
                rules.get_mut("FailureRule").unwrap().state = "ENABLED".to_owned();
                rules.get_mut("SignInRule").unwrap().targets.clear();
            }
        },
        &[
            (
                "forwarding",
                "wrong",
                "the rule \"Denied calls of Identity Center sessions\" is ENABLED and has to be \
                 ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS, in 2 of 7: 444455556666 eu-west-1, 555566667777 eu-west-1",
            ),
            (
                "forwarding",
                "wrong",
                "the rule \"Sign-ins to the roles of permission sets, with the session tags that they pass\" is gone, in 2 \
                 of 7: 444455556666 eu-west-1, 555566667777 eu-west-1",
            ),
        ],
    ),
    (
        |world| drop(world.member_accounts.remove("444455556666")),
        &[(
            "reader",
            "not_seen",
            "whether tagmend-reader is in 1 of 3 accounts (sts:AssumeRole: AccessDenied): 444455556666",
        )],
    ),
    (
        |world| {
            world.installation = Some(Installation {
                trails: there(world).trails.clone(),
                bus_policy: there(world).bus_policy.clone(),
                alarms: there(world).alarms.clone(),
                rules_elsewhere: there(world).rules_elsewhere.clone(),
                ..Installation::default()
            })
        },
        &[
            ("stack", "wrong", "no resource in eu-west-1 is of a stack tagmend"),
            ("rules", "wrong", "the rule FailureRule is gone"),
            ("rules", "wrong", "the rule ThrottlingRule is gone"),
            ("rules", "wrong", "the rule SignInRule is gone"),
            ("rules", "wrong", "the rule ForeignWriteRule is gone"),
            ("rules", "wrong", "the rule PermissionSetRule is gone"),
            ("queue", "wrong", "no rule says which the queue is"),
            ("queue", "wrong", "no rule says which the dead-letter queue is"),
            ("queue", "wrong", "nothing brings the messages of the queue to heal"),
            ("functions", "wrong", "there is no function heal"),
            ("functions", "wrong", "there is no function watch"),
            ("dead_letters", "not_seen", "no rule says where dead letters are"),
            ("version", "not_seen", "the version: a function was not seen"),
            ("baseline", "not_seen", "a function was not seen"),
            ("mode", "not_seen", "heal was not seen"),
            ("rights", "not_seen", "a function was not seen"),
            ("quota", "not_seen", "the calls a second of a function were not seen"),
            ("reader", "not_seen", "heal was not seen"),
        ],
    ),
];
