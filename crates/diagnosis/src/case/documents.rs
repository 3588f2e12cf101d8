//! The documents of the policies that apply, layer by layer.

use std::collections::BTreeSet;

use iam_policy::{Layers, Policy};

use super::Focus;
use crate::cloudtrail::message::{Deny, Message, PolicyType};
use crate::words::session_tag_key::condition_key;

/// The documents of the policies that apply.
#[derive(Clone, Debug, Default)]
pub(crate) struct Documents {
    pub(super) identity: Vec<Policy>,
    pub(super) boundary: Option<Vec<Policy>>,
    /// The policy that the message names. Others of its type are not known; they deny nothing that it says.
    pub(super) service_control: Vec<Vec<Policy>>,
    pub(super) resource_control: Vec<Policy>,
    pub(super) endpoint: Option<Vec<Policy>>,
}

impl Documents {
    pub(super) fn iter(&self) -> impl Iterator<Item = &Policy> {
        let optional = self.boundary.iter().chain(&self.endpoint).flatten();
        let organization = self.service_control.iter().flatten().chain(&self.resource_control);
        self.identity.iter().chain(optional).chain(organization)
    }

    pub(crate) fn layers(&self) -> Layers<'_> {
        Layers {
            identity: &self.identity,
            boundary: self.boundary.as_deref(),
            session: None,
            endpoint: self.endpoint.as_deref(),
            service_control: &self.service_control,
            resource_control: &self.resource_control,
        }
    }

    /// The policies of one layer; of the identity policies only one, where one is named.
    pub(super) fn of(&self, focus: Focus, identity: Option<usize>) -> &[Policy] {
        match (focus, identity) {
            (Focus::Identity, None) => &self.identity,
            (Focus::Identity, Some(place)) => self.identity.get(place..=place).unwrap_or_default(),
            (Focus::Boundary, _) => self.boundary.as_deref().unwrap_or_default(),
            (Focus::ServiceControl, _) => self.service_control.first().map_or(&[], Vec::as_slice),
            (Focus::ResourceControl, _) => &self.resource_control,
            (Focus::Endpoint, _) => self.endpoint.as_deref().unwrap_or_default(),
            (Focus::Resource, _) => &[],
        }
    }

    /// The same policies without the statements that are never about an action: they answer the same for its calls.
    pub(super) fn about(&self, action: &str) -> Documents {
        let each = |policies: &[Policy]| policies.iter().map(|policy| policy.about(action)).collect();
        Documents {
            identity: each(&self.identity),
            boundary: self.boundary.as_deref().map(each),
            service_control: self.service_control.iter().map(|level| each(level)).collect(),
            resource_control: each(&self.resource_control),
            endpoint: self.endpoint.as_deref().map(each),
        }
    }

    /// The policies without what the message proves: `because no TYPE allows` says that no Deny of that type applied. A
    /// Deny that mentions one of these keys may apply once the key is there.
    /// Source: `reference_policies_evaluation-logic` in the IAM user guide: an explicit deny comes first.
    pub(super) fn as_the_message_proves(&self, message: &Message, restorable: &[String]) -> Documents {
        let mut proved = self.clone();
        if message.deny != Some(Deny::Implicit) {
            return proved;
        }
        let restorable: BTreeSet<String> = restorable.iter().map(|key| condition_key(key)).collect();
        let is_out = |keys: &BTreeSet<&str>| !keys.iter().any(|key| restorable.contains(*key));
        let of_type: &mut [Policy] = match message.policy_type {
            Some(PolicyType::Identity) => &mut proved.identity,
            Some(PolicyType::Boundary) => proved.boundary.as_deref_mut().unwrap_or_default(),
            Some(PolicyType::VpcEndpoint) => proved.endpoint.as_deref_mut().unwrap_or_default(),
            // No other type is read on an implicit denial.
            _ => &mut [],
        };
        for policy in of_type {
            *policy = policy.without_denies(is_out);
        }
        proved
    }
}
