//! `docs/causes.md` is the table of causes with their events. `WRITE_DOCS=1` writes it.

use std::collections::BTreeSet;
use std::fmt::Write;

use serde_json::Value as Json;
use tagmend_diagnosis::related::NOT_RECOGNISED;
use tagmend_diagnosis::related::cause::Cause as Kind;
use tagmend_diagnosis::{Cause, rules};
use tagmend_tests::json as read;

#[test]
fn the_documents_say_of_every_cause_what_the_code_says() {
    let expected = read("events/expected.json");
    let expected = expected["events"].as_array().unwrap();
    let mut text =
        "# Causes\n\nWritten by `make docs` from `crates/diagnosis/src/cause/` and `events/expected.json`.\n"
            .to_owned();
    for cause in Cause::ALL {
        let about = cause.about();
        let folder = format!("{}/", about.name.replace('_', "-"));
        let events: Vec<&str> = expected
            .iter()
            .map(|entry| entry["event"].as_str().unwrap())
            .filter_map(|event| event.strip_prefix(&folder)?.strip_suffix(".json"))
            .collect();
        let events: Vec<String> =
            events.iter().map(|event| format!("[{event}](../events/{folder}{event}.json)")).collect();
        write!(
            text,
            "\n## `{}`: {}\n\n{}\n\n- shown: {}\n- would change it: {}\n- who acts: {}; {}\n- to begin with: `{}`\n- AWS: <{}>\n- events: {}\n",
            about.name,
            about.title,
            about.condition,
            about.evidence,
            about.would_change,
            about.actor,
            about.advice,
            about.command,
            about.page,
            events.join(", "),
        )
        .unwrap();
        for rule in rules().filter(|rule| rule.cause == cause) {
            writeln!(text, "- rule `{}`: {}", rule.id, rule.when).unwrap();
        }
    }
    text.push_str(&not_a_denied_call(expected));
    let path = format!("{}/../docs/causes.md", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("WRITE_DOCS").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    assert_eq!(std::fs::read_to_string(path).unwrap(), text);
}

/// What is no denied call, and what of it is not recognised.
fn not_a_denied_call(expected: &[Json]) -> String {
    let mut text =
        "\n# Not a denied call\n\nRecognised from records and events, told beside the denials that they may \
        explain, and never healed. Written from\n`crates/diagnosis/src/related/`.\n"
            .to_owned();
    for kind in Kind::ALL {
        let about = kind.about();
        let folder = format!("{}/", about.name.replace('_', "-"));
        let names = expected.iter().map(|entry| entry["event"].as_str().unwrap());
        let events: Vec<String> = names
            .filter_map(|event| event.strip_prefix(&folder)?.strip_suffix(".json"))
            .map(|event| format!("[{event}](../events/{folder}{event}.json)"))
            .collect();
        write!(
            text,
            "\n## `{}`: {}\n\n{}\n\n- class: `{}`\n- shown: {}\n- who acts: {}; {}\n- to begin with: `{}`\n- AWS: <{}>\n- events: {}\n",
            about.name,
            about.title,
            about.condition,
            about.class.name(),
            about.evidence,
            about.actor,
            about.advice,
            about.command,
            about.page,
            events.join(", "),
        )
        .unwrap();
    }
    text.push_str(
        "\n## Not recognised\n\nNo page and no public record shows these, so nothing is concluded from them. Whoever has \
         such a record can send it:\n[CONTRIBUTING](../CONTRIBUTING.md#send-a-record) says how, without personal data.\n\n",
    );
    for (what, why) in NOT_RECOGNISED {
        writeln!(text, "- {what}: {why}").unwrap();
    }
    text
}

#[test]
fn what_is_no_denied_call_is_told_in_full_and_under_a_name_of_its_own() {
    let denied = Cause::ALL.iter().map(|cause| cause.about().name);
    let names: BTreeSet<&str> = denied.chain(Kind::ALL.iter().map(|kind| kind.about().name)).collect();
    assert_eq!(names.len(), Cause::ALL.len() + Kind::ALL.len());
    for kind in Kind::ALL {
        let about = kind.about();
        for text in [about.title, about.actor, about.condition, about.evidence, about.advice, about.command] {
            assert!(text.len() > 3, "{}", about.name);
        }
        assert!(about.page.starts_with("https://docs.aws.amazon.com/"), "{}", about.page);
        let file = format!("../crates/diagnosis/src/related/cause/{}.rs", about.name);
        assert!(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(file).exists(), "{}", about.name);
    }
}

#[test]
fn every_cause_is_told_in_full_and_under_a_name_of_its_own() {
    let mut names = BTreeSet::new();
    let mut titles = BTreeSet::new();
    for cause in Cause::ALL {
        let about = cause.about();
        assert!(names.insert(about.name) && titles.insert(about.title), "{} is there twice", about.name);
        for text in [about.title, about.actor, about.condition, about.evidence, about.advice, about.command] {
            assert!(text.len() > 3, "{}", about.name);
        }
        assert!(about.page.starts_with("https://docs.aws.amazon.com/"), "{}", about.page);
        let file = format!("../crates/diagnosis/src/cause/{}.rs", about.name);
        assert!(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(file).exists(), "{}", about.name);
    }
    assert_eq!(names.len(), Cause::ALL.len());
    // Every cause is in the snapshot of outcomes, so a change of what is said of it is seen.
    for name in names {
        let snapshot = format!(
            "tests/end_to_end/snapshots/end_to_end__corpus__outcomes__{}.snap",
            name.replace('_', "-")
        );
        let found = tagmend_tests::text(&snapshot).contains(&format!("\"cause\": \"{name}\""));
        assert!(found, "{snapshot} does not hold {name}");
    }
}

/// What stands before each cause in the record of outcomes: rows are expected causes, columns are found ones.
#[tokio::test]
async fn the_confusion_table() {
    let (_, out) = tagmend_tests::tagmend(&["replay", "events", "--json"]).await;
    let expected = read("events/expected.json");
    let mut cells = std::collections::BTreeMap::<(String, String), usize>::new();
    let (mut wrong, mut not_due) = (Vec::new(), 0);
    for line in out.lines() {
        let record: Json = serde_json::from_str(line).unwrap();
        let place = record["place"].as_str().unwrap().strip_prefix("events/").unwrap();
        let entry =
            expected["events"].as_array().unwrap().iter().find(|entry| entry["event"] == place).unwrap();
        let name = |json: &Json| json.as_str().unwrap_or("neither denied nor throttled").to_owned();
        let (wanted, found) = (name(&entry["cause"]), name(&record["diagnosis"]["cause"]));
        let changes = record["plan"]["changes"].as_array().map_or(0, Vec::len);
        not_due += usize::from(changes > 0 && entry["plan"].as_array().unwrap().is_empty());
        if wanted != found || record["failure"]["class"] != entry["class"] {
            wrong.push(place.to_owned());
        }
        *cells.entry((wanted, found)).or_default() += 1;
    }
    println!("{:<28} {:<28} events", "expected", "found");
    for ((wanted, found), count) in &cells {
        println!("{wanted:<28} {found:<28} {count}");
    }
    println!(
        "\n{} events; wrong: {}; fixes planned where none is due: {not_due}",
        out.lines().count(),
        wrong.len()
    );
    assert_eq!((wrong, not_due), (Vec::<String>::new(), 0));
}
