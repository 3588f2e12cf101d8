//! The baseline's text as JSON, with the place of each value, so that everything wrong is said at once.

use jsonc_parser::ast::{Array, Object, Value};
use jsonc_parser::common::Ranged;
use jsonc_parser::errors::{ParseError, ParseErrorKind};
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

use super::mistake::{BaselineError, Mistake, Place};

/// JSON, and nothing that only looks like it.
const STRICT: ParseOptions = ParseOptions {
    allow_comments: false,
    allow_loose_object_property_names: false,
    allow_trailing_commas: false,
    allow_missing_commas: false,
    allow_single_quoted_strings: false,
    allow_hexadecimal_numbers: false,
    allow_unary_plus_numbers: false,
    allow_bare_decimal_point_numbers: false,
    allow_non_finite_numbers: false,
    allow_extended_string_escapes: false,
};

/// The bytes of a file as text.
pub(super) fn decoded(bytes: &[u8]) -> Result<&str, BaselineError> {
    let whole = |reason: &str| BaselineError(vec![mistake("", None, reason)]);
    match bytes {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, ..] | [_, 0, ..] => {
            return Err(whole("the file is UTF-16; a baseline is UTF-8"));
        }
        [0xef, 0xbb, 0xbf, ..] => {
            return Err(whole("the file begins with a byte order mark; save it as UTF-8 without one"));
        }
        _ => {}
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let good = bytes.get(..error.valid_up_to()).map(String::from_utf8_lossy).unwrap_or_default();
        let place = Place::of(&good, good.len());
        BaselineError(vec![mistake("", Some(place), "the file is not UTF-8")])
    })?;
    let beginning = text.trim_start();
    if beginning.is_empty() {
        return Err(whole("the file is empty; `tagmend baseline init` writes a first baseline"));
    }
    let first_line = beginning.lines().next().unwrap_or_default();
    let is_yaml = |line: &str| {
        let key = line.split(':').next().unwrap_or_default();
        let is_key = !key.is_empty()
            && key.chars().all(|character| character.is_alphanumeric() || "_-$\"".contains(character));
        line.starts_with("---") || line.starts_with('#') || (is_key && line.contains(':'))
    };
    if is_yaml(first_line) {
        return Err(whole("this is YAML; a baseline is JSON"));
    }
    Ok(text)
}

/// The one object that the text is.
pub(super) fn parsed(text: &str) -> Result<Object<'_>, BaselineError> {
    let value =
        parse_to_ast(text, &CollectOptions::default(), &STRICT).map_err(|error| syntax(text, &error))?.value;
    // The one that everything else here reads JSON with has the last word.
    if let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(text) {
        let place = Place { line: error.line(), column: error.column() };
        return Err(BaselineError(vec![mistake("", Some(place), &format!("not JSON: {error}"))]));
    }
    match value {
        Some(Value::Object(object)) => Ok(object),
        Some(other) => Err(BaselineError(vec![mistake(
            "",
            Some(Place::of(text, other.range().start)),
            &format!("{}, where a baseline is an object", kind(&other)),
        )])),
        None => Err(BaselineError(vec![mistake("", None, "the file is empty")])),
    }
}

fn syntax(text: &str, error: &ParseError) -> BaselineError {
    let reason = match error.kind() {
        ParseErrorKind::CommentsNotAllowed => "a comment; JSON has none".to_owned(),
        ParseErrorKind::TrailingCommasNotAllowed => {
            "a comma too many; JSON has none after the last".to_owned()
        }
        ParseErrorKind::ExpectedComma => "a comma is missing before this".to_owned(),
        ParseErrorKind::SingleQuotedStringsNotAllowed => "single quotes; JSON has double ones".to_owned(),
        ParseErrorKind::MultipleRootJsonValues => "something comes after the baseline's end".to_owned(),
        ParseErrorKind::UnterminatedObject => "this object does not end".to_owned(),
        ParseErrorKind::UnterminatedArray => "this list does not end".to_owned(),
        other => format!("not JSON: {other}"),
    };
    BaselineError(vec![mistake("", Some(Place::of(text, error.range().start)), &reason)])
}

fn mistake(path: &str, place: Option<Place>, reason: &str) -> Mistake {
    Mistake { path: path.to_owned(), place, reason: reason.to_owned() }
}

/// Reads values, and keeps what is wrong with them.
pub(super) struct Reading<'t> {
    text: &'t str,
    mistakes: Vec<Mistake>,
}

/// A value with its path.
#[derive(Clone, Debug)]
pub(super) struct Node<'v, 't> {
    pub(super) path: String,
    value: &'v Value<'t>,
}

/// An object with its path.
#[derive(Clone, Debug)]
pub(super) struct Fields<'v, 't> {
    path: String,
    start: usize,
    object: &'v Object<'t>,
}

impl<'t> Reading<'t> {
    pub(super) fn new(text: &'t str) -> Reading<'t> {
        Reading { text, mistakes: Vec::new() }
    }

    /// Everything that is wrong, in the order of the text.
    pub(super) fn mistakes(mut self) -> Vec<Mistake> {
        self.mistakes.sort_by_key(|mistake| mistake.place);
        self.mistakes
    }

    fn say(&mut self, path: &str, byte: usize, reason: String) {
        let place = Place::of(self.text, byte);
        self.mistakes.push(mistake(path, Some(place), &reason));
    }

    /// Something is wrong with a value.
    pub(super) fn wrong(&mut self, node: &Node<'_, '_>, reason: impl Into<String>) {
        self.say(&node.path, node.value.range().start, reason.into());
    }

    /// Something is wrong with an object.
    pub(super) fn wrong_with(&mut self, fields: &Fields<'_, '_>, field: &str, reason: impl Into<String>) {
        self.say(&fields.child(field), fields.start, reason.into());
    }

    /// The whole text, which may have these fields.
    pub(super) fn root<'v>(&mut self, object: &'v Object<'t>, known: &[&str]) -> Fields<'v, 't> {
        let fields = Fields { path: String::new(), start: object.range.start, object };
        self.check_names(&fields, known);
        fields
    }

    /// An object, which may have these fields.
    pub(super) fn object<'v>(&mut self, node: &Node<'v, 't>, known: &[&str]) -> Option<Fields<'v, 't>> {
        let Value::Object(object) = node.value else {
            self.wrong(node, format!("{}, not an object", kind(node.value)));
            return None;
        };
        let fields = Fields { path: node.path.clone(), start: object.range.start, object };
        self.check_names(&fields, known);
        Some(fields)
    }

    fn check_names(&mut self, fields: &Fields<'_, 't>, known: &[&str]) {
        let mut seen: Vec<&str> = Vec::new();
        for property in &fields.object.properties {
            let name = property.name.as_str();
            let path = fields.child(name);
            if !known.contains(&name) {
                let near = known.iter().find(|known| is_near(name, known));
                let hint = match near {
                    Some(near) => format!("; is it `{near}`?"),
                    None => format!("; there are {}", known.join(", ")),
                };
                self.say(&path, property.range.start, format!("unknown field{hint}"));
            } else if seen.contains(&name) {
                self.say(&path, property.range.start, "the field is there twice".to_owned());
            }
            seen.push(name);
        }
    }

    /// A field that has to be there.
    pub(super) fn required<'v>(&mut self, fields: &Fields<'v, 't>, name: &str) -> Option<Node<'v, 't>> {
        let found = fields.optional(name);
        if found.is_none() {
            self.wrong_with(fields, name, "not there");
        }
        found
    }

    pub(super) fn text<'v>(&mut self, node: &Node<'v, 't>) -> Option<&'v str> {
        match node.value {
            Value::StringLit(literal) => Some(&literal.value),
            other => {
                self.wrong(node, format!("{}, not a text", kind(other)));
                None
            }
        }
    }

    /// A text that has to be of a form, which `form` describes.
    pub(super) fn formed<'v>(
        &mut self,
        node: &Node<'v, 't>,
        is_formed: impl Fn(&str) -> bool,
        form: &str,
    ) -> Option<&'v str> {
        let text = self.text(node)?;
        if is_formed(text) {
            return Some(text);
        }
        self.wrong(node, format!("`{text}` is not {form}"));
        None
    }

    /// A whole number in a range.
    pub(super) fn number(&mut self, node: &Node<'_, 't>, least: u32, most: u32) -> Option<u32> {
        let number = match node.value {
            Value::NumberLit(literal) => literal.value.parse::<u32>().ok(),
            _ => None,
        };
        match number.filter(|number| (least..=most).contains(number)) {
            Some(number) => Some(number),
            None => {
                self.wrong(node, format!("not a whole number from {least} to {most}"));
                None
            }
        }
    }

    /// The items of a list.
    pub(super) fn list<'v>(&mut self, node: &Node<'v, 't>) -> Vec<Node<'v, 't>> {
        let Value::Array(Array { elements, .. }) = node.value else {
            self.wrong(node, format!("{}, not a list", kind(node.value)));
            return Vec::new();
        };
        let item = |(index, value)| Node { path: format!("{}[{index}]", node.path), value };
        elements.iter().enumerate().map(item).collect()
    }
}

impl<'v, 't> Fields<'v, 't> {
    fn child(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    /// A field that may be there; null is not there.
    pub(super) fn optional(&self, name: &str) -> Option<Node<'v, 't>> {
        let property = self.object.properties.iter().find(|property| property.name.as_str() == name)?;
        match &property.value {
            Value::NullKeyword(_) => None,
            value => Some(Node { path: self.child(name), value }),
        }
    }
}

impl Node<'_, '_> {
    pub(super) fn is_object(&self) -> bool {
        matches!(self.value, Value::Object(_))
    }
}

fn kind(value: &Value<'_>) -> &'static str {
    match value {
        Value::StringLit(_) => "a text",
        Value::NumberLit(_) => "a number",
        Value::BooleanLit(_) => "true or false",
        Value::Object(_) => "an object",
        Value::Array(_) => "a list",
        Value::NullKeyword(_) => "null",
    }
}

/// Whether one slip of the hand makes one name of the other: a letter more, less, or another, or two in turn.
fn is_near(written: &str, known: &str) -> bool {
    let (written, known): (Vec<char>, Vec<char>) =
        (written.to_lowercase().chars().collect(), known.to_lowercase().chars().collect());
    let same_ahead = written.iter().zip(&known).take_while(|(left, right)| left == right).count();
    let same_behind =
        written.iter().rev().zip(known.iter().rev()).take_while(|(left, right)| left == right).count();
    let differs = |characters: &[char]| characters.len().saturating_sub(same_ahead + same_behind);
    differs(&written) <= 2
        && differs(&known) <= 2
        && written.len().abs_diff(known.len()) <= 2
        && known.len() > 3
}
