//! What a rule found: that its cause applies, with keys and evidence.

use std::collections::BTreeSet;

use crate::evidence::Evidence;

/// What shows that a cause applies.
#[derive(Clone, Debug, Default)]
pub(crate) struct Finding {
    /// The session tag keys it turns on.
    pub(crate) keys: BTreeSet<String>,
    /// What shows it.
    pub(crate) evidence: Evidence,
}

impl Finding {
    pub(crate) fn say(sentence: impl Into<String>) -> Finding {
        Finding::of(Evidence::default().say(sentence))
    }

    pub(crate) fn of(evidence: Evidence) -> Finding {
        Finding { keys: BTreeSet::new(), evidence }
    }

    pub(crate) fn on(keys: BTreeSet<String>, evidence: Evidence) -> Finding {
        Finding { keys, evidence }
    }
}
