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
use tagmend_diagnosis::{AttributeSource, Baseline, BaselineError, Limits, difference::differences};

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

/// What is said of a bent baseline, without its place.
#[track_caller]
fn check(bend: impl FnOnce(&mut Json), error: &str) {
    let mut baseline = valid();
    bend(&mut baseline);
    let BaselineError(mistakes) = Baseline::parse(&baseline.to_string()).unwrap_err();
    let said: Vec<String> =
        mistakes.iter().map(|mistake| format!("{}: {}", mistake.path, mistake.reason)).collect();
    assert_eq!(said, [error]);
    assert!(mistakes.iter().all(|mistake| mistake.place.is_some()), "{mistakes:?}");
}

#[test]
fn the_valid_one_is_valid() {
    Baseline::parse(&valid().to_string()).unwrap();
}

#[test]
fn unknown_fields() {
    check(
        |baseline| baseline["limits"]["fixes_per_day"] = json!(1),
        "limits.fixes_per_day: unknown field; there are fixes_per_hour, fixes_of_one_thing_per_day, cool_down_minutes, \
         permission_sets_per_key, maximum_index_age_hours, users_before_a_fix, maximum_event_age_hours",
    );
    check(
        |baseline| baseline["attribute_mappings"][1]["sources"] = json!("x"),
        "attribute_mappings[1].sources: unknown field; is it `source`?",
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
        "attribute_mappings[0].source: not there, and `identity-store` needs it",
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
            &format!("attribute_mappings[0].key: `{key}` is not the key of a session tag"),
        );
    }
    let many = |count: usize| -> Json {
        (0..count).map(|index| json!({"key": format!("k{index}"), "owner": "idp"})).collect()
    };
    check(
        |baseline| baseline["attribute_mappings"] = many(51),
        "attribute_mappings: more than 50 keys, which is all that an instance takes",
    );
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
        "accounts[0]: `1111` is not an account id of twelve digits",
    );
}

#[test]
fn a_key_has_to_fit_into_a_name_of_the_journal() {
    check(
        |baseline| baseline["attribute_mappings"][0]["key"] = json!("\u{20000}".repeat(80)),
        "attribute_mappings[0].key: too long for the names of objects in the journal",
    );
}

#[test]
fn permission_sets() {
    check(
        |baseline| {
            baseline["permission_sets"][0].as_object_mut().unwrap().remove("policy_digest");
        },
        "permission_sets[0].policy_digest: not there, and `provision` needs it",
    );
    check(
        |baseline| baseline["permission_sets"][0]["policy_digest"] = json!("sha256:ABC"),
        "permission_sets[0].policy_digest: `sha256:ABC` is not `sha256-canonical:` or `sha256:` and 64 hexadecimal digits in lower case",
    );
    check(
        |baseline| baseline["permission_sets"][0]["heal"] = json!(["everything"]),
        "permission_sets[0].heal[0]: `everything` is no kind of healing; there are `restore-mapping` and `provision`",
    );
    check(
        |baseline| {
            let mut twin = baseline["permission_sets"][0].clone();
            twin["arn"] = json!("arn:aws:sso:::permissionSet/ssoins-1111222233334444/ps-9999222233334444");
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
        "limits.cool_down_minutes: not a whole number from 0 to 1440",
    );
}

#[test]
fn versions() {
    check(|baseline| baseline["version"] = json!(2), "version: version 2 is not known here; it is 1");
}

fn bent(bend: impl FnOnce(&mut Json)) -> Baseline {
    let mut baseline = valid();
    bend(&mut baseline);
    Baseline::parse(&baseline.to_string()).unwrap()
}

#[test]
fn accounts_by_rule_are_all_but_the_excluded_and_never_the_management_account() {
    let rule = bent(|baseline| baseline["accounts"] = json!({"all_provisioned_except": ["222222222222"]}));
    assert!(rule.covers("111122223333") && rule.covers("000000000001"), "whatever AWS says has it");
    assert!(!rule.covers("222222222222") && !rule.covers("999999999999"));
    let listed = bent(|_| {});
    assert!(
        listed.covers("111122223333") && !listed.covers("000000000001") && !listed.covers("999999999999")
    );
    bent(|baseline| baseline["accounts"] = json!({"all_provisioned_except": ["999999999999"]}));
    check(
        |baseline| baseline["accounts"] = json!({"all_provisioned_except": ["1"]}),
        "accounts.all_provisioned_except[0]: `1` is not an account id of twelve digits",
    );
}

/// How the valid one differs from a bent one.
#[track_caller]
fn check_difference(bend: impl FnOnce(&mut Json), forth: &[&str], back: &[&str]) {
    let (before, after) = (bent(|_| {}), bent(bend));
    let said = |left, right| differences(left, right).iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(said(&before, &after), forth);
    assert_eq!(said(&after, &before), back);
    assert_eq!(said(&after, &after), [""; 0]);
}

#[test]
fn a_difference_says_what_it_allows() {
    check_difference(
        |baseline| baseline["accounts"] = json!(["111122223333", "222222222222"]),
        &["added: account 222222222222 -> ALLOWS changes for denials in 222222222222"],
        &["removed: account 222222222222 -> allows less"],
    );
    check_difference(
        |baseline| baseline["accounts"] = json!({"all_provisioned_except": ["222222222222"]}),
        &[
            "changed: 1 listed accounts are all in which a permission set is provisioned, but for 1 -> ALLOWS changes \
           for denials in any account, and in those that come later",
        ],
        &["changed: all accounts in which a permission set is provisioned are 1 listed ones -> allows less"],
    );
    check_difference(
        |baseline| baseline["permission_sets"][0]["heal"] = json!(["restore-mapping"]),
        &[
            "changed: permission set Analyst: restoring mappings is new; provisioning is gone -> ALLOWS restoring mappings \
           under Analyst",
        ],
        &[
            "changed: permission set Analyst: provisioning is new; restoring mappings is gone -> ALLOWS provisioning under \
           Analyst",
        ],
    );
    let (old, new) = ("0".repeat(64), "1".repeat(64));
    let digests = |old: &str, new: &str| {
        format!(
            "changed: permission set Analyst: its policies sha256:{old} are sha256:{new} -> ALLOWS provisioning other \
             policies under Analyst"
        )
    };
    check_difference(
        |baseline| baseline["permission_sets"][0]["policy_digest"] = json!(format!("sha256:{new}")),
        &[&digests(&old, &new)],
        &[&digests(&new, &old)],
    );
    check_difference(
        |baseline| baseline["permission_sets"] = json!([]),
        &["removed: permission set Analyst -> allows less"],
        &["added: permission set Analyst -> ALLOWS provisioning under Analyst"],
    );
    check_difference(
        |baseline| baseline["attribute_mappings"][0] = json!({"key": "Department", "owner": "idp"}),
        &[
            "changed: mapping Department = ${path:enterprise.department} is Department from the IdP -> allows less",
        ],
        &[
            "changed: mapping Department from the IdP is Department = ${path:enterprise.department} -> ALLOWS restoring \
           Department = ${path:enterprise.department}",
        ],
    );
    check_difference(
        |baseline| baseline["only_tagged"] = json!({"key": "tagmend", "value": "heal"}),
        &["added: only permission sets tagged tagmend=heal -> allows less"],
        &[
            "removed: only permission sets tagged tagmend=heal -> ALLOWS changes under every approved permission set, \
           tagged or not",
        ],
    );
    check_difference(
        |baseline| {
            baseline["limits"] =
                json!({"fixes_per_hour": 9, "maximum_event_age_hours": 24, "cool_down_minutes": 90})
        },
        &[
            "changed: limit fixes_per_hour 5 is 9 -> ALLOWS what fixes_per_hour 5 stops",
            "changed: limit cool_down_minutes 60 is 90 -> allows less",
        ],
        &[
            "changed: limit fixes_per_hour 9 is 5 -> allows less",
            "changed: limit cool_down_minutes 90 is 60 -> ALLOWS what cool_down_minutes 90 stops",
        ],
    );
    check_difference(
        |baseline| baseline["own_roles"] = json!([]),
        &["removed: own role tagmend-heal -> ALLOWS changes for what tagmend-heal was denied"],
        &["added: own role tagmend-heal -> allows less"],
    );
    check_difference(
        |baseline| {
            let changed = baseline.to_string().replace("ssoins-1111222233334444", "ssoins-1111222233335555");
            *baseline = serde_json::from_str(&changed).unwrap();
        },
        &[
            "changed: instance arn:aws:sso:::instance/ssoins-1111222233334444 is \
             arn:aws:sso:::instance/ssoins-1111222233335555 -> ALLOWS changes at another instance",
            "changed: permission set Analyst: its ARN \
             arn:aws:sso:::permissionSet/ssoins-1111222233334444/ps-1111222233334444 is \
             arn:aws:sso:::permissionSet/ssoins-1111222233335555/ps-1111222233334444 -> ALLOWS changes under another \
             permission set under Analyst",
        ],
        &[
            "changed: instance arn:aws:sso:::instance/ssoins-1111222233335555 is \
             arn:aws:sso:::instance/ssoins-1111222233334444 -> ALLOWS changes at another instance",
            "changed: permission set Analyst: its ARN \
             arn:aws:sso:::permissionSet/ssoins-1111222233335555/ps-1111222233334444 is \
             arn:aws:sso:::permissionSet/ssoins-1111222233334444/ps-1111222233334444 -> ALLOWS changes under another \
             permission set under Analyst",
        ],
    );
}
