//! Rules that AWS's documentation leaves open. None is decided silently: what depends on one is
//! [`Decision::Depends`](crate::Decision::Depends), and whoever touches one is told.

use std::fmt;

/// A rule that AWS's documentation leaves open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum OpenRule {
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

impl OpenRule {
    /// Its name in lists: short, stable.
    pub fn name(self) -> &'static str {
        match self {
            OpenRule::EmptyValueInVariable => "empty-value-in-variable",
            OpenRule::MultivaluedKeyInVariable => "multivalued-key-in-variable",
            OpenRule::UnusualVariableDefault => "unusual-variable-default",
            OpenRule::SingleValuedOperatorOnList => "single-valued-operator-on-list",
            OpenRule::ForAnyValueIfExistsAbsent => "for-any-value-if-exists-absent",
            OpenRule::EmptyList => "empty-list",
            OpenRule::UnreadableOperand => "unreadable-operand",
            OpenRule::IncompleteArn => "incomplete-arn",
            OpenRule::WildcardInActionService => "wildcard-in-action-service",
            OpenRule::WildcardInResourceHead => "wildcard-in-resource-head",
            OpenRule::WildcardOverColon => "wildcard-over-colon",
        }
    }
}

/// What it is about, in words.
impl fmt::Display for OpenRule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            OpenRule::EmptyValueInVariable => "an empty value in a policy variable",
            OpenRule::MultivaluedKeyInVariable => "a multivalued key in a policy variable",
            OpenRule::UnusualVariableDefault => "an unusual default of a policy variable",
            OpenRule::SingleValuedOperatorOnList => "a single-valued operator on several values",
            OpenRule::ForAnyValueIfExistsAbsent => "ForAnyValue with IfExists and the key absent",
            OpenRule::EmptyList => "a condition on an empty list",
            OpenRule::UnreadableOperand => "an operand that cannot be read as its type",
            OpenRule::IncompleteArn => "an ARN operator on an incomplete ARN",
            OpenRule::WildcardInActionService => "a wildcard in the service part of an action",
            OpenRule::WildcardInResourceHead => "a wildcard in the service part of a resource",
            OpenRule::WildcardOverColon => "a wildcard inside of a part of an ARN that stands for a colon",
        })
    }
}
