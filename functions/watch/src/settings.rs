//! What the environment says. Anything not understood stops the start.
//!
//! | name | what | default |
//! |---|---|---|
//! | `JOURNAL_BUCKET` | the bucket of the journal | none |
//! | `BASELINE` | a baseline file, for local runs | the one that was built in |
//! | `RUST_LOG` | what is logged | `info` |

use std::fs;

use anyhow::{Context, Result};
use tagmend_diagnosis::Baseline;

/// The approved state, as it was when the package was built.
const BASELINE: &str = include_str!("../../../infra/baseline.json");

/// Everything that can be set.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) journal_bucket: String,
    pub(crate) baseline: Baseline,
}

impl Settings {
    /// Reads the settings from what `variable` says of a name.
    pub(crate) fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Settings> {
        let journal_bucket = variable("JOURNAL_BUCKET")
            .filter(|bucket| !bucket.is_empty())
            .context("JOURNAL_BUCKET is not set")?;
        let baseline = match variable("BASELINE") {
            None => Baseline::parse(BASELINE)?,
            Some(path) => {
                let text = fs::read_to_string(&path).with_context(|| format!("BASELINE {path}"))?;
                Baseline::parse(&text).with_context(|| format!("BASELINE {path}"))?
            }
        };
        Ok(Settings { journal_bucket, baseline })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_understood_stops_the_start() {
        let bucket = |name: &str| (name == "JOURNAL_BUCKET").then(|| "b".to_owned());
        assert_eq!(Settings::read(bucket).unwrap().journal_bucket, "b");
        assert_eq!(Settings::read(|_| None).unwrap_err().to_string(), "JOURNAL_BUCKET is not set");
        let lost = |name: &str| match name {
            "BASELINE" => Some("no/such/file".to_owned()),
            other => bucket(other),
        };
        assert_eq!(Settings::read(lost).unwrap_err().to_string(), "BASELINE no/such/file");
    }
}
