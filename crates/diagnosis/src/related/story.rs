//! What happened before a failure and may explain it, told as one story.
//!
//! "Shortly before" is all that time and person show. Only where the records have the same session, or the diagnosis read
//! the change itself, is it said that one is why the other.

use std::collections::BTreeMap;
use std::fmt;

use jiff::{SignedDuration, Timestamp};

use super::Related;
use super::cause::Cause;
use crate::cause::Cause as DeniedBy;

/// A denied call, as far as stories are about it.
#[derive(Clone, Copy, Debug)]
pub struct Denial<'a> {
    /// The record's id.
    pub event_id: &'a str,
    /// When.
    pub time: Timestamp,
    /// The user's id, where the record has it.
    pub user_id: Option<&'a str>,
    /// The caller's ARN.
    pub principal_arn: Option<&'a str>,
    /// Why the call was denied.
    pub cause: DeniedBy,
    /// Whether it depends on session tags.
    pub has_keys: bool,
}

/// Which two things belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The identity source was changed, and sign-ins fail.
    SignInsAfterIdentitySource,
    /// The identity source was changed, and tags of the IdP are missing.
    DenialsAfterIdentitySource,
    /// Provisioning of a user was refused, and they lack something.
    DenialAfterRefusal,
    /// A user was changed, and is denied.
    DenialAfterChange,
    /// Access of a user was withdrawn, and they are refused.
    RefusalAfterEnd,
    /// A user was made, and has no assignment: one of an older id does not count.
    NoAssignmentAfterCreation,
    /// Attributes for access control were turned off, and calls are denied.
    DenialsAfterTurningOff,
    /// Somebody wrote the mappings, and calls are denied.
    DenialsAfterMappings,
    /// A session took another role, which is denied.
    DenialAfterRole,
}

/// How sure it is that the one is why the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// It came shortly before.
    ShortlyBefore,
    /// The records or the diagnosis show it.
    Shown,
}

/// A record of a story.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Its id.
    pub event_id: String,
    /// Its time.
    pub time: Timestamp,
}

/// What happened first, and what came after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Story {
    /// Which two things.
    pub kind: Kind,
    /// How sure it is.
    pub link: Link,
    /// What happened first, in words.
    pub what: String,
    /// What happened first.
    pub before: Moment,
    /// What came after, in the order of time.
    pub after: Vec<Moment>,
}

/// The longest time between the two parts of any story.
pub const LONGEST: SignedDuration = LONGEST_SESSION;

/// The longest that a change counts as shortly before.
const SHORTLY: SignedDuration = SignedDuration::from_hours(1);
/// No session of a role of Identity Center lives longer.
const LONGEST_SESSION: SignedDuration = SignedDuration::from_hours(12);

/// The stories of these records.
pub fn stories(related: &[&Related], denials: &[Denial<'_>]) -> Vec<Story> {
    let mut told: BTreeMap<(usize, Kind), (Link, Vec<Moment>)> = BTreeMap::new();
    let afters = related.iter().map(|after| After::Related(after)).chain(denials.iter().map(After::Denial));
    for after in afters {
        for (kind, (place, link)) in latest(related, &after) {
            let (told_link, moments) = told.entry((place, kind)).or_insert((link, Vec::new()));
            if link == Link::ShortlyBefore {
                *told_link = link;
            }
            moments.push(after.moment());
        }
    }
    let story = |((place, kind), (link, mut after)): ((usize, Kind), (Link, Vec<Moment>))| {
        let before = related.get(place)?;
        after.sort_by(|one, other| (one.time, &one.event_id).cmp(&(other.time, &other.event_id)));
        let what = before.evidence.first().cloned().unwrap_or_else(|| before.cause.about().title.to_owned());
        let before = Moment { event_id: before.event_id.clone(), time: before.time };
        Some(Story { kind, link, what, before, after })
    };
    told.into_iter().filter_map(story).collect()
}

/// What may explain something, the latest of each kind.
fn latest(related: &[&Related], after: &After<'_>) -> BTreeMap<Kind, (usize, Link)> {
    let mut latest: BTreeMap<Kind, (usize, Link)> = BTreeMap::new();
    for (place, before) in related.iter().enumerate() {
        let Some((kind, link, within)) = after.explained_by(before) else {
            continue;
        };
        let passed = after.time().duration_since(before.time);
        if passed.is_negative() || passed > within {
            continue;
        }
        let is_later =
            |(known, _): &(usize, Link)| related.get(*known).is_none_or(|known| known.time < before.time);
        if latest.get(&kind).is_none_or(is_later) {
            latest.insert(kind, (place, link));
        }
    }
    latest
}

/// Whether something may come after what explains it, so that what was kept of earlier records is worth a look.
pub fn may_follow(cause: Cause) -> bool {
    matches!(cause, Cause::ExternalSignInFailed | Cause::SignInFailed | Cause::NoAssignment)
}

/// What came after.
enum After<'a> {
    Related(&'a Related),
    Denial(&'a Denial<'a>),
}

impl After<'_> {
    fn time(&self) -> Timestamp {
        match self {
            After::Related(related) => related.time,
            After::Denial(denial) => denial.time,
        }
    }

    fn moment(&self) -> Moment {
        let event_id = match self {
            After::Related(related) => related.event_id.as_str(),
            After::Denial(denial) => denial.event_id,
        };
        Moment { event_id: event_id.to_owned(), time: self.time() }
    }

    /// Whether a change can be why, and for how long after it.
    fn explained_by(&self, before: &Related) -> Option<(Kind, Link, SignedDuration)> {
        let shortly = |kind| Some((kind, Link::ShortlyBefore, SHORTLY));
        match self {
            After::Related(after) => {
                let is_same = before.user_id.is_some() && before.user_id == after.user_id;
                match (before.cause, after.cause) {
                    (Cause::IdentitySourceChanged, Cause::ExternalSignInFailed) => {
                        shortly(Kind::SignInsAfterIdentitySource)
                    }
                    (Cause::ScimRefused, Cause::NoAssignment) if is_same => shortly(Kind::DenialAfterRefusal),
                    (Cause::AccessEnded, Cause::NoAssignment | Cause::SignInFailed) if is_same => {
                        shortly(Kind::RefusalAfterEnd)
                    }
                    (Cause::UserChanged, Cause::NoAssignment) if is_same && before.made_a_user() => {
                        shortly(Kind::NoAssignmentAfterCreation)
                    }
                    _ => None,
                }
            }
            After::Denial(denial) => {
                let is_same = before.user_id.is_some() && before.user_id.as_deref() == denial.user_id;
                let is_of_idp = matches!(
                    denial.cause,
                    DeniedBy::IdpStoppedSending | DeniedBy::KeyOwnedByIdp | DeniedBy::UserHasNoValue
                );
                let is_of_mappings =
                    matches!(denial.cause, DeniedBy::MappingMissing | DeniedBy::MappingSourceDiffers);
                match before.cause {
                    Cause::IdentitySourceChanged if is_of_idp => shortly(Kind::DenialsAfterIdentitySource),
                    Cause::ScimRefused if is_same && denial.has_keys => shortly(Kind::DenialAfterRefusal),
                    Cause::UserChanged if is_same && denial.has_keys => shortly(Kind::DenialAfterChange),
                    Cause::AccessEnded if is_same => shortly(Kind::RefusalAfterEnd),
                    Cause::AccessControlTurnedOff if denial.cause == DeniedBy::AccessControlOff => {
                        Some((Kind::DenialsAfterTurningOff, Link::Shown, LONGEST_SESSION))
                    }
                    Cause::AccessControlTurnedOff if is_of_mappings => shortly(Kind::DenialsAfterTurningOff),
                    Cause::MappingsChanged | Cause::MappingKeysNumbered if is_of_mappings => {
                        shortly(Kind::DenialsAfterMappings)
                    }
                    Cause::RoleChained
                        if before.session_arn.is_some()
                            && before.session_arn.as_deref() == denial.principal_arn =>
                    {
                        Some((Kind::DenialAfterRole, Link::Shown, LONGEST_SESSION))
                    }
                    _ => None,
                }
            }
        }
    }
}

impl Link {
    /// Its name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Link::ShortlyBefore => "shortly_before",
            Link::Shown => "shown",
        }
    }
}

impl Kind {
    /// Its name in JSON and logs.
    pub fn name(self) -> &'static str {
        match self {
            Kind::SignInsAfterIdentitySource => "sign_ins_after_identity_source",
            Kind::DenialsAfterIdentitySource => "denials_after_identity_source",
            Kind::DenialAfterRefusal => "denial_after_refusal",
            Kind::DenialAfterChange => "denial_after_change",
            Kind::RefusalAfterEnd => "refusal_after_end",
            Kind::NoAssignmentAfterCreation => "no_assignment_after_creation",
            Kind::DenialsAfterTurningOff => "denials_after_turning_off",
            Kind::DenialsAfterMappings => "denials_after_mappings",
            Kind::DenialAfterRole => "denial_after_role",
        }
    }

    fn after(self) -> &'static str {
        match self {
            Kind::SignInsAfterIdentitySource => "failed sign-ins through the identity provider",
            Kind::DenialsAfterIdentitySource => "calls denied for lack of what the identity provider sends",
            Kind::DenialAfterRefusal | Kind::RefusalAfterEnd => "refusals of the same user",
            Kind::DenialAfterChange => "calls of the same user denied for their tags",
            Kind::NoAssignmentAfterCreation => {
                "requests of the same user at the portal without an assignment: an assignment of an earlier id of the same person does not count"
            }
            Kind::DenialsAfterTurningOff => "calls denied for lack of session tags",
            Kind::DenialsAfterMappings => "calls denied for a mapping",
            Kind::DenialAfterRole => "calls of the new session denied",
        }
    }
}

impl fmt::Display for Story {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let link = match self.link {
            Link::ShortlyBefore => "shortly before",
            Link::Shown => "and from then on:",
        };
        write!(formatter, "{} at {}, {link} {}", self.what, self.before.time, self.kind.after())?;
        match self.after.as_slice() {
            [] => Ok(()),
            [one] => write!(formatter, " (one, at {})", one.time),
            [first, .., last] => {
                write!(formatter, " ({}, {} to {})", self.after.len(), first.time, last.time)
            }
        }
    }
}

impl Related {
    fn made_a_user(&self) -> bool {
        self.action.ends_with(":CreateUser") || self.action.ends_with(": User Created")
    }
}

#[cfg(test)]
mod tests;
