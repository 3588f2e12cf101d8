//! Every form in which records arrive gives the same diagnosis, and one bad record takes no other with it.

use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value as Json, json};
use tagmend_cli::exit::Exit;
use tagmend_tests::{event, tagmend};

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

#[tokio::test]
async fn every_form() {
    let (event, mut record) = (denial(), denial()["detail"].clone());
    // The same call, denied again.
    let first = record.clone();
    record["eventID"] = json!("7b1f2e00-0000-4000-8000-0000000000fd");
    let log_file = json!({"Records": [first, record]}).to_string();
    let lookup = json!({"Events": [{"EventId": "x", "CloudTrailEvent": record.to_string()}]}).to_string();
    for (name, text, count) in [
        ("event.json", event.to_string().into_bytes(), 1),
        ("record.json", record.to_string().into_bytes(), 1),
        ("log.json", log_file.clone().into_bytes(), 2),
        ("log.json.gz", gzip(&log_file), 2),
        ("lookup-events.json", lookup.into_bytes(), 1),
        ("list.json", json!([event, record]).to_string().into_bytes(), 2),
        ("lines.jsonl", format!("{event}\n\n{record}\n").into_bytes(), 2),
    ] {
        let (exit, records) = replay_text(name, &text).await;
        assert_eq!((exit, records.len()), (Exit::Planned, count), "{name}");
        for record in records {
            assert_eq!(record["diagnosis"]["cause"], "mapping_missing", "{name}");
        }
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
            json!({"place": "/lines.jsonl:2", "position": "detail", "error": "missing field `eventTime`"}),
            json!({"place": "/lines.jsonl:3", "position": "$", "error": "not JSON at line 1 column 8"}),
            json!({"place": "/lines.jsonl:4", "position": "detail.userIdentity",
                   "error": "string where struct UserIdentity is expected"}),
        ]
    );
    assert_eq!(records.len() - errors.len(), 2, "its neighbours are served");
}

#[tokio::test]
async fn files_that_hold_no_records() {
    for (name, text, reason) in [
        ("empty.json", &b""[..], "not JSON at line 1 column 0"),
        ("text.json", b"hello", "not JSON at line 1 column 1"),
        ("binary.json", b"\xff\xfe", "not UTF-8"),
        ("cut.json.gz", &gzip("{}")[..12], "not a whole gzip file"),
        ("deep.json", "[".repeat(100_000).as_bytes(), "not JSON at line 1 column 128"),
    ] {
        let (exit, records) = replay_text(name, text).await;
        assert_eq!(exit, Exit::Error);
        assert_eq!(records, [json!({"place": format!("/{name}"), "position": "$", "error": reason})]);
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
    let expected = format!("events/mapping-missing holds {records} records; explain takes exactly one");
    assert_eq!(error.to_string(), expected);
}
