//! Every grant of the roles of `infra/template.yaml` and `infra/member.yaml` is used. How far each reaches stands in
//! `tests/outside`, list by list.
//!
//! The sandbox decides every call of the end-to-end tests by these policies (`Stage`). Here each action, and each
//! resource, is taken away in turn, and the function has to fare worse.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};
use tagmend_remedy::{Pace, TreatedChange, pinned::Pin, pinned::Shelf};
use tagmend_sandbox::{Fault, Roles, World};
use tagmend_tests::{
    Mode, Role, Stage, WRITES, bent_baseline, event, events_of_the_main_world, roles, without_the_ledger,
    world,
};

/// Actions that the functions never call, and who does.
const OF_OTHERS: [(&str, &str); 7] = [
    ("events:DescribeRule", "an operator's `tagmend doctor` looks whether an account forwards"),
    ("events:ListRuleNamesByTarget", "an operator's `tagmend doctor` looks whether an account forwards"),
    ("sqs:DeleteMessage", "the event source mapping takes messages from the queue"),
    ("sqs:GetQueueAttributes", "the event source mapping takes messages from the queue"),
    ("sqs:ReceiveMessage", "the event source mapping takes messages from the queue"),
    ("logs:CreateLogStream", "Lambda writes the log"),
    ("logs:PutLogEvents", "Lambda writes the log"),
];

/// One resource of each type whose own service is asked for its tags, with an action on it.
const OWN_TAGS: [(&str, &str); 6] = [
    ("dynamodb:DeleteTable", "arn:aws:dynamodb:eu-west-1:444455556666:table/ledger"),
    ("ec2:DeleteVolume", "arn:aws:ec2:eu-west-1:444455556666:volume/vol-0abcd1234efgh5678"),
    ("ec2:DeleteSecurityGroup", "arn:aws:ec2:eu-west-1:444455556666:security-group/sg-0abcd1234efgh5678"),
    ("sns:DeleteTopic", "arn:aws:sns:eu-west-1:444455556666:refunds"),
    ("ecr:DeleteRepository", "arn:aws:ecr:eu-west-1:444455556666:repository/team/refunds"),
    ("logs:DeleteLogGroup", "arn:aws:logs:eu-west-1:444455556666:log-group:/refunds"),
];

/// Statements whose resources are the deployer's lists, of which a scenario needs only some.
const LISTED_BY_THE_DEPLOYER: [&str; 2] = ["ReprovisionAccounts", "ReprovisionPermissionSets"];

/// The sample organization, whose instance has a key of its own: that takes every grant there is.
fn deployed() -> World {
    let key = "arn:aws:kms:eu-west-1:999988887777:key/mrk-0123456789abcdef0123456789abcdef";
    let mut world = World { kms_key: Some(key.to_owned()), ..world() };
    world.journal.texts.insert(Pin::of(BASELINE.as_bytes()).object(), BASELINE.to_owned());
    world
}

/// The baseline that was deployed with its digest.
const BASELINE: &str = include_str!("../../events/baseline.json");

/// The same with something for every call: a lease that ran out, a fix that was made twice, and an index of last week.
fn busy_world() -> World {
    let mut world = deployed();
    let mut put = |name: &str, object: Json| world.journal.objects.insert(name.to_owned(), object);
    put("lease.json", json!({"schema": 1, "fencing": 7, "expires": "2026-11-23T11:00:00Z"}));
    for time in ["20261122T120000.000Z", "20261123T060000.000Z"] {
        let fix = json!({"schema": 1, "diagnosis": {"users": ["0123456789abcdef"]}});
        put(&format!("fixes/{time}/restore_mapping/CostCenter.json"), fix);
    }
    // A provisioning that was begun, and that nobody recorded.
    let deployer = "arn:aws:sso:::permissionSet/ssoins-7223a1b2c3d4e5f6/ps-1a2b3c4d5e6f7006";
    let digest = "sha256:684ab6f08be57ef71049710db48e1ad81cf12afe00c454a35138c05b2134ab61";
    let change = json!({"permission_set": deployer, "account": "444455556666", "policy_digest": digest});
    let snapshot = json!({"schema": 1, "change": change});
    put("snapshots/20261123T115000.000Z/provision/444455556666/ps-1a2b3c4d5e6f7006.json", snapshot);
    put("index.json", json!({"schema": 1, "time": "2026-11-16T12:00:00Z", "permission_sets": {}}));
    // A day that is over.
    let run = json!({
        "schema": 1, "request": "r", "function": "heal", "mode": "plan", "began": "2026-11-22T08:00:00Z",
        "ended": "2026-11-22T08:00:01Z", "denials": [], "unanswered": [], "changes": [], "look": null,
    });
    put("runs/20261122T080000.000Z-r.json", run);
    // Things whose tags only their own service tells, and a permission set that may do everything with its own.
    let member = world.member_accounts.get_mut("444455556666").unwrap();
    for (_, arn) in OWN_TAGS {
        member.own_tags.insert(arn.to_owned(), [("Organization".to_owned(), "Wholesale".to_owned())].into());
    }
    let operator = world.permission_sets.iter_mut().find(|set| set.name == "OrgOperator").unwrap();
    operator.inline_policy.as_mut().unwrap()["Statement"][0]["Action"] = json!("*");
    for set in &mut world.permission_sets {
        set.tags.insert("tagmend".to_owned(), "heal".to_owned());
    }
    // Buckets whose tags only S3 tells.
    for account in world.member_accounts.values_mut() {
        let of_buckets: Vec<String> =
            account.resource_tags.keys().filter(|arn| arn.contains(":s3:::")).cloned().collect();
        for arn in of_buckets {
            let tags = account.resource_tags.remove(&arn).unwrap();
            account.own_tags.insert(arn, tags);
        }
    }
    world
}

fn denials_of_things_with_own_tags() -> Vec<Json> {
    let denial = |(action, arn): (&str, &str)| {
        let mut event = event("resource-tag/service-answers-for-itself");
        let message = event["detail"]["errorMessage"].as_str().unwrap();
        let message = message
            .replace("arn:aws:rds:eu-west-1:444455556666:db:refunds", arn)
            .replace("rds:StartDBInstance", action);
        event["detail"]["errorMessage"] = json!(message);
        for id in ["eventID", "requestID"] {
            event["detail"][id] = json!(format!("own-tags-{}", action.replace(':', "-")));
        }
        event
    };
    OWN_TAGS.map(denial).to_vec()
}

/// Actions that were used, each with a resource.
type Used = BTreeSet<(String, String)>;

/// Everything that can be seen of a role's work: what it found, what it wrote, what it counted; and what it used for it.
async fn outcome(role: Role, roles: Roles, events: &[Json]) -> (String, Used) {
    let tagged =
        bent_baseline(|baseline| baseline["only_tagged"] = json!({"key": "tagmend", "value": "heal"}));
    let mut stage = Stage::with(busy_world(), tagged).await;
    stage.sandbox.enforce(roles);
    let shelf = Shelf::new(&stage.configuration(role), &stage.sandbox.world().journal.bucket);
    let baseline = shelf.baseline(&Pin::of(BASELINE.as_bytes())).await;
    let seen = match role {
        Role::HealPlan if events.is_empty() => {
            let mut seen = Vec::new();
            for event in told_one_after_another() {
                seen.push(stage.heal(&[event], Mode::Plan).await);
            }
            format!("{seen:?}")
        }
        Role::HealPlan | Role::HealApply => {
            let mode = if role == Role::HealPlan { Mode::Plan } else { Mode::Apply };
            stage.remember(events, mode).await;
            // The first write to the list is refused, and the journal has to say so.
            let (operation, code) = (WRITES[1].to_owned(), "AccessDeniedException".to_owned());
            stage.sandbox.change(|world| world.faults.push(Fault { operation, code, ..Fault::default() }));
            let refused = stage.heal(events, mode).await;
            stage.now += jiff::SignedDuration::from_mins(2);
            let report = stage.heal(events, mode).await;
            let counted = stage.count_batch(&report, mode).await;
            let foreign = json!({"detail": {
                "eventName": "UpdateInstanceAccessControlAttributeConfiguration", "eventTime": "2026-11-23T11:50:01Z",
            }});
            let overwritten = stage.overwritten(&foreign, mode).await;
            let index = json!({
                "schema": 2, "time": "2026-11-23T11:00:00Z", "permission_sets": {}, "unread": [],
            });
            stage.sandbox.change(|world| drop(world.journal.objects.insert("index.json".to_owned(), index)));
            let written = json!({"detail": {
                "eventSource": "sso.amazonaws.com", "eventName": "PutInlinePolicyToPermissionSet",
                "eventTime": "2026-11-23T11:50:01Z", "requestParameters": {
                    "permissionSetArn": "arn:aws:sso:::permissionSet/ssoins-7223a1b2c3d4e5f6/ps-1a2b3c4d5e6f7006",
                },
            }});
            let followed = stage.follow(&[written], mode).await;
            format!("{refused:?} {report:?} {counted:?} {overwritten:?} {followed:?}")
        }
        Role::Reader => {
            format!("{:?}", stage.explain(events).await)
        }
        Role::Watch => {
            // A fix that is undone, and one that an operator rolled back, whose record was lost.
            let change = json!({"key": "Department", "source": "${path:enterprise.department}"});
            let fix = |time: &str| {
                let id = format!("{time}/restore_mapping/Department");
                (
                    format!("fixes/{id}.json"),
                    json!({"schema": 1, "id": id, "change": change, "verified": true}),
                )
            };
            let (undone, rolled_back) = (fix("20261123T100000.000Z"), fix("20261123T080000.000Z"));
            let rollback = json!({"key": "Department", "fix": rolled_back.1["id"]});
            let snapshot = (
                "snapshots/20261123T090000.000Z/roll_back/Department.json".to_owned(),
                json!({"schema": 1, "change": rollback}),
            );
            stage.sandbox.change(|world| world.journal.objects.extend([undone, rolled_back, snapshot]));
            let partly = stage.watch_at(Pace::NONE.with_permission_sets(3)).await;
            format!("{partly:?} {:?}", stage.watch().await)
        }
    };
    let mut world = stage.sandbox.world();
    forget_what_is_random(&mut world);
    let state = serde_json::to_string(&world).unwrap();
    let used = stage.sandbox.used().into_iter();
    let used = used.filter(|(caller, ..)| caller == role.name());
    let used = used.map(|(_, action, resource)| (action, resource)).collect();
    (format!("{seen} {state} {:?}", baseline.map(|baseline| baseline.instance_arn)), used)
}

/// The key for users, what is hashed with it, and the nonce of a lease that was not given back.
fn forget_what_is_random(world: &mut World) {
    for event in &mut world.events {
        if let Some(hashes) = event.detail.pointer_mut("/denied/hashes").and_then(Json::as_array_mut) {
            hashes.fill(json!("a hash"));
        }
    }
    for object in world.journal.objects.values_mut() {
        for field in ["nonce", "key"] {
            object.as_object_mut().unwrap().remove(field);
        }
        for list in ["denials", "records"] {
            for row in object.get_mut(list).and_then(Json::as_array_mut).into_iter().flatten() {
                for field in ["user", "user_id", "session"] {
                    if row[field].is_string() {
                        row[field] = json!("a hash");
                    }
                }
            }
        }
        if let Some(users) = object.pointer_mut("/diagnosis/users").and_then(Json::as_array_mut) {
            let count = users.len();
            *users = vec![json!("a hash"); count];
        }
    }
}

fn as_list(value: &Json) -> Vec<Json> {
    match value {
        Json::Array(items) => items.clone(),
        one => vec![one.clone()],
    }
}

fn is_of_others(action: &Json) -> bool {
    OF_OTHERS.iter().any(|(name, _)| action == name)
}

/// One action, or one resource, of one statement.
struct Grant {
    name: String,
    /// The actions that need it, on one of these resources.
    actions: Vec<Json>,
    resources: Vec<Json>,
    /// The role's policies without it.
    less: Vec<Json>,
}

impl Grant {
    /// Whether any of this may have needed it: of a resource with a wildcard only what stands before it is looked at.
    fn may_be_needed_for(&self, used: &Used) -> bool {
        let is_named = |resource: &str| {
            let mut patterns = self.resources.iter().map(|pattern| pattern.as_str().unwrap());
            patterns.any(|pattern| match pattern.split_once(['*', '?']) {
                Some((before, _)) => resource.starts_with(before),
                None => resource == pattern,
            })
        };
        let is_action = |action: &str| self.actions.iter().any(|granted| granted == action);
        used.iter().any(|(action, resource)| is_action(action) && is_named(resource))
    }
}

fn grants(policies: &[Json]) -> Vec<Grant> {
    let mut grants = Vec::new();
    for (index, policy) in policies.iter().enumerate() {
        for (place, statement) in policy["Statement"].as_array().unwrap().iter().enumerate() {
            let sid = statement["Sid"].as_str().expect("every statement has a name");
            for element in ["Action", "Resource"] {
                let items = as_list(&statement[element]);
                let is_listed = element == "Resource" && LISTED_BY_THE_DEPLOYER.contains(&sid);
                if is_listed || as_list(&statement["Action"]).iter().all(is_of_others) {
                    continue;
                }
                for item in items.iter().filter(|item| !is_of_others(item)) {
                    let left: Vec<&Json> = items.iter().filter(|other| *other != item).collect();
                    let mut less = policies.to_vec();
                    let statements = less[index]["Statement"].as_array_mut().unwrap();
                    match left.is_empty() {
                        true => drop(statements.remove(place)),
                        false => statements[place][element] = json!(left),
                    }
                    less.retain(|policy| policy["Statement"] != json!([]));
                    let of = |other: &str| {
                        if element == other { vec![item.clone()] } else { as_list(&statement[other]) }
                    };
                    let (actions, resources) = (of("Action"), of("Resource"));
                    grants.push(Grant { name: format!("{sid}: {item}"), actions, resources, less });
                }
            }
        }
    }
    grants
}

/// The actions that the function itself calls.
fn granted(role: Role) -> BTreeSet<String> {
    let policies = role.policies(&bent_baseline(|_| {}), &deployed());
    let statements = policies.iter().flat_map(|policy| policy["Statement"].as_array().unwrap());
    statements
        .flat_map(|statement| as_list(&statement["Action"]))
        .filter(|action| !is_of_others(action))
        .map(|action| action.as_str().unwrap().to_owned())
        .collect()
}

/// Runs that read what an earlier one left: who was denied before a user was changed, and what came before a denial.
fn told_one_after_another() -> [Json; 4] {
    let mut changed = event("user-changed/user-updated-event-with-a-member");
    changed["time"] = json!("2026-11-23T11:58:00Z");
    changed["detail"]["user"]["user-id"] = json!("c46824b8-f071-7009-c812-ad564a62b221");
    let mut written = event("mappings-changed/written");
    written["detail"]["eventTime"] = json!("2026-11-23T11:00:00Z");
    [event("user-has-no-value/cost-center"), changed, written, event("mapping-missing/explicit-deny")]
}

/// A role's work in pieces, each in a world of its own: what a grant is needed for is seen in one of those that use it,
/// much sooner than in all.
fn pieces(role: Role) -> Vec<Vec<Json>> {
    let events = events_of_the_main_world();
    let pieces = events.chunks(6).map(<[Json]>::to_vec);
    match role {
        Role::HealPlan => pieces.chain([Vec::new()]).collect(),
        Role::HealApply => pieces.collect(),
        // One batch has a limit of what it reads besides.
        Role::Reader => pieces.chain([denials_of_things_with_own_tags()]).collect(),
        Role::Watch => vec![events],
    }
}

#[track_caller]
fn check_every_grant_is_needed(missed: Vec<String>) {
    assert_eq!(missed, Vec::<String>::new(), "granted, and nothing is worse without it");
}

/// Grants that can be taken away unnoticed, but for those that were looked at with another role: the same function needs
/// them for the same work.
async fn unneeded(role: Role, looked_at: &[Role]) -> Vec<String> {
    let (baseline, world) = (bent_baseline(|_| {}), deployed());
    let mut wholes = Vec::new();
    for piece in pieces(role) {
        let (whole, used) = outcome(role, roles(&baseline, &world, |_, _| {}), &piece).await;
        let (again, _) = outcome(role, roles(&baseline, &world, |_, _| {}), &piece).await;
        assert_eq!(whole, again, "or a difference would say nothing");
        wholes.push((piece, whole, used));
    }
    let used = wholes.iter().flat_map(|(_, _, used)| used).map(|(action, _)| action.clone()).collect();
    assert_eq!(granted(role), used, "{}", role.name());
    let mut missed = Vec::new();
    let others = looked_at.iter().flat_map(|other| grants(&other.policies(&baseline, &world)));
    let others: BTreeSet<String> = others.map(|grant| grant.name).collect();
    'grants: for grant in grants(&role.policies(&baseline, &world)) {
        if others.contains(&grant.name) {
            continue;
        }
        for (piece, whole, _) in wholes.iter().filter(|(_, _, used)| grant.may_be_needed_for(used)) {
            let fewer = roles(&baseline, &world, |other, policies| {
                if other == role {
                    policies.clone_from(&grant.less);
                }
            });
            if outcome(role, fewer, piece).await.0 != *whole {
                continue 'grants;
            }
        }
        missed.push(grant.name);
    }
    missed
}

#[tokio::test]
async fn heal_that_plans_needs_every_grant() {
    check_every_grant_is_needed(unneeded(Role::HealPlan, &[]).await);
}

#[tokio::test]
async fn heal_that_applies_needs_every_grant() {
    check_every_grant_is_needed(unneeded(Role::HealApply, &[Role::HealPlan]).await);
}

#[tokio::test]
async fn watch_needs_every_grant() {
    check_every_grant_is_needed(unneeded(Role::Watch, &[]).await);
}

#[tokio::test]
async fn the_reader_in_member_accounts_needs_every_grant() {
    check_every_grant_is_needed(unneeded(Role::Reader, &[]).await);
}

#[test]
fn without_a_key_of_its_own_the_rest_is_granted() {
    let baseline = bent_baseline(|_| {});
    for role in Role::ALL {
        let mut of_key = Vec::new();
        let mut policies = role.policies(&baseline, &deployed());
        for policy in &mut policies {
            let is_of_key = |statement: &Json| statement["Action"] == "kms:Decrypt";
            let statements = policy["Statement"].as_array_mut().unwrap();
            of_key.extend(statements.iter().filter(|statement| is_of_key(statement)).cloned());
            statements.retain(|statement| !is_of_key(statement));
        }
        let without = World { kms_key: None, ..deployed() };
        assert_eq!(policies, role.policies(&baseline, &without), "{}", role.name());
        assert_eq!(of_key.len(), if role == Role::Reader { 0 } else { 2 }, "{}", role.name());
    }
}

#[tokio::test]
async fn who_plans_cannot_write_even_where_the_code_tries_to() {
    let (baseline, world) = (bent_baseline(|_| {}), deployed());
    for role in [Role::HealPlan, Role::Watch] {
        // The policies of this role for the one that applies.
        let less = role.policies(&baseline, &world);
        let stage = Stage::new(busy_world()).await;
        stage.sandbox.enforce(roles(&baseline, &world, |other, policies| {
            if other == Role::HealApply {
                policies.clone_from(&less);
            }
        }));
        let report = stage.heal(&events_of_the_main_world(), Mode::Apply).await;
        // What it leaves for a review is no change.
        let [before, mut after] = [busy_world(), stage.sandbox.world()].map(without_the_ledger);
        after.metrics.clear();
        assert_eq!(
            serde_json::to_value(&after).unwrap(),
            serde_json::to_value(&before).unwrap(),
            "{}",
            role.name()
        );
        assert!(report.treated.iter().any(tagmend_remedy::Treated::is_unfinished));
    }
}

#[tokio::test]
async fn provisioning_needs_instance_account_and_permission_set() {
    let stage = Stage::new(world()).await;
    let event = tagmend_tests::event("not-provisioned/start-build");
    for sid in ["ReprovisionInstance", "ReprovisionAccounts", "ReprovisionPermissionSets"] {
        stage.sandbox.enforce(roles(&stage.baseline, &world(), |_, policies| {
            for policy in policies {
                policy["Statement"].as_array_mut().unwrap().retain(|statement| statement["Sid"] != sid);
            }
        }));
        let report = stage.heal(std::slice::from_ref(&event), Mode::Apply).await;
        let [TreatedChange { outcome: Some(outcome), .. }] = report.changes.as_slice() else {
            panic!("{:?}", report.changes)
        };
        assert_eq!(outcome.to_string(), "failed: sso:ProvisionPermissionSet: AccessDeniedException", "{sid}");
        stage.sandbox.change(|world| {
            world.journal.objects.clear();
            world.begin_journal();
        });
    }
}
