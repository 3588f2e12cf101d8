//! Times on the command line.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// A time, or the beginning of a day in UTC.
pub(crate) fn read(text: &str) -> Result<Timestamp, String> {
    match (text.parse::<Timestamp>(), text.parse::<Date>()) {
        (Ok(time), _) => Ok(time),
        (Err(_), Ok(date)) if text.len() == "2026-11-22".len() => {
            TimeZone::UTC.to_timestamp(date.at(0, 0, 0, 0)).map_err(|error| error.to_string())
        }
        _ => Err("neither 2026-11-22 nor 2026-11-22T10:00:00Z".to_owned()),
    }
}
