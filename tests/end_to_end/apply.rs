//! `replay --apply` on sandboxes that keep their state.

use serde_json::Value as Json;
use tagmend_cli::exit::Exit;
use tagmend_sandbox::AccountStatus;
use tagmend_tests::{Mode, Stage, enter_root, event, tagmend, world};

#[tokio::test]
async fn the_fixable_is_fixed_once_and_then_there_is_nothing_to_do() {
    let state = tempfile::tempdir().unwrap();
    let apply = ["replay", "events", "--apply", "--state", state.path().to_str().unwrap()];
    let (exit, out) = tagmend(&apply).await;
    assert_eq!(exit, Exit::Done);
    assert!(
        out.contains("restore the mapping Department = ${path:enterprise.department}: fixed and verified"),
        "{out}"
    );
    for name in ["Deployer", "ReleaseManager"] {
        assert!(
            out.contains(&format!("provision {name} to account 444455556666: fixed and verified")),
            "{out}"
        );
    }

    let kept = std::fs::read_to_string(state.path().join("events-world-json.json")).unwrap();
    let kept: Json = serde_json::from_str(&kept).unwrap();
    let mut wanted = serde_json::to_value(world()).unwrap();
    wanted["attribute_mappings"]
        .as_array_mut()
        .unwrap()
        .push(serde_json::json!({"key": "Department", "source": "${path:enterprise.department}"}));
    for set in wanted["permission_sets"].as_array_mut().unwrap() {
        if ["Deployer", "ReleaseManager"].contains(&set["name"].as_str().unwrap()) {
            set["accounts"]["444455556666"] = serde_json::json!("provisioned");
        }
    }
    wanted["journal"] = kept["journal"].clone();
    wanted["events"] = kept["events"].clone();
    assert!(kept == wanted, "the three changes, and nothing else");

    let (exit, out) = tagmend(&apply).await;
    assert_eq!(exit, Exit::Done);
    assert!(out.ends_with("passed over, 0 unreadable\nnothing to do\n"), "{out}");
    let again = std::fs::read_to_string(state.path().join("events-world-json.json")).unwrap();
    // But for the run itself, which a review reads.
    let without_runs = |mut world: Json| {
        let objects = world["journal"]["objects"].as_object_mut().unwrap();
        objects.retain(|name, _| !name.starts_with("runs/"));
        world
    };
    let again = without_runs(serde_json::from_str(&again).unwrap());
    assert!(again == without_runs(kept), "nothing was written the second time");
}

#[tokio::test]
async fn the_journal_names_event_diagnosis_plan_before_and_after() {
    let mut world = world();
    let key = serde_json::json!({"schema": 1, "key": "0b".repeat(32)});
    world.journal.objects.insert("keys/users.json".to_owned(), key);
    let stage = Stage::new(world).await;
    stage.heal(&[event("mapping-missing/explicit-deny")], Mode::Apply).await;
    let objects = stage.sandbox.world().journal.objects;
    let id = "20261123T120000.000Z/restore_mapping/Department";
    let snapshot = &objects[&format!("snapshots/{id}.json")];
    let mut fix = objects[&format!("fixes/{id}.json")].clone();
    insta::assert_json_snapshot!(fix);
    let fields = fix.as_object_mut().unwrap();
    fields.remove("after");
    fields.remove("verified");
    fields.remove("ended");
    assert_eq!(fix, *snapshot, "the snapshot is the fix without what came after");
}

#[tokio::test]
async fn provisioning_is_polled_to_its_end() {
    let mut world = world();
    world.provisioning_looks = 7;
    let stage = Stage::new(world).await;
    stage.heal(&[event("not-provisioned/start-build")], Mode::Apply).await;
    assert_eq!(stage.count("sso:DescribePermissionSetProvisioningStatus"), 8);
    let status = stage.sandbox.world().permission_sets[6].accounts["444455556666"];
    assert_eq!(status, AccountStatus::Provisioned);
}

#[tokio::test]
async fn at_most_three_permission_sets_are_provisioned_at_once() {
    let accounts: Vec<String> = (0..8).map(|index| format!("44445555666{index}")).collect();
    let mut world = world();
    for account in &accounts {
        world.permission_sets[6].accounts.insert(account.clone(), AccountStatus::Outdated);
    }
    let baseline = tagmend_tests::bent_baseline(|baseline| {
        baseline["accounts"] = serde_json::json!(accounts);
    });
    let text = event("not-provisioned/start-build").to_string();
    let events: Vec<Json> = accounts
        .iter()
        .map(|account| serde_json::from_str(&text.replace("444455556666", account)).unwrap())
        .collect();
    let stage = Stage::with(world, baseline).await;
    stage.heal(&events, Mode::Apply).await;
    let accounts = stage.sandbox.world().permission_sets[6].accounts.clone();
    let outdated = accounts.values().filter(|status| **status == AccountStatus::Outdated).count();
    assert_eq!((outdated, stage.sandbox.most_provisioning_at_once()), (0, 3));
}

/// A reader that goes away, as `head` does.
struct Gone;

impl std::io::Write for Gone {
    fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
        Err(std::io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_reader_that_goes_away_does_not_change_the_exit_code() {
    enter_root();
    for (path, exit) in [("events/mapping-missing", Exit::Planned), ("events/intended", Exit::Done)] {
        let arguments =
            <tagmend_cli::arguments::Arguments as clap::Parser>::parse_from(["tagmend", "replay", path]);
        assert_eq!(tagmend_cli::run(arguments, &mut Gone).await.unwrap(), exit);
    }
}
