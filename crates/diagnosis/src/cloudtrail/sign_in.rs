//! A sign-in to a permission set's role: the one record that shows the tags of a session.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value as Json;

use crate::cloudtrail::delivery::Delivery;
use crate::cloudtrail::principal::RoleArn;
use crate::cloudtrail::record::SIGN_IN_EVENT;

/// A session of a permission set's role, as it began.
///
/// Source of the form: `id_session-tags` in the IAM user guide. The access key does not join it to later calls.
#[derive(Clone, PartialEq, Eq)]
pub struct SignIn {
    /// The record's id.
    pub event_id: String,
    /// Which session.
    pub session: SessionId,
    /// The tags that were passed. None where the record shows no tags at all: AWS does not say whether that means that
    /// none were passed.
    pub tags: Option<BTreeMap<String, String>>,
}

/// Names a role session.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SessionId {
    /// The account of the role.
    pub account: String,
    /// The role's name.
    pub role_name: String,
    /// The session's name.
    pub session_name: String,
    /// When it began.
    pub created: Timestamp,
}

/// Values are nobody's business.
impl std::fmt::Debug for SignIn {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let keys = self.tags.as_ref().map(|tags| tags.keys().collect::<Vec<_>>());
        formatter.debug_struct("SignIn").field("event_id", &self.event_id).field("keys", &keys).finish()
    }
}

impl SessionId {
    /// Whether this is the same session, as far as clocks agree: the two times were equal to the second where both
    /// were seen.
    pub fn is_same(&self, other: &SessionId) -> bool {
        let apart = self.created.duration_since(other.created).abs();
        let names = |id: &SessionId| (id.account.clone(), id.role_name.clone(), id.session_name.clone());
        names(self) == names(other) && apart <= SECONDS_APART
    }
}

const SECONDS_APART: jiff::SignedDuration = jiff::SignedDuration::from_secs(5);

impl SignIn {
    /// Reads a record; none where it is no sign-in of Identity Center that everything in it agrees on.
    pub fn read(delivery: &Delivery) -> Option<SignIn> {
        let record = delivery.record.as_ref()?;
        if record.event_name != SIGN_IN_EVENT
            || record.event_source != "sts.amazonaws.com"
            || record.error_code.is_some()
        {
            return None;
        }
        let parameters = record.request_parameters.as_ref()?;
        let text = |name: &str| parameters.get(name).and_then(Json::as_str);
        let role = RoleArn::parse(text("roleArn")?).filter(RoleArn::is_reserved)?;
        let provider = text("principalArn")?;
        let is_own_provider = provider.contains(&format!(":iam::{}:saml-provider/AWSSSO_", role.account));
        let named = [&record.recipient_account_id, &delivery.envelope_account];
        let is_agreed = named.into_iter().flatten().all(|account| account == role.account);
        if !is_own_provider || !is_agreed {
            return None;
        }
        let tags = match parameters.get("principalTags") {
            None | Some(Json::Null) => None,
            Some(Json::Object(tags)) => Some(
                tags.iter()
                    .map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())))
                    .collect::<Option<_>>()?,
            ),
            Some(_) => return None,
        };
        let session = SessionId {
            account: role.account.to_owned(),
            role_name: role.name.to_owned(),
            session_name: text("roleSessionName")?.to_owned(),
            created: record.event_time,
        };
        Some(SignIn { event_id: record.event_id.clone(), session, tags })
    }
}
