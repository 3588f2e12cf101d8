//! The policies mean to deny it.

use super::about::{About, Bucket};
use crate::case::verdict::Verdict;
use crate::case::{Case, Focus};

pub(crate) const ABOUT: About = About {
    name: "intended",
    title: "denied as intended",
    bucket: Bucket::Permission,
    actor: "nobody",
    condition: "Every policy that applies could be read, and the approved tags would not allow the call either.",
    evidence: "what the policies answer with the tags sent and with the approved tags",
    would_change: "another permission set, or other policies in this one",
    advice: "nothing is broken; access is asked for at the permission set's owner",
    command: "tagmend explain EVENT",
    page: "https://docs.aws.amazon.com/singlesignon/latest/userguide/permissionsetsconcept.html",
};

pub(crate) fn by_policies(case: &Case<'_>) -> Option<Verdict> {
    let all_seen = case.policies.unseen.is_empty();
    (case.is_denied() && all_seen && case.focus() == Focus::Identity).then(|| Verdict::say(SENTENCE))
}

pub(super) const SENTENCE: &str =
    "the policies that can be read deny it with the tags sent, and with the approved tags just the same";
