//! Text for terminals.

use serde_json::Value as Json;
pub(crate) use tagmend_diagnosis::escaped;

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
    fn what_a_terminal_would_obey_is_escaped() {
        let line = json_line(&Json::from("a\u{9b}31m\u{7f}\u{1b}é"));
        assert_eq!(line, "\"a\\u009b31m\\u007f\\u001bé\"\n");
        assert_eq!(serde_json::from_str::<Json>(&line).ok(), Some(Json::from("a\u{9b}31m\u{7f}\u{1b}é")));
    }
}
