//! The list of mappings, which AWS replaces whole: the only place that sends one.

use aws_sdk_ssoadmin::config::Config;
use aws_sdk_ssoadmin::config::retry::RetryConfig;
use aws_sdk_ssoadmin::types::{
    AccessControlAttribute, AccessControlAttributeValue, InstanceAccessControlAttributeConfiguration,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value as Json, json};
use tagmend_diagnosis::{AccessControl, AttributeMapping, MAXIMUM_MAPPINGS, is_same_key};

use super::leased_run::{Authority, LeasedRun};
use super::outcome::{NotMade, Refusal, Stop};
use crate::aws::aws_error::{AwsError, is_refused, may_be_sent_again};
use crate::aws::pacing::Pacing;
use crate::read::observe;

/// Longest time that it takes to write, look again and record.
pub(super) const LENGTH: SignedDuration = SignedDuration::from_secs(20);

/// A list to take the live one's place. Here it can only get longer; [`super::rollback`] makes the shorter one.
pub(super) struct NextList(pub(super) Vec<AttributeMapping>);

impl NextList {
    /// Everything that is there, and these behind it; none where a key would be there twice, or too many are.
    pub(super) fn appending(live: &[AttributeMapping], wanted: &[AttributeMapping]) -> Option<NextList> {
        let mut next = live.to_vec();
        for mapping in wanted {
            if is_mapped(&next, &mapping.key) {
                return None;
            }
            next.push(mapping.clone());
        }
        (next.len() <= MAXIMUM_MAPPINGS).then_some(NextList(next))
    }
}

/// What became of a write that was sent.
pub(super) enum Sent {
    /// AWS answered that it was done.
    Answered,
    /// It may have taken effect: only a read can tell.
    Unclear(AwsError),
}

impl LeasedRun<'_> {
    pub(super) async fn live(&self) -> Result<AccessControl, AwsError> {
        observe::access_control(&self.writer.clients, &self.baseline.instance_arn).await
    }

    /// Puts a list in place of `before`. Before each attempt everything is looked at again: what was made for another
    /// state is never sent. `looked` is a last look that was just made, and when it began. An error means that nothing took
    /// effect, for sure.
    pub(super) async fn replace(
        &self,
        word: Authority<'_>,
        before: &AccessControl,
        next: &NextList,
        looked: Option<(Timestamp, AccessControl)>,
    ) -> Result<Sent, NotMade> {
        let operation = "sso:UpdateInstanceAccessControlAttributeConfiguration";
        let attributes: Option<Vec<AccessControlAttribute>> = next.0.iter().map(attribute).collect();
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
        let mut looked = looked.filter(|(at, _)| self.is_fresh(*at)).map(|(_, looked)| looked);
        let mut attempt = 0;
        loop {
            let live = match looked.take() {
                Some(looked) => looked,
                None => self.last_look(word, LENGTH, self.live()).await?,
            };
            if !same_mappings(&live, before) {
                return Err(Stop::Refused(Refusal::StateChanged).into());
            }
            let once = Config::builder().retry_config(RetryConfig::disabled());
            let error = match call.clone().customize().config_override(once).send().await {
                Ok(_) => return Ok(Sent::Answered),
                Err(error) => error,
            };
            attempt += 1;
            let told = AwsError::new(operation, &error);
            if !is_refused(&error) {
                return Ok(Sent::Unclear(told));
            }
            if !may_be_sent_again(&error) || attempt >= Pacing::CONFLICTS {
                return Err(NotMade::refused(told));
            }
            self.writer.pacing.after_conflict(attempt).await;
        }
    }

    /// Reads the list after a write until it is as it should be, a few times at most. Only what is there counts: an
    /// answer can get lost after the write took effect, and a read can be older than the write.
    pub(super) async fn read_back(
        &self,
        is_right: impl Fn(&[AttributeMapping]) -> bool,
    ) -> (bool, Result<AccessControl, AwsError>) {
        let mut looks = 0;
        loop {
            let after = self.live().await;
            looks += 1;
            let right = matches!(&after, Ok(AccessControl::Enabled(live)) if is_right(live));
            if right || looks >= Pacing::LOOKS {
                return (right, after);
            }
            self.writer.pacing.before_poll().await;
        }
    }
}

fn attribute(mapping: &AttributeMapping) -> Option<AccessControlAttribute> {
    let value = AccessControlAttributeValue::builder().source(&mapping.source).build().ok()?;
    AccessControlAttribute::builder().key(&mapping.key).value(value).build().ok()
}

pub(super) fn is_mapped(live: &[AttributeMapping], key: &str) -> bool {
    live.iter().any(|mapping| is_same_key(&mapping.key, key))
}

/// No page says that AWS keeps the list's order.
pub(super) fn same_mappings(left: &AccessControl, right: &AccessControl) -> bool {
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

pub(super) fn json(access_control: &AccessControl) -> Json {
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
