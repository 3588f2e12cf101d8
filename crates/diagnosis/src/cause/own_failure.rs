//! The caller is Tagmend.

use super::About;

pub(super) const ABOUT: About = About {
    name: "own_failure",
    title: "Tagmend's own failure",
    actor: "operator of Tagmend",
    condition: "The call was made by one of the roles that the baseline lists as Tagmend's own. It is never healed.",
    evidence: "the name of the role",
    advice: "look at Tagmend's role and its alarms",
    command: "aws cloudwatch describe-alarms --alarm-name-prefix STACK",
    page: "https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html",
};
