//! Every form in which records arrive gives the same diagnosis, and one bad record takes no other with it.

use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value as Json, json};
use tagmend_cli::exit::Exit;
use tagmend_tests::{event, json, root, tagmend};

fn denial() -> Json {
    event("mapping-missing/explicit-deny")
}

async fn replay(path: &Path) -> (Exit, Vec<Json>) {
    let (exit, out) = tagmend(&["replay", path.to_str().unwrap(), "--json"]).await;
    (exit, out.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

async fn replay_text(name: &str, text: &[u8]) -> (Exit, Vec<Json>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    let (exit, mut records) = replay(&path).await;
    for record in &mut records {
        let place = record["place"].as_str().unwrap().strip_prefix(folder.path().to_str().unwrap()).unwrap();
        record["place"] = json!(place);
    }
    (exit, records)
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// The forms with where each is from, and how many records each holds: `tests/forms/forms.json`.
#[tokio::test]
async fn every_form_gives_the_diagnosis_of_the_bare_record() {
    for form in json("tests/forms/forms.json").as_array().unwrap() {
        let file = form["file"].as_str().unwrap();
        let (exit, records) = replay(&root().join("tests/forms").join(file)).await;
        let count = |name: &str| form[name].as_u64().unwrap();
        let class =
            |class: &str| records.iter().filter(|record| record["failure"]["class"] == class).count() as u64;
        let unreadable = records.iter().filter(|record| record.get("error").is_some()).count() as u64;
        let counted = (class("neither"), class("denied"), unreadable);
        assert_eq!(
            counted,
            (count("passed_over"), count("failures"), count("unreadable")),
            "{file}: {records:#?}"
        );
        let expected = match (count("failures"), count("unreadable")) {
            (_, 1..) => Exit::Error,
            (0, 0) => Exit::Done,
            _ => Exit::Planned,
        };
        assert_eq!(exit, expected, "{file}");
        for record in records.iter().filter(|record| record["failure"]["class"] == "denied") {
            assert_eq!(record["diagnosis"]["cause"], "mapping_missing", "{file}");
        }
    }
}

#[tokio::test]
async fn what_is_not_known_says_what_is() {
    for (name, reason) in [
        (
            "unknown-wrapping.json",
            "a CloudTrail record in a wrapping that is not known; known are CloudTrail records",
        ),
        ("s3-notification.json", "a notification of S3: it names a log file and holds no record"),
        (
            "custom-bus-dead-letter.json",
            "a dead letter of a custom event bus's subscriber: it names events and holds none",
        ),
    ] {
        let (_, records) = replay(&root().join("tests/forms").join(name)).await;
        assert!(records[0]["error"].as_str().unwrap().starts_with(reason), "{records:?}");
    }
}

#[tokio::test]
async fn a_record_that_cannot_be_read_is_reported_with_its_place() {
    let good = denial();
    let mut without_time = denial();
    without_time["detail"].as_object_mut().unwrap().remove("eventTime");
    let mut wrong_type = denial();
    wrong_type["detail"]["userIdentity"] = json!("secret-value");
    let text = format!("{good}\n{without_time}\n{{\"broken\n{wrong_type}\n{good}\n");
    let (exit, records) = replay_text("lines.jsonl", text.as_bytes()).await;
    assert_eq!(exit, Exit::Error);
    let errors: Vec<Json> = records.iter().filter(|record| record.get("error").is_some()).cloned().collect();
    assert_eq!(
        errors,
        [
            json!({"schema": 1, "place": "/lines.jsonl#2", "position": "detail", "error": "missing field `eventTime`"}),
            json!({"schema": 1, "place": "/lines.jsonl#3", "position": "$", "error": "not JSON at line 3 column 8"}),
            json!({"schema": 1, "place": "/lines.jsonl#4", "position": "detail.userIdentity",
                   "error": "string where struct UserIdentity is expected"}),
        ]
    );
    assert_eq!(records.len() - errors.len(), 2, "its neighbours are served");
}

#[tokio::test]
async fn files_that_hold_no_records() {
    let nothing = "neither JSON nor CSV with columns that are known";
    for (name, text, position, reason) in [
        ("empty.json", &b""[..], "$", "it is empty"),
        ("text.json", b"hello", "$", nothing),
        ("binary.json", b"\xff\xfe", "$", "it is empty"),
        ("cut.json.gz", &gzip("{}")[..12], "$", "not a whole gzip file"),
        ("deep.json", "[".repeat(100_000).as_bytes(), "$[0]", "not JSON at line 1 column 128"),
    ] {
        let (exit, records) = replay_text(name, text).await;
        assert_eq!(exit, Exit::Error);
        assert_eq!(
            records,
            [json!({"schema": 1, "place": format!("/{name}"), "position": position, "error": reason})]
        );
    }
}

#[tokio::test]
async fn text_that_others_chose_does_not_reach_the_terminal_raw() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("event.json");
    let written = |name: &str| {
        std::fs::write(&path, denial().to_string().replace("jane.doe@example.com", name)).unwrap();
        path.to_str().unwrap()
    };
    let turned = written("jane\\u202e");
    for command in ["replay", "explain"] {
        let (_, out) = tagmend(&[command, turned]).await;
        assert!(!out.contains('\u{202e}') && out.contains("jane\\u{202e}"), "{out}");
    }
    let obeyed = written("jane\\u001b[2J");
    let (exit, out) = tagmend(&["replay", obeyed]).await;
    assert_eq!(exit, Exit::Error);
    assert!(!out.contains('\u{1b}') && out.contains("holds a control character"), "{out}");
}

#[tokio::test]
async fn explain_takes_exactly_one_record() {
    let arguments = ["tagmend", "explain", "events/mapping-missing"];
    tagmend_tests::enter_root();
    let arguments = <tagmend_cli::arguments::Arguments as clap::Parser>::parse_from(arguments);
    let error = tagmend_cli::run(arguments, &mut Vec::new()).await.unwrap_err();
    let records = std::fs::read_dir("events/mapping-missing").unwrap().count();
    let expected =
        format!("events/mapping-missing holds {records} records; explain takes exactly one: FILE#NUMBER");
    assert_eq!(error.to_string(), expected);
}
