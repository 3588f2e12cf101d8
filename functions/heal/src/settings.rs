//! What the environment says. Anything not understood stops the start.
//!
//! | name | what | default |
//! |---|---|---|
//! | `MODE` | `plan` or `apply` | `plan` |
//! | `JOURNAL_BUCKET` | the bucket of the journal | none |
//! | `READER_ROLE_NAME` | a role that reads in member accounts | none: less is seen |
//! | `READER_EXTERNAL_ID` | the external id that it asks for | none |
//! | `AUTHORIZATION_DETAILS` | `on`: what AWS keeps of denied calls with an authorization id is read | `off` |
//! | `BASELINE_SHA256` | the digest of the baseline in the journal's bucket | none: the one that was built in |
//! | `BASELINE` | a baseline file, for local runs | none |
//! | `AWS_REGION` | where the function runs; Lambda sets it | none; needed with `BASELINE_SHA256` |
//! | `CALLS_PER_SECOND` | calls to Identity Center, and to each API of the Identity Store, a second | 6 |
//! | `STACK_NAME` | the stack, which tells installations apart in metrics | none: metrics are those of `heal` |
//! | `RUST_LOG` | what is logged | `info` |

use std::fs;

use anyhow::{Context, Result, bail};
use tagmend_diagnosis::Baseline;
use tagmend_remedy::{
    ReaderRole, ledger::Mode, metrics::of_installation, pinned::Pin, pinned::Source, rate::Share,
};

/// The approved state, as it was when the package was built.
const BASELINE: &str = include_str!("../../../infra/baseline.json");

/// How many of it run at once: `ReservedConcurrentExecutions` in `infra/template.yaml`.
const PLACES: u32 = 2;

/// Everything that can be set.
#[derive(Debug)]
pub struct Settings {
    /// What the function may do.
    pub mode: Mode,
    /// The bucket of the journal.
    pub journal_bucket: String,
    /// A role that reads in member accounts.
    pub reader_role: Option<ReaderRole>,
    /// Whether AWS's authorization details are read.
    pub authorization_details: bool,
    /// Where the approved state is.
    pub baseline: Source,
    /// Calls a second of one place of the function.
    pub share: Share,
    /// The function, as metrics call it.
    pub function: String,
    /// Where its bucket is.
    pub region: String,
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
        let authorization_details = match given("AUTHORIZATION_DETAILS").as_deref() {
            None | Some("off") => false,
            Some("on") => true,
            Some(other) => bail!("AUTHORIZATION_DETAILS is `{other}`, neither `off` nor `on`"),
        };
        let calls = match given("CALLS_PER_SECOND") {
            None => Share::HEAL,
            Some(calls) => {
                calls.parse().with_context(|| format!("CALLS_PER_SECOND is `{calls}`, no number"))?
            }
        };
        let share = Share::new(calls, PLACES).context("CALLS_PER_SECOND is not from 0.2 to 10")?;
        let function = of_installation(given("STACK_NAME").as_deref(), "heal");
        let region = match &baseline {
            Source::BuiltIn(baseline) => baseline.region.clone(),
            Source::Pinned(_) => given("AWS_REGION").context("AWS_REGION is not set")?,
        };
        let reader_role = given("READER_ROLE_NAME")
            .map(|name| ReaderRole { name, external_id: given("READER_EXTERNAL_ID") });
        Ok(Settings {
            mode,
            journal_bucket,
            reader_role,
            authorization_details,
            baseline,
            share,
            function,
            region,
        })
    }
}

fn built_in(text: &str) -> Result<Source> {
    Ok(Source::BuiltIn(Box::new(Baseline::parse(text)?)))
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
    fn authorization_details_are_read_where_somebody_turns_them_on() {
        let are_read = |value| {
            read(&[("JOURNAL_BUCKET", "b"), ("AUTHORIZATION_DETAILS", value)]).unwrap().authorization_details
        };
        assert!(!read(&[("JOURNAL_BUCKET", "b")]).unwrap().authorization_details);
        assert_eq!(["", "off", "on"].map(are_read), [false, false, true]);
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
        let error = read(&[("JOURNAL_BUCKET", "b"), ("AUTHORIZATION_DETAILS", "yes")]).unwrap_err();
        assert_eq!(error.to_string(), "AUTHORIZATION_DETAILS is `yes`, neither `off` nor `on`");
        assert_eq!(read(&[]).unwrap_err().to_string(), "JOURNAL_BUCKET is not set");
        assert!(read(&[("JOURNAL_BUCKET", "b"), ("BASELINE", "no/such/file")]).is_err());
    }
}
