//! The IdP does not send a key that it owns.

use super::about::{About, Bucket};
use crate::approved::baseline::Owner;
use crate::case::tags::Tag;
use crate::case::verdict::Verdict;
use crate::case::{Case, list};

pub(crate) const ABOUT: About = About {
    name: "idp_stopped_sending",
    title: "IdP does not send the key",
    bucket: Bucket::Permission,
    actor: "owner of the IdP",
    condition: "The baseline says that the IdP sends the key, the session's own sign-in record shows its tags and not this one, and with some value the decision could flip.",
    evidence: "the keys that the session's sign-in record lacks",
    would_change: "an assertion that carries the attribute, and a new session",
    advice: "ask the owner of the IdP to send the attribute AccessControl:KEY in the SAML assertion again",
    command: "aws cloudtrail lookup-events --region INSTANCE_REGION --lookup-attributes AttributeKey=EventName,AttributeValue=AssumeRoleWithSAML",
    page: "https://docs.aws.amazon.com/singlesignon/latest/userguide/attributesforaccesscontrol.html",
};

pub(crate) fn by_sign_in(case: &Case<'_>) -> Option<Verdict> {
    if !case.is_recorded || !case.is_denied() || !case.is_blocked(&case.carried) {
        return None;
    }
    let owned = case.baseline.mappings().filter(|approved| approved.owner == Owner::Idp);
    let lacking: Vec<String> = owned
        .map(|approved| approved.key.clone())
        .filter(|key| case.carried.get(key) == Some(&Tag::NotSent))
        .collect();
    let keys = case.keys_that_could_flip(&lacking)?;
    let evidence = case
        .flipping_evidence(&case.carried, &case.unknown(&keys))
        .say(format!("the session's sign-in record shows its tags, and {} is not among them", list(&keys)))
        .say("the baseline says that the IdP sends what is lacking; with some value of it the decision could flip");
    Some(Verdict::on(keys, evidence))
}
