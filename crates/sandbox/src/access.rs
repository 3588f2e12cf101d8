//! Who may call what: where roles are given, their policies decide on every call, as IAM would.

mod global;
mod needed;
mod table;

use std::collections::{BTreeMap, BTreeSet};

use iam_policy::{Context, Decision, Layers, Policy, PolicyError, Request, Resource, Value, evaluate};

use crate::answer::ServiceError;
use crate::member_session::HOME;
use crate::world::World;

pub(crate) use needed::Asked;

/// The organization of every account that the world knows.
const ORGANIZATION: &str = "o-sandbox0001";

/// The access key id of whoever calls without a role of its own.
const NOBODY: &str = "sandbox";

/// The role that reads in member accounts.
pub(crate) const READER: &str = "reader";
const EVERYTHING: &str =
    r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;

/// Who calls.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Caller<'a> {
    role: &'a str,
    account: &'a str,
}

impl<'a> Caller<'a> {
    /// A role of the account that the functions run in.
    pub(crate) fn at_home(role: &'a str) -> Caller<'a> {
        Caller { role, account: HOME }
    }

    /// A role of a member account.
    pub(crate) fn in_member(role: &'a str, account: &'a str) -> Caller<'a> {
        Caller { role, account }
    }
}

/// Identity policies of roles, and the policy of the journal's bucket. A call is made by the role that its access key id
/// names.
#[derive(Clone, Debug, Default)]
pub struct Roles {
    identity: BTreeMap<String, Vec<Policy>>,
    /// It only denies.
    bucket: Vec<Policy>,
}

impl Roles {
    /// Adds a role with these policies.
    ///
    /// # Errors
    /// Where one of them is no policy.
    pub fn add(&mut self, role: &str, policies: &[String]) -> Result<(), PolicyError> {
        let policies: Result<Vec<Policy>, PolicyError> =
            policies.iter().map(|policy| Policy::parse(policy)).collect();
        self.identity.insert(role.to_owned(), policies?);
        Ok(())
    }

    /// Gives the journal's bucket a policy, of which the Deny statements count.
    ///
    /// # Errors
    /// Where it is no policy.
    pub fn guard_journal(&mut self, policy: &str) -> Result<(), PolicyError> {
        self.bucket = vec![Policy::parse_resource_control(policy)?];
        Ok(())
    }
}

/// What is enforced, and what was used of it.
#[derive(Debug, Default)]
pub(crate) struct Access {
    /// None: everybody may do everything.
    pub(crate) roles: Option<Roles>,
    /// Roles with the actions and resources that they were allowed and used.
    pub(crate) used: BTreeSet<(String, String, String)>,
}

impl Access {
    /// As the world says.
    pub(crate) fn of(world: &World) -> Access {
        let roles = world.caller_policies.as_ref().map(|policies| {
            let policies = policies.iter().filter_map(|policy| Policy::parse(&policy.to_string()).ok());
            // What is no policy allows nothing. What the reader role may is said elsewhere: here it may everything.
            let everything = Policy::parse(EVERYTHING).into_iter().collect();
            let identity = [(NOBODY.to_owned(), policies.collect()), (READER.to_owned(), everything)];
            Roles { identity: identity.into(), bucket: Vec::new() }
        });
        Access { roles, ..Access::default() }
    }

    /// Checks a call before anything of it happens.
    pub(crate) fn check(
        &mut self,
        caller: Caller<'_>,
        asked: &Asked,
        world: &World,
    ) -> Result<(), ServiceError> {
        let Some(Roles { identity, bucket }) = &self.roles else {
            return Ok(());
        };
        let policies = identity.get(caller.role).ok_or_else(|| {
            let message = format!("no role is called {}", caller.role);
            ServiceError::new(403, "UnrecognizedClientException", message)
        })?;
        let needed = asked.needed(world)?;
        for needed in &needed {
            let mut context = Context::closed();
            for (key, value) in global::keys(caller, &needed.resource, world) {
                context.set(key, Value::One(value.into_owned()));
            }
            for (key, value) in &needed.context {
                context.set(key, Value::One(value.clone()));
            }
            let request = Request {
                action: needed.action.clone(),
                resource: Resource::Named(needed.resource.clone()),
                context,
            };
            let path = needed.resource.strip_prefix("arn:aws:s3:::").unwrap_or_default();
            let is_journal = path.split('/').next() == Some(world.journal.bucket.as_str());
            let resource_control = if is_journal { bucket.as_slice() } else { &[] };
            let layers = Layers { identity: policies, resource_control, ..Layers::default() };
            if evaluate(&layers, &request).decision != Decision::Allowed {
                let (role, action) = (caller.role, &needed.action);
                let message = format!("{role} is not authorized to perform {action} on {}", needed.resource);
                return Err(asked.refused(needed, message));
            }
        }
        let used = needed.into_iter().map(|needed| (caller.role.to_owned(), needed.action, needed.resource));
        self.used.extend(used);
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "these are tests")]
mod tests {
    use super::*;

    fn world() -> World {
        let world = r#"{"now": "2026-11-23T12:00:00Z", "instance_arn": "arn:aws:sso:::instance/i", "identity_store_id": "d-1",
            "attribute_mappings": null, "permission_sets": [], "users": [], "journal": {"bucket": "b"}}"#;
        World::parse(world).unwrap()
    }

    fn enforced() -> Access {
        let mut roles = Roles::default();
        let everything =
            r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#;
        roles.add("all", &[everything.to_owned()]).unwrap();
        roles.add("none", &[]).unwrap();
        Access { roles: Some(roles), used: BTreeSet::new() }
    }

    #[track_caller]
    fn check(caller: &str, operation: &str, members: &[(&str, &str)], expected: Result<(), &str>) {
        let members = members.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let asked = Asked { operation: operation.to_owned(), members: members.collect() };
        let checked = enforced().check(Caller::at_home(caller), &asked, &world());
        assert_eq!(checked.map_err(|error| error.code), expected.map_err(str::to_owned));
    }

    #[test]
    fn an_operation_without_a_row_is_refused_to_everybody() {
        check("all", "sso:DeletePermissionSet", &[], Err("NoRowInAccessTable"));
    }

    #[test]
    fn a_caller_without_a_role_is_nobody() {
        check("sandbox", "sso:ListInstances", &[], Err("UnrecognizedClientException"));
    }

    #[test]
    fn what_no_policy_allows_is_refused_in_the_words_of_the_service() {
        check("all", "sso:ListInstances", &[], Ok(()));
        check("none", "sso:ListInstances", &[], Err("AccessDeniedException"));
        check("none", "s3:ListBucket", &[("Bucket", "b")], Err("AccessDenied"));
    }

    #[test]
    fn the_key_of_an_instance_is_asked_for_in_the_words_of_the_service() {
        let nothing_of_the_key = r#"{"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "NotAction": "kms:*", "Resource": "*"}]}"#;
        let mut roles = Roles::default();
        roles.add("keyless", &[nothing_of_the_key.to_owned()]).unwrap();
        let mut access = Access { roles: Some(roles), used: BTreeSet::new() };
        let key = "arn:aws:kms:eu-west-1:999988887777:key/1234abcd-12ab-34cd-56ef-1234567890ab";
        let with_key = World { kms_key: Some(key.to_owned()), ..world() };
        for (operation, reason) in [
            ("sso:ListPermissionSets", Some("KMS_AccessDeniedException")),
            ("identitystore:ListUsers", Some("KMS_ACCESS_DENIED")),
            ("tag:GetResources", None),
        ] {
            let members = [("InstanceArn", "arn:aws:sso:::instance/i"), ("IdentityStoreId", "d-1")];
            let members = members.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
            let asked = Asked { operation: operation.to_owned(), members };
            let checked = access.check(Caller::at_home("keyless"), &asked, &with_key);
            assert_eq!(checked.err().and_then(|error| error.reason), reason, "{operation}");
            assert!(access.check(Caller::at_home("keyless"), &asked, &world()).is_ok(), "{operation}");
        }
    }

    #[test]
    fn a_call_that_does_not_name_its_resource_is_refused() {
        check(
            "all",
            "sso:DescribePermissionSet",
            &[("InstanceArn", "arn:aws:sso:::instance/i")],
            Err("ValidationException"),
        );
    }
}
