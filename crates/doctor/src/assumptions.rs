//! What Tagmend believes of AWS and no page confirms, as far as what is there can show it.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use crate::facts::Look;
use crate::finding::{Check, Finding};

/// What there is to look at.
#[derive(Clone, Debug)]
pub struct Samples {
    /// The sources of live mappings; none where attributes for access control are off.
    pub sources: Look<Option<Vec<String>>>,
    /// The names of members in the enterprise extension of users.
    pub extension_members: Look<BTreeSet<String>>,
    /// Records of `AssumeRoleWithSAML`, the newest first.
    pub sign_ins: Look<Vec<Json>>,
    /// Records of writes of the list of mappings.
    pub list_writes: Look<Vec<Json>>,
    /// Records of any calls.
    pub calls: Look<Vec<Json>>,
}

/// The members that the Identity Store API documents in examples. Source: `DescribeUser` in its API reference, example 2.
const EXTENSION_MEMBERS: [&str; 6] =
    ["employeeNumber", "costCenter", "organization", "division", "department", "manager"];

/// What each belief is, and whether what is there bears it out.
pub fn assumptions(samples: &Samples) -> Vec<Finding> {
    vec![
        sources(samples),
        extension_members(samples),
        records(
            &samples.sign_ins,
            |record| text(record, "/requestParameters/roleArn").is_some_and(|arn| arn.contains(RESERVED)),
            "a sign-in record is of a SAMLUser (SignInRule matches by it)",
            |record| text(record, "/userIdentity/type") == Some("SAMLUser"),
        ),
        records(
            &samples.sign_ins,
            |record| record.pointer("/requestParameters/principalTags").is_some(),
            "a sign-in record has its tags in requestParameters.principalTags, as names with texts",
            |record| {
                let tags = record.pointer("/requestParameters/principalTags").and_then(Json::as_object);
                tags.is_some_and(|tags| tags.values().all(Json::is_string))
            },
        ),
        records(
            &samples.list_writes,
            |record| record.get("errorCode").is_none_or(Json::is_null),
            "a record of a write of the mappings has the list that was written",
            |record| {
                let text = record.get("requestParameters").map(Json::to_string).unwrap_or_default();
                text.to_lowercase().contains("accesscontrolattributes")
            },
        ),
        records(
            &samples.calls,
            of_a_permission_set,
            "a session of a permission set has onBehalfOf.userId",
            |record| text(record, "/userIdentity/onBehalfOf/userId").is_some(),
        ),
        records(
            &samples.calls,
            of_a_permission_set,
            "the role of a permission set has the path aws-reserved/sso.amazonaws.com/",
            |record| {
                text(record, "/userIdentity/sessionContext/sessionIssuer/arn")
                    .is_some_and(|arn| arn.contains(RESERVED))
            },
        ),
    ]
}

const RESERVED: &str = ":role/aws-reserved/sso.amazonaws.com/";

fn text<'a>(record: &'a Json, path: &str) -> Option<&'a str> {
    record.pointer(path)?.as_str()
}

fn of_a_permission_set(record: &Json) -> bool {
    text(record, "/userIdentity/sessionContext/sessionIssuer/userName")
        .is_some_and(|name| name.starts_with("AWSReservedSSO_"))
}

const SEND_IT: &str = "report it with a record: tagmend redact RECORD.json (CONTRIBUTING.md, Send a record)";
const WAIT: &str = "nothing that is here can show it: look again when there is such a record";

/// Of the records that can show it, whether all do.
fn records(
    records: &Look<Vec<Json>>,
    can_show: impl Fn(&Json) -> bool,
    belief: &str,
    holds: impl Fn(&Json) -> bool,
) -> Finding {
    let records = match records {
        Err(why) => return Finding::not_seen(Check::Assumption, format!("{belief}: {why}"), WAIT),
        Ok(records) => records,
    };
    let of_it: Vec<&Json> = records.iter().filter(|record| can_show(record)).collect();
    let against = of_it.iter().find(|record| !holds(record));
    match (of_it.len(), against) {
        (0, _) => Finding::not_seen(Check::Assumption, format!("{belief}: no record of it"), WAIT),
        (count, None) => Finding::well(Check::Assumption, format!("{belief}: {count} records say so")),
        (_, Some(record)) => {
            let id = text(record, "/eventID").unwrap_or("a record without an id");
            Finding::wrong(Check::Assumption, format!("NOT SO: {belief}: {id}"), SEND_IT)
        }
    }
}

fn sources(samples: &Samples) -> Finding {
    let belief = "every mapping takes its value from ${path:...}";
    match &samples.sources {
        Err(why) => Finding::not_seen(Check::Assumption, format!("{belief}: {why}"), WAIT),
        Ok(None) => Finding::well(
            Check::Assumption,
            "attributes for access control that are off answer ResourceNotFoundException: they do",
        ),
        Ok(Some(sources)) => {
            let other: Vec<&String> =
                sources.iter().filter(|source| !source.starts_with("${path:")).collect();
            match (sources.len(), other.first()) {
                (0, _) => {
                    Finding::not_seen(Check::Assumption, format!("{belief}: there is no mapping"), WAIT)
                }
                (count, None) => Finding::well(Check::Assumption, format!("{belief}: all {count} do")),
                (_, Some(source)) => {
                    Finding::wrong(Check::Assumption, format!("NOT SO: {belief}: {source}"), SEND_IT)
                }
            }
        }
    }
}

fn extension_members(samples: &Samples) -> Finding {
    let belief = "the enterprise extension has the members that the API reference shows";
    match &samples.extension_members {
        Err(why) => Finding::not_seen(Check::Assumption, format!("{belief}: {why}"), WAIT),
        Ok(members) if members.is_empty() => {
            Finding::not_seen(Check::Assumption, format!("{belief}: no user has one"), WAIT)
        }
        Ok(members) => {
            let other: Vec<&str> = members
                .iter()
                .map(String::as_str)
                .filter(|member| !EXTENSION_MEMBERS.contains(member))
                .collect();
            if other.is_empty() {
                Finding::well(Check::Assumption, format!("{belief}: {} do", members.len()))
            } else {
                Finding::wrong(Check::Assumption, format!("NOT SO: {belief}: {}", other.join(", ")), SEND_IT)
            }
        }
    }
}
