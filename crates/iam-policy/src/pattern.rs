//! Wildcard matching in time proportional to pattern × text, whatever the pattern.

/// One element of an expanded pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Token {
    Literal(char),
    AnyRun,
    AnyOne,
}

/// Whether the whole text matches. Only the last run is ever reconsidered, so there is no exponential case.
pub(crate) fn matches(pattern: &[Token], text: &[char]) -> bool {
    let (mut at_pattern, mut at_text) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    loop {
        match (pattern.get(at_pattern), text.get(at_text)) {
            (None, None) => return true,
            (Some(Token::AnyRun), _) => {
                retry = Some((at_pattern + 1, at_text));
                at_pattern += 1;
                continue;
            }
            (Some(Token::AnyOne), Some(_)) => {
                at_pattern += 1;
                at_text += 1;
                continue;
            }
            (Some(Token::Literal(wanted)), Some(given)) if wanted == given => {
                at_pattern += 1;
                at_text += 1;
                continue;
            }
            _ => {}
        }
        match retry {
            Some((pattern_after_run, text_taken)) if text_taken < text.len() => {
                retry = Some((pattern_after_run, text_taken + 1));
                at_pattern = pattern_after_run;
                at_text = text_taken + 1;
            }
            _ => return false,
        }
    }
}

/// Reads `*` and `?` as wildcards and everything else as itself.
pub(crate) fn tokens(text: &str) -> Vec<Token> {
    text.chars()
        .map(|character| match character {
            '*' => Token::AnyRun,
            '?' => Token::AnyOne,
            other => Token::Literal(other),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, text: &str, expected: bool) {
        let text: Vec<char> = text.chars().collect();
        assert_eq!(matches(&tokens(pattern), &text), expected);
    }

    #[test]
    fn wildcards() {
        check("", "", true);
        check("*", "", true);
        check("a*b*c", "a-b-b-c", true);
        check("a*b*c", "a-c-b", false);
        check("a?c", "abc", true);
        check("a?c", "ac", false);
        check("*é?", "caféx", true);
    }

    #[test]
    fn many_runs_do_not_blow_up() {
        check(&"*a".repeat(2_000), &"a".repeat(4_000), true);
        check(&format!("{}b", "*a".repeat(2_000)), &"a".repeat(4_000), false);
    }
}
