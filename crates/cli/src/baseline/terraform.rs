//! An instance as Terraform's state or plan says it (`terraform show -json`), for `tagmend baseline init --terraform`.
//!
//! Form: `json-format` in Terraform's documentation; the resources are those of the provider's service `ssoadmin`. Every
//! block is a list, the order of a set means nothing, and an ARN that is not set is an empty text. In a plan, a permission
//! set that is still to be created has no ARN, and nobody else's policy can be joined to it: it is left out, and said.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, bail};
use serde_json::Value as Json;
use tagmend_diagnosis::{
    AccessControl, AttributeMapping, Boundary, ManagedPolicy, PermissionSet, PolicyReference, Provisioning,
};
use tagmend_remedy::first_baseline::{SeenSet, Standing};

/// What Terraform says, and what it does not.
pub(super) struct Said {
    pub(super) standing: Standing,
    /// Names of permission sets that were left out, with the reason.
    pub(super) left_out: Vec<(String, &'static str)>,
}

/// Reads a state or a plan. `identity_store_id` is needed where no data source names it.
pub(super) fn read(text: &str, identity_store_id: Option<&str>) -> Result<Said> {
    let document: Json = serde_json::from_str(text)?;
    if document.get("version").is_some_and(|version| version == 4) && document.get("values").is_none() {
        bail!("this is a state file; `terraform show -json` writes the form that is read here");
    }
    // A plan says what will be there, a state what is.
    let root =
        ["/planned_values/root_module", "/values/root_module"].iter().find_map(|path| document.pointer(path));
    let Some(root) = root else {
        bail!("neither a state nor a plan of `terraform show -json`");
    };
    let mut resources = Vec::new();
    collect(root, &mut resources);
    if let Some(state) = document.pointer("/prior_state/values/root_module") {
        collect_data(state, &mut resources);
    }
    let resources = Resources(resources);
    let instance_arn = resources.instance()?;
    let store = resources.identity_store().or_else(|| identity_store_id.map(str::to_owned));
    let Some(identity_store_id) = store else {
        bail!("no data source aws_ssoadmin_instances names the identity store; --identity-store-id does");
    };
    let (permission_sets, left_out) = resources.permission_sets();
    let accounts = resources.accounts();
    let access_control = resources.access_control();
    Ok(Said {
        standing: Standing { instance_arn, identity_store_id, access_control, permission_sets, accounts },
        left_out,
    })
}

fn collect<'a>(module: &'a Json, into: &mut Vec<&'a Json>) {
    into.extend(items(module, "resources"));
    items(module, "child_modules").for_each(|child| collect(child, into));
}

/// Data sources that were read before the plan.
fn collect_data<'a>(module: &'a Json, into: &mut Vec<&'a Json>) {
    into.extend(items(module, "resources").filter(|resource| text(resource, "mode") == Some("data")));
    items(module, "child_modules").for_each(|child| collect_data(child, into));
}

fn items<'a>(value: &'a Json, name: &str) -> impl Iterator<Item = &'a Json> {
    value.get(name).and_then(Json::as_array).into_iter().flatten()
}

/// A text that is there and says something.
fn text<'a>(value: &'a Json, name: &str) -> Option<&'a str> {
    value.get(name).and_then(Json::as_str).filter(|text| !text.is_empty())
}

/// Resources of every module.
struct Resources<'a>(Vec<&'a Json>);

impl<'a> Resources<'a> {
    /// The values of the resources of a type.
    fn of(&self, kind: &str) -> impl Iterator<Item = &'a Json> {
        self.0
            .iter()
            .filter(move |resource| text(resource, "type") == Some(kind))
            .filter_map(|one| one.get("values"))
    }

    fn instance(&self) -> Result<String> {
        let of_ours = self.0.iter().filter(|one| {
            let is_managed = text(one, "mode") != Some("data");
            is_managed && text(one, "type").is_some_and(|kind| kind.starts_with("aws_ssoadmin_"))
        });
        let arns: BTreeSet<&str> =
            of_ours.filter_map(|resource| text(resource.get("values")?, "instance_arn")).collect();
        let mut arns = arns.into_iter();
        match (arns.next(), arns.next()) {
            (Some(arn), None) => Ok(arn.to_owned()),
            (None, _) => bail!("no resource aws_ssoadmin_... names an instance"),
            (Some(_), Some(_)) => bail!("resources of more than one instance"),
        }
    }

    fn identity_store(&self) -> Option<String> {
        let ids = self.of("aws_ssoadmin_instances").flat_map(|values| items(values, "identity_store_ids"));
        ids.filter_map(Json::as_str).next().map(str::to_owned)
    }

    fn access_control(&self) -> AccessControl {
        let mut blocks = self.of("aws_ssoadmin_instance_access_control_attributes").peekable();
        if blocks.peek().is_none() {
            return AccessControl::Disabled;
        }
        let mapping = |attribute: &Json| {
            let mut sources = items(attribute, "value").flat_map(|value| items(value, "source"));
            Some(AttributeMapping {
                key: text(attribute, "key")?.to_owned(),
                source: sources.next()?.as_str()?.to_owned(),
            })
        };
        let attributes = blocks.flat_map(|block| items(block, "attribute"));
        let mut mappings: Vec<AttributeMapping> = attributes.filter_map(mapping).collect();
        mappings.sort();
        AccessControl::Enabled(mappings)
    }

    /// Accounts that something is assigned in.
    fn accounts(&self) -> BTreeSet<String> {
        let assignments = self.of("aws_ssoadmin_account_assignment");
        let of_accounts = assignments.filter(|one| text(one, "target_type") != Some("AWS_OU"));
        of_accounts.filter_map(|one| text(one, "target_id")).map(str::to_owned).collect()
    }

    fn permission_sets(&self) -> (Vec<SeenSet>, Vec<(String, &'static str)>) {
        let (mut seen, mut left_out) = (Vec::new(), Vec::new());
        let parts = Parts {
            inline: self.by_set("aws_ssoadmin_permission_set_inline_policy"),
            managed: self.by_set("aws_ssoadmin_managed_policy_attachment"),
            managed_lists: self.by_set("aws_ssoadmin_managed_policy_attachments_exclusive"),
            customer_managed: self.by_set("aws_ssoadmin_customer_managed_policy_attachment"),
            customer_managed_lists: self.by_set("aws_ssoadmin_customer_managed_policy_attachments_exclusive"),
            boundaries: self.by_set("aws_ssoadmin_permissions_boundary_attachment"),
        };
        for values in self.of("aws_ssoadmin_permission_set") {
            let Some(name) = text(values, "name") else { continue };
            let Some(arn) = text(values, "arn") else {
                left_out.push((name.to_owned(), "it is still to be created, and has no ARN"));
                continue;
            };
            let Some(set) = parts.permission_set(arn, name, values) else {
                left_out.push((name.to_owned(), "a policy of it is not known before it is applied"));
                continue;
            };
            seen.push(SeenSet {
                arn: arn.to_owned(),
                name: Some(name.to_owned()),
                policy_digest: set.policy_digest().map(|digest| digest.to_string()),
                accounts: Vec::new(),
            });
        }
        seen.sort_by(|left, right| left.name.cmp(&right.name));
        (seen, left_out)
    }

    fn by_set(&self, kind: &str) -> BTreeMap<&'a str, Vec<&'a Json>> {
        let mut by_set: BTreeMap<&str, Vec<&Json>> = BTreeMap::new();
        for values in self.of(kind) {
            if let Some(arn) = text(values, "permission_set_arn") {
                by_set.entry(arn).or_default().push(values);
            }
        }
        by_set
    }
}

/// What belongs to permission sets, by ARN.
struct Parts<'a> {
    inline: BTreeMap<&'a str, Vec<&'a Json>>,
    managed: BTreeMap<&'a str, Vec<&'a Json>>,
    managed_lists: BTreeMap<&'a str, Vec<&'a Json>>,
    customer_managed: BTreeMap<&'a str, Vec<&'a Json>>,
    customer_managed_lists: BTreeMap<&'a str, Vec<&'a Json>>,
    boundaries: BTreeMap<&'a str, Vec<&'a Json>>,
}

impl Parts<'_> {
    /// None where something of it is not known yet.
    fn permission_set(&self, arn: &str, name: &str, values: &Json) -> Option<PermissionSet> {
        let of = |parts: &BTreeMap<&str, Vec<&'_ Json>>| -> Vec<Json> {
            parts.get(arn).into_iter().flatten().map(|values| (*values).clone()).collect()
        };
        let mut managed = Vec::new();
        for one in of(&self.managed) {
            managed.push(text(&one, "managed_policy_arn")?.to_owned());
        }
        for list in of(&self.managed_lists) {
            for one in items(&list, "managed_policy_arns") {
                managed.push(one.as_str()?.to_owned());
            }
        }
        let mut customer_managed = Vec::new();
        for one in of(&self.customer_managed).iter().chain(&of(&self.customer_managed_lists)) {
            for block in items(one, "customer_managed_policy_reference") {
                customer_managed.push(reference(block)?);
            }
        }
        let inline_policy = match of(&self.inline).first() {
            None => None,
            Some(one) => Some(text(one, "inline_policy")?.to_owned()),
        };
        let boundary = match of(&self.boundaries).first() {
            None => None,
            Some(one) => Some(boundary(items(one, "permissions_boundary").next()?)?),
        };
        let document = |arn: String| ManagedPolicy { arn, document: None };
        Some(PermissionSet {
            arn: arn.to_owned(),
            name: name.to_owned(),
            // One hour is what AWS takes where none was set.
            session_duration: text(values, "session_duration").unwrap_or("PT1H").to_owned(),
            inline_policy,
            managed_policies: managed.into_iter().map(document).collect(),
            customer_managed_policies: customer_managed,
            boundary,
            tags: None,
            provisioning: Provisioning::Latest,
        })
    }
}

fn reference(block: &Json) -> Option<PolicyReference> {
    let path = text(block, "path").unwrap_or("/").to_owned();
    Some(PolicyReference { name: text(block, "name")?.to_owned(), path })
}

fn boundary(block: &Json) -> Option<Boundary> {
    if let Some(arn) = text(block, "managed_policy_arn") {
        return Some(Boundary::Managed(ManagedPolicy { arn: arn.to_owned(), document: None }));
    }
    items(block, "customer_managed_policy_reference")
        .next()
        .and_then(reference)
        .map(Boundary::CustomerManaged)
}
