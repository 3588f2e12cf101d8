//! The policies that apply to a denial, as far as they can be read.

use std::collections::BTreeSet;

use iam_policy::{Layer, Layers, Policy, PolicyError, PolicyKind, StatementTrace};

use super::documents::Documents;
use super::{Focus, parsed};
use crate::cloudtrail::failure::Failure;
use crate::cloudtrail::message::{Deny, PolicyType};
use crate::cloudtrail::principal::{Principal, Session};
use crate::live::answer::Answer;
use crate::live::facts::{Boundary, ManagedPolicy, PermissionSet, PolicyReference};
use crate::live::lookup::{AccountRegion, Answers, Lookup, PolicyAt};
use crate::words::arn;
use crate::words::session_tag_key::{condition_key, of_condition_key};

/// The policies that apply to a denial, as far as they can be read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Policies {
    documents: Documents,
    about_the_call: Documents,
    identity_names: Vec<String>,
    /// What the message names: ARN of a policy of the organization, or id of an endpoint.
    named: String,
    keys: BTreeSet<String>,
    /// Policies that are there and were not read, and why.
    pub(crate) unseen: Vec<String>,
}

/// Beside the one that is known there are others that allow: the message names the one that denies.
const ALLOW_ALL: &str =
    r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;

impl Policies {
    pub(crate) fn read(
        failure: &Failure,
        session: &Session,
        permission_set: &PermissionSet,
        known: &Answers,
    ) -> Result<Policies, String> {
        let mut policies = Policies::default();
        if let Some(inline) = &permission_set.inline_policy {
            policies
                .documents
                .identity
                .push(named("the inline policy", parsed::policy(inline, PolicyKind::Identity))?);
            policies.identity_names.push("inline policy".to_owned());
        }
        for managed in &permission_set.managed_policies {
            match &managed.document {
                Some(document) => {
                    policies
                        .documents
                        .identity
                        .push(named(&managed.arn, parsed::policy(document, PolicyKind::Identity))?);
                    policies.identity_names.push(managed.arn.clone());
                }
                None => policies.unseen.push(not_in_iam(managed)),
            }
        }
        for reference in &permission_set.customer_managed_policies {
            let arn = member_arn(session, reference);
            match known.policies.get(&member_policy(session, reference)) {
                Some(Ok(document)) => {
                    policies
                        .documents
                        .identity
                        .push(named(&arn, parsed::policy(document, PolicyKind::Identity))?);
                    policies.identity_names.push(arn);
                }
                other => policies
                    .miss(&format!("customer managed policy {}{}", reference.path, reference.name), other),
            }
        }
        policies.documents.boundary = match &permission_set.boundary {
            None => None,
            Some(Boundary::Managed(managed)) => match &managed.document {
                Some(document) => {
                    Some(vec![named(&managed.arn, parsed::policy(document, PolicyKind::Identity))?])
                }
                None => {
                    policies.unseen.push(not_in_iam(managed));
                    None
                }
            },
            Some(Boundary::CustomerManaged(reference)) => match known
                .policies
                .get(&member_policy(session, reference))
            {
                Some(Ok(document)) => Some(vec![named(
                    &member_arn(session, reference),
                    parsed::policy(document, PolicyKind::Identity),
                )?]),
                other => {
                    policies
                        .miss(&format!("permissions boundary {}{}", reference.path, reference.name), other);
                    None
                }
            },
        };
        policies.read_named(failure, session, known)?;
        policies.keys = policies.documents.iter().flat_map(Policy::keys).map(str::to_owned).collect();
        policies.about_the_call = policies.documents.about(&failure.action);
        Ok(policies)
    }

    /// The policy that the message names, outside the permission set.
    fn read_named(&mut self, failure: &Failure, session: &Session, known: &Answers) -> Result<(), String> {
        let Some(want) = named_policy(failure, session) else {
            return Ok(());
        };
        let (name, what) = match &want {
            PolicyAt::Organization { arn } => (arn.clone(), "policy of the organization"),
            PolicyAt::Endpoint { endpoint, .. } => (endpoint.clone(), "policy of the VPC endpoint"),
            PolicyAt::Member { .. } | PolicyAt::Key { .. } => return Ok(()),
        };
        self.named.clone_from(&name);
        let document = match known.policies.get(&want) {
            Some(Ok(document)) => document,
            other => {
                self.miss(&format!("{what} {name}"), other);
                return Ok(());
            }
        };
        match failure.message.policy_type {
            Some(PolicyType::ServiceControl) => {
                let allow_all = named("", parsed::policy(ALLOW_ALL, PolicyKind::Identity))?;
                self.documents.service_control =
                    vec![vec![named(&name, parsed::policy(document, PolicyKind::Identity))?, allow_all]];
            }
            Some(PolicyType::ResourceControl) => {
                self.documents.resource_control =
                    vec![named(&name, parsed::policy(document, PolicyKind::ResourceControl))?];
            }
            _ => match parsed::policy(document, PolicyKind::Endpoint) {
                Ok(policy) => self.documents.endpoint = Some(vec![policy]),
                Err(error) => self.unseen.push(format!("{what} {name}: it is not evaluated here: {error}")),
            },
        }
        Ok(())
    }

    fn miss(&mut self, what: &str, answer: Option<&Answer<String>>) {
        self.unseen.push(match answer {
            Some(Err(gap)) => format!("{what}: {gap}"),
            Some(Ok(_)) | None => format!("{what}: nobody looked"),
        });
    }

    /// The policies as they are written, with every statement in its place.
    pub(crate) fn layers(&self) -> Layers<'_> {
        self.documents.layers()
    }

    /// What of them is about the action that was called.
    pub(super) fn about_the_call(&self) -> &Documents {
        &self.about_the_call
    }

    /// What of one layer is about the call; of the identity policies only the named one, where one is named.
    pub(super) fn of(&self, focus: Focus, named: Option<&str>) -> &[Policy] {
        match (focus, named) {
            (Focus::Identity, Some(arn)) => match self.identity_names.iter().position(|name| name == arn) {
                Some(place) => self.about_the_call.of(focus, Some(place)),
                None => &[],
            },
            _ => self.about_the_call.of(focus, None),
        }
    }

    /// Whether the layer that decided could be read. Of the identity policies some may be unseen.
    pub(crate) fn has(&self, focus: Focus) -> bool {
        matches!(focus, Focus::Identity | Focus::Resource) || !self.documents.of(focus, None).is_empty()
    }

    /// Condition keys and variables that any policy mentions, in lower case.
    pub(crate) fn keys(&self) -> &BTreeSet<String> {
        &self.keys
    }

    /// Keys of session tags that any policy mentions.
    pub(crate) fn session_tag_keys(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().filter_map(|key| of_condition_key(key))
    }

    /// Whether any policy mentions a session tag.
    pub(crate) fn mentions(&self, key: &str) -> bool {
        self.keys.contains(&condition_key(key))
    }

    pub(crate) fn name(&self, trace: &StatementTrace) -> String {
        match trace.layer {
            Layer::Identity => self.identity_names.get(trace.policy).cloned().unwrap_or_default(),
            Layer::ServiceControl(_) | Layer::ResourceControl | Layer::Endpoint => self.named.clone(),
            layer @ (Layer::Boundary | Layer::Session) => layer.to_string(),
        }
    }

    /// What has to be read for these policies to be whole.
    pub(super) fn wanted(
        &self,
        failure: &Failure,
        session: &Session,
        permission_set: &PermissionSet,
    ) -> BTreeSet<Lookup> {
        let boundary = match &permission_set.boundary {
            Some(Boundary::CustomerManaged(reference)) => Some(reference),
            Some(Boundary::Managed(_)) | None => None,
        };
        let references = permission_set.customer_managed_policies.iter().chain(boundary);
        references
            .map(|reference| member_policy(session, reference))
            .chain(named_policy(failure, session))
            .map(Lookup::Policy)
            .collect()
    }
}

fn named(name: &str, policy: Result<Policy, PolicyError>) -> Result<Policy, String> {
    policy.map_err(|error| format!("{name} cannot be read: {error}"))
}

fn not_in_iam(policy: &ManagedPolicy) -> String {
    format!("{}: IAM does not know it", policy.arn)
}

fn member_arn(session: &Session, reference: &PolicyReference) -> String {
    let partition = arn::partition(&session.role_arn);
    let account = session.account();
    format!("arn:{partition}:iam::{account}:policy{}{}", reference.path, reference.name)
}

fn member_policy(session: &Session, reference: &PolicyReference) -> PolicyAt {
    PolicyAt::Member { account: session.account().to_owned(), arn: member_arn(session, reference) }
}

/// Whether a policy that the message names, outside the permission set, may be read and evaluated.
pub(crate) fn is_examinable(failure: &Failure) -> bool {
    if failure.message.residue.is_some() {
        return false;
    }
    match &failure.principal {
        Principal::PermissionSet(session) => named_policy(failure, session).is_some(),
        Principal::AccountAccess(_) | Principal::Other { .. } => false,
    }
}

/// The policy outside the permission set that a message names: one that denies, or that of the endpoint.
fn named_policy(failure: &Failure, session: &Session) -> Option<PolicyAt> {
    match failure.message.policy_type? {
        PolicyType::ServiceControl | PolicyType::ResourceControl => {
            let is_denial = failure.message.deny == Some(Deny::Explicit);
            let arn = failure.message.policy_arn.clone().filter(|_| is_denial)?;
            Some(PolicyAt::Organization { arn })
        }
        PolicyType::VpcEndpoint => {
            let endpoint = failure.vpc_endpoint_id.clone().filter(|id| id.starts_with("vpce-"))?;
            let place =
                AccountRegion { account: session.account().to_owned(), region: failure.region.clone() };
            Some(PolicyAt::Endpoint { place, endpoint })
        }
        PolicyType::Identity
        | PolicyType::Resource
        | PolicyType::Boundary
        | PolicyType::Session
        | PolicyType::Trust => None,
    }
}
