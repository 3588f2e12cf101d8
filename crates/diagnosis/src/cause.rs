//! The causes that are told apart: a file each, found in one table.

mod access_control_off;
mod intended;
mod key_owned_by_idp;
mod mapping_missing;
mod mapping_source_differs;
mod not_identity_center;
mod not_provisioned;
mod out_of_scope;
mod own_failure;
mod permissions_boundary;
mod resource_control_policy;
mod resource_policy;
mod resource_tag;
mod role_trust_policy;
mod service_control_policy;
mod session_policy;
mod stale_session;
mod throttled;
mod undetermined;
mod user_has_no_value;
mod vpc_endpoint_policy;

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
    /// A service control policy denied.
    ServiceControlPolicy,
    /// A resource control policy denied.
    ResourceControlPolicy,
    /// A permissions boundary denied.
    PermissionsBoundary,
    /// A session policy denied.
    SessionPolicy,
    /// A resource-based policy denied.
    ResourcePolicy,
    /// The policy of a VPC endpoint denied.
    VpcEndpointPolicy,
    /// A role trust policy denied.
    RoleTrustPolicy,
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

/// What is known of a cause, whatever the failure.
#[derive(Debug)]
pub struct About {
    /// Its name in JSON, logs and metric dimensions.
    pub name: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// Who has to act, in a few words.
    pub actor: &'static str,
    /// When a failure has this cause.
    pub condition: &'static str,
    /// What a diagnosis shows for it.
    pub evidence: &'static str,
    /// Who has to do what, where Tagmend does not act.
    pub advice: &'static str,
    /// The command to begin with.
    pub command: &'static str,
    /// Where AWS explains it.
    pub page: &'static str,
}

impl Cause {
    /// Every cause.
    pub const ALL: [Cause; 21] = [
        Cause::MappingMissing,
        Cause::NotProvisioned,
        Cause::UserHasNoValue,
        Cause::MappingSourceDiffers,
        Cause::KeyOwnedByIdp,
        Cause::StaleSession,
        Cause::ResourceTag,
        Cause::ServiceControlPolicy,
        Cause::ResourceControlPolicy,
        Cause::PermissionsBoundary,
        Cause::SessionPolicy,
        Cause::ResourcePolicy,
        Cause::VpcEndpointPolicy,
        Cause::RoleTrustPolicy,
        Cause::AccessControlOff,
        Cause::Throttled,
        Cause::Intended,
        Cause::NotIdentityCenter,
        Cause::OwnFailure,
        Cause::OutOfScope,
        Cause::Undetermined,
    ];

    /// What is known of it: the table of all causes.
    pub fn about(self) -> &'static About {
        match self {
            Cause::MappingMissing => &mapping_missing::ABOUT,
            Cause::NotProvisioned => &not_provisioned::ABOUT,
            Cause::UserHasNoValue => &user_has_no_value::ABOUT,
            Cause::MappingSourceDiffers => &mapping_source_differs::ABOUT,
            Cause::KeyOwnedByIdp => &key_owned_by_idp::ABOUT,
            Cause::StaleSession => &stale_session::ABOUT,
            Cause::ResourceTag => &resource_tag::ABOUT,
            Cause::ServiceControlPolicy => &service_control_policy::ABOUT,
            Cause::ResourceControlPolicy => &resource_control_policy::ABOUT,
            Cause::PermissionsBoundary => &permissions_boundary::ABOUT,
            Cause::SessionPolicy => &session_policy::ABOUT,
            Cause::ResourcePolicy => &resource_policy::ABOUT,
            Cause::VpcEndpointPolicy => &vpc_endpoint_policy::ABOUT,
            Cause::RoleTrustPolicy => &role_trust_policy::ABOUT,
            Cause::AccessControlOff => &access_control_off::ABOUT,
            Cause::Throttled => &throttled::ABOUT,
            Cause::Intended => &intended::ABOUT,
            Cause::NotIdentityCenter => &not_identity_center::ABOUT,
            Cause::OwnFailure => &own_failure::ABOUT,
            Cause::OutOfScope => &out_of_scope::ABOUT,
            Cause::Undetermined => &undetermined::ABOUT,
        }
    }

    /// Its name in JSON, logs and metric dimensions.
    pub fn name(self) -> &'static str {
        self.about().name
    }

    /// Its name for people.
    pub fn title(self) -> &'static str {
        self.about().title
    }

    /// Who has to act, in a few words.
    pub fn actor(self) -> &'static str {
        self.about().actor
    }

    /// Who has to do what, where Tagmend does not act.
    pub fn advice(self) -> &'static str {
        self.about().advice
    }
}
