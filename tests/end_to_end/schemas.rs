//! The JSON Schemas of what commands print, the journal keeps and events tell, made here from the types, and nowhere else.
//! `make schema` writes them.

use std::collections::BTreeSet;
use std::fmt::Write;

use schemars::{Schema, schema_for};
use serde_json::Value as Json;
use tagmend_cli::{json::VersionedLine, redrive::Redriven, simulate::record::Simulated, summary::Summary};
use tagmend_diagnosis::BaselineDocument;
use tagmend_remedy::{
    FoundRecord, announce::ChangeEvent, ledger::Day, ledger::Fix, ledger::RelatedRun, ledger::Run,
};
use tagmend_tests::{json, root, text};

const FOLDER: &str = "docs/schemas";
const BASELINE: &str = "infra/baseline.schema.json";

/// Each with what has this form.
fn documents() -> Vec<(&'static str, &'static str, Schema)> {
    vec![
        ("change-event", "the `detail` of an [event](../changes.md)", schema_for!(ChangeEvent)),
        ("day", "`days/DATE.json` of the [journal](../journal.md)", schema_for!(Day)),
        ("doctor", "`tagmend doctor --json`", schema_for!(tagmend_doctor::Report)),
        (
            "finding",
            "a line of `tagmend scan --json` and of `tagmend baseline check --json`",
            schema_for!(FoundRecord),
        ),
        ("fix", "`fixes/ID.json` of the journal", schema_for!(Fix)),
        (
            "redriven",
            "a line of `tagmend replay --dead-letters QUEUE --redrive QUEUE --json`",
            schema_for!(Redriven),
        ),
        ("related-run", "`related/TIME-REQUEST.json` of the journal", schema_for!(RelatedRun)),
        (
            "replay-record",
            "a line of `tagmend replay --json` and of `tagmend explain --json`",
            schema_for!(VersionedLine),
        ),
        ("replay-summary", "`tagmend replay --summary --json`", schema_for!(Summary)),
        ("review", "`tagmend review --json`", schema_for!(tagmend_review::review::Review)),
        ("run", "`runs/TIME-REQUEST.json` of the journal", schema_for!(Run)),
        ("simulated", "a line of `tagmend simulate --json`", schema_for!(Simulated)),
    ]
}

#[track_caller]
fn check(path: &str, written: &str) {
    if std::env::var_os("WRITE_SCHEMA").is_some() {
        std::fs::write(root().join(path), written).unwrap();
    }
    assert_eq!(text(path), written, "run `make schema`");
}

#[test]
fn the_schemas_are_those_of_the_types_and_nothing_else_is_there() {
    let mut index = "# Forms\n\nEach form has a JSON Schema, made from the types by `make schema`. `schema` in a document is the \
                     version of its form: it is\nraised where what was there is gone or means something else, and not where \
                     something new is there.\n\n| schema | of what |\n|---|---|\n"
        .to_owned();
    let mut names = BTreeSet::from(["README.md".to_owned()]);
    for (name, of, schema) in documents() {
        check(&format!("{FOLDER}/{name}.json"), &format!("{:#}\n", schema.to_value()));
        writeln!(index, "| [{name}]({name}.json) | {of} |").unwrap();
        names.insert(format!("{name}.json"));
    }
    check(BASELINE, &format!("{:#}\n", schema_for!(BaselineDocument).to_value()));
    writeln!(index, "| [baseline](../../{BASELINE}) | a baseline |").unwrap();
    check(&format!("{FOLDER}/README.md"), &index);
    let there = std::fs::read_dir(root().join(FOLDER)).unwrap();
    let there: BTreeSet<String> =
        there.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(there, names);
}

/// What a schema says is for people who never see the code.
#[test]
fn no_schema_speaks_of_the_code() {
    for (name, _, schema) in documents() {
        let text = schema.to_value().to_string();
        assert!(!text.contains("crate::") && !text.contains("[`"), "{name}: {text}");
    }
}

#[test]
fn the_baselines_of_this_repository_keep_to_theirs() {
    let validator = jsonschema::validator_for(&json(BASELINE)).unwrap();
    for file in ["infra/baseline.json", "events/baseline.json"] {
        let errors: Vec<String> = validator.iter_errors(&json(file)).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{file}: {errors:?}");
    }
    let mut unknown: Json = json("infra/baseline.json");
    unknown["limits"]["fixes_per_day"] = 1.into();
    assert!(!validator.is_valid(&unknown));
}
