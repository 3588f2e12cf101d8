//! Provisions one permission set to one account.

use aws_sdk_ssoadmin::config::Config;
use aws_sdk_ssoadmin::config::retry::RetryConfig;
use aws_sdk_ssoadmin::types::{ProvisionTargetType, StatusValues};
use jiff::SignedDuration;
use serde_json::{Value as Json, json};
use tagmend_diagnosis::digest::PolicyDigest;
use tagmend_diagnosis::facts::{PastChange, Provisioning};
use tagmend_diagnosis::plan::Change;

use super::{Outcome, Refusal, Request, Scope, Stop};
use crate::aws_error::{AwsError, has_code};
use crate::pacing::Pacing;
use crate::permission_set;

/// How a provisioning request ended.
enum Ended {
    Succeeded,
    Failed(String),
    NotYet,
}

/// Longest time that it takes, with every look.
const LENGTH: SignedDuration = SignedDuration::from_secs(35);

impl Scope<'_> {
    /// Only if the account lacks the newest version, and that version is the approved one.
    pub(super) async fn provision(&self, request: &Request) -> Outcome {
        let Change::Reprovision { permission_set, account, policy_digest, name: _ } = &request.change else {
            return Outcome::Refused(Refusal::StateChanged);
        };
        self.try_provision(request, permission_set, account, policy_digest)
            .await
            .unwrap_or_else(Outcome::from)
    }

    async fn try_provision(
        &self,
        request: &Request,
        arn: &str,
        account: &str,
        approved: &PolicyDigest,
    ) -> Result<Outcome, Stop> {
        if !self.is_outdated(arn, account).await? {
            return Ok(Outcome::AlreadyInPlace);
        }
        // It may still be under way: AWS does not tell which requests are.
        let same = |change: &PastChange| match change {
            PastChange::Reprovisioned { account: begun, permission_set_id } => {
                begun == account && arn.rsplit('/').next() == Some(permission_set_id)
            }
            PastChange::RestoredMapping { .. } => false,
        };
        if self.begun.iter().any(|begun| same(&begun.change)) {
            return Err(Stop::Refused(Refusal::RecentChange));
        }
        if !self.is_approved(arn, approved).await? {
            return Err(Stop::Refused(Refusal::PoliciesNotApproved));
        }
        let state = |status: &str| json!({"permission_set": arn, "account": account, "provisioning": status});
        let before = state("LATEST_PERMISSION_SET_NOT_PROVISIONED");
        let id = self.snapshot(request, &before, LENGTH).await?;
        let request_id = self.start(arn, account).await?;
        match self.wait(&request_id).await? {
            Ended::Failed(reason) => {
                let mut after = state("FAILED");
                if let Json::Object(fields) = &mut after {
                    fields.insert("reason".to_owned(), json!(reason));
                }
                self.record(id.clone(), request, &before, &after, false).await;
                return Ok(Outcome::EndedInFailure(id));
            }
            Ended::NotYet => {
                return Ok(self.record(id, request, &before, &state("IN_PROGRESS"), false).await);
            }
            Ended::Succeeded => {}
        }
        // What was published may be younger than what was approved: the last look says.
        let is_latest = matches!(self.is_outdated(arn, account).await, Ok(false));
        let verified = is_latest && matches!(self.is_approved(arn, approved).await, Ok(true));
        let after = if verified { "LATEST_PERMISSION_SET_PROVISIONED" } else { "unknown" };
        Ok(self.record(id, request, &before, &state(after), verified).await)
    }

    async fn is_approved(&self, arn: &str, approved: &PolicyDigest) -> Result<bool, AwsError> {
        let (clients, instance) = (&self.writer.clients, &self.baseline.instance_arn);
        let description = permission_set::describe(clients, instance, arn).await?;
        let live = permission_set::read(clients, instance, arn, description, Provisioning::Outdated).await?;
        Ok(PolicyDigest::of(&live).as_ref() == Some(approved))
    }

    async fn is_outdated(&self, arn: &str, account: &str) -> Result<bool, AwsError> {
        let outdated =
            permission_set::outdated(&self.writer.clients, &self.baseline.instance_arn, account).await?;
        Ok(outdated.contains(arn))
    }

    /// Starts the request; its id. Not idempotent on the side of AWS, so never sent again after an unclear answer.
    async fn start(&self, arn: &str, account: &str) -> Result<String, AwsError> {
        let operation = "sso:ProvisionPermissionSet";
        let call = self
            .writer
            .clients
            .sso
            .provision_permission_set()
            .instance_arn(&self.baseline.instance_arn)
            .permission_set_arn(arn)
            .target_type(ProvisionTargetType::AwsAccount)
            .target_id(account);
        let mut attempt = 0;
        let answer = loop {
            let once = Config::builder().retry_config(RetryConfig::disabled());
            match call.clone().customize().config_override(once).send().await {
                Ok(answer) => break answer,
                Err(error)
                    if ["ConflictException", "ThrottlingException"]
                        .iter()
                        .any(|code| has_code(&error, code))
                        && attempt + 1 < Pacing::CONFLICTS =>
                {
                    self.writer.pacing.after_conflict(attempt).await;
                    attempt += 1;
                }
                Err(error) => return Err(AwsError::new(operation, &error)),
            }
        };
        let status = answer.permission_set_provisioning_status;
        status.and_then(|status| status.request_id).ok_or_else(|| AwsError::incomplete(operation))
    }

    async fn wait(&self, request_id: &str) -> Result<Ended, AwsError> {
        let operation = "sso:DescribePermissionSetProvisioningStatus";
        for _ in 0..Pacing::POLLS {
            let call = self
                .writer
                .clients
                .sso
                .describe_permission_set_provisioning_status()
                .instance_arn(&self.baseline.instance_arn)
                .provision_permission_set_request_id(request_id);
            let answer = call.send().await.map_err(|error| AwsError::new(operation, &error))?;
            let status =
                answer.permission_set_provisioning_status.ok_or_else(|| AwsError::incomplete(operation))?;
            match status.status {
                Some(StatusValues::Succeeded) => return Ok(Ended::Succeeded),
                Some(StatusValues::Failed) => {
                    return Ok(Ended::Failed(
                        status.failure_reason.unwrap_or_else(|| "no reason given".to_owned()),
                    ));
                }
                _ => self.writer.pacing.before_poll().await,
            }
        }
        Ok(Ended::NotYet)
    }
}
