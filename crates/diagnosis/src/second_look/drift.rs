//! What is not as it should be, found before a user meets it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::Timestamp;

use crate::approved::attribute_source::AttributeSource;
use crate::approved::baseline::{Baseline, Owner};
use crate::approved::digest::PolicyDigest;
use crate::case::tags::{ValueProblem, value_problem};
use crate::live::facts::{AccessControl, AttributeMapping, User};
use crate::words::session_tag_key::is_same_key;

/// Something that is not as it should be. It never holds an attribute's value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Finding {
    /// Attributes for access control are off.
    AccessControlOff,
    /// An approved mapping is not there.
    MappingMissing {
        /// The session tag's key.
        key: String,
    },
    /// An approved mapping is there with another source.
    MappingSourceDiffers {
        /// The session tag's key.
        key: String,
    },
    /// A mapping is there that nobody approved.
    MappingNotApproved {
        /// The session tag's key.
        key: String,
    },
    /// A key that the IdP sends is mapped, which overrides what the IdP says.
    IdpKeyMapped {
        /// The session tag's key.
        key: String,
    },
    /// A mapping has a source that Identity Center does not document.
    SourceNotDocumented {
        /// The session tag's key.
        key: String,
    },
    /// Policies mention a session tag that nobody sends.
    KeyNotMapped {
        /// The session tag's key, in lower case.
        key: String,
        /// Names of the permission sets.
        permission_sets: BTreeSet<String>,
    },
    /// A permission set's policies are not the approved ones.
    PoliciesNotApproved {
        /// The permission set's name.
        permission_set: String,
    },
    /// The ARN that the baseline has for a permission set is another one's.
    AnotherPermissionSet {
        /// The name in the baseline.
        permission_set: String,
        /// The name of the one that has the ARN.
        found: String,
    },
    /// A permission set could not be read when it was looked at last.
    PermissionSetUnread {
        /// Its name where it is known, else the last part of its ARN.
        permission_set: String,
    },
    /// An approved permission set is not there.
    PermissionSetGone {
        /// The permission set's name.
        permission_set: String,
    },
    /// An account does not have the newest version of a permission set.
    NotProvisioned {
        /// The permission set's name.
        permission_set: String,
        /// The account.
        account: String,
    },
    /// A user's value cannot be a session tag.
    ValueNotATag {
        /// The session tag's key.
        key: String,
        /// The user.
        user_id: String,
        /// What is wrong with the value.
        problem: ValueProblem,
    },
}

/// A permission set, as far as findings need it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenPermissionSet {
    /// When it was looked at.
    pub time: Timestamp,
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// The digest of its policies as they are written; none where they have none.
    pub policy_digest: Option<String>,
    /// That of their canonical form; none where they have none, or were looked at before there was one.
    pub canonical_digest: Option<String>,
    /// Keys of session tags that it mentions, in lower case.
    pub keys: BTreeSet<String>,
    /// Accounts that lack its newest version.
    pub outdated_in: Vec<String>,
    /// Every account that has it; none where nobody asked.
    pub accounts: Option<Vec<String>>,
}

impl SeenPermissionSet {
    /// Whether its policies have this digest; none where that was not seen.
    pub fn has(&self, digest: &PolicyDigest) -> Option<bool> {
        digest.is_of(self.policy_digest.as_deref(), self.canonical_digest.as_deref())
    }
}

impl Finding {
    /// The names of all kinds.
    pub const KINDS: [&str; 13] = [
        "access_control_off",
        "mapping_missing",
        "mapping_source_differs",
        "mapping_not_approved",
        "idp_key_mapped",
        "source_not_documented",
        "key_not_mapped",
        "policies_not_approved",
        "another_permission_set",
        "permission_set_unread",
        "permission_set_gone",
        "not_provisioned",
        "value_not_a_tag",
    ];

    /// Its kind, as metrics and JSON call it.
    pub fn kind(&self) -> &'static str {
        match self {
            Finding::AccessControlOff => "access_control_off",
            Finding::MappingMissing { .. } => "mapping_missing",
            Finding::MappingSourceDiffers { .. } => "mapping_source_differs",
            Finding::MappingNotApproved { .. } => "mapping_not_approved",
            Finding::IdpKeyMapped { .. } => "idp_key_mapped",
            Finding::SourceNotDocumented { .. } => "source_not_documented",
            Finding::KeyNotMapped { .. } => "key_not_mapped",
            Finding::PoliciesNotApproved { .. } => "policies_not_approved",
            Finding::AnotherPermissionSet { .. } => "another_permission_set",
            Finding::PermissionSetUnread { .. } => "permission_set_unread",
            Finding::PermissionSetGone { .. } => "permission_set_gone",
            Finding::NotProvisioned { .. } => "not_provisioned",
            Finding::ValueNotATag { .. } => "value_not_a_tag",
        }
    }

    /// Whether it says that the instance is not what the baseline says. The others are gaps of the instance itself.
    pub fn is_drift(&self) -> bool {
        match self {
            Finding::AccessControlOff
            | Finding::MappingMissing { .. }
            | Finding::MappingSourceDiffers { .. }
            | Finding::MappingNotApproved { .. }
            | Finding::IdpKeyMapped { .. }
            | Finding::PoliciesNotApproved { .. }
            | Finding::AnotherPermissionSet { .. }
            | Finding::PermissionSetGone { .. } => true,
            Finding::SourceNotDocumented { .. }
            | Finding::KeyNotMapped { .. }
            | Finding::NotProvisioned { .. }
            | Finding::PermissionSetUnread { .. }
            | Finding::ValueNotATag { .. } => false,
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Finding::AccessControlOff => {
                formatter.write_str("attributes for access control are off: no session gets a tag")
            }
            Finding::MappingMissing { key } => {
                write!(formatter, "the approved mapping of {key} is not there")
            }
            Finding::MappingSourceDiffers { key } => {
                write!(formatter, "the mapping of {key} has another source than the approved one")
            }
            Finding::MappingNotApproved { key } => write!(formatter, "nobody approved the mapping of {key}"),
            Finding::IdpKeyMapped { key } => {
                write!(formatter, "the IdP sends {key}, and a mapping overrides what it says")
            }
            Finding::SourceNotDocumented { key } => {
                write!(formatter, "the mapping of {key} has a source that Identity Center does not document")
            }
            Finding::KeyNotMapped { key, permission_sets } => {
                let names: Vec<&str> = permission_sets.iter().map(String::as_str).collect();
                write!(formatter, "nobody sends the session tag {key}, mentioned by {}", names.join(", "))
            }
            Finding::PoliciesNotApproved { permission_set } => {
                write!(formatter, "the policies of {permission_set} are not the approved ones")
            }
            Finding::AnotherPermissionSet { permission_set, found } => {
                write!(
                    formatter,
                    "the ARN that the baseline has for {permission_set} is that of {found}; did you mean {found}, or \
                     another ARN?"
                )
            }
            Finding::PermissionSetUnread { permission_set } => {
                write!(formatter, "the permission set {permission_set} could not be read")
            }
            Finding::PermissionSetGone { permission_set } => {
                write!(formatter, "the approved permission set {permission_set} is not there")
            }
            Finding::NotProvisioned { permission_set, account } => {
                write!(formatter, "account {account} lacks the newest version of {permission_set}")
            }
            Finding::ValueNotATag { key, user_id, problem } => {
                write!(
                    formatter,
                    "user {user_id} has a value for {key} that cannot be a session tag: {problem}"
                )
            }
        }
    }
}

/// What the mappings show. While AWS says neither that they are on nor that they are off, they show nothing.
pub fn of_mappings(access_control: &AccessControl, baseline: &Baseline) -> Vec<Finding> {
    let live = match access_control {
        AccessControl::Enabled(live) => live,
        AccessControl::Disabled => return vec![Finding::AccessControlOff],
        AccessControl::Pending => return Vec::new(),
    };
    let mut findings = Vec::new();
    for approved in baseline.mappings() {
        let Owner::IdentityStore(source) = approved.owner else {
            continue;
        };
        let key = || approved.key.clone();
        match live.iter().find(|mapping| is_same_key(&mapping.key, &approved.key)) {
            None => findings.push(Finding::MappingMissing { key: key() }),
            Some(mapping) if mapping.source != source.expression() => {
                findings.push(Finding::MappingSourceDiffers { key: key() });
            }
            Some(_) => {}
        }
    }
    for mapping in live {
        let key = || mapping.key.clone();
        match baseline.mapping(&mapping.key).map(|approved| approved.owner) {
            None => findings.push(Finding::MappingNotApproved { key: key() }),
            Some(Owner::Idp) => findings.push(Finding::IdpKeyMapped { key: key() }),
            Some(Owner::IdentityStore(_)) => {}
        }
        if AttributeSource::parse(&mapping.source).is_none() {
            findings.push(Finding::SourceNotDocumented { key: key() });
        }
    }
    findings
}

/// What the permission sets show. `all` are the ARNs of every one of the instance, `seen` those that were looked at.
pub fn of_permission_sets(
    all: &BTreeSet<String>,
    seen: &[SeenPermissionSet],
    access_control: &AccessControl,
    baseline: &Baseline,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let gone = baseline.permission_sets().filter(|(_, approved)| !all.contains(&approved.arn));
    findings.extend(gone.map(|(name, _)| Finding::PermissionSetGone { permission_set: name.to_owned() }));
    let mut unsent: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for set in seen {
        let approved = baseline.permission_sets().find(|(_, approved)| approved.arn == set.arn);
        // What was only seen is not approved, and it is told all the same when it changes.
        let digest = approved
            .and_then(|(_, approved)| approved.policy_digest.as_ref().or(approved.seen_digest.as_ref()));
        if let Some((name, _)) = approved.filter(|(name, _)| *name != set.name) {
            let (permission_set, found) = (name.to_owned(), set.name.clone());
            findings.push(Finding::AnotherPermissionSet { permission_set, found });
        } else if digest.is_some_and(|digest| set.has(digest) == Some(false)) {
            findings.push(Finding::PoliciesNotApproved { permission_set: set.name.clone() });
        }
        for account in &set.outdated_in {
            let (permission_set, account) = (set.name.clone(), account.clone());
            findings.push(Finding::NotProvisioned { permission_set, account });
        }
        for key in set.keys.iter().filter(|key| !is_sent(key, access_control, baseline)) {
            unsent.entry(key).or_default().insert(set.name.clone());
        }
    }
    let unsent = unsent.into_iter();
    findings.extend(
        unsent.map(|(key, permission_sets)| Finding::KeyNotMapped { key: key.to_owned(), permission_sets }),
    );
    findings
}

/// Whether a key is mapped or comes from the IdP. An approved mapping that is gone is a finding of its own.
fn is_sent(key: &str, access_control: &AccessControl, baseline: &Baseline) -> bool {
    let is_live = match access_control {
        AccessControl::Enabled(live) => live.iter().any(|mapping| is_same_key(&mapping.key, key)),
        AccessControl::Disabled => false,
        // Nobody knows what is mapped.
        AccessControl::Pending => true,
    };
    is_live || baseline.mapping(key).is_some()
}

/// What one user's attributes show, by the mappings that are live.
pub fn of_user(user: &User, live: &[AttributeMapping]) -> Vec<Finding> {
    let finding = |mapping: &AttributeMapping| {
        let value = user.value_of(AttributeSource::parse(&mapping.source)?)?;
        let problem = value_problem(value)?;
        Some(Finding::ValueNotATag { key: mapping.key.clone(), user_id: user.user_id.clone(), problem })
    };
    live.iter().filter_map(finding).collect()
}
