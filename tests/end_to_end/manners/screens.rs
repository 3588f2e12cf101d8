//! Every command's screen at several widths, with and without colour.

use console::{measure_text_width, strip_ansi_codes};
use tagmend_cli::screen::Screen;
use tagmend_tests::enter_root;

/// Commands that print something to look at.
const COMMANDS: [(&str, &[&str]); 8] = [
    ("replay", &["replay", "events/mapping-missing", "events/undetermined", "--world", "events/world.json"]),
    ("replay-summary", &["replay", "events/mapping-missing", "--summary", "--world", "events/world.json"]),
    ("explain", &["explain", "events/mapping-missing/explicit-deny.json"]),
    ("scan", &["scan", "--world", "events/world.json"]),
    ("check", &["baseline", "check", "--world", "events/world.json"]),
    ("approve", &["baseline", "approve", "Deployer", "--world", "events/world.json"]),
    ("simulate", &["simulate", "tests/end_to_end/manners/requests.jsonl"]),
    ("review", &["review", "--world", "events/world.json"]),
];

/// Lines of which a part cannot be broken, or is meant to be copied.
fn is_to_be_copied(line: &str) -> bool {
    let line = line.trim_start();
    ["tagmend ", "aws ", "approves ", "begin with", "see  "].iter().any(|start| line.starts_with(start))
}

async fn shown(arguments: &[&str], screen: Screen) -> String {
    enter_root();
    let words: Vec<&str> = std::iter::once("tagmend").chain(arguments.iter().copied()).collect();
    let mut arguments = tagmend_cli::parsed(&words).unwrap();
    arguments.screen = screen;
    let mut out = Vec::new();
    tagmend_cli::run(arguments, &mut out).await.unwrap();
    String::from_utf8(out).unwrap()
}

#[tokio::test]
async fn every_screen_fits_and_colour_is_nothing_but_colour() {
    for (name, arguments) in COMMANDS {
        for columns in [80, 120, 200] {
            let plain = Screen { columns: Some(columns), ..Screen::default() };
            let text = shown(arguments, plain).await;
            for line in text.lines().filter(|line| !is_to_be_copied(line)) {
                assert!(measure_text_width(line) <= usize::from(columns), "{name} {columns}: {line}");
            }
            let coloured = shown(arguments, Screen { is_coloured: true, ..plain }).await;
            assert_eq!(strip_ansi_codes(&coloured), text, "{name} {columns}");
            insta::assert_snapshot!(format!("screen_{name}_{columns}"), text);
            if columns == 120 {
                insta::assert_snapshot!(format!("screen_{name}_coloured"), coloured.replace('\u{1b}', "␛"));
            }
        }
    }
}

/// Commands that print sentences, or a document: the same at every width.
#[tokio::test]
async fn what_is_no_table_is_the_same_at_every_width() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().to_str().unwrap();
    let grants = ["baseline", "grants", "--baseline", "events/baseline.json"];
    let init = ["baseline", "init", "--world", "events/world.json", "--management-account", "999999999999"];
    for (name, arguments) in [
        ("hold", &["hold", "--by", "ann", "--reason", "a weekend", "--state", state][..]),
        ("hold-show", &["hold", "--show", "--state", state]),
        ("resume", &["resume", "--state", state]),
        ("journal-begin", &["journal", "begin", "--state", state]),
        ("redact", &["redact", "events/mapping-missing/explicit-deny.json"]),
        ("publish", &["baseline", "publish", "--world", "events/world.json"]),
        ("grants", &grants),
        ("init", &init),
    ] {
        let text = shown(arguments, Screen::default()).await;
        for columns in [80, 200] {
            let screen = Screen { columns: Some(columns), is_coloured: true, ..Screen::default() };
            assert_eq!(
                shown(arguments, screen)
                    .await
                    .replace("it was held already, and who held it first and since when stays\n", ""),
                text,
                "{name}"
            );
        }
        insta::assert_snapshot!(format!("screen_{name}"), text);
    }
}

#[tokio::test]
async fn what_stands_out_does_so_without_colour() {
    let text = shown(COMMANDS[0].1, Screen { columns: Some(170), ..Screen::default() }).await;
    let row = |name: &str| {
        text.lines().find(|line| line.contains(name)).unwrap_or_else(|| panic!("{name}: {text}"))
    };
    assert!(row("mapping-missing/explicit-deny").starts_with("│ + ┆"), "{text}");
    assert!(text.contains("│ ? ┆"), "{text}");
    assert!(text.contains("\n+ planned   ? undecided\n"), "the marks are explained: {text}");
}
