//! Names of changes, and of the objects that tell of them.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use tagmend_diagnosis::{Change, PastChange, arn::last_part};

/// Names a change that was made, or is about to be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FixId(String);

/// What the journal's name of a change tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Its name.
    pub id: FixId,
    /// When it was begun.
    pub time: Timestamp,
    /// What was changed.
    pub done: Done,
}

/// What was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Done {
    /// By `heal`.
    Healed(PastChange),
    /// By an operator, who took a restored mapping of this key away again.
    RolledBack {
        /// The session tag's key.
        key: String,
    },
}

/// Why a change was not made. Nobody has to guess: nothing was sent, or AWS answered that it did not do it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WhyNotMade {
    /// AWS refused it.
    Refused,
    /// The last look before it said no.
    Stopped,
}

impl WhyNotMade {
    /// Its name in object names.
    pub(crate) fn name(self) -> &'static str {
        match self {
            WhyNotMade::Refused => "refused",
            WhyNotMade::Stopped => "stopped",
        }
    }

    /// The change that an object is of, and why it was not made.
    pub(super) fn of_object(name: &str) -> Option<(Entry, WhyNotMade)> {
        let (id, why) = name.strip_prefix(NOT_MADE)?.strip_suffix(".json")?.rsplit_once('/')?;
        Some((FixId(id.to_owned()).entry()?, WhyNotMade::read(why)?))
    }

    fn read(text: &str) -> Option<WhyNotMade> {
        [WhyNotMade::Refused, WhyNotMade::Stopped].into_iter().find(|why| why.name() == text)
    }
}

/// The two objects of a change that may have been made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ObjectKind {
    /// Written before it.
    Snapshots,
    /// Written after it.
    Fixes,
}

impl ObjectKind {
    /// What names of these objects begin with.
    pub(crate) fn prefix(self) -> &'static str {
        match self {
            ObjectKind::Snapshots => "snapshots/",
            ObjectKind::Fixes => "fixes/",
        }
    }
}

impl FixId {
    /// The name of a change that is made now.
    pub fn new(change: &Change, now: Timestamp) -> FixId {
        let time = object_time(now);
        FixId(match change {
            Change::RestoreMapping { key, source: _ } => format!("{time}/restore_mapping/{}", encode(key)),
            Change::Reprovision { permission_set, account, name: _, policy_digest: _ } => {
                let id = last_part(permission_set);
                format!("{time}/provision/{account}/{}", encode(id))
            }
        })
    }

    /// The name of a rollback that is made now.
    pub(crate) fn of_rollback(key: &str, now: Timestamp) -> FixId {
        FixId(format!("{}/roll_back/{}", object_time(now), encode(key)))
    }

    /// Reads a name, as it is printed, or as that of an object; none where it is none.
    pub fn parse(text: &str) -> Option<FixId> {
        let name = text.strip_prefix(ObjectKind::Fixes.prefix()).unwrap_or(text);
        let id = FixId(name.strip_suffix(".json").unwrap_or(name).to_owned());
        id.entry().map(|entry| entry.id)
    }

    /// What the name tells.
    pub(crate) fn entry(&self) -> Option<Entry> {
        let (time, change) = self.0.split_once('/')?;
        let time = jiff::civil::DateTime::strptime(TIME, time).ok()?;
        let time = TimeZone::UTC.to_timestamp(time).ok()?;
        let decoded = |text: &str| Some(percent_decode_str(text).decode_utf8().ok()?.into_owned());
        let done = match change.split_once('/')? {
            ("restore_mapping", key) => Done::Healed(PastChange::RestoredMapping { key: decoded(key)? }),
            ("provision", target) => {
                let (account, id) = target.split_once('/')?;
                let (account, permission_set_id) = (account.to_owned(), decoded(id)?);
                Done::Healed(PastChange::Reprovisioned { account, permission_set_id })
            }
            ("roll_back", key) => Done::RolledBack { key: decoded(key)? },
            _ => return None,
        };
        Some(Entry { id: self.clone(), time, done })
    }

    /// When it was begun.
    pub(crate) fn time(&self) -> Option<Timestamp> {
        self.entry().map(|entry| entry.time)
    }

    /// The change that an object is of.
    pub(super) fn of_object(name: &str, kind: ObjectKind) -> Option<FixId> {
        Some(FixId(name.strip_prefix(kind.prefix())?.strip_suffix(".json")?.to_owned()))
    }

    /// The object of this name.
    pub(crate) fn object(&self, kind: ObjectKind) -> String {
        format!("{}{}.json", kind.prefix(), self.0)
    }

    /// The object that says that it was not made.
    pub(crate) fn not_made(&self, why: WhyNotMade) -> String {
        format!("{NOT_MADE}{}/{}.json", self.0, why.name())
    }

    /// As it is written in object names.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What names of objects begin with that say that a change was not made.
pub(super) const NOT_MADE: &str = "not_made/";

/// Times in object names: sortable, with milliseconds, without colons.
const TIME: &str = "%Y%m%dT%H%M%S%.3fZ";

/// A time, as names of objects have it.
pub(crate) fn object_time(time: Timestamp) -> String {
    TimeZone::UTC.to_datetime(time).strftime(TIME).to_string()
}

/// Reads a time from the name of an object.
pub(crate) fn read_object_time(text: &str) -> Option<Timestamp> {
    let time = jiff::civil::DateTime::strptime(TIME, text).ok()?;
    TimeZone::UTC.to_timestamp(time).ok()
}

const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_');

pub(crate) fn encode(text: &str) -> String {
    utf8_percent_encode(text, KEPT).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tagmend_diagnosis::AttributeSource;

    #[test]
    fn a_name_tells_time_and_change() {
        let now: Timestamp = "2026-11-23T22:19:25.123Z".parse().unwrap();
        let source = AttributeSource::parse("${path:title}").unwrap();
        let id = FixId::new(&Change::RestoreMapping { key: "cost/center é".to_owned(), source }, now);
        assert_eq!(id.as_str(), "20261123T221925.123Z/restore_mapping/cost%2Fcenter%20%C3%A9");
        let done = Done::Healed(PastChange::RestoredMapping { key: "cost/center é".to_owned() });
        assert_eq!(id.entry(), Some(Entry { id: id.clone(), time: now, done }));
        let rollback = FixId::of_rollback("cost/center é", now);
        let done = Done::RolledBack { key: "cost/center é".to_owned() };
        assert_eq!(rollback.entry(), Some(Entry { id: rollback.clone(), time: now, done }));
        for text in [id.as_str().to_owned(), id.object(ObjectKind::Fixes)] {
            assert_eq!(FixId::parse(&text), Some(id.clone()));
        }
        for why in [WhyNotMade::Refused, WhyNotMade::Stopped] {
            let name = id.not_made(why);
            assert_eq!(name, format!("not_made/{}/{}.json", id.as_str(), why.name()));
            assert_eq!(WhyNotMade::of_object(&name), Some((id.entry().unwrap(), why)));
        }
        for text in ["", "lease", "20261123T221925.123Z/other/x", "20261123T221925.123Z", "../lease"] {
            assert_eq!(FixId::parse(text), None);
        }
    }
}
