//! The policy of a VPC endpoint denied.

use super::About;

pub(super) const ABOUT: About = About {
    name: "vpc_endpoint_policy",
    title: "denied by a VPC endpoint policy",
    actor: "owner of the network",
    condition: "The message, or a network activity event, says that the policy of a VPC endpoint denied.",
    evidence: "the policy type in the message or the error code",
    advice: "ask the owner of the VPC endpoint; calls from elsewhere are not concerned",
    command: "aws ec2 describe-vpc-endpoints --vpc-endpoint-ids ENDPOINT --query VpcEndpoints[].PolicyDocument",
    page: "https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html",
};
