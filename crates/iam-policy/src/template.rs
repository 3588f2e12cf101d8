//! Policy text with variables: `home/${aws:PrincipalTag/Team, 'none'}/*`.
//!
//! Source: `reference_policies_variables`.

use std::borrow::Cow;
use std::fmt;

use crate::context::{Context, Value};
use crate::pattern;
use crate::truth::Truth;
use crate::undocumented::Rule;

/// Text of a policy value, read once. Two are the same when they are written the same, under the same Version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Template {
    text: Box<str>,
    form: Form,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Form {
    /// The text itself.
    Plain,
    Wildcards(Box<[u8]>),
    Variables(Box<[Piece]>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Pattern(Box<[u8]>),
    Variable(Variable),
    Unusual(Rule),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Variable {
    /// In lower case.
    pub(crate) key: Box<str>,
    pub(crate) default: Option<Box<str>>,
}

/// What a template stands for in one request.
pub(crate) enum Expansion<'a> {
    /// See `pattern`.
    Pattern(Cow<'a, [u8]>),
    /// A variable has no value: the text matches nothing.
    NoValue,
    Open(Truth),
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

impl Template {
    /// Text in which nothing is a variable, as under Version 2008-10-17.
    pub(crate) fn literal(text: &str) -> Template {
        let form = match text.contains(['*', '?']) {
            true => Form::Wildcards(pattern::compile(text)),
            false => Form::Plain,
        };
        Template { text: text.into(), form }
    }

    /// Text with variables, as under Version 2012-10-17.
    ///
    /// # Errors
    /// With the variable that AWS would not accept.
    pub(crate) fn with_variables(text: &str) -> Result<Template, (String, VariableProblem)> {
        let mut pieces = Vec::new();
        let mut pattern: Vec<u8> = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let (name, tail) = after
                .split_once('}')
                .ok_or_else(|| (format!("${{{after}"), VariableProblem::MissingBrace))?;
            pattern.extend(pattern::compile(before));
            rest = tail;
            if let "*" | "?" | "$" = name {
                pattern.extend(name.bytes());
                continue;
            }
            if !pattern.is_empty() {
                pieces.push(Piece::Pattern(std::mem::take(&mut pattern).into()));
            }
            pieces.push(variable(name).map_err(|problem| (format!("${{{name}}}"), problem))?);
        }
        if pieces.is_empty() && pattern.is_empty() {
            return Ok(Template::literal(text));
        }
        pattern.extend(pattern::compile(rest));
        let form = if pieces.is_empty() {
            Form::Wildcards(pattern.into())
        } else {
            if !pattern.is_empty() {
                pieces.push(Piece::Pattern(pattern.into()));
            }
            Form::Variables(pieces.into())
        };
        Ok(Template { text: text.into(), form })
    }

    /// As written.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn variables(&self) -> impl Iterator<Item = &Variable> {
        let pieces: &[Piece] = match &self.form {
            Form::Plain | Form::Wildcards(_) => &[],
            Form::Variables(pieces) => pieces,
        };
        pieces.iter().filter_map(|piece| match piece {
            Piece::Variable(variable) => Some(variable),
            Piece::Pattern(_) | Piece::Unusual(_) => None,
        })
    }

    pub(crate) fn has_wildcards(&self) -> bool {
        let any = |pattern: &[u8]| pattern.iter().any(|byte| pattern::is_wildcard(*byte));
        match &self.form {
            Form::Plain => false,
            Form::Wildcards(pattern) => any(pattern),
            Form::Variables(pieces) => pieces.iter().any(|piece| match piece {
                Piece::Pattern(pattern) => any(pattern),
                Piece::Variable(_) | Piece::Unusual(_) => false,
            }),
        }
    }

    /// The variable, where the whole text is one.
    pub(crate) fn only_variable(&self) -> Option<&Variable> {
        match &self.form {
            Form::Variables(pieces) => match &**pieces {
                [Piece::Variable(variable)] => Some(variable),
                _ => None,
            },
            Form::Plain | Form::Wildcards(_) => None,
        }
    }

    /// What the only variable would have to be for the whole to be this text; none where there are wildcards.
    pub(crate) fn solve(&self, whole: &str) -> Option<(&Variable, String)> {
        let Form::Variables(pieces) = &self.form else {
            return None;
        };
        let (before, variable, after): (&[u8], _, &[u8]) = match &**pieces {
            [Piece::Variable(variable)] => (&[], variable, &[]),
            [Piece::Pattern(before), Piece::Variable(variable)] => (before, variable, &[]),
            [Piece::Variable(variable), Piece::Pattern(after)] => (&[], variable, after),
            [Piece::Pattern(before), Piece::Variable(variable), Piece::Pattern(after)] => {
                (before, variable, after)
            }
            _ => return None,
        };
        let middle = whole.as_bytes().strip_prefix(before)?.strip_suffix(after)?;
        let value = std::str::from_utf8(middle).ok().filter(|value| !value.is_empty())?;
        Some((variable, value.to_owned()))
    }

    /// Puts the values of the context in place of the variables. A wildcard in a value is no wildcard.
    pub(crate) fn expand(&self, context: &Context) -> Expansion<'_> {
        let pieces = match &self.form {
            Form::Plain => return Expansion::Pattern(Cow::Borrowed(self.text.as_bytes())),
            Form::Wildcards(pattern) => return Expansion::Pattern(Cow::Borrowed(pattern)),
            Form::Variables(pieces) => pieces,
        };
        let mut pattern = Vec::with_capacity(self.text.len());
        let mut open = Truth::True;
        for piece in pieces {
            let truth = match piece {
                Piece::Pattern(bytes) => {
                    pattern.extend_from_slice(bytes);
                    continue;
                }
                Piece::Unusual(rule) => Truth::rule(*rule),
                Piece::Variable(Variable { key, default }) => match (context.get(key), default) {
                    (Value::One(value), _) if value.is_empty() => Truth::rule(Rule::EmptyValueInVariable),
                    (Value::One(value), _) => {
                        pattern.extend_from_slice(value.as_bytes());
                        continue;
                    }
                    (Value::Absent, Some(value)) => {
                        pattern.extend_from_slice(value.as_bytes());
                        continue;
                    }
                    (Value::Absent, None) => return Expansion::NoValue,
                    (Value::Many(_), _) => Truth::rule(Rule::MultivaluedKeyInVariable),
                    (Value::Unknown, _) => Truth::key(key),
                },
            };
            open = open.and(truth);
        }
        match open {
            Truth::Open(_) => Expansion::Open(open),
            Truth::True | Truth::False => Expansion::Pattern(Cow::Owned(pattern)),
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
    let key = name.to_ascii_lowercase().into();
    let Some(default) = default else {
        return Ok(Piece::Variable(Variable { key, default: None }));
    };
    let quoted = default.trim().strip_prefix('\'').and_then(|text| text.strip_suffix('\''));
    let text = quoted.ok_or(VariableProblem::MissingQuote)?;
    if default.strip_prefix(" '").is_some() && default.ends_with('\'') && !text.contains([',', '\'']) {
        return Ok(Piece::Variable(Variable { key, default: Some(text.into()) }));
    }
    Ok(Piece::Unusual(Rule::UnusualVariableDefault))
}
