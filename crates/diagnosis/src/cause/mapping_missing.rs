//! An approved mapping is gone from the instance.

use super::about::{About, Bucket};
use crate::case::Case;
use crate::case::verdict::Verdict;

pub(crate) const ABOUT: About = About {
    name: "mapping_missing",
    title: "attribute mapping missing",
    bucket: Bucket::Permission,
    actor: "Tagmend",
    condition: "An approved attribute mapping is not on the instance. The permission set's policies deny the call with the tags that a session gets now, and allow it, or depend only on tags nobody here could read, with the approved tags.",
    evidence: "the statement and condition that flip, the tags sent and approved, and the smallest set of keys that flips them",
    would_change: "the approved mapping back on the instance, and a new session",
    advice: "Tagmend can restore the approved mapping; then sign in again",
    command: "tagmend replay EVENT --live --region REGION --journal-bucket BUCKET --apply",
    page: "https://docs.aws.amazon.com/singlesignon/latest/userguide/configure-abac.html",
};

pub(crate) fn by_tags(case: &Case<'_>) -> Option<Verdict> {
    let drift = case.deciding_keys().filter(|drift| drift.mapped.is_empty())?;
    Some(Verdict::on(drift.keys.clone(), case.deciding_evidence(drift)))
}
