//! `replay`: numbers that add up, what is left out and said, places that `explain` takes, and the schema of its lines.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;

use clap::Parser;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value as Json, json};
use tagmend_cli::arguments::Arguments;
use tagmend_cli::exit::Exit;
use tagmend_tests::{event, json as file, root, tagmend};

fn lines(out: &str) -> Vec<Json> {
    out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

async fn json_of(arguments: &[&str]) -> Vec<Json> {
    let all: Vec<&str> = ["replay", "--json"].into_iter().chain(arguments.iter().copied()).collect();
    lines(&tagmend(&all).await.1)
}

fn number(json: &Json, name: &str) -> usize {
    usize::try_from(json[name].as_u64().unwrap_or_else(|| panic!("{name}"))).unwrap()
}

fn count(lines: &[Json], is: impl Fn(&Json) -> bool) -> usize {
    lines.iter().filter(|line| is(line)).count()
}

const OF_ANOTHER_KIND: &str = "it is no denied call, and Tagmend never acts on it";

/// Folders with all kinds of lines: `events`, and forms of which some cannot be read.
const KINDS: [&str; 2] = ["events", "tests/forms"];

#[tokio::test]
async fn the_numbers_of_the_summary_are_those_of_the_lines() {
    for folder in KINDS {
        let lines = json_of(&[folder]).await;
        let summary = json_of(&["--summary", folder]).await.remove(0);
        let is_class = |class: &'static str| {
            move |line: &Json| line["failure"]["class"] == class && line.get("repeats").is_none()
        };
        assert_eq!(number(&summary, "read"), lines.len(), "{folder}");
        let counted = [
            ("denied", count(&lines, is_class("denied"))),
            ("throttled", count(&lines, is_class("throttled"))),
            ("passed_over", count(&lines, is_class("neither"))),
            ("of_another_kind", count(&lines, |line| line["plan"]["reason"] == OF_ANOTHER_KIND)),
            ("repeated", count(&lines, |line| line.get("repeats").is_some())),
            ("unreadable", count(&lines, |line| line.get("failure").is_none())),
            ("not_asked_for", 0),
        ];
        for (name, expected) in counted {
            assert_eq!(number(&summary, name), expected, "{folder}: {name}");
        }
        assert_eq!(counted.iter().map(|(_, count)| count).sum::<usize>(), lines.len(), "{folder}");
        let mut by_cause: BTreeMap<&str, u64> = BTreeMap::new();
        for cause in lines
            .iter()
            .filter(|line| line["plan"]["reason"] != OF_ANOTHER_KIND)
            .filter_map(|line| line["diagnosis"]["cause"].as_str())
        {
            *by_cause.entry(cause).or_default() += 1;
        }
        let told = summary["by_cause"].as_array().unwrap();
        let told: BTreeMap<&str, u64> = told
            .iter()
            .map(|count| (count["name"].as_str().unwrap(), count["calls"].as_u64().unwrap()))
            .collect();
        assert_eq!(told, by_cause, "{folder}");
        for list in ["by_account", "by_service", "by_day"] {
            let calls: usize =
                summary[list].as_array().unwrap().iter().map(|count| number(count, "calls")).sum();
            assert_eq!(calls, number(&summary, "denied") + number(&summary, "throttled"), "{folder}: {list}");
        }
    }
}

#[tokio::test]
async fn only_what_is_asked_for_is_shown_and_counted() {
    let all = json_of(&["events"]).await;
    for (only, takes) in [
        (
            "cause=mapping_missing",
            Box::new(|line: &Json| line["diagnosis"]["cause"] == "mapping_missing")
                as Box<dyn Fn(&Json) -> bool>,
        ),
        (
            "permission-set=FinanceGuarded",
            Box::new(|line: &Json| line["failure"]["permission_set"] == "FinanceGuarded"),
        ),
        (
            "cause=mapping_missing,cause=intended,permission-set=FinanceGuarded",
            Box::new(|line: &Json| {
                let cause = &line["diagnosis"]["cause"];
                line["failure"]["permission_set"] == "FinanceGuarded"
                    && (cause == "mapping_missing" || cause == "intended")
            }),
        ),
        (
            "user=jane.doe@example.com",
            Box::new(|line: &Json| line["failure"]["session_name"] == "jane.doe@example.com"),
        ),
    ] {
        let expected: Vec<&Json> =
            all.iter().filter(|line| line.get("failure").is_none() || takes(line)).collect();
        assert!(expected.len() > 1 && expected.len() < all.len(), "{only}");
        let shown = json_of(&["--only", only, "events"]).await;
        assert_eq!(shown.iter().collect::<Vec<_>>(), expected, "{only}");
        let summary = json_of(&["--summary", "--only", only, "events"]).await.remove(0);
        assert_eq!(number(&summary, "read"), all.len(), "{only}");
    }
    assert!(Arguments::try_parse_from(["tagmend", "replay", "--only", "cause=nothing"]).is_err());
    assert!(Arguments::try_parse_from(["tagmend", "replay", "--only", "colour=red"]).is_err());
}

/// A record of its own, so many seconds after the one of the event.
fn record(number: usize) -> Json {
    let mut record = event("mapping-missing/explicit-deny")["detail"].clone();
    record["eventID"] = json!(format!("7b1f2e00-0000-4000-8000-{number:012}"));
    record
}

fn write_gzip(path: &Path, records: &[Json]) {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(json!({ "Records": records }).to_string().as_bytes()).unwrap();
    fs::write(path, gzip.finish().unwrap()).unwrap();
}

#[tokio::test]
async fn more_than_one_batch_is_one_answer() {
    let folder = tempfile::tempdir().unwrap();
    let mut records: Vec<Json> = (0..2_300).map(record).collect();
    // The first call again, two batches later.
    records.push(record(0));
    write_gzip(&folder.path().join("a.json.gz"), &records[..1_500]);
    write_gzip(&folder.path().join("b.json.gz"), &records[1_500..]);
    let path = folder.path().to_str().unwrap();
    let shown = json_of(&[path]).await;
    assert_eq!(shown.len(), 2_301);
    assert_eq!(count(&shown, |line| line["diagnosis"]["cause"] == "mapping_missing"), 2_300);
    assert_eq!(shown[2_300]["repeats"], "7b1f2e00-0000-4000-8000-000000000000");
    assert_eq!(shown[2_300]["place"], format!("{path}/b.json.gz#801"));
    let summary = json_of(&["--summary", path]).await.remove(0);
    assert_eq!(
        summary["changes"],
        json!([{"change": "restore the mapping Department = ${path:enterprise.department}", "calls": 2_300, "outcome": null}])
    );
}

#[tokio::test]
async fn explain_takes_the_place_that_replay_prints() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log#1.json.gz");
    let mut other = record(2);
    other.as_object_mut().unwrap().remove("errorCode");
    write_gzip(&path, &[other, record(1), record(3)]);
    let shown = json_of(&[path.to_str().unwrap()]).await;
    let place = shown[1]["place"].as_str().unwrap();
    assert!(place.ends_with("log#1.json.gz#2"), "{place}");
    let (exit, out) = tagmend(&["explain", "--json", place]).await;
    assert_eq!((exit, &lines(&out)[0]["event_id"]), (Exit::Planned, &shown[1]["event_id"]));
    for (place, reason) in [
        (format!("{}#4", path.display()), "there are 3 records"),
        (path.display().to_string(), "holds 3 records; explain takes exactly one: FILE#NUMBER"),
    ] {
        let arguments = Arguments::parse_from(["tagmend", "explain", &place]);
        let error = tagmend_cli::run(arguments, &mut Vec::new()).await.unwrap_err().to_string();
        assert!(error.ends_with(reason), "{error}");
    }
}

async fn error(arguments: &[&str]) -> String {
    let arguments = Arguments::parse_from(std::iter::once(&"tagmend").chain(arguments));
    format!("{:#}", tagmend_cli::run(arguments, &mut Vec::new()).await.unwrap_err())
}

#[cfg(unix)]
#[tokio::test]
async fn folders_are_read_whatever_the_files_are_named() {
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    assert!(
        error(&["replay", folder.path().to_str().unwrap()]).await.ends_with("there is nothing in it to read")
    );
    fs::write(path("x.log"), record(1).to_string()).unwrap();
    fs::write(path("notes.txt"), "nothing of interest").unwrap();
    fs::create_dir(path("inner")).unwrap();
    fs::write(path("inner/no-ending"), record(2).to_string()).unwrap();
    symlink(folder.path(), path("inner/circle")).unwrap();
    symlink(path("x.log"), path("inner/linked-1")).unwrap();
    symlink(path("x.log"), path("inner/linked-2")).unwrap();
    symlink(path("gone"), path("broken")).unwrap();
    symlink(path("itself"), path("itself")).unwrap();
    let shown = json_of(&[folder.path().to_str().unwrap()]).await;
    let names: Vec<&str> =
        shown.iter().map(|line| line["place"].as_str().unwrap().rsplit('/').next().unwrap()).collect();
    assert_eq!(names, ["no-ending", "x.log"]);
    // A file with the ending of records has to hold some.
    fs::write(path("cut.json"), "hello").unwrap();
    let (exit, _) = tagmend(&["replay", folder.path().to_str().unwrap()]).await;
    assert_eq!(exit, Exit::Error);
}

#[tokio::test]
async fn as_of_each_record_old_events_would_have_been_fixed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("year.jsonl");
    let at = |day: &str, number: usize| {
        let mut record = record(number);
        record["eventTime"] = json!(format!("2026-{day}T11:45:12Z"));
        record["userIdentity"]["sessionContext"]["attributes"]["creationDate"] =
            json!(format!("2026-{day}T09:30:00Z"));
        record.to_string()
    };
    // Twice in one storm, and once in summer.
    fs::write(&path, [at("03-02", 1), at("03-02", 2), at("07-09", 3)].join("\n")).unwrap();
    let path = path.to_str().unwrap();
    let now = json_of(&[path]).await;
    assert!(now.iter().all(|line| line["plan"]["reason"] == "the event is too old"), "{now:?}");
    let summary = json_of(&["--summary", "--as-of-each-record", path]).await.remove(0);
    let as_of = &summary["as_of_each_record"];
    assert_eq!(
        as_of["causes_by_day"],
        json!({"2026-03-02": {"mapping_missing": 2}, "2026-07-09": {"mapping_missing": 1}})
    );
    assert_eq!(as_of["fixes_by_day"], json!({"2026-03-02": 1, "2026-07-09": 1}));
    assert_eq!((number(as_of, "fixes"), number(as_of, "most_in_an_hour")), (2, 1));
    assert_eq!(
        summary["by_day"],
        json!([{"name": "2026-03-02", "calls": 2}, {"name": "2026-07-09", "calls": 1}])
    );
    let ranged = json_of(&["--summary", "--from", "2026-07-01", path]).await.remove(0);
    assert_eq!((number(&ranged, "denied"), number(&ranged, "not_asked_for")), (1, 2));
    let page = folder.path().join("backtest.html");
    let page = page.to_str().unwrap();
    tagmend(&["replay", "--summary", "--as-of-each-record", "--html", page, path]).await;
    let html = fs::read_to_string(page).unwrap();
    let step = |step: &str, count: u32| {
        format!(r#"<tr data-step="{step}"><td>{step}</td><td class="number">{count}</td>"#)
    };
    let fix = |time: &str| {
        format!(
            "<tr><td>2026-{time} 11:45 UTC</td><td>restore the mapping Department = ${{path:enterprise.department}}</td>\
             <td>mapping_missing</td></tr>"
        )
    };
    for part in [
        step("denied", 3),
        step("asking", 3),
        step("fixes", 2),
        fix("03-02"),
        fix("07-09"),
        "2 fixes on 2 days, at most 1 in an hour".to_owned(),
    ] {
        assert!(html.contains(&part), "{part} is not in {html}");
    }
    assert_eq!((html.matches("<svg").count(), html.contains("<script")), (4, false));
    assert!(Arguments::try_parse_from(["tagmend", "replay", "--html", page, path]).is_err());
}

#[tokio::test]
async fn where_nothing_was_denied_the_page_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let (path, page) = (folder.path().join("fine.json"), folder.path().join("backtest.html"));
    let mut fine = record(1);
    fine.as_object_mut().unwrap().remove("errorCode");
    fs::write(&path, fine.to_string()).unwrap();
    let (path, page) = (path.to_str().unwrap(), page.to_str().unwrap());
    tagmend(&["replay", "--as-of-each-record", "--html", page, path]).await;
    assert!(fs::read_to_string(page).unwrap().contains("No denied or throttled call was read."));
}

#[tokio::test]
async fn a_screen_shows_the_answer_where_the_table_is_too_long() {
    tagmend_tests::enter_root();
    let mut arguments = Arguments::parse_from(["tagmend", "replay", "events"]);
    arguments.screen.rows = Some(40);
    let mut out = Vec::new();
    tagmend_cli::run(arguments, &mut out).await.unwrap();
    let (_, summary) = tagmend(&["replay", "--summary", "events"]).await;
    assert_eq!(String::from_utf8(out).unwrap(), summary);
    assert!(
        summary.contains("\nwho has to do what, most useful first\n") && !summary.contains('│'),
        "{summary}"
    );
    insta::assert_snapshot!("a_summary_for_people", summary);
}

#[tokio::test]
async fn every_line_keeps_to_the_schema() {
    let validator =
        |name: &str| jsonschema::validator_for(&file(&format!("docs/schemas/replay-{name}.json"))).unwrap();
    let record = validator("record");
    for folder in KINDS {
        for line in json_of(&[folder]).await {
            assert!(record.is_valid(&line), "{line}");
        }
        let summary = json_of(&["--summary", folder]).await.remove(0);
        assert!(validator("summary").is_valid(&summary), "{summary}");
    }
    let mut wrong = json_of(&["events/mapping-missing/explicit-deny.json"]).await.remove(0);
    wrong["diagnosis"]["keys"] = json!("Department");
    assert!(!record.is_valid(&wrong));
}

/// The table of forms in `docs/replay.md` is that of the test's files. `make docs` writes it.
#[test]
fn the_forms_of_the_document_are_those_that_are_tested() {
    let mut table =
        String::from("| form | file in `tests/forms` | where the form is from |\n|---|---|---|\n");
    for form in file("tests/forms/forms.json").as_array().unwrap() {
        let text = |name: &str| form[name].as_str().unwrap();
        table.push_str(&format!("| {} | {} | {} |\n", text("program"), text("file"), text("source")));
    }
    let path = root().join("docs/replay.md");
    let document = fs::read_to_string(&path).unwrap();
    let (before, rest) = document.split_once("<!-- forms -->\n").unwrap();
    let (_, after) = rest.split_once("<!-- end of forms -->\n").unwrap();
    let written = format!("{before}<!-- forms -->\n{table}<!-- end of forms -->\n{after}");
    if std::env::var_os("WRITE_DOCS").is_some() {
        fs::write(&path, &written).unwrap();
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), written, "run `make docs`");
}
