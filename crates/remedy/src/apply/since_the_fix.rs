//! Whether a mapping is still ours: what was done to it since the fix that restored it.
//!
//! A mapping that somebody else took away and put back looks as one that was never touched. Later snapshots of ours show
//! the list as it was then, CloudTrail shows each write of somebody else; where neither tells, an operator has to.

use serde_json::Value as Json;
use tagmend_diagnosis::{AttributeMapping, PastChange, clocks::APART, is_same_key};

use crate::aws::aws_error::AwsError;
use crate::journal::{Done, Entry, FixId, Journal, ObjectKind, is_known};
use crate::read::foreign_writes::{ForeignWrite, Left};

/// What is known of writes of somebody else since a fix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum History {
    /// Nothing.
    Unknown,
    /// These, as CloudTrail tells, and no others.
    Told(Vec<ForeignWrite>),
    /// There were none that touched the mapping, an operator says.
    NobodyElse,
}

/// What was done to a mapping since the fix that restored it.
pub(super) enum Since {
    /// Nothing.
    Ours,
    /// Nobody knows.
    NotKnown,
    /// Tagmend restored it again.
    RestoredAgain(FixId),
    /// Somebody else took it away, and it is there again.
    PutBackByOthers,
}

/// What was done to a mapping that is there. `fencing` is the number of the run that restored it.
pub(super) async fn since(
    journal: &Journal,
    fix: &FixId,
    fencing: Option<&Json>,
    mapping: &AttributeMapping,
    history: &History,
) -> Result<Since, AwsError> {
    let Some(began) = fix.entry().map(|entry| entry.time) else {
        return Ok(Since::NotKnown);
    };
    let is_later = |entry: &Entry| entry.time > began && entry.id != *fix;
    let made = journal.made_since(began).await?;
    let is_same = |entry: &&Entry| matches!(&entry.done, Done::Healed(PastChange::RestoredMapping { key }) if is_same_key(key, &mapping.key));
    if let Some(again) = made.iter().filter(|entry| is_later(entry)).find(is_same) {
        return Ok(Since::RestoredAgain(again.id.clone()));
    }
    for entry in journal.since(ObjectKind::Snapshots, began).await?.iter().filter(|entry| is_later(entry)) {
        let Some((snapshot, _)) = journal.get(&entry.id.object(ObjectKind::Snapshots)).await? else {
            continue;
        };
        // The same run took it before the same write: it shows the list as it was before this mapping was restored.
        if fencing.is_some() && snapshot.get("fencing") == fencing {
            continue;
        }
        let before = mappings_of(&snapshot, "before");
        if before.is_some_and(|before| !before.contains(mapping)) {
            return Ok(Since::PutBackByOthers);
        }
    }
    Ok(match history {
        History::Unknown => Since::NotKnown,
        History::NobodyElse => Since::Ours,
        History::Told(writes) => {
            let near = || writes.iter().filter(|write| write.time > began - APART);
            if near().any(|write| takes_away(&write.left, mapping)) {
                Since::PutBackByOthers
            } else if near().any(|write| write.left == Left::Hidden) {
                Since::NotKnown
            } else {
                Since::Ours
            }
        }
    })
}

fn takes_away(left: &Left, mapping: &AttributeMapping) -> bool {
    match left {
        Left::List(list) => !list.contains(mapping),
        Left::Nothing => true,
        Left::Hidden => false,
    }
}

/// The mappings that an object of the journal shows, before or after; none where its format is unknown.
pub(super) fn mappings_of(object: &Json, when: &str) -> Option<Vec<AttributeMapping>> {
    let mappings =
        Some(object).filter(|object| is_known(object))?.get(when)?.get("attribute_mappings")?.as_array()?;
    let mapping = |mapping: &Json| {
        let text = |name: &str| Some(mapping.get(name)?.as_str()?.to_owned());
        Some(AttributeMapping { key: text("key")?, source: text("source")? })
    };
    mappings.iter().map(mapping).collect()
}
