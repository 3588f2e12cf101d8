//! The approved state: what may be restored, where, and how often.
//!
//! The file is read as [`document::Document`] (the JSON Schema is generated from it) and checked into a
//! [`Baseline`], in which wrong states cannot be written down.

pub mod document;

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;

use crate::approved::attribute_source::AttributeSource;
use crate::approved::digest::PolicyDigest;
use document::{Document, HealKind, OwnerName};

/// The approved state of one Identity Center instance.
#[derive(Clone, Debug)]
pub struct Baseline {
    /// The instance's ARN.
    pub instance_arn: String,
    /// `d-...`.
    pub identity_store_id: String,
    /// The instance's primary Region.
    pub region: String,
    /// The organization's management account, which is never in scope.
    pub management_account: String,
    /// Approved mappings by lower-case key.
    mappings: BTreeMap<String, ApprovedMapping>,
    /// Approved permission sets by name.
    permission_sets: BTreeMap<String, ApprovedPermissionSet>,
    /// Accounts in scope.
    accounts: BTreeSet<String>,
    /// Names of Tagmend's own roles.
    own_roles: BTreeSet<String>,
    /// What is too much.
    pub limits: Limits,
}

/// An approved mapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApprovedMapping {
    /// The session tag's key, in its approved spelling.
    pub key: String,
    /// Who sends it.
    pub owner: Owner,
}

/// Who sends a session tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// Identity Center, from this expression.
    IdentityStore(AttributeSource),
    /// The IdP, in the SAML assertion. Never mapped: a mapping overrides the assertion.
    Idp,
}

/// An approved permission set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApprovedPermissionSet {
    /// Its ARN.
    pub arn: String,
    /// Whether a denial under it may restore a mapping.
    pub may_restore_mapping: bool,
    /// Whether it may be provisioned, and the digest of the policies that may be.
    pub may_provision: Option<PolicyDigest>,
    /// The digest of its approved policies, whether or not it may be provisioned.
    pub policy_digest: Option<PolicyDigest>,
}

/// What is too much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Fixes in any hour.
    pub fixes_per_hour: usize,
    /// Fixes of the same mapping, or of the same permission set in the same account, in any day.
    pub fixes_of_one_thing_per_day: usize,
    /// How long after a fix its mapping is not restored again, and after a rollback not at all.
    pub cool_down: SignedDuration,
    /// Permission sets that may mention the key of a restored mapping; any number where there is none.
    pub permission_sets_per_key: Option<usize>,
    /// An older index counts as none.
    pub maximum_index_age: SignedDuration,
    /// Different users of a batch who have to be denied before a change.
    pub users_before_a_fix: usize,
    /// Older events change nothing.
    pub maximum_event_age: SignedDuration,
}

/// A baseline that does not hold together.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("baseline: {path}: {reason}")]
pub struct BaselineError {
    /// The path of the wrong value.
    pub path: String,
    /// What is wrong with it.
    pub reason: String,
}

/// The most mappings that an instance takes. Source: `AccessControlAttributeList` in the service model.
pub const MAXIMUM_MAPPINGS: usize = 50;

impl Baseline {
    /// Reads and checks a baseline.
    ///
    /// # Errors
    /// With the path of the first wrong value.
    pub fn parse(json: &str) -> Result<Baseline, BaselineError> {
        let mut deserializer = serde_json::Deserializer::from_str(json);
        let document: Document = serde_path_to_error::deserialize(&mut deserializer)
            .map_err(|error| wrong(error.path().to_string(), error.inner().to_string()))?;
        deserializer.end().map_err(|error| wrong("$", error.to_string()))?;
        Baseline::check(document)
    }

    fn check(document: Document) -> Result<Baseline, BaselineError> {
        if document.version != 1 {
            return Err(wrong("version", format!("version {} is not known here", document.version)));
        }
        let instance = document.instance;
        if !instance.arn.contains(":sso:::instance/") || !instance.arn.starts_with("arn:aws") {
            return Err(wrong("instance.arn", "not the ARN of an Identity Center instance"));
        }
        check_account("instance.management_account", &instance.management_account)?;
        if document.attribute_mappings.len() > MAXIMUM_MAPPINGS {
            return Err(wrong("attribute_mappings", format!("more than {MAXIMUM_MAPPINGS} keys")));
        }
        let mut mappings = BTreeMap::new();
        for (index, entry) in document.attribute_mappings.into_iter().enumerate() {
            let mapping = check_mapping(&format!("attribute_mappings[{index}]"), entry)?;
            if let Some(twin) = mappings.insert(mapping.key.to_lowercase(), mapping) {
                let path = format!("attribute_mappings[{index}].key");
                return Err(wrong(
                    path,
                    format!("the same key as `{}`: case does not tell keys apart", twin.key),
                ));
            }
        }
        let mut permission_sets = BTreeMap::new();
        for (index, entry) in document.permission_sets.into_iter().enumerate() {
            let path = format!("permission_sets[{index}]");
            let name = entry.name.clone();
            if permission_sets.insert(name.clone(), check_permission_set(&path, entry)?).is_some() {
                return Err(wrong(format!("{path}.name"), format!("`{name}` is there twice")));
            }
        }
        let mut accounts = BTreeSet::new();
        for (index, account) in document.accounts.into_iter().enumerate() {
            let path = format!("accounts[{index}]");
            check_account(&path, &account)?;
            if account == instance.management_account {
                return Err(wrong(path, "the management account is never in scope"));
            }
            accounts.insert(account);
        }
        Ok(Baseline {
            instance_arn: instance.arn,
            identity_store_id: instance.identity_store_id,
            region: instance.region,
            management_account: instance.management_account,
            mappings,
            permission_sets,
            accounts,
            own_roles: document.own_roles.into_iter().collect(),
            limits: check_limits(&document.limits)?,
        })
    }

    /// Approved mappings, in the order of their keys.
    pub fn mappings(&self) -> impl Iterator<Item = &ApprovedMapping> {
        self.mappings.values()
    }

    /// The approved mapping of a key, whatever its case.
    pub fn mapping(&self, key: &str) -> Option<&ApprovedMapping> {
        self.mappings.get(&key.to_lowercase())
    }

    /// The approved permission set of this name.
    pub fn permission_set(&self, name: &str) -> Option<&ApprovedPermissionSet> {
        self.permission_sets.get(name)
    }

    /// Approved permission sets with their names.
    pub fn permission_sets(&self) -> impl Iterator<Item = (&str, &ApprovedPermissionSet)> {
        self.permission_sets.iter().map(|(name, set)| (name.as_str(), set))
    }

    /// The accounts in scope.
    pub fn accounts(&self) -> impl Iterator<Item = &str> {
        self.accounts.iter().map(String::as_str)
    }

    /// Whether an account is in scope.
    pub fn covers(&self, account: &str) -> bool {
        self.accounts.contains(account)
    }

    /// Whether a role is one of Tagmend's own.
    pub fn is_own_role(&self, role_name: &str) -> bool {
        self.own_roles.contains(role_name)
    }
}

fn wrong(path: impl Into<String>, reason: impl Into<String>) -> BaselineError {
    BaselineError { path: path.into(), reason: reason.into() }
}

fn check_limits(limits: &document::Limits) -> Result<Limits, BaselineError> {
    // The journal is read a day back.
    if limits.cool_down_minutes > 24 * 60 {
        return Err(wrong("limits.cool_down_minutes", "more than a day"));
    }
    Ok(Limits {
        fixes_per_hour: limits.fixes_per_hour,
        fixes_of_one_thing_per_day: limits.fixes_of_one_thing_per_day,
        cool_down: SignedDuration::from_mins(limits.cool_down_minutes.into()),
        permission_sets_per_key: limits.permission_sets_per_key,
        maximum_index_age: SignedDuration::from_hours(limits.maximum_index_age_hours.into()),
        users_before_a_fix: limits.users_before_a_fix,
        maximum_event_age: SignedDuration::from_hours(limits.maximum_event_age_hours.into()),
    })
}

fn check_account(path: &str, account: &str) -> Result<(), BaselineError> {
    if account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit()) {
        Ok(())
    } else {
        Err(wrong(path, "not an account id of twelve digits"))
    }
}

fn check_mapping(path: &str, entry: document::Mapping) -> Result<ApprovedMapping, BaselineError> {
    let allowed = |character: char| {
        character.is_alphanumeric() || character.is_whitespace() || "_.:/=+-@".contains(character)
    };
    if entry.key.is_empty() || entry.key.chars().count() > 128 || !entry.key.chars().all(allowed) {
        return Err(wrong(format!("{path}.key"), "not a session tag key"));
    }
    let owner = match (entry.owner, entry.source) {
        (OwnerName::Idp, None) => Owner::Idp,
        (OwnerName::Idp, Some(_)) => {
            return Err(wrong(format!("{path}.source"), "a key that the IdP sends has no source"));
        }
        (OwnerName::IdentityStore, None) => return Err(wrong(format!("{path}.source"), "not there")),
        (OwnerName::IdentityStore, Some(expression)) => {
            Owner::IdentityStore(AttributeSource::parse(&expression).ok_or_else(|| {
                wrong(
                    format!("{path}.source"),
                    format!("`{expression}` is not an expression that Identity Center documents"),
                )
            })?)
        }
    };
    Ok(ApprovedMapping { key: entry.key, owner })
}

fn check_permission_set(
    path: &str,
    entry: document::PermissionSet,
) -> Result<ApprovedPermissionSet, BaselineError> {
    if !entry.arn.contains(":sso:::permissionSet/") {
        return Err(wrong(format!("{path}.arn"), "not the ARN of a permission set"));
    }
    let may_provision = entry.heal.contains(&HealKind::Provision);
    let digest = match entry.policy_digest {
        None => None,
        Some(text) => Some(PolicyDigest::parse(&text).ok_or_else(|| {
            wrong(format!("{path}.policy_digest"), "not `sha256:` and 64 hexadecimal digits in lower case")
        })?),
    };
    if may_provision && digest.is_none() {
        return Err(wrong(format!("{path}.policy_digest"), "needed to heal by `provision`"));
    }
    Ok(ApprovedPermissionSet {
        arn: entry.arn,
        may_restore_mapping: entry.heal.contains(&HealKind::RestoreMapping),
        may_provision: digest.clone().filter(|_| may_provision),
        policy_digest: digest,
    })
}
