//! It depends on a key that the IdP sends.

use std::collections::BTreeSet;

use iam_policy::Open;

use super::about::{About, Bucket};
use crate::approved::baseline::Owner;
use crate::case::evidence::Evidence;
use crate::case::verdict::Verdict;
use crate::case::{Case, list};
use crate::words::session_tag_key::condition_key;

pub(crate) const ABOUT: About = About {
    name: "key_owned_by_idp",
    title: "key comes from the IdP",
    bucket: Bucket::Permission,
    actor: "owner of the IdP",
    condition: "The decision depends on a tag that the IdP sends in its assertion and that nobody here can read, or a live mapping overrides it.",
    evidence: "the keys that the IdP owns and that the decision depends on",
    would_change: "an assertion that carries the attribute, without a mapping of the same key",
    advice: "ask the IdP's owner whether the SAML assertion carries the attribute; a mapping in Identity Center would override it",
    command: "aws cloudtrail lookup-events --region INSTANCE_REGION --lookup-attributes AttributeKey=EventName,AttributeValue=AssumeRoleWithSAML",
    page: "https://docs.aws.amazon.com/singlesignon/latest/userguide/attributesforaccesscontrol.html",
};

/// A live mapping of a key that the IdP sends overrides the assertion.
pub(crate) fn overridden(case: &Case<'_>) -> Option<Verdict> {
    if !case.is_denied() || !case.is_blocked(&case.carried) {
        return None;
    }
    let overridden: Vec<String> = owned_by_idp(case).filter(|key| case.is_mapped(key)).collect();
    let keys = case.keys_that_could_flip(&overridden)?;
    let evidence = case
        .flipping_evidence(&case.carried, &case.unknown(&keys))
        .say(format!("a mapping of {} overrides the value that the IdP sends", list(&keys)));
    Some(Verdict::on(keys, evidence))
}

/// Nobody here knows what the IdP sends, and the answer depends on it.
pub(crate) fn unknown(case: &Case<'_>) -> Option<Verdict> {
    let open = case.open()?;
    let tag = |key: &str| Open::Key(condition_key(key));
    let keys: BTreeSet<String> = owned_by_idp(case).filter(|key| open.contains(&tag(key))).collect();
    (!keys.is_empty()).then(|| {
        let text =
            format!("the decision depends on {}, which the IdP sends and nobody here can read", list(&keys));
        let evidence = Evidence::default().say(text).depending_on(open);
        Verdict::on(keys, evidence)
    })
}

fn owned_by_idp(case: &Case<'_>) -> impl Iterator<Item = String> {
    let owned = case.baseline.mappings().filter(|approved| approved.owner == Owner::Idp);
    owned.map(|approved| approved.key.clone())
}
