//! A session policy denied.

use super::About;

pub(super) const ABOUT: About = About {
    name: "session_policy",
    title: "denied by a session policy",
    actor: "whoever began the session",
    condition: "The message says that a session policy denied, or that none allows the action. Sessions of the access portal have none: a tool began this one with less.",
    evidence: "the policy type in the message, and the policy's ARN where it names one",
    advice: "ask whoever runs the tool that began the session with a policy of its own",
    command: "aws sts get-caller-identity",
    page: "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html#policies_session",
};
