//! What the environment says to every function. Anything not understood stops the start.
//!
//! | name | what | default |
//! |---|---|---|
//! | `JOURNAL_BUCKET` | the bucket of the journal | none |
//! | `BASELINE_SHA256` | the digest of the baseline in the journal's bucket | none: the one that was built in |
//! | `BASELINE` | a baseline file, for local runs | none |
//! | `AWS_REGION` | where the function runs; Lambda sets it | none; needed with `BASELINE_SHA256` |
//! | `CALLS_PER_SECOND` | calls to Identity Center, and to each API of the Identity Store, a second | 6 for `heal`, 2 for `watch` |
//! | `STACK_NAME` | the stack, which tells installations apart in metrics | none: metrics are those of the function's name |
//! | `RUST_LOG` | what is logged | `info` |

use std::fs;

use anyhow::{Context, Result};
use tagmend_diagnosis::Baseline;
use tagmend_remedy::{metrics::of_installation, pinned::Pin, pinned::Source, rate::Share};

/// The approved state, as it was when the package was built.
const BASELINE: &str = include_str!("../../../infra/baseline.json");

/// What every function is told.
#[derive(Clone, Debug)]
pub struct Installation {
    /// The bucket of the journal.
    pub journal_bucket: String,
    /// Where the approved state is.
    pub baseline: Source,
    /// Calls a second of one place of the function.
    pub share: Share,
    /// The same of all its places, as a number.
    pub calls_per_second: f64,
    /// The function, as metrics call it.
    pub function: String,
    /// Where its bucket is.
    pub region: String,
}

/// What holds for a function where the environment says nothing.
#[derive(Clone, Copy, Debug)]
pub struct Usual {
    /// Its name.
    pub name: &'static str,
    /// Calls a second.
    pub calls_per_second: f64,
    /// How many of it run at once: `ReservedConcurrentExecutions` in `infra/template.yaml`.
    pub places: u32,
}

impl Installation {
    /// Reads it from what `variable` says of a name.
    ///
    /// # Errors
    /// With the name of what is not understood.
    pub fn read(variable: impl Fn(&str) -> Option<String>, usual: Usual) -> Result<Installation> {
        // A parameter of the template that is left empty is a variable that is empty.
        let given = |name| variable(name).filter(|text| !text.is_empty());
        let journal_bucket = given("JOURNAL_BUCKET").context("JOURNAL_BUCKET is not set")?;
        let baseline = match (variable("BASELINE"), given("BASELINE_SHA256")) {
            (Some(path), _) => {
                let text = fs::read_to_string(&path).with_context(|| format!("BASELINE {path}"))?;
                local(&text).with_context(|| format!("BASELINE {path}"))?
            }
            (None, Some(digest)) => Source::Pinned(
                Pin::parse(&digest).context("BASELINE_SHA256 is not 64 hexadecimal digits in lower case")?,
            ),
            (None, None) => local(BASELINE)?,
        };
        let calls_per_second = match given("CALLS_PER_SECOND") {
            None => usual.calls_per_second,
            Some(calls) => {
                calls.parse().with_context(|| format!("CALLS_PER_SECOND is `{calls}`, no number"))?
            }
        };
        let share =
            Share::new(calls_per_second, usual.places).context("CALLS_PER_SECOND is not from 0.2 to 10")?;
        let region = match &baseline {
            Source::Local(baseline) => baseline.region.clone(),
            Source::Pinned(_) => given("AWS_REGION").context("AWS_REGION is not set")?,
        };
        let function = of_installation(given("STACK_NAME").as_deref(), usual.name);
        Ok(Installation { journal_bucket, baseline, share, calls_per_second, function, region })
    }
}

fn local(text: &str) -> Result<Source> {
    Ok(Source::Local(Box::new(Baseline::parse(text)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const USUAL: Usual = Usual { name: "watch", calls_per_second: Share::WATCH, places: 1 };

    fn read(set: &[(&str, &str)]) -> Result<Installation> {
        let variable =
            |name: &str| set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        Installation::read(variable, USUAL)
    }

    #[test]
    fn what_is_not_understood_stops_the_start() {
        let bucket = ("JOURNAL_BUCKET", "b");
        assert_eq!(read(&[bucket]).unwrap().journal_bucket, "b");
        for (set, error) in [
            (&[][..], "JOURNAL_BUCKET is not set"),
            (&[("JOURNAL_BUCKET", "")], "JOURNAL_BUCKET is not set"),
            (&[bucket, ("BASELINE", "no/such/file")], "BASELINE no/such/file"),
            (&[bucket, ("CALLS_PER_SECOND", "many")], "CALLS_PER_SECOND is `many`, no number"),
            (&[bucket, ("CALLS_PER_SECOND", "11")], "CALLS_PER_SECOND is not from 0.2 to 10"),
            (
                &[bucket, ("BASELINE_SHA256", "0F")],
                "BASELINE_SHA256 is not 64 hexadecimal digits in lower case",
            ),
            (&[bucket, ("BASELINE_SHA256", &"0f".repeat(32))], "AWS_REGION is not set"),
        ] {
            assert_eq!(read(set).unwrap_err().to_string(), error, "{set:?}");
        }
    }

    #[test]
    fn what_is_not_said_is_as_usual() {
        let installation =
            read(&[("JOURNAL_BUCKET", "b"), ("STACK_NAME", ""), ("CALLS_PER_SECOND", "")]).unwrap();
        assert_eq!(installation.function, "watch");
        assert!((installation.calls_per_second - Share::WATCH).abs() < f64::EPSILON);
        assert!(matches!(installation.baseline, Source::Local(_)));
        let pinned = read(&[
            ("JOURNAL_BUCKET", "b"),
            ("BASELINE_SHA256", &"0f".repeat(32)),
            ("AWS_REGION", "eu-west-1"),
            ("STACK_NAME", "second"),
        ])
        .unwrap();
        assert_eq!((pinned.region.as_str(), pinned.function.as_str()), ("eu-west-1", "second-watch"));
    }
}
