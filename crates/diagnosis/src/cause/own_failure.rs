//! The caller is Tagmend.

use super::about::{About, Bucket};
use crate::approved::baseline::Baseline;
use crate::case::verdict::Verdict;
use crate::cloudtrail::failure::Failure;
use crate::cloudtrail::principal::Principal;

pub(crate) const ABOUT: About = About {
    name: "own_failure",
    title: "Tagmend's own failure",
    bucket: Bucket::Permission,
    actor: "operator of Tagmend",
    condition: "The call was made by one of the roles that the baseline lists as Tagmend's own. It is never healed.",
    evidence: "the name of the role",
    would_change: "the rights of Tagmend's role",
    advice: "look at Tagmend's role and its alarms",
    command: "aws cloudwatch describe-alarms --alarm-name-prefix STACK",
    page: "https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html",
};

pub(crate) fn by_role(failure: &Failure, baseline: &Baseline) -> Option<Verdict> {
    let name = match &failure.principal {
        Principal::Other { role_name } => role_name.as_ref()?,
        // Whoever claims to act for a user is looked at, too.
        Principal::AccountAccess(session) => &session.name,
        Principal::PermissionSet(_) => return None,
    };
    let text = format!("the call was made by Tagmend's own role `{name}`");
    baseline.is_own_role(name).then(|| Verdict::say(text))
}
