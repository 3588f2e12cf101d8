//! What is known of where a command runs, for the commands that it names.

/// What stands in for the words of a command that the record alone does not tell.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known {
    /// The place of the record.
    pub(crate) event: String,
    /// The primary Region of the instance.
    pub(crate) region: Option<String>,
    /// The bucket of the journal.
    pub(crate) bucket: Option<String>,
    /// The instance.
    pub(crate) instance: Option<String>,
    /// The identity store.
    pub(crate) store: Option<String>,
    /// How a command is told that it is to look where this one did.
    pub(crate) options: String,
}

/// How a command of Tagmend's own is told where AWS is, as advice has it.
const PLACE: &str = "--live --region REGION --journal-bucket BUCKET";

impl Known {
    /// The command with what is known in place of words in capitals.
    pub(crate) fn fill(&self, command: &str) -> String {
        let is_own = command.starts_with("tagmend ");
        let command = match command.split_once(PLACE) {
            Some((before, after)) => format!("{before}{}{after}", self.options),
            None if is_own => format!("{} {}", command.trim_end_matches(" --live"), self.options),
            None => command.to_owned(),
        };
        let word = |word: &str| {
            let value = match word {
                "EVENT" => Some(quoted(&self.event)),
                "REGION" => self.region.clone(),
                "BUCKET" if is_own => self.bucket.clone(),
                "INSTANCE" => self.instance.clone(),
                "STORE" => self.store.clone(),
                _ => None,
            };
            value.unwrap_or_else(|| word.to_owned())
        };
        command.split(' ').map(word).collect::<Vec<_>>().join(" ").trim_end().to_owned()
    }
}

/// For a shell.
pub(crate) fn quoted(text: &str) -> String {
    let is_plain = |sign: char| sign.is_ascii_alphanumeric() || "/._-:@+,=%".contains(sign);
    if !text.is_empty() && text.chars().all(is_plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_is_filled_in_and_the_rest_stays() {
        let known = Known {
            event: "log file.gz#52".to_owned(),
            region: Some("eu-west-1".to_owned()),
            bucket: Some("journal".to_owned()),
            instance: Some("arn:aws:sso:::instance/ssoins-1".to_owned()),
            store: None,
            options: "--state .replay".to_owned(),
        };
        for (command, filled) in [
            (
                "tagmend replay EVENT --live --region REGION --journal-bucket BUCKET --apply",
                "tagmend replay 'log file.gz#52' --state .replay --apply",
            ),
            ("tagmend baseline check --live", "tagmend baseline check --state .replay"),
            (
                "aws sso-admin x --instance-arn INSTANCE",
                "aws sso-admin x --instance-arn arn:aws:sso:::instance/ssoins-1",
            ),
            ("aws s3api get-bucket-abac --bucket BUCKET", "aws s3api get-bucket-abac --bucket BUCKET"),
            (
                "aws identitystore x --identity-store-id STORE",
                "aws identitystore x --identity-store-id STORE",
            ),
        ] {
            assert_eq!(known.fill(command), filled);
        }
        assert_eq!(quoted("it's"), "'it'\\''s'");
    }
}
