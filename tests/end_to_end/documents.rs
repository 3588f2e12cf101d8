//! What the documents say of the code is there.

use std::fs;
use std::path::Path;

use tagmend_tests::{root, text};

/// The sources of a test, of this program, of the simulations or of the diagnosis: a file, or every file of a folder.
fn sources(test: &str) -> String {
    let folders = ["tests/end_to_end", "tests/simulations", "crates/diagnosis/tests"];
    let file =
        folders.iter().map(|folder| format!("{folder}/{test}.rs")).find(|path| root().join(path).exists());
    if let Some(file) = file {
        return text(&file);
    }
    let folder = folders.iter().map(|folder| root().join(folder).join(test)).find(|path| path.is_dir());
    let read = |path: &Path| fs::read_to_string(path).unwrap();
    let files = fs::read_dir(folder.unwrap()).unwrap().map(|entry| entry.unwrap().path());
    files.filter(|path| path.is_file()).map(|path| read(&path)).collect()
}

#[test]
fn every_test_that_the_threat_model_names_exists() {
    let document = text("docs/threat-model.md");
    let rows: Vec<&str> = document.lines().filter(|line| line.starts_with("| ")).skip(1).collect();
    assert!(rows.len() > 15);
    for row in rows {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        let [_attacker, _entry, _defence, tests] = cells[..] else { panic!("four cells: {row}") };
        assert!(tests.contains('`'), "a test for {row}");
        for named in tests.split('`').skip(1).step_by(2) {
            let (file, name) = named.split_once(": ").unwrap_or_else(|| panic!("FILE: TEST, not {named}"));
            let sources = sources(file);
            let is_a_test = ["#[tokio::test]\nasync fn", "#[test]\nfn"];
            let is_there = is_a_test.iter().any(|start| sources.contains(&format!("{start} {name}(")));
            assert!(is_there, "{named} is not there");
        }
    }
}
