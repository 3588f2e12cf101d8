//! The policies mean to deny it.

use super::About;

pub(super) const ABOUT: About = About {
    name: "intended",
    title: "denied as intended",
    actor: "nobody",
    condition: "Every policy that applies could be read, and the approved tags would not allow the call either.",
    evidence: "what the policies answer with the tags sent and with the approved tags",
    advice: "nothing is broken; access is asked for at the permission set's owner",
    command: "tagmend explain EVENT",
    page: "https://docs.aws.amazon.com/singlesignon/latest/userguide/permissionsetsconcept.html",
};
