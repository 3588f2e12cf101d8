//! The causes that are told apart: a file each, found in one table.

mod about;
pub(crate) mod access_control_off;
pub(crate) mod action_ignores_resource_tags;
pub(crate) mod bucket_abac_off;
pub(crate) mod eventual_consistency;
pub(crate) mod idp_stopped_sending;
pub(crate) mod intended;
pub(crate) mod key_owned_by_idp;
pub(crate) mod kms_key;
pub(crate) mod mapping_missing;
pub(crate) mod mapping_source_differs;
pub(crate) mod not_identity_center;
pub(crate) mod not_provisioned;
pub(crate) mod out_of_scope;
pub(crate) mod own_failure;
pub(crate) mod permissions_boundary;
pub(crate) mod request_tag;
pub(crate) mod resource_control_policy;
pub(crate) mod resource_policy;
pub(crate) mod resource_tag;
pub(crate) mod role_trust_policy;
pub(crate) mod s3_setting;
pub(crate) mod service_control_policy;
pub(crate) mod service_not_enabled;
pub(crate) mod session_policy;
pub(crate) mod stale_session;
pub(crate) mod throttled;
pub(crate) mod undetermined;
pub(crate) mod user_has_no_value;
pub(crate) mod vpc_endpoint_policy;

pub use about::{About, Bucket};

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
    /// It depends on a key that the IdP sends.
    KeyOwnedByIdp,
    /// The IdP does not send a key that it owns.
    IdpStoppedSending,
    /// The session began before the tags were right.
    StaleSession,
    /// It depends on the tags of the resource.
    ResourceTag,
    /// It depends on the tags that the request asks to create.
    RequestTag,
    /// The action is not authorized by tags of its resource.
    ActionIgnoresResourceTags,
    /// The bucket does not take part in ABAC.
    BucketAbacOff,
    /// The key's policy decides, or its tags are not yet in effect.
    KmsKey,
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
    /// A setting of the bucket or the account refuses it.
    S3Setting,
    /// The service, Region or feature is not turned on.
    ServiceNotEnabled,
    /// Attributes for access control are off.
    AccessControlOff,
    /// Too many calls.
    Throttled,
    /// A change was not yet in effect everywhere.
    EventualConsistency,
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
    pub const ALL: [Cause; 29] = [
        Cause::MappingMissing,
        Cause::NotProvisioned,
        Cause::UserHasNoValue,
        Cause::MappingSourceDiffers,
        Cause::KeyOwnedByIdp,
        Cause::IdpStoppedSending,
        Cause::StaleSession,
        Cause::ResourceTag,
        Cause::RequestTag,
        Cause::ActionIgnoresResourceTags,
        Cause::BucketAbacOff,
        Cause::KmsKey,
        Cause::ServiceControlPolicy,
        Cause::ResourceControlPolicy,
        Cause::PermissionsBoundary,
        Cause::SessionPolicy,
        Cause::ResourcePolicy,
        Cause::VpcEndpointPolicy,
        Cause::RoleTrustPolicy,
        Cause::S3Setting,
        Cause::ServiceNotEnabled,
        Cause::AccessControlOff,
        Cause::Throttled,
        Cause::EventualConsistency,
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
            Cause::IdpStoppedSending => &idp_stopped_sending::ABOUT,
            Cause::StaleSession => &stale_session::ABOUT,
            Cause::ResourceTag => &resource_tag::ABOUT,
            Cause::RequestTag => &request_tag::ABOUT,
            Cause::ActionIgnoresResourceTags => &action_ignores_resource_tags::ABOUT,
            Cause::BucketAbacOff => &bucket_abac_off::ABOUT,
            Cause::KmsKey => &kms_key::ABOUT,
            Cause::ServiceControlPolicy => &service_control_policy::ABOUT,
            Cause::ResourceControlPolicy => &resource_control_policy::ABOUT,
            Cause::PermissionsBoundary => &permissions_boundary::ABOUT,
            Cause::SessionPolicy => &session_policy::ABOUT,
            Cause::ResourcePolicy => &resource_policy::ABOUT,
            Cause::VpcEndpointPolicy => &vpc_endpoint_policy::ABOUT,
            Cause::RoleTrustPolicy => &role_trust_policy::ABOUT,
            Cause::S3Setting => &s3_setting::ABOUT,
            Cause::ServiceNotEnabled => &service_not_enabled::ABOUT,
            Cause::AccessControlOff => &access_control_off::ABOUT,
            Cause::Throttled => &throttled::ABOUT,
            Cause::EventualConsistency => &eventual_consistency::ABOUT,
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
