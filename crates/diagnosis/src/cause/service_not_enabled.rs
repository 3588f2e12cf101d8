//! The service, Region or feature is not turned on.

use super::about::{About, Bucket};
use crate::approved::baseline::Baseline;
use crate::case::evidence::Evidence;
use crate::case::list;
use crate::case::verdict::Verdict;
use crate::cloudtrail::failure::Failure;
use crate::cloudtrail::message::Remark;

pub(crate) const ABOUT: About = About {
    name: "service_not_enabled",
    title: "service or Region not enabled",
    bucket: Bucket::Service,
    actor: "owner of the account",
    condition: "The message says that the account, the Region or a feature is not turned on, or that another account has to make the call: no policy was asked.",
    evidence: "the form of the message",
    would_change: "the service, Region or feature turned on for the account",
    advice: "ask the owner of the account to turn on what the message names; no permission helps",
    command: "aws account list-regions --region-opt-status-contains DISABLED",
    page: "https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html",
};

pub(crate) fn by_code_or_message(failure: &Failure, _: &Baseline) -> Option<Verdict> {
    if failure.not_enabled {
        return Some(Verdict::say("the error code says that something is not turned on"));
    }
    if failure.message.remark != Some(Remark::NotEnabled) {
        return None;
    }
    let evidence = match failure.message.refused_behind.as_slice() {
        [] => Evidence::default().say("the message says that something is not turned on; it names no policy"),
        behind => Evidence::default().say(format!(
            "the service allowed the call, and was refused what it then asked for in the caller's name: {}",
            list(behind)
        )),
    };
    Some(Verdict::of(evidence))
}
