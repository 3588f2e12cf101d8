//! A wave: many are hit at once, as when somebody wipes the list.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::{Evidence, Kind, Reason, Verdict};
use crate::history::Source;
use crate::list_write::Left;
use crate::seen::Seen;
use crate::window::{many, shown};

/// Users who have to be denied.
const USERS: usize = 10;
/// Or different changes that have to be made.
const CHANGES: usize = 3;
/// Within so long.
const WITHIN: SignedDuration = SignedDuration::from_mins(15);
/// Causes that say that the approved state is gone, and not that somebody may not do something.
const GONE: [&str; 3] = ["mapping_missing", "access_control_off", "not_provisioned"];

pub(super) fn find(seen: Seen<'_>) -> Vec<Verdict> {
    let denials =
        seen.denials().filter(|denials| !denials.is_of_hour && GONE.contains(&denials.cause.as_str()));
    let users = densest(denials.filter_map(|denials| Some((denials.time, denials.user.as_deref()?))));
    let things: Vec<String> = seen.fixes().map(|fix| fix.thing.to_string()).collect();
    let changes = densest(seen.fixes().map(|fix| fix.time).zip(things.iter().map(String::as_str)));
    let many_users = users.as_ref().filter(|dense| dense.names.len() >= USERS);
    let many_changes = changes.as_ref().filter(|dense| dense.names.len() >= CHANGES);
    let Some(begins) = many_users.into_iter().chain(many_changes).map(|dense| dense.begins).min() else {
        return Vec::new();
    };
    let mut parts = Vec::new();
    let mut evidence = Vec::new();
    if let Some(dense) = many_users {
        let text =
            format!("{} were denied what the approved state gives them", many(dense.names.len(), "user"));
        parts.push(text.clone());
        evidence.push(Evidence { time: Some(dense.begins), source: Source::Ledger, text, reference: None });
    }
    if let Some(dense) = many_changes {
        let names: Vec<&str> = dense.names.iter().copied().collect();
        let text = format!("{} were made: {}", many(names.len(), "different change"), names.join(", "));
        parts.push(format!("{} were made", many(names.len(), "different change")));
        evidence.push(Evidence { time: Some(dense.begins), source: Source::Fixes, text, reference: None });
    }
    let writes = seen.history.list_writes.iter().flatten();
    let off = writes.filter(|write| write.left == Left::Nothing && seen.window.contains(write.time));
    evidence.extend(off.map(|write| Evidence {
        time: Some(write.time),
        source: Source::CloudTrail,
        text: format!(
            "{} turned attributes for access control off",
            write.principal.as_deref().unwrap_or("somebody whom the record does not name")
        ),
        reference: Some(write.event_id.clone()),
    }));
    vec![Verdict {
        verdict: Kind::Wave,
        sentence: format!("within 15 minutes from {}, {}", shown(begins), parts.join(" and ")),
        threshold: format!(
            "within 15 minutes, {USERS} users are denied because the approved state is gone, or {CHANGES} different \
             changes are made"
        ),
        evidence,
        reason: Reason::Nothing,
    }]
}

/// The span with the most different names.
struct Dense<'a> {
    begins: Timestamp,
    names: BTreeSet<&'a str>,
}

fn densest<'a>(named: impl Iterator<Item = (Timestamp, &'a str)>) -> Option<Dense<'a>> {
    let mut named: Vec<(Timestamp, &str)> = named.collect();
    named.sort_unstable();
    let mut counts: std::collections::BTreeMap<&str, usize> = std::collections::BTreeMap::new();
    let mut first = 0;
    let mut best: Option<(usize, Timestamp)> = None;
    for (time, name) in &named {
        *counts.entry(name).or_default() += 1;
        while let Some((_, leaving)) =
            named.get(first).filter(|(begins, _)| time.duration_since(*begins) > WITHIN)
        {
            if let Some(count) = counts.get_mut(leaving) {
                *count -= 1;
                if *count == 0 {
                    counts.remove(leaving);
                }
            }
            first += 1;
        }
        let begins = named.get(first).map_or(*time, |(begins, _)| *begins);
        if best.is_none_or(|(count, _)| counts.len() > count) {
            best = Some((counts.len(), begins));
        }
    }
    let (_, begins) = best?;
    let within = named.iter().filter(|(time, _)| begins <= *time && time.duration_since(begins) <= WITHIN);
    Some(Dense { begins, names: within.map(|(_, name)| *name).collect() })
}
