//! The failures and changes that are told apart: a file each, found in one table.

pub(super) mod access_control_turned_off;
pub(super) mod access_ended;
pub(super) mod external_sign_in_failed;
pub(super) mod identity_source_changed;
pub(super) mod instance_key_refused;
pub(super) mod mapping_keys_numbered;
pub(super) mod mappings_changed;
pub(super) mod mappings_refused;
pub(super) mod no_assignment;
pub(super) mod role_chained;
pub(super) mod scim_refused;
pub(super) mod scim_token_expires;
pub(super) mod sign_in_failed;
pub(super) mod user_changed;

use super::event::Event;
use super::{About, Found};

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// The answer of the external IdP was refused.
    ExternalSignInFailed,
    /// A password or a second factor was wrong.
    SignInFailed,
    /// The IdP's write of a user or a group was refused.
    ScimRefused,
    /// The token that the IdP writes with expires.
    ScimTokenExpires,
    /// The portal has no such account and permission set for the user.
    NoAssignment,
    /// A user was disabled or deleted, or lost a group or an assignment.
    AccessEnded,
    /// A user was made or changed.
    UserChanged,
    /// The external IdP's certificate or configuration was changed.
    IdentitySourceChanged,
    /// Attributes for access control were switched off.
    AccessControlTurnedOff,
    /// A tool wrote numbers in place of keys.
    MappingKeysNumbered,
    /// Somebody wrote the attribute mappings.
    MappingsChanged,
    /// A write of the attribute mappings was refused.
    MappingsRefused,
    /// The customer managed key of the instance refused.
    InstanceKeyRefused,
    /// A session took another role without its tags.
    RoleChained,
}

/// When a cause applies. The first one does.
pub(super) type Rule = fn(&Event<'_>) -> Option<Found>;

pub(super) const RULES: [(Cause, Rule); 14] = [
    (Cause::ExternalSignInFailed, external_sign_in_failed::by_record),
    (Cause::SignInFailed, sign_in_failed::by_record),
    (Cause::ScimRefused, scim_refused::by_record),
    (Cause::ScimTokenExpires, scim_token_expires::by_event),
    (Cause::NoAssignment, no_assignment::by_record),
    (Cause::AccessEnded, access_ended::by_record),
    (Cause::UserChanged, user_changed::by_record),
    (Cause::IdentitySourceChanged, identity_source_changed::by_record),
    (Cause::AccessControlTurnedOff, access_control_turned_off::by_record),
    (Cause::MappingKeysNumbered, mapping_keys_numbered::by_record),
    (Cause::MappingsChanged, mappings_changed::by_record),
    (Cause::MappingsRefused, mappings_refused::by_record),
    (Cause::InstanceKeyRefused, instance_key_refused::by_record),
    (Cause::RoleChained, role_chained::by_record),
];

impl Cause {
    /// Every cause.
    pub const ALL: [Cause; 14] = [
        Cause::ExternalSignInFailed,
        Cause::SignInFailed,
        Cause::ScimRefused,
        Cause::ScimTokenExpires,
        Cause::NoAssignment,
        Cause::AccessEnded,
        Cause::UserChanged,
        Cause::IdentitySourceChanged,
        Cause::AccessControlTurnedOff,
        Cause::MappingKeysNumbered,
        Cause::MappingsChanged,
        Cause::MappingsRefused,
        Cause::InstanceKeyRefused,
        Cause::RoleChained,
    ];

    /// What is known of it.
    pub fn about(self) -> &'static About {
        match self {
            Cause::ExternalSignInFailed => &external_sign_in_failed::ABOUT,
            Cause::SignInFailed => &sign_in_failed::ABOUT,
            Cause::ScimRefused => &scim_refused::ABOUT,
            Cause::ScimTokenExpires => &scim_token_expires::ABOUT,
            Cause::NoAssignment => &no_assignment::ABOUT,
            Cause::AccessEnded => &access_ended::ABOUT,
            Cause::UserChanged => &user_changed::ABOUT,
            Cause::IdentitySourceChanged => &identity_source_changed::ABOUT,
            Cause::AccessControlTurnedOff => &access_control_turned_off::ABOUT,
            Cause::MappingKeysNumbered => &mapping_keys_numbered::ABOUT,
            Cause::MappingsChanged => &mappings_changed::ABOUT,
            Cause::MappingsRefused => &mappings_refused::ABOUT,
            Cause::InstanceKeyRefused => &instance_key_refused::ABOUT,
            Cause::RoleChained => &role_chained::ABOUT,
        }
    }

    /// The one of this name.
    pub fn named(name: &str) -> Option<Cause> {
        Cause::ALL.into_iter().find(|cause| cause.name() == name)
    }

    /// Its name in JSON, logs and metric dimensions.
    pub fn name(self) -> &'static str {
        self.about().name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cause_has_one_rule() {
        let ruled: Vec<Cause> = RULES.iter().map(|(cause, _)| *cause).collect();
        assert_eq!(ruled, Cause::ALL);
    }
}
