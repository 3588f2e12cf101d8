//! The policies of `docs/operations.md`: each command works with exactly its own, and says which action it lacks.

use std::fs;

use clap::Parser;
use serde_json::{Value as Json, json};
use tagmend_cli::arguments::Arguments;
use tagmend_cli::exit::Exit;
use tagmend_sandbox::World;
use tagmend_tests::{enter_root, lesser_policies, text, world};

use crate::doctor::healthy::Healthy;

/// The policy of this name, for the sample organization.
fn policy(name: &str) -> Json {
    let document = text("docs/operations.md");
    let (_, rest) = document.split_once(&format!("```json {name}\n")).unwrap();
    let (policy, _) = rest.split_once("```").unwrap();
    let world = world();
    let policy = policy
        .replace("BUCKET", &world.journal.bucket)
        .replace("INSTANCE_ARN", &world.instance_arn)
        .replace("IDENTITY_STORE_ID", &world.identity_store_id)
        .replace("ACCOUNT", "111122223333")
        .replace("REGION", "eu-west-1");
    serde_json::from_str(&policy).unwrap()
}

/// What a command prints and how it ends: its error, where it has one.
async fn run(arguments: &[&str]) -> Result<(Exit, String), String> {
    enter_root();
    let arguments = Arguments::parse_from(std::iter::once(&"tagmend").chain(arguments));
    let mut out = Vec::new();
    let exit = tagmend_cli::run(arguments, &mut out).await.map_err(|error| format!("{error:#}"))?;
    Ok((exit, String::from_utf8(out).unwrap()))
}

/// A folder with a world and a baseline of its own, whose state stays.
struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new(world: &World, baseline: &str, policy: &Json) -> Place {
        let place = Place { folder: tempfile::tempdir().unwrap() };
        let world = World { caller_policies: Some(vec![policy.clone()]), ..world.clone() };
        fs::write(place.path("world.json"), serde_json::to_string(&world).unwrap()).unwrap();
        fs::write(place.path("baseline.json"), baseline).unwrap();
        place
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    async fn run(&self, command: &[&str]) -> Result<(Exit, String), String> {
        let [world, baseline, state] = ["world.json", "baseline.json", "state"].map(|name| self.path(name));
        let mut arguments = command.to_vec();
        arguments.extend(["--world", &world]);
        if !command.starts_with(&["baseline", "init"]) {
            arguments.extend(["--baseline", &baseline, "--state", &state]);
        }
        run(&arguments).await
    }
}

/// One run of a command in a folder of its own, by whoever has these rights.
async fn with(world: &World, policy: &Json, command: &[&str]) -> Result<(Exit, String), String> {
    Place::new(world, &text("events/baseline.json"), policy).run(command).await
}

/// The world of the corpus before its journal was begun, with a rollback whose record was lost.
fn unbegun() -> World {
    let mut world = world();
    world.journal.begun = false;
    for name in ["begun.json", "lease.json"] {
        world.journal.objects.remove(name);
    }
    let snapshot = json!({"schema": 1, "change": {"fix": "20261123T080000.000Z/restore_mapping/Team"}});
    world.journal.objects.insert("snapshots/20261123T100000.000Z/roll_back/Team.json".to_owned(), snapshot);
    world
}

/// Whether a run says that AWS refused an action of this policy.
fn says_refused(policy: &Json, outcome: &Result<(Exit, String), String>) -> bool {
    let text = match outcome {
        Ok((_, text)) | Err(text) => text,
    };
    let policy = policy.to_string();
    let actions = policy.split('"').filter(|word| word.contains(':') && !word.starts_with("arn:"));
    actions.into_iter().any(|action| text.contains(&format!("{action}: AccessDenied")))
}

#[track_caller]
fn check(name: &str, policy: &Json, whole: &Result<(Exit, String), String>, exit: Exit) {
    assert_eq!(whole.as_ref().map(|(exit, _)| *exit), Ok(exit), "{name}: {whole:?}");
    assert!(!says_refused(policy, whole), "{name}: {whole:?}");
}

#[tokio::test]
async fn each_command_works_with_exactly_its_policy() {
    let denial = "events/mapping-missing/explicit-deny.json";
    let init = ["baseline", "init", "--management-account", "999999999999"];
    let commands: [(&str, &[&str], Exit); 5] = [
        ("scan", &["scan"], Exit::Done),
        ("init", &init, Exit::Done),
        ("publish", &["baseline", "publish", "--apply"], Exit::Done),
        ("begin", &["journal", "begin", "--apply"], Exit::Done),
        ("diagnose", &["explain", denial], Exit::Planned),
    ];
    let world = unbegun();
    for (name, command, exit) in commands {
        let policy = policy(name);
        check(name, &policy, &with(&world, &policy, command).await, exit);
        for (without, _, less) in lesser_policies(&policy) {
            let outcome = with(&world, &less, command).await;
            // What failed is said on standard error, too.
            let is_said = says_refused(&policy, &outcome) || matches!(outcome, Ok((Exit::Error, _)));
            assert!(is_said, "{name} without {without}: {outcome:?}");
        }
    }
    // These take nothing that the others do not take.
    let baseline_check = with(&world, &policy("scan"), &["baseline", "check"]).await;
    check("scan", &policy("scan"), &baseline_check, Exit::Done);
    let replay = with(&world, &policy("diagnose"), &["replay", denial, "--json"]).await;
    check("diagnose", &policy("diagnose"), &replay, Exit::Planned);
}

/// A first approval, and after a change one that is compared with it. Whether both were made.
async fn approve_twice(policy: &Json) -> bool {
    let place = Place::new(&unbegun(), &text("events/baseline.json"), policy);
    let approve =
        ["baseline", "approve", "FinanceAnalyst", "--apply", "--accept-look", "--accept-new-access"];
    if !matches!(place.run(&approve).await, Ok((Exit::Done, _))) {
        return false;
    }
    let state = fs::read_dir(place.path("state")).unwrap().next().unwrap().unwrap().path();
    let mut world: World = World::parse(&fs::read_to_string(&state).unwrap()).unwrap();
    let more = json!({"Effect": "Allow", "Action": "logs:GetLogEvents", "Resource": "*"});
    let inline = world.permission_sets[0].inline_policy.as_mut().unwrap();
    inline["Statement"].as_array_mut().unwrap().push(more);
    fs::write(&state, serde_json::to_string(&world).unwrap()).unwrap();
    matches!(place.run(&approve).await, Ok((Exit::Done, _)))
}

#[tokio::test]
async fn approving_takes_each_of_its_rights() {
    let policy = policy("approve");
    assert!(approve_twice(&policy).await);
    for (without, _, less) in lesser_policies(&policy) {
        assert!(!approve_twice(&less).await, "without {without}");
    }
}

/// Restores a mapping with these rights: whether it is there, recorded, and in the ledger.
async fn apply(policy: &Json) -> bool {
    let place = Place::new(&world(), &text("events/baseline.json"), policy);
    let done = place.run(&["replay", "events/mapping-missing/explicit-deny.json", "--apply"]).await;
    let Ok(state) = fs::read_dir(place.path("state")) else {
        return false;
    };
    let state = state.map(|file| fs::read_to_string(file.unwrap().path()).unwrap()).next();
    let Some(world) = state.map(|text| World::parse(&text).unwrap()) else {
        return false;
    };
    let is_there = world.attribute_mappings.unwrap().iter().any(|mapping| mapping.key == "Department");
    let made = |begins: &str, ends: &str| {
        world.journal.objects.keys().any(|name| name.starts_with(begins) && name.ends_with(ends))
    };
    let is_recorded = made("fixes/", "/restore_mapping/Department.json") && made("runs/", ".json");
    matches!(done, Ok((Exit::Done, _))) && is_there && is_recorded
}

#[tokio::test]
async fn applying_takes_each_of_its_rights() {
    let policy = policy("apply");
    assert!(apply(&policy).await);
    for (without, _, less) in lesser_policies(&policy) {
        assert!(!apply(&less).await, "without {without}");
    }
}

#[tokio::test]
async fn the_doctor_looks_with_rights_to_read_alone_and_misses_each() {
    let policy = policy("doctor");
    let Healthy { world, baseline } = Healthy::new();
    let command = ["doctor", "--json"];
    let whole = Place::new(&world, &baseline, &policy).run(&command).await.unwrap();
    assert_eq!(whole.0, Exit::Done, "{}", whole.1);
    for statement in policy["Statement"].as_array().unwrap() {
        let actions = statement["Action"].to_string();
        for action in actions.split('"').filter(|text| text.contains(':')) {
            let verb = action.split(':').nth(1).unwrap();
            let reads = ["Get", "List", "Describe", "Simulate", "AssumeRole"];
            assert!(reads.iter().any(|begins| verb.starts_with(begins)), "{action} writes");
        }
    }
    for (without, _, less) in lesser_policies(&policy) {
        let (exit, out) = Place::new(&world, &baseline, &less).run(&command).await.unwrap();
        let report: Json = serde_json::from_str(&out).unwrap();
        let is_missed = report["not_seen"].as_u64() > Some(0) && report["wrong"] == 0;
        assert!(exit == Exit::Planned && is_missed, "without {without}: {report:#}");
    }
}
