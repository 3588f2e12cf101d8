//! `tagmend scan` and `tagmend baseline`, as an operator runs them.

use std::path::{Path, PathBuf};

use serde_json::{Value as Json, json};
use tagmend_cli::exit::Exit;
use tagmend_tests::{json as file, tagmend, text};

const WORLD: &str = "events/world.json";
/// The digest of Deployer's policies in the sample organization.
const DIGEST: &str = "sha256:684ab6f08be57ef71049710db48e1ad81cf12afe00c454a35138c05b2134ab61";

#[tokio::test]
async fn scan_prints_a_line_a_finding_and_findings_are_no_planned_changes() {
    let (exit, out) = tagmend(&["scan", "--world", WORLD, "--json"]).await;
    assert_eq!(exit, Exit::Done);
    let lines: Vec<Json> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let kinds: Vec<&str> = lines.iter().map(|line| line["finding"].as_str().unwrap()).collect();
    assert_eq!(
        kinds,
        [
            "mapping_missing",
            "mapping_source_differs",
            "mapping_not_approved",
            "not_provisioned",
            "policies_not_approved",
            "not_provisioned",
            "not_provisioned"
        ]
    );
    assert_eq!(
        lines[3],
        json!({
            "schema": 1, "finding": "not_provisioned", "drift": false, "key": null, "permission_sets": ["Deployer"],
            "account": "444455556666", "user_id": null, "problem": null,
            "text": "account 444455556666 lacks the newest version of Deployer",
        })
    );
}

#[tokio::test]
async fn with_exit_code_a_finding_counts_and_an_error_counts_more() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(tagmend_tests::root().join("events/baseline.json"), folder.path().join("baseline.json"))
        .unwrap();
    let mut broken = file(WORLD);
    broken["faults"] =
        json!([{"operation": "sso:DescribePermissionSet", "code": "AccessDeniedException", "times": null}]);
    let broken = written(folder.path(), "world.json", &broken.to_string());
    for command in [&["scan"][..], &["baseline", "check"]] {
        for (world, flag, exit) in [
            (WORLD, &[][..], Exit::Done),
            (WORLD, &["--exit-code"], Exit::Planned),
            (broken.to_str().unwrap(), &["--exit-code"], Exit::Error),
        ] {
            let arguments = [command, &["--world", world], flag].concat();
            assert_eq!(tagmend(&arguments).await.0, exit, "{arguments:?}");
        }
    }
}

#[tokio::test]
async fn scan_prints_a_table_for_people() {
    let (exit, out) = tagmend(&["scan", "--world", WORLD]).await;
    assert_eq!(exit, Exit::Done);
    insta::assert_snapshot!(out);
}

#[tokio::test]
async fn check_compares_baseline_and_instance_and_nothing_else() {
    let (exit, out) = tagmend(&["baseline", "check", "--world", WORLD, "--json"]).await;
    assert_eq!(exit, Exit::Done);
    let lines: Vec<Json> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let texts: Vec<&str> = lines.iter().map(|line| line["text"].as_str().unwrap()).collect();
    assert_eq!(
        texts,
        [
            "the approved mapping of Department is not there",
            "the mapping of Team has another source than the approved one",
            "nobody approved the mapping of Legacy",
            "the policies of StagedDeployer are not the approved ones",
        ]
    );
}

/// A name that is misspelt beside the right ARN, and an ARN of another permission set beside the right name.
#[tokio::test]
async fn a_name_and_an_arn_that_do_not_belong_together_are_said() {
    let folder = tempfile::tempdir().unwrap();
    let mut baseline = file("events/baseline.json");
    let sets = baseline["permission_sets"].as_array_mut().unwrap();
    let arn = |sets: &[Json], name: &str| {
        sets.iter().find(|set| set["name"] == name).unwrap()["arn"].as_str().unwrap().to_owned()
    };
    let (analyst, tagger) = (arn(sets, "FinanceAnalyst"), arn(sets, "Deployer"));
    sets.retain(|set| set["name"] != "Deployer" && set["name"] != "FinanceAnalyst");
    sets.push(json!({"name": "FinanceAnalist", "arn": analyst, "heal": []}));
    sets.push(json!({"name": "CostAuditor", "arn": tagger, "heal": []}));
    let path = written(folder.path(), "bent.json", &baseline.to_string());
    let check = ["baseline", "check", "--world", WORLD, "--baseline", path.to_str().unwrap(), "--json"];
    let (exit, out) = tagmend(&check).await;
    assert_eq!(exit, Exit::Done);
    for said in [
        "the ARN that the baseline has for FinanceAnalist is that of FinanceAnalyst; did you mean FinanceAnalyst, or another \
         ARN?",
        "the ARN that the baseline has for CostAuditor is that of Deployer; did you mean Deployer, or another ARN?",
    ] {
        assert!(out.contains(said), "{said}: {out}");
    }
}

/// What failed is tried again, and the rest is not.
#[tokio::test]
async fn a_scan_goes_on_where_it_was_interrupted() {
    let folder = tempfile::tempdir().unwrap();
    let mut world = file(WORLD);
    world["faults"] =
        json!([{"operation": "identitystore:ListUsers", "code": "AccessDeniedException", "times": null}]);
    let path = written(folder.path(), "world.json", &world.to_string());
    std::fs::copy(tagmend_tests::root().join("events/baseline.json"), folder.path().join("baseline.json"))
        .unwrap();
    let kept = folder.path().join("seen.json");
    let scan = ["scan", "--world", path.to_str().unwrap(), "--keep", kept.to_str().unwrap()];
    assert_eq!(tagmend(&scan).await.0, Exit::Error);
    assert!(kept.is_file());
    // No permission set is read again, or this would be an error.
    world["faults"] =
        json!([{"operation": "sso:DescribePermissionSet", "code": "AccessDeniedException", "times": null}]);
    std::fs::write(&path, world.to_string()).unwrap();
    let (exit, out) = tagmend(&scan).await;
    assert_eq!((exit, out), tagmend(&["scan", "--world", WORLD]).await);
    assert!(!kept.exists(), "the scan is whole");
    std::fs::write(&kept, "{}").unwrap();
    let arguments = std::iter::once("tagmend").chain(scan);
    let arguments = <tagmend_cli::arguments::Arguments as clap::Parser>::parse_from(arguments);
    let error = tagmend_cli::run(arguments, &mut Vec::new()).await.unwrap_err();
    assert!(format!("{error:#}").contains("not what a scan keeps"), "{error:#}");
}

#[tokio::test]
async fn what_cannot_be_read_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let mut world = file(WORLD);
    world["faults"] =
        json!([{"operation": "identitystore:ListUsers", "code": "AccessDeniedException", "times": null}]);
    let path = written(folder.path(), "world.json", &world.to_string());
    std::fs::copy(tagmend_tests::root().join("events/baseline.json"), folder.path().join("baseline.json"))
        .unwrap();
    let (exit, _) = tagmend(&["scan", "--world", path.to_str().unwrap()]).await;
    assert_eq!(exit, Exit::Error);
}

#[tokio::test]
async fn a_first_baseline_holds_what_is_there_and_heals_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("first.json");
    let init = ["baseline", "init", "--world", WORLD, "--management-account", "444455556666"];
    let (exit, out) = tagmend(&init).await;
    let to_file = [&init[..], &["--output", path.to_str().unwrap()]].concat();
    let (exit_of_file, said) = tagmend(&to_file).await;
    assert_eq!((exit, exit_of_file), (Exit::Done, Exit::Done));
    assert!(said.starts_with("written: "), "{said}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), out);
    let written: Json = serde_json::from_str(&out).unwrap();
    assert_eq!(written["attribute_mappings"].as_array().unwrap().len(), 4);
    assert_eq!(
        written["attribute_mappings"][1],
        json!({"key": "Team", "owner": "identity-store", "source": "${path:title}"})
    );
    let accounts =
        ["111122223333", "222233334444", "333344445555", "555566667777", "666677778888", "888800002222"];
    assert_eq!(written["accounts"], json!(accounts), "never the management account");
    let role = |function: &str| format!("arn:aws:iam::111122223333:role/tagmend-{function}");
    assert_eq!(written["own_roles"], json!([role("heal"), role("watch")]));
    assert_eq!(written["limits"], file("infra/baseline.json")["limits"]);
    let sets = written["permission_sets"].as_array().unwrap();
    assert_eq!(sets.len(), 25);
    assert!(sets.iter().all(|set| set["heal"] == json!([])));
    let deployer = sets.iter().find(|set| set["name"] == "Deployer").unwrap();
    assert_eq!(deployer.get("policy_digest"), None, "seen, and not approved");
    assert!(deployer["seen_digest"].as_str().unwrap().starts_with("sha256-canonical:"));

    let check = ["baseline", "check", "--world", WORLD, "--baseline", path.to_str().unwrap()];
    assert_eq!(tagmend(&check).await, (Exit::Done, "nothing found\n".to_owned()), "what was written is met");

    let arguments = std::iter::once("tagmend").chain(to_file);
    let arguments = <tagmend_cli::arguments::Arguments as clap::Parser>::parse_from(arguments);
    let error = tagmend_cli::run(arguments, &mut Vec::new()).await.unwrap_err();
    assert!(format!("{error:#}").contains("first.json: "), "{error:#}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), out, "what is there is never written over");
}

fn written(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path
}

/// A folder with a world, a baseline file and the state of the sandbox.
struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    fn new(bend: impl FnOnce(&mut Json)) -> Desk {
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk { folder };
        desk.change_world(bend);
        written(desk.folder.path(), "baseline.json", &text("events/baseline.json"));
        desk
    }

    /// Changes the world, and keeps the journal that the sandbox has.
    fn change_world(&self, bend: impl FnOnce(&mut Json)) {
        let state = self.folder.path().join("state");
        let kept = std::fs::read_dir(&state).ok().and_then(|mut files| files.next());
        let path = kept.map_or_else(|| self.folder.path().join("world.json"), |file| file.unwrap().path());
        let mut world: Json = match std::fs::read_to_string(&path) {
            Ok(text) => serde_json::from_str(&text).unwrap(),
            Err(_) => file(WORLD),
        };
        bend(&mut world);
        std::fs::write(path, world.to_string()).unwrap();
    }

    fn baseline(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("baseline.json")).unwrap()
    }

    fn journal(&self) -> Json {
        let files = std::fs::read_dir(self.folder.path().join("state")).unwrap();
        let [file] = &files.map(Result::unwrap).collect::<Vec<_>>()[..] else { panic!("one world") };
        let world: Json = serde_json::from_str(&std::fs::read_to_string(file.path()).unwrap()).unwrap();
        world["journal"]["objects"].clone()
    }

    async fn approve(&self, name: &str, more: &[&str]) -> (Exit, String) {
        let (world, state) = (self.folder.path().join("world.json"), self.folder.path().join("state"));
        let place = ["--world", world.to_str().unwrap(), "--state", state.to_str().unwrap()];
        tagmend(&[&["baseline", "approve", name][..], &place, more].concat()).await
    }
}

const READS_LOGS: &str = r#"{"Effect": "Allow", "Action": "logs:GetLogEvents", "Resource": "*"}"#;

fn add_statement(world: &mut Json, set: usize, statement: &str) {
    let statements = world["permission_sets"][set]["inline_policy"]["Statement"].as_array_mut().unwrap();
    statements.push(serde_json::from_str(statement).unwrap());
}

#[tokio::test]
async fn a_first_approval_adds_one_line_and_keeps_the_policies() {
    let desk = Desk::new(|_| {});
    let before = desk.baseline();
    let (exit, out) = desk.approve("CostReader", &[]).await;
    assert_eq!(exit, Exit::Planned);
    assert!(out.contains("nothing was approved before") && out.contains("dry run"), "{out}");
    assert_eq!(desk.baseline(), before, "a dry run");

    let (exit, out) = desk.approve("CostReader", &["--apply"]).await;
    assert_eq!(exit, Exit::Done);
    assert!(out.contains("approved: CostReader has sha256-canonical:"), "{out}");
    let (old, new) = (before.lines().collect::<Vec<_>>(), desk.baseline());
    let added: Vec<&str> = new.lines().filter(|line| !old.contains(line)).collect();
    let digest = "      \"policy_digest\": \"sha256-canonical:";
    assert!(added.len() == 1 && added[0].starts_with(digest), "{added:?}");
    assert_eq!(new.lines().count(), old.len() + 1);
    assert!(
        new.starts_with(&before[..before.find("CostReader").unwrap()]),
        "what stands before is untouched"
    );
    let journal = desk.journal();
    let hex = &added[0].trim()[r#""policy_digest": "sha256-canonical:"#.len()..][..64];
    let kept = &journal[format!("approved/ps-1a2b3c4d5e6f7002/{hex}.json")];
    assert_eq!(kept["inline_policy"]["Statement"][0]["Sid"], "CostsOfGroup47");
    assert_eq!(kept["policy_digest"], format!("sha256-canonical:{hex}"));

    assert_eq!(desk.approve("CostReader", &["--apply"]).await.0, Exit::Done);
    assert_eq!(desk.baseline(), new, "a second time changes nothing");
}

#[tokio::test]
async fn new_access_is_shown_and_needs_a_word() {
    let desk = Desk::new(|_| {});
    assert_eq!(desk.approve("CostReader", &["--apply"]).await.0, Exit::Done);
    let approved = desk.baseline();
    desk.change_world(|world| add_statement(world, 2, READS_LOGS));
    for more in [&[][..], &["--apply"]] {
        let (exit, out) = desk.approve("CostReader", more).await;
        assert_eq!(exit, Exit::Error);
        assert!(out.contains("NEW ACCESS New access in the statement with index: 1."), "{out}");
        assert!(out.contains("added to inline policy: Allow logs:GetLogEvents on *"), "{out}");
        assert!(out.ends_with("not approved: --accept-new-access would say that this is wanted\n"), "{out}");
        assert_eq!(desk.baseline(), approved);
    }
    let others = ["--apply", "--accept-errors", "--accept-uncompared", "--accept-look"];
    assert_eq!(desk.approve("CostReader", &others).await.0, Exit::Error, "each flag is for one thing");
    let (exit, _) = desk.approve("CostReader", &["--apply", "--accept-new-access"]).await;
    assert_eq!(exit, Exit::Done);
    let accepted = desk.baseline();
    assert_ne!(accepted, approved);
    // Taking it away again grants nothing new.
    desk.change_world(|world| {
        world["permission_sets"][2]["inline_policy"]["Statement"].as_array_mut().unwrap().pop();
    });
    let (exit, out) = desk.approve("CostReader", &["--apply"]).await;
    assert_eq!(exit, Exit::Done, "{out}");
    assert!(out.contains("removed from inline policy: Allow logs:GetLogEvents on *"), "{out}");
    assert!(out.contains("no access beyond what was approved last"), "{out}");
    assert_eq!(desk.baseline(), approved);
}

#[tokio::test]
async fn what_only_the_management_account_can_provision_is_said() {
    let desk = Desk::new(|_| {});
    let said = "the management account has this permission set too";
    let (_, out) = desk.approve("CostReader", &[]).await;
    assert!(!out.contains(said), "{out}");
    desk.change_world(|world| {
        world["permission_sets"][2]["accounts"]["999999999999"] = json!("provisioned");
    });
    let (exit, out) = desk.approve("CostReader", &[]).await;
    assert!(exit == Exit::Planned && out.contains(said), "{out}");
}

#[tokio::test]
async fn what_nobody_can_read_is_new_access() {
    let desk = Desk::new(|_| {});
    assert_eq!(desk.approve("CostReader", &["--apply"]).await.0, Exit::Done);
    desk.change_world(|world| {
        world["permission_sets"][2]["customer_managed_policies"] = json!([{"name": "Extra", "path": "/"}]);
        world["permission_sets"][2]["boundary"] =
            json!({"managed": "arn:aws:iam::aws:policy/ReadOnlyAccess"});
    });
    let (exit, out) = desk.approve("CostReader", &[]).await;
    assert_eq!(exit, Exit::Error);
    assert!(out.contains("NEW ACCESS the permissions boundary is another one"), "{out}");
    assert!(out.contains("NEW ACCESS customer managed policy Extra is new"), "{out}");
    assert_eq!(desk.approve("CostReader", &["--apply", "--accept-new-access"]).await.0, Exit::Done);
    desk.change_world(|world| world["permission_sets"][2]["customer_managed_policies"] = json!([]));
    let (exit, out) = desk.approve("CostReader", &[]).await;
    assert_eq!(exit, Exit::Error);
    assert!(out.contains("NEW ACCESS customer managed policy Extra is gone, and may have denied"), "{out}");
}

#[tokio::test]
async fn errors_of_access_analyzer_need_a_word_and_warnings_do_not() {
    let wrong = Desk::new(|world| {
        add_statement(world, 2, r#"{"Effect": "Maybe", "Action": "a:b", "Resource": "*"}"#)
    });
    let (exit, out) = wrong.approve("CostReader", &["--apply"]).await;
    assert_eq!(exit, Exit::Error);
    assert!(out.starts_with("ERROR INVALID_POLICY: "), "{out}");
    assert!(out.ends_with("not approved: --accept-errors would say that this is wanted\n"), "{out}");
    let passes = Desk::new(|world| {
        add_statement(world, 2, r#"{"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*"}"#);
    });
    let (exit, out) = passes.approve("CostReader", &["--apply"]).await;
    assert_eq!(exit, Exit::Done);
    assert!(
        out.starts_with("SECURITY_WARNING PASS_ROLE_WITH_STAR_IN_RESOURCE at Statement[1].Resource: "),
        "{out}"
    );
}

#[tokio::test]
async fn what_was_approved_and_is_not_kept_needs_a_word() {
    let desk = Desk::new(|world| add_statement(world, 6, READS_LOGS));
    let (exit, out) = desk.approve("Deployer", &[]).await;
    assert_eq!(exit, Exit::Error);
    assert!(out.contains("NEW ACCESS unknown"), "{out}");
    let (exit, _) = desk.approve("Deployer", &["--accept-uncompared", "--apply"]).await;
    assert_eq!(exit, Exit::Done);
    assert!(!desk.baseline().contains(DIGEST), "the old digest is replaced");
    assert_eq!(desk.baseline().lines().count(), text("events/baseline.json").lines().count());
}

#[tokio::test]
async fn everything_that_is_approved_is_shown() {
    let desk = Desk::new(|world| {
        let set = &mut world["permission_sets"][2];
        set["managed_policies"] = json!(["arn:aws:iam::aws:policy/ReadOnlyAccess"]);
        set["customer_managed_policies"] = json!([{"name": "Extra", "path": "/team/"}]);
        set["boundary"] = json!({"customer_managed": {"name": "Fence", "path": "/"}});
        set["session_duration"] = json!("PT8H");
    });
    let (_, out) = desk.approve("CostReader", &[]).await;
    for line in [
        "approves inline policy {",
        "approves managed policy arn:aws:iam::aws:policy/ReadOnlyAccess",
        "approves customer managed policy /team/Extra, as each account has it; nobody here can read it",
        "approves permissions boundary /Fence",
        "approves sessions of PT8H",
    ] {
        assert!(out.lines().any(|shown| shown.starts_with(line)), "{line}: {out}");
    }
}

#[tokio::test]
async fn longer_sessions_live_variables_and_broad_policies_need_a_word() {
    let desk = Desk::new(|world| {
        world["permission_sets"][2]["inline_policy"]["Version"] = json!("2008-10-17");
        world["permission_sets"][2]["session_duration"] = json!("PT1H");
    });
    assert_eq!(desk.approve("CostReader", &["--apply"]).await.0, Exit::Done);
    desk.change_world(|world| world["permission_sets"][2]["session_duration"] = json!("PT30M"));
    assert_eq!(desk.approve("CostReader", &[]).await.0, Exit::Planned, "shorter needs none");
    desk.change_world(|world| {
        let set = &mut world["permission_sets"][2];
        set["inline_policy"]["Version"] = json!("2012-10-17");
        set["session_duration"] = json!("PT12H");
        set["managed_policies"] = json!(["arn:aws:iam::aws:policy/AdministratorAccess"]);
    });
    let (exit, out) = desk.approve("CostReader", &["--apply"]).await;
    assert_eq!(exit, Exit::Error);
    for line in [
        "LOOK AdministratorAccess is attached, which allows nearly everything",
        "LOOK sessions last for PT12H, and lasted for PT1H",
        "LOOK Version 2012-10-17 makes variables of what was plain text before",
    ] {
        assert!(out.contains(line), "{line}: {out}");
    }
    assert!(out.contains("added: managed policy arn:aws:iam::aws:policy/AdministratorAccess"), "{out}");
    let (_, out) = desk.approve("CostReader", &["--apply", "--accept-new-access"]).await;
    assert!(out.ends_with("not approved: --accept-look would say that this is wanted\n"), "{out}");
}

/// `init` writes digests as it saw them, and nothing is healed by them: whoever approves them does it for the first time.
#[tokio::test]
async fn a_digest_that_init_saw_is_approved_for_the_first_time() {
    let desk = Desk::new(|_| {});
    assert_eq!(desk.approve("CostReader", &["--apply"]).await.0, Exit::Done);
    desk.change_world(|world| {
        world["journal"]["objects"].as_object_mut().unwrap().retain(|name, _| !name.starts_with("approved/"));
    });
    let file = desk.folder.path().join("baseline.json");
    let mut seen: Json = serde_json::from_str(&desk.baseline()).unwrap();
    let sets = seen["permission_sets"].as_array_mut().unwrap();
    sets.iter_mut().find(|set| set["name"] == "CostReader").unwrap()["heal"] = json!([]);
    std::fs::write(&file, seen.to_string()).unwrap();
    let (exit, out) = desk.approve("CostReader", &[]).await;
    assert!(exit == Exit::Planned && out.contains("nothing was approved before"), "{out}");
    assert_eq!(desk.approve("CostReader", &["--apply"]).await.0, Exit::Done);
    let kept = desk.journal().as_object().unwrap().keys().any(|name| name.starts_with("approved/"));
    assert!(kept, "from now on there is something to compare with");
    assert!(desk.approve("CostReader", &["--apply"]).await.1.contains("nothing to do"));
}

#[tokio::test]
async fn what_is_kept_and_is_not_what_was_approved_is_not_compared_with() {
    let desk = Desk::new(|_| {});
    assert_eq!(desk.approve("CostReader", &["--apply"]).await.0, Exit::Done);
    desk.change_world(|world| {
        add_statement(world, 2, READS_LOGS);
        let objects = world["journal"]["objects"].as_object_mut().unwrap();
        let (_, kept) = objects.iter_mut().find(|(name, _)| name.starts_with("approved/")).unwrap();
        // As if it had been approved before.
        let statement: Json = serde_json::from_str(READS_LOGS).unwrap();
        kept["inline_policy"]["Statement"].as_array_mut().unwrap().push(statement);
    });
    let (exit, out) = desk.approve("CostReader", &[]).await;
    assert!(exit == Exit::Error && out.contains("NEW ACCESS unknown"), "{out}");
}

#[tokio::test]
async fn who_is_not_in_the_baseline_is_not_approved() {
    let arguments = ["tagmend", "baseline", "approve", "Nobody", "--world", WORLD];
    let arguments = <tagmend_cli::arguments::Arguments as clap::Parser>::parse_from(arguments);
    tagmend_tests::enter_root();
    let error = tagmend_cli::run(arguments, &mut Vec::new()).await.unwrap_err();
    assert!(error.to_string().starts_with("Nobody is not in the baseline"), "{error}");
}
