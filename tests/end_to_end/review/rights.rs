//! What a reviewer's credentials need, as `docs/review.md` says: each action is taken away in turn, and the review names
//! what it could not read, and tells nothing that is not so.

use clap::Parser;
use serde_json::{Value as Json, json};
use tagmend_cli::arguments::Arguments;
use tagmend_cli::exit::Exit;
use tagmend_remedy::pinned::Pin;
use tagmend_sandbox::World;
use tagmend_tests::{event, lesser_policies, text, world};

use super::sample::{Days, TERRAFORM, kept};

/// The policy of the document, for the sample organization.
fn policy() -> Json {
    let document = text("docs/review.md");
    let (_, rest) = document.split_once("```json\n").unwrap();
    let (policy, _) = rest.split_once("```").unwrap();
    let world = world();
    let policy = policy
        .replace("BUCKET", &world.journal.bucket)
        .replace("INSTANCE_ARN", &world.instance_arn)
        .replace("MANAGEMENT_ACCOUNT", "999999999999")
        .replace("IDENTITY_STORE_ID", &world.identity_store_id);
    serde_json::from_str(&policy).unwrap()
}

/// A mapping and a permission set that were restored, a denial that is none of them, a day that is folded, and a run of
/// today.
async fn history() -> World {
    let mut days = Days::begin();
    days.write("03:00:00", TERRAFORM, "identity-deployment", |key| key != "Department");
    let mapping = days.record("mapping-missing/explicit-deny", 1, "11:45:12");
    let mut provisioning = event("not-provisioned/start-build");
    for path in ["/time", "/detail/eventTime"] {
        *provisioning.pointer_mut(path).unwrap() = json!("2026-11-12T11:45:12Z");
    }
    days.heal("11:47:30", &[mapping, provisioning]).await;
    days.end_day().await;
    let left_alone = days.record("mapping-missing/near-miss-action-not-allowed", 7, "08:00:00");
    days.heal("08:02:00", &[left_alone]).await;
    days.end_day().await;
    let mut world = days.world();
    let baseline = text("events/baseline.json");
    world.journal.texts.insert(Pin::of(baseline.as_bytes()).object(), baseline);
    world
}

/// The review of three weeks, by whoever has these rights.
async fn run(world: &World, policy: &Json) -> Result<(Exit, Json), String> {
    let folder = tempfile::tempdir().unwrap();
    let world = World { caller_policies: Some(vec![policy.clone()]), ..world.clone() };
    let file = kept(&world, folder.path());
    let digest = Pin::of(text("events/baseline.json").as_bytes()).to_string();
    let place = ["tagmend", "review", "--world", &file, "--baseline", &digest];
    let window = ["--from", "2026-10-25T00:00:00Z", "--names", "--json"];
    let mut out = Vec::new();
    let arguments = Arguments::parse_from(place.into_iter().chain(window));
    let ran = tagmend_cli::run(arguments, &mut out).await;
    let exit = ran.map_err(|error| format!("{error:#}"))?;
    Ok((exit, serde_json::from_slice(&out).unwrap()))
}

async fn review(world: &World, policy: &Json) -> (Exit, Json) {
    run(world, policy).await.unwrap()
}

/// Every fact in a review, by where it stands. What may not be said without having been read is there.
fn facts(review: &Json) -> Vec<(String, Json)> {
    let mut facts = Vec::new();
    for figures in ["figures", "figures_before"] {
        let all = review[figures].as_object().unwrap().iter();
        facts.extend(all.map(|(name, figure)| (format!("{figures}.{name}"), figure.clone())));
    }
    for step in review["charts"]["funnel"].as_array().unwrap() {
        facts.push((format!("funnel.{}", step["step"]), step["count"].clone()));
    }
    facts.push(("metrics".to_owned(), review["metrics"].clone()));
    facts.push(("writes".to_owned(), review["writes"].clone()));
    facts
}

#[tokio::test]
async fn without_one_right_the_gap_is_named_and_nothing_wrong_is_told() {
    let (world, policy) = (history().await, policy());
    let (exit, whole) = review(&world, &policy).await;
    assert_eq!((exit, &whole["unread"]), (Exit::Done, &json!([])));
    assert_eq!((&whole["figures"]["fixes"], &whole["figures"]["held"]), (&json!(2), &json!(2)));
    let as_text = |value: &Json| value.as_str().unwrap().to_owned();
    let mut gaps = Vec::new();
    for (without, statement, less) in lesser_policies(&policy) {
        if statement["Sid"] == "Baseline" {
            // Without an approved state there is nothing to compare with.
            let error = run(&world, &less).await.unwrap_err();
            assert!(error.contains("s3:GetObject: AccessDenied"), "{error}");
            continue;
        }
        let (exit, review) = review(&world, &less).await;
        let without = format!("without {without}");
        assert_eq!(exit, Exit::Error, "{without}");
        let unread = review["unread"].as_array().unwrap();
        let refused = |gap: &Json| as_text(&gap["why"]).contains("AccessDenied");
        assert!(!unread.is_empty() && unread.iter().all(refused), "{without}: {unread:?}");
        let of_it = unread.iter().map(|gap| (as_text(&statement["Sid"]), as_text(&gap["source"])));
        gaps.extend(of_it);
        for ((name, told), (_, is)) in facts(&review).into_iter().zip(facts(&whole)) {
            // How many nobody can tell grows, of course.
            let is_right = told.is_null() || told == is || name.ends_with(".standing_unknown");
            assert!(is_right, "{without}, {name} is {told} and not {is}");
        }
        for verdict in review["verdicts"].as_array().unwrap() {
            let is_shown = whole["verdicts"].as_array().unwrap().contains(verdict);
            assert!(is_shown, "{without}: {verdict}");
        }
        for fix in review["fixes"].as_array().unwrap() {
            let same = whole["fixes"].as_array().unwrap().iter().find(|other| other["id"] == fix["id"]);
            let (standing, taken_by) = (&fix["standing"], &fix["taken_by"]);
            let same = same.unwrap_or_else(|| panic!("{without}: {fix}"));
            assert!(*standing == "unknown" || *standing == same["standing"], "{without}: {fix}");
            assert!(taken_by.is_null() || *taken_by == same["taken_by"], "{without}: {fix}");
        }
    }
    gaps.sort();
    gaps.dedup();
    let gaps: Vec<(&str, &str)> = gaps.iter().map(|(sid, source)| (sid.as_str(), source.as_str())).collect();
    assert_eq!(
        gaps,
        [
            ("Authors", "cloud_trail"),
            ("Journal", "fixes"),
            ("Journal", "hold"),
            ("Journal", "ledger"),
            ("JournalList", "fixes"),
            ("JournalList", "hold"),
            ("JournalList", "ledger"),
            ("Metrics", "metrics"),
            ("Names", "names"),
            ("NamesKey", "names"),
            ("Now", "live_state"),
            ("NowProvisioned", "live_state"),
        ]
    );
}
