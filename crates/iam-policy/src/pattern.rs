//! Wildcard matching in time proportional to pattern × text, whatever the pattern.
//!
//! A pattern is the bytes of its text with each wildcard as a byte that UTF-8 never uses, so that a `*` that a
//! variable brings in stays a character.

/// Any run of characters, also none: `*`.
pub(crate) const ANY_RUN: u8 = 0xFF;
/// Any one character: `?`.
pub(crate) const ANY_ONE: u8 = 0xFE;

/// Reads `*` and `?` as wildcards and everything else as itself.
pub(crate) fn compile(text: &str) -> Box<[u8]> {
    text.bytes()
        .map(|byte| match byte {
            b'*' => ANY_RUN,
            b'?' => ANY_ONE,
            other => other,
        })
        .collect()
}

pub(crate) fn is_wildcard(byte: u8) -> bool {
    matches!(byte, ANY_RUN | ANY_ONE)
}

/// The text that a pattern was written as.
pub(crate) fn text(pattern: &[u8]) -> String {
    let bytes: Vec<u8> = pattern.iter().map(|byte| written(*byte)).collect();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The character that a byte of a pattern was written as.
pub(crate) fn written(byte: u8) -> u8 {
    match byte {
        ANY_RUN => b'*',
        ANY_ONE => b'?',
        other => other,
    }
}

/// Whether the whole text matches.
pub(crate) fn matches(pattern: &[u8], text: &str) -> bool {
    glob(pattern, text.as_bytes(), |wanted, given| wanted == given)
}

/// The same, letters of ASCII in any case.
pub(crate) fn matches_in_any_case(pattern: &[u8], text: &str) -> bool {
    glob(pattern, text.as_bytes(), |wanted, given| wanted.eq_ignore_ascii_case(&given))
}

/// Only the last run is ever reconsidered, so there is no exponential case. Both texts are UTF-8, so positions
/// next to a wildcard are always between two characters.
fn glob(pattern: &[u8], text: &[u8], equal: impl Fn(u8, u8) -> bool) -> bool {
    let (mut at_pattern, mut at_text) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    loop {
        match (pattern.get(at_pattern), text.get(at_text)) {
            (None, None) => return true,
            (Some(&ANY_RUN), _) => {
                at_pattern += 1;
                if at_pattern == pattern.len() {
                    return true;
                }
                retry = Some((at_pattern, at_text));
                continue;
            }
            (Some(&ANY_ONE), Some(&given)) => {
                at_pattern += 1;
                at_text += width(given);
                continue;
            }
            (Some(&wanted), Some(&given)) if equal(wanted, given) => {
                at_pattern += 1;
                at_text += 1;
                continue;
            }
            _ => {}
        }
        let Some((pattern_after_run, run_end)) = retry else {
            return false;
        };
        let Some(&skipped) = text.get(run_end) else {
            return false;
        };
        retry = Some((pattern_after_run, run_end + width(skipped)));
        at_pattern = pattern_after_run;
        at_text = run_end + width(skipped);
    }
}

/// How many bytes the character has that begins with this one.
fn width(first: u8) -> usize {
    match first {
        0..=0xBF => 1,
        0xC0..=0xDF => 2,
        0xE0..=0xEF => 3,
        _ => 4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, text: &str, expected: bool) {
        assert_eq!(matches(&compile(pattern), text), expected);
    }

    #[test]
    fn wildcards() {
        check("", "", true);
        check("", "a", false);
        check("*", "", true);
        check("**", "", true);
        check("?", "", false);
        check("a*b*c", "a-b-b-c", true);
        check("a*b*c", "a-c-b", false);
        check("a*c", "abcc", true);
        check("a?c", "abc", true);
        check("a?c", "ac", false);
    }

    #[test]
    fn a_question_mark_is_a_character_not_a_byte() {
        check("*é?", "caféx", true);
        check("caf?", "café", true);
        check("caf??", "café", false);
        check("*?€", "x€", true);
        check("*?b", "😀b", true);
        check("*??b", "😀b", false);
    }

    #[test]
    fn only_ascii_letters_have_a_case() {
        assert!(matches_in_any_case(&compile("S3:get*"), "s3:GetObject"));
        assert!(!matches_in_any_case(&compile("É"), "é"));
    }

    #[test]
    fn many_runs_do_not_blow_up() {
        check(&"*a".repeat(2_000), &"a".repeat(4_000), true);
        check(&format!("{}b", "*a".repeat(2_000)), &"a".repeat(4_000), false);
    }
}
