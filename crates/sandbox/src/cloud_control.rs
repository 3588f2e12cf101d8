//! Cloud Control API: AWS JSON 1.0, target `CloudApiService`. It reads a resource by the rights of whoever asks.
//!
//! Source: `primaryIdentifier` and the permissions of the `read` handler in each type's schema, in the CloudFormation
//! registry.

use serde_json::{Map, Value as Json, json};

use crate::answer::{JsonAnswer, ServiceError};
use crate::deployed;
use crate::json_call::Input;
use crate::member::MemberAccount;
use crate::member_services::unknown;
use crate::member_session;
use crate::world::World;

/// A type of resource.
pub(crate) struct ResourceType {
    pub(crate) name: &'static str,
    /// What stands before the identifier in the ARN of such a resource, from the service on.
    before: (&'static str, &'static str),
    /// What its `read` handler calls.
    pub(crate) reads: &'static [&'static str],
}

/// The types that Tagmend asks for.
pub(crate) const TYPES: [ResourceType; 11] = [
    of("AWS::EC2::VPCEndpoint", ("ec2", "vpc-endpoint/"), &["ec2:DescribeVpcEndpoints"]),
    of(
        "AWS::KMS::Key",
        ("kms", "key/"),
        &["kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListResourceTags"],
    ),
    of(
        "AWS::DynamoDB::Table",
        ("dynamodb", "table/"),
        &[
            "dynamodb:DescribeContinuousBackups",
            "dynamodb:DescribeContributorInsights",
            "dynamodb:DescribeKinesisStreamingDestination",
            "dynamodb:DescribeTable",
            "dynamodb:GetResourcePolicy",
            "dynamodb:ListTagsOfResource",
        ],
    ),
    of(
        "AWS::EC2::Volume",
        ("ec2", "volume/"),
        &["ec2:DescribeTags", "ec2:DescribeVolumeAttribute", "ec2:DescribeVolumes"],
    ),
    of("AWS::EC2::SecurityGroup", ("ec2", "security-group/"), &["ec2:DescribeSecurityGroups"]),
    of(
        "AWS::SNS::Topic",
        ("sns", ""),
        &[
            "sns:GetDataProtectionPolicy",
            "sns:GetTopicAttributes",
            "sns:ListSubscriptionsByTopic",
            "sns:ListTagsForResource",
        ],
    ),
    of(
        "AWS::RDS::DBInstance",
        ("rds", "db:"),
        &[
            "ec2:DescribeAccountAttributes",
            "ec2:DescribeAvailabilityZones",
            "ec2:DescribeInternetGateways",
            "ec2:DescribeSecurityGroups",
            "ec2:DescribeSubnets",
            "ec2:DescribeVpcAttribute",
            "ec2:DescribeVpcs",
            "rds:DescribeDBInstances",
        ],
    ),
    of(
        "AWS::ECR::Repository",
        ("ecr", "repository/"),
        &[
            "ecr:DescribeRepositories",
            "ecr:GetLifecyclePolicy",
            "ecr:GetRepositoryPolicy",
            "ecr:ListTagsForResource",
        ],
    ),
    of(
        "AWS::Logs::LogGroup",
        ("logs", "log-group:"),
        &["logs:DescribeLogGroups", "logs:GetDataProtectionPolicy", "logs:ListTagsForResource"],
    ),
    // Of the account that the functions run in. `kms:Decrypt`, which both handlers have besides, is for settings with a key
    // of their own.
    of(
        "AWS::Lambda::Function",
        ("lambda", "function:"),
        &[
            "lambda:GetFunction",
            "lambda:GetFunctionCodeSigningConfig",
            "lambda:GetFunctionRecursionConfig",
            "lambda:GetFunctionScalingConfig",
            "lambda:GetRuntimeManagementConfig",
        ],
    ),
    of(
        "AWS::Lambda::EventSourceMapping",
        ("lambda", "event-source-mapping:"),
        &["lambda:GetEventSourceMapping", "lambda:ListTags"],
    ),
];

const fn of(
    name: &'static str,
    before: (&'static str, &'static str),
    reads: &'static [&'static str],
) -> ResourceType {
    ResourceType { name, before, reads }
}

impl ResourceType {
    /// On what its handler has to be allowed to read this one: its ARN, where the tests ask for it, or everything.
    pub(crate) fn read_on(&self, identifier: &str) -> String {
        match self.before {
            ("lambda", before) => format!("arn:aws:lambda:eu-west-1:111122223333:{before}{identifier}"),
            _ => "*".to_owned(),
        }
    }

    /// What Cloud Control calls the resource of an ARN, where it is of this type.
    fn identifier<'a>(&self, arn: &'a str) -> Option<&'a str> {
        let parts: Vec<&str> = arn.splitn(6, ':').collect();
        let (service, before) = self.before;
        match parts[..] {
            ["arn", _, of, _, _, _] if of == service && before.is_empty() => Some(arn),
            ["arn", _, of, _, _, resource] if of == service => {
                let name = resource.strip_prefix(before)?;
                Some(name.strip_suffix(":*").unwrap_or(name))
            }
            _ => None,
        }
    }
}

pub(crate) fn answer(world: &World, operation: &str, input: &Input<'_>, account: Option<&str>) -> JsonAnswer {
    if operation != "GetResource" {
        return Err(unknown(operation));
    }
    if let (None, Some(there)) = (account, &world.installation) {
        return deployed::resource(there, input);
    }
    let member = member_session::required(world, account)?;
    let (type_name, identifier) = (input.text("TypeName")?, input.text("Identifier")?);
    let Some(resource_type) = TYPES.iter().find(|known| known.name == type_name) else {
        let message = format!("{type_name} is not in the sandbox");
        return Err(ServiceError::new(400, "UnsupportedActionException", message));
    };
    let properties = properties(member, resource_type, identifier).ok_or_else(|| {
        ServiceError::new(400, "ResourceNotFoundException", format!("{type_name} {identifier} was not found"))
    })?;
    Ok(json!({
        "TypeName": type_name,
        "ResourceDescription": {"Identifier": identifier, "Properties": properties.to_string()},
    }))
}

fn properties(member: &MemberAccount, resource_type: &ResourceType, identifier: &str) -> Option<Json> {
    if resource_type.name == "AWS::EC2::VPCEndpoint" {
        let policy = member.endpoints.get(identifier)?;
        return Some(json!({"PolicyDocument": policy.to_string()}));
    }
    let is_it = |arn: &str| resource_type.identifier(arn) == Some(identifier);
    let mut properties = Map::new();
    if let Some((_, policy)) = member.key_policies.iter().find(|(arn, _)| is_it(arn)) {
        properties.insert("KeyPolicy".to_owned(), policy.clone());
    }
    if let Some((_, tags)) = member.own_tags.iter().find(|(arn, _)| is_it(arn)) {
        let tags = tags.iter().map(|(key, value)| json!({"Key": key, "Value": value}));
        properties.insert("Tags".to_owned(), tags.collect());
    }
    (!properties.is_empty()).then_some(Json::Object(properties))
}
