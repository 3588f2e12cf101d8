//! What the record alone decides: most failures need no question to AWS.

use crate::baseline::Baseline;
use crate::cause::Cause;
use crate::diagnose::Diagnosis;
use crate::error_code::Class;
use crate::evidence::Evidence;
use crate::failure::Failure;
use crate::message::PolicyType;
use crate::principal::{Principal, Session};

/// What to do with a failure.
#[derive(Clone, Debug)]
pub enum Triage {
    /// The record decides.
    Settled(Box<Diagnosis>),
    /// AWS has to be asked.
    Ask(Question),
}

/// What AWS has to be asked for one failure.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Question {
    /// The account, which is in scope.
    pub account: String,
    /// The permission set's name.
    pub permission_set: String,
    /// The user.
    pub user: UserReference,
}

/// How a record names the user.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum UserReference {
    /// By id.
    Id(String),
    /// By user name, which is the session's name.
    Name(String),
}

/// Decides what the record alone can decide.
pub fn triage(failure: &Failure, baseline: &Baseline) -> Triage {
    match settle(failure, baseline) {
        Ok(question) => Triage::Ask(question),
        Err((cause, sentence)) => {
            Triage::Settled(Box::new(Diagnosis::new(cause, failure, Evidence::default().say(sentence))))
        }
    }
}

fn settle(failure: &Failure, baseline: &Baseline) -> Result<Question, (Cause, String)> {
    let session = match &failure.principal {
        Principal::Other { role_name: Some(name) } if baseline.is_own_role(name) => {
            return Err((Cause::OwnFailure, format!("the call was made by Tagmend's own role `{name}`")));
        }
        _ if failure.class == Class::Throttled => {
            let text = format!(
                "`{}` was called too often; a retry on behalf of somebody else is never a fix",
                failure.action
            );
            return Err((Cause::Throttled, text));
        }
        Principal::Other { .. } => {
            return Err((
                Cause::NotIdentityCenter,
                "the caller is no session of an Identity Center role".to_owned(),
            ));
        }
        Principal::AccountAccess(session) | Principal::PermissionSet(session) => session,
    };
    let account = agreed_account(failure, session)?;
    if !baseline.covers(account) {
        return Err((Cause::OutOfScope, format!("account {account} is not in the baseline")));
    }
    if failure.message_contradicts {
        return Err((Cause::Undetermined, "the message names another caller than the record".to_owned()));
    }
    if let Some(settled) = other_policy_type(failure) {
        return Err(settled);
    }
    if let Principal::AccountAccess(session) = &failure.principal {
        let text = format!(
            "the policies of role `{}` are in the member account, where Tagmend cannot read",
            session.name
        );
        return Err((Cause::Undetermined, text));
    }
    let user = match &session.user_id {
        Some(id) => UserReference::Id(id.clone()),
        None => UserReference::Name(session.session_name.clone()),
    };
    Ok(Question { account: account.to_owned(), permission_set: session.name.clone(), user })
}

/// The account, where everything that names one names the same.
fn agreed_account<'a>(failure: &'a Failure, session: &'a Session) -> Result<&'a str, (Cause, String)> {
    let role_account = session.account();
    let named = [&failure.account, &failure.recipient_account, &failure.envelope_account];
    if named.into_iter().flatten().any(|account| account != role_account) {
        let text = "the role, the caller, the recipient and the envelope do not name the same account; the caller's own account gets its own record";
        return Err((Cause::Undetermined, text.to_owned()));
    }
    Ok(role_account)
}

/// A policy of another type than the permission set's own decided, as the message says.
fn other_policy_type(failure: &Failure) -> Option<(Cause, String)> {
    let cause = match failure.message.policy_type? {
        PolicyType::Identity => return None,
        PolicyType::Resource => Cause::ResourcePolicy,
        PolicyType::ServiceControl => Cause::ServiceControlPolicy,
        PolicyType::ResourceControl => Cause::ResourceControlPolicy,
        PolicyType::Boundary => Cause::PermissionsBoundary,
        PolicyType::Session => Cause::SessionPolicy,
        PolicyType::VpcEndpoint => Cause::VpcEndpointPolicy,
        PolicyType::Trust => Cause::RoleTrustPolicy,
    };
    let sentence = match &failure.message.policy_arn {
        Some(arn) => format!("the record names {arn}"),
        None => "the record does not name it".to_owned(),
    };
    Some((cause, sentence))
}
