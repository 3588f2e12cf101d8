//! Until when a session goes on with the tags that it began with.

use jiff::{SignedDuration, Timestamp};

use crate::cloudtrail::failure::Failure;
use crate::live::facts::PermissionSet;

/// The longest life of a role session. Source: `howtosessionduration` in the Identity Center user guide.
const LONGEST: SignedDuration = SignedDuration::from_hours(12);

/// When a session ends, and how that is known.
enum End {
    /// After the duration that its permission set has now.
    ByDuration(Timestamp),
    /// After the longest one that there is: with the duration of now it would have ended before it was denied.
    ByLongest(Timestamp),
}

fn end(began: Timestamp, denied: Timestamp, permission_set: &PermissionSet) -> Option<End> {
    let duration = permission_set.session_duration.parse().unwrap_or(LONGEST).min(LONGEST);
    let ends = began.checked_add(duration).ok();
    match ends.filter(|ends| *ends >= denied) {
        Some(ends) => Some(End::ByDuration(ends)),
        None => Some(End::ByLongest(began.checked_add(LONGEST).ok()?)),
    }
}

/// When the session of a failure ends at the latest. A session whose beginning the record does not say began with the
/// call at the latest.
pub(crate) fn session_ends(failure: &Failure, permission_set: &PermissionSet) -> Option<Timestamp> {
    let session = failure.principal.session()?;
    match end(session.created.unwrap_or(failure.time), failure.time, permission_set)? {
        End::ByDuration(ends) | End::ByLongest(ends) => Some(ends),
    }
}

/// The same as a sentence, where the record says when the session began.
pub(crate) fn session_ends_in_words(failure: &Failure, permission_set: &PermissionSet) -> Option<String> {
    let began = failure.principal.session()?.created?;
    let duration = &permission_set.session_duration;
    Some(match end(began, failure.time, permission_set)? {
        End::ByDuration(ends) => {
            format!(
                "the session began at {began} and lasts until {ends}, with a session duration of {duration}"
            )
        }
        End::ByLongest(ends) => format!(
            "the session began at {began} and lasts until {ends} at the latest, as no session is longer; the session \
             duration is {duration} now, and was longer then"
        ),
    })
}
