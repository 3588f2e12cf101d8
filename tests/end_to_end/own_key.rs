//! An instance that a customer managed key encrypts: both services of Identity Center use the key as their caller, and
//! the sandbox asks for it.

use tagmend_remedy::Treated;
use tagmend_sandbox::World;
use tagmend_tests::{Mode, Role, Stage, bent_baseline, event, events_of_the_main_world, roles, world};

const KEY: &str = "arn:aws:kms:eu-west-1:999988887777:key/mrk-0123456789abcdef0123456789abcdef";

fn with_key() -> World {
    World { kms_key: Some(KEY.to_owned()), ..world() }
}

/// A stage that is deployed without saying that there is a key.
async fn forgotten() -> Stage {
    let stage = Stage::new(with_key()).await;
    stage.sandbox.enforce(roles(&bent_baseline(|_| {}), &world(), |_, _| {}));
    stage
}

fn sum(stage: &Stage, metric: &str) -> f64 {
    let sent = stage.sandbox.world().metrics.into_iter().filter(|sent| sent.name == metric);
    sent.map(|sent| sent.value).sum()
}

#[tokio::test]
async fn with_the_key_everything_is_as_without() {
    let events = events_of_the_main_world();
    let (with, without) = (Stage::new(with_key()).await, Stage::new(world()).await);
    let (report, expected) =
        (with.heal(&events, Mode::Apply).await, without.heal(&events, Mode::Apply).await);
    assert_eq!(format!("{report:?}"), format!("{expected:?}"));
    assert!(!report.changes.is_empty());
    assert_eq!(with.mapped_keys(), without.mapped_keys());
    let (looked, expected) = (with.watch().await.unwrap(), without.watch().await.unwrap());
    assert_eq!((looked.findings, looked.errors), (expected.findings, expected.errors));
    for role in [Role::HealApply, Role::Watch] {
        let decrypts = |stage: &Stage| {
            let used = stage.sandbox.used();
            used.iter().any(|(caller, action, _)| caller == role.name() && action == "kms:Decrypt")
        };
        assert!(decrypts(&with) && !decrypts(&without), "{role:?}");
    }
}

#[tokio::test]
async fn without_the_key_nothing_is_read_and_nothing_is_written() {
    let stage = forgotten().await;
    let report = stage.heal(&[event("mapping-missing/explicit-deny")], Mode::Apply).await;
    assert!(matches!(&report.treated[..], [treated] if treated.is_unfinished()), "{report:?}");
    assert!(report.changes.is_empty() && stage.writes().is_empty(), "{report:?}");
    assert!(matches!(&report.treated[..], [Treated::Failure(..)]));
    stage.count_batch(&report, Mode::Apply).await.unwrap();
    assert!((sum(&stage, "OwnFailures") - 1.0).abs() < f64::EPSILON, "the alarm counts it");
}

#[tokio::test]
async fn without_the_key_the_second_look_has_no_heartbeat() {
    let stage = forgotten().await;
    let error = stage.watch().await.unwrap_err();
    assert_eq!(error.code, "AccessDeniedException");
    assert!(sum(&stage, "OwnFailures") > 0.0 && sum(&stage, "Heartbeat") < f64::EPSILON);
}
