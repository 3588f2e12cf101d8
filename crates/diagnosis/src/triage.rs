//! What the record alone decides: most failures need no question to AWS.

use crate::approved::baseline::Baseline;
use crate::cloudtrail::failure::Failure;
use crate::diagnose::Diagnosis;
use crate::rules;

/// What to do with a failure.
#[derive(Clone, Debug)]
pub enum Triage {
    /// The record decides.
    Settled(Box<Diagnosis>),
    /// AWS has to be asked.
    Ask(Question),
}

/// What AWS has to be asked for one failure.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Question {
    /// The account, which is in scope.
    pub account: String,
    /// The permission set's name.
    pub permission_set: String,
    /// The user.
    pub user: UserReference,
}

/// How a record names the user.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UserReference {
    /// By id.
    Id(String),
    /// By user name, which is the session's name.
    Name(String),
}

/// Decides what the record alone can decide.
pub fn triage(failure: &Failure, baseline: &Baseline) -> Triage {
    let tried = match rules::by_record(failure, baseline) {
        Ok(found) => return Triage::Settled(Box::new(Diagnosis::new(found))),
        Err(tried) => tried,
    };
    let Some(session) = failure.principal.session() else {
        return Triage::Settled(Box::new(Diagnosis::new(rules::no_rule(tried))));
    };
    let user = match &session.user_id {
        Some(id) => UserReference::Id(id.clone()),
        None => UserReference::Name(session.session_name.clone()),
    };
    Triage::Ask(Question {
        account: session.account().to_owned(),
        permission_set: session.name.clone(),
        user,
    })
}
