//! What a rule found: that its cause applies, with keys and evidence.

use std::collections::BTreeSet;

use crate::case::evidence::Evidence;

/// What shows that a cause applies.
#[derive(Clone, Debug, Default)]
pub(crate) struct Verdict {
    /// The session tag keys it depends on.
    pub(crate) keys: BTreeSet<String>,
    /// What shows it.
    pub(crate) evidence: Evidence,
}

impl Verdict {
    pub(crate) fn say(sentence: impl Into<String>) -> Verdict {
        Verdict::of(Evidence::default().say(sentence))
    }

    pub(crate) fn of(evidence: Evidence) -> Verdict {
        Verdict { keys: BTreeSet::new(), evidence }
    }

    pub(crate) fn on(keys: BTreeSet<String>, evidence: Evidence) -> Verdict {
        Verdict { keys, evidence }
    }
}
