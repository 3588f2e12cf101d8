//! Reads what a diagnosis wants to know besides. What cannot be read is an answer, too.

mod authorization;
mod resource;
mod simulate;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_organizations::types::PolicyType;
use serde_json::Value as Json;
use tagmend_diagnosis::{AccountRegion, Answer, Decoded, Lookup, Quota, Shortage, arn::last_part};

use crate::aws::aws_error::{AwsError, has_code};
use crate::aws::clients;
use crate::aws::clients::Clients;
use crate::aws::members::{Members, NoSession};
use crate::journal::Journal;
use crate::journal::sessions;
use crate::read::each::each_within;
use crate::read::permission_set;

/// Reads things that are wanted.
#[derive(Clone, Debug)]
pub(crate) struct LookupReader {
    pub(crate) clients: Clients,
    pub(crate) journal: Journal,
    pub(crate) members: Members,
    /// Whether AWS's authorization details are read.
    pub(crate) reads_authorization: bool,
}

/// Why something is not known.
enum Gap {
    Unseen(String),
    Aws(AwsError),
}

impl From<AwsError> for Gap {
    fn from(error: AwsError) -> Gap {
        Gap::Aws(error)
    }
}

impl From<NoSession> for Gap {
    fn from(reason: NoSession) -> Gap {
        match reason {
            NoSession::NoRole => Gap::Unseen(reason.to_string()),
            NoSession::Aws(error) => Gap::Aws(error),
        }
    }
}

impl From<Gap> for Answer {
    fn from(gap: Gap) -> Answer {
        match gap {
            Gap::Unseen(reason) => Answer::Unseen(reason),
            Gap::Aws(error) if error.passes => Answer::NotAsked(Shortage::Answer),
            Gap::Aws(error) => Answer::Unseen(error.to_string()),
        }
    }
}

impl LookupReader {
    /// Adds what is wanted to what is known. What is not answered in time was not asked.
    pub(crate) async fn read(
        &self,
        wants: BTreeSet<Lookup>,
        known: &mut Arc<BTreeMap<Lookup, Answer>>,
        partition: &str,
        left: Option<Duration>,
    ) {
        let answers = each_within(left, wants.clone(), |want| async move {
            Box::pin(self.answer(&want, partition)).await.unwrap_or_else(Answer::from)
        })
        .await;
        let known = Arc::make_mut(known);
        known.extend(wants.into_iter().map(|want| (want, Answer::NotAsked(Shortage::Time))));
        known.extend(answers);
    }

    async fn answer(&self, want: &Lookup, partition: &str) -> Result<Answer, Gap> {
        match want {
            Lookup::OrganizationPolicy { arn } => self.organization_policy(arn).await,
            Lookup::MemberPolicy { account, arn } => {
                let iam = self.member_iam(account, partition).await?;
                Ok(Answer::Policy(permission_set::policy_document(&iam, arn).await?))
            }
            Lookup::EndpointPolicy { place, endpoint } => {
                let configuration = self.member(place, partition).await?;
                resource::endpoint_policy(&configuration, endpoint).await
            }
            Lookup::KeyPolicy { place, arn } => {
                resource::key_policy(&self.member(place, partition).await?, arn).await
            }
            Lookup::ResourceTags { place, arn } => {
                resource::tags(&self.member(place, partition).await?, arn).await
            }
            Lookup::BucketAbac { place, bucket } => {
                bucket_abac(&clients::s3(&self.member(place, partition).await?), bucket).await
            }
            Lookup::DecodedMessage { place, message } => {
                let sts = aws_sdk_sts::Client::new(&self.member(place, partition).await?);
                decode(&sts, message).await
            }
            Lookup::Simulation { account, question } => {
                let iam = self.member_iam(account, partition).await?;
                simulate::ask(&iam, question).await
            }
            Lookup::SignIn { session } => match sessions::find(&self.journal, session).await? {
                Some(tags) => Ok(Answer::SessionTags(tags)),
                None => Err(Gap::Unseen("no record of the sign-in that shows tags".to_owned())),
            },
            Lookup::AuthorizationDetails { .. } if !self.reads_authorization => Ok(Answer::Off),
            Lookup::AuthorizationDetails { region, id } => {
                authorization::details(&self.clients.configuration, region, id).await
            }
            Lookup::Quotas { place, service } => self.quotas(place, service, partition).await,
        }
    }

    async fn member(&self, place: &AccountRegion, partition: &str) -> Result<aws_config::SdkConfig, Gap> {
        Ok(self.members.configuration(place, partition).await?)
    }

    /// IAM is one service for all Regions.
    async fn member_iam(&self, account: &str, partition: &str) -> Result<aws_sdk_iam::Client, Gap> {
        let region = self.clients.configuration.region().map_or("us-east-1", |region| region.as_ref());
        let place = AccountRegion { account: account.to_owned(), region: region.to_owned() };
        Ok(aws_sdk_iam::Client::new(&self.member(&place, partition).await?))
    }

    /// The text of an SCP or RCP. The id is that of the ARN, and so has to be what comes back.
    async fn organization_policy(&self, arn: &str) -> Result<Answer, Gap> {
        let operation = "organizations:DescribePolicy";
        let call = self.clients.organizations.describe_policy().policy_id(last_part(arn));
        let answer = call.send().await.map_err(|error| AwsError::new(operation, &error))?;
        let policy = answer.policy.ok_or_else(|| AwsError::incomplete(operation))?;
        let summary = policy.policy_summary.ok_or_else(|| AwsError::incomplete(operation))?;
        let is_denying = matches!(
            summary.r#type,
            Some(PolicyType::ServiceControlPolicy | PolicyType::ResourceControlPolicy)
        );
        if summary.arn.as_deref() != Some(arn) || !is_denying {
            return Err(Gap::Unseen("another policy came back".to_owned()));
        }
        Ok(Answer::Policy(policy.content.ok_or_else(|| AwsError::incomplete(operation))?))
    }

    /// The quotas that apply in the account; without the reader role, those that AWS gives everybody.
    async fn quotas(&self, place: &AccountRegion, service: &str, partition: &str) -> Result<Answer, Gap> {
        let quotas = match self.member(place, partition).await {
            Ok(configuration) => {
                let client = aws_sdk_servicequotas::Client::new(&configuration);
                let pages =
                    client.list_service_quotas().service_code(service).into_paginator().items().send();
                let quotas: Result<Vec<_>, _> = pages.collect().await;
                quotas.map_err(|error| AwsError::new("servicequotas:ListServiceQuotas", &error))?
            }
            Err(_) => {
                let call = self.clients.quotas.list_aws_default_service_quotas().service_code(service);
                let quotas: Result<Vec<_>, _> = call.into_paginator().items().send().collect().await;
                quotas.map_err(|error| AwsError::new("servicequotas:ListAWSDefaultServiceQuotas", &error))?
            }
        };
        Ok(Answer::Quotas(
            quotas
                .into_iter()
                .filter_map(|quota| {
                    Some(Quota {
                        value: quota.value()?.to_string(),
                        adjustable: quota.adjustable(),
                        code: quota.quota_code?,
                        name: quota.quota_name?,
                    })
                })
                .collect(),
        ))
    }
}

async fn bucket_abac(s3: &aws_sdk_s3::Client, bucket: &str) -> Result<Answer, Gap> {
    let operation = "s3:GetBucketAbac";
    let answer =
        s3.get_bucket_abac().bucket(bucket).send().await.map_err(|error| AwsError::new(operation, &error))?;
    let status = answer.abac_status.and_then(|status| status.status);
    let status = status.ok_or_else(|| AwsError::incomplete(operation))?;
    match status.as_str() {
        "Enabled" => Ok(Answer::BucketAbac(true)),
        "Disabled" => Ok(Answer::BucketAbac(false)),
        _ => Err(AwsError::incomplete(operation).into()),
    }
}

/// Source: `API_DecodeAuthorizationMessage` in the STS API reference.
async fn decode(sts: &aws_sdk_sts::Client, message: &str) -> Result<Answer, Gap> {
    let operation = "sts:DecodeAuthorizationMessage";
    let answer = match sts.decode_authorization_message().encoded_message(message).send().await {
        Ok(answer) => answer,
        Err(error) if has_code(&error, "InvalidAuthorizationMessageException") => {
            return Err(Gap::Unseen("it is not of this account, or not whole".to_owned()));
        }
        Err(error) => return Err(AwsError::new(operation, &error).into()),
    };
    let text = answer.decoded_message.ok_or_else(|| AwsError::incomplete(operation))?;
    let json: Json = serde_json::from_str(&text).map_err(|_| AwsError::incomplete(operation))?;
    decoded(&json).map(Answer::Decoded).ok_or_else(|| AwsError::incomplete(operation).into())
}

fn decoded(json: &Json) -> Option<Decoded> {
    let context = json.get("context")?;
    let text = |json: &Json| json.as_str().map(str::to_owned);
    let items = |json: &Json| json.get("items").and_then(Json::as_array).cloned();
    let mut conditions = BTreeMap::new();
    for item in context.get("conditions").and_then(items).unwrap_or_default() {
        let values = item.get("values").and_then(items)?;
        let values = values.iter().map(|value| text(value.get("value")?)).collect::<Option<Vec<_>>>()?;
        conditions.insert(text(item.get("key")?)?, values);
    }
    Some(Decoded {
        explicit_deny: json.get("explicitDeny")?.as_bool()?,
        principal_arn: text(context.pointer("/principal/arn")?)?,
        action: text(context.get("action")?)?,
        resource: text(context.get("resource")?)?,
        conditions,
    })
}
