//! A first baseline of a large instance: read in steps, from Terraform, and approved many at once.

use std::path::{Path, PathBuf};

use clap::Parser;
use serde_json::{Value as Json, json};
use tagmend_cli::arguments::Arguments;
use tagmend_cli::exit::Exit;
use tagmend_tests::{Mode, Stage, bent_baseline, enter_root, event, json as file, tagmend, world};

const WORLD: &str = "events/world.json";

struct Desk(tempfile::TempDir);

impl Desk {
    fn new() -> Desk {
        Desk(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, json: &Json) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, json.to_string()).unwrap();
        path
    }

    fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }
}

/// `baseline init` of a world; the error's text where it fails.
async fn init(world: &Path, output: &Path, more: &[&str]) -> Result<String, String> {
    enter_root();
    let (world, output) = (world.to_str().unwrap(), output.to_str().unwrap());
    let named = ["tagmend", "baseline", "init", "--management-account", "999999999999", "--world", world];
    let arguments = Arguments::parse_from([&named[..], &["--output", output], more].concat());
    let mut out = Vec::new();
    match tagmend_cli::run(arguments, &mut out).await {
        Ok(_) => Ok(String::from_utf8(out).unwrap()),
        Err(error) => Err(format!("{error:#}")),
    }
}

#[tokio::test]
async fn a_run_that_was_interrupted_goes_on_where_it_was() {
    let desk = Desk::new();
    let whole = desk.path("whole.json");
    init(Path::new(WORLD), &whole, &[]).await.unwrap();
    let sets = file(WORLD)["permission_sets"].as_array().unwrap().len();
    for read in [0, 1, 7, sets - 1] {
        let name = format!("interrupted-{read}.json");
        let output = desk.path(&name);
        let mut broken = file(WORLD);
        broken["faults"] = json!([{
            "operation": "sso:ListAccountsForProvisionedPermissionSet", "code": "AccessDeniedException",
            "skip": read, "times": null,
        }]);
        let error = init(&desk.write("broken.json", &broken), &output, &[]).await.unwrap_err();
        assert!(error.contains("sso:ListAccountsForProvisionedPermissionSet"), "{error}");
        assert!(!output.exists());
        let part = desk.text(&format!("{name}.part"));
        assert_eq!(part.lines().count(), 1 + read, "the list, and a line a permission set");
        // What an interruption cut in the middle of a line is read again.
        std::fs::write(desk.path(&format!("{name}.part")), format!("{part}{{\"seen\":{{\"arn\":\"arn:a"))
            .unwrap();
        // What was read may not be read again: every call for it fails now.
        let mut rest = file(WORLD);
        rest["faults"] =
            json!([{"operation": "sso:ListPermissionSets", "code": "AccessDeniedException", "times": null}]);
        init(&desk.write("rest.json", &rest), &output, &[]).await.unwrap();
        assert_eq!(desk.text(&name), desk.text("whole.json"));
        assert!(!desk.path(&format!("{name}.part")).exists());
    }
}

#[tokio::test]
async fn steps_of_another_instance_count_for_nothing() {
    let desk = Desk::new();
    let mut other = file(WORLD).to_string();
    other = other.replace("ssoins-7223a1b2c3d4e5f6", "ssoins-9999999999999999");
    let mut broken: Json = serde_json::from_str(&other).unwrap();
    broken["faults"] = json!([{
        "operation": "sso:ListAccountsForProvisionedPermissionSet", "code": "AccessDeniedException", "skip": 5, "times": null,
    }]);
    let output = desk.path("baseline.json");
    init(&desk.write("other.json", &broken), &output, &[]).await.unwrap_err();
    init(Path::new(WORLD), &output, &[]).await.unwrap();
    let whole = desk.path("whole.json");
    init(Path::new(WORLD), &whole, &[]).await.unwrap();
    assert_eq!(desk.text("baseline.json"), desk.text("whole.json"));
}

/// A resource of Terraform.
fn resource(kind: &str, values: Json) -> Json {
    json!({"address": format!("{kind}.x"), "mode": "managed", "type": kind, "name": "x", "values": values})
}

/// What Terraform would say of a world, in modules and in another order.
fn terraform(world: &Json) -> Json {
    let instance = &world["instance_arn"];
    let (mut sets, mut parts) = (Vec::new(), Vec::new());
    for set in world["permission_sets"].as_array().unwrap() {
        let arn = &set["arn"];
        let joined = |extra: Json| {
            let mut values = json!({"instance_arn": instance, "permission_set_arn": arn});
            values.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
            values
        };
        let duration = set.get("session_duration").cloned().unwrap_or(json!("PT1H"));
        sets.push(resource(
            "aws_ssoadmin_permission_set",
            json!({"instance_arn": instance, "arn": arn, "name": set["name"], "session_duration": duration}),
        ));
        if let Some(policy) = set.get("inline_policy").filter(|policy| !policy.is_null()) {
            let policy = joined(json!({"inline_policy": policy.to_string()}));
            parts.push(resource("aws_ssoadmin_permission_set_inline_policy", policy));
        }
        for (place, arn) in set["managed_policies"].as_array().into_iter().flatten().enumerate() {
            // Both ways to attach one.
            parts.push(match place {
                0 => resource(
                    "aws_ssoadmin_managed_policy_attachment",
                    joined(json!({"managed_policy_arn": arn})),
                ),
                _ => resource(
                    "aws_ssoadmin_managed_policy_attachments_exclusive",
                    joined(json!({"managed_policy_arns": [arn]})),
                ),
            });
        }
        for policy in set["customer_managed_policies"].as_array().into_iter().flatten() {
            let policy = joined(json!({"customer_managed_policy_reference": [policy]}));
            parts.push(resource("aws_ssoadmin_customer_managed_policy_attachment", policy));
        }
        if let Some(boundary) = set.get("boundary").filter(|boundary| !boundary.is_null()) {
            // What is not set is an empty text.
            let block = match (boundary.get("managed"), boundary.get("customer_managed")) {
                (Some(arn), _) => json!({"managed_policy_arn": arn, "customer_managed_policy_reference": []}),
                (_, policy) => {
                    json!({"managed_policy_arn": "", "customer_managed_policy_reference": [policy]})
                }
            };
            let boundary = joined(json!({"permissions_boundary": [block]}));
            parts.push(resource("aws_ssoadmin_permissions_boundary_attachment", boundary));
        }
    }
    let attributes: Vec<Json> = world["attribute_mappings"]
        .as_array()
        .unwrap()
        .iter()
        .rev()
        .map(|mapping| json!({"key": mapping["key"], "value": [{"source": [mapping["source"]]}]}))
        .collect();
    sets.reverse();
    sets.push(resource(
        "aws_ssoadmin_instance_access_control_attributes",
        json!({"instance_arn": instance, "attribute": attributes}),
    ));
    json!({
        "format_version": "1.0", "terraform_version": "1.9.0",
        "values": {"root_module": {
            "resources": sets, "child_modules": [{"address": "module.a", "child_modules": [{"resources": parts}]}],
        }},
    })
}

#[tokio::test]
async fn terraform_says_the_same_digests_as_the_instance() {
    let desk = Desk::new();
    let state = terraform(&file(WORLD));
    let store = ["--identity-store-id", "d-9067f3a1b2"];
    let path = desk.write("state.json", &state);
    let more = [&["--terraform", path.to_str().unwrap()][..], &store].concat();
    let said = init(Path::new(WORLD), &desk.path("terraform.json"), &more).await.unwrap();
    assert!(said.starts_with("written: "), "nothing differs: {said}");
    init(Path::new(WORLD), &desk.path("live.json"), &[]).await.unwrap();
    let read = |name: &str| -> Json { serde_json::from_str(&desk.text(name)).unwrap() };
    let (mut terraform, mut live) = (read("terraform.json"), read("live.json"));
    for baseline in [&mut terraform, &mut live] {
        let mappings = baseline["attribute_mappings"].as_array_mut().unwrap();
        mappings.sort_by_key(Json::to_string);
    }
    assert_eq!(terraform, live);
}

#[tokio::test]
async fn what_differs_from_the_instance_and_what_is_left_out_is_said() {
    let desk = Desk::new();
    let mut world = file(WORLD);
    world["attribute_mappings"].as_array_mut().unwrap().pop();
    world["permission_sets"][0]["session_duration"] = json!("PT4H");
    let name = world["permission_sets"][0]["name"].as_str().unwrap().to_owned();
    let gone = world["permission_sets"].as_array_mut().unwrap().pop().unwrap();
    let mut plan = terraform(&world);
    let mut resources = plan["values"].take();
    // One that is still to be created.
    resources["root_module"]["resources"].as_array_mut().unwrap().push(resource(
        "aws_ssoadmin_permission_set",
        json!({"instance_arn": world["instance_arn"], "name": "Tomorrow"}),
    ));
    let plan = json!({"format_version": "1.2", "planned_values": resources, "resource_changes": []});
    let path = desk.write("plan.json", &plan);
    let more = ["--terraform", path.to_str().unwrap(), "--identity-store-id", "d-9067f3a1b2"];
    let said = init(Path::new(WORLD), &desk.path("out.json"), &more).await.unwrap();
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines.len(), 4, "{said}");
    assert!(
        lines[0].starts_with("differs: mapping ")
            && lines[0].ends_with("in the instance and not in Terraform")
    );
    assert!(lines[1].contains(&name) && lines[1].contains(", in Terraform "), "{said}");
    assert!(lines[2].contains(gone["arn"].as_str().unwrap()), "{said}");
    assert!(!desk.text("out.json").contains("Tomorrow"), "it has no ARN yet");
}

#[tokio::test]
async fn what_terraform_cannot_be_read_from_is_said() {
    let desk = Desk::new();
    for (document, reason) in [
        (
            json!({"version": 4, "resources": []}),
            "this is a state file; `terraform show -json` writes the form",
        ),
        (json!({"resources": []}), "neither a state nor a plan of `terraform show -json`"),
        (json!({"values": {"root_module": {}}}), "no resource aws_ssoadmin_... names an instance"),
        (terraform(&file(WORLD)), "--identity-store-id does"),
    ] {
        let path = desk.write("terraform.json", &document);
        let more = ["--terraform", path.to_str().unwrap()];
        let error = init(Path::new(WORLD), &desk.path("out.json"), &more).await.unwrap_err();
        assert!(error.contains(reason), "{error}");
    }
}

/// Approves on a copy of the sample organization, and gives the last line.
async fn approve(desk: &Desk, world: &Json, more: &[&str]) -> (Exit, String) {
    let (world, state) = (desk.write("world.json", world), desk.path("state"));
    let place = ["--world", world.to_str().unwrap(), "--state", state.to_str().unwrap()];
    let (exit, out) = tagmend(&[&["baseline", "approve"][..], more, &place].concat()).await;
    (exit, out.lines().last().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn many_are_approved_at_once_and_one_that_needs_a_word_stops_no_other() {
    let desk = Desk::new();
    let baseline = tagmend_tests::text("events/baseline.json");
    std::fs::write(desk.path("baseline.json"), &baseline).unwrap();
    let (exit, said) = approve(&desk, &file(WORLD), &["*Analyst"]).await;
    assert_eq!(
        (exit, said.as_str()),
        (Exit::Planned, "2 permission sets: 0 as approved, 2 planned, 0 that need a word, 0 failed")
    );
    assert_eq!(desk.text("baseline.json"), baseline, "a dry run");
    let (exit, said) = approve(&desk, &file(WORLD), &["--all", "--apply"]).await;
    assert_eq!(exit, Exit::Error, "{said}");
    assert!(said.contains("that need a word, 0 failed") && !said.contains(" 0 as approved"), "{said}");
    let approved: Json = serde_json::from_str(&desk.text("baseline.json")).unwrap();
    let of = |name: &str| -> Json {
        approved["permission_sets"]
            .as_array()
            .unwrap()
            .iter()
            .find(|set| set["name"] == name)
            .unwrap()
            .clone()
    };
    assert!(of("FinanceAnalyst")["policy_digest"].is_string());
    assert_eq!(
        approved["permission_sets"].as_array().unwrap().len(),
        file("events/baseline.json")["permission_sets"].as_array().unwrap().len()
    );
}

#[tokio::test]
async fn those_that_changed_are_found_in_the_index() {
    let desk = Desk::new();
    std::fs::write(desk.path("baseline.json"), tagmend_tests::text("events/baseline.json")).unwrap();
    // The index that watch built: one set of policies is another one than was approved.
    let stage = Stage::new(world()).await;
    stage.watch().await.unwrap();
    let mut seen = file(WORLD);
    seen["journal"]["objects"]["index.json"] = stage.sandbox.world().journal.objects["index.json"].clone();
    let (_, said) = approve(&desk, &seen, &["--changed"]).await;
    let approved = file("events/baseline.json");
    let with_digest = approved["permission_sets"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|set| set["policy_digest"].is_string())
        .count();
    let all = approved["permission_sets"].as_array().unwrap().len();
    // Two of those with a digest are as approved; all others have none, or another.
    let changed: usize = said.split(' ').next().unwrap().parse().unwrap();
    assert!(changed >= all - with_digest && changed < all, "{said}");
}

#[tokio::test]
async fn heal_finds_a_permission_set_by_name_in_one_look() {
    let denial = event("mapping-missing/explicit-deny");
    // Nobody approved the permission set, so only its name is known.
    let looks = async |has_index: bool| {
        let mut world = world();
        if has_index {
            let stage = Stage::new(world.clone()).await;
            stage.watch().await.unwrap();
            let index = stage.sandbox.world().journal.objects["index.json"].clone();
            world.journal.objects.insert("index.json".to_owned(), index);
        }
        // The one that is meant comes last.
        world.permission_sets.reverse();
        for set in &mut world.permission_sets {
            set.accounts.insert("111122223333".to_owned(), tagmend_sandbox::AccountStatus::Provisioned);
            set.accounts.insert("444455556666".to_owned(), tagmend_sandbox::AccountStatus::Provisioned);
        }
        let stage =
            Stage::with(world, bent_baseline(|baseline| baseline["permission_sets"] = json!([]))).await;
        let report = stage.heal(std::slice::from_ref(&denial), Mode::Plan).await;
        assert!(!report.treated[0].is_unfinished());
        stage.count("sso:DescribePermissionSet")
    };
    assert!(looks(false).await > 5, "it has to be looked for");
    assert_eq!(looks(true).await, 1);
}
