//! What happened, in one sentence.

use crate::ledger::{Attempt, ChangeResult, Thing};

pub(super) fn text(attempt: &Attempt) -> String {
    let name = name(&attempt.change);
    match attempt.result {
        ChangeResult::Fixed => format!(
            "{name} was made and is in place. {} denied since {}; sessions that began before it go on without it",
            users(attempt.users),
            attempt.denied,
        ),
        ChangeResult::FoundInPlace => {
            format!("{name} was sent, AWS did not answer, and it is in place: nobody knows who made it")
        }
        ChangeResult::Unverified => format!("{name} was sent, and is not to be seen yet"),
        ChangeResult::EndedInFailure => {
            format!("{name} was begun, and AWS ended it in failure; the journal has AWS's reason")
        }
        ChangeResult::Failed => {
            let code = attempt.error.as_deref().unwrap_or("no answer");
            format!("{name} failed: {code}. Nobody has seen it in place")
        }
        ChangeResult::Raced => {
            format!("{name} was sent while somebody else wrote, and is not there, or a part of it is not")
        }
        ChangeResult::Escalated => format!(
            "{name} was made a short while ago and is not in place; it was not made again. Ask who undid it"
        ),
        ChangeResult::Refused => match attempt.limit {
            Some(limit) => format!("{name} was planned and not made: {}", limit.meaning()),
            None => format!("{name} was planned and not made"),
        },
        ChangeResult::Planned => format!("{name} was planned"),
        ChangeResult::AlreadyInPlace => format!("{name} was in place already"),
    }
}

pub(super) fn name(thing: &Thing) -> String {
    match thing {
        Thing::RestoreMapping { key } => format!("The mapping of {key}"),
        Thing::Provision { account, permission_set_id } => {
            format!("The provisioning of {permission_set_id} to account {account}")
        }
    }
}

fn users(count: usize) -> String {
    if count == 1 { "1 user was".to_owned() } else { format!("{count} users were") }
}
