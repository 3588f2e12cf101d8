//! `tagmend redact`: what it prints is read as the record was.

use serde_json::Value as Json;
use tagmend_cli::exit::Exit;
use tagmend_tests::tagmend;

#[tokio::test]
async fn a_redacted_record_is_explained_as_before() {
    for name in ["no-assignment/no-access", "scim-refused/missing-path", "throttled/ec2"] {
        let path = format!("events/{name}.json");
        let (exit, redacted) = tagmend(&["redact", &path]).await;
        assert_eq!(exit, Exit::Done);
        for secret in ["111122223333", "444455556666", "c46824b8", "jane", "FinanceAnalyst"] {
            assert!(!redacted.contains(secret), "{name} has {secret}: {redacted}");
        }
        let file = std::env::temp_dir().join(format!(
            "tagmend-{}-{}.json",
            std::process::id(),
            name.replace('/', "-")
        ));
        std::fs::write(&file, redacted).unwrap();
        let explained = async |path: &str| -> Json {
            let (_, out) = tagmend(&["explain", "--json", path, "--world", "events/world.json"]).await;
            serde_json::from_str(&out).unwrap()
        };
        let (before, after) = (explained(&path).await, explained(file.to_str().unwrap()).await);
        std::fs::remove_file(&file).unwrap();
        // The command of the advice has the record's own ids.
        for place in [
            "/failure/class",
            "/failure/action",
            "/diagnosis/cause",
            "/diagnosis/advice/actor",
            "/diagnosis/advice/text",
            "/diagnosis/advice/page",
            "/plan/changes",
        ] {
            assert!(before.pointer(place).is_some(), "{name}: {place}");
            assert_eq!(before.pointer(place), after.pointer(place), "{name}: {place}");
        }
        assert_ne!(before["event_id"], after["event_id"]);
    }
}
