//! What AWS itself keeps of the denied call: its context fills what nobody else could tell, and what decided it is compared
//! with what decides here. A disagreement stops a fix.
//! Source: `troubleshoot_access-denied-authorization-id` in the IAM user guide, and the IAM Toolbox API reference.

pub(crate) mod comparison;

use std::collections::BTreeMap;

use crate::cloudtrail::failure::Failure;
use crate::cloudtrail::principal::Session;
use crate::live::answer::{AuthorizationDetails, Shortage};
use crate::live::authorization::Evaluated;
use crate::live::lookup::{Answers, AuthorizationId};
use crate::words::session_tag_key::of_condition_key;

/// What AWS's authorization details say of our diagnosis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Authorization {
    /// Nothing in them contradicts it.
    Agrees,
    /// They contradict it, in these points.
    Disagrees(Vec<String>),
    /// AWS has none of this call, or not yet.
    NotThere,
    /// They tell nothing, for this reason.
    None(String),
    /// They were not asked for.
    NotAsked(Shortage),
}

impl Authorization {
    /// As a sentence. It names statements and types of policies, and no value.
    pub fn sentence(&self) -> String {
        match self {
            Authorization::Agrees => {
                "AWS's authorization details of the call agree with what decides here".to_owned()
            }
            Authorization::Disagrees(points) => {
                format!("AWS's authorization details of the call disagree: {}", points.join("; "))
            }
            Authorization::NotThere => "AWS has no authorization details of the call".to_owned(),
            Authorization::None(reason) => format!("no authorization details of the call: {reason}"),
            Authorization::NotAsked(shortage) => {
                format!("no authorization details of the call yet: {shortage}")
            }
        }
    }
}

/// What to ask for; nothing where the message names no id of the documented form.
pub(crate) fn lookup(failure: &Failure) -> Option<AuthorizationId> {
    let id = failure.message.authorization_id.as_ref().filter(|_| failure.message.residue.is_none())?;
    let is_id = !id.is_empty()
        && id.len() <= LONGEST_ID
        && id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    is_id.then(|| AuthorizationId { region: failure.region.clone(), id: id.clone() })
}

/// Source: `API_GetRequestAuthorizationPolicy`, which says so of the same id.
const LONGEST_ID: usize = 256;

/// How AWS decided this very call. The id stands in a message, which callers influence: what is of another caller or action
/// is not this call's.
pub(crate) fn of_call<'a>(
    failure: &Failure,
    session: &Session,
    answers: &'a Answers,
) -> Option<&'a Evaluated> {
    let Ok(AuthorizationDetails::Kept(evaluations)) = answers.authorizations.get(&lookup(failure)?)? else {
        return None;
    };
    let mut of_call = evaluations.iter().filter(|evaluated| is_of(evaluated, failure, session));
    match (of_call.next(), of_call.next()) {
        (Some(one), None) => Some(one),
        // Several resources, and nobody knows which the message is about.
        _ => None,
    }
}

fn is_of(evaluated: &Evaluated, failure: &Failure, session: &Session) -> bool {
    let says = |name: &str, own: &str| {
        let mut values = evaluated.context.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name));
        values.next().map(|(_, values)| matches!(values.as_slice(), [value] if value == own))
    };
    let caller = [
        says("aws:PrincipalArn", &session.role_arn),
        failure.principal_id.as_ref().and_then(|id| says("aws:userid", id)),
    ];
    let is_caller = caller.contains(&Some(true)) && !caller.contains(&Some(false));
    let is_action = evaluated.action.eq_ignore_ascii_case(&failure.action);
    // Some messages name a thing in other ways than by its ARN.
    let named = failure.resource.as_ref().filter(|named| named.starts_with("arn:"));
    let is_resource = named.is_none_or(|named| evaluated.resource.is_empty() || evaluated.resource == *named);
    is_caller && is_action && is_resource
}

/// The session tags that AWS saw. A key that is not among them may be there all the same: nobody says that all are listed.
pub(crate) fn session_tags(evaluated: &Evaluated) -> BTreeMap<String, String> {
    let tag = |(key, values): (&String, &Vec<String>)| {
        let lower = key.to_ascii_lowercase();
        let length = of_condition_key(&lower)?.len();
        let name = key.get(key.len().checked_sub(length)?..)?;
        match values.as_slice() {
            [value] => Some((name.to_owned(), value.clone())),
            _ => None,
        }
    };
    evaluated.context.iter().filter_map(tag).collect()
}
