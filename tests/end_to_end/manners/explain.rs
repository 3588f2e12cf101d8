//! What `explain` says of what was read, and what it fills in.

use serde_json::Value as Json;
use tagmend_tests::tagmend;

/// Words of a conclusion that rests on what nobody read.
const UNREAD: [&str; 6] = [
    "nobody here can read",
    "nobody could read",
    "nobody here could read",
    "unread keys",
    "the record does not show",
    "which the IdP sends",
];

/// A conclusion from a value is never beside the words that nobody could read it, and the other way round.
#[tokio::test]
async fn nobody_could_read_is_said_of_nothing_that_was_read() {
    let (_, out) = tagmend(&["replay", "events", "--json"]).await;
    let (mut read, mut unread) = (0, 0);
    for line in out.lines() {
        let line: Json = serde_json::from_str(line).unwrap();
        let evidence = &line["diagnosis"]["evidence"];
        if evidence["depends_on"].as_array().is_none_or(Vec::is_empty) {
            continue;
        }
        let sentences: Vec<&str> =
            evidence["sentences"].as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect();
        let is_unread = sentences.iter().any(|text| UNREAD.iter().any(|words| text.contains(words)));
        let (_, text) = tagmend(&["explain", line["place"].as_str().unwrap()]).await;
        assert_eq!(text.contains("\n  nobody could read "), is_unread, "{sentences:?}\n{text}");
        assert_eq!(text.contains("\n  it depends on        "), !is_unread, "{text}");
        *(if is_unread { &mut unread } else { &mut read }) += 1;
    }
    assert!(read > 15 && unread > 15, "{read} {unread}");
}

#[tokio::test]
async fn what_is_known_stands_in_every_command_that_is_named() {
    let words = ["EVENT", "REGION", "INSTANCE", "STORE"];
    for event in [
        "mapping-missing/explicit-deny",
        "access-control-off/secret",
        "key-owned-by-idp/project",
        "scim-refused/filter",
    ] {
        let path = format!("events/{event}.json");
        let (_, text) = tagmend(&["explain", &path]).await;
        let command = text.lines().find_map(|line| line.trim_start().strip_prefix("begin with   "));
        let command = command.unwrap_or_else(|| panic!("{event}: {text}"));
        assert!(!command.split(' ').any(|word| words.contains(&word)), "{event}: {command}");
    }
    let (_, text) = tagmend(&["explain", "events/mapping-missing/explicit-deny.json"]).await;
    assert!(
        text.contains(
            "  begin with   tagmend replay events/mapping-missing/explicit-deny.json --world events/world.json --apply\n"
        ),
        "{text}"
    );
    assert!(
        text.contains("  session    began 2026-11-23T09:30:00Z, 2 hours 15 minutes before the call\n"),
        "{text}"
    );
}
