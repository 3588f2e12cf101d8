//! The smallest set of keys that turns a decision.

use std::collections::BTreeSet;

/// The smallest set of candidates that passes, with what the test says of it. Every single key and every pair is
/// tried; where none passes, all candidates are thinned out one by one. None for no candidates.
pub(super) fn smallest<T>(
    candidates: &[String],
    test: impl Fn(&BTreeSet<String>) -> Option<T>,
) -> Option<(BTreeSet<String>, T)> {
    let try_set = |keys: &[&String]| {
        let keys: BTreeSet<String> = keys.iter().map(|key| (*key).clone()).collect();
        test(&keys).map(|answer| (keys, answer))
    };
    if candidates.is_empty() {
        return None;
    }
    for first in candidates {
        if let Some(found) = try_set(&[first]) {
            return Some(found);
        }
    }
    for (index, first) in candidates.iter().enumerate() {
        for second in candidates.iter().skip(index + 1) {
            if let Some(found) = try_set(&[first, second]) {
                return Some(found);
            }
        }
    }
    let mut keys: Vec<&String> = candidates.iter().collect();
    try_set(&keys)?;
    for candidate in candidates {
        let without: Vec<&String> = keys.iter().copied().filter(|key| *key != candidate).collect();
        if try_set(&without).is_some() {
            keys = without;
        }
    }
    try_set(&keys)
}
