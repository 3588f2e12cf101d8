//! What the stack made: found by CloudFormation's tags, so that no name has to be told.

use std::collections::BTreeMap;

use aws_config::SdkConfig;
use aws_sdk_resourcegroupstagging::types::TagFilter;
use aws_sdk_sqs::types::QueueAttributeName;
use serde_json::Value as Json;
use tagmend_doctor::expected::{LOGICAL_ID_TAG, SOURCE_MAPPING, STACK_TAG, VERSION_TAG};
use tagmend_doctor::facts::{Function, Look, Queue, Resource, Rule, SourceMapping, Target};
use tagmend_remedy::AwsError;

use super::not_read;

pub(super) async fn resources(configuration: &SdkConfig, stack: &str) -> Look<Vec<Resource>> {
    let client = aws_sdk_resourcegroupstagging::Client::new(configuration);
    let filter = TagFilter::builder().key(STACK_TAG).values(stack).build();
    let mut pages = client.get_resources().tag_filters(filter).into_paginator().items().send();
    let mut found = Vec::new();
    while let Some(mapping) = pages.next().await {
        let mapping = mapping.map_err(|error| not_read(&AwsError::new("tag:GetResources", &error)))?;
        let tags: BTreeMap<String, String> =
            mapping.tags.unwrap_or_default().into_iter().map(|tag| (tag.key, tag.value)).collect();
        if let (Some(arn), Some(id)) = (mapping.resource_arn, tags.get(LOGICAL_ID_TAG)) {
            found.push(Resource { arn, logical_id: id.clone(), version: tags.get(VERSION_TAG).cloned() });
        }
    }
    Ok(found)
}

/// The resource of this name in the template.
fn named<'a>(resources: &'a Look<Vec<Resource>>, id: &str) -> Look<Option<&'a Resource>> {
    let resources = resources.as_ref().map_err(Clone::clone)?;
    Ok(resources.iter().find(|resource| resource.logical_id == id))
}

pub(super) async fn rules(configuration: &SdkConfig, resources: &Look<Vec<Resource>>) -> Look<Vec<Rule>> {
    let client = aws_sdk_eventbridge::Client::new(configuration);
    let resources = resources.as_ref().map_err(Clone::clone)?;
    let mut rules = Vec::new();
    for resource in resources {
        let Some((_, name)) = resource.arn.split_once(":rule/") else {
            continue;
        };
        let described = client.describe_rule().name(name).send().await;
        let described = described.map_err(|error| AwsError::new("events:DescribeRule", &error));
        let state = described.and_then(|rule| {
            let state = rule.state.map(|state| state.as_str().to_owned());
            state.ok_or_else(|| AwsError::incomplete("events:DescribeRule"))
        });
        let listed = client.list_targets_by_rule().rule(name).send().await;
        let listed = listed.map_err(|error| AwsError::new("events:ListTargetsByRule", &error));
        let targets = listed.map(|answer| {
            let targets = answer.targets.unwrap_or_default().into_iter();
            let target = |target: aws_sdk_eventbridge::types::Target| Target {
                arn: target.arn,
                dead_letters: target.dead_letter_config.and_then(|of| of.arn),
            };
            targets.map(target).collect()
        });
        rules.push(Rule {
            logical_id: resource.logical_id.clone(),
            name: name.to_owned(),
            arn: resource.arn.clone(),
            state: state.map_err(|error| not_read(&error)),
            targets: targets.map_err(|error| not_read(&error)),
        });
    }
    Ok(rules)
}

/// A queue, where a rule says which it is.
type FoundQueue = Look<Option<Queue>>;

/// The queue that the rules send to, and that of dead letters: what the rules themselves say.
pub(super) async fn queues(configuration: &SdkConfig, rules: &Look<Vec<Rule>>) -> (FoundQueue, FoundQueue) {
    let all = match rules {
        Err(why) => return (Err(why.clone()), Err(why.clone())),
        Ok(rules) => rules,
    };
    if let Some(why) = all.iter().find_map(|rule| rule.targets.as_ref().err()) {
        return (Err(why.clone()), Err(why.clone()));
    }
    let mut targets = all.iter().flat_map(|rule| rule.targets.iter().flatten());
    // The rule of announcements sends to a topic.
    let target = targets.find(|target| target.arn.contains(":sqs:"));
    let (arn, dead) =
        target.map_or((None, None), |target| (Some(target.arn.clone()), target.dead_letters.clone()));
    (queue(configuration, arn).await, queue(configuration, dead).await)
}

async fn queue(configuration: &SdkConfig, arn: Option<String>) -> FoundQueue {
    let Some(arn) = arn else {
        return Ok(None);
    };
    let client = aws_sdk_sqs::Client::new(configuration);
    let name = arn.rsplit(':').next().unwrap_or_default();
    let url = client.get_queue_url().queue_name(name).send().await;
    let url = url.map_err(|error| not_read(&AwsError::new("sqs:GetQueueUrl", &error)))?.queue_url;
    let url = url.ok_or_else(|| not_read(&AwsError::incomplete("sqs:GetQueueUrl")))?;
    let call = client.get_queue_attributes().queue_url(&url).attribute_names(QueueAttributeName::All);
    let answer = call.send().await;
    let answer = answer.map_err(|error| not_read(&AwsError::new("sqs:GetQueueAttributes", &error)))?;
    let attributes = answer.attributes.unwrap_or_default();
    let text = |name: &QueueAttributeName| attributes.get(name);
    let json =
        |name: &QueueAttributeName| text(name).and_then(|text| serde_json::from_str::<Json>(text).ok());
    let messages =
        text(&QueueAttributeName::ApproximateNumberOfMessages).and_then(|count| count.parse().ok());
    let redrive = json(&QueueAttributeName::RedrivePolicy);
    Ok(Some(Queue {
        messages: messages.ok_or_else(|| not_read(&AwsError::incomplete("sqs:GetQueueAttributes")))?,
        policy: json(&QueueAttributeName::Policy),
        dead_letters: redrive
            .and_then(|policy| Some(policy.get("deadLetterTargetArn")?.as_str()?.to_owned())),
        arn,
        url,
    }))
}

/// Cloud Control reads both types, so that no client of Lambda is linked.
async fn properties(configuration: &SdkConfig, kind: &str, identifier: &str) -> Look<Json> {
    let operation = "cloudformation:GetResource";
    let client = aws_sdk_cloudcontrol::Client::new(configuration);
    let answer = client.get_resource().type_name(kind).identifier(identifier).send().await;
    let answer = answer.map_err(|error| not_read(&AwsError::new(operation, &error)))?;
    let properties = answer.resource_description.and_then(|resource| resource.properties);
    properties
        .and_then(|text| serde_json::from_str(&text).ok())
        .ok_or_else(|| not_read(&AwsError::incomplete(operation)))
}

fn text(json: &Json, path: &str) -> String {
    json.pointer(path).and_then(Json::as_str).unwrap_or_default().to_owned()
}

pub(super) async fn source_mapping(
    configuration: &SdkConfig,
    resources: &Look<Vec<Resource>>,
) -> Look<Option<SourceMapping>> {
    let Some(resource) = named(resources, SOURCE_MAPPING)? else {
        return Ok(None);
    };
    let id = resource.arn.rsplit(':').next().unwrap_or_default();
    let json = properties(configuration, "AWS::Lambda::EventSourceMapping", id).await?;
    Ok(Some(SourceMapping {
        id: id.to_owned(),
        is_enabled: json.get("Enabled").and_then(Json::as_bool).unwrap_or(false),
        queue: text(&json, "/EventSourceArn"),
        function: text(&json, "/FunctionName"),
    }))
}

pub(super) async fn function(
    configuration: &SdkConfig,
    resources: &Look<Vec<Resource>>,
    id: &str,
) -> Look<Option<Function>> {
    let Some(resource) = named(resources, id)? else {
        return Ok(None);
    };
    let name = resource.arn.rsplit(':').next().unwrap_or_default();
    let json = properties(configuration, "AWS::Lambda::Function", name).await?;
    let settings = json.pointer("/Environment/Variables").and_then(Json::as_object);
    let settings = settings.into_iter().flatten();
    Ok(Some(Function {
        name: name.to_owned(),
        role: text(&json, "/Role"),
        concurrency: json.get("ReservedConcurrentExecutions").and_then(Json::as_i64),
        settings: settings
            .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
            .collect(),
        version: resource.version.clone(),
    }))
}

pub(super) async fn bus(configuration: &SdkConfig) -> Look<Option<Json>> {
    let client = aws_sdk_eventbridge::Client::new(configuration);
    let answer = client.describe_event_bus().name("default").send().await;
    let answer = answer.map_err(|error| not_read(&AwsError::new("events:DescribeEventBus", &error)))?;
    let parsed = answer.policy.filter(|text| !text.is_empty()).map(|text| serde_json::from_str(&text));
    parsed.transpose().map_err(|_| not_read(&AwsError::incomplete("events:DescribeEventBus")))
}
