//! The roles of the functions, with the policies that `infra/template.yaml` gives them.

use std::collections::BTreeMap;
use std::sync::Mutex;

use serde_json::{Value as Json, json};
use tagmend_diagnosis::{Accounts, Baseline};
use tagmend_remedy::pinned::FOLDER;
use tagmend_sandbox::{Roles, World};

use crate::Mode;
use crate::template::Template;
use crate::text;

/// A function, deployed in some way. Its role's name is the access key id of its calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// `heal`, with `Mode=plan`.
    HealPlan,
    /// `heal`, with `Mode=apply`.
    HealApply,
    /// `watch`.
    Watch,
    /// What reads in member accounts.
    Reader,
}

impl Role {
    /// Every one.
    pub const ALL: [Role; 4] = [Role::HealPlan, Role::HealApply, Role::Watch, Role::Reader];

    /// That of `heal`.
    pub fn of(mode: Mode) -> Role {
        match mode {
            Mode::Plan => Role::HealPlan,
            Mode::Apply => Role::HealApply,
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Role::HealPlan => "heal-plan",
            Role::HealApply => "heal-apply",
            Role::Watch => "watch",
            Role::Reader => "reader",
        }
    }

    /// What its policies say, for the deployment that belongs to this baseline and world.
    pub fn policies(self, baseline: &Baseline, world: &World) -> Vec<Json> {
        let (function, mode) = match self {
            Role::HealPlan => ("Heal", "plan"),
            Role::HealApply => ("Heal", "apply"),
            Role::Watch => ("Watch", "plan"),
            Role::Reader => return reader(),
        };
        let accounts: Vec<String> = match baseline.accounts() {
            Accounts::Listed(listed) => {
                listed.iter().map(|account| format!("arn:aws:sso:::account/{account}")).collect()
            }
            Accounts::AllProvisionedExcept(_) => Vec::new(),
        };
        let pin =
            world.journal.texts.keys().find_map(|name| name.strip_prefix(FOLDER)?.strip_suffix(".json"));
        let healed: Vec<&str> = baseline
            .permission_sets()
            .filter(|(_, set)| set.may_provision.is_some())
            .map(|(_, set)| set.arn.as_str())
            .collect();
        let bucket = format!("arn:aws:s3:::{}", world.journal.bucket);
        let given = [
            ("InstanceArn", json!(baseline.instance_arn)),
            ("IdentityStoreId", json!(baseline.identity_store_id)),
            ("Mode", json!(mode)),
            ("HealedAccountArns", json!(accounts)),
            ("HealedPermissionSetArns", json!(healed)),
            ("BaselineSha256", json!(pin.unwrap_or_default())),
            ("ReaderRoleName", json!(world.reader_role)),
            (
                "AuthorizationDetails",
                json!(if world.authorization_details.is_empty() { "off" } else { "on" }),
            ),
            ("IdentityCenterKeyArn", json!(world.kms_key.as_deref().unwrap_or_default())),
        ];
        let attributes = [("Journal.Arn", bucket.as_str()), ("Journal", world.journal.bucket.as_str())];
        resolved(format!("{function} {given:?} {attributes:?}"), || {
            Template::new(&text("infra/template.yaml"), &given, &attributes).policies_of(function)
        })
    }
}

/// What a template makes of the same deployment is made once: thousands of stages are deployed alike.
fn resolved(deployment: String, resolve: impl FnOnce() -> Vec<Json>) -> Vec<Json> {
    static RESOLVED: Mutex<BTreeMap<String, Vec<Json>>> = Mutex::new(BTreeMap::new());
    let known = RESOLVED.lock().unwrap().get(&deployment).cloned();
    known.unwrap_or_else(|| {
        let policies = resolve();
        RESOLVED.lock().unwrap().insert(deployment, policies.clone());
        policies
    })
}

const ANY_ACCOUNT: &str = r#""aws:ResourceAccount":"*""#;
const CALLERS_ACCOUNT: &str = r#""aws:ResourceAccount":"${aws:PrincipalAccount}""#;

/// The role of `infra/member.yaml`, as it is in every member account.
fn reader() -> Vec<Json> {
    let given =
        [("ReaderRoleName", json!("tagmend-reader")), ("HealRoleArn", json!("arn:aws:iam::1:role/r"))];
    let attributes = [("AWS::AccountId", "*")];
    let policies = resolved("reader".to_owned(), || {
        Template::new(&text("infra/member.yaml"), &given, &attributes).policies_in("ReaderRole")
    });
    // One text for every account: the condition says which is the caller's, and an ARN cannot (it takes variables only
    // behind its fifth colon).
    let own = |policy: &Json| policy.to_string().replace(ANY_ACCOUNT, CALLERS_ACCOUNT);
    policies.iter().map(|policy| serde_json::from_str(&own(policy)).unwrap()).collect()
}

/// All roles, with their policies as some hand bends them.
pub fn roles(baseline: &Baseline, world: &World, mut bend: impl FnMut(Role, &mut Vec<Json>)) -> Roles {
    let mut roles = Roles::default();
    for role in Role::ALL {
        let mut policies = role.policies(baseline, world);
        bend(role, &mut policies);
        let texts: Vec<String> = policies.iter().map(Json::to_string).collect();
        roles.add(role.name(), &texts).unwrap_or_else(|error| panic!("{}: {error}", role.name()));
    }
    roles.guard_journal(&journal_policy(world).to_string()).expect("the policy of the journal's bucket");
    roles
}

/// The policy of the journal's bucket. Of `heal` there are two here, in either mode.
pub fn journal_policy(world: &World) -> Json {
    let bucket = format!("arn:aws:s3:::{}", world.journal.bucket);
    let attributes = [
        ("Journal.Arn", bucket.as_str()),
        ("Journal", world.journal.bucket.as_str()),
        ("HealRole.Arn", "arn:aws:iam::111122223333:role/heal-*"),
        ("WatchRole.Arn", "arn:aws:iam::111122223333:role/watch"),
    ];
    let mut policy = resolved(format!("journal {attributes:?}"), || {
        vec![Template::new(&text("infra/template.yaml"), &[], &attributes).document_of("JournalPolicy")]
    });
    policy.remove(0)
}
