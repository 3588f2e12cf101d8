//! The session began before the tags were right.

use super::About;

pub(super) const ABOUT: About = About {
    name: "stale_session",
    title: "stale session",
    actor: "the user: sign in again",
    condition: "The policies allow the call with the tags of now, and the session began before a mapping was restored or the user was changed.",
    evidence: "when the session began, and the keys without which it is denied",
    advice: "sign in again: a session keeps the tags it began with, for up to twelve hours",
    command: "aws sso logout && aws sso login",
    page: "https://docs.aws.amazon.com/singlesignon/latest/userguide/howtosessionduration.html",
};
