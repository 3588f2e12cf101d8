//! A wrong baseline stops the start with the path of the wrong value.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "this is a test"
)]

use jiff::SignedDuration;
use serde_json::{Value as Json, json};
use tagmend_diagnosis::{AttributeSource, Baseline, Limits};

fn valid() -> Json {
    json!({
        "version": 1,
        "instance": {
            "arn": "arn:aws:sso:::instance/ssoins-1111222233334444", "identity_store_id": "d-1111222233",
            "region": "us-east-1", "management_account": "999999999999"
        },
        "attribute_mappings": [
            {"key": "Department", "owner": "identity-store", "source": "${path:enterprise.department}"},
            {"key": "Project", "owner": "idp"}
        ],
        "permission_sets": [{
            "name": "Analyst", "arn": "arn:aws:sso:::permissionSet/ssoins-1111222233334444/ps-1111222233334444",
            "heal": ["provision"], "policy_digest": format!("sha256:{}", "0".repeat(64))
        }],
        "accounts": ["111122223333"],
        "own_roles": ["tagmend-heal"],
        "limits": {"fixes_per_hour": 5, "maximum_event_age_hours": 24}
    })
}

#[track_caller]
fn check(bend: impl FnOnce(&mut Json), error: &str) {
    let mut baseline = valid();
    bend(&mut baseline);
    let found = Baseline::parse(&baseline.to_string()).unwrap_err().to_string();
    // serde adds the line and column of what it could not take.
    let found = found.split(" at line ").next().unwrap();
    assert_eq!(found, format!("baseline: {error}"));
}

#[test]
fn the_valid_one_is_valid() {
    Baseline::parse(&valid().to_string()).unwrap();
}

#[test]
fn unknown_fields() {
    let expected = "expected one of `fixes_per_hour`, `fixes_of_one_thing_per_day`, `cool_down_minutes`, \
         `permission_sets_per_key`, `maximum_index_age_hours`, `users_before_a_fix`, `maximum_event_age_hours`";
    check(
        |baseline| baseline["limits"]["fixes_per_day"] = json!(1),
        &format!("limits.fixes_per_day: unknown field `fixes_per_day`, {expected}"),
    );
    check(
        |baseline| baseline["attribute_mappings"][1]["sources"] = json!("x"),
        "attribute_mappings[1].sources: unknown field `sources`, expected one of `key`, `owner`, `source`",
    );
}

#[test]
fn sources() {
    for source in
        ["${path:enterprise.title}", "${path:department}", "${dir:email}", "${path:userName} ", "", "Finance"]
    {
        check(
            |baseline| baseline["attribute_mappings"][0]["source"] = json!(source),
            &format!(
                "attribute_mappings[0].source: `{source}` is not an expression that Identity Center documents"
            ),
        );
    }
    check(
        |baseline| baseline["attribute_mappings"][1]["source"] = json!("${path:title}"),
        "attribute_mappings[1].source: a key that the IdP sends has no source",
    );
    check(
        |baseline| {
            baseline["attribute_mappings"][0].as_object_mut().unwrap().remove("source");
        },
        "attribute_mappings[0].source: not there",
    );
    assert_eq!(AttributeSource::all().count(), 23);
}

#[test]
fn keys() {
    check(
        |baseline| baseline["attribute_mappings"][1]["key"] = json!("DEPARTMENT"),
        "attribute_mappings[1].key: the same key as `Department`: case does not tell keys apart",
    );
    for key in ["", "a\"b", "a<b", &"k".repeat(129)] {
        check(
            |baseline| baseline["attribute_mappings"][0]["key"] = json!(key),
            "attribute_mappings[0].key: not a session tag key",
        );
    }
    let many = |count: usize| -> Json {
        (0..count).map(|index| json!({"key": format!("k{index}"), "owner": "idp"})).collect()
    };
    check(|baseline| baseline["attribute_mappings"] = many(51), "attribute_mappings: more than 50 keys");
    let mut fifty = valid();
    fifty["attribute_mappings"] = many(50);
    Baseline::parse(&fifty.to_string()).unwrap();
}

#[test]
fn accounts() {
    check(
        |baseline| baseline["accounts"] = json!(["111122223333", "999999999999"]),
        "accounts[1]: the management account is never in scope",
    );
    check(
        |baseline| baseline["accounts"][0] = json!("1111"),
        "accounts[0]: not an account id of twelve digits",
    );
}

#[test]
fn permission_sets() {
    check(
        |baseline| {
            baseline["permission_sets"][0].as_object_mut().unwrap().remove("policy_digest");
        },
        "permission_sets[0].policy_digest: needed to heal by `provision`",
    );
    check(
        |baseline| baseline["permission_sets"][0]["policy_digest"] = json!("sha256:ABC"),
        "permission_sets[0].policy_digest: not `sha256:` and 64 hexadecimal digits in lower case",
    );
    check(
        |baseline| baseline["permission_sets"][0]["heal"] = json!(["everything"]),
        "permission_sets[0].heal[0]: unknown variant `everything`, expected `restore-mapping` or `provision`",
    );
    check(
        |baseline| {
            let twin = baseline["permission_sets"][0].clone();
            baseline["permission_sets"].as_array_mut().unwrap().push(twin);
        },
        "permission_sets[1].name: `Analyst` is there twice",
    );
}

#[test]
fn limits() {
    let limits = Baseline::parse(&valid().to_string()).unwrap().limits;
    let defaults = Limits {
        fixes_per_hour: 5,
        fixes_of_one_thing_per_day: 2,
        cool_down: SignedDuration::from_mins(60),
        permission_sets_per_key: None,
        maximum_index_age: SignedDuration::from_hours(48),
        users_before_a_fix: 1,
        maximum_event_age: SignedDuration::from_hours(24),
    };
    assert_eq!(limits, defaults);
    check(
        |baseline| baseline["limits"]["cool_down_minutes"] = json!(1441),
        "limits.cool_down_minutes: more than a day",
    );
}

#[test]
fn versions() {
    check(|baseline| baseline["version"] = json!(2), "version: version 2 is not known here");
    assert!(Baseline::parse("{").unwrap_err().to_string().starts_with("baseline: "));
}
