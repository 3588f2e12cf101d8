//! What stands in a command that somebody pastes into a shell.

/// Whether a shell takes the text as one word, and no option.
pub(crate) fn is_plain(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with('-')
        && text.chars().all(|character| character.is_ascii_alphanumeric() || ":/_.@+,=-".contains(character))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_shell_could_obey_is_not_filled_in() {
        assert!(is_plain("arn:aws:s3:::bucket/a.txt"));
        for text in
            ["", "--profile", "a b", "$(id)", "a;b", "`id`", "a'b", "a\"b", "*", "a&b", "a|b", "a\nb", "é"]
        {
            assert!(!is_plain(text), "{text}");
        }
    }
}
