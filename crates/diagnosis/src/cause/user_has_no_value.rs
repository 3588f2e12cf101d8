//! The mapping is there and the user has no value.

use super::about::{About, Bucket};
use crate::case::tags::Tag;
use crate::case::verdict::Verdict;
use crate::case::{Case, list};

pub(crate) const ABOUT: About = About {
    name: "user_has_no_value",
    title: "user has no value",
    bucket: Bucket::Permission,
    actor: "owner of the identity source",
    condition: "The mapping is as approved, the user's attribute is empty, so no tag is sent; with some value the decision could flip.",
    evidence: "the statement and condition that some value could flip",
    would_change: "a value of the attribute that the policy asks for, and a new session",
    advice: "ask the owner of the identity source (IdP or SCIM) to fill in the attribute; a value written by hand is overwritten at the next sync",
    command: "aws identitystore describe-user --region INSTANCE_REGION --identity-store-id STORE --user-id USER",
    page: "https://docs.aws.amazon.com/singlesignon/latest/userguide/attributesforaccesscontrol.html",
};

pub(crate) fn by_tags(case: &Case<'_>) -> Option<Verdict> {
    if !case.is_denied() || !case.is_blocked(&case.carried) {
        return None;
    }
    let empty = case.intended.iter().filter(|(_, tag)| **tag == Tag::NoValue);
    let empty: Vec<String> = empty.map(|(key, _)| key.to_owned()).collect();
    let keys = case.keys_that_could_flip(&empty)?;
    let mut evidence = case
        .flipping_evidence(&case.intended, &case.unknown(&keys))
        .say(format!("the user has no value for {}, and with a value the decision could flip", list(&keys)));
    if keys.iter().any(|key| !case.is_mapped(key)) {
        evidence = evidence.say("besides, its approved mapping is missing on the instance");
    }
    Some(Verdict::on(keys, evidence))
}
