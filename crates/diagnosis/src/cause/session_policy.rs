//! A session policy denied.

use super::about::{About, Bucket};
use crate::approved::baseline::Baseline;
use crate::case::verdict::Verdict;
use crate::cloudtrail::failure::Failure;
use crate::cloudtrail::message::PolicyType;

pub(crate) const ABOUT: About = About {
    name: "session_policy",
    title: "denied by a session policy",
    bucket: Bucket::Permission,
    actor: "whoever began the session",
    condition: "The message says that a session policy denied, or that none allows the action. Sessions of the access portal have none: a tool began this one with less.",
    evidence: "the policy type in the message, and the policy's ARN where it names one",
    would_change: "a session without that policy",
    advice: "ask whoever runs the tool that began the session with a policy of its own",
    command: "aws sts get-caller-identity",
    page: "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html#policies_session",
};

pub(crate) fn by_message(failure: &Failure, _: &Baseline) -> Option<Verdict> {
    let named = failure.message.policy_type == Some(PolicyType::Session);
    named.then(|| Verdict::say(failure.policy_named()))
}
