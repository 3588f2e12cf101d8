//! What is known of a cause, whatever the failure.

/// The four buckets in which an engineer on call sorts failures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bucket {
    /// A policy said no.
    Permission,
    /// The policy of a VPC endpoint said no.
    Network,
    /// Too many calls.
    Quota,
    /// None of these.
    Service,
}

/// What is known of a cause, whatever the failure.
#[derive(Debug)]
pub struct About {
    /// Its name in JSON, logs and metric dimensions.
    pub name: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// How an engineer on call sorts it.
    pub bucket: Bucket,
    /// Who has to act, in a few words.
    pub actor: &'static str,
    /// When a failure has this cause.
    pub condition: &'static str,
    /// What a diagnosis shows for it.
    pub evidence: &'static str,
    /// What would flip the outcome.
    pub would_change: &'static str,
    /// Who has to do what, where Tagmend does not act.
    pub advice: &'static str,
    /// The command to begin with.
    pub command: &'static str,
    /// Where AWS explains it.
    pub page: &'static str,
}
