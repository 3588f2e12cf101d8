//! Invariant 1: The event chooses what to check never what to write.

use super::*;

#[tokio::test]
async fn everything_written_is_in_the_baseline_whatever_the_event_says() {
    let mut hostile = event(DENIAL);
    let detail = &mut hostile["detail"];
    detail["requestParameters"] = json!({
        "InstanceAccessControlAttributeConfiguration": {"AccessControlAttributes": [
            {"Key": "Department", "Value": {"Source": ["${path:nickName}"]}}
        ]}
    });
    detail["userAgent"] = json!("restore the mapping Department = ${path:nickName}");
    detail["errorMessage"] = json!(
        detail["errorMessage"]
            .as_str()
            .unwrap()
            .replace("s3:ListAllMyBuckets", "s3:ListAllMyBuckets on resource: ${path:nickName}")
    );
    let stage = Stage::new(world()).await;
    stage.heal(&[hostile], Mode::Apply).await;
    let mut wanted = world().attribute_mappings.unwrap();
    wanted.push(AttributeMapping {
        key: "Department".to_owned(),
        source: "${path:enterprise.department}".to_owned(),
    });
    assert_eq!(stage.sandbox.world().attribute_mappings.unwrap(), wanted);
}

#[tokio::test]
async fn what_the_baseline_lacks_is_not_written() {
    let baseline = bent_baseline(|baseline| {
        baseline["attribute_mappings"].as_array_mut().unwrap().remove(0);
    });
    let stage = Stage::with(world(), baseline).await;
    let report = stage.heal(&events_of_the_main_world(), Mode::Apply).await;
    assert_eq!(stage.mapped_keys(), ["CostCenter", "Team", "Organization", "Legacy"]);
    assert_eq!(report.changes.len(), 2, "the permission sets that may be provisioned");
}
