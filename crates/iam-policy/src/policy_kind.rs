//! Which grammar a policy has.

use std::fmt;

/// Which grammar applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyKind {
    /// An identity policy, a permissions boundary, a session policy or an SCP.
    Identity,
    /// A resource control policy.
    ResourceControl,
    /// The policy of a VPC endpoint, as far as it is for everybody.
    Endpoint,
}

impl fmt::Display for PolicyKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            PolicyKind::Identity => "an identity policy",
            PolicyKind::ResourceControl => "a resource control policy",
            PolicyKind::Endpoint => "a VPC endpoint policy",
        })
    }
}
