//! Invariant 8: After a write read again.

use super::*;

#[tokio::test]
async fn a_mapping_that_is_not_seen_afterwards_is_not_called_fixed() {
    let mut world = world();
    world.forgets_updates = true;
    let stage = Stage::new(world).await;
    let report = stage.heal(&[event(DENIAL)], Mode::Apply).await;
    assert!(matches!(outcomes(&report)[..], [Outcome::Unverified(_)]), "{:?}", report.changes);
    let fix =
        &stage.sandbox.world().journal.objects["fixes/20261123T120000.000Z/restore_mapping/Department.json"];
    assert_eq!(fix["verified"], json!(false));
}

#[tokio::test]
async fn what_was_published_and_is_not_what_was_approved_is_not_called_fixed() {
    let mut world = world();
    let json =
        json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]});
    let write = Foreign::InlinePolicy { permission_set: "Deployer".to_owned(), json };
    world.foreign_write = Some(ForeignWrite { after: WRITES[0].to_owned(), write });
    let stage = Stage::new(world).await;
    let report = stage.heal(&[event("not-provisioned/start-build")], Mode::Apply).await;
    assert!(matches!(outcomes(&report)[..], [Outcome::Unverified(_)]), "{:?}", report.changes);
}

#[tokio::test]
async fn provisioning_that_fails_is_not_called_fixed() {
    let mut world = world();
    world.permission_sets[6].provisioning_fails = Some("Access denied by IAM".to_owned());
    let stage = Stage::new(world).await;
    let report = stage.heal(&[event("not-provisioned/start-build")], Mode::Apply).await;
    assert!(matches!(outcomes(&report)[..], [Outcome::EndedInFailure(_)]), "{:?}", report.changes);
    assert!(!format!("{report:?}").contains("Access denied by IAM"), "AWS's text is for the journal only");
    let id = "fixes/20261123T120000.000Z/provision/444455556666/ps-1a2b3c4d5e6f7006.json";
    let fix = &stage.sandbox.world().journal.objects[id];
    assert_eq!((&fix["verified"], &fix["after"]["reason"]), (&json!(false), &json!("Access denied by IAM")));
}
