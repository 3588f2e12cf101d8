//! Too many calls.

use super::About;

pub(super) const ABOUT: About = About {
    name: "throttled",
    title: "throttled",
    actor: "the caller: slow down",
    condition: "The error code is one of those that services use for too many calls.",
    evidence: "the action that was called too often",
    advice: "slow down the caller, or ask for a higher quota",
    command: "aws service-quotas list-service-quotas --service-code SERVICE",
    page: "https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html",
};
