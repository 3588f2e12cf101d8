//! Changes one digest in a baseline file, and nothing else of it.

use anyhow::{Context, Result, bail};
use jsonc_parser::ParseOptions;
use jsonc_parser::cst::{CstInputValue, CstObject, CstRootNode};
use tagmend_diagnosis::{Baseline, PolicyDigest};

/// The text with the digest of the permission set's policies. Order, white space and everything else stay.
pub(super) fn with_digest(text: &str, name: &str, digest: &PolicyDigest) -> Result<String> {
    let root = CstRootNode::parse(text, &ParseOptions::default()).context("the baseline file")?;
    let entry = entry(&root, name).with_context(|| format!("{name} is not in the baseline file"))?;
    // What is approved is no longer only seen.
    if let Some(seen) = entry.get("seen_digest") {
        if entry.get("policy_digest").is_some() {
            seen.remove();
        } else {
            seen.replace_with("policy_digest", CstInputValue::String(digest.as_str().to_owned()));
        }
    }
    let value = CstInputValue::String(digest.as_str().to_owned());
    match entry.get("policy_digest") {
        Some(property) => property.set_value(value),
        None => drop(entry.append("policy_digest", value)),
    }
    let changed = root.to_string();
    let parsed = Baseline::parse(&changed).context("the changed baseline")?;
    let written = parsed.permission_set(name).and_then(|set| set.policy_digest.as_ref());
    if written != Some(digest) {
        bail!("the digest of {name} cannot be written");
    }
    Ok(changed)
}

fn entry(root: &CstRootNode, name: &str) -> Option<CstObject> {
    let sets = root.object_value()?.array_value("permission_sets")?;
    let is_named = |entry: &CstObject| {
        let property = entry.get("name").and_then(|property| property.value());
        let text = property.and_then(|value| value.as_string_lit()?.decoded_value().ok());
        text.as_deref() == Some(name)
    };
    sets.elements().into_iter().filter_map(|element| element.as_object()).find(is_named)
}
