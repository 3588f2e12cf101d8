//! The mapping is there with another source than the approved one.

use std::collections::BTreeSet;

use super::about::{About, Bucket};
use crate::case::evidence::Evidence;
use crate::case::tags::Tag;
use crate::case::verdict::Verdict;
use crate::case::{Case, list};

pub(crate) const ABOUT: About = About {
    name: "mapping_source_differs",
    title: "mapping has another source",
    bucket: Bucket::Permission,
    actor: "administrator of Identity Center",
    condition: "The key is mapped, to another attribute than the approved one, and the call needs the value of the approved one.",
    evidence: "the key, and what the policies answer with the approved source",
    would_change: "the mapping back at its approved source, and a new session",
    advice: "ask who changed the mapping: either it goes back to the approved source, or the baseline follows",
    command: "aws sso-admin describe-instance-access-control-attribute-configuration --region INSTANCE_REGION --instance-arn INSTANCE",
    page: "https://docs.aws.amazon.com/singlesignon/latest/userguide/configure-abac.html",
};

pub(crate) fn by_tags(case: &Case<'_>) -> Option<Verdict> {
    let drift = case.deciding_keys().filter(|drift| !drift.mapped.is_empty())?;
    let text = format!("{} is mapped, with another source than the approved one", list(&drift.mapped));
    Some(Verdict::on(drift.mapped.clone(), case.deciding_evidence(drift).say(text)))
}

/// A tag that matters is sent from another source than the approved one, with another value.
pub(crate) fn open(case: &Case<'_>) -> Option<Verdict> {
    let open = case.open()?;
    let is_other = |key: &str, tag: &Tag| {
        let now = case.current.get(key);
        now != Some(tag) && now != Some(&Tag::Unmapped) && case.is_mapped(key)
    };
    let keys: BTreeSet<String> = case
        .intended
        .iter()
        .filter(|(key, tag)| is_other(key, tag) && case.is_denied_without(key))
        .map(|(key, _)| key.to_owned())
        .collect();
    (!keys.is_empty()).then(|| {
        let text = format!(
            "{} is mapped, with another source than the approved one, and the call needs it",
            list(&keys)
        );
        let evidence = Evidence::default()
            .say(text)
            .say("whether the approved value would be allowed depends on what nobody here could read")
            .depending_on(open);
        Verdict::on(keys, evidence)
    })
}
