//! Invariant 2: Only two kinds of write exist.

use super::*;

#[tokio::test]
async fn the_whole_corpus_writes_nothing_else() {
    let stage = Stage::new(world()).await;
    stage.heal(&events_of_the_main_world(), Mode::Apply).await;
    let reads = ["Describe", "Get", "List", "Decode", "Simulate"];
    for call in stage.sandbox.calls() {
        let operation = call.split_once(':').unwrap().1;
        let is_read = reads.iter().any(|read| operation.starts_with(read));
        let known =
            is_read || ["s3:PutObject", "events:PutEvents", "sts:AssumeRole"].contains(&call.as_str());
        assert!(known || WRITES.contains(&call.as_str()), "{call}");
    }
    assert_eq!(stage.writes(), [WRITES[1], WRITES[0], WRITES[0]], "each once");
    let (before, mut after) = (world(), stage.sandbox.world());
    assert_eq!(serde_json::to_value(&after.users).unwrap(), serde_json::to_value(&before.users).unwrap());
    let mappings = after.attribute_mappings.take().unwrap();
    assert_eq!(mappings[..4], before.attribute_mappings.unwrap(), "what was there stays, in its order");
    assert_eq!(mappings.len(), 5);
}

#[tokio::test]
async fn a_key_that_is_there_in_another_case_is_not_written_again() {
    let mut world = world();
    let mapping = AttributeMapping { key: "DEPARTMENT".to_owned(), source: "${path:nickName}".to_owned() };
    world.attribute_mappings.as_mut().unwrap().push(mapping);
    let stage = Stage::new(world).await;
    let report = stage.heal(&[event(DENIAL)], Mode::Apply).await;
    assert_eq!((only_cause(&report), stage.writes()), (Cause::MappingSourceDiffers, vec![]));
}

#[tokio::test]
async fn a_key_that_somebody_writes_meanwhile_in_another_case_is_not_written_again() {
    let mut world = world();
    let mapping = AttributeMapping { key: "DEPARTMENT".to_owned(), source: "${path:nickName}".to_owned() };
    let after = "sso:DescribeInstanceAccessControlAttributeConfiguration".to_owned();
    world.foreign_write = Some(ForeignWrite { after, write: Foreign::Mapping(mapping) });
    let stage = Stage::new(world).await;
    let report = stage.heal(&[event(DENIAL)], Mode::Apply).await;
    assert_eq!((outcomes(&report), stage.writes()), (vec![Outcome::AlreadyInPlace], vec![]));
}

#[tokio::test]
async fn access_control_is_never_turned_on() {
    let mut world = world();
    world.attribute_mappings = None;
    let stage = Stage::new(world).await;
    let report = stage.heal(&[event(DENIAL)], Mode::Apply).await;
    assert_eq!((only_cause(&report), stage.writes()), (Cause::AccessControlOff, vec![]));
}

#[tokio::test]
async fn access_control_that_is_not_in_effect_is_left_alone() {
    for status in ["CREATION_IN_PROGRESS", "CREATION_FAILED", "SOMETHING_NEW"] {
        let mut world = world();
        world.access_control_status = Some(status.to_owned());
        let stage = Stage::new(world).await;
        let report = stage.heal(&[event(DENIAL)], Mode::Apply).await;
        assert_eq!((only_cause(&report), stage.writes()), (Cause::Undetermined, vec![]), "{status}");
    }
}

#[tokio::test]
async fn policies_that_were_not_approved_are_not_provisioned() {
    let mut world = world();
    world.permission_sets[6].inline_policy.as_mut().unwrap()["Statement"][0]["Resource"] = json!("*");
    let stage = Stage::new(world).await;
    let report = stage.heal(&[event("not-provisioned/start-build")], Mode::Apply).await;
    assert_eq!((only_cause(&report), report.changes.len()), (Cause::NotProvisioned, 0));
    assert!(stage.writes().is_empty());
}
