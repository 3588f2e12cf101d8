//! Words that become other words of the same length and form.

use std::collections::BTreeMap;
use std::net::IpAddr;

/// What each word became. Numbers in their order, and no function of the word: nobody can try names.
#[derive(Debug, Default)]
pub(super) struct Words {
    replaced: BTreeMap<String, String>,
    counts: BTreeMap<String, usize>,
}

/// A word may stay that is no name, however it is read: one or two letters, what AWS's own names begin with, and what
/// Tagmend's own roles end with.
const SHORT: usize = 2;
const STAYS: [&str; 21] = [
    "AWSReservedSSO",
    "AWSSSO",
    "DELETE",
    "NOT",
    "acl",
    "ami",
    "eni",
    "event",
    "heal",
    "igw",
    "key",
    "mrk",
    "nat",
    "rtb",
    "snap",
    "ssoins",
    "subnet",
    "vol",
    "vpc",
    "vpce",
    "watch",
];

impl Words {
    /// The text with its words replaced; signs stay.
    pub(super) fn replace(&mut self, text: &str) -> String {
        let mut replaced = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let length = rest.find(|sign: char| !sign.is_alphanumeric()).unwrap_or(rest.len());
            if length == 0 {
                replaced.push(first);
                rest = rest.get(first.len_utf8()..).unwrap_or_default();
                continue;
            }
            let (word, after) = rest.split_at(length);
            replaced.push_str(&self.word(word));
            rest = after;
        }
        replaced
    }

    /// An address of the documentation's, of the same kind.
    pub(super) fn address(&mut self, address: IpAddr) -> String {
        let text = address.to_string();
        if let Some(known) = self.replaced.get(&text) {
            return known.clone();
        }
        let count = self.counts.entry("address".to_owned()).or_default();
        *count += 1;
        let new = match address {
            IpAddr::V4(_) => format!("192.0.2.{}", *count % 255),
            IpAddr::V6(_) => format!("2001:db8::{count:x}"),
        };
        self.replaced.insert(text, new.clone());
        new
    }

    fn word(&mut self, word: &str) -> String {
        if word.chars().count() <= SHORT || STAYS.contains(&word) {
            return word.to_owned();
        }
        if let Some(known) = self.replaced.get(word) {
            return known.clone();
        }
        let form = form(word);
        let count = self.counts.entry(form.clone()).or_default();
        let new = loop {
            let new = nth(&form, *count);
            *count += 1;
            // Never the word itself; a word of three letters has more than seventeen thousand others.
            if new != word {
                break new;
            }
        };
        self.replaced.insert(word.to_owned(), new.clone());
        new
    }
}

/// The kind of each sign: `a`, `A`, `0`, `f` for a digit of hexadecimal numbers, and other letters as they are told apart.
fn form(word: &str) -> String {
    let is_hex = word.len() >= 8
        && word.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        && word.bytes().any(|byte| byte.is_ascii_lowercase());
    let prefix = KEY_PREFIXES
        .iter()
        .find(|prefix| word.len() > 15 && word.starts_with(**prefix))
        .map_or(0, |found| found.len());
    let kind = |(index, sign): (usize, char)| match sign {
        sign if index < prefix => sign,
        _ if is_hex => 'f',
        'a'..='z' => 'a',
        'A'..='Z' => 'A',
        '0'..='9' => '0',
        _ => 'ä',
    };
    let form: String = word.chars().enumerate().map(kind).collect();
    match prefix {
        0 => form,
        length => {
            format!("{}|{}", word.get(..length).unwrap_or_default(), form.get(length..).unwrap_or_default())
        }
    }
}

/// Ids of IAM say by their beginning what they are of.
const KEY_PREFIXES: [&str; 6] = ["AKIA", "ASIA", "AROA", "AIDA", "AGPA", "ANPA"];

/// The nth word of a form.
fn nth(form: &str, mut number: usize) -> String {
    let (prefix, form) = form.split_once('|').unwrap_or(("", form));
    let mut signs: Vec<char> = Vec::new();
    for kind in form.chars().rev() {
        let letters = match kind {
            'f' => "0123456789abcdef",
            'a' => "abcdefghijklmnopqrstuvwxyz",
            'A' => "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
            '0' => "1234567890",
            _ => "ä",
        };
        let count = letters.chars().count();
        signs.push(letters.chars().nth(number % count).unwrap_or('x'));
        number /= count;
    }
    prefix.chars().chain(signs.into_iter().rev()).collect()
}

/// Names of attributes and members that texts put in quotes.
const SCHEMA: [&str; 8] = [
    "displayName",
    "emails",
    "externalId",
    "instanceAccessControlAttributeConfiguration.accessControlAttributes",
    "name.familyName",
    "name.formatted",
    "name.givenName",
    "userName",
];

/// The beginning of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    Somebodys(&'a str),
    Other(&'a str),
}

impl Token<'_> {
    pub(super) fn len(&self) -> usize {
        match self {
            Token::Somebodys(text) | Token::Other(text) => text.len(),
        }
    }
}

/// What a text begins with: a known name that is no part of a word, an ARN, an address, an id, or else one word or sign.
pub(super) fn token<'a>(text: &'a str, known: &[String], before: Option<char>, is_quoted: bool) -> Token<'a> {
    let first = text.chars().next().map_or(0, char::len_utf8);
    let one = text.get(..first).unwrap_or_default();
    if before.is_some_and(char::is_alphanumeric) {
        return Token::Other(one);
    }
    let ends = |length: usize| {
        let next = text.get(length..).and_then(|rest| rest.chars().next());
        !next.is_some_and(char::is_alphanumeric)
    };
    let name = known.iter().find(|name| text.starts_with(name.as_str()) && ends(name.len()));
    if let Some(found) = name.and_then(|name| text.get(..name.len())) {
        return Token::Somebodys(found);
    }
    // What stands in quotes is a name or a value, unless it is an attribute's own name.
    let quote = before.filter(|sign| is_quoted && matches!(sign, '\'' | '"'));
    let quoted = quote.and_then(|quote| text.split_once(quote)).filter(|(quoted, _)| !quoted.is_empty());
    if let Some((quoted, _)) = quoted {
        return if SCHEMA.contains(&quoted) { Token::Other(quoted) } else { Token::Somebodys(quoted) };
    }
    let length =
        text.find(|sign: char| sign.is_whitespace() || "\"'()<>{}[],;`".contains(sign)).unwrap_or(text.len());
    let word = text.get(..length).unwrap_or_default().trim_end_matches(['.', ':']);
    if word.starts_with("arn:") || word.contains('@') || is_id(word) {
        return Token::Somebodys(word);
    }
    let length = text.find(|sign: char| !sign.is_alphanumeric()).unwrap_or(text.len()).max(first);
    let word = text.get(..length).unwrap_or_default();
    if is_id(word) { Token::Somebodys(word) } else { Token::Other(word) }
}

/// Account ids, UUIDs, ids of IAM and of resources, addresses.
fn is_id(word: &str) -> bool {
    let is_account = word.len() == 12 && word.bytes().all(|byte| byte.is_ascii_digit());
    let is_long_hex = word.len() >= 8
        && word.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
        && word.bytes().any(|byte| byte.is_ascii_digit());
    let is_key = word.len() > 15 && KEY_PREFIXES.iter().any(|prefix| word.starts_with(prefix));
    let is_address = word.parse::<IpAddr>().is_ok();
    is_account || is_long_hex || is_key || is_address
}
