//! Appends approved mappings to the live list, which AWS replaces whole: all of a run in one write.

use aws_sdk_ssoadmin::config::Config;
use aws_sdk_ssoadmin::config::retry::RetryConfig;
use aws_sdk_ssoadmin::types::{
    AccessControlAttribute, AccessControlAttributeValue, InstanceAccessControlAttributeConfiguration,
};
use jiff::SignedDuration;
use serde_json::{Value as Json, json};
use tagmend_diagnosis::baseline::MAXIMUM_MAPPINGS;
use tagmend_diagnosis::facts::{AccessControl, AttributeMapping, PastChange};
use tagmend_diagnosis::plan::Change;

use super::{Outcome, Refusal, Request, Scope, Stop};
use crate::aws_error::{AwsError, has_code};
use crate::observe;
use crate::pacing::Pacing;

/// Longest time that it takes to write, look again and record.
const LENGTH: SignedDuration = SignedDuration::from_secs(20);

impl Scope<'_> {
    /// Read, merge, compare with what the diagnosis saw, snapshot, write, read again. One outcome a request.
    pub(super) async fn restore_mappings(&self, requests: &[&Request], seen: &AccessControl) -> Vec<Outcome> {
        self.try_restore(requests, seen)
            .await
            .unwrap_or_else(|stop| vec![Outcome::from(stop); requests.len()])
    }

    async fn try_restore(&self, requests: &[&Request], seen: &AccessControl) -> Result<Vec<Outcome>, Stop> {
        let before = self.live().await?;
        let AccessControl::Enabled(live) = &before else {
            return Err(Stop::Refused(Refusal::StateChanged));
        };
        let wanted: Vec<AttributeMapping> =
            requests.iter().filter_map(|request| mapping(&request.change)).collect();
        if wanted.iter().all(|mapping| is_mapped(live, &mapping.key)) {
            return Ok(vec![Outcome::AlreadyInPlace; requests.len()]);
        }
        let merged: Vec<AttributeMapping> = live.iter().chain(&wanted).cloned().collect();
        let taken = wanted.iter().any(|mapping| is_mapped(live, &mapping.key));
        if taken || !same_mappings(&before, seen) || merged.len() > MAXIMUM_MAPPINGS {
            return Err(Stop::Refused(Refusal::StateChanged));
        }
        // What was restored a short while ago and is gone: somebody undoes it, or this list is not the newest.
        let is_gone = |change: &PastChange| match change {
            PastChange::RestoredMapping { key } => !is_mapped(live, key),
            PastChange::Reprovisioned { .. } => false,
        };
        if self.made.iter().any(|fix| is_gone(&fix.change)) {
            return Err(Stop::Refused(Refusal::RecentChange));
        }
        let mut ids = Vec::new();
        for request in requests {
            ids.push(self.snapshot(request, &json(&before), LENGTH).await?);
        }
        let written = self.write(&before, &merged).await;
        // An answer can get lost after the write took effect, so only what is there now counts.
        let after = self.live().await;
        let verified = match &after {
            Ok(AccessControl::Enabled(now)) => merged.iter().all(|mapping| now.contains(mapping)),
            _ => false,
        };
        if let (Err(stop), false) = (written, verified) {
            return Err(stop);
        }
        let after = json(&after.unwrap_or(AccessControl::Pending));
        let mut outcomes = Vec::new();
        for (id, request) in ids.into_iter().zip(requests) {
            outcomes.push(self.record(id, request, &json(&before), &after, verified).await);
        }
        Ok(outcomes)
    }

    async fn live(&self) -> Result<AccessControl, AwsError> {
        observe::access_control(&self.writer.clients, &self.baseline.instance_arn).await
    }

    /// Writes the list. A conflict means that somebody else wrote, so the list is read again before each attempt:
    /// what was made for another state is never sent again.
    async fn write(&self, before: &AccessControl, merged: &[AttributeMapping]) -> Result<(), Stop> {
        let operation = "sso:UpdateInstanceAccessControlAttributeConfiguration";
        let attributes: Option<Vec<AccessControlAttribute>> = merged.iter().map(attribute).collect();
        let attributes = attributes.ok_or_else(|| AwsError::incomplete(operation))?;
        let configuration = InstanceAccessControlAttributeConfiguration::builder()
            .set_access_control_attributes(Some(attributes))
            .build()
            .map_err(|_| AwsError::incomplete(operation))?;
        let call = self
            .writer
            .clients
            .sso
            .update_instance_access_control_attribute_configuration()
            .instance_arn(&self.baseline.instance_arn)
            .instance_access_control_attribute_configuration(configuration);
        let mut attempt = 0;
        loop {
            let once = Config::builder().retry_config(RetryConfig::disabled());
            let error = match call.clone().customize().config_override(once).send().await {
                Ok(_) => return Ok(()),
                Err(error) => error,
            };
            let was_refused =
                ["ConflictException", "ThrottlingException"].iter().any(|code| has_code(&error, code));
            attempt += 1;
            if !was_refused || attempt >= Pacing::CONFLICTS {
                return Err(AwsError::new(operation, &error).into());
            }
            self.writer.pacing.after_conflict(attempt).await;
            if !same_mappings(&self.live().await?, before) {
                return Err(Stop::Refused(Refusal::StateChanged));
            }
        }
    }
}

fn mapping(change: &Change) -> Option<AttributeMapping> {
    match change {
        Change::RestoreMapping { key, source } => {
            Some(AttributeMapping { key: key.clone(), source: source.expression().to_owned() })
        }
        Change::Reprovision { .. } => None,
    }
}

fn attribute(mapping: &AttributeMapping) -> Option<AccessControlAttribute> {
    let value = AccessControlAttributeValue::builder().source(&mapping.source).build().ok()?;
    AccessControlAttribute::builder().key(&mapping.key).value(value).build().ok()
}

fn is_mapped(live: &[AttributeMapping], key: &str) -> bool {
    live.iter().any(|mapping| mapping.key.to_lowercase() == key.to_lowercase())
}

/// No page says that AWS keeps the list's order.
fn same_mappings(left: &AccessControl, right: &AccessControl) -> bool {
    let sorted = |access_control: &AccessControl| match access_control {
        AccessControl::Enabled(mappings) => {
            let mut mappings = mappings.clone();
            mappings.sort();
            Some(mappings)
        }
        AccessControl::Disabled | AccessControl::Pending => None,
    };
    sorted(left).is_some() && sorted(left) == sorted(right)
}

fn json(access_control: &AccessControl) -> Json {
    match access_control {
        AccessControl::Enabled(mappings) => {
            let mappings =
                mappings.iter().map(|mapping| json!({"key": mapping.key, "source": mapping.source}));
            json!({"attribute_mappings": mappings.collect::<Vec<_>>()})
        }
        AccessControl::Disabled => json!({"attribute_mappings": null}),
        AccessControl::Pending => json!({"attribute_mappings": "unknown"}),
    }
}
