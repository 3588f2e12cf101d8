//! What goes wrong with Identity Center and is no denied call: sign-ins, provisioning, the portal, people who leave, and
//! what was changed. Recognised from records and events, advised on, and never healed.
//!
//! What no page and no public record shows is not recognised; `docs/causes.md` lists it.

mod about;
pub mod cause;
mod command;
mod event;
mod glance;
mod kept;
pub mod story;
mod unknown;

use std::fmt;

use jiff::Timestamp;
use serde_json::Value as Json;

use crate::approved::baseline::Baseline;

pub use about::{About, Class};
use cause::{Cause, RULES};
use event::Event;
pub use glance::{Glimpse, Member, Test, is_related};
pub use kept::Kept;
pub use unknown::NOT_RECOGNISED;

/// A record or an event that is no denied call.
#[derive(Clone, PartialEq, Eq)]
pub struct Related {
    /// The record's id; that of the event where it did not come through CloudTrail.
    pub event_id: String,
    /// When.
    pub time: Timestamp,
    /// The account that it was delivered to.
    pub account: Option<String>,
    /// The Region.
    pub region: Option<String>,
    /// What happened, as AWS names it: `signin:ExternalIdPDirectoryLogin`.
    pub action: String,
    /// Which of the known failures and changes it is.
    pub cause: Cause,
    /// The user's id, where the record names one.
    pub user_id: Option<String>,
    /// The ARN of who did it, where the record names one.
    pub actor: Option<String>,
    /// What the record shows, a sentence each. Nobody's name, and no value of an attribute.
    pub evidence: Vec<String>,
    /// Who has to do what.
    pub advice: &'static str,
    /// The error's code, where it failed.
    pub error_code: Option<String>,
    /// Its text as it came. Text that others influence: escape it before it is printed, and never log or keep it.
    pub error_message: Option<String>,
    /// The session that was begun, where one was.
    pub session_arn: Option<String>,
    /// What the record tells for commands.
    named: command::Named,
    /// The instance, where the record names one.
    instance_arn: Option<String>,
    /// The identity store, where the record names one.
    identity_store_id: Option<String>,
}

impl fmt::Debug for Related {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Related")
            .field("event_id", &self.event_id)
            .field("cause", &self.cause)
            .finish()
    }
}

/// Where records name the instance, and its identity store: as a parameter, or as the encryption context of its key.
const INSTANCE: [&str; 2] =
    ["/requestParameters/instanceArn", "/requestParameters/encryptionContext/aws:sso:instance-arn"];
const IDENTITY_STORE: [&str; 2] = [
    "/requestParameters/identityStoreId",
    "/requestParameters/encryptionContext/aws:identitystore:identitystore-arn",
];

fn first(event: &Event<'_>, places: [&str; 2]) -> Option<String> {
    places.into_iter().find_map(|place| event.text(place)).map(str::to_owned)
}

/// What a rule found besides that its cause applies.
#[derive(Debug, Default)]
struct Found {
    evidence: Vec<String>,
    advice: Option<&'static str>,
    user_id: Option<String>,
    session_arn: Option<String>,
}

impl Found {
    fn say(sentence: impl Into<String>) -> Found {
        Found { evidence: vec![sentence.into()], ..Found::default() }
    }

    fn and(mut self, sentence: impl Into<String>) -> Found {
        self.evidence.push(sentence.into());
        self
    }

    fn advise(self, advice: &'static str) -> Found {
        Found { advice: Some(advice), ..self }
    }

    fn about_user(self, user_id: Option<&str>) -> Found {
        Found { user_id: user_id.map(str::to_owned), ..self }
    }
}

impl Related {
    /// Reads an EventBridge event or a CloudTrail record; none where it is nothing that is known here.
    pub fn read(document: &Json) -> Option<Related> {
        let event = Event::read(document)?;
        if event.is_record() && !is_related(&event) {
            return None;
        }
        let (cause, found) = RULES.iter().find_map(|(cause, rule)| Some((*cause, rule(&event)?)))?;
        Some(Related {
            cause,
            event_id: event.id.to_owned(),
            time: event.time,
            account: event.account.map(str::to_owned),
            region: event.region.map(str::to_owned),
            action: event.action(),
            user_id: found.user_id,
            actor: event.actor().map(str::to_owned),
            evidence: found.evidence,
            advice: found.advice.unwrap_or(cause.about().advice),
            session_arn: found.session_arn,
            error_code: event.error_code().map(str::to_owned),
            error_message: event.message().map(str::to_owned),
            named: command::named(&event),
            instance_arn: first(&event, INSTANCE),
            identity_store_id: first(&event, IDENTITY_STORE),
        })
    }

    /// Its class.
    pub fn class(&self) -> Class {
        self.cause.about().class
    }

    /// The user of whom something has changed, so that what was read of them before no longer counts.
    pub fn changed_user(&self) -> Option<&str> {
        matches!(self.cause, Cause::UserChanged | Cause::AccessEnded)
            .then_some(self.user_id.as_deref())
            .flatten()
    }

    /// Whether it is about this instance, or does not say about which.
    pub fn is_of(&self, baseline: &Baseline) -> bool {
        let is_instance = |arn: &String| *arn == baseline.instance_arn;
        // Both an id and an ARN occur.
        let is_store = |store: &String| store.rsplit('/').next() == Some(baseline.identity_store_id.as_str());
        self.instance_arn.as_ref().is_none_or(is_instance)
            && self.identity_store_id.as_ref().is_none_or(is_store)
    }

    /// Whether one of Tagmend's own roles did it.
    pub fn is_own(&self, baseline: &Baseline) -> bool {
        self.actor.as_deref().is_some_and(|actor| baseline.is_own_role(actor))
    }

    /// Whether an event is of a kind that is no call at all, known or not: nothing is wrong with it.
    pub fn is_no_call(document: &Json) -> bool {
        let text = |name: &str| document.get(name).and_then(Json::as_str).unwrap_or_default();
        ["aws.health", "aws.identitystore"].contains(&text("source"))
            && !text("detail-type").is_empty()
            && !text("detail-type").ends_with("via CloudTrail")
    }
}

#[cfg(test)]
mod tests;
