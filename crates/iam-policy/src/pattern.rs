//! Wildcard matching in time proportional to pattern × text, whatever the pattern.

use std::borrow::Cow;

use memchr::memchr2;

/// Text of a policy as it is compared with a request.
pub(crate) enum Pattern<'a> {
    /// As it is written: `*` and `?` are the wildcards.
    Written(&'a str),
    /// With values in place of variables. Its wildcards are bytes that UTF-8 never uses, so that a `*` that a value
    /// brings in stays a character.
    Composed(Vec<u8>),
    /// As a value is: without wildcards.
    Plain(&'a str),
}

/// What a pattern that is written out is like: most need no matching with wildcards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// `*`.
    Everything,
    /// Without wildcards.
    Exact,
    /// Its only wildcard is a `*` at its end.
    Beginning,
    Any,
}

impl Shape {
    pub(crate) fn of(pattern: &str) -> Shape {
        let bytes = pattern.as_bytes();
        match memchr2(WRITTEN.any_run, WRITTEN.any_one, bytes) {
            None => Shape::Exact,
            Some(0) if pattern == "*" => Shape::Everything,
            Some(first) if first + 1 == bytes.len() && pattern.ends_with('*') => Shape::Beginning,
            Some(_) => Shape::Any,
        }
    }
}

/// The bytes that stand for any run of characters, also none, and for any one character.
#[derive(Clone, Copy)]
struct Wildcards {
    any_run: u8,
    any_one: u8,
}

/// Of an ARN: `arn:partition:service:region:account:resource`.
const PARTS_BEFORE_THE_LAST: usize = 5;
const WRITTEN: Wildcards = Wildcards { any_run: b'*', any_one: b'?' };
const COMPOSED: Wildcards = Wildcards { any_run: 0xFF, any_one: 0xFE };

/// A part of a composed pattern: `*` and `?` as wildcards, and everything else as itself.
pub(crate) fn compose(text: &str) -> impl Iterator<Item = u8> {
    text.bytes().map(|byte| match byte {
        b'*' => COMPOSED.any_run,
        b'?' => COMPOSED.any_one,
        other => other,
    })
}

/// Whether a part of a composed pattern has a wildcard.
pub(crate) fn has_wildcards(composed: &[u8]) -> bool {
    composed.iter().any(|byte| COMPOSED.has(*byte))
}

/// Whether the whole text matches, letters of ASCII in any case.
pub(crate) fn matches_in_any_case(pattern: &str, text: &str) -> bool {
    let equal = |wanted: u8, given: u8| wanted.eq_ignore_ascii_case(&given);
    glob(pattern.as_bytes(), WRITTEN, text.as_bytes(), <[u8]>::eq_ignore_ascii_case, equal)
}

impl<'a> Pattern<'a> {
    fn bytes(&self) -> (&[u8], Wildcards) {
        match self {
            Pattern::Written(text) => (text.as_bytes(), WRITTEN),
            Pattern::Composed(bytes) => (bytes, COMPOSED),
            Pattern::Plain(text) => (text.as_bytes(), COMPOSED),
        }
    }

    /// Whether the whole text matches.
    pub(crate) fn matches(&self, text: &str) -> bool {
        let (pattern, wildcards) = self.bytes();
        matches(pattern, wildcards, text)
    }

    /// Whether the whole ARN of a resource matches; none where it does only if a wildcard stands for a colon that it
    /// may not stand for. A `*` that ends one of the first five parts can, and those of the last part can
    /// (`reference_policies_elements_resource`); of the others the page only says that they are for one part.
    pub(crate) fn matches_resource(&self, arn: &str) -> Option<bool> {
        let (pattern, wildcards) = self.bytes();
        if !matches(pattern, wildcards, arn) {
            return Some(false);
        }
        let sure = only_closing_runs(pattern, wildcards) || within_parts(pattern, wildcards, arn.as_bytes());
        sure.then_some(true)
    }

    /// Whether it is this text, a wildcard being the character that it is written as.
    pub(crate) fn is(&self, text: &str) -> bool {
        match self {
            Pattern::Written(own) | Pattern::Plain(own) => *own == text,
            Pattern::Composed(bytes) => {
                bytes.len() == text.len() && bytes.iter().map(|byte| written(*byte)).eq(text.bytes())
            }
        }
    }

    /// The same, letters in any case.
    pub(crate) fn is_in_any_case(&self, text: &str) -> bool {
        let own = self.text();
        if own.is_ascii() && text.is_ascii() {
            return own.eq_ignore_ascii_case(text);
        }
        own.to_lowercase() == text.to_lowercase()
    }

    /// Whether each of the six parts of an ARN matches by itself; none where either has fewer parts.
    pub(crate) fn matches_arn(&self, arn: &str) -> Option<bool> {
        let (pattern, wildcards) = self.bytes();
        let mut wanted = pattern.splitn(6, |byte| *byte == b':');
        let mut given = arn.splitn(6, ':');
        let mut all_match = true;
        for _ in 0..6 {
            let (pattern, part) = (wanted.next()?, given.next()?);
            all_match = all_match && matches(pattern, wildcards, part);
        }
        Some(all_match)
    }

    /// A wildcard as the character that it is written as.
    pub(crate) fn text(&self) -> Cow<'_, str> {
        match self {
            Pattern::Written(text) | Pattern::Plain(text) => Cow::Borrowed(text),
            Pattern::Composed(bytes) => {
                let bytes: Vec<u8> = bytes.iter().map(|byte| written(*byte)).collect();
                Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())
            }
        }
    }

    pub(crate) fn into_text(self) -> Cow<'a, str> {
        match self {
            Pattern::Written(text) | Pattern::Plain(text) => Cow::Borrowed(text),
            Pattern::Composed(_) => Cow::Owned(self.text().into_owned()),
        }
    }

    /// A text that matches: without what stands for any run.
    pub(crate) fn example(&self) -> String {
        let (pattern, wildcards) = self.bytes();
        let bytes: Vec<u8> =
            pattern.iter().filter(|byte| **byte != wildcards.any_run).map(|byte| written(*byte)).collect();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl Wildcards {
    fn has(self, byte: u8) -> bool {
        byte == self.any_run || byte == self.any_one
    }
}

fn written(byte: u8) -> u8 {
    match byte {
        byte if byte == COMPOSED.any_run => WRITTEN.any_run,
        byte if byte == COMPOSED.any_one => WRITTEN.any_one,
        other => other,
    }
}

fn matches(pattern: &[u8], wildcards: Wildcards, text: &str) -> bool {
    glob(pattern, wildcards, text.as_bytes(), <[u8]>::eq, |wanted, given| wanted == given)
}

/// Whether all wildcards before the last part are runs that end a part, as in most patterns: then all may cross.
fn only_closing_runs(pattern: &[u8], wildcards: Wildcards) -> bool {
    let mut colons = 0;
    let mut bytes = pattern.iter().peekable();
    while let Some(byte) = bytes.next() {
        let closes = *byte == wildcards.any_run && bytes.peek().is_none_or(|next| **next == b':');
        if wildcards.has(*byte) && !closes {
            return false;
        }
        colons += usize::from(*byte == b':');
        if colons == PARTS_BEFORE_THE_LAST {
            return true;
        }
    }
    true
}

/// Whether the text matches with each part of the pattern in a part of the text, but for a `*` that ends a part: that
/// may go on over any number of colons.
fn within_parts(pattern: &[u8], wildcards: Wildcards, text: &[u8]) -> bool {
    let whole = |pattern: &[u8], text: &[u8]| {
        glob(pattern, wildcards, text, <[u8]>::eq, |wanted, given| wanted == given)
    };
    let crosses = |part: &[u8]| part.last() == Some(&wildcards.any_run);
    let from = |start: usize| text.get(start..).unwrap_or_default();
    let parts: Vec<&[u8]> = pattern.splitn(PARTS_BEFORE_THE_LAST + 1, |byte| *byte == b':').collect();
    let (last, parts) = parts.split_last().unwrap_or((&pattern, &[]));
    // Where the rest of the text may begin, in order.
    let mut starts = vec![0];
    for part in parts {
        let mut next = Vec::new();
        for start in starts {
            let Some(length) = from(start).iter().position(|byte| *byte == b':') else {
                break;
            };
            if !whole(part, from(start).get(..length).unwrap_or_default()) {
                continue;
            }
            next.push(start + length + 1);
            if crosses(part) {
                let later = from(start + length + 1).iter().enumerate().filter(|(_, byte)| **byte == b':');
                next.extend(later.map(|(at, _)| start + length + 1 + at + 1));
                break;
            }
        }
        starts = next;
    }
    let may_hold_colons = parts.len() == PARTS_BEFORE_THE_LAST || crosses(last);
    starts
        .into_iter()
        .any(|start| whole(last, from(start)) && (may_hold_colons || !from(start).contains(&b':')))
}

/// Compares what stands before the first wildcard at once, as most patterns that do not match differ there.
#[inline]
fn glob(
    pattern: &[u8],
    wildcards: Wildcards,
    text: &[u8],
    all_equal: impl Fn(&[u8], &[u8]) -> bool,
    equal: impl Fn(u8, u8) -> bool,
) -> bool {
    let Some(first) = pattern.iter().position(|byte| wildcards.has(*byte)) else {
        return all_equal(pattern, text);
    };
    match (pattern.split_at_checked(first), text.split_at_checked(first)) {
        (Some((wanted, pattern)), Some((given, text))) => {
            all_equal(wanted, given)
                && (pattern == [wildcards.any_run] || glob_rest(pattern, wildcards, text, equal))
        }
        _ => false,
    }
}

/// Only the last run is ever reconsidered, so there is no exponential case. Both texts are UTF-8, so positions
/// next to a wildcard are always between two characters.
fn glob_rest(pattern: &[u8], wildcards: Wildcards, text: &[u8], equal: impl Fn(u8, u8) -> bool) -> bool {
    let (mut at_pattern, mut at_text) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    loop {
        match (pattern.get(at_pattern), text.get(at_text)) {
            (None, None) => return true,
            (Some(&byte), _) if byte == wildcards.any_run => {
                at_pattern += 1;
                if at_pattern == pattern.len() {
                    return true;
                }
                retry = Some((at_pattern, at_text));
                continue;
            }
            (Some(&byte), Some(&given)) if byte == wildcards.any_one => {
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
        assert_eq!(Pattern::Written(pattern).matches(text), expected, "{pattern} {text}");
        assert_eq!(Pattern::Composed(compose(pattern).collect()).matches(text), expected, "{pattern} {text}");
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
        assert!(matches_in_any_case("S3:get*", "s3:GetObject"));
        assert!(!matches_in_any_case("É", "é"));
    }

    #[test]
    fn many_colons_do_not_blow_up() {
        let arn = format!("arn:{}x", "a:".repeat(20_000));
        assert_eq!(Pattern::Written("arn:a*:a*:a*:a*:a*y").matches_resource(&arn), Some(false));
        assert_eq!(Pattern::Written("arn:a*:a*:a*:a*:a*x").matches_resource(&arn), Some(true));
        assert_eq!(Pattern::Written("arn:a*:?:a:a:a:a*x").matches_resource(&arn), Some(true));
        assert_eq!(Pattern::Written("arn:a:a:a:a?a:a*x").matches_resource(&arn), None);
    }

    #[test]
    fn many_runs_do_not_blow_up() {
        check(&"*a".repeat(2_000), &"a".repeat(4_000), true);
        check(&format!("{}b", "*a".repeat(2_000)), &"a".repeat(4_000), false);
    }
}
