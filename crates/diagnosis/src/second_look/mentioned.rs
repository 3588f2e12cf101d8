//! Which session tags a permission set's policies mention.

use std::collections::{BTreeMap, BTreeSet};

use iam_policy::Policy;

use crate::live::facts::{Boundary, PermissionSet};
use crate::words::session_tag_key::of_condition_key;

/// Keys of session tags in the policies of one permission set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mentioned {
    /// Keys in lower case, with the layers that mention them: `inline`, `managed`, `boundary`.
    pub keys: BTreeMap<String, BTreeSet<String>>,
    /// Whether there are policies that nobody here can read.
    pub has_unseen_policies: bool,
}

impl Mentioned {
    /// What the readable policies of a permission set mention.
    pub fn of(set: &PermissionSet) -> Mentioned {
        let mut mentioned = Mentioned {
            has_unseen_policies: !set.customer_managed_policies.is_empty(),
            ..Mentioned::default()
        };
        if let Some(inline) = &set.inline_policy {
            mentioned.add("inline", Some(inline));
        }
        for policy in &set.managed_policies {
            mentioned.add("managed", policy.document.as_deref());
        }
        match &set.boundary {
            None => {}
            Some(Boundary::Managed(policy)) => mentioned.add("boundary", policy.document.as_deref()),
            Some(Boundary::CustomerManaged(_)) => mentioned.has_unseen_policies = true,
        }
        mentioned
    }

    fn add(&mut self, layer: &str, document: Option<&str>) {
        let Some(policy) = document.and_then(|document| Policy::parse(document).ok()) else {
            self.has_unseen_policies = true;
            return;
        };
        for key in policy.keys() {
            if let Some(key) = of_condition_key(key) {
                self.keys.entry(key.to_owned()).or_default().insert(layer.to_owned());
            }
        }
    }
}
