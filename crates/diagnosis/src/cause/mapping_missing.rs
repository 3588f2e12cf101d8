//! An approved mapping is gone from the instance.

use super::About;

pub(super) const ABOUT: About = About {
    name: "mapping_missing",
    title: "attribute mapping missing",
    actor: "Tagmend",
    condition: "An approved attribute mapping is not on the instance. The permission set's policies deny the call with the tags that a session gets now, and allow it, or depend only on tags nobody here could read, with the approved tags.",
    evidence: "the statement and condition that turn, the tags sent and approved, and the smallest set of keys that turns them",
    advice: "Tagmend can restore the approved mapping; then sign in again",
    command: "tagmend replay EVENT --live --region REGION --journal-bucket BUCKET --apply",
    page: "https://docs.aws.amazon.com/singlesignon/latest/userguide/configure-abac.html",
};
