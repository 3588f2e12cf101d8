//! How the command behaves: what it says, where it says it, and how it ends.

mod commands;
mod explain;
mod help;
mod hold;
mod rollback;
mod schemas;
mod screens;

use std::path::PathBuf;

use serde_json::Value as Json;
use tagmend_cli::exit::Exit;
use tagmend_tests::{enter_root, tagmend};
use tempfile::TempDir;

/// A sandbox that keeps its state in a folder.
struct Kept(TempDir);

impl Kept {
    fn new() -> Kept {
        Kept(tempfile::tempdir().unwrap())
    }

    async fn run(&self, arguments: &[&str]) -> (Exit, String) {
        tagmend(&[arguments, &["--state", self.0.path().to_str().unwrap()]].concat()).await
    }

    /// The error of a command that cannot do its work.
    async fn error(&self, arguments: &[&str]) -> (Exit, String) {
        enter_root();
        let words = [&["tagmend"], arguments, &["--state", self.0.path().to_str().unwrap()]].concat();
        let arguments = tagmend_cli::parsed(&words).unwrap();
        let error = tagmend_cli::run(arguments, &mut Vec::new()).await.unwrap_err();
        (Exit::of(&error), format!("{error:#}"))
    }

    /// Heals what one denial asks for.
    async fn heal(&self) -> (Exit, String) {
        self.run(&["replay", "events/mapping-missing/explicit-deny.json", "--apply"]).await
    }

    fn file(&self) -> PathBuf {
        self.0.path().join("events-world-json.json")
    }

    fn world(&self) -> Json {
        serde_json::from_str(&std::fs::read_to_string(self.file()).unwrap()).unwrap()
    }

    fn bend(&self, bend: impl FnOnce(&mut Json)) {
        let mut world = self.world();
        bend(&mut world);
        std::fs::write(self.file(), world.to_string()).unwrap();
    }
}
