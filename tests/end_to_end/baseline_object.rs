//! The baseline as an object of the bucket: who can write the bucket alone can change nothing.

use lambda_runtime::{Context, LambdaEvent};
use serde_json::{Value as Json, json};
use tagmend_remedy::ledger::Mode;
use tagmend_remedy::{Access, open, pinned::Pin, pinned::Source};
use tagmend_tests::{Role, Stage, bent_baseline, event, json, text, world};

/// A function that applies, with the deployed digest of this text, and with that text in the bucket.
struct Deployed {
    stage: Stage,
    pin: Pin,
}

impl Deployed {
    async fn new(baseline: &str) -> Deployed {
        let pin = Pin::of(baseline.as_bytes());
        let mut world = world();
        world.journal.texts.insert(pin.object(), baseline.to_owned());
        Deployed { stage: Stage::new(world).await, pin }
    }

    /// What a denial leads to, handed over by the queue: what goes back.
    async fn deny(&self, name: &str) -> Result<Json, String> {
        let mut settings = self.stage.settings(Mode::Apply);
        settings.installation.baseline = Source::Pinned(self.pin.clone());
        let work = self.stage.work(settings);
        let payload = json!({"Records": [{
            "messageId": "one", "receiptHandle": "h", "body": event(name).to_string(), "attributes": {},
            "messageAttributes": {}, "md5OfBody": "0", "eventSource": "aws:sqs", "awsRegion": "eu-west-1",
            "eventSourceARN": "arn:aws:sqs:eu-west-1:111122223333:failures",
        }]});
        work.treat(LambdaEvent::new(payload, Context::default())).await.map_err(|error| error.to_string())
    }

    fn metric(&self, name: &str) -> f64 {
        let world = self.stage.sandbox.world();
        world.metrics.iter().filter(|metric| metric.name == name).map(|metric| metric.value).sum()
    }
}

const DENIAL: &str = "mapping-missing/explicit-deny";

#[tokio::test]
async fn what_was_deployed_is_read_and_acted_on() {
    let deployed = Deployed::new(&text("events/baseline.json")).await;
    assert_eq!(deployed.deny(DENIAL).await, Ok(json!({"batchItemFailures": []})));
    assert!(deployed.stage.mapped_keys().contains(&"Department".to_owned()), "the mapping is back");
    assert_eq!(deployed.metric("BaselineRefused"), 0.0);
}

/// Nothing at Identity Center is even read with a baseline that nobody deployed.
#[track_caller]
fn check_nothing_happened(deployed: &Deployed, answer: Result<Json, String>, said: &str) {
    assert_eq!(answer.unwrap_err(), said, "Lambda hands the whole batch back to the queue");
    let calls = deployed.stage.sandbox.calls();
    assert_eq!(calls, ["s3:GetObject", "cloudwatch:PutMetricData"]);
    assert_eq!(deployed.metric("BaselineRefused"), 1.0, "the alarm's metric");
}

#[tokio::test]
async fn who_can_write_the_bucket_alone_can_change_nothing() {
    // Everything that somebody could want: every permission set, every account, no limits.
    let mut widened = json("events/baseline.json");
    widened["accounts"] = json!({"all_provisioned_except": []});
    widened["attribute_mappings"][0]["source"] = json!("${path:title}");
    widened["limits"]["fixes_per_hour"] = json!(1000);
    let deployed = Deployed::new(&text("events/baseline.json")).await;
    let (object, widened) = (deployed.pin.object(), widened.to_string());
    let found = Pin::of(widened.as_bytes());
    deployed.stage.sandbox.change(|world| {
        world.journal.texts.insert(object.clone(), widened.clone());
        // And under its own name, which nobody deployed.
        world.journal.texts.insert(found.object(), widened);
    });
    let answer = deployed.deny(DENIAL).await;
    let said = format!("{object} is not what its name says: the SHA-256 of what is there is {found}");
    check_nothing_happened(&deployed, answer, &said);
}

#[tokio::test]
async fn a_baseline_that_is_gone_or_none_stops_everything() {
    let deployed = Deployed::new(&text("events/baseline.json")).await;
    deployed.stage.sandbox.change(|world| world.journal.texts.clear());
    let answer = deployed.deny(DENIAL).await;
    check_nothing_happened(&deployed, answer, &format!("{} is not in the bucket", deployed.pin.object()));

    let deployed = Deployed::new("{}").await;
    let answer = deployed.deny(DENIAL).await.unwrap_err();
    assert!(answer.contains("version: not there"), "{answer}");
    assert_eq!(deployed.metric("BaselineRefused"), 1.0);
}

#[tokio::test]
async fn a_bucket_that_does_not_answer_is_no_refusal_and_is_asked_again() {
    let deployed = Deployed::new(&text("events/baseline.json")).await;
    let fault = tagmend_sandbox::Fault {
        operation: "s3:GetObject".to_owned(),
        code: "AccessDenied".to_owned(),
        status: 403,
        ..Default::default()
    };
    deployed.stage.sandbox.change(|world| world.faults.push(fault));
    let answer = deployed.deny(DENIAL).await;
    assert_eq!(answer.unwrap_err(), "s3:GetObject: AccessDenied");
    assert_eq!((deployed.metric("BaselineRefused"), deployed.metric("Failures")), (0.0, 1.0));
    assert!(deployed.deny(DENIAL).await.is_ok());
}

#[test]
fn a_role_reads_the_one_object_that_was_deployed() {
    let mut world = world();
    let pin = Pin::of(b"x");
    world.journal.texts.insert(pin.object(), "x".to_owned());
    let baseline = bent_baseline(|_| {});
    for role in [Role::HealPlan, Role::HealApply, Role::Watch] {
        let policies = role.policies(&baseline, &world);
        let statements = policies.iter().flat_map(|policy| policy["Statement"].as_array().unwrap());
        let of_baseline: Vec<&Json> = statements.filter(|statement| statement["Sid"] == "Baseline").collect();
        let resource = format!("arn:aws:s3:::{}/{}", world.journal.bucket, pin.object());
        let expected =
            json!({"Sid": "Baseline", "Effect": "Allow", "Action": "s3:GetObject", "Resource": resource});
        assert_eq!(of_baseline, [&expected], "{}", role.name());
    }
}

/// A folder with a baseline file and the state of a sandbox, and an operator who publishes.
struct Desk(tempfile::TempDir);

impl Desk {
    fn new() -> Desk {
        let desk = Desk(tempfile::tempdir().unwrap());
        std::fs::write(desk.file(), text("events/baseline.json")).unwrap();
        desk
    }

    fn file(&self) -> std::path::PathBuf {
        self.0.path().join("baseline.json")
    }

    async fn publish(&self, more: &[&str]) -> (tagmend_cli::exit::Exit, String) {
        let (file, state) = (self.file(), self.0.path().join("state"));
        let place = ["--world", "events/world.json", "--state", state.to_str().unwrap()];
        let named = ["baseline", "publish", "--baseline", file.to_str().unwrap()];
        let (exit, out) = tagmend_tests::tagmend(&[&named[..], &place, more].concat()).await;
        (exit, out.replace(self.0.path().to_str().unwrap(), "DESK"))
    }

    /// What lies in the bucket, by name.
    fn published(&self) -> Vec<String> {
        let Ok(mut files) = std::fs::read_dir(self.0.path().join("state")) else { return Vec::new() };
        let kept = std::fs::read_to_string(files.next().unwrap().unwrap().path()).unwrap();
        let world = tagmend_sandbox::World::parse(&kept).unwrap();
        world.journal.texts.into_keys().filter(|name| name.starts_with("baselines/")).collect()
    }
}

#[tokio::test]
async fn publishing_shows_what_it_allows_uploads_it_and_says_how_to_put_it_in_force() {
    use tagmend_cli::exit::Exit;
    let desk = Desk::new();
    let (exit, out) = desk.publish(&[]).await;
    assert_eq!(exit, Exit::Planned);
    insta::assert_snapshot!(out);
    assert_eq!(desk.published(), [""; 0], "a dry run");

    let (exit, out) = desk.publish(&["--apply"]).await;
    let pin = Pin::of(text("events/baseline.json").as_bytes());
    assert_eq!(exit, Exit::Done);
    assert!(out.contains(&format!("ParameterKey=BaselineSha256,ParameterValue={pin} ")), "{out}");
    assert_eq!(desk.published(), [pin.object()]);
    let first = pin.to_string();
    let (exit, out) = desk.publish(&["--in-force", &first]).await;
    assert!(exit == Exit::Done && out.ends_with("nothing to do: it is in force\n"), "{out}");

    let mut changed = json("events/baseline.json");
    changed["accounts"].as_array_mut().unwrap().remove(0);
    changed["permission_sets"][0]["heal"] = json!([]);
    std::fs::write(desk.file(), format!("{changed:#}\n")).unwrap();
    let (exit, out) = desk.publish(&["--in-force", &first, "--apply"]).await;
    assert_eq!(exit, Exit::Done);
    let lines: Vec<&str> = out.lines().skip(1).take(3).collect();
    assert_eq!(
        lines,
        [
            "changed: permission set FinanceAnalyst: restoring mappings is gone -> allows less",
            "removed: account 111122223333 -> allows less",
            "2 differences, of which 0 allow more",
        ]
    );
    assert_eq!(desk.published().len(), 2, "what was in force stays there, to go back to");
}

#[tokio::test]
async fn what_was_put_under_its_name_beforehand_is_replaced_and_said() {
    let desk = Desk::new();
    desk.publish(&["--apply"]).await;
    let state = std::fs::read_dir(desk.0.path().join("state")).unwrap().next().unwrap().unwrap().path();
    let mut world: Json = serde_json::from_str(&std::fs::read_to_string(&state).unwrap()).unwrap();
    for text in world["journal"]["texts"].as_object_mut().unwrap().values_mut() {
        *text = json!("{}\n");
    }
    std::fs::write(&state, world.to_string()).unwrap();
    let (_, out) = desk.publish(&["--apply"]).await;
    assert!(out.contains("SOMETHING ELSE lay there"), "{out}");
    let (_, out) = desk.publish(&["--apply"]).await;
    assert!(out.contains("there already: s3://"), "{out}");
}

/// Whoever was woken by an alarm has no file: a dry run of records takes the digest, and so does taking back.
#[tokio::test]
async fn every_command_takes_the_digest_of_what_was_published() {
    let desk = Desk::new();
    desk.publish(&["--apply"]).await;
    let (state, pin) =
        (desk.0.path().join("state"), Pin::of(text("events/baseline.json").as_bytes()).to_string());
    let at = |digest: &str| {
        ["--world", "events/world.json", "--state", state.to_str().unwrap(), "--baseline", digest]
            .map(str::to_owned)
    };
    let denial = "events/mapping-missing/explicit-deny.json";
    for command in [&["replay", "--json", denial][..], &["explain", denial], &["rollback"]] {
        let run = async |digest: &str| {
            let place = at(digest);
            let arguments: Vec<&str> =
                command.iter().copied().chain(place.iter().map(String::as_str)).collect();
            tagmend_tests::try_tagmend(&arguments).await
        };
        let known = run(&pin).await;
        assert!(known.is_ok(), "{command:?}: {known:?}");
        let other = "0".repeat(64);
        let error = run(&other).await.unwrap_err();
        assert!(
            error.starts_with(&format!("baselines/{other}.json is not in the bucket")),
            "{command:?}: {error}"
        );
    }
}

/// The function may run in another Region than the instance.
#[tokio::test]
async fn a_published_baseline_says_where_the_calls_go() {
    let deployed = Deployed::new(&text("events/baseline.json")).await;
    let there = deployed.stage.configuration(Role::HealPlan);
    let access = Access::Sandbox(Box::new(there));
    let (source, bucket) = (Source::Pinned(deployed.pin.clone()), world().journal.bucket);
    for region in ["us-east-1", "eu-west-1"] {
        let opened = open(&access, &source, region, &bucket).await.unwrap();
        assert_eq!(opened.configuration.region().unwrap().as_ref(), "eu-west-1", "{region}");
        assert_eq!(opened.baseline.region, "eu-west-1");
    }
}
