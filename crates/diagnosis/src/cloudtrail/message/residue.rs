//! What of a message nobody here understands: shown by commands, logged without what names anybody, and never acted on.

use std::fmt::Write as _;
use std::sync::LazyLock;

use regex::{NoExpand, Regex};
use sha2::{Digest, Sha256};

use super::regex;
use crate::words::escaped::escaped_and_short;

/// A part of a message that is of no known form.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Residue {
    text: String,
    /// The text without what may name a thing or a person.
    logged: String,
    is_cut: bool,
}

/// What may name a thing or a person: ARNs, quotes, mail addresses, URLs, paths, and words with a digit, a dot, a slash or an
/// underscore in them, or with capitals inside.
static NAMES: LazyLock<[(Regex, &str); 6]> = LazyLock::new(|| {
    [
        (regex(r#"(?s)"[^"]*"?|'[^'\s]{2,}'|`[^`]*`?"#), "QUOTED"),
        (regex(r"\barn:\S+"), "ARN"),
        (regex(r"\b\w+://\S+"), "URL"),
        (regex(r"\S*@\S*"), "ADDRESS"),
        (regex(r"[^\s():;,]*[\d./\\_=+][^\s():;,]*[^\s():;,.]"), "ID"),
        (regex(r"\b[a-z]+[A-Z]\w*|\b[A-Z][a-z]+[A-Z]\w*"), "ID"),
    ]
});

impl Residue {
    pub(super) fn new(text: &str, is_cut: bool) -> Residue {
        let text = text.trim();
        Residue { text: text.to_owned(), logged: without_names(text, &[]), is_cut }
    }

    /// The same, with these values of its own record kept out of logs, too.
    #[must_use]
    pub(crate) fn without(self, values: &[&str]) -> Residue {
        Residue { logged: without_names(&self.text, values), ..self }
    }

    /// The text, for somebody who looks at the record: escaped and cut.
    pub fn shown(&self) -> String {
        escaped_and_short(&self.text)
    }

    /// Whether it is what CloudTrail left of a longer text.
    pub fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// The text for a log: ARNs, quotes, addresses, ids and the record's own values are replaced.
    pub fn logged(&self) -> &str {
        &self.logged
    }

    /// The first half of the SHA-256 of the text for a log, by which equal sentences are counted.
    pub fn hash(&self) -> String {
        let digest = Sha256::digest(self.logged.as_bytes());
        digest.iter().take(8).fold(String::new(), |mut hash, byte| {
            let _ = write!(hash, "{byte:02x}");
            hash
        })
    }
}

fn without_names(text: &str, values: &[&str]) -> String {
    let mut text = text.to_owned();
    let mut values: Vec<&&str> = values.iter().filter(|value| value.chars().count() > 2).collect();
    values.sort_by_key(|value| std::cmp::Reverse(value.len()));
    for value in values {
        if may_hold(&text, value)
            && let Ok(whole) = Regex::new(&format!("(?i){}", regex::escape(value)))
        {
            text = whole.replace_all(&text, NoExpand("NAME")).into_owned();
        }
    }
    for (names, word) in &*NAMES {
        text = names.replace_all(&text, NoExpand(word)).into_owned();
    }
    escaped_and_short(&text)
}

/// Whether a text may hold a value, whatever its case. To make an expression costs a thousand times what this does, and
/// few values of a record are in its message.
fn may_hold(text: &str, value: &str) -> bool {
    let is_plain = text.is_ascii() && value.is_ascii();
    !is_plain || text.to_ascii_lowercase().contains(&value.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn logged(text: &str) -> String {
        Residue::new(text, false).without(&["jane.doe", "ledger", "sales"]).logged
    }

    #[test]
    fn a_log_has_no_names() {
        for (text, expected) in [
            ("Jane.Doe may not read \"the ledger\" of 111122223333", "NAME may not read QUOTED of ID"),
            ("arn:aws:s3:::b/k is locked", "ARN is locked"),
            ("ask ops@example.com at https://x.example/y", "ask ADDRESS at URL"),
            ("request 4f1c-22 of 10.0.0.1 for tomCat", "request ID of ID for ID"),
            (
                "because no magic policy allows the s3:GetObject action",
                "because no magic policy allows the s3:ID action",
            ),
            ("the key's policy says no.", "the key's policy says no."),
            ("JANE.DOE may not; LEDGER and ledger neither", "NAME may not; NAME and NAME neither"),
            // The long s is an s whatever the case, as the regular expressions of Unicode see it.
            ("\u{17f}ales may not", "NAME may not"),
        ] {
            assert_eq!(logged(text), expected);
        }
    }

    #[test]
    fn equal_sentences_have_equal_hashes() {
        let of = |text: &str| Residue::new(text, false).hash();
        assert_eq!(of("arn:aws:a:::b is locked"), of("arn:aws:c:::d is locked"));
        assert_ne!(of("arn:aws:a:::b is locked"), of("arn:aws:a:::b is open"));
        assert_eq!(of("x").len(), 16);
    }
}
