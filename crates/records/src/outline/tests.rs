//! What the outline decides without a tree is what the tree says.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value as Json, json};
use tagmend_diagnosis::deliveries;

use super::*;

/// What is to be said of a record, by its tree.
fn is_told_of(record: &Json) -> bool {
    deliveries(record).iter().any(|delivery| match delivery {
        Ok(delivery) => delivery.record.is_some() || delivery.related.is_some(),
        Err(_) => true,
    })
}

fn costs_a_tree(record: &Json) -> bool {
    let text = record.to_string();
    let outline: Outline<'_> = serde_json::from_str(&text).unwrap();
    assert!(outline.is_record(), "{text}");
    outline.is_of_interest(text.as_bytes())
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "json") {
            found.push(path);
        }
    }
}

/// Every record of the corpus, without its envelope.
fn corpus() -> Vec<Json> {
    let mut found = Vec::new();
    files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events"), &mut found);
    found.sort();
    let documents =
        found.iter().map(|path| serde_json::from_slice::<Json>(&fs::read(path).unwrap()).unwrap());
    let bare = |document: Json| document.get("detail").cloned().unwrap_or(document);
    documents
        .map(bare)
        .filter(|record| record["eventID"].is_string() && record["eventName"].is_string())
        .collect()
}

/// The record, and others that differ from it in what the table of the rules asks for.
fn variants(record: &Json) -> Vec<Json> {
    let mut variants = vec![record.clone()];
    let mut add = |change: &dyn Fn(&mut Json)| {
        let mut variant = record.clone();
        change(&mut variant);
        variants.push(variant);
    };
    add(&|variant| {
        variant.as_object_mut().unwrap().remove("errorCode");
    });
    for code in [Json::Null, json!(""), json!(5), json!("AccessDenied"), json!("ValidationException")] {
        add(&|variant| variant["errorCode"] = code.clone());
    }
    for member in ["responseElements", "serviceEventDetails", "requestParameters", "userIdentity"] {
        for value in [Json::Null, json!([]), json!("Failure")] {
            add(&|variant| variant[member] = value.clone());
        }
    }
    for (name, values) in [
        ("tags", [Json::Null, json!([]), json!([{"key": "a"}])]),
        ("transitiveTagKeys", [Json::Null, json!([]), json!(["a"])]),
        ("incomingTransitiveTags", [Json::Null, json!({}), json!({"a": "b"})]),
    ] {
        for value in values {
            add(&|variant| {
                if let Some(parameters) = variant["requestParameters"].as_object_mut() {
                    parameters.insert(name.to_owned(), value.clone());
                }
            });
        }
    }
    variants
}

#[test]
fn outline_and_tree_agree_on_every_event_of_the_corpus() {
    let (mut told_of, mut passed_over) = (0, 0);
    for record in corpus().iter().flat_map(variants) {
        let (told, tree) = (is_told_of(&record), costs_a_tree(&record));
        assert!(tree || !told, "something is to be said of a record that the outline passes over: {record}");
        if record.get("errorCode").is_none_or(Json::is_null) {
            assert_eq!(tree, told, "a record without an error code costs a tree for nothing: {record}");
            told_of += u32::from(told);
            passed_over += u32::from(!told);
        }
    }
    assert!(told_of > 100 && passed_over > 1_000, "{told_of} told of, {passed_over} passed over");
}

#[test]
fn what_goes_well_every_day_costs_no_tree() {
    let role = "arn:aws:iam::111122223333:role/app";
    let permission_set =
        "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_X_0123456789abcdef";
    let taken = |issuer: &str, parameters: Json| json!({"userIdentity": {"sessionContext": {"sessionIssuer": {"arn": issuer}}}, "requestParameters": parameters});
    for (source, name, members, is_told) in [
        (
            "signin",
            "UserAuthentication",
            json!({"serviceEventDetails": {"UserAuthentication": "Success"}}),
            false,
        ),
        (
            "signin",
            "CredentialVerification",
            json!({"serviceEventDetails": {"CredentialVerification": "Success"}}),
            false,
        ),
        (
            "signin",
            "CredentialVerification",
            json!({"serviceEventDetails": {"CredentialVerification": "Failure"}}),
            true,
        ),
        (
            "signin",
            "ExternalIdPDirectoryLogin",
            json!({"responseElements": {"ExternalIdPDirectoryLogin": "Success"}}),
            false,
        ),
        (
            "signin",
            "ExternalIdPDirectoryLogin",
            json!({"responseElements": {"ExternalIdPDirectoryLogin": "Failure"}}),
            true,
        ),
        ("sso", "GetRoleCredentials", json!({}), false),
        ("sso", "ListAccountRoles", json!({}), false),
        ("sso-directory", "SearchUsers", json!({}), false),
        ("identitystore", "DescribeUser", json!({}), false),
        ("identitystore-scim", "ListUsers", json!({}), false),
        ("identitystore-scim", "PatchUser", json!({}), true),
        ("sts", "AssumeRole", taken(role, json!({})), false),
        ("sts", "AssumeRole", taken(permission_set, json!({"tags": [{"key": "Department"}]})), false),
        ("sts", "AssumeRole", taken(permission_set, json!({})), true),
        (
            "kms",
            "Decrypt",
            json!({"requestParameters": {"encryptionContext": {"aws:sso:instance-arn": "x"}}}),
            false,
        ),
    ] {
        let mut record = members;
        record["eventSource"] = json!(format!("{source}.amazonaws.com"));
        record["eventName"] = json!(name);
        record["eventID"] = json!("7b1f2e00-0000-4000-8000-000000000001");
        record["eventTime"] = json!("2026-11-23T11:45:12Z");
        assert_eq!((costs_a_tree(&record), is_told_of(&record)), (is_told, is_told), "{record}");
    }
}

#[test]
fn of_members_of_one_name_the_last_one_counts() {
    let text = |first: &str, last: &str| {
        format!(
            r#"{{"eventID":"e-1","eventTime":"2026-11-23T11:45:12Z","eventSource":"signin.amazonaws.com",
            "eventName":"CredentialVerification","serviceEventDetails":{{"CredentialVerification":"{first}"}},
            "serviceEventDetails":{{"CredentialVerification":"{last}"}}}}"#
        )
    };
    for (first, last, is_told) in [
        ("Failure", "Success", false),
        ("Success", "Failure", true),
        ("Success", r"\u0046ailure", true),
        (r"\u0046ailure", "Success", false),
    ] {
        let text = text(first, last);
        let outline: Outline<'_> = serde_json::from_str(&text).unwrap();
        assert_eq!(outline.is_of_interest(text.as_bytes()), is_told);
        assert_eq!(is_told_of(&serde_json::from_str(&text).unwrap()), is_told);
    }
}
