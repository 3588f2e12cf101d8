//! Text for terminals.

use serde_json::Value as Json;

/// Text that others chose, with control characters shown and not obeyed.
pub(crate) fn harmless(text: &str) -> String {
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

/// JSON and the end of the line. Control characters that JSON lets stand, and a terminal may obey, are escaped; they
/// only ever stand in strings.
pub(crate) fn json_line(json: &Json) -> String {
    let mut line = String::new();
    for character in json.to_string().chars() {
        match character {
            '\u{7f}'..='\u{9f}' => line.push_str(&format!("\\u{:04x}", u32::from(character))),
            other => line.push(other),
        }
    }
    line.push('\n');
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_shown() {
        assert_eq!(harmless("a\u{1b}[31m\u{9b}\u{202e}\u{200f}\n"), r"a\u{1b}[31m\u{9b}\u{202e}\u{200f}\n");
        let line = json_line(&Json::from("a\u{9b}31m\u{7f}\u{1b}é"));
        assert_eq!(line, "\"a\\u009b31m\\u007f\\u001bé\"\n");
        assert_eq!(serde_json::from_str::<Json>(&line).ok(), Some(Json::from("a\u{9b}31m\u{7f}\u{1b}é")));
    }
}
