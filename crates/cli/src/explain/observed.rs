//! What the record says.

use jiff::{SignedDuration, Timestamp};
use tagmend_diagnosis::{Changed, Failure, LastChange, unknown_to_tables};

use crate::table;
use crate::text::escaped;

/// What the record says, and when what it rests on was changed.
pub(super) fn observed(failure: &Failure, last_changes: &[LastChange]) -> String {
    let mut text = format!(
        "Observed\n  event      {}\n  time       {}\n  who        {}\n  call       {}\n",
        escaped(&failure.event_id),
        failure.time,
        escaped(&table::who(failure)),
        escaped(&table::what(failure)),
    );
    text.push_str(&format!(
        "  region     {}\n  error      {}\n",
        escaped(&failure.region),
        escaped(&failure.error_code)
    ));
    if !failure.error_message.is_empty() {
        text.push_str(&format!("  message    {}\n", escaped(&failure.error_message)));
    }
    if let Some(began) = failure.principal.session().and_then(|session| session.created) {
        let age = escaped(&age(failure.time.duration_since(began)));
        text.push_str(&format!("  session    began {began}, {age} before the call\n"));
    }
    for change in last_changes {
        text.push_str(&changed(change, failure.time));
    }
    if let Some(arn) = &failure.message.policy_arn {
        text.push_str(&format!("  policy     {}\n", escaped(arn)));
    }
    if let Some(id) = &failure.message.authorization_id {
        text.push_str(&format!("  details    GetRequestAuthorizationDetails with {}\n", escaped(id)));
    }
    if let Some(residue) = &failure.message.residue {
        let what = if residue.is_cut() { "cut off" } else { "not known" };
        text.push_str(&format!("  {what:<10} {}\n", residue.shown()));
    }
    if let Some(sentence) = unknown_to_tables(&failure.action, &failure.action_known) {
        text.push_str(&format!("  tables     {}\n", escaped(&sentence)));
    }
    text
}

/// When something was last changed, and how long that is from the call.
fn changed(change: &LastChange, call: Timestamp) -> String {
    let what = match &change.of {
        Changed::User => "the user".to_owned(),
        Changed::Mapping(key) => format!("the mapping {}, by Tagmend,", escaped(key)),
        Changed::PermissionSet => "what the account runs of the permission set, by Tagmend,".to_owned(),
    };
    let (length, side) = match call >= change.time {
        true => (call.duration_since(change.time), "before"),
        false => (change.time.duration_since(call), "after"),
    };
    format!("  changed    {what} at {}, {} {side} the call\n", change.time, age(length))
}

/// As people say it: days and hours, hours and minutes, minutes.
fn age(length: SignedDuration) -> String {
    let minutes = length.as_mins().max(0);
    let of = |count: i64, unit: &str| format!("{count} {unit}{}", if count == 1 { "" } else { "s" });
    match (minutes / 1_440, minutes / 60 % 24, minutes % 60) {
        (0, 0, minutes) => of(minutes, "minute"),
        (0, hours, 0) => of(hours, "hour"),
        (0, hours, minutes) => format!("{} {}", of(hours, "hour"), of(minutes, "minute")),
        (days, 0, _) => of(days, "day"),
        (days, hours, _) => format!("{} {}", of(days, "day"), of(hours, "hour")),
    }
}
