//! The caller is Tagmend.

use super::about::{About, Bucket};
use crate::approved::baseline::Baseline;
use crate::case::verdict::Verdict;
use crate::cloudtrail::failure::Failure;
use crate::cloudtrail::principal::Principal;
use crate::words::arn::last_part;

pub(crate) const ABOUT: About = About {
    name: "own_failure",
    title: "Tagmend's own failure",
    bucket: Bucket::Permission,
    actor: "operator of Tagmend",
    condition: "The call was made by one of the roles that the baseline lists as Tagmend's own, by their ARNs. It is never healed.",
    evidence: "the name of the role",
    would_change: "the rights of Tagmend's role",
    advice: "look at Tagmend's role and its alarms",
    command: "aws cloudwatch describe-alarms --region INSTANCE_REGION --alarm-name-prefix STACK",
    page: "https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html",
};

pub(crate) fn by_role(failure: &Failure, baseline: &Baseline) -> Option<Verdict> {
    let role = match &failure.principal {
        Principal::Other { role_arn } => role_arn.as_ref()?,
        // Whoever claims to act for a user is looked at, too.
        Principal::AccountAccess(session) => &session.role_arn,
        Principal::PermissionSet(_) => return None,
    };
    let text = format!("the call was made by Tagmend's own role `{}`", last_part(role));
    baseline.is_own_role(role).then(|| Verdict::say(text))
}
