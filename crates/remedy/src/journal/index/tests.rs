#![allow(clippy::unwrap_used, reason = "this is a test")]

use super::*;

fn at(minute: u8) -> Timestamp {
    format!("2026-11-23T12:{minute:02}:00Z").parse().unwrap()
}

fn set(minute: u8) -> IndexedPermissionSet {
    IndexedPermissionSet {
        time: at(minute),
        name: "Analyst".to_owned(),
        policy_digest: None,
        canonical_digest: None,
        keys: BTreeMap::new(),
        has_unseen_policies: false,
    }
}

fn index(sets: &[(&str, u8)], unread: &[&str], gone: &[(&str, u8)]) -> Index {
    Index {
        schema: FORMAT,
        time: at(0),
        permission_sets: sets.iter().map(|(arn, minute)| ((*arn).to_owned(), set(*minute))).collect(),
        unread: unread.iter().map(|arn| (*arn).to_owned()).collect(),
        gone: gone.iter().map(|(arn, minute)| ((*arn).to_owned(), at(*minute))).collect(),
    }
}

#[test]
fn of_two_looks_the_later_one_stays_whoever_writes_last() {
    let listed = at(10);
    let cases = [
        (
            "ours is later",
            index(&[("a", 12)], &[], &[]),
            index(&[("a", 5)], &[], &[]),
            &[("a", 12)][..],
            &[][..],
        ),
        ("theirs is later", index(&[("a", 5)], &[], &[]), index(&[("a", 12)], &[], &[]), &[("a", 12)], &[]),
        ("made since we listed", index(&[], &[], &[]), index(&[("a", 12)], &[], &[]), &[("a", 12)], &[]),
        ("not on our list any more", index(&[], &[], &[]), index(&[("a", 5)], &[], &[]), &[], &[]),
        (
            "deleted since we looked",
            index(&[("a", 11)], &[], &[]),
            index(&[], &[], &[("a", 12)]),
            &[],
            &[("a", 12)],
        ),
        ("deleted before we listed", index(&[], &[], &[]), index(&[], &[], &[("a", 9)]), &[], &[]),
        (
            "deleted since we failed to look",
            index(&[], &["a"], &[]),
            index(&[], &[], &[("a", 12)]),
            &[],
            &[("a", 12)],
        ),
    ];
    for (what, ours, theirs, sets, gone) in cases {
        assert_eq!(ours.with_later_looks(&theirs, listed), index(sets, &[], gone), "{what}");
    }
    let unread = index(&[], &["a"], &[]);
    assert_eq!(
        unread.clone().with_later_looks(&index(&[("a", 5)], &[], &[]), listed),
        unread,
        "may mention every key"
    );
}

#[test]
fn a_look_that_is_older_changes_nothing_and_what_is_deleted_is_dropped() {
    let mut known = index(&[("a", 5)], &["b"], &[]);
    known.learn("a", set(4));
    assert_eq!(known, index(&[("a", 5)], &["b"], &[]));
    known.learn("b", set(6));
    assert_eq!(known, index(&[("a", 5), ("b", 6)], &[], &[]));
    known.forget("a", at(7));
    assert_eq!(known, index(&[("b", 6)], &[], &[("a", 7)]));
}
