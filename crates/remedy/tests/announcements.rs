//! `docs/changes.md` says what Tagmend's events tell. `WRITE_DOCS=1` writes it.

#![allow(clippy::unwrap_used, reason = "this is a test")]

use std::fmt::Write;
use std::path::PathBuf;

use tagmend_remedy::{announce::Kind, announce::SOURCE, announce::VERSION, ledger::Limit};

#[track_caller]
fn check(name: &str, text: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name);
    if std::env::var_os("WRITE_DOCS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
    }
    assert_eq!(std::fs::read_to_string(path).unwrap(), text, "run `make docs`");
}

#[test]
fn the_events_are_documented() {
    let mut text = format!(
        "# A word for every change\n\n\
         `heal`, `watch` and operators' commands send an event to the account's default bus for each change, so that chat, tickets and pagers \
         attach by a rule.\nThe source is `{SOURCE}`; `detail` is [schemas/change-event.json](schemas/change-event.json), \
         version {VERSION}. `ChangeTopicArn` of the template sends\nall of them to a topic of yours.\n\n\
         | detail-type | when |\n|---|---|\n"
    );
    for kind in Kind::ALL {
        writeln!(text, "| `{}` | {} |", kind.detail_type(), kind.meaning()).unwrap();
    }
    text.push_str(
        "\nOnly `Change Made` says that something was made, and only after it was read back. What comes again by itself \
         (somebody else is\nwriting, the state changed) is not announced, and a plan in mode `plan` is not either. An event \
         that could not be sent is in the log\n(`not every change was announced`), and the journal has the change all the same: \
         a run that crashed after its write announces nothing.\n`request` of what an operator's `replay --apply` or `rollback` did begins with \
         `operator-`; a command that may not send the event says so in a warning.\n\n\
         No event has an attribute's value or a session's name. `denied.hashes` are the users as the journal has them: \
         `tagmend review --names`\ntells whose they are to whoever may read the installation's key. `denied.sessions_end` is when \
         the last of their sessions ends: until then\nthey are denied unless they sign in again.\n\n\
         A rule for a pager:\n\n```json\n{\"source\": [\"Tagmend\"], \"detail-type\": [\"Change Undone\", \"Change Not Verified\"]}\n```\n\n\
         `limit` of a `Change Refused`:\n\n| limit | what it says |\n|---|---|\n",
    );
    for limit in Limit::ALL.iter().filter(|limit| !limit.is_passing()) {
        writeln!(text, "| `{}` | {} |", limit.name(), limit.meaning()).unwrap();
    }
    check("changes.md", &text);
}
