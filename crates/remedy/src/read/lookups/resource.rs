//! What a member account says of one of its resources. Cloud Control asks the service that owns it.

use std::collections::BTreeMap;

use aws_config::SdkConfig;
use serde_json::Value as Json;
use tagmend_diagnosis::arn::{Arn, last_part};

use super::NotRead;
use crate::aws::aws_error::{AwsError, has_code};
use crate::aws::clients;

const GET_RESOURCE: &str = "cloudformation:GetResource";

/// The policy of a VPC endpoint.
pub(super) async fn endpoint_policy(configuration: &SdkConfig, endpoint: &str) -> Result<String, NotRead> {
    policy(configuration, "AWS::EC2::VPCEndpoint", endpoint, "PolicyDocument").await
}

/// The policy of a KMS key.
pub(super) async fn key_policy(configuration: &SdkConfig, arn: &str) -> Result<String, NotRead> {
    policy(configuration, "AWS::KMS::Key", last_part(arn), "KeyPolicy").await
}

async fn policy(
    configuration: &SdkConfig,
    type_name: &str,
    identifier: &str,
    property: &str,
) -> Result<String, NotRead> {
    let properties = properties(configuration, type_name, identifier).await?;
    match properties.get(property) {
        Some(Json::String(text)) => Ok(text.clone()),
        Some(document @ Json::Object(_)) => Ok(document.to_string()),
        _ => Err(AwsError::incomplete(GET_RESOURCE).into()),
    }
}

async fn properties(configuration: &SdkConfig, type_name: &str, identifier: &str) -> Result<Json, AwsError> {
    let client = aws_sdk_cloudcontrol::Client::new(configuration);
    let call = client.get_resource().type_name(type_name).identifier(identifier);
    let answer = call.send().await.map_err(|error| AwsError::new(GET_RESOURCE, &error))?;
    let properties = answer.resource_description.and_then(|resource| resource.properties);
    let properties = properties.ok_or_else(|| AwsError::incomplete(GET_RESOURCE))?;
    serde_json::from_str(&properties).map_err(|_| AwsError::incomplete(GET_RESOURCE))
}

/// All tags of a resource: as the Resource Groups Tagging API lists them, else as its own service does. The first lists
/// only what is or was tagged.
pub(super) async fn tags(configuration: &SdkConfig, arn: &str) -> Result<BTreeMap<String, String>, NotRead> {
    let operation = "tag:GetResources";
    let client = aws_sdk_resourcegroupstagging::Client::new(configuration);
    let answer = client.get_resources().resource_arn_list(arn).send().await;
    let answer = answer.map_err(|error| AwsError::new(operation, &error))?;
    let listed = answer.resource_tag_mapping_list.unwrap_or_default();
    if let Some(mapping) = listed.into_iter().find(|mapping| mapping.resource_arn.as_deref() == Some(arn)) {
        let tags = mapping.tags.unwrap_or_default().into_iter();
        return Ok(tags.map(|tag| (tag.key, tag.value)).collect());
    }
    own_tags(configuration, arn).await
}

async fn own_tags(configuration: &SdkConfig, arn: &str) -> Result<BTreeMap<String, String>, NotRead> {
    let Some(Arn { service, resource, .. }) = Arn::parse(arn) else {
        return Err(NotRead::Unseen("not an ARN".to_owned()));
    };
    if service == "s3" {
        return bucket_tags(&clients::s3(configuration), resource).await;
    }
    let Some((type_name, identifier)) = own_name(service, resource, arn) else {
        return Err(NotRead::Unseen(
            "the Tagging API does not list it, and its type cannot be asked for".to_owned(),
        ));
    };
    let properties = properties(configuration, type_name, identifier).await?;
    // A handler can leave tags out that are there.
    let tags = properties.get("Tags").filter(|tags| !tags.is_null());
    let tags =
        tags.ok_or_else(|| NotRead::Unseen("its service shows no tags, which may be there".to_owned()))?;
    read_tags(tags).ok_or_else(|| AwsError::incomplete(GET_RESOURCE).into())
}

/// How Cloud Control names a resource. Source: `primaryIdentifier` in each type's schema, in the CloudFormation registry.
/// Types whose `read` handler asks for a right to read secrets, values or code are not here: Tagmend must not have it.
fn own_name<'a>(service: &str, resource: &'a str, arn: &'a str) -> Option<(&'static str, &'a str)> {
    let (kind, name) = resource.split_once(['/', ':']).unwrap_or(("", resource));
    Some(match (service, kind) {
        ("kms", "key") => ("AWS::KMS::Key", name),
        ("dynamodb", "table") => ("AWS::DynamoDB::Table", name.split('/').next().unwrap_or(name)),
        ("ec2", "volume") => ("AWS::EC2::Volume", name),
        ("ec2", "security-group") => ("AWS::EC2::SecurityGroup", name),
        ("sns", "") => ("AWS::SNS::Topic", arn),
        ("rds", "db") => ("AWS::RDS::DBInstance", name),
        ("ecr", "repository") => ("AWS::ECR::Repository", name),
        ("logs", "log-group") => ("AWS::Logs::LogGroup", name.split(':').next().unwrap_or(name)),
        _ => return None,
    })
}

/// `[{"Key": K, "Value": V}]` or `{K: V}`.
fn read_tags(json: &Json) -> Option<BTreeMap<String, String>> {
    let text = |json: &Json| json.as_str().map(str::to_owned);
    match json {
        Json::Array(items) => {
            items.iter().map(|item| Some((text(item.get("Key")?)?, text(item.get("Value")?)?))).collect()
        }
        Json::Object(fields) => fields.iter().map(|(key, value)| Some((key.clone(), text(value)?))).collect(),
        _ => None,
    }
}

async fn bucket_tags(s3: &aws_sdk_s3::Client, bucket: &str) -> Result<BTreeMap<String, String>, NotRead> {
    match s3.get_bucket_tagging().bucket(bucket).send().await {
        Ok(answer) => Ok(answer.tag_set.into_iter().map(|tag| (tag.key, tag.value)).collect()),
        Err(error) if has_code(&error, "NoSuchTagSet") => Ok(BTreeMap::new()),
        Err(error) => Err(AwsError::new("s3:GetBucketTagging", &error).into()),
    }
}
