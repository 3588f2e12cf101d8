//! What a first baseline says of policies is that they were seen; approved they are by `baseline approve`, and by their
//! canonical digest.

use std::path::{Path, PathBuf};

use clap::Parser;
use serde_json::{Value as Json, json};
use tagmend_cli::arguments::Arguments;
use tagmend_cli::exit::Exit;
use tagmend_diagnosis::{Baseline, Plan, Reason, drift::Finding};
use tagmend_remedy::{Outcome, Refusal, Treated, Treatment};
use tagmend_sandbox::World;
use tagmend_tests::{Mode, Stage, bent_baseline, enter_root, event, json as file, tagmend, world};

const WORLD: &str = "events/world.json";
/// The digest of Deployer's policies as they are written in the sample organization.
const AS_WRITTEN: &str = "sha256:684ab6f08be57ef71049710db48e1ad81cf12afe00c454a35138c05b2134ab61";

/// `baseline init` of a world.
async fn init(folder: &Path, world: &Json, more: &[&str]) -> Result<(Json, String), String> {
    enter_root();
    let (input, output) = (folder.join("world.json"), folder.join("baseline.json"));
    std::fs::write(&input, world.to_string()).unwrap();
    let _ = std::fs::remove_file(&output);
    let paths = ["--world", input.to_str().unwrap(), "--output", output.to_str().unwrap()];
    let arguments = Arguments::parse_from([&["tagmend", "baseline", "init"][..], &paths, more].concat());
    let mut out = Vec::new();
    match tagmend_cli::run(arguments, &mut out).await {
        Ok(_) => {
            let written = std::fs::read_to_string(output).unwrap();
            Ok((serde_json::from_str(&written).unwrap(), String::from_utf8(out).unwrap()))
        }
        Err(error) => {
            assert!(!output.exists());
            Err(format!("{error:#}"))
        }
    }
}

fn set<'a>(baseline: &'a Json, name: &str) -> &'a Json {
    let sets = baseline["permission_sets"].as_array().unwrap();
    sets.iter().find(|set| set["name"] == name).unwrap()
}

fn written(folder: &Path, baseline: &Json) -> PathBuf {
    let path = folder.join("baseline.json");
    std::fs::write(&path, format!("{baseline:#}")).unwrap();
    path
}

#[tokio::test]
async fn a_first_baseline_has_seen_and_not_approved_and_approve_makes_one_of_the_other() {
    let folder = tempfile::tempdir().unwrap();
    let (baseline, said) =
        init(folder.path(), &file(WORLD), &["--management-account", "999999999999"]).await.unwrap();
    assert!(said.contains("no policies are approved before `tagmend baseline approve`"), "{said}");
    for set in baseline["permission_sets"].as_array().unwrap() {
        assert_eq!(set.get("policy_digest"), None, "{set}");
        assert!(set["heal"].as_array().unwrap().is_empty());
    }
    let deployer = set(&baseline, "Deployer");
    let seen = deployer["seen_digest"].as_str().unwrap();
    assert!(seen.starts_with("sha256-canonical:"), "{seen}");
    // What was seen may not be provisioned: the baseline is refused.
    let mut bent = baseline.clone();
    for set in bent["permission_sets"].as_array_mut().unwrap() {
        set["heal"] = json!(["provision"]);
    }
    let error = Baseline::parse(&bent.to_string()).unwrap_err().to_string();
    assert!(error.contains("policy_digest: not there, and `provision` needs it"), "{error}");
    // Nor is it both.
    let mut both = baseline.clone();
    both["permission_sets"][0]["policy_digest"] = both["permission_sets"][0]["seen_digest"].clone();
    let error = Baseline::parse(&both.to_string()).unwrap_err().to_string();
    assert!(error.contains("policies that are approved were not only seen"), "{error}");

    // Approval takes the digest from the one place to the other.
    let path = written(folder.path(), &baseline);
    let state = folder.path().join("state");
    let place = ["--world", WORLD, "--state", state.to_str().unwrap(), "--baseline", path.to_str().unwrap()];
    let approve = [&["baseline", "approve", "Deployer", "--apply"][..], &place].concat();
    let (exit, out) = tagmend(&approve).await;
    assert_eq!(exit, Exit::Done, "{out}");
    assert!(out.contains("nothing was approved before") && !out.contains("CHANGED"), "{out}");
    let approved: Json = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    let mut expected = baseline.clone();
    for set in
        expected["permission_sets"].as_array_mut().unwrap().iter_mut().filter(|set| set["name"] == "Deployer")
    {
        let seen = set.as_object_mut().unwrap().remove("seen_digest").unwrap();
        set["policy_digest"] = seen;
    }
    assert_eq!(approved, expected, "this one, and nothing else");
    assert!(tagmend(&approve).await.1.contains("nothing to do: these policies are approved"));
}

#[tokio::test]
async fn policies_that_changed_since_they_were_seen_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let mut world = file(WORLD);
    let (baseline, _) = init(folder.path(), &world, &["--management-account", "999999999999"]).await.unwrap();
    let path = written(folder.path(), &baseline);
    let deployer =
        world["permission_sets"].as_array_mut().unwrap().iter_mut().find(|set| set["name"] == "Deployer");
    deployer.unwrap()["session_duration"] = json!("PT9H");
    let changed = folder.path().join("changed.json");
    std::fs::write(&changed, world.to_string()).unwrap();
    let place = ["--world", changed.to_str().unwrap(), "--baseline", path.to_str().unwrap()];
    let (_, out) = tagmend(&[&["baseline", "approve", "Deployer"][..], &place].concat()).await;
    assert!(out.contains("CHANGED: these are not the policies that `baseline init` saw"), "{out}");
    let (_, out) = tagmend(&[&["baseline", "check", "--json"][..], &place].concat()).await;
    let texts: Vec<Json> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let texts: Vec<&str> = texts.iter().map(|line| line["text"].as_str().unwrap()).collect();
    assert_eq!(texts, ["the policies of Deployer are not the approved ones"]);
}

#[tokio::test]
async fn the_management_account_is_found_and_another_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut world = file(WORLD);
    let error = init(folder.path(), &world, &[]).await.unwrap_err();
    assert!(error.contains("--management-account has to say which it is"), "{error}");
    world["management_account"] = json!("888877776666");
    let (baseline, _) = init(folder.path(), &world, &[]).await.unwrap();
    assert_eq!(baseline["instance"]["management_account"], "888877776666");
    let error = init(folder.path(), &world, &["--management-account", "999999999999"]).await.unwrap_err();
    assert_eq!(error, "--management-account 999999999999: AWS Organizations says that it is 888877776666");
    assert!(init(folder.path(), &world, &["--management-account", "888877776666"]).await.is_ok());
    let roles =
        ["heal", "watch"].map(|function| format!("arn:aws:iam::111122223333:role/tagmend-{function}"));
    assert_eq!(baseline["own_roles"], json!(roles), "roles of the caller's account");
    let (baseline, _) = init(folder.path(), &world, &["--stack-account", "222233334444"]).await.unwrap();
    assert_eq!(baseline["own_roles"][0], "arn:aws:iam::222233334444:role/tagmend-heal");
}

#[tokio::test]
async fn attributes_for_access_control_that_are_off_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let mut world = file(WORLD);
    let more = ["--management-account", "999999999999"];
    assert!(!init(folder.path(), &world, &more).await.unwrap().1.contains("attributes for access control"));
    world["access_control_status"] = json!("CREATION_IN_PROGRESS");
    let (_, said) = init(folder.path(), &world, &more).await.unwrap();
    assert!(said.contains("are being turned on or off") && !said.contains("OFF"), "{said}");
    world["access_control_status"] = Json::Null;
    world["attribute_mappings"] = Json::Null;
    let (baseline, said) = init(folder.path(), &world, &more).await.unwrap();
    assert!(said.contains("attributes for access control are OFF"), "{said}");
    assert_eq!(baseline["attribute_mappings"], json!([]));
}

/// The sample baseline with this digest for Deployer.
fn with_digest(digest: &str) -> Baseline {
    bent_baseline(|baseline| {
        let sets = baseline["permission_sets"].as_array_mut().unwrap();
        sets.iter_mut().find(|set| set["name"] == "Deployer").unwrap()["policy_digest"] = json!(digest);
    })
}

/// The same policies of Deployer in another spelling, or other ones.
fn respelled(change: impl Fn(&mut Json)) -> World {
    let mut world = world();
    let deployer = world.permission_sets.iter_mut().find(|set| set.name == "Deployer").unwrap();
    change(deployer.inline_policy.as_mut().unwrap());
    world
}

fn another_spelling(policy: &mut Json) {
    policy["Statement"] = policy["Statement"][0].take();
    policy["Statement"]["Action"] = json!(["CodeBuild:batchgetbuilds", "codebuild:StartBuild"]);
    let resource = policy["Statement"]["Resource"].take();
    policy["Statement"]["Resource"] = json!([resource]);
}

async fn canonical() -> String {
    let stage = Stage::new(world()).await;
    stage.watch().await.unwrap();
    let index = stage.sandbox.world().journal.objects["index.json"].clone();
    let sets = index["permission_sets"].as_object().unwrap().values();
    let deployer = sets.into_iter().find(|set| set["name"] == "Deployer").unwrap();
    assert_eq!(deployer["policy_digest"], AS_WRITTEN, "as versions before read it");
    deployer["canonical_digest"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn both_forms_of_a_digest_are_provisioned_and_only_the_canonical_one_in_another_spelling() {
    let denial = [event("not-provisioned/start-build")];
    let canonical = canonical().await;
    let other = |policy: &mut Json| policy["Statement"][0]["Resource"] = json!("*");
    for (digest, change, is_made) in [
        (AS_WRITTEN, None, true),
        (canonical.as_str(), None, true),
        (canonical.as_str(), Some(another_spelling as fn(&mut Json)), true),
        (AS_WRITTEN, Some(another_spelling as fn(&mut Json)), false),
        (canonical.as_str(), Some(other as fn(&mut Json)), false),
    ] {
        let stage = Stage::with(
            respelled(|policy| change.iter().for_each(|change| change(policy))),
            with_digest(digest),
        )
        .await;
        let report = stage.heal(&denial, Mode::Apply).await;
        let Treated::Failure(_, Treatment::Diagnosed { plan, .. }) = &report.treated[0] else {
            panic!("{report:?}")
        };
        let steps = report.treated[0].steps();
        let outcomes: Vec<_> = steps.iter().filter_map(|step| step.outcome.as_ref()).collect();
        if is_made {
            assert!(matches!(outcomes[..], [Outcome::Fixed(_)]), "{digest}: {outcomes:?} {plan:?}");
        } else {
            assert!(matches!(plan, Plan::Nothing(Reason::PoliciesNotApproved { .. })), "{digest}: {plan:?}");
            assert!(!matches!(outcomes[..], [Outcome::Refused(Refusal::Hold)]));
            assert_eq!(stage.writes(), Vec::<String>::new());
        }
        // What watch says of it is the same.
        let found = stage.watch().await.unwrap().findings;
        let told = Finding::PoliciesNotApproved { permission_set: "Deployer".to_owned() };
        assert_eq!(found.contains(&told), !is_made, "{digest}: {found:?}");
    }
}

#[tokio::test]
async fn a_look_of_before_the_canonical_form_says_nothing_of_it() {
    // What a version before this one kept: no canonical digest, and no time to look again.
    let mut stage = Stage::with(world(), with_digest(&canonical().await)).await;
    stage.watch().await.unwrap();
    stage.sandbox.change(|world| {
        for name in ["watch/seen.json", "index.json"] {
            let text = world.journal.objects[name].to_string();
            let mut object: Json = serde_json::from_str(&text).unwrap();
            forget(&mut object);
            world.journal.objects.insert(name.to_owned(), object);
        }
        let fault =
            json!({"operation": "sso:DescribePermissionSet", "code": "ThrottlingException", "times": null});
        world.faults.push(serde_json::from_value(fault).unwrap());
    });
    stage.now += jiff::SignedDuration::from_mins(30);
    let found = stage.watch().await.unwrap().findings;
    let told = Finding::PoliciesNotApproved { permission_set: "Deployer".to_owned() };
    assert!(!found.contains(&told), "{found:?}");
    let staged = Finding::PoliciesNotApproved { permission_set: "StagedDeployer".to_owned() };
    assert!(found.contains(&staged), "what an older look can tell is carried over: {found:?}");
}

fn forget(object: &mut Json) {
    match object {
        Json::Object(fields) => {
            fields.remove("canonical_digest");
            fields.values_mut().for_each(forget);
        }
        Json::Array(items) => items.iter_mut().for_each(forget),
        _ => {}
    }
}
