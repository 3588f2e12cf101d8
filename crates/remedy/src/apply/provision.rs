//! Provisions one permission set to one account.

use aws_sdk_ssoadmin::config::Config;
use aws_sdk_ssoadmin::config::retry::RetryConfig;
use aws_sdk_ssoadmin::types::{OperationStatusFilter, ProvisionTargetType, StatusValues};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value as Json, json};
use tagmend_diagnosis::{Change, PolicyDigest, Provisioning, clocks::SETTLES};

use super::budget::Budget;
use super::leased_run::{Authority, LeasedRun, Seen};
use super::limits::{is_provision, why_not_provision};
use super::outcome::{NotMade, Outcome, Refusal, Stop};
use super::{Past, RequestedChange};
use crate::aws::aws_error::{AwsError, is_refused, may_be_sent_again};
use crate::aws::pacing::Pacing;
use crate::journal::Entry;
use crate::read::permission_set;

/// What became of a call that starts a provisioning.
enum Started {
    /// AWS began it, with this request id.
    Request(String),
    /// AWS may have begun it.
    Unclear(AwsError),
}

/// How a provisioning request ended.
enum Ended {
    Succeeded,
    Failed(String),
    NotYet,
}

/// Longest time that it takes, with every look.
const LENGTH: SignedDuration = SignedDuration::from_secs(35);
/// The account has the newest version.
pub(super) const LATEST: &str = "LATEST_PERMISSION_SET_PROVISIONED";
const NOT_LATEST: &str = "LATEST_PERMISSION_SET_NOT_PROVISIONED";

/// How a permission set stands in an account, for the journal.
pub(super) fn state(arn: &str, account: &str, status: &str) -> Json {
    json!({"permission_set": arn, "account": account, "provisioning": status})
}

impl LeasedRun<'_> {
    /// Only if the account lacks the newest version, and that version is the approved one.
    pub(super) async fn provision(&self, request: &RequestedChange, past: &Past, budget: &Budget) -> Outcome {
        self.try_provision(request, past, budget).await.unwrap_or_else(Outcome::from)
    }

    async fn try_provision(
        &self,
        request: &RequestedChange,
        past: &Past,
        budget: &Budget,
    ) -> Result<Outcome, Stop> {
        let Change::Reprovision { permission_set: arn, account, policy_digest: approved, name: _ } =
            &request.change
        else {
            return Err(Stop::Refused(Refusal::StateChanged));
        };
        if budget.left_for_provisionings() == 0 {
            return Err(Stop::Refused(budget.spent()));
        }
        if !self.is_outdated(arn, account).await? {
            return Ok(Outcome::AlreadyInPlace);
        }
        let cool_down = self.baseline.limits.cool_down;
        let recent = |entry: &&Entry| {
            is_provision(entry, &request.change) && self.now().duration_since(entry.time) < cool_down
        };
        // It was recorded, verified or not, and the account lacks the newest version all the same.
        if let Some(fix) = past.made.iter().rfind(recent) {
            if self.now().duration_since(fix.time) < SETTLES {
                return Err(Stop::Refused(Refusal::RecentChange));
            }
            return Ok(Outcome::Escalated(fix.id.clone()));
        }
        // It was begun and not recorded: it may be under way, or the run ended before it began.
        if past.begun.iter().any(|begun| recent(&begun)) && self.is_something_under_way().await? {
            return Err(Stop::Refused(Refusal::UnderWay));
        }
        if let Some(refusal) = why_not_provision(request, past, &self.baseline.limits, self.now()) {
            return Err(Stop::Refused(refusal));
        }
        self.has(LENGTH)?;
        if !budget.take_for_provisioning() {
            return Err(Stop::Refused(budget.spent()));
        }
        let before = state(arn, account, NOT_LATEST);
        self.record_made().await;
        // The last look while the snapshot is stored: nothing is sent before it is.
        let at = self.now();
        let plan = [request];
        let look = self.last_look(Authority::Plan(&plan), LENGTH, self.is_approved(arn, approved));
        let (begun, looked) = futures::join!(self.begin(request, &plan, &before), look);
        let begun = match begun {
            Ok(begun) => begun,
            Err(stop) => {
                budget.give_back(1);
                return Err(stop);
            }
        };
        let started = match looked {
            Ok(true) => self.start(request, arn, account, approved, at).await,
            Ok(false) => Err(Stop::Refused(Refusal::PoliciesNotApproved).into()),
            Err(stop) => Err(NotMade::from(stop)),
        };
        let request_id = match started {
            Ok(Started::Request(id)) => id,
            Ok(Started::Unclear(error)) => return Err(error.into()),
            Err(not_made) => {
                self.close(&begun, &not_made).await;
                budget.give_back(1);
                return Err(not_made.stop);
            }
        };
        let (outcome, after): (fn(_) -> Outcome, Json) = match self.wait(&request_id).await? {
            Ended::Failed(reason) => {
                let mut after = state(arn, account, "FAILED");
                if let Json::Object(fields) = &mut after {
                    fields.insert("reason".to_owned(), json!(reason));
                }
                (Outcome::EndedInFailure, after)
            }
            Ended::NotYet => (Outcome::Unverified, state(arn, account, "IN_PROGRESS")),
            // What was published may be younger than what was approved: the last look says.
            Ended::Succeeded if self.is_as_approved(arn, account, approved).await => {
                (Outcome::Fixed, state(arn, account, LATEST))
            }
            Ended::Succeeded => (Outcome::Unverified, state(arn, account, "unknown")),
        };
        let outcome = outcome(begun.id.clone());
        let seen = if matches!(outcome, Outcome::Fixed(_)) { Seen::ItsRun } else { Seen::Nobody };
        self.made(&begun, after, seen);
        // Others may take until the run is stopped.
        self.record_made().await;
        Ok(outcome)
    }

    /// Whether the account has the newest version, and that version is the approved one.
    pub(super) async fn is_as_approved(&self, arn: &str, account: &str, approved: &PolicyDigest) -> bool {
        let looks = futures::join!(self.is_outdated(arn, account), self.is_approved(arn, approved));
        matches!(looks, (Ok(false), Ok(true)))
    }

    /// Whether any provisioning is under way. The list tells no more; whatever it is, there is time to wait for it.
    async fn is_something_under_way(&self) -> Result<bool, AwsError> {
        let filter = OperationStatusFilter::builder().status(StatusValues::InProgress).build();
        let call = self.writer.clients.sso.list_permission_set_provisioning_status();
        let call = call.instance_arn(&self.baseline.instance_arn).filter(filter);
        let mut found = call.into_paginator().items().send();
        let first = found.next().await.transpose();
        let first =
            first.map_err(|error| AwsError::new("sso:ListPermissionSetProvisioningStatus", &error))?;
        Ok(first.is_some())
    }

    async fn is_approved(&self, arn: &str, approved: &PolicyDigest) -> Result<bool, AwsError> {
        let (clients, instance) = (&self.writer.clients, &self.baseline.instance_arn);
        let live = permission_set::read(clients, instance, arn, None, Provisioning::Outdated).await?;
        Ok(live.has_policies(approved))
    }

    pub(super) async fn is_outdated(&self, arn: &str, account: &str) -> Result<bool, AwsError> {
        let outdated =
            permission_set::outdated(&self.writer.clients, &self.baseline.instance_arn, account).await?;
        Ok(outdated.contains(arn))
    }

    /// Starts the request, after a last look that began at `looked`. Not idempotent on the side of AWS, so never sent
    /// again after an unclear answer. An error means that nothing was started, for sure.
    async fn start(
        &self,
        request: &RequestedChange,
        arn: &str,
        account: &str,
        approved: &PolicyDigest,
        looked: Timestamp,
    ) -> Result<Started, NotMade> {
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
            if attempt > 0 || !self.is_fresh(looked) {
                // A conflict is often somebody else's change of the same permission set.
                let look = self.is_approved(arn, approved);
                if !self.last_look(Authority::Plan(&[request]), LENGTH, look).await? {
                    return Err(Stop::Refused(Refusal::PoliciesNotApproved).into());
                }
            }
            let once = Config::builder().retry_config(RetryConfig::disabled());
            let error = match call.clone().customize().config_override(once).send().await {
                Ok(answer) => break answer,
                Err(error) => error,
            };
            attempt += 1;
            let told = AwsError::new(operation, &error);
            if !is_refused(&error) {
                return Ok(Started::Unclear(told));
            }
            if !may_be_sent_again(&error) || attempt >= Pacing::CONFLICTS {
                return Err(NotMade::refused(told));
            }
            self.writer.pacing.after_conflict(attempt).await;
        };
        let id = answer.permission_set_provisioning_status.and_then(|status| status.request_id);
        Ok(id.map_or_else(|| Started::Unclear(AwsError::incomplete(operation)), Started::Request))
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
