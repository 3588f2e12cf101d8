//! Reads what a diagnosis wants to know besides. What cannot be read is an answer, too.

mod authorization;
mod resource;
mod simulate;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_organizations::types::PolicyType;
use serde_json::Value as Json;
use tagmend_diagnosis::{
    AccountRegion, Answer, Answered, Answers, AuthorizationDetails, AuthorizationId, BucketAt, Decoded,
    EncodedMessage, Gap, Lookup, PolicyAt, Quota, QuotasOf, ResourceAt, SessionId, Shortage, SimulatedPair,
    Simulation, arn::last_part,
};

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

/// Why something was not read.
enum NotRead {
    Unseen(String),
    Aws(AwsError),
}

impl From<AwsError> for NotRead {
    fn from(error: AwsError) -> NotRead {
        NotRead::Aws(error)
    }
}

impl From<NoSession> for NotRead {
    fn from(reason: NoSession) -> NotRead {
        match reason {
            NoSession::NoRole => NotRead::Unseen(reason.to_string()),
            NoSession::Aws(error) => NotRead::Aws(error),
        }
    }
}

impl From<NotRead> for Gap {
    fn from(reason: NotRead) -> Gap {
        match reason {
            NotRead::Unseen(reason) => Gap::Unseen(reason),
            NotRead::Aws(error) if error.passes => Gap::NotAsked(Shortage::Answer),
            NotRead::Aws(error) => Gap::Unseen(error.to_string()),
        }
    }
}

fn answer<T>(read: Result<T, NotRead>) -> Answer<T> {
    read.map_err(Gap::from)
}

impl LookupReader {
    /// Adds what is wanted to what is known. What is not answered in time was not asked.
    pub(crate) async fn read(
        &self,
        wants: BTreeSet<Lookup>,
        known: &mut Arc<Answers>,
        partition: &str,
        left: Option<Duration>,
    ) {
        let answers = each_within(left, wants.clone(), |want| {
            Box::pin(async move { self.answered(&want, partition).await })
        })
        .await;
        let known = Arc::make_mut(known);
        known.extend(wants.into_iter().map(|want| want.without_answer(Gap::NotAsked(Shortage::Time))));
        known.extend(answers.into_values());
    }

    async fn answered(&self, want: &Lookup, partition: &str) -> Answered {
        match want {
            Lookup::Policy(at) => Answered::Policy(at.clone(), answer(self.policy(at, partition).await)),
            Lookup::ResourceTags(at) => {
                Answered::ResourceTags(at.clone(), answer(self.resource_tags(at, partition).await))
            }
            Lookup::BucketAbac(at) => {
                Answered::BucketAbac(at.clone(), answer(self.bucket_abac(at, partition).await))
            }
            Lookup::SignIn(session) => {
                Answered::SignIn(session.clone(), answer(self.session_tags(session).await))
            }
            Lookup::Simulation(of) => {
                Answered::Simulation(of.clone(), answer(self.simulate(of, partition).await))
            }
            Lookup::Quotas(of) => Answered::Quotas(of.clone(), answer(self.quotas(of, partition).await)),
            Lookup::DecodedMessage(of) => {
                Answered::DecodedMessage(of.clone(), answer(self.decode(of, partition).await))
            }
            Lookup::Authorization(id) => {
                Answered::Authorization(id.clone(), answer(self.authorization(id).await))
            }
        }
    }

    async fn policy(&self, at: &PolicyAt, partition: &str) -> Result<String, NotRead> {
        match at {
            PolicyAt::Organization { arn } => self.organization_policy(arn).await,
            PolicyAt::Member { account, arn } => {
                let iam = self.member_iam(account, partition).await?;
                Ok(permission_set::policy_document(&iam, arn).await?)
            }
            PolicyAt::Endpoint { place, endpoint } => {
                resource::endpoint_policy(&self.member(place, partition).await?, endpoint).await
            }
            PolicyAt::Key { place, arn } => {
                resource::key_policy(&self.member(place, partition).await?, arn).await
            }
        }
    }

    async fn resource_tags(
        &self,
        at: &ResourceAt,
        partition: &str,
    ) -> Result<BTreeMap<String, String>, NotRead> {
        resource::tags(&self.member(&at.place, partition).await?, &at.arn).await
    }

    async fn bucket_abac(&self, at: &BucketAt, partition: &str) -> Result<bool, NotRead> {
        bucket_abac(&clients::s3(&self.member(&at.place, partition).await?), &at.bucket).await
    }

    async fn session_tags(&self, session: &SessionId) -> Result<BTreeMap<String, String>, NotRead> {
        let tags = sessions::find(&self.journal, session).await?;
        tags.ok_or_else(|| NotRead::Unseen("no record of the sign-in that shows tags".to_owned()))
    }

    async fn simulate(&self, simulation: &Simulation, partition: &str) -> Result<SimulatedPair, NotRead> {
        simulate::ask(&self.member_iam(&simulation.account, partition).await?, &simulation.question).await
    }

    async fn decode(&self, encoded: &EncodedMessage, partition: &str) -> Result<Decoded, NotRead> {
        let sts = aws_sdk_sts::Client::new(&self.member(&encoded.place, partition).await?);
        decode(&sts, &encoded.message).await
    }

    async fn authorization(&self, id: &AuthorizationId) -> Result<AuthorizationDetails, NotRead> {
        match self.reads_authorization {
            true => authorization::details(&self.clients.configuration, &id.region, &id.id).await,
            false => Ok(AuthorizationDetails::Off),
        }
    }

    async fn member(&self, place: &AccountRegion, partition: &str) -> Result<aws_config::SdkConfig, NotRead> {
        Ok(self.members.configuration(place, partition).await?)
    }

    /// IAM is one service for all Regions.
    async fn member_iam(&self, account: &str, partition: &str) -> Result<aws_sdk_iam::Client, NotRead> {
        let region = self.clients.configuration.region().map_or("us-east-1", |region| region.as_ref());
        let place = AccountRegion { account: account.to_owned(), region: region.to_owned() };
        Ok(aws_sdk_iam::Client::new(&self.member(&place, partition).await?))
    }

    /// The text of an SCP or RCP. The id is that of the ARN, and so has to be what comes back.
    async fn organization_policy(&self, arn: &str) -> Result<String, NotRead> {
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
            return Err(NotRead::Unseen("another policy came back".to_owned()));
        }
        Ok(policy.content.ok_or_else(|| AwsError::incomplete(operation))?)
    }

    /// The quotas that apply in the account; without the reader role, those that AWS gives everybody.
    async fn quotas(&self, of: &QuotasOf, partition: &str) -> Result<Vec<Quota>, NotRead> {
        let QuotasOf { place, service } = of;
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
        let quota = |quota: aws_sdk_servicequotas::types::ServiceQuota| {
            Some(Quota {
                value: quota.value()?.to_string(),
                adjustable: quota.adjustable(),
                code: quota.quota_code?,
                name: quota.quota_name?,
            })
        };
        Ok(quotas.into_iter().filter_map(quota).collect())
    }
}

async fn bucket_abac(s3: &aws_sdk_s3::Client, bucket: &str) -> Result<bool, NotRead> {
    let operation = "s3:GetBucketAbac";
    let answer =
        s3.get_bucket_abac().bucket(bucket).send().await.map_err(|error| AwsError::new(operation, &error))?;
    let status = answer.abac_status.and_then(|status| status.status);
    let status = status.ok_or_else(|| AwsError::incomplete(operation))?;
    match status.as_str() {
        "Enabled" => Ok(true),
        "Disabled" => Ok(false),
        _ => Err(AwsError::incomplete(operation).into()),
    }
}

/// Source: `API_DecodeAuthorizationMessage` in the STS API reference.
async fn decode(sts: &aws_sdk_sts::Client, message: &str) -> Result<Decoded, NotRead> {
    let operation = "sts:DecodeAuthorizationMessage";
    let answer = match sts.decode_authorization_message().encoded_message(message).send().await {
        Ok(answer) => answer,
        Err(error) if has_code(&error, "InvalidAuthorizationMessageException") => {
            return Err(NotRead::Unseen("it is not of this account, or not whole".to_owned()));
        }
        Err(error) => return Err(AwsError::new(operation, &error).into()),
    };
    let text = answer.decoded_message.ok_or_else(|| AwsError::incomplete(operation))?;
    let json: Json = serde_json::from_str(&text).map_err(|_| AwsError::incomplete(operation))?;
    decoded(&json).ok_or_else(|| AwsError::incomplete(operation).into())
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
