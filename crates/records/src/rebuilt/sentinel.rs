//! The table `AWSCloudTrail` of Microsoft Sentinel. Source: its page in the Azure Monitor reference.

use serde_json::Value as Json;

use super::object;
use crate::members::Members;

/// A record out of a row.
pub(crate) fn record(row: &Members<'_>) -> Json {
    let get = |name: &str| row.text(name).filter(|text| !text.is_empty()).map(Json::from);
    let parameters = row.text("RequestParameters").and_then(|text| serde_json::from_str::<Json>(&text).ok());
    let identity = object([
        ("type", get("UserIdentityType")),
        ("arn", get("UserIdentityArn")),
        ("principalId", get("UserIdentityPrincipalid")),
        ("accountId", get("UserIdentityAccountId")),
        ("invokedBy", get("UserIdentityInvokedBy")),
        ("onBehalfOf", object([("userId", get("UserIdentityUserId"))])),
        (
            "sessionContext",
            object([
                ("sessionIssuer", object([("arn", get("SessionIssuerArn"))])),
                ("attributes", object([("creationDate", get("SessionCreationDate"))])),
            ]),
        ),
    ]);
    let record = object([
        ("eventVersion", get("EventVersion")),
        ("eventID", get("AwsEventId")),
        ("eventTime", get("TimeGenerated").or_else(|| get("TimeGenerated [UTC]"))),
        ("eventSource", get("EventSource")),
        ("eventName", get("EventName")),
        ("awsRegion", get("AWSRegion").or_else(|| Some(Json::from("")))),
        ("errorCode", get("ErrorCode")),
        ("errorMessage", get("ErrorMessage")),
        ("recipientAccountId", get("RecipientAccountId")),
        ("sourceIPAddress", get("SourceIpAddress")),
        ("vpcEndpointId", get("VpcEndpointId")),
        ("sharedEventID", get("SharedEventId")),
        ("requestParameters", parameters.filter(Json::is_object)),
        ("userIdentity", identity),
    ]);
    record.unwrap_or(Json::Null)
}
