//! The layer of policies that decided, as the message says.

/// The layer of policies that decided, as the message says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Focus {
    /// The permission set's policies, or the message does not say.
    Identity,
    Boundary,
    ServiceControl,
    ResourceControl,
    Endpoint,
    Resource,
}
