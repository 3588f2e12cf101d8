//! The policies of a permission set whose text can be read from the Identity Center account.

use iam_policy::{Layer, Layers, Policy, StatementTrace};

use crate::facts::{Boundary, PermissionSet};

pub(super) struct ReadablePolicies {
    identity: Vec<Policy>,
    identity_names: Vec<String>,
    boundary: Option<Vec<Policy>>,
    /// Policies that are there and cannot be read from here.
    pub(super) unseen: Vec<String>,
}

impl ReadablePolicies {
    pub(super) fn parse(permission_set: &PermissionSet) -> Result<ReadablePolicies, String> {
        let parse = |name: &str, text: &str| {
            Policy::parse(text).map_err(|error| format!("{name} cannot be read: {error}"))
        };
        let mut identity = Vec::new();
        let mut identity_names = Vec::new();
        if let Some(inline) = &permission_set.inline_policy {
            identity.push(parse("the inline policy", inline)?);
            identity_names.push("inline policy".to_owned());
        }
        for managed in &permission_set.managed_policies {
            identity.push(parse(&managed.arn, &managed.document)?);
            identity_names.push(managed.arn.clone());
        }
        let customer_managed = permission_set.customer_managed_policies.iter();
        let mut unseen: Vec<String> = customer_managed
            .map(|policy| format!("customer managed policy {}{}", policy.path, policy.name))
            .collect();
        let boundary = match &permission_set.boundary {
            None => None,
            Some(Boundary::Managed(managed)) => Some(vec![parse(&managed.arn, &managed.document)?]),
            Some(Boundary::CustomerManaged(policy)) => {
                unseen.push(format!("permissions boundary {}{}", policy.path, policy.name));
                None
            }
        };
        Ok(ReadablePolicies { identity, identity_names, boundary, unseen })
    }

    pub(super) fn layers(&self) -> Layers<'_> {
        Layers { identity: &self.identity, boundary: self.boundary.as_deref(), ..Layers::default() }
    }

    /// Whether any policy mentions a session tag.
    pub(super) fn mentions(&self, key: &str) -> bool {
        let key = format!("aws:principaltag/{}", key.to_ascii_lowercase());
        let boundary = self.boundary.iter().flatten();
        self.identity.iter().chain(boundary).any(|policy| policy.keys().contains(key.as_str()))
    }

    pub(super) fn name(&self, trace: &StatementTrace) -> String {
        match trace.layer {
            Layer::Identity => self.identity_names.get(trace.policy).cloned().unwrap_or_default(),
            layer => layer.to_string(),
        }
    }
}
