//! The caller is no session of a permission set.

use super::About;

pub(super) const ABOUT: About = About {
    name: "not_identity_center",
    title: "not an Identity Center session",
    actor: "nobody",
    condition: "The caller is a user, a service, or a role outside the path that only Identity Center can write.",
    evidence: "the ARN of the caller's role",
    advice: "nothing that Tagmend looks after",
    command: "tagmend explain EVENT",
    page: "https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html",
};
