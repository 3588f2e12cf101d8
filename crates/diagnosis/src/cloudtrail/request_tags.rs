//! The tags that a call asks to create, as far as its record shows them.
//!
//! A parameter that is named like tags need not hold them: `Tags` of Glue's `List*` is a filter. `data/request_tags.txt`
//! has the calls that create tags, and the parameter of each.

use serde_json::Value as Json;

use crate::cloudtrail::called_action;
use crate::cloudtrail::record::Record;
use crate::words::arn::Arn;
use crate::words::tables::REQUEST_TAGS;

/// Tags of the request: what policies test as `aws:RequestTag` and `aws:TagKeys`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum RequestTags {
    /// The record does not tell.
    Unknown,
    /// These, and no others.
    Known(Vec<(String, String)>),
}

/// Values are nobody's business.
impl std::fmt::Debug for RequestTags {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            RequestTags::Unknown => formatter.write_str("Unknown"),
            RequestTags::Known(tags) => {
                formatter.debug_list().entries(tags.iter().map(|(key, _)| key)).finish()
            }
        }
    }
}

impl RequestTags {
    /// Reads them. `resource` is the resource that the message names: EC2 authorizes a call once for each type of
    /// resource, with the tags that the call passes for that type.
    /// Source: `supported-iam-actions-tagging` in the EC2 user guide, and public records of RunInstances.
    pub(crate) fn read(record: &Record, resource: Option<&str>) -> RequestTags {
        let Some(parameters @ Json::Object(_)) = &record.request_parameters else {
            return RequestTags::Unknown;
        };
        let known = if record.event_source.starts_with("ec2.") {
            ec2(&record.event_name, parameters, resource)
        } else {
            by_table(record, parameters)
        };
        known.map_or(RequestTags::Unknown, RequestTags::Known)
    }
}

/// CloudTrail writes names of parameters with a small letter before it, as some models do.
fn by_table(record: &Record, parameters: &Json) -> Option<Vec<(String, String)>> {
    let keys = called_action::keys(record);
    let names: Vec<&str> =
        keys.iter().filter_map(|key| REQUEST_TAGS.find(key)).flat_map(|row| row.split(' ')).collect();
    let is_tags = |name: &String| names.iter().any(|known| known.eq_ignore_ascii_case(name));
    let (_, tags) = parameters.as_object()?.iter().find(|(name, _)| is_tags(name))?;
    list(tags)
}

/// Calls that are known to show all tags that they create, where no launch template has others.
const SHOWS_ITS_TAGS: [&str; 2] = ["RunInstances", "CreateVolume"];

fn ec2(call: &str, parameters: &Json, resource: Option<&str>) -> Option<Vec<(String, String)>> {
    // `TYPE/ID`.
    let wanted = Arn::parse(resource?)?.resource.split('/').next()?;
    if parameters.get("launchTemplate").is_some() {
        return None;
    }
    let Some(set) = parameters.get("tagSpecificationSet") else {
        return match parameters.get("tagSet") {
            Some(tags) => list(tags),
            None => SHOWS_ITS_TAGS.contains(&call).then(Vec::new),
        };
    };
    let specifications = set.get("items")?.as_array()?;
    let mut found = Vec::new();
    for specification in specifications {
        if specification.get("resourceType")?.as_str()? == wanted {
            found.extend(list(specification.get("tags")?)?);
        }
    }
    Some(found)
}

/// `[{"key": K, "value": V}]`, with other capitals, below `items`, or `{K: V}`.
fn list(json: &Json) -> Option<Vec<(String, String)>> {
    let text = |json: Option<&Json>| Some(json?.as_str()?.to_owned());
    match json {
        Json::Array(items) => items
            .iter()
            .map(|item| {
                let field = |names: [&str; 3]| names.iter().find_map(|name| text(item.get(*name)));
                Some((field(["key", "Key", "tagKey"])?, field(["value", "Value", "tagValue"])?))
            })
            .collect(),
        Json::Object(fields) => match fields.get("items") {
            Some(items) => list(items),
            None => fields.iter().map(|(key, value)| Some((key.clone(), text(Some(value))?))).collect(),
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(source: &str, parameters: &Json, resource: Option<&str>) -> RequestTags {
        read_call(source, "RunInstances", parameters, resource)
    }

    fn read_call(source: &str, call: &str, parameters: &Json, resource: Option<&str>) -> RequestTags {
        let record = json!({
            "eventID": "e", "eventTime": "2026-11-23T11:00:00Z", "eventSource": source, "eventName": call,
            "awsRegion": "eu-west-1", "userIdentity": {}, "requestParameters": parameters,
        });
        RequestTags::read(&serde_json::from_value(record).unwrap(), resource)
    }

    fn known(tags: &[(&str, &str)]) -> RequestTags {
        RequestTags::Known(tags.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect())
    }

    #[test]
    fn ec2_has_tags_for_each_type() {
        let parameters = json!({"tagSpecificationSet": {"items": [
            {"resourceType": "instance", "tags": [{"key": "Team", "value": "a"}]},
            {"resourceType": "volume", "tags": [{"key": "Team", "value": "b"}, {"key": "x", "value": ""}]},
        ]}});
        let arn = |kind: &str| format!("arn:aws:ec2:eu-west-1:111122223333:{kind}/*");
        let of = |kind: &str| read("ec2.amazonaws.com", &parameters, Some(&arn(kind)));
        assert_eq!(of("instance"), known(&[("Team", "a")]));
        assert_eq!(of("volume"), known(&[("Team", "b"), ("x", "")]));
        assert_eq!(of("network-interface"), known(&[]));
        assert_eq!(read("ec2.amazonaws.com", &parameters, None), RequestTags::Unknown);
        assert_eq!(read("ec2.amazonaws.com", &json!({}), Some(&arn("instance"))), known(&[]));
        assert_eq!(read("ec2.amazonaws.com", &Json::Null, Some(&arn("instance"))), RequestTags::Unknown);
    }

    #[test]
    fn ec2_calls_that_do_not_show_their_tags_are_unknown() {
        let instance = Some("arn:aws:ec2:eu-west-1:111122223333:instance/i-0abcd1234efgh5678");
        let of = |call: &str, parameters: Json| read_call("ec2.amazonaws.com", call, &parameters, instance);
        let tags = json!({"items": [{"key": "Team", "value": "a"}]});
        assert_eq!(of("CreateTags", json!({"tagSet": tags})), known(&[("Team", "a")]));
        assert_eq!(of("CreateTags", json!({})), RequestTags::Unknown);
        assert_eq!(of("CreateFleet", json!({"CreateFleetRequest": {}})), RequestTags::Unknown);
        let template = json!({"launchTemplateId": "lt-0abcd1234efgh5678"});
        assert_eq!(of("RunInstances", json!({"launchTemplate": template})), RequestTags::Unknown);
    }

    #[test]
    fn forms_of_other_services() {
        let expected = known(&[("Team", "a")]);
        for (source, call, tags) in [
            ("dynamodb", "CreateTable", json!({"tags": [{"key": "Team", "value": "a"}]})),
            ("lambda", "CreateFunction20150331", json!({"tags": {"Team": "a"}})),
            ("kms", "CreateKey", json!({"Tags": [{"Key": "Team", "Value": "a"}]})),
            ("kms", "CreateKey", json!({"tags": [{"tagKey": "Team", "tagValue": "a"}]})),
            ("elasticache", "CreateUser", json!({"tags": {"items": [{"key": "Team", "value": "a"}]}})),
            ("cognito-idp", "CreateUserPool", json!({"userPoolTags": {"Team": "a"}})),
        ] {
            assert_eq!(read_call(&format!("{source}.amazonaws.com"), call, &tags, None), expected, "{tags}");
        }
        for other in
            [json!({"name": "x"}), json!({"tags": "HIDDEN"}), json!({"tags": [{"key": "Team"}]}), json!([])]
        {
            let read = read_call("kms.amazonaws.com", "CreateKey", &other, None);
            assert_eq!(read, RequestTags::Unknown, "{other}");
        }
    }

    #[test]
    fn a_filter_is_no_tag_of_the_request() {
        let tags = json!({"tags": {"Team": "a"}});
        for (source, call) in [
            ("glue", "ListJobs"),
            ("glue", "ListCrawlers"),
            ("observabilityadmin", "ListResourceTelemetry"),
            ("tomorrow", "CreateThing"),
        ] {
            let read = read_call(&format!("{source}.amazonaws.com"), call, &tags, None);
            assert_eq!(read, RequestTags::Unknown, "{source} {call}");
        }
        let created = read_call("glue.amazonaws.com", "CreateJob", &tags, None);
        assert_eq!(created, known(&[("Team", "a")]));
    }
}
