//! `--only`: which failures are shown and counted.

use std::str::FromStr;

use tagmend_diagnosis::{Cause, Principal};
use tagmend_remedy::{Treated, Treatment};

/// Failures that are asked for: of several values of one name any, of several names all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Only {
    causes: Vec<Cause>,
    permission_sets: Vec<String>,
    users: Vec<String>,
    accounts: Vec<String>,
}

impl FromStr for Only {
    type Err = String;

    fn from_str(text: &str) -> Result<Only, String> {
        let mut only = Only::default();
        for part in text.split(',').filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').ok_or_else(|| format!("`{part}` is not NAME=VALUE"))?;
            match name {
                "cause" => {
                    let cause = Cause::ALL.into_iter().find(|cause| cause.name() == value);
                    only.causes.push(cause.ok_or_else(|| format!("no cause is named `{value}`"))?);
                }
                "permission-set" => only.permission_sets.push(value.to_owned()),
                "user" => only.users.push(value.to_owned()),
                "account" => only.accounts.push(value.to_owned()),
                _ => return Err(format!("`{name}` is none of cause, permission-set, user, account")),
            }
        }
        Ok(only)
    }
}

impl Only {
    /// Whether it asks for this one. What cannot be read always is.
    pub(crate) fn takes(&self, treated: &Treated) -> bool {
        let (failure, cause) = match treated {
            Treated::Unreadable(_) => return true,
            Treated::PassedOver | Treated::Related(_) => return *self == Only::default(),
            Treated::Repeated { failure, of: _ } | Treated::Failure(failure, Treatment::Unanswered(_)) => {
                (failure, None)
            }
            Treated::Failure(failure, Treatment::Diagnosed { diagnosis, .. }) => {
                (failure, Some(diagnosis.cause))
            }
        };
        let session = failure.principal.session();
        let is_of = |wanted: &[String], values: &[Option<&str>]| {
            wanted.is_empty()
                || values.iter().flatten().any(|value| wanted.iter().any(|wanted| wanted == value))
        };
        let permission_set = match &failure.principal {
            Principal::PermissionSet(session) => Some(session.name.as_str()),
            Principal::AccountAccess(_) | Principal::Other { .. } => None,
        };
        let users = [
            session.map(|session| session.session_name.as_str()),
            session.and_then(|session| session.user_id.as_deref()),
        ];
        (self.causes.is_empty() || cause.is_some_and(|cause| self.causes.contains(&cause)))
            && is_of(&self.permission_sets, &[permission_set])
            && is_of(&self.users, &users)
            && is_of(&self.accounts, &[failure.account.as_deref()])
    }
}
