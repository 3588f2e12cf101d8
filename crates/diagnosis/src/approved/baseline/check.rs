//! From the text to the baseline. Everything that is wrong is found in one go.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;

use super::mistake::BaselineError;
use super::text::{Fields, Node, Reading, decoded, parsed};
use super::{
    Accounts, ApprovedMapping, ApprovedPermissionSet, Baseline, Limits, MAXIMUM_MAPPINGS, Owner, TagRule,
    form,
};
use crate::approved::attribute_source::AttributeSource;
use crate::approved::digest::PolicyDigest;
use crate::words::arn::last_part;

/// Fields that are read, by the type of `document.rs` that has them.
const ROOT: [&str; 9] = [
    "$schema",
    "version",
    "instance",
    "attribute_mappings",
    "permission_sets",
    "accounts",
    "only_tagged",
    "own_roles",
    "limits",
];
const INSTANCE: [&str; 4] = ["arn", "identity_store_id", "region", "management_account"];
const MAPPING: [&str; 3] = ["key", "owner", "source"];
const PERMISSION_SET: [&str; 5] = ["name", "arn", "heal", "policy_digest", "seen_digest"];
const ACCOUNTS: [&str; 1] = ["all_provisioned_except"];
const TAG: [&str; 2] = ["key", "value"];
const LIMITS: [&str; 7] = [
    "fixes_per_hour",
    "fixes_of_one_thing_per_day",
    "cool_down_minutes",
    "permission_sets_per_key",
    "maximum_index_age_hours",
    "users_before_a_fix",
    "maximum_event_age_hours",
];

/// Reads the bytes of a file.
pub(super) fn baseline(bytes: &[u8]) -> Result<Baseline, BaselineError> {
    let text = decoded(bytes)?;
    let object = parsed(text)?;
    let mut reading = Reading::new(text);
    let baseline = root(&mut reading, &object);
    let mistakes = reading.mistakes();
    match baseline {
        Some(baseline) if mistakes.is_empty() => Ok(baseline),
        _ => Err(BaselineError(mistakes)),
    }
}

/// None only where something was found wrong.
fn root<'t>(reading: &mut Reading<'t>, object: &jsonc_parser::ast::Object<'t>) -> Option<Baseline> {
    let fields = reading.root(object, &ROOT);
    let schema = fields.optional("$schema");
    if let Some(schema) = &schema {
        reading.text(schema);
    }
    let version = reading.required(&fields, "version").and_then(|node| version(reading, &node));
    let instance = reading.required(&fields, "instance").and_then(|node| instance(reading, &node));
    let mappings = reading.required(&fields, "attribute_mappings").map(|node| mappings(reading, &node));
    let arn = instance.as_ref().map(|instance| instance.arn.as_str());
    let permission_sets =
        reading.required(&fields, "permission_sets").map(|node| permission_sets(reading, &node, arn));
    let management = instance.as_ref().map(|instance| instance.management_account.as_str());
    let accounts =
        reading.required(&fields, "accounts").and_then(|node| accounts(reading, &node, management));
    let only_tagged = fields.optional("only_tagged").map(|node| tag_rule(reading, &node));
    let own_roles = reading.required(&fields, "own_roles").map(|node| own_roles(reading, &node));
    let limits = reading.required(&fields, "limits").and_then(|node| limits(reading, &node));
    version?;
    let instance = instance?;
    Some(Baseline {
        instance_arn: instance.arn,
        identity_store_id: instance.identity_store_id,
        region: instance.region,
        management_account: instance.management_account,
        mappings: mappings?,
        permission_sets: permission_sets?,
        accounts: accounts?,
        only_tagged: match only_tagged {
            Some(rule) => Some(rule?),
            None => None,
        },
        own_roles: own_roles?,
        limits: limits?,
    })
}

fn version<'t>(reading: &mut Reading<'t>, node: &Node<'_, 't>) -> Option<()> {
    let version = reading.number(node, 0, u32::MAX)?;
    if version == 1 {
        return Some(());
    }
    reading.wrong(node, format!("version {version} is not known here; it is 1"));
    None
}

struct Instance {
    arn: String,
    identity_store_id: String,
    region: String,
    management_account: String,
}

fn instance<'t>(reading: &mut Reading<'t>, node: &Node<'_, 't>) -> Option<Instance> {
    let fields = reading.object(node, &INSTANCE)?;
    let mut field = |name: &str, is_formed: &dyn Fn(&str) -> bool, form: &str| {
        let node = reading.required(&fields, name)?;
        reading.formed(&node, is_formed, form).map(str::to_owned)
    };
    let arn = field(
        "arn",
        &form::is(&form::IS_INSTANCE),
        "the ARN of an Identity Center instance, as arn:aws:sso:::instance/ssoins-1111222233334444",
    );
    let identity_store_id = field(
        "identity_store_id",
        &form::is(&form::IS_IDENTITY_STORE),
        "an identity store's id, as d-1111222233",
    );
    let region = field("region", &form::is(&form::IS_REGION), "a Region, as eu-west-1");
    let management_account = field("management_account", &form::is(&form::IS_ACCOUNT), ACCOUNT_FORM);
    Some(Instance {
        arn: arn?,
        identity_store_id: identity_store_id?,
        region: region?,
        management_account: management_account?,
    })
}

const ACCOUNT_FORM: &str = "an account id of twelve digits";

fn mappings<'t>(reading: &mut Reading<'t>, node: &Node<'_, 't>) -> BTreeMap<String, ApprovedMapping> {
    let entries = reading.list(node);
    if entries.len() > MAXIMUM_MAPPINGS {
        reading
            .wrong(node, format!("more than {MAXIMUM_MAPPINGS} keys, which is all that an instance takes"));
    }
    let mut mappings: BTreeMap<String, ApprovedMapping> = BTreeMap::new();
    for entry in entries {
        let Some(fields) = reading.object(&entry, &MAPPING) else { continue };
        let key = reading.required(&fields, "key");
        let name = key.as_ref().and_then(|key| {
            reading.formed(key, form::is_tag_key, "the key of a session tag").map(str::to_owned)
        });
        let owner = owner(reading, &fields);
        let (Some(key), Some(name)) = (key, name) else { continue };
        if !form::fits_a_name(&name) {
            reading.wrong(&key, "too long for the names of objects in the journal".to_owned());
        } else if let Some(twin) = mappings.get(&name.to_lowercase()) {
            reading.wrong(&key, format!("the same key as `{}`: case does not tell keys apart", twin.key));
        } else if let Some(owner) = owner {
            mappings.insert(name.to_lowercase(), ApprovedMapping { key: name, owner });
        }
    }
    mappings
}

fn owner<'t>(reading: &mut Reading<'t>, fields: &Fields<'_, 't>) -> Option<Owner> {
    let source = fields.optional("source");
    let node = reading.required(fields, "owner")?;
    match (reading.text(&node)?, source) {
        ("idp", None) => Some(Owner::Idp),
        ("idp", Some(source)) => {
            reading.wrong(&source, "a key that the IdP sends has no source");
            None
        }
        ("identity-store", None) => {
            reading.wrong_with(fields, "source", "not there, and `identity-store` needs it");
            None
        }
        ("identity-store", Some(source)) => {
            let expression = reading.text(&source)?;
            let parsed = AttributeSource::parse(expression);
            if parsed.is_none() {
                let reason = format!("`{expression}` is not an expression that Identity Center documents");
                reading.wrong(&source, reason);
            }
            parsed.map(Owner::IdentityStore)
        }
        (other, _) => {
            let reason = format!("`{other}` is no owner; there are `identity-store` and `idp`");
            reading.wrong(&node, reason);
            None
        }
    }
}

fn permission_sets<'t>(
    reading: &mut Reading<'t>,
    node: &Node<'_, 't>,
    instance: Option<&str>,
) -> BTreeMap<String, ApprovedPermissionSet> {
    let mut sets: BTreeMap<String, ApprovedPermissionSet> = BTreeMap::new();
    let mut arns: BTreeMap<String, String> = BTreeMap::new();
    for entry in reading.list(node) {
        let Some(fields) = reading.object(&entry, &PERMISSION_SET) else { continue };
        let name_node = reading.required(&fields, "name");
        let name = name_node.as_ref().and_then(|node| {
            let form = "the name of a permission set: 1 to 32 letters, digits or _+=,.@-";
            reading.formed(node, form::is(&form::IS_PERMISSION_SET_NAME), form).map(str::to_owned)
        });
        let arn_node = reading.required(&fields, "arn");
        let arn = arn_node.as_ref().and_then(|node| arn_of_set(reading, node, instance));
        let heal = reading.required(&fields, "heal").map(|node| heal(reading, &node));
        let digest = fields.optional("policy_digest").and_then(|node| digest(reading, &node));
        let (restores, provisions) = heal.unwrap_or_default();
        if provisions && fields.optional("policy_digest").is_none() {
            reading.wrong_with(&fields, "policy_digest", "not there, and `provision` needs it");
        }
        let seen_node = fields.optional("seen_digest");
        let seen = seen_node.as_ref().and_then(|node| self::digest(reading, node));
        if let Some(node) = seen_node.filter(|_| fields.optional("policy_digest").is_some()) {
            reading.wrong(&node, "beside `policy_digest`: policies that are approved were not only seen");
        }
        if let (Some(node), Some(name)) = (&name_node, &name)
            && sets.contains_key(name)
        {
            reading.wrong(node, format!("`{name}` is there twice"));
            continue;
        }
        if let (Some(node), Some(arn)) = (&arn_node, &arn)
            && let Some(twin) = arns.insert(arn.clone(), name.clone().unwrap_or_default())
        {
            reading.wrong(node, format!("`{twin}` has the same ARN"));
        }
        if let (Some(name), Some(arn)) = (name, arn) {
            let may_provision = digest.clone().filter(|_| provisions);
            let set = ApprovedPermissionSet {
                arn,
                may_restore_mapping: restores,
                may_provision,
                policy_digest: digest,
                seen_digest: seen,
            };
            sets.insert(name, set);
        }
    }
    sets
}

fn arn_of_set<'t>(reading: &mut Reading<'t>, node: &Node<'_, 't>, instance: Option<&str>) -> Option<String> {
    let form = "the ARN of a permission set, as arn:aws:sso:::permissionSet/ssoins-1111222233334444/ps-5555666677778888";
    let arn = reading.formed(node, form::is(&form::IS_PERMISSION_SET), form)?;
    let of_instance = arn.split('/').nth(1);
    if let Some(instance) = instance
        && of_instance != Some(last_part(instance))
    {
        reading.wrong(node, "a permission set of another instance");
        return None;
    }
    Some(arn.to_owned())
}

/// Whether mappings may be restored, and permission sets provisioned.
fn heal<'t>(reading: &mut Reading<'t>, node: &Node<'_, 't>) -> (bool, bool) {
    let (mut restores, mut provisions) = (false, false);
    for item in reading.list(node) {
        match reading.text(&item) {
            Some("restore-mapping") => restores = true,
            Some("provision") => provisions = true,
            Some(other) => {
                let reason =
                    format!("`{other}` is no kind of healing; there are `restore-mapping` and `provision`");
                reading.wrong(&item, reason);
            }
            None => {}
        }
    }
    (restores, provisions)
}

fn digest<'t>(reading: &mut Reading<'t>, node: &Node<'_, 't>) -> Option<PolicyDigest> {
    let is_digest = |text: &str| PolicyDigest::parse(text).is_some();
    let form = "`sha256-canonical:` or `sha256:` and 64 hexadecimal digits in lower case";
    reading.formed(node, is_digest, form).and_then(PolicyDigest::parse)
}

fn accounts<'t>(
    reading: &mut Reading<'t>,
    node: &Node<'_, 't>,
    management: Option<&str>,
) -> Option<Accounts> {
    if node.is_object() {
        let fields = reading.object(node, &ACCOUNTS)?;
        let except = reading.required(&fields, "all_provisioned_except")?;
        // It is excluded in any case; to say so does no harm.
        return Some(Accounts::AllProvisionedExcept(account_ids(reading, &except, None)));
    }
    Some(Accounts::Listed(account_ids(reading, node, management)))
}

fn account_ids<'t>(
    reading: &mut Reading<'t>,
    node: &Node<'_, 't>,
    management: Option<&str>,
) -> BTreeSet<String> {
    let mut accounts = BTreeSet::new();
    for item in reading.list(node) {
        let Some(account) = reading.formed(&item, form::is(&form::IS_ACCOUNT), ACCOUNT_FORM) else {
            continue;
        };
        if Some(account) == management {
            reading.wrong(&item, "the management account is never in scope");
        } else if !accounts.insert(account.to_owned()) {
            reading.wrong(&item, format!("account {account} is there twice"));
        }
    }
    accounts
}

fn tag_rule<'t>(reading: &mut Reading<'t>, node: &Node<'_, 't>) -> Option<TagRule> {
    let fields = reading.object(node, &TAG)?;
    let key = reading.required(&fields, "key");
    let key = key.and_then(|node| reading.formed(&node, form::is_tag_key, "the key of a tag"));
    let value = reading.required(&fields, "value");
    let value = value.and_then(|node| reading.formed(&node, form::is_tag_value, "the value of a tag"));
    Some(TagRule { key: key?.to_owned(), value: value?.to_owned() })
}

/// The stack has two roles; one that is missing here would be healed as anybody's.
fn own_roles<'t>(reading: &mut Reading<'t>, node: &Node<'_, 't>) -> BTreeSet<String> {
    let mut roles = BTreeSet::new();
    for item in reading.list(node) {
        let form = "a role of the stack; they are the ARNs of STACK-heal and STACK-watch";
        let Some(role) = reading.formed(&item, form::is(&form::IS_OWN_ROLE), form) else { continue };
        if !roles.insert(role.to_owned()) {
            reading.wrong(&item, format!("`{role}` is there twice"));
        }
    }
    roles
}

fn limits<'t>(reading: &mut Reading<'t>, node: &Node<'_, 't>) -> Option<Limits> {
    let fields = reading.object(node, &LIMITS)?;
    let mut given = |name: &str, most: u32| match fields.optional(name) {
        Some(node) => reading.number(&node, 0, most).map(Some),
        None => Some(None),
    };
    let size = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
    let of_one_thing = given("fixes_of_one_thing_per_day", 1_000);
    // The journal is read a day back.
    let cool_down = given("cool_down_minutes", 24 * 60);
    let sets = given("permission_sets_per_key", 100_000);
    let index_age = given("maximum_index_age_hours", 24 * 365);
    let users = given("users_before_a_fix", 1_000);
    let fixes = reading.required(&fields, "fixes_per_hour").and_then(|node| reading.number(&node, 0, 1_000));
    let age = reading.required(&fields, "maximum_event_age_hours");
    let age = age.and_then(|node| reading.number(&node, 0, 24 * 365));
    Some(Limits {
        fixes_per_hour: size(fixes?),
        fixes_of_one_thing_per_day: size(of_one_thing?.unwrap_or(2)),
        cool_down: SignedDuration::from_mins(cool_down?.unwrap_or(60).into()),
        permission_sets_per_key: sets?.map(size),
        maximum_index_age: SignedDuration::from_hours(index_age?.unwrap_or(48).into()),
        users_before_a_fix: size(users?.unwrap_or(1)),
        maximum_event_age: SignedDuration::from_hours(age?.into()),
    })
}
