//! One caller: one user makes most of the denials.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{Evidence, Kind, Reason, Verdict};
use crate::history::{Denials, Source};
use crate::seen::Seen;
use crate::window::shown;

/// Denials that there have to be.
const DENIALS: u64 = 20;
/// The share of them, in percent.
const PERCENT: u64 = 80;

/// Denials of one user by one rule, on the same keys.
#[derive(Default)]
struct Why {
    count: u64,
    /// The first and the last.
    span: Option<(Timestamp, Timestamp)>,
    /// By hour of the day.
    hours: BTreeMap<i8, u64>,
}

impl Why {
    fn add(&mut self, denials: &Denials) {
        self.count += denials.count;
        let (first, last) = self.span.unwrap_or((denials.time, denials.time));
        self.span = Some((first.min(denials.time), last.max(denials.time)));
        let hour = TimeZone::UTC.to_datetime(denials.time).hour();
        *self.hours.entry(hour).or_default() += denials.count;
    }

    fn evidence(self, rule: &str, keys: &[String]) -> Evidence {
        let keys = if keys.is_empty() { String::new() } else { format!(", about {}", keys.join(", ")) };
        let span = self.span.map(|(first, last)| format!(", from {} to {}", shown(first), shown(last)));
        let hours: Vec<String> =
            self.hours.iter().map(|(hour, count)| format!("{hour:02}:00 {count}")).collect();
        Evidence {
            time: self.span.map(|(first, _)| first),
            source: Source::Ledger,
            text: format!(
                "{} denials of this user: {rule}{keys}{}; by hour of the day (UTC): {}",
                self.count,
                span.unwrap_or_default(),
                hours.join(", ")
            ),
            reference: None,
        }
    }
}

pub(super) fn find(seen: Seen<'_>) -> Vec<Verdict> {
    let mut all = 0;
    let mut users: BTreeMap<&str, u64> = BTreeMap::new();
    let mut why: BTreeMap<(&str, &str, &[String]), Why> = BTreeMap::new();
    for denials in seen.denials() {
        all += denials.count;
        if let Some(user) = &denials.user {
            *users.entry(user).or_default() += denials.count;
            why.entry((user, &denials.rule, &denials.keys)).or_default().add(denials);
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
    let evidence = why.into_iter().filter(|((who, ..), _)| *who == user);
    let evidence = evidence.map(|((_, rule, keys), why)| why.evidence(rule, keys));
    vec![Verdict {
        verdict: Kind::OneCaller,
        sentence: format!("user {name} makes {count} of {all} denials"),
        threshold: format!("of at least {DENIALS} denials, {PERCENT} percent are of one user"),
        evidence: evidence.collect(),
        reason: Reason::User(user.to_owned()),
    }]
}
