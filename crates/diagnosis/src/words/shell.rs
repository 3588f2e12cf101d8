//! What stands in a command that somebody pastes into a shell.

/// What a shell takes as it stands, besides letters and digits.
const PLAIN: &str = ":/_.@+,=%-";

fn has_plain_signs_alone(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|sign| sign.is_ascii_alphanumeric() || PLAIN.contains(sign))
}

/// Whether a shell takes the text as one word, and no option.
pub(crate) fn is_plain(text: &str) -> bool {
    has_plain_signs_alone(text) && !text.starts_with('-')
}

/// A word as a shell takes it. What others chose comes into commands that people copy.
pub fn quoted(word: &str) -> String {
    if has_plain_signs_alone(word) { word.to_owned() } else { format!("'{}'", word.replace('\'', "'\\''")) }
}

/// A command with what is known in place of its words. What could mean something to a shell is not filled in.
pub(crate) fn filled(command: &str, known: impl Fn(&str) -> Option<String>) -> String {
    let word = |word: &str| known(word).filter(|known| is_plain(known)).unwrap_or_else(|| word.to_owned());
    command.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_shell_could_obey_is_quoted_and_not_filled_in() {
        let plain = "arn:aws:s3:::bucket/a.txt";
        assert!(is_plain(plain) && quoted(plain) == plain);
        for text in ["", "a b", "$(id)", "a;b", "`id`", "a'b", "a\"b", "*", "a&b", "a|b", "a\nb", "é"] {
            assert!(!is_plain(text), "{text}");
            assert!(quoted(text).starts_with('\'') && quoted(text).ends_with('\''), "{text}");
            assert_eq!(filled("aws WORD", |_| Some(text.to_owned())), "aws WORD");
        }
        assert_eq!(quoted("it's"), "'it'\\''s'");
        // An option stands in a command by itself; as a value it would be another one.
        assert!(!is_plain("--profile") && quoted("--profile") == "--profile");
        let known = |word: &str| (word == "REGION").then(|| "eu-west-1".to_owned());
        assert_eq!(filled("aws --region REGION x", known), "aws --region eu-west-1 x");
    }
}
