//! Text for terminals.

/// Text that others chose, with control characters shown and not obeyed.
pub(crate) fn harmless(text: &str) -> String {
    text.chars()
        .flat_map(|character| match character {
            control if control.is_control() => control.escape_default().collect::<Vec<_>>(),
            // Characters that turn the direction of writing hide what stands beside them.
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => character.escape_unicode().collect(),
            other => vec![other],
        })
        .collect()
}
