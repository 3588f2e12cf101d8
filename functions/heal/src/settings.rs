//! What the environment says. Anything not understood stops the start.
//!
//! | name | what | default |
//! |---|---|---|
//! | `MODE` | `plan` or `apply` | `plan` |
//! | `JOURNAL_BUCKET` | the bucket of the journal | none |
//! | `READER_ROLE_NAME` | a role that reads in member accounts | none: less is seen |
//! | `READER_EXTERNAL_ID` | the external id that it asks for | none |
//! | `BASELINE` | a baseline file, for local runs | the one that was built in |
//! | `RUST_LOG` | what is logged | `info` |

use std::fs;

use anyhow::{Context, Result, bail};
use tagmend_diagnosis::Baseline;
use tagmend_remedy::ReaderRole;

/// The approved state, as it was when the package was built.
const BASELINE: &str = include_str!("../../../infra/baseline.json");

/// What the function may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Diagnose, log and count.
    Plan,
    /// And make the changes.
    Apply,
}

/// Everything that can be set.
#[derive(Debug)]
pub struct Settings {
    /// What the function may do.
    pub mode: Mode,
    /// The bucket of the journal.
    pub journal_bucket: String,
    /// A role that reads in member accounts.
    pub reader_role: Option<ReaderRole>,
    /// The approved state.
    pub baseline: Baseline,
}

impl Settings {
    /// Reads the settings from what `variable` says of a name.
    ///
    /// # Errors
    /// With the name of what is not understood.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Settings> {
        let mode = match variable("MODE").as_deref() {
            None | Some("plan") => Mode::Plan,
            Some("apply") => Mode::Apply,
            Some(other) => bail!("MODE is `{other}`, neither `plan` nor `apply`"),
        };
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
        // A parameter of the template that is left empty is a variable that is empty.
        let given = |name| variable(name).filter(|text| !text.is_empty());
        let reader_role = given("READER_ROLE_NAME")
            .map(|name| ReaderRole { name, external_id: given("READER_EXTERNAL_ID") });
        Ok(Settings { mode, journal_bucket, reader_role, baseline })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(set: &[(&str, &str)]) -> Result<Settings> {
        Settings::read(|name| {
            set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_default_is_to_plan() {
        assert_eq!(read(&[("JOURNAL_BUCKET", "b")]).unwrap().mode, Mode::Plan);
        assert_eq!(read(&[("JOURNAL_BUCKET", "b"), ("MODE", "apply")]).unwrap().mode, Mode::Apply);
    }

    #[test]
    fn the_reader_role_is_optional() {
        let role =
            |set: &[(&str, &str)]| read(&[&[("JOURNAL_BUCKET", "b")], set].concat()).unwrap().reader_role;
        let named = |external_id: Option<&str>| {
            Some(ReaderRole { name: "reader".to_owned(), external_id: external_id.map(str::to_owned) })
        };
        assert_eq!(role(&[]), None);
        assert_eq!(role(&[("READER_ROLE_NAME", ""), ("READER_EXTERNAL_ID", "")]), None);
        assert_eq!(role(&[("READER_ROLE_NAME", "reader"), ("READER_EXTERNAL_ID", "")]), named(None));
        assert_eq!(role(&[("READER_ROLE_NAME", "reader"), ("READER_EXTERNAL_ID", "x")]), named(Some("x")));
    }

    #[test]
    fn what_is_not_understood_stops_the_start() {
        for mode in ["Apply", "aply", "", "dry-run"] {
            let error = read(&[("JOURNAL_BUCKET", "b"), ("MODE", mode)]).unwrap_err();
            assert_eq!(error.to_string(), format!("MODE is `{mode}`, neither `plan` nor `apply`"));
        }
        assert_eq!(read(&[]).unwrap_err().to_string(), "JOURNAL_BUCKET is not set");
        assert!(read(&[("JOURNAL_BUCKET", "b"), ("BASELINE", "no/such/file")]).is_err());
    }
}
