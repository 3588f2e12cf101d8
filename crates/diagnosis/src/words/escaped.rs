//! Text that others chose, made harmless for terminals and logs.

/// The text with control characters shown and not obeyed.
pub fn escaped(text: &str) -> String {
    text.chars()
        .flat_map(|character| match character {
            control if control.is_control() => control.escape_default().collect::<Vec<_>>(),
            // Characters that turn the direction of writing hide what stands beside them.
            '\u{202a}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{061c}'
            | '\u{2028}'
            | '\u{2029}' => character.escape_unicode().collect(),
            other => vec![other],
        })
        .collect()
}

/// The same, and no longer than a line of a log may be.
pub fn escaped_and_short(text: &str) -> String {
    const LONGEST: usize = 256;
    match text.char_indices().nth(LONGEST) {
        None => escaped(text),
        Some((end, _)) => format!("{}... (cut)", escaped(text.get(..end).unwrap_or_default())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_shown() {
        assert_eq!(escaped("a\u{1b}[31m\u{9b}\u{202e}\u{200f}\n"), r"a\u{1b}[31m\u{9b}\u{202e}\u{200f}\n");
    }

    #[test]
    fn long_text_is_cut_between_characters() {
        assert_eq!(escaped_and_short("é"), "é");
        assert_eq!(escaped_and_short(&"é".repeat(256)), "é".repeat(256));
        assert_eq!(escaped_and_short(&"é".repeat(257)), format!("{}... (cut)", "é".repeat(256)));
    }
}
