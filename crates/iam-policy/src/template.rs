//! Policy text with variables: `home/${aws:PrincipalTag/Team, 'none'}/*`.
//!
//! Source: `reference_policies_variables`.

use std::fmt;

use compact_str::CompactString;
use memchr::{memchr, memchr_iter};

use crate::context::{Keys, Value};
use crate::outcome::{Doubt, Doubts};
use crate::pattern::{self, Pattern};
use crate::undocumented::OpenRule;

/// How many places of a text are tried as beginning or end of a variable's value, and how many values are kept.
const MOST_CUTS: usize = 64;
const MOST_VALUES: usize = 4;

/// Text of a policy value, read once. Two are the same when they are written the same, under the same Version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Template {
    /// Text without variables.
    Text(CompactString),
    Variables(Box<Composed>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Composed {
    text: CompactString,
    pieces: Vec<Piece>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    /// See [`pattern::compose`].
    Pattern(Vec<u8>),
    Variable(Variable),
    Unusual(OpenRule),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Variable {
    /// In lower case.
    pub(crate) key: CompactString,
    pub(crate) default: Option<CompactString>,
}

/// What a template stands for in one request.
pub(crate) enum Expansion<'a> {
    Pattern(Pattern<'a>),
    /// A variable has no value: the text matches nothing.
    NoValue,
    Open,
}

/// A variable that cannot be one.
/// Source: `access-analyzer-reference-policy-checks`, the errors on variables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VariableProblem {
    /// `${` without `}`.
    MissingBrace,
    /// A default without both quotes.
    MissingQuote,
    /// `${}`.
    Empty,
    /// A space in the name.
    Space,
    /// Not `prefix:name`, as every condition key is.
    NotAKey,
}

impl fmt::Display for VariableProblem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            VariableProblem::MissingBrace => "`}` is missing",
            VariableProblem::MissingQuote => "a quote of the default is missing",
            VariableProblem::Empty => "the name is missing",
            VariableProblem::Space => "there is a space in the name",
            VariableProblem::NotAKey => "no condition key has such a name: they are `prefix:name`",
        })
    }
}

/// What is before the first `${`, and what is after it.
pub(crate) fn first_variable(text: &str) -> Option<(&str, &str)> {
    memchr_iter(b'$', text.as_bytes()).find_map(|dollar| {
        let (before, variable) = text.split_at_checked(dollar)?;
        Some((before, variable.strip_prefix("${")?))
    })
}

impl Template {
    /// Text in which nothing is a variable, as under Version 2008-10-17.
    pub(crate) fn literal(text: &str) -> Template {
        Template::Text(text.into())
    }

    /// Text with variables, as under Version 2012-10-17.
    ///
    /// # Errors
    /// With the variable that AWS would not accept.
    pub(crate) fn with_variables(text: &str) -> Result<Template, (String, VariableProblem)> {
        if memchr(b'$', text.as_bytes()).is_none() {
            return Ok(Template::literal(text));
        }
        // Most texts have one variable, with something before or after it.
        let mut pieces = Vec::with_capacity(2);
        let mut pattern: Vec<u8> = Vec::new();
        let mut rest = text;
        let mut escapes = false;
        while let Some((before, after)) = first_variable(rest) {
            let (name, tail) = after
                .split_once('}')
                .ok_or_else(|| (format!("${{{after}"), VariableProblem::MissingBrace))?;
            pattern.extend(pattern::compose(before));
            rest = tail;
            if let "*" | "?" | "$" = name {
                pattern.extend(name.bytes());
                escapes = true;
                continue;
            }
            if !pattern.is_empty() {
                pieces.push(Piece::Pattern(std::mem::take(&mut pattern)));
            }
            pieces.push(variable(name).map_err(|problem| (format!("${{{name}}}"), problem))?);
        }
        if pieces.is_empty() && !escapes {
            return Ok(Template::literal(text));
        }
        pattern.extend(pattern::compose(rest));
        if !pattern.is_empty() {
            pieces.push(Piece::Pattern(pattern));
        }
        Ok(Template::Variables(Box::new(Composed { text: text.into(), pieces })))
    }

    /// As written.
    pub(crate) fn text(&self) -> &str {
        match self {
            Template::Text(text) => text,
            Template::Variables(composed) => &composed.text,
        }
    }

    fn pieces(&self) -> &[Piece] {
        match self {
            Template::Text(_) => &[],
            Template::Variables(composed) => &composed.pieces,
        }
    }

    pub(crate) fn variables(&self) -> impl Iterator<Item = &Variable> {
        self.pieces().iter().filter_map(|piece| match piece {
            Piece::Variable(variable) => Some(variable),
            Piece::Pattern(_) | Piece::Unusual(_) => None,
        })
    }

    pub(crate) fn has_wildcards(&self) -> bool {
        match self {
            Template::Text(text) => text.contains(['*', '?']),
            Template::Variables(composed) => composed.pieces.iter().any(|piece| match piece {
                Piece::Pattern(pattern) => pattern::has_wildcards(pattern),
                Piece::Variable(_) | Piece::Unusual(_) => false,
            }),
        }
    }

    /// The variable, where the whole text is one.
    pub(crate) fn only_variable(&self) -> Option<&Variable> {
        match self.pieces() {
            [Piece::Variable(variable)] => Some(variable),
            _ => None,
        }
    }

    /// Its only variable, with the parts of the whole that could stand for it so that the whole matches. A part
    /// begins and ends where the whole does, or at a character that separates.
    pub(crate) fn solve(&self, whole: &str) -> Option<(&Variable, Vec<String>)> {
        let mut pieces = self.pieces().iter();
        let mut variables = pieces.clone().enumerate().filter_map(|(index, piece)| match piece {
            Piece::Variable(variable) => Some((index, variable)),
            Piece::Pattern(_) | Piece::Unusual(_) => None,
        });
        let (place, variable) = variables.next()?;
        if variables.next().is_some() {
            return None;
        }
        let mut pattern_of = |count: usize| {
            let bytes = pieces.by_ref().take(count).filter_map(|piece| match piece {
                Piece::Pattern(bytes) => Some(bytes.as_slice()),
                Piece::Variable(_) | Piece::Unusual(_) => None,
            });
            Pattern::Composed(bytes.collect::<Vec<_>>().concat())
        };
        let before = pattern_of(place);
        pattern_of(1);
        let after = pattern_of(usize::MAX);
        let separates = |(at, character): (usize, char)| {
            (!character.is_alphanumeric()).then_some([at, at + character.len_utf8()])
        };
        let mut cuts: Vec<usize> = whole.char_indices().filter_map(separates).flatten().collect();
        cuts.extend([0, whole.len()]);
        cuts.sort_unstable();
        cuts.dedup();
        cuts.truncate(MOST_CUTS);
        let starts =
            cuts.iter().filter(|start| whole.get(..**start).is_some_and(|head| before.matches(head)));
        let ends: Vec<&usize> =
            cuts.iter().filter(|end| whole.get(**end..).is_some_and(|tail| after.matches(tail))).collect();
        let mut values: Vec<String> = starts
            .flat_map(|start| ends.iter().filter_map(|end| whole.get(*start..**end)))
            .filter(|value| !value.is_empty())
            .map(str::to_owned)
            .collect();
        values.sort_by_key(String::len);
        values.truncate(MOST_VALUES);
        Some((variable, values))
    }

    /// Puts the values of the keys in place of the variables. A wildcard in a value is no wildcard.
    pub(crate) fn expand<'p: 'k, 'k>(&'p self, keys: Keys<'k>, doubts: &mut Doubts<'p>) -> Expansion<'k> {
        let composed = match self {
            Template::Text(text) => return Expansion::Pattern(Pattern::Written(text)),
            Template::Variables(composed) => composed,
        };
        let mark = doubts.mark();
        let mut is_open = false;
        if let [Piece::Variable(variable)] = composed.pieces.as_slice() {
            return match variable.value(keys) {
                Ok(Some(value)) => Expansion::Pattern(Pattern::Plain(value)),
                Ok(None) => Expansion::NoValue,
                Err(doubt) => {
                    doubts.open(doubt);
                    Expansion::Open
                }
            };
        }
        let mut pattern = Vec::with_capacity(composed.text.len());
        for piece in &composed.pieces {
            let doubt = match piece {
                Piece::Pattern(bytes) => {
                    pattern.extend_from_slice(bytes);
                    continue;
                }
                Piece::Unusual(rule) => Doubt::Rule(*rule),
                Piece::Variable(variable) => match variable.value(keys) {
                    Ok(Some(value)) => {
                        pattern.extend_from_slice(value.as_bytes());
                        continue;
                    }
                    Ok(None) => {
                        doubts.forget(mark);
                        return Expansion::NoValue;
                    }
                    Err(doubt) => doubt,
                },
            };
            doubts.open(doubt);
            is_open = true;
        }
        if is_open { Expansion::Open } else { Expansion::Pattern(Pattern::Composed(pattern)) }
    }
}

impl Variable {
    /// Its value; none where it has none.
    fn value<'p: 'k, 'k>(&'p self, keys: Keys<'k>) -> Result<Option<&'k str>, Doubt<'p>> {
        match (keys.get(&self.key), &self.default) {
            (Value::One(value), _) if value.is_empty() => Err(Doubt::Rule(OpenRule::EmptyValueInVariable)),
            (Value::One(value), _) => Ok(Some(value)),
            (Value::Absent, default) => Ok(default.as_deref()),
            (Value::Many(_), _) => Err(Doubt::Rule(OpenRule::MultivaluedKeyInVariable)),
            (Value::Unknown, _) => Err(Doubt::Key(&self.key)),
        }
    }
}

fn variable(inner: &str) -> Result<Piece, VariableProblem> {
    let (name, default) = match inner.split_once(',') {
        Some((name, default)) => (name, Some(default)),
        None => (inner, None),
    };
    if name.is_empty() {
        return Err(VariableProblem::Empty);
    }
    if name.contains(char::is_whitespace) {
        return Err(VariableProblem::Space);
    }
    match name.split_once(':') {
        Some((prefix, name)) if !prefix.is_empty() && !name.is_empty() => {}
        _ => return Err(VariableProblem::NotAKey),
    }
    let key = CompactString::from(name.to_ascii_lowercase());
    let Some(default) = default else {
        return Ok(Piece::Variable(Variable { key, default: None }));
    };
    let quoted = default.trim().strip_prefix('\'').and_then(|text| text.strip_suffix('\''));
    let text = quoted.ok_or(VariableProblem::MissingQuote)?;
    if default.strip_prefix(" '").is_some() && default.ends_with('\'') && !text.contains([',', '\'']) {
        return Ok(Piece::Variable(Variable { key, default: Some(text.into()) }));
    }
    Ok(Piece::Unusual(OpenRule::UnusualVariableDefault))
}
