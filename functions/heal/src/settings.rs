//! What the environment says. Anything not understood stops the start.
//!
//! Besides what [`Installation`] reads:
//!
//! | name | what | default |
//! |---|---|---|
//! | `MODE` | `plan` or `apply` | `plan` |
//! | `READER_ROLE_NAME` | a role that reads in member accounts | none: less is seen |
//! | `READER_EXTERNAL_ID` | the external id that it asks for | none |
//! | `AUTHORIZATION_DETAILS` | `on`: what AWS keeps of denied calls with an authorization id is read | `off` |

use anyhow::{Result, bail};
use tagmend_function::{Installation, Usual};
use tagmend_remedy::{ReaderRole, ledger::Mode, rate::Share};

const USUAL: Usual = Usual { name: "heal", calls_per_second: Share::HEAL, places: 2 };

/// Everything that can be set.
#[derive(Debug)]
pub struct Settings {
    /// What every function is told.
    pub installation: Installation,
    /// What the function may do.
    pub mode: Mode,
    /// A role that reads in member accounts.
    pub reader_role: Option<ReaderRole>,
    /// Whether AWS's authorization details are read.
    pub authorization_details: bool,
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
        let authorization_details = match given("AUTHORIZATION_DETAILS").as_deref() {
            None | Some("off") => false,
            Some("on") => true,
            Some(other) => bail!("AUTHORIZATION_DETAILS is `{other}`, neither `off` nor `on`"),
        };
        let reader_role = given("READER_ROLE_NAME")
            .map(|name| ReaderRole { name, external_id: given("READER_EXTERNAL_ID") });
        let installation = Installation::read(&variable, USUAL)?;
        Ok(Settings { installation, mode, reader_role, authorization_details })
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
    }
}
