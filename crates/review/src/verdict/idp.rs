//! The IdP does not send a key any more.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::{Evidence, Kind, Reason, Verdict};
use crate::history::Source;
use crate::seen::Seen;
use crate::window::shown;

/// Users without the same key.
const USERS: usize = 3;
/// The cause of a denial for a key that the IdP owns and did not send.
const CAUSE: &str = "idp_stopped_sending";

#[derive(Default)]
struct WithoutKey<'a> {
    users: BTreeSet<&'a str>,
    first: Option<Timestamp>,
    denials: u64,
    rules: BTreeSet<&'a str>,
    /// A folded day names the users with the most calls, and counts the others.
    has_unnamed: bool,
}

pub(super) fn find(seen: Seen<'_>) -> Vec<Verdict> {
    let mut keys: BTreeMap<&str, WithoutKey<'_>> = BTreeMap::new();
    for denials in seen.denials().filter(|denials| denials.cause == CAUSE) {
        for key in &denials.keys {
            let without = keys.entry(key).or_default();
            without.users.extend(denials.user.as_deref());
            without.first = Some(without.first.map_or(denials.time, |first| first.min(denials.time)));
            without.denials += denials.count;
            without.rules.insert(&denials.rule);
            without.has_unnamed |= denials.user.is_none();
        }
    }
    let shown_keys = keys.into_iter().filter(|(_, without)| without.users.len() >= USERS);
    shown_keys
        .map(|(key, without)| {
            let since = without.first.map(shown).unwrap_or_default();
            Verdict {
                verdict: Kind::Idp,
                sentence: format!(
                    "{}{} users were denied since {since} because the IdP did not send {key}",
                    if without.has_unnamed { "at least " } else { "" },
                    without.users.len()
                ),
                threshold: format!("{USERS} users are denied because the IdP did not send the same key"),
                evidence: vec![Evidence {
                    time: without.first,
                    source: Source::Ledger,
                    text: format!(
                        "{} denials by {}, with the key {key}",
                        without.denials,
                        without.rules.iter().copied().collect::<Vec<_>>().join(", ")
                    ),
                    reference: None,
                }],
                reason: Reason::Key(key.to_owned()),
            }
        })
        .collect()
}
