//! Names of the ledger's objects. They tell the time, so that one listing is a day or an hour.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::journal::{encode, object_time, read_object_time};

const RUNS: &str = "runs/";
const DAYS: &str = "days/";
const END: &str = ".json";

/// The name of a run's object: `runs/20261123T120000.000Z-REQUEST.json`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RunName {
    /// When the run began.
    pub began: Timestamp,
    /// The id of Lambda's request.
    pub request: String,
}

impl RunName {
    /// What names of all runs begin with.
    pub const PREFIX: &str = RUNS;

    /// The object's name.
    pub fn object(&self) -> String {
        format!("{RUNS}{}-{}{END}", object_time(self.began), encode(&self.request))
    }

    /// Reads an object's name; none where it is none.
    pub fn parse(name: &str) -> Option<RunName> {
        let (time, request) = name.strip_prefix(RUNS)?.strip_suffix(END)?.split_once('-')?;
        Some(RunName { began: read_object_time(time)?, request: request.to_owned() })
    }

    /// What names of runs are greater than that began at this time or later, for `start-after`.
    pub fn since(time: Timestamp) -> String {
        format!("{RUNS}{}", object_time(time))
    }
}

/// The name of a day's object: `days/2026-11-23.json`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DayName(pub Date);

impl DayName {
    /// What names of all days begin with.
    pub const PREFIX: &str = DAYS;

    /// The day of UTC in which a time is.
    pub fn of(time: Timestamp) -> DayName {
        DayName(TimeZone::UTC.to_datetime(time).date())
    }

    /// The object's name.
    pub fn object(self) -> String {
        format!("{DAYS}{}{END}", self.0)
    }

    /// Reads an object's name; none where it is none.
    pub fn parse(name: &str) -> Option<DayName> {
        name.strip_prefix(DAYS)?.strip_suffix(END)?.parse().ok().map(DayName)
    }

    /// When it begins.
    pub fn begins(self) -> Option<Timestamp> {
        TimeZone::UTC.to_timestamp(self.0.at(0, 0, 0, 0)).ok()
    }

    /// When it ends: when the next one begins.
    pub fn ends(self) -> Option<Timestamp> {
        DayName(self.0.tomorrow().ok()?).begins()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "these are tests")]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_time_and_request() {
        let began: Timestamp = "2026-11-23T22:19:25.123Z".parse().unwrap();
        let name = RunName { began, request: "8f5e-1".to_owned() };
        assert_eq!(name.object(), "runs/20261123T221925.123Z-8f5e-1.json");
        assert_eq!(RunName::parse(&name.object()), Some(name.clone()));
        assert!(name.object() > RunName::since(began));
        assert!(name.object() < RunName::since(began + jiff::SignedDuration::from_millis(1)));
        let day = DayName::of(began);
        assert_eq!(day.object(), "days/2026-11-23.json");
        assert_eq!(DayName::parse(&day.object()), Some(day));
        assert_eq!(day.begins(), Some("2026-11-23T00:00:00Z".parse().unwrap()));
        assert_eq!(day.ends(), Some("2026-11-24T00:00:00Z".parse().unwrap()));
        for name in
            ["", "runs/", "runs/20261123T221925.123Z.json", "runs/x-y.json", "days/2026-13-01.json", "days/"]
        {
            assert_eq!((RunName::parse(name), DayName::parse(name)), (None, None), "{name}");
        }
    }
}
