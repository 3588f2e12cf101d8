//! The policy of a VPC endpoint denied.

use super::about::{About, Bucket};
use crate::approved::baseline::Baseline;
use crate::case::verdict::Verdict;
use crate::case::{Case, Focus, NoCase, is_examinable};
use crate::cloudtrail::failure::Failure;
use crate::cloudtrail::message::PolicyType;

pub(crate) const ABOUT: About = About {
    name: "vpc_endpoint_policy",
    title: "denied by a VPC endpoint policy",
    bucket: Bucket::Network,
    actor: "owner of the network",
    condition: "The message, or a network activity event, says that the policy of a VPC endpoint denied.",
    evidence: "the policy type in the message or the error code",
    would_change: "an endpoint policy that allows the call, or a call that does not go through the endpoint",
    advice: "ask the owner of the VPC endpoint; calls from elsewhere are not concerned",
    command: "aws ec2 describe-vpc-endpoints --region REGION --vpc-endpoint-ids ENDPOINT --query 'VpcEndpoints[].PolicyDocument'",
    page: "https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html",
};

/// The message names the type, and no policy that could be read.
pub(crate) fn by_message(failure: &Failure, _: &Baseline) -> Option<Verdict> {
    let named = failure.message.policy_type == Some(PolicyType::VpcEndpoint) && !is_examinable(failure);
    named.then(|| Verdict::say(failure.policy_named()))
}

pub(crate) fn without_facts(failure: &Failure, reason: &NoCase) -> Option<Verdict> {
    (failure.message.policy_type == Some(PolicyType::VpcEndpoint)).then(|| reason.beside_the_message(failure))
}

pub(crate) fn unexamined(case: &Case<'_>) -> Option<Verdict> {
    case.unexamined(Focus::Endpoint)
}
