//! What is kept of a record after its run, so that what came later can be connected with it.

use jiff::Timestamp;

use super::Related;
use super::cause::Cause;
use super::command::Named;

/// What is kept. Users and sessions are told apart and not named: by hashes, in both of what is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The record's id.
    pub event_id: String,
    /// When.
    pub time: Timestamp,
    /// What happened, as AWS names it.
    pub action: String,
    /// Which of the known failures and changes it is.
    pub cause: Cause,
    /// What happened, in words.
    pub what: Option<String>,
    /// The user.
    pub user: Option<String>,
    /// The session that was begun.
    pub session: Option<String>,
}

impl Related {
    /// What is kept of it, with users and sessions as `hash` writes them.
    pub fn kept(&self, hash: impl Fn(&str) -> Option<String>) -> Kept {
        Kept {
            event_id: self.event_id.clone(),
            time: self.time,
            action: self.action.clone(),
            cause: self.cause,
            what: self.evidence.first().cloned(),
            user: self.user_id.as_deref().and_then(&hash),
            session: self.session_arn.as_deref().and_then(&hash),
        }
    }
}

impl From<Kept> for Related {
    fn from(kept: Kept) -> Related {
        Related {
            event_id: kept.event_id,
            time: kept.time,
            account: None,
            region: None,
            action: kept.action,
            cause: kept.cause,
            user_id: kept.user,
            actor: None,
            evidence: kept.what.into_iter().collect(),
            advice: kept.cause.about().advice,
            session_arn: kept.session,
            error_code: None,
            error_message: None,
            named: Named::new(),
            instance_arn: None,
            identity_store_id: None,
        }
    }
}
