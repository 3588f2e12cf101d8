//! Invariant 7: A key that the IdP sends is never mapped.

use super::*;

#[tokio::test]
async fn neither_when_it_is_absent_nor_when_a_mapping_overrides_it() {
    let stage = Stage::new(world()).await;
    let report = stage.heal(&[event("key-owned-by-idp/project")], Mode::Apply).await;
    assert_eq!((only_cause(&report), stage.writes()), (Cause::KeyOwnedByIdp, vec![]));

    let mut world = world();
    let mapping = AttributeMapping { key: "Project".to_owned(), source: "${path:nickName}".to_owned() };
    world.attribute_mappings.as_mut().unwrap().push(mapping);
    let stage = Stage::new(world).await;
    let report = stage.heal(&[event("key-owned-by-idp/project")], Mode::Apply).await;
    assert_eq!((only_cause(&report), stage.writes()), (Cause::KeyOwnedByIdp, vec![]));
}

#[tokio::test]
async fn a_missing_mapping_of_such_a_key_is_never_planned() {
    let baseline = bent_baseline(|baseline| {
        baseline["attribute_mappings"][0] = json!({"key": "Department", "owner": "idp"});
    });
    let stage = Stage::with(world(), baseline).await;
    let report = stage.heal(&events_of_the_main_world(), Mode::Apply).await;
    assert_eq!(report.changes.len(), 2, "the permission sets that may be provisioned");
    assert!(!stage.mapped_keys().contains(&"Department".to_owned()));
}
