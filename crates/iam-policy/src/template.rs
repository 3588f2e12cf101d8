//! Policy text with variables: `home/${aws:PrincipalTag/Team, 'none'}/*`.
//!
//! Source: `reference_policies_variables`.

use crate::context::{Context, Value};
use crate::pattern::{self, Token};
use crate::truth::{Rule, Truth};

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Token(Token),
    Variable { key: String, default: Option<String> },
    Unusual(Rule),
}

/// Text of a policy value, read once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Template {
    pieces: Vec<Piece>,
    text: String,
}

/// What a template stands for in one request.
pub(crate) enum Expansion {
    Pattern(Vec<Token>),
    /// A variable has no value: the text matches nothing.
    NoValue,
    Open(Truth),
}

impl Template {
    /// Text in which nothing is a variable, as under Version 2008-10-17.
    pub(crate) fn literal(text: &str) -> Template {
        let pieces = pattern::tokens(text).into_iter().map(Piece::Token).collect();
        Template { pieces, text: text.to_owned() }
    }

    /// Text with variables, as under Version 2012-10-17. An unclosed `${` is literal text.
    pub(crate) fn with_variables(text: &str) -> Template {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            pieces.extend(pattern::tokens(before).into_iter().map(Piece::Token));
            let Some((name, tail)) = after.split_once('}') else {
                pieces.extend(pattern::tokens("${").into_iter().map(Piece::Token));
                rest = after;
                continue;
            };
            pieces.push(variable(name));
            rest = tail;
        }
        pieces.extend(pattern::tokens(rest).into_iter().map(Piece::Token));
        Template { pieces, text: text.to_owned() }
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The keys of its variables, in lower case.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Variable { key, .. } => Some(key.as_str()),
            Piece::Token(_) | Piece::Unusual(_) => None,
        })
    }

    /// Puts the values of the context in place of the variables. A wildcard in a value is no wildcard.
    pub(crate) fn expand(&self, context: &Context) -> Expansion {
        let mut tokens = Vec::with_capacity(self.pieces.len());
        let mut open: Option<Truth> = None;
        for piece in &self.pieces {
            let truth = match piece {
                Piece::Token(token) => {
                    tokens.push(*token);
                    continue;
                }
                Piece::Unusual(rule) => Truth::rule(*rule),
                Piece::Variable { key, default } => match (context.get(key), default) {
                    (Value::One(value), _) if value.is_empty() => Truth::rule(Rule::EmptyValueInVariable),
                    (Value::One(value), _) | (Value::Absent, Some(value)) => {
                        tokens.extend(value.chars().map(Token::Literal));
                        continue;
                    }
                    (Value::Absent, None) => return Expansion::NoValue,
                    (Value::Many(_), _) => Truth::rule(Rule::MultivaluedKeyInVariable),
                    (Value::Unknown, _) => Truth::key(key),
                },
            };
            open = Some(open.map_or(truth.clone(), |before| before.and(truth)));
        }
        open.map_or(Expansion::Pattern(tokens), Expansion::Open)
    }
}

fn variable(name: &str) -> Piece {
    if let "*" | "?" | "$" = name {
        return Piece::Token(Token::Literal(name.chars().next().unwrap_or('$')));
    }
    let Some((key, default)) = name.split_once(',') else {
        return Piece::Variable { key: name.trim().to_ascii_lowercase(), default: None };
    };
    let quoted = default.strip_prefix(' ').and_then(|text| text.strip_prefix('\'')?.strip_suffix('\''));
    match quoted {
        Some(text) if !text.contains([',', '\'']) => {
            Piece::Variable { key: key.trim().to_ascii_lowercase(), default: Some(text.to_owned()) }
        }
        _ => Piece::Unusual(Rule::UnusualVariableDefault),
    }
}
