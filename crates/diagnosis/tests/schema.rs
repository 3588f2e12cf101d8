//! `infra/baseline.schema.json` is what the types say. `make schema` writes it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "this is a test"
)]

use std::path::PathBuf;

use serde_json::Value as Json;
use tagmend_diagnosis::BaselineDocument;

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").join(name)
}

fn read(name: &str) -> Json {
    serde_json::from_str(&std::fs::read_to_string(path(name)).unwrap()).unwrap()
}

#[test]
fn the_schema_is_that_of_the_types() {
    let schema = serde_json::to_value(schemars::schema_for!(BaselineDocument)).unwrap();
    let file = "infra/baseline.schema.json";
    if std::env::var_os("WRITE_SCHEMA").is_some() {
        std::fs::write(path(file), format!("{schema:#}\n")).unwrap();
    }
    assert_eq!(read(file), schema, "run `make schema`");
}

#[test]
fn the_baselines_of_this_repository_keep_to_it() {
    let validator = jsonschema::validator_for(&read("infra/baseline.schema.json")).unwrap();
    for file in ["infra/baseline.json", "events/baseline.json"] {
        let errors: Vec<String> = validator.iter_errors(&read(file)).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{file}: {errors:?}");
    }
    let mut unknown = read("infra/baseline.json");
    unknown["limits"]["fixes_per_day"] = 1.into();
    assert!(!validator.is_valid(&unknown));
}
