//! Until when a session goes on with the tags that it began with.

use jiff::{SignedDuration, Timestamp};

use crate::cloudtrail::failure::Failure;
use crate::live::facts::PermissionSet;

/// The longest life of a role session. Source: `howtosessionduration` in the Identity Center user guide.
const LONGEST: SignedDuration = SignedDuration::from_hours(12);

/// When the session of a failure ends at the latest, with the duration that its permission set has now. A session whose
/// beginning the record does not say began with the call at the latest. One that was denied after that end began while the
/// duration was another one: then it is the longest that there is.
pub(crate) fn session_ends(failure: &Failure, permission_set: &PermissionSet) -> Option<Timestamp> {
    let session = failure.principal.session()?;
    let duration = permission_set.session_duration.parse().unwrap_or(LONGEST).min(LONGEST);
    let began = session.created.unwrap_or(failure.time);
    let ends = began.checked_add(duration).ok().filter(|ends| *ends >= failure.time);
    ends.or_else(|| began.checked_add(LONGEST).ok())
}
