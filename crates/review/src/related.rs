//! What was told of Identity Center that is no denied call, and what was connected with it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::history::{RelatedRecord, Story};
use crate::seen::Seen;

/// What is no denied call.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Related {
    /// Each kind of record that was met, the most frequent first.
    pub kinds: Vec<KindRow>,
    /// What came before something and may explain it, oldest first.
    pub stories: Vec<StoryRow>,
}

/// Records of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct KindRow {
    /// Which, as `docs/causes.md` names it.
    pub kind: String,
    /// Its class.
    pub class: String,
    /// How many.
    pub count: usize,
    /// The first.
    #[schemars(with = "String")]
    pub first: Timestamp,
    /// The last.
    #[schemars(with = "String")]
    pub last: Timestamp,
}

/// What came first, and what came after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct StoryRow {
    /// Which two things.
    pub kind: String,
    /// `shortly_before`, or `shown`.
    pub link: String,
    /// The id of the record of what came first.
    pub before: String,
    /// When that was.
    #[schemars(with = "String")]
    pub time: Timestamp,
    /// How many records came after it.
    pub after: usize,
    /// Both, in a sentence; where runs told of several, of the most that one of them did.
    pub text: String,
}

impl Related {
    pub(crate) fn of(seen: Seen<'_>) -> Related {
        let is_inside = |time: Timestamp| seen.window.contains(time);
        let records = seen.history.related.iter().filter(|record| is_inside(record.time));
        let stories = seen.history.stories.iter().filter(|story| is_inside(story.time));
        Related { kinds: kinds(records), stories: story_rows(stories) }
    }
}

/// A record that came again is one record.
fn kinds<'a>(records: impl Iterator<Item = &'a RelatedRecord>) -> Vec<KindRow> {
    let mut ids = BTreeSet::new();
    let mut rows: BTreeMap<&str, KindRow> = BTreeMap::new();
    for record in records.filter(|record| ids.insert(&record.id)) {
        let row = rows.entry(&record.kind).or_insert_with(|| KindRow {
            kind: record.kind.clone(),
            class: record.class.clone(),
            count: 0,
            first: record.time,
            last: record.time,
        });
        row.count += 1;
        row.first = row.first.min(record.time);
        row.last = row.last.max(record.time);
    }
    let mut rows: Vec<KindRow> = rows.into_values().collect();
    rows.sort_by(|one, other| other.count.cmp(&one.count).then_with(|| one.kind.cmp(&other.kind)));
    rows
}

/// A change that several runs told of is one story.
fn story_rows<'a>(stories: impl Iterator<Item = &'a Story>) -> Vec<StoryRow> {
    let mut told: BTreeMap<(Timestamp, &str, &str), Vec<&Story>> = BTreeMap::new();
    for story in stories {
        told.entry((story.time, &story.kind, &story.before)).or_default().push(story);
    }
    let row = |all: Vec<&Story>| {
        let after: BTreeSet<&String> = all.iter().copied().flat_map(|story| &story.after).collect();
        let most = all.into_iter().max_by_key(|story| story.after.len())?;
        Some(StoryRow {
            kind: most.kind.clone(),
            link: most.link.clone(),
            before: most.before.clone(),
            time: most.time,
            after: after.len(),
            text: most.text.clone(),
        })
    };
    told.into_values().filter_map(row).collect()
}
