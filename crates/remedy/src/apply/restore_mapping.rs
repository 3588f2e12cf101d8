//! Appends one approved mapping to the live list, which AWS replaces whole.

use aws_sdk_ssoadmin::types::{
    AccessControlAttribute, AccessControlAttributeValue, InstanceAccessControlAttributeConfiguration,
};
use serde_json::{Value as Json, json};
use tagmend_diagnosis::baseline::MAXIMUM_MAPPINGS;
use tagmend_diagnosis::facts::{AccessControl, AttributeMapping};

use super::{Outcome, Refusal, Request, Scope, Stop};
use crate::aws_error::{AwsError, has_code};
use crate::observe;
use crate::pacing::Pacing;

impl Scope<'_> {
    /// Read, merge, compare with what the diagnosis saw, snapshot, write, read again.
    pub(super) async fn restore_mapping(
        &self,
        request: &Request,
        key: &str,
        source: &str,
        seen: &mut AccessControl,
    ) -> Outcome {
        self.try_restore(request, key, source, seen).await.unwrap_or_else(Outcome::from)
    }

    async fn try_restore(
        &self,
        request: &Request,
        key: &str,
        source: &str,
        seen: &mut AccessControl,
    ) -> Result<Outcome, Stop> {
        let before = self.live().await?;
        let AccessControl::Enabled(live) = &before else {
            return Err(Stop::Refused(Refusal::StateChanged));
        };
        if live.iter().any(|mapping| mapping.key.to_lowercase() == key.to_lowercase()) {
            return Ok(Outcome::AlreadyInPlace);
        }
        if !same_mappings(&before, seen) || live.len() >= MAXIMUM_MAPPINGS {
            return Err(Stop::Refused(Refusal::StateChanged));
        }
        let mut merged = live.clone();
        merged.push(AttributeMapping { key: key.to_owned(), source: source.to_owned() });
        let id = self.snapshot(request, &json(&before)).await?;
        let written = self.update(&merged).await;
        // An answer can get lost after the write took effect, so only what is there now counts.
        let after = self.live().await;
        let verified = match &after {
            Ok(AccessControl::Enabled(now)) => merged.iter().all(|mapping| now.contains(mapping)),
            _ => false,
        };
        match (written, verified) {
            (Err(error), false) => Err(error.into()),
            (Ok(()), _) | (Err(_), true) => {
                let after = after.unwrap_or(AccessControl::Pending);
                let outcome = self.record(id, request, &json(&before), &json(&after), verified).await;
                *seen = after;
                Ok(outcome)
            }
        }
    }

    async fn live(&self) -> Result<AccessControl, AwsError> {
        observe::access_control(&self.writer.clients, &self.baseline.instance_arn).await
    }

    async fn update(&self, mappings: &[AttributeMapping]) -> Result<(), AwsError> {
        let operation = "sso:UpdateInstanceAccessControlAttributeConfiguration";
        let attributes = mappings.iter().map(|mapping| {
            let value = AccessControlAttributeValue::builder().source(&mapping.source).build();
            AccessControlAttribute::builder().key(&mapping.key).value(value.ok()?).build().ok()
        });
        let attributes: Option<Vec<AccessControlAttribute>> = attributes.collect();
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
            match call.clone().send().await {
                Ok(_) => return Ok(()),
                // The SDK does not retry conflicts.
                Err(error) if has_code(&error, "ConflictException") && attempt + 1 < Pacing::CONFLICTS => {
                    self.writer.pacing.after_conflict(attempt).await;
                    attempt += 1;
                }
                Err(error) => return Err(AwsError::new(operation, &error)),
            }
        }
    }
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
