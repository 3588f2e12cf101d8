//! The approved state: what may be restored, where, and how often.
//!
//! `check.rs` reads the file into a [`Baseline`], in which wrong states cannot be written down, and finds everything that
//! is wrong at once. [`document::Document`] is what the JSON Schema is generated from.

mod check;
pub mod difference;
pub mod document;
mod form;
mod mistake;
mod text;

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use serde_json::Value as Json;

use crate::approved::attribute_source::AttributeSource;
use crate::approved::digest::PolicyDigest;
use crate::words::arn::{Arn, last_part};
pub use mistake::{BaselineError, Mistake, Place};

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
    accounts: Accounts,
    /// What a permission set has to be tagged with.
    only_tagged: Option<TagRule>,
    /// ARNs of Tagmend's own roles; names in baselines of before.
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
    /// The digest of policies that were seen and that nobody approved; none where some are approved.
    pub seen_digest: Option<PolicyDigest>,
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

/// A tag that a permission set has to have, with this value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagRule {
    /// Its key; tags of resources tell case apart.
    pub key: String,
    /// Its value.
    pub value: String,
}

/// Which accounts are in scope. The management account never is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Accounts {
    /// These.
    Listed(BTreeSet<String>),
    /// All in which AWS says that the permission set is provisioned, but for these.
    AllProvisionedExcept(BTreeSet<String>),
}

/// The most mappings that an instance takes. Source: `AccessControlAttributeList` in the service model.
pub const MAXIMUM_MAPPINGS: usize = 50;

impl Baseline {
    /// Reads and checks a baseline.
    ///
    /// # Errors
    /// With everything that is wrong.
    pub fn parse(json: &str) -> Result<Baseline, BaselineError> {
        Baseline::read(json.as_bytes())
    }

    /// Reads and checks the bytes of a baseline file.
    ///
    /// # Errors
    /// With everything that is wrong.
    pub fn read(bytes: &[u8]) -> Result<Baseline, BaselineError> {
        check::baseline(bytes)
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

    /// Which accounts are in scope.
    pub fn accounts(&self) -> &Accounts {
        &self.accounts
    }

    /// Whether an account is in scope. That a permission set is provisioned to it, AWS has to say besides.
    pub fn covers(&self, account: &str) -> bool {
        account != self.management_account
            && match &self.accounts {
                Accounts::Listed(listed) => listed.contains(account),
                Accounts::AllProvisionedExcept(except) => !except.contains(account),
            }
    }

    /// The tag that a permission set has to have for anything to be healed under it; none where none is asked for.
    pub fn only_tagged(&self) -> Option<&TagRule> {
        self.only_tagged.as_ref()
    }

    /// ARNs of Tagmend's own roles; names in baselines of before.
    pub fn own_roles(&self) -> impl Iterator<Item = &str> {
        self.own_roles.iter().map(String::as_str)
    }

    /// Whether the ARN of a role, or that of a session of it, is of one of Tagmend's own. An account has no two roles of
    /// one name, whatever their paths. A baseline that has only the name of a role means that of every account.
    pub fn is_own_role(&self, arn: &str) -> bool {
        let Some((account, name)) = role(arn) else {
            return false;
        };
        self.own_roles.iter().any(|own| match role(own) {
            Some(own) => own == (account, name),
            None => own == name,
        })
    }

    /// Whether one of Tagmend's own roles made the call that a record of CloudTrail tells of.
    pub fn is_own_call(&self, record: &Json) -> bool {
        let arns = ["/userIdentity/sessionContext/sessionIssuer/arn", "/userIdentity/arn"];
        let mut arns = arns.iter().filter_map(|path| record.pointer(path)?.as_str());
        arns.next().is_some_and(|arn| self.is_own_role(arn))
    }

    /// The name of Tagmend's stack, as its roles have it.
    pub fn stack(&self) -> Option<&str> {
        self.own_roles.iter().find_map(|own| last_part(own).strip_suffix("-heal"))
    }
}

/// Account and name of a role, of its ARN or that of a session of it.
fn role(arn: &str) -> Option<(&str, &str)> {
    let arn = Arn::parse(arn)?;
    let name = match arn.service {
        "iam" => last_part(arn.resource.strip_prefix("role/")?),
        "sts" => arn.resource.strip_prefix("assumed-role/")?.split_once('/')?.0,
        _ => return None,
    };
    Some((arn.account, name))
}
