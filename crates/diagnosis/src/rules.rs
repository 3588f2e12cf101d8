//! The order in which causes are looked for: the first rule that applies is the diagnosis.

use crate::approved::baseline::Baseline;
use crate::case::verdict::Verdict;
use crate::case::{Case, Focus, NoCase};
use crate::cause::{self, Cause};
use crate::cloudtrail::failure::Failure;
use crate::needs::Need::{self, *};

/// One way in which a cause shows.
pub struct Rule {
    /// Its name, `cause.rule`.
    pub id: &'static str,
    /// The cause that it finds.
    pub cause: Cause,
    /// When it applies.
    pub when: &'static str,
    /// What has to be so before it is looked at more closely.
    needs: &'static [Need],
    find: Find,
}

/// Each stands in the file of its cause.
#[derive(Clone, Copy)]
enum Find {
    /// The record alone decides it.
    Record(fn(&Failure, &Baseline) -> Option<Verdict>),
    /// There is nothing to evaluate.
    NoCase(fn(&Failure, &NoCase) -> Option<Verdict>),
    /// It takes what AWS says now.
    Facts(fn(&Case<'_>) -> Option<Verdict>),
}

/// A rule that was tried and did not apply.
#[derive(Clone, Copy, Debug)]
pub struct Tried {
    /// The rule.
    pub rule: &'static Rule,
    /// What spoke against it; none where what it needs is there, and it did not find what it looks for.
    pub against: Option<&'static str>,
}

/// The rule that applied, and those that did not.
pub(crate) struct Found {
    pub(crate) rule: &'static Rule,
    pub(crate) verdict: Verdict,
    pub(crate) tried: Vec<Tried>,
}

impl PartialEq for Rule {
    fn eq(&self, other: &Rule) -> bool {
        self.id == other.id
    }
}

impl Eq for Rule {}

impl std::fmt::Debug for Rule {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.id)
    }
}

use Cause as C;
use Find::{Facts, NoCase as Unread, Record};

const fn rule(
    cause: Cause,
    id: &'static str,
    needs: &'static [Need],
    when: &'static str,
    find: Find,
) -> Rule {
    Rule { id, cause, when, needs, find }
}

/// The table. A cause stands in it once for each way in which it shows. The last of each kind applies always.
#[rustfmt::skip]
static TABLE: &[Rule] = &[
    // What the record alone decides.
    rule(C::OwnFailure, "own_failure.by_role", &[],
        "the caller is one of the roles that the baseline names as Tagmend's own",
        Record(cause::own_failure::by_role)),
    rule(C::Throttled, "throttled.by_code", &[Throttled],
        "the error code says that there were too many calls",
        Record(cause::throttled::by_code)),
    rule(C::NotIdentityCenter, "not_identity_center.by_role", &[],
        "the caller is no session of a role that Identity Center made",
        Record(cause::not_identity_center::by_role)),
    rule(C::Undetermined, "undetermined.accounts_disagree", &[],
        "the role, the caller, the recipient and the envelope name more than one account",
        Record(cause::undetermined::accounts_disagree)),
    rule(C::OutOfScope, "out_of_scope.by_account", &[],
        "the account is not in the baseline",
        Record(cause::out_of_scope::by_account)),
    rule(C::Undetermined, "undetermined.message_of_somebody_else", &[],
        "the message names another caller than the record",
        Record(cause::undetermined::message_of_somebody_else)),
    rule(C::ServiceNotEnabled, "service_not_enabled.by_code_or_message", &[],
        "the error code or the message says that the service, the Region or the feature is not turned on",
        Record(cause::service_not_enabled::by_code_or_message)),
    rule(C::S3Setting, "s3_setting.by_message", &[],
        "the message says that a setting of the bucket or the account refuses the call",
        Record(cause::s3_setting::by_message)),
    rule(C::SessionPolicy, "session_policy.by_message", &[SaysSession],
        "the message names a session policy",
        Record(cause::session_policy::by_message)),
    rule(C::RoleTrustPolicy, "role_trust_policy.by_message", &[SaysTrust],
        "the message names a role's trust policy",
        Record(cause::role_trust_policy::by_message)),
    rule(C::ServiceControlPolicy, "service_control_policy.by_message", &[SaysServiceControl],
        "the message names a service control policy, and none that could be read",
        Record(cause::service_control_policy::by_message)),
    rule(C::ResourceControlPolicy, "resource_control_policy.by_message", &[SaysResourceControl],
        "the message names a resource control policy, and none that could be read",
        Record(cause::resource_control_policy::by_message)),
    rule(C::VpcEndpointPolicy, "vpc_endpoint_policy.by_message", &[SaysEndpoint],
        "the message names the policy of a VPC endpoint, and none that could be read",
        Record(cause::vpc_endpoint_policy::by_message)),
    rule(C::KmsKey, "kms_key.by_message", &[],
        "the message names the policy of a KMS key that could not be read from here, or says that the key refused",
        Record(cause::kms_key::by_message)),
    rule(C::ResourcePolicy, "resource_policy.by_message", &[SaysResource],
        "the message names the policy of a resource that is no KMS key",
        Record(cause::resource_policy::by_message)),
    rule(C::PermissionsBoundary, "permissions_boundary.by_message", &[SaysBoundary],
        "the message names the boundary of a role that is no permission set's",
        Record(cause::permissions_boundary::by_message)),
    rule(C::Undetermined, "undetermined.request_expired", &[],
        "the message says that the request had expired",
        Record(cause::undetermined::request_expired)),
    rule(C::Undetermined, "undetermined.not_understood", &[HasResidue],
        "the message is cut off, or has words that Tagmend does not know",
        Record(cause::undetermined::not_understood)),
    rule(C::Undetermined, "undetermined.role_of_the_member_account", &[],
        "the caller is a role of a member account, not of a permission set",
        Record(cause::undetermined::role_of_the_member_account)),
    // Nothing can be evaluated: what the message says is true all the same.
    rule(C::ServiceControlPolicy, "service_control_policy.without_facts", &[SaysServiceControl],
        "something that every evaluation takes is not there, and the message names a service control policy",
        Unread(cause::service_control_policy::without_facts)),
    rule(C::ResourceControlPolicy, "resource_control_policy.without_facts", &[SaysResourceControl],
        "something that every evaluation takes is not there, and the message names a resource control policy",
        Unread(cause::resource_control_policy::without_facts)),
    rule(C::VpcEndpointPolicy, "vpc_endpoint_policy.without_facts", &[SaysEndpoint],
        "something that every evaluation takes is not there, and the message names the policy of a VPC endpoint",
        Unread(cause::vpc_endpoint_policy::without_facts)),
    rule(C::PermissionsBoundary, "permissions_boundary.without_facts", &[SaysBoundary],
        "something that every evaluation takes is not there, and the message names a permissions boundary",
        Unread(cause::permissions_boundary::without_facts)),
    rule(C::KmsKey, "kms_key.without_facts", &[SaysResource],
        "something that every evaluation takes is not there, and the message names the policy of a KMS key",
        Unread(cause::kms_key::without_facts)),
    rule(C::Undetermined, "undetermined.without_facts", &[],
        "something that every evaluation takes is not there: permission set, user, mappings, policies, or a certain action",
        Unread(cause::undetermined::without_facts)),
    // What is there of the policies.
    rule(C::ServiceControlPolicy, "service_control_policy.unexamined", &[SaysServiceControl],
        "the service control policy that the message names cannot be read, or the account runs an older permission set",
        Facts(cause::service_control_policy::unexamined)),
    rule(C::ResourceControlPolicy, "resource_control_policy.unexamined", &[SaysResourceControl],
        "the resource control policy that the message names cannot be read, or the account runs an older permission set",
        Facts(cause::resource_control_policy::unexamined)),
    rule(C::VpcEndpointPolicy, "vpc_endpoint_policy.unexamined", &[SaysEndpoint],
        "the endpoint's policy cannot be read, or the account runs an older permission set",
        Facts(cause::vpc_endpoint_policy::unexamined)),
    rule(C::PermissionsBoundary, "permissions_boundary.unexamined", &[SaysBoundary],
        "the permissions boundary cannot be read",
        Facts(cause::permissions_boundary::unexamined)),
    rule(C::KmsKey, "kms_key.by_key_policy", &[SaysResource],
        "the message names the policy of a KMS key of this account",
        Facts(cause::kms_key::by_key_policy)),
    rule(C::NotProvisioned, "not_provisioned.newest_would_allow", &[Outdated],
        "the message says that the permission set denied, and its newest policies allow with all three sets of tags",
        Facts(cause::not_provisioned::newest_would_allow)),
    rule(C::Undetermined, "undetermined.outdated", &[Outdated],
        "the account runs an older version of the permission set, and nothing proves that this decides",
        Facts(cause::undetermined::outdated)),
    // Denied for sure with the tags that the session carries.
    rule(C::Undetermined, "undetermined.contradiction", &[Denied, OfThePermissionSet],
        "the policies that can be read do not fit what the message says of them",
        Facts(cause::undetermined::contradiction)),
    rule(C::StaleSession, "stale_session.by_sign_in", &[Recorded, Denied],
        "the sign-in record shows other tags than a new session would get, and those would flip the decision",
        Facts(cause::stale_session::by_sign_in)),
    rule(C::AccessControlOff, "access_control_off.by_tags", &[AccessControlOff],
        "attributes for access control are off, and approved tags would flip the decision",
        Facts(cause::access_control_off::by_tags)),
    rule(C::MappingSourceDiffers, "mapping_source_differs.by_tags", &[Denied],
        "a key that decides is mapped from another source than the approved one",
        Facts(cause::mapping_source_differs::by_tags)),
    rule(C::MappingMissing, "mapping_missing.by_tags", &[Denied],
        "approved keys that no mapping sends would flip the decision",
        Facts(cause::mapping_missing::by_tags)),
    rule(C::Undetermined, "undetermined.open_as_approved", &[Denied, OfThePermissionSet],
        "with the approved tags the decision depends on what nobody could read",
        Facts(cause::undetermined::open_as_approved)),
    rule(C::KeyOwnedByIdp, "key_owned_by_idp.overridden", &[Denied],
        "a mapping overrides a key that the IdP sends, and with another value the decision could flip",
        Facts(cause::key_owned_by_idp::overridden)),
    rule(C::IdpStoppedSending, "idp_stopped_sending.by_sign_in", &[Recorded, Denied],
        "the sign-in record lacks a key that the IdP sends, and with a value the decision could flip",
        Facts(cause::idp_stopped_sending::by_sign_in)),
    rule(C::UserHasNoValue, "user_has_no_value.by_tags", &[Denied],
        "the user has no value for an approved key, and with a value the decision could flip",
        Facts(cause::user_has_no_value::by_tags)),
    rule(C::ActionIgnoresResourceTags, "action_ignores_resource_tags.by_reference", &[],
        "the policies ask for tags of the resource, and the reference lists none for the action",
        Facts(cause::action_ignores_resource_tags::by_reference)),
    rule(C::BucketAbacOff, "bucket_abac_off.by_setting", &[],
        "the policies ask for tags of the bucket, and the bucket takes no part in ABAC",
        Facts(cause::bucket_abac_off::by_setting)),
    rule(C::ResourceTag, "resource_tag.differs", &[Denied],
        "the tags of the resource were read, and others would flip the decision",
        Facts(cause::resource_tag::differs)),
    rule(C::RequestTag, "request_tag.differs", &[Denied],
        "the record shows the tags of the request, and others would flip the decision",
        Facts(cause::request_tag::differs)),
    rule(C::Intended, "intended.by_policies", &[Denied, OfThePermissionSet],
        "every policy could be read, and they deny with the tags carried and with the approved ones",
        Facts(cause::intended::by_policies)),
    rule(C::Undetermined, "undetermined.denied_beside_what_nobody_saw", &[Denied, OfThePermissionSet],
        "the policies that could be read deny, and there are others that nobody could read",
        Facts(cause::undetermined::denied_beside_what_nobody_saw)),
    // Not denied for sure: then why was it denied?
    rule(C::StaleSession, "stale_session.older_than_fix", &[NotRecorded, NotDenied],
        "the session began before a mapping was restored without which the call is denied",
        Facts(cause::stale_session::older_than_fix)),
    rule(C::StaleSession, "stale_session.older_than_user", &[NotRecorded, Allowed],
        "the session began before the user was last changed, and the user's values decide",
        Facts(cause::stale_session::older_than_user)),
    rule(C::EventualConsistency, "eventual_consistency.after_change", &[Allowed],
        "the call was made before, or within five minutes after, a change of Tagmend's that decides it",
        Facts(cause::eventual_consistency::after_change)),
    rule(C::Undetermined, "undetermined.deny_that_nobody_sees", &[NotDenied],
        "the message says that a statement denies, and none that can be read does",
        Facts(cause::undetermined::deny_that_nobody_sees)),
    rule(C::KmsKey, "kms_key.tags_not_in_effect", &[Allowed],
        "the call is allowed with the key's tags as they are now, and depends on them",
        Facts(cause::kms_key::tags_not_in_effect)),
    rule(C::KeyOwnedByIdp, "key_owned_by_idp.unknown", &[Open],
        "the decision depends on a key that the IdP sends and nobody here can read",
        Facts(cause::key_owned_by_idp::unknown)),
    rule(C::MappingSourceDiffers, "mapping_source_differs.open", &[Open],
        "a key that the call needs is mapped from another source than the approved one",
        Facts(cause::mapping_source_differs::open)),
    rule(C::ResourceTag, "resource_tag.unknown", &[Open],
        "the decision depends on tags of the resource alone, which nobody could read",
        Facts(cause::resource_tag::unknown)),
    rule(C::RequestTag, "request_tag.unknown", &[Open],
        "the decision depends on tags of the request alone, which the record does not show",
        Facts(cause::request_tag::unknown)),
    // The message names the policy's type, whatever can be said of it.
    rule(C::ServiceControlPolicy, "service_control_policy.named", &[SaysServiceControl],
        "the message names a service control policy, whatever can be said of it",
        Facts(|case| case.named_type(Focus::ServiceControl))),
    rule(C::ResourceControlPolicy, "resource_control_policy.named", &[SaysResourceControl],
        "the message names a resource control policy, whatever can be said of it",
        Facts(|case| case.named_type(Focus::ResourceControl))),
    rule(C::VpcEndpointPolicy, "vpc_endpoint_policy.named", &[SaysEndpoint],
        "the message names the policy of a VPC endpoint, whatever can be said of it",
        Facts(|case| case.named_type(Focus::Endpoint))),
    rule(C::PermissionsBoundary, "permissions_boundary.named", &[SaysBoundary],
        "the message names a permissions boundary, whatever can be said of it",
        Facts(|case| case.named_type(Focus::Boundary))),
    rule(C::Undetermined, "undetermined.depends_on_unread", &[Open],
        "the decision depends on what nobody could read",
        Facts(cause::undetermined::depends_on_unread)),
    rule(C::Undetermined, "undetermined.allowed_here", &[],
        "the policies that could be read allow the call",
        Facts(cause::undetermined::allowed_here)),
];

/// What is left where none of the table applies.
static NO_RULE: Rule = rule(
    C::Undetermined,
    "undetermined.no_rule",
    &[],
    "no other rule applies",
    Record(|_, _| Some(Verdict::say("no rule applies"))),
);

/// Every rule, in the order in which they are tried.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    TABLE.iter().chain([&NO_RULE])
}

/// The first rule that the record alone decides; else what spoke against each.
pub(crate) fn by_record(failure: &Failure, baseline: &Baseline) -> Result<Found, Vec<Tried>> {
    first(failure, None, |find| match find {
        Record(find) => Some(find(failure, baseline)),
        Unread(_) | Facts(_) => None,
    })
}

/// The rule of a denial of which nothing can be evaluated.
pub(crate) fn without_case(failure: &Failure, reason: &NoCase) -> Found {
    let found = first(failure, None, |find| match find {
        Unread(find) => Some(find(failure, reason)),
        Record(_) | Facts(_) => None,
    });
    found.unwrap_or_else(no_rule)
}

/// The first rule that applies to a case.
pub(crate) fn by_facts(case: &Case<'_>) -> Found {
    let found = first(case.failure, Some(case), |find| match find {
        Facts(find) => Some(find(case)),
        Record(_) | Unread(_) => None,
    });
    found.unwrap_or_else(no_rule)
}

pub(crate) fn no_rule(tried: Vec<Tried>) -> Found {
    Found { rule: &NO_RULE, verdict: Verdict::say("no rule applies"), tried }
}

/// The first of the rules of one kind that applies; `find` has nothing to say of other kinds.
fn first(
    failure: &Failure,
    case: Option<&Case<'_>>,
    find: impl Fn(Find) -> Option<Option<Verdict>>,
) -> Result<Found, Vec<Tried>> {
    let mut tried = Vec::new();
    for rule in TABLE {
        match find(rule.find) {
            None => {}
            Some(Some(verdict)) => return Ok(Found { rule, verdict, tried }),
            Some(None) => {
                let against = rule.needs.iter().find_map(|need| need.lacks(failure, case));
                tried.push(Tried { rule, against });
            }
        }
    }
    Err(tried)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_cause_has_rules_and_their_names_begin_with_its_own() {
        for cause in Cause::ALL {
            assert!(TABLE.iter().any(|rule| rule.cause == cause), "{cause:?}");
        }
        let ids: BTreeSet<&str> = rules().map(|rule| rule.id).collect();
        assert_eq!(ids.len(), rules().count(), "a name is there twice");
        for rule in rules() {
            assert_eq!(rule.id.split_once('.').map(|(cause, _)| cause), Some(rule.cause.name()));
        }
    }

    #[test]
    fn the_files_of_causes_are_the_list_of_causes() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/cause");
        let files: BTreeSet<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|file| file.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
            .filter(|name| name != "about")
            .collect();
        let causes: BTreeSet<String> = Cause::ALL.iter().map(|cause| cause.name().to_owned()).collect();
        assert_eq!(files, causes);
    }
}
