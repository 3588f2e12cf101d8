//! What services and SDKs append to a message, taken off before its clause is read.

use std::sync::LazyLock;

use regex::Regex;

use super::{Encoded, LONGEST, Message, regex};

const ENCODED: &str = " Encoded authorization failure message:";
/// What is longer may be cut: some 200 characters stand before it, and its end does not show.
const LONGEST_ENCODED: usize = LONGEST - 200;

/// Source: messages of IAM's own APIs, and `troubleshoot_access-denied` in the IAM user guide.
static AUTHORIZATION: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?is)^(.*?)\.? Go to https://[A-Za-z0-9._/?=&#:%-]*console[A-Za-z0-9._/?=&#:%-]* for complete details, or call the (?:iam:)?\w+ API with the following authorization id: ([0-9a-z-]+)\.?$",
    )
});

/// What the SDKs for Java put behind a service's text, and services pass on: `(Service: Kms; Status Code: 400; ...)`,
/// in newer ones with commas, and with the count of attempts in parentheses of its own.
static OF_JAVA: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"^(?:Service: [A-Za-z0-9 ._-]+[;,] Status Code: [0-9]{3}(?:[;,] [A-Za-z0-9 ]+: [^;,()]*)*|SDK Attempt Count: [0-9]+)$",
    )
});

/// The same of the SDK for Go.
static OF_GO: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?s)^(.*?)[,.]?\s+status code: [0-9]{3}, request id: [A-Za-z0-9-]+(?:, host id: [A-Za-z0-9+/=-]+)?$",
    )
});

/// A text without its tails.
pub(super) struct Trimmed<'a> {
    pub(super) text: &'a str,
    /// Whether something stood behind it that only a whole text has.
    pub(super) had_tail: bool,
    /// Whether it ends in CloudTrail's mark of a cut.
    pub(super) is_cut: bool,
}

/// Takes off all tails, whatever their order, and keeps what they tell.
pub(super) fn take<'a>(text: &'a str, message: &mut Message) -> Trimmed<'a> {
    let mut text = without_end(text.trim_start());
    let mut had_tail = false;
    loop {
        let before = if let Some((before, blob)) = encoded(text, message.encoded.is_some()) {
            message.encoded = Some(blob);
            before
        } else if let Some((before, id)) = authorization(text) {
            message.authorization_id.get_or_insert_with(|| id.to_owned());
            before
        } else if let Some(before) = of_an_sdk(text) {
            before
        } else {
            break;
        };
        had_tail = true;
        text = without_end(before);
    }
    Trimmed { text, had_tail, is_cut: text.ends_with("...") }
}

/// The text without the period that ends its sentence; three are CloudTrail's mark of a cut.
fn without_end(text: &str) -> &str {
    let text = text.trim_end();
    if text.ends_with("...") { text } else { text.trim_end_matches('.').trim_end() }
}

fn authorization(text: &str) -> Option<(&str, &str)> {
    let found = AUTHORIZATION.captures(text.contains(" Go to https://").then_some(text)?)?;
    Some((found.get(1)?.as_str(), found.get(2)?.as_str()))
}

fn of_an_sdk(text: &str) -> Option<&str> {
    of_java(text).or_else(|| {
        let found = OF_GO.captures(text.contains("status code: ").then_some(text)?)?;
        Some(found.get(1)?.as_str())
    })
}

/// The parentheses at the end may hold those of another service's text.
fn of_java(text: &str) -> Option<&str> {
    let inner = text.strip_suffix(')')?;
    let mut depth = 1_usize;
    let start = inner.char_indices().rev().find(|(_, character)| {
        match character {
            ')' => depth += 1,
            '(' => depth -= 1,
            _ => {}
        }
        depth == 0
    });
    let (before, within) = inner.split_at_checked(start?.0)?;
    let within = without_parentheses(within.strip_prefix('(')?);
    OF_JAVA.is_match(&within).then(|| before.trim_end())
}

/// What stands in inner parentheses is a tail, too, where it looks like one; else it stays.
fn without_parentheses(text: &str) -> String {
    match (text.find('('), text.rfind(')')) {
        (Some(start), Some(end)) if start < end => {
            let part = |range: std::ops::Range<usize>| text.get(range).unwrap_or_default();
            let inner = without_parentheses(part(start + 1..end));
            match OF_JAVA.is_match(&inner) {
                true => format!("{}{}", part(0..start).trim_end(), part(end + 1..text.len())),
                false => text.to_owned(),
            }
        }
        _ => text.to_owned(),
    }
}

/// A blob is base64 for URLs. One that is as long as the message may be was cut, dots or not.
fn encoded(text: &str, is_known: bool) -> Option<(&str, Encoded)> {
    let (before, blob) = text.rsplit_once(ENCODED).filter(|_| !is_known)?;
    let blob = match blob {
        "" => "",
        _ => blob.strip_prefix(' ')?,
    };
    let is_blob = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '=' | '+' | '/');
    let (whole, is_marked) = match blob.strip_suffix("...") {
        Some(whole) => (whole, true),
        None => (blob, false),
    };
    if !whole.chars().all(is_blob) {
        return None;
    }
    let is_cut = is_marked || whole.is_empty() || whole.len() >= LONGEST_ENCODED || text.len() >= LONGEST;
    Some((before, if is_cut { Encoded::Cut } else { Encoded::Whole(whole.to_owned()) }))
}
