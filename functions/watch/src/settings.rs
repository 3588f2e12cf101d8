//! What the environment says. Anything not understood stops the start.
//!
//! | name | what | default |
//! |---|---|---|
//! | `JOURNAL_BUCKET` | the bucket of the journal | none |
//! | `BASELINE_SHA256` | the digest of the baseline in the journal's bucket | none: the one that was built in |
//! | `BASELINE` | a baseline file, for local runs | none |
//! | `AWS_REGION` | where the function runs; Lambda sets it | none; needed with `BASELINE_SHA256` |
//! | `CALLS_PER_SECOND` | calls to Identity Center, and to each API of the Identity Store, a second | 2 |
//! | `STACK_NAME` | the stack, which tells installations apart in metrics | none: metrics are those of `watch` |
//! | `RUST_LOG` | what is logged | `info` |

use std::fs;

use anyhow::{Context, Result};
use tagmend_diagnosis::Baseline;
use tagmend_remedy::{metrics::of_installation, pinned::Pin, pinned::Source, rate::Share};

/// The approved state, as it was when the package was built.
const BASELINE: &str = include_str!("../../../infra/baseline.json");

/// Everything that can be set.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) journal_bucket: String,
    pub(crate) baseline: Source,
    /// Calls a second of one place of the function.
    pub(crate) share: Share,
    /// The same as a number, which says how much a run reads.
    pub(crate) calls_per_second: f64,
    /// The function, as metrics call it.
    pub(crate) function: String,
    /// Where its bucket is.
    pub(crate) region: String,
}

impl Settings {
    /// Reads the settings from what `variable` says of a name.
    pub(crate) fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Settings> {
        // A parameter of the template that is left empty is a variable that is empty.
        let given = |name| variable(name).filter(|text| !text.is_empty());
        let journal_bucket = given("JOURNAL_BUCKET").context("JOURNAL_BUCKET is not set")?;
        let baseline = match (variable("BASELINE"), given("BASELINE_SHA256")) {
            (Some(path), _) => {
                let text = fs::read_to_string(&path).with_context(|| format!("BASELINE {path}"))?;
                built_in(&text).with_context(|| format!("BASELINE {path}"))?
            }
            (None, Some(digest)) => Source::Pinned(
                Pin::parse(&digest).context("BASELINE_SHA256 is not 64 hexadecimal digits in lower case")?,
            ),
            (None, None) => built_in(BASELINE)?,
        };
        let calls = match given("CALLS_PER_SECOND") {
            None => Share::WATCH,
            Some(calls) => {
                calls.parse().with_context(|| format!("CALLS_PER_SECOND is `{calls}`, no number"))?
            }
        };
        let share = Share::new(calls, 1).context("CALLS_PER_SECOND is not from 0.2 to 10")?;
        let function = of_installation(given("STACK_NAME").as_deref(), "watch");
        let region = match &baseline {
            Source::BuiltIn(baseline) => baseline.region.clone(),
            Source::Pinned(_) => given("AWS_REGION").context("AWS_REGION is not set")?,
        };
        Ok(Settings { journal_bucket, baseline, share, calls_per_second: calls, function, region })
    }
}

fn built_in(text: &str) -> Result<Source> {
    Ok(Source::BuiltIn(Box::new(Baseline::parse(text)?)))
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
