//! A tool wrote numbers in place of keys.

use serde_json::Value as Json;

use super::super::event::Event;
use super::super::{About, Class, Found};

pub(in super::super) const ABOUT: About = About {
    name: "mapping_keys_numbered",
    title: "attribute mappings have numbers for keys",
    class: Class::Notice,
    is_quiet: false,
    actor: "owner of the tool that writes the mappings",
    condition: "Somebody wrote the list of attribute mappings with keys like 0 and 1. A module of infrastructure as code does so that goes through a list as if it were a map (aws-ia/terraform-aws-iam-identity-center, issue 65); sessions then carry tags that no policy names.",
    evidence: "which keys are numbers",
    advice: "give the tool a map from key to attribute and apply it again; the mappings of the baseline say what the keys should be",
    command: "aws sso-admin describe-instance-access-control-attribute-configuration --region INSTANCE_REGION --instance-arn INSTANCE",
    page: "https://docs.aws.amazon.com/singlesignon/latest/userguide/configure-abac-attributes.html",
};

pub(in super::super) const WRITES: [&str; 2] = [
    "CreateInstanceAccessControlAttributeConfiguration",
    "UpdateInstanceAccessControlAttributeConfiguration",
];

/// No page shows the record; CloudTrail begins the names of parameters with a small letter.
pub(in super::super) const LIST: &str =
    "/requestParameters/instanceAccessControlAttributeConfiguration/accessControlAttributes";

pub(in super::super) fn by_record(event: &Event<'_>) -> Option<Found> {
    if !event.is("sso.amazonaws.com", &WRITES) || !event.went_well() {
        return None;
    }
    let keys =
        event.json(LIST)?.as_array()?.iter().filter_map(|mapping| mapping.get("key").and_then(Json::as_str));
    // A key may be a number on purpose; from 0 on without a gap it is a place in a list.
    let mut numbers: Vec<usize> =
        keys.filter(|key| key.len() <= 2).filter_map(|key| key.parse().ok()).collect();
    numbers.sort_unstable();
    let is_numbered =
        !numbers.is_empty() && numbers.iter().enumerate().all(|(place, number)| place == *number);
    let names = || numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    is_numbered.then(|| Found::say(format!("these keys are numbers: {}", names())))
}
