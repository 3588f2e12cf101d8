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
    /// A condition on an empty list, in the request or in the policy; a set operator on an empty text.
    EmptyList,
    /// A number, date, boolean or address that cannot be read.
    UnreadableOperand,
    /// An ARN operator on what has fewer than six parts.
    IncompleteArn,
    /// A wildcard in the service part of an action, as in `*:*`.
    WildcardInActionService,
    /// A wildcard in the service of a resource ARN.
    WildcardInResourceHead,
    /// A resource that matches only if a wildcard inside of a part stands for a colon.
    WildcardOverColon,
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
            Rule::WildcardInActionService => "wildcard-in-action-service",
            Rule::WildcardInResourceHead => "wildcard-in-resource-head",
            Rule::WildcardOverColon => "wildcard-over-colon",
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
            Rule::WildcardInActionService => "a wildcard in the service part of an action",
            Rule::WildcardInResourceHead => "a wildcard in the service part of a resource",
            Rule::WildcardOverColon => "a wildcard inside of a part of an ARN that stands for a colon",
        })
    }
}
