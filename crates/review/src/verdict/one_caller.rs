//! One caller: one user makes most of the denials.

use std::collections::BTreeMap;

use super::{Evidence, Kind, Reason, Verdict};
use crate::history::Source;
use crate::seen::Seen;

/// Denials that there have to be.
const DENIALS: u64 = 20;
/// The share of them, in percent.
const PERCENT: u64 = 80;

pub(super) fn find(seen: Seen<'_>) -> Vec<Verdict> {
    let mut all = 0;
    let mut users: BTreeMap<&str, u64> = BTreeMap::new();
    let mut why: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for denials in seen.denials() {
        all += denials.count;
        if let Some(user) = &denials.user {
            *users.entry(user).or_default() += denials.count;
            *why.entry((user, &denials.cause)).or_default() += denials.count;
        }
    }
    let Some((user, count)) =
        users.into_iter().max_by_key(|(user, count)| (*count, std::cmp::Reverse(*user)))
    else {
        return Vec::new();
    };
    if all < DENIALS || count * 100 < all * PERCENT {
        return Vec::new();
    }
    let name = seen.history.user(user);
    let evidence = why.into_iter().filter(|((who, _), _)| *who == user).map(|((_, cause), count)| Evidence {
        time: None,
        source: Source::Ledger,
        text: format!("{count} denials of this user: {cause}"),
        reference: None,
    });
    vec![Verdict {
        verdict: Kind::OneCaller,
        sentence: format!("user {name} makes {count} of {all} denials"),
        threshold: format!("of at least {DENIALS} denials, {PERCENT} percent are of one user"),
        evidence: evidence.collect(),
        reason: Reason::User(user.to_owned()),
    }]
}
