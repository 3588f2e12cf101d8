//! What AWS would not accept in a policy, and where.

use std::fmt;

use crate::parse::json::Json;
use crate::policy_kind::PolicyKind;
use crate::template::VariableProblem;

/// A document that AWS would not accept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {problem}")]
pub struct PolicyError {
    /// Where, as a JSON path from `$`.
    pub path: String,
    /// What is wrong there.
    pub problem: Problem,
}

/// What is wrong with a policy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// It is not JSON.
    #[error("not JSON: {0}")]
    Syntax(String),
    /// A key that is there twice; keys of conditions differ in more than case.
    #[error("`{0}` is there twice")]
    Duplicate(String),
    /// A value of another type.
    #[error("{found}, not {expected}")]
    WrongType {
        /// What belongs there.
        expected: &'static str,
        /// What is there.
        found: &'static str,
    },
    /// An element that such a policy does not have.
    #[error("`{0}` is no element of {1}")]
    UnknownElement(String, PolicyKind),
    /// What has to be there and is not.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// Both of two elements that exclude each other.
    #[error("`{0}` and `{1}` exclude each other")]
    Both(&'static str, &'static str),
    /// An operator that does not exist.
    #[error("there is no condition operator `{0}`")]
    UnknownOperator(String),
    /// A variable that cannot be one.
    #[error("the variable `{0}`: {1}")]
    UnknownVariable(String, VariableProblem),
    /// A value that is none of those that can be there.
    #[error("`{0}` is not {1}")]
    InvalidValue(String, &'static str),
}

/// A place in the document; written out only for errors.
#[derive(Clone, Copy)]
pub(crate) enum JsonPath<'a> {
    Document,
    Key(&'a JsonPath<'a>, &'a str),
    Index(&'a JsonPath<'a>, usize),
}

impl fmt::Display for JsonPath<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            JsonPath::Document => formatter.write_str("$"),
            JsonPath::Key(parent, key) if key.contains(['.', '[', ']', '\'']) => {
                write!(formatter, "{parent}['{key}']")
            }
            JsonPath::Key(parent, key) => write!(formatter, "{parent}.{key}"),
            JsonPath::Index(parent, index) => write!(formatter, "{parent}[{index}]"),
        }
    }
}

impl JsonPath<'_> {
    pub(crate) fn error(&self, problem: Problem) -> PolicyError {
        PolicyError { path: self.to_string(), problem }
    }

    pub(crate) fn wrong_type(&self, expected: &'static str, found: &Json<'_>) -> PolicyError {
        self.error(Problem::WrongType { expected, found: found.type_name() })
    }
}
