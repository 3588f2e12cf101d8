//! Too many calls.

use super::about::{About, Bucket};
use crate::approved::baseline::Baseline;
use crate::case::verdict::Verdict;
use crate::cloudtrail::error_code::Class;
use crate::cloudtrail::failure::Failure;
use crate::live::api_quota;

pub(crate) const ABOUT: About = About {
    name: "throttled",
    title: "throttled",
    bucket: Bucket::Quota,
    actor: "the caller: slow down",
    condition: "The error code is one of those that services use for too many calls.",
    evidence: "the action that was called too often",
    would_change: "fewer calls at a time, or a higher quota where AWS offers one",
    advice: "slow down the caller, or ask for a higher quota",
    command: "aws service-quotas list-service-quotas --region REGION --service-code SERVICE",
    page: "https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html",
};

pub(crate) fn by_code(failure: &Failure, _: &Baseline) -> Option<Verdict> {
    (failure.class == Class::Throttled).then(|| {
        let mut finding = Verdict::say(format!(
            "`{}` was called too often; a retry on behalf of somebody else is never a fix",
            failure.action
        ));
        finding.evidence = finding.evidence.say(api_quota::whose(&failure.action));
        finding
    })
}
