//! `tagmend rollback` without a fix, and one of several.

use serde_json::json;
use tagmend_cli::exit::Exit;

use super::Kept;

const FIX: &str = "20261123T120000.000Z/restore_mapping/Department";

#[tokio::test]
async fn without_a_fix_it_lists_what_can_be_undone_with_the_blast_radius() {
    let kept = Kept::new();
    let (exit, out) = kept.run(&["rollback", "--nobody-else"]).await;
    assert_eq!(exit, Exit::Done);
    assert!(!out.contains("restore_mapping/Department"), "nothing of it was made yet: {out}");
    kept.run(&["replay", "events", "--apply"]).await;
    kept.bend(|world| {
        world["journal"]["objects"]["index.json"] = json!({
            "schema": 2, "time": "2026-11-23T11:30:00Z", "unread": [], "permission_sets": {
                "arn:aws:sso:::permissionSet/ssoins-7223a1b2c3d4e5f6/ps-1": {
                    "time": "2026-11-23T11:30:00Z", "name": "A", "policy_digest": null,
                    "keys": {"department": ["inline"]}, "has_unseen_policies": false,
                },
            },
        });
    });
    let healed = kept.world();
    let (exit, out) = kept.run(&["rollback"]).await;
    assert_eq!((exit, kept.world() == healed), (Exit::Done, true), "it only looks: {out}");
    insta::assert_snapshot!(out);
}

/// Mappings of one run are restored by one write, and have a snapshot each from before it.
#[tokio::test]
async fn two_mappings_of_one_write_are_undone_one_after_the_other() {
    let kept = Kept::new();
    kept.heal().await;
    let second = "20261123T120000.004Z/restore_mapping/Region";
    kept.bend(|world| {
        let region = json!({"key": "Region", "source": "${path:locale}"});
        world["attribute_mappings"].as_array_mut().unwrap().push(region.clone());
        let objects = world["journal"]["objects"].as_object_mut().unwrap();
        for kind in ["snapshots", "fixes"] {
            let first = objects.get_mut(&format!("{kind}/{FIX}.json")).unwrap();
            if let Some(after) = first.get_mut("after") {
                after["attribute_mappings"].as_array_mut().unwrap().push(region.clone());
            }
            let mut other = first.clone();
            other["id"] = json!(second);
            other["time"] = json!("2026-11-23T12:00:00.004Z");
            other["change"]["key"] = json!("Region");
            other["change"]["source"] = region["source"].clone();
            objects.insert(format!("{kind}/{second}.json"), other);
        }
    });
    for fix in [FIX, second] {
        let (exit, out) = kept.run(&["rollback", fix, "--nobody-else", "--apply"]).await;
        assert_eq!(exit, Exit::Done, "{fix}: {out}");
    }
    let keys: Vec<String> = kept.world()["attribute_mappings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|mapping| mapping["key"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(keys, ["CostCenter", "Team", "Organization", "Legacy"]);
}

#[tokio::test]
async fn what_an_operator_makes_and_takes_back_is_announced() {
    let kept = Kept::new();
    kept.run(&["replay", "events/mapping-missing/explicit-deny.json", "--apply"]).await;
    let (exit, out) = kept.run(&["rollback", FIX, "--nobody-else"]).await;
    assert_eq!(exit, Exit::Planned, "{out}");
    kept.run(&["rollback", FIX, "--nobody-else", "--apply"]).await;
    // Nothing is written any more, and nothing said.
    kept.run(&["rollback", FIX, "--nobody-else", "--apply"]).await;
    let world = kept.world();
    let events = world["events"].as_array().unwrap().iter().map(|event| {
        assert!(event["detail"]["request"].as_str().unwrap().starts_with("operator-"), "{event}");
        (
            event["detail_type"].as_str().unwrap().to_owned(),
            event["detail"]["text"].as_str().unwrap().to_owned(),
        )
    });
    let made = "The mapping of Department was made and is in place. 1 user was denied since 2026-11-23T11:45:12Z; \
                sessions that began before it go on without it";
    let undone = "The mapping of Department, made at 2026-11-23T12:00:00Z, was taken back by an operator";
    let expected = [("Change Made", made), ("Change Undone", undone)];
    assert_eq!(events.collect::<Vec<_>>(), expected.map(|(kind, text)| (kind.to_owned(), text.to_owned())));
}

#[tokio::test]
async fn what_is_no_name_of_a_fix_is_a_wrong_command_line() {
    let kept = Kept::new();
    let (exit, said) = kept.error(&["rollback", "Department"]).await;
    assert_eq!(exit, Exit::Usage);
    assert!(said.contains("`tagmend rollback` without one lists them"), "{said}");
    assert!(tagmend_cli::parsed(&["tagmend", "rollback", "--apply"]).is_err(), "--apply needs a fix");
}
