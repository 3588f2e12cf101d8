//! What a tool will do again, because its file says so.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::list_write::{Author, ListWrite};
use crate::seen::Seen;
use crate::tool::Tool;
use crate::verdict::taker;

/// A tool that takes away what is restored, and will do so again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct NextTime {
    /// The tool.
    pub tool: Tool,
    /// How it is known.
    pub known_by: String,
    /// The ARN of the caller.
    pub principal: Option<String>,
    /// The keys that its list lacks.
    pub keys: Vec<String>,
    /// How often it wrote a list that lacks one of them.
    pub times: usize,
    /// When it did so last.
    #[schemars(with = "String")]
    pub last: Timestamp,
    /// CloudTrail's event of that.
    pub event_id: String,
    /// The kind of file to mend.
    pub file: String,
}

pub(crate) fn next_times(seen: Seen<'_>) -> Vec<NextTime> {
    let mut tools: BTreeMap<(Tool, Option<&str>), Vec<&str>> = BTreeMap::new();
    for fix in seen.fixes() {
        let Some((write, key)) = taker(seen.history, fix).zip(fix.thing.key()) else {
            continue;
        };
        if let Author::Tool(tool) = write.author {
            let keys = tools.entry((tool, write.principal.as_deref())).or_default();
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
    }
    let next = |((tool, principal), keys): ((Tool, Option<&str>), Vec<&str>)| {
        // Also when nobody was denied afterwards, or not yet.
        let is_same = |write: &&ListWrite| {
            write.author == Author::Tool(tool)
                && write.principal.as_deref() == principal
                && seen.window.contains(write.time)
                && keys.iter().any(|key| write.left.has(key) == Some(false))
        };
        let writes: Vec<&ListWrite> = seen.history.list_writes.iter().flatten().filter(is_same).collect();
        let last = writes.last()?;
        Some(NextTime {
            tool,
            known_by: tool.known_by().to_owned(),
            principal: principal.map(str::to_owned),
            keys: keys.iter().map(|key| (*key).to_owned()).collect(),
            times: writes.len(),
            last: last.time,
            event_id: last.event_id.clone(),
            file: tool.file().to_owned(),
        })
    };
    let mut next: Vec<NextTime> = tools.into_iter().filter_map(next).collect();
    next.sort_by_key(|next| std::cmp::Reverse(next.last));
    next
}
