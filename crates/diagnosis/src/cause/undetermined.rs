//! What can be read does not decide it.

use super::About;

pub(super) const ABOUT: About = About {
    name: "undetermined",
    title: "not decided here",
    actor: "a person",
    condition: "What can be read from here does not decide the call, or contradicts the message.",
    evidence: "what was read, what was not, and what the decision depends on",
    advice: "look at the evidence; a person has to decide",
    command: "tagmend explain EVENT",
    page: "https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html",
};
