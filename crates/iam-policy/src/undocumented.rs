//! Rules that AWS's documentation leaves open. None is decided silently: what turns on one is
//! [`Decision::Depends`](crate::Decision::Depends), and whoever touches one is told.

use std::fmt;

/// A rule that AWS's documentation leaves open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// A variable whose key is present but empty.
    EmptyValueInVariable,
    /// A variable whose key holds several values.
    MultivaluedKeyInVariable,
    /// A variable default that is not `, 'text'`: without the space, or with a comma or quote inside.
    UnusualVariableDefault,
    /// An operator without set prefix on a key that holds several values.
    SingleValuedOperatorOnList,
    /// `ForAnyValue:...IfExists` with the key absent: true by its suffix, false by its prefix.
    ForAnyValueIfExistsAbsent,
    /// A condition on an empty list, in the request or in the policy.
    EmptyList,
    /// A number, date, boolean or address that cannot be read.
    UnreadableOperand,
    /// An ARN operator on what has fewer than six parts.
    IncompleteArn,
    /// `*:*` as an action.
    StarColonStarAction,
    /// A wildcard in the service part of a resource ARN.
    WildcardInResourceService,
}

impl Rule {
    /// Its name in lists: short, stable.
    pub fn name(self) -> &'static str {
        match self {
            Rule::EmptyValueInVariable => "empty-value-in-variable",
            Rule::MultivaluedKeyInVariable => "multivalued-key-in-variable",
            Rule::UnusualVariableDefault => "unusual-variable-default",
            Rule::SingleValuedOperatorOnList => "single-valued-operator-on-list",
            Rule::ForAnyValueIfExistsAbsent => "for-any-value-if-exists-absent",
            Rule::EmptyList => "empty-list",
            Rule::UnreadableOperand => "unreadable-operand",
            Rule::IncompleteArn => "incomplete-arn",
            Rule::StarColonStarAction => "star-colon-star-action",
            Rule::WildcardInResourceService => "wildcard-in-resource-service",
        }
    }
}

/// What it is about, in words.
impl fmt::Display for Rule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Rule::EmptyValueInVariable => "an empty value in a policy variable",
            Rule::MultivaluedKeyInVariable => "a multivalued key in a policy variable",
            Rule::UnusualVariableDefault => "an unusual default of a policy variable",
            Rule::SingleValuedOperatorOnList => "a single-valued operator on several values",
            Rule::ForAnyValueIfExistsAbsent => "ForAnyValue with IfExists and the key absent",
            Rule::EmptyList => "a condition on an empty list",
            Rule::UnreadableOperand => "an operand that cannot be read as its type",
            Rule::IncompleteArn => "an ARN operator on an incomplete ARN",
            Rule::StarColonStarAction => "the action `*:*`",
            Rule::WildcardInResourceService => "a wildcard in the service part of a resource",
        })
    }
}
