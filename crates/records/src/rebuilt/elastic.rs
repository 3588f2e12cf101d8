//! Elastic's fields. Source: the ingest pipeline of `elastic/integrations`, `packages/aws/data_stream/cloudtrail`.

use serde_json::Value as Json;

use super::{account, find, object, text};

/// A record out of a document; none where it is no document of CloudTrail, or keeps the record as it was.
pub(crate) fn record(document: &Json) -> Option<Json> {
    let keeps_original = ["event.original", "message"].iter().any(|path| text(document, path).is_some());
    find(document, "aws.cloudtrail")
        .or_else(|| find(document, "aws.cloudtrail.event_version"))
        .filter(|_| !keeps_original)?;
    let get = |path: &str| text(document, path).map(Json::from);
    let of = |path: &str| get(&format!("aws.cloudtrail.{path}"));
    let arn = text(document, "aws.cloudtrail.user_identity.arn");
    let identity = object([
        ("type", of("user_identity.type")),
        ("arn", arn.map(Json::from)),
        ("principalId", get("user.id")),
        ("accountId", account(arn).map(Json::from).or_else(|| get("cloud.account.id"))),
        ("invokedBy", of("user_identity.invoked_by")),
        (
            "sessionContext",
            object([
                ("sessionIssuer", object([("arn", of("user_identity.session_context.session_issuer.arn"))])),
                ("attributes", object([("creationDate", of("user_identity.session_context.creation_date"))])),
            ]),
        ),
    ]);
    object([
        ("eventVersion", of("event_version")),
        ("eventID", get("event.id")),
        ("eventTime", get("@timestamp")),
        ("eventSource", get("event.provider")),
        ("eventName", get("event.action")),
        ("awsRegion", get("cloud.region").or_else(|| Some(Json::from("")))),
        ("errorCode", of("error_code")),
        ("errorMessage", of("error_message")),
        ("recipientAccountId", of("recipient_account_id")),
        ("sourceIPAddress", get("source.address").or_else(|| get("source.ip"))),
        ("vpcEndpointId", of("vpc_endpoint_id")),
        ("sharedEventID", of("shared_event_id")),
        ("requestParameters", find(document, "aws.cloudtrail.flattened.request_parameters").cloned()),
        ("userIdentity", identity),
    ])
}
