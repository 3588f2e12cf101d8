//! The causes that are told apart.

/// The four buckets in which an engineer on call sorts failures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bucket {
    /// A policy said no.
    Permission,
    /// The policy of a VPC endpoint said no.
    Network,
    /// Too many calls.
    Quota,
    /// None of these.
    Service,
}

/// Why a call failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// An approved mapping is gone from the instance.
    MappingMissing,
    /// The permission set was changed and not provisioned to the account.
    NotProvisioned,
    /// The mapping is there and the user has no value.
    UserHasNoValue,
    /// The mapping is there with another source than the approved one.
    MappingSourceDiffers,
    /// It turns on a key that the IdP sends.
    KeyOwnedByIdp,
    /// The session began before the tags were right.
    StaleSession,
    /// It turns on the tags of the resource.
    ResourceTag,
    /// A policy of another type denied.
    OtherPolicyType,
    /// Attributes for access control are off.
    AccessControlOff,
    /// Too many calls.
    Throttled,
    /// The policies mean to deny it.
    Intended,
    /// The caller is no session of a permission set.
    NotIdentityCenter,
    /// The caller is Tagmend.
    OwnFailure,
    /// The account is not in the baseline's scope.
    OutOfScope,
    /// What can be read does not decide it.
    Undetermined,
}

impl Cause {
    /// Every cause.
    pub const ALL: [Cause; 15] = [
        Cause::MappingMissing,
        Cause::NotProvisioned,
        Cause::UserHasNoValue,
        Cause::MappingSourceDiffers,
        Cause::KeyOwnedByIdp,
        Cause::StaleSession,
        Cause::ResourceTag,
        Cause::OtherPolicyType,
        Cause::AccessControlOff,
        Cause::Throttled,
        Cause::Intended,
        Cause::NotIdentityCenter,
        Cause::OwnFailure,
        Cause::OutOfScope,
        Cause::Undetermined,
    ];

    /// Its name in JSON, logs and metric dimensions.
    pub fn name(self) -> &'static str {
        match self {
            Cause::MappingMissing => "mapping_missing",
            Cause::NotProvisioned => "not_provisioned",
            Cause::UserHasNoValue => "user_has_no_value",
            Cause::MappingSourceDiffers => "mapping_source_differs",
            Cause::KeyOwnedByIdp => "key_owned_by_idp",
            Cause::StaleSession => "stale_session",
            Cause::ResourceTag => "resource_tag",
            Cause::OtherPolicyType => "other_policy_type",
            Cause::AccessControlOff => "access_control_off",
            Cause::Throttled => "throttled",
            Cause::Intended => "intended",
            Cause::NotIdentityCenter => "not_identity_center",
            Cause::OwnFailure => "own_failure",
            Cause::OutOfScope => "out_of_scope",
            Cause::Undetermined => "undetermined",
        }
    }

    /// Its name for people.
    pub fn title(self) -> &'static str {
        match self {
            Cause::MappingMissing => "attribute mapping missing",
            Cause::NotProvisioned => "permission set not provisioned",
            Cause::UserHasNoValue => "user has no value",
            Cause::MappingSourceDiffers => "mapping has another source",
            Cause::KeyOwnedByIdp => "key comes from the IdP",
            Cause::StaleSession => "stale session",
            Cause::ResourceTag => "resource tag decides",
            Cause::OtherPolicyType => "denied by another policy type",
            Cause::AccessControlOff => "attributes for access control are off",
            Cause::Throttled => "throttled",
            Cause::Intended => "denied as intended",
            Cause::NotIdentityCenter => "not an Identity Center session",
            Cause::OwnFailure => "Tagmend's own failure",
            Cause::OutOfScope => "account out of scope",
            Cause::Undetermined => "not decided here",
        }
    }

    /// Who has to act, in a word.
    pub fn actor(self) -> &'static str {
        match self {
            Cause::MappingMissing | Cause::NotProvisioned => "Tagmend",
            Cause::UserHasNoValue => "owner of the identity source",
            Cause::MappingSourceDiffers | Cause::AccessControlOff => "administrator of Identity Center",
            Cause::KeyOwnedByIdp => "owner of the IdP",
            Cause::StaleSession => "the user: sign in again",
            Cause::ResourceTag => "owner of the resource",
            Cause::OtherPolicyType => "owner of the policy",
            Cause::Throttled => "the caller: slow down",
            Cause::Intended | Cause::NotIdentityCenter => "nobody",
            Cause::OwnFailure => "operator of Tagmend",
            Cause::OutOfScope => "owner of the baseline",
            Cause::Undetermined => "a person",
        }
    }

    /// Who has to do what, where Tagmend does not act.
    pub fn advice(self) -> &'static str {
        match self {
            Cause::MappingMissing => "Tagmend can restore the approved mapping; then sign in again",
            Cause::NotProvisioned => "Tagmend can provision the permission set to this account",
            Cause::UserHasNoValue => {
                "ask the owner of the identity source (IdP or SCIM) to fill in the attribute; a value written by hand is overwritten at the next sync"
            }
            Cause::MappingSourceDiffers => {
                "ask who changed the mapping: either it goes back to the approved source, or the baseline follows"
            }
            Cause::KeyOwnedByIdp => {
                "ask the IdP's owner whether the SAML assertion carries the attribute; a mapping in Identity Center would override it"
            }
            Cause::StaleSession => {
                "sign in again: a session keeps the tags it began with, for up to twelve hours"
            }
            Cause::ResourceTag => {
                "ask the owner of the resource to compare its tag with the user's attribute"
            }
            Cause::OtherPolicyType => "ask the owner of the policy that is named",
            Cause::AccessControlOff => {
                "ask an administrator of Identity Center to turn on attributes for access control; Tagmend never does"
            }
            Cause::Throttled => "slow down the caller, or ask for a higher quota",
            Cause::Intended => "nothing is broken; access is asked for at the permission set's owner",
            Cause::NotIdentityCenter => "nothing that Tagmend looks after",
            Cause::OwnFailure => "look at Tagmend's role and its alarms",
            Cause::OutOfScope => "add the account to the baseline if Tagmend should look after it",
            Cause::Undetermined => "look at the evidence; a person has to decide",
        }
    }
}
