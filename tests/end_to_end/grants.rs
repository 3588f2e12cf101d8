//! What the role of `heal` may provision, in each form that the template has: by lists, by rule with an explicit deny, and
//! in managed policies. And what a permission set's tag can do, which is to narrow.

use std::collections::BTreeSet;

use iam_policy::{Context, Decision, Layers, Policy, Request, Resource, evaluate};
use serde_json::{Value as Json, json};
use tagmend_diagnosis::Baseline;
use tagmend_sandbox::Roles;
use tagmend_tests::template::Template;
use tagmend_tests::{Mode, Role, Stage, bent_baseline, event, json, roles, tagmend, text, world};

const INSTANCE: &str = "arn:aws:sso:::instance/ssoins-7223a1b2c3d4e5f6";
const DEPLOYER: &str = "arn:aws:sso:::permissionSet/ssoins-7223a1b2c3d4e5f6/ps-1a2b3c4d5e6f7006";
const ANOTHER: &str = "arn:aws:sso:::permissionSet/ssoins-7223a1b2c3d4e5f6/ps-ffffffffffffffff";
const FOREIGN: &str = "arn:aws:sso:::permissionSet/ssoins-9999999999999999/ps-1a2b3c4d5e6f7006";
const ACCOUNT: &str = "444455556666";
const UNLISTED: &str = "121212121212";
const EXCLUDED: &str = "131313131313";
const MANAGEMENT: &str = "999999999999";

/// A form of the template: parameters, and policies beside it.
struct Form {
    name: &'static str,
    parameters: Vec<(&'static str, Json)>,
    beside: Vec<Json>,
    /// The accounts and permission sets that it lets be provisioned, of those that are tried.
    accounts: &'static [&'static str],
    sets: &'static [&'static str],
}

fn account_arn(account: &str) -> String {
    format!("arn:aws:sso:::account/{account}")
}

fn policies(form: &Form) -> Vec<Json> {
    let bucket = format!("arn:aws:s3:::{}", world().journal.bucket);
    let given = [
        ("InstanceArn", json!(INSTANCE)),
        ("IdentityStoreId", json!("d-9067f3a1b2")),
        ("Mode", json!("apply")),
    ];
    let given: Vec<(&str, Json)> = given.into_iter().chain(form.parameters.clone()).collect();
    let attributes = [("Journal.Arn", bucket.as_str()), ("Journal", "tagmend-journal")];
    let mut policies = Template::new(&text("infra/template.yaml"), &given, &attributes).policies_of("Heal");
    policies.extend(form.beside.clone());
    policies
}

fn allows(policies: &[Json], resource: &str) -> bool {
    let policies: Vec<Policy> =
        policies.iter().map(|policy| Policy::parse(&policy.to_string()).unwrap()).collect();
    let request = Request {
        action: "sso:ProvisionPermissionSet".to_owned(),
        resource: Resource::Named(resource.to_owned()),
        context: Context::closed(),
    };
    evaluate(&Layers { identity: &policies, ..Layers::default() }, &request).decision == Decision::Allowed
}

/// Policies of a template of `tagmend baseline grants`.
async fn in_managed_policies() -> (Vec<Json>, String) {
    let folder = tempfile::tempdir().unwrap();
    let (file, output) = (folder.path().join("baseline.json"), folder.path().join("grants.json"));
    let mut baseline = json("events/baseline.json");
    let many = (0..300).map(|number| json!(format!("{:012}", 500_000_000_000_u64 + number)));
    baseline["accounts"].as_array_mut().unwrap().extend(many);
    std::fs::write(&file, baseline.to_string()).unwrap();
    let (file, output) = (file.to_str().unwrap(), output.to_str().unwrap());
    let (_, said) = tagmend(&["baseline", "grants", "--baseline", file, "--output", output]).await;
    let template: Json = serde_json::from_str(&std::fs::read_to_string(output).unwrap()).unwrap();
    let resources = template["Resources"].as_object().unwrap();
    assert!(resources.len() <= 10, "a role has ten managed policies: {}", resources.len());
    let policies = resources.values().map(|resource| {
        assert_eq!(resource["Properties"]["Roles"], json!(["tagmend-heal"]));
        let document = resource["Properties"]["PolicyDocument"].clone();
        assert!(document.to_string().len() <= 6_144, "a managed policy has 6,144 characters");
        document
    });
    (policies.collect(), said)
}

async fn forms() -> Vec<Form> {
    let listed = vec![
        ("HealedAccountArns", json!([account_arn(ACCOUNT)])),
        ("HealedPermissionSetArns", json!([DEPLOYER])),
    ];
    let rule = vec![
        ("HealedAccounts", json!("all-but-excluded")),
        ("ManagementAccountId", json!(MANAGEMENT)),
        ("ExcludedAccountArns", json!([account_arn(EXCLUDED)])),
        ("HealedPermissionSetArns", json!([DEPLOYER])),
    ];
    let without_management =
        rule.iter().filter(|(name, _)| *name != "ManagementAccountId").cloned().collect();
    let mut all = rule.clone();
    all[3] = ("HealedPermissionSets", json!("all"));
    // Somebody listed what must never be.
    let careless = vec![
        ("HealedAccountArns", json!([account_arn(ACCOUNT), account_arn(MANAGEMENT), account_arn(EXCLUDED)])),
        ("HealedPermissionSetArns", json!([DEPLOYER])),
        ("ManagementAccountId", json!(MANAGEMENT)),
        ("ExcludedAccountArns", json!([account_arn(EXCLUDED)])),
    ];
    let (beside, _) = in_managed_policies().await;
    let managed = vec![("ManagementAccountId", json!(MANAGEMENT))];
    let form = |name, parameters, beside, accounts, sets| Form { name, parameters, beside, accounts, sets };
    vec![
        form("listed", listed, vec![], &[ACCOUNT], &[DEPLOYER]),
        form("by rule", rule, vec![], &[ACCOUNT, UNLISTED], &[DEPLOYER]),
        form("by rule, all permission sets", all, vec![], &[ACCOUNT, UNLISTED], &[DEPLOYER, ANOTHER]),
        form("listed carelessly", careless, vec![], &[ACCOUNT], &[DEPLOYER]),
        form("in managed policies", managed, beside, &[ACCOUNT], &[DEPLOYER]),
        form("by rule without the management account", without_management, vec![], &[], &[]),
        form("accounts alone", vec![("HealedAccountArns", json!([account_arn(ACCOUNT)]))], vec![], &[], &[]),
        form("permission sets alone", vec![("HealedPermissionSets", json!("all"))], vec![], &[], &[]),
        form("nothing", vec![], vec![], &[], &[]),
    ]
}

#[tokio::test]
async fn each_form_grants_what_it_says_and_never_the_management_account_or_the_excluded() {
    for form in forms().await {
        let policies = policies(&form);
        let granted = |tried: &[&'static str], arn: fn(&str) -> String| -> BTreeSet<&'static str> {
            tried.iter().filter(|one| allows(&policies, &arn(one))).copied().collect()
        };
        let accounts = granted(&[ACCOUNT, UNLISTED, EXCLUDED, MANAGEMENT], account_arn);
        let sets = granted(&[DEPLOYER, ANOTHER, FOREIGN], str::to_owned);
        assert_eq!(accounts, form.accounts.iter().copied().collect(), "{}", form.name);
        assert_eq!(sets, form.sets.iter().copied().collect(), "{}", form.name);
    }
}

/// What a form makes of a denial for an account that lacks the newest version.
async fn provisioned(form: &Form, baseline: Baseline) -> Vec<String> {
    let stage = Stage::with(world(), baseline).await;
    let mut allowed: Roles = roles(&stage.baseline, &world(), |_, _| {});
    let texts: Vec<String> = policies(form).iter().map(Json::to_string).collect();
    allowed.add(Role::HealApply.name(), &texts).unwrap();
    stage.sandbox.enforce(allowed);
    let report = stage.heal(&[event("not-provisioned/start-build")], Mode::Apply).await;
    report.changes.iter().map(|it| it.outcome.as_ref().unwrap().name().to_owned()).collect()
}

#[tokio::test]
async fn each_form_is_enough_to_heal() {
    for form in forms().await {
        let outcome = provisioned(&form, bent_baseline(|_| {})).await;
        let expected = if form.accounts.is_empty() { "failed" } else { "fixed" };
        assert_eq!(outcome, [expected], "{}", form.name);
    }
}

#[tokio::test]
async fn no_grant_of_a_form_can_be_taken_away() {
    for form in forms().await.into_iter().filter(|form| !form.accounts.is_empty()) {
        let whole = policies(&form);
        for (policy, document) in whole.iter().enumerate() {
            for (place, statement) in document["Statement"].as_array().unwrap().iter().enumerate() {
                let is_of_provisioning = statement.to_string().contains("sso:ProvisionPermissionSet");
                if !is_of_provisioning {
                    continue;
                }
                let mut less = whole.clone();
                less[policy]["Statement"].as_array_mut().unwrap().remove(place);
                less.retain(|policy| policy["Statement"] != json!([]));
                let tried = [INSTANCE, DEPLOYER, ANOTHER, FOREIGN].map(str::to_owned).into_iter();
                let tried = tried
                    .chain(
                        [ACCOUNT, UNLISTED, EXCLUDED, MANAGEMENT, "500000000000", "500000000299"]
                            .map(account_arn),
                    )
                    .chain(
                        (0..300).map(|number| account_arn(&format!("{:012}", 500_000_000_000_u64 + number))),
                    );
                let differs = tried.into_iter().any(|arn| allows(&whole, &arn) != allows(&less, &arn));
                let sid = &statement["Sid"];
                // Beside a list without it, the explicit deny is a second bolt.
                let is_bolt = sid == "NeverTheManagementAccount" && form.name == "in managed policies";
                assert!(differs || is_bolt, "{}: nothing is worse without {sid}", form.name);
            }
        }
    }
}

/// The sample baseline whose accounts are a rule.
fn by_rule(except: &[&str]) -> Baseline {
    bent_baseline(|baseline| baseline["accounts"] = json!({"all_provisioned_except": except}))
}

#[tokio::test]
async fn an_account_by_rule_is_one_that_aws_lists_and_nobody_excluded() {
    let form = &forms().await[1];
    assert_eq!(provisioned(form, by_rule(&[])).await, ["fixed"]);
    assert_eq!(provisioned(form, by_rule(&["444455556666"])).await, [""; 0], "excluded");
    let management = bent_baseline(|baseline| {
        baseline["accounts"] = json!({"all_provisioned_except": []});
        baseline["instance"]["management_account"] = json!("444455556666");
    });
    assert_eq!(provisioned(form, management).await, [""; 0], "the management account");

    // An event may name any account: where AWS does not list the permission set, nothing is planned.
    let mut elsewhere = world();
    for set in &mut elsewhere.permission_sets {
        set.accounts.remove("444455556666");
    }
    let stage = Stage::with(elsewhere, by_rule(&[])).await;
    let report = stage.heal(&[event("not-provisioned/start-build")], Mode::Apply).await;
    assert_eq!(report.changes.len(), 0);
    assert_eq!(stage.writes(), [""; 0]);
}

#[tokio::test]
async fn a_tag_narrows_and_never_widens() {
    let rule = |baseline: &mut Json| baseline["only_tagged"] = json!({"key": "tagmend", "value": "heal"});
    let healed = async |tags: &[(&str, &str)], bend: fn(&mut Json)| {
        let mut world = world();
        for set in &mut world.permission_sets {
            set.tags = tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        }
        let stage = Stage::with(
            world,
            bent_baseline(|baseline| {
                rule(baseline);
                bend(baseline);
            }),
        )
        .await;
        let events = [event("mapping-missing/explicit-deny"), event("not-provisioned/start-build")];
        stage.heal(&events, Mode::Apply).await.changes.len()
    };
    assert_eq!(healed(&[("tagmend", "heal")], |_| {}).await, 2);
    for tags in [&[][..], &[("tagmend", "no")], &[("Tagmend", "heal")], &[("other", "heal")]] {
        assert_eq!(healed(tags, |_| {}).await, 0, "{tags:?}");
    }
    let nothing = |baseline: &mut Json| baseline["permission_sets"] = json!([]);
    assert_eq!(healed(&[("tagmend", "heal")], nothing).await, 0, "a tag approves nothing");
    // Who asks for no tag pays no call for it.
    let stage = Stage::new(world()).await;
    stage.heal(&[event("mapping-missing/explicit-deny")], Mode::Plan).await;
    assert_eq!(stage.count("sso:ListTagsForResource"), 0);
}

#[tokio::test]
async fn the_parameters_that_a_baseline_needs_are_said() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("baseline.json");
    let said = async |baseline: Json, more: &[&str]| {
        std::fs::write(&path, baseline.to_string()).unwrap();
        tagmend(&[&["baseline", "grants", "--baseline", path.to_str().unwrap()], more].concat()).await.1
    };
    let listed = said(json("events/baseline.json"), &[]).await;
    let mut rule = json("events/baseline.json");
    rule["accounts"] = json!({"all_provisioned_except": [EXCLUDED]});
    let rule = said(rule, &[]).await;
    let (_, long) = in_managed_policies().await;
    let long = long.split("written: ").next().unwrap().to_owned();
    insta::assert_snapshot!([listed, rule, long].join("\n"));
}
