//! Who calls what, for IAM: told by each protocol in its own way.

use std::collections::BTreeMap;

use axum::http::{Method, Response};
use serde_json::{Map, Value as Json};

use super::{Call, JSON, json_response, response, rest_error, targeted};
use crate::access::{Asked, Caller, READER};
use crate::answer::ServiceError;
use crate::state::State;
use crate::{access_analyzer, cloudwatch, events, iam_toolbox, member_session, query_call, s3, sts};

impl Call<'_> {
    pub(super) fn check_access(&self, state: &mut State) -> Result<(), ServiceError> {
        let State { world, calls, access, .. } = state;
        // What is no call of a known service is answered by its protocol.
        let Some(asked) = self.asked() else {
            return Ok(());
        };
        let checked = access.check(self.caller(), &asked, world);
        if checked.is_err() {
            calls.push(asked.operation);
        }
        checked
    }

    /// The access key id names the role; in member accounts there is one.
    fn caller(&self) -> Caller<'_> {
        match member_session::account(self.headers) {
            Some(account) => Caller::in_member(READER, account),
            None => Caller::at_home(member_session::access_key(self.headers).unwrap_or_default()),
        }
    }

    fn asked(&self) -> Option<Asked> {
        if let Some(target) = self.header("x-amz-target") {
            let (prefix, operation) = targeted(target)?;
            let input: Map<String, Json> = serde_json::from_slice(self.body).unwrap_or_default();
            let text = |(name, value): (String, Json)| Some((name, value.as_str()?.to_owned()));
            let mut members: BTreeMap<String, String> = input.into_iter().filter_map(text).collect();
            members.extend(queue_arn(&members).map(|arn| ("QueueArn".to_owned(), arn)));
            if prefix == "events" {
                members.extend(events::members(self.body));
                let (account, region) = member_session::place(self.headers);
                members.extend(
                    [("Account", account), ("Region", region)]
                        .map(|(name, value)| (name.to_owned(), value.to_owned())),
                );
            }
            return Some(Asked { operation: format!("{prefix}:{operation}"), members });
        }
        if let Some(operation) = self.path.strip_prefix(cloudwatch::PATH) {
            let members = cloudwatch::texts(self.body);
            return Some(Asked { operation: format!("cloudwatch:{operation}"), members });
        }
        if self.method == Method::POST && self.path == "/" {
            let members: BTreeMap<String, String> = query_call::parameters(self.body).into_iter().collect();
            let action = members.get("Action").cloned().unwrap_or_default();
            let service = if sts::OPERATIONS.contains(&action.as_str()) { "sts" } else { "iam" };
            return Some(Asked { operation: format!("{service}:{action}"), members });
        }
        if let Some(operation) = access_analyzer::operation(self.method, self.path) {
            let operation = format!("access-analyzer:{operation}");
            return Some(Asked { operation, members: BTreeMap::new() });
        }
        if iam_toolbox::id(self.method, self.path).is_some() {
            return Some(Asked { operation: iam_toolbox::OPERATION.to_owned(), members: BTreeMap::new() });
        }
        let call = s3::Call::read(self.method, self.path, self.query).ok()?;
        let mut members = call.members();
        for (name, header) in [("IfMatch", "if-match"), ("IfNoneMatch", "if-none-match")] {
            members.extend(self.header(header).map(|value| (name.to_owned(), value.to_owned())));
        }
        Some(Asked { operation: call.operation().to_owned(), members })
    }

    /// An error in the form of the call's protocol.
    pub(super) fn refused(&self, error: &ServiceError) -> Response<Vec<u8>> {
        if self.header("x-amz-target").is_some() {
            json_response(Err(error.clone()), JSON)
        } else if self.path.starts_with(cloudwatch::PATH) {
            let headers = [("smithy-protocol", "rpc-v2-cbor")];
            response(error.status, "application/cbor", cloudwatch::error(error), &headers)
        } else if self.method == Method::POST && self.path == "/" {
            response(error.status, "text/xml", query_call::error(error).into_bytes(), &[])
        } else if access_analyzer::operation(self.method, self.path).is_some()
            || iam_toolbox::id(self.method, self.path).is_some()
        {
            rest_error(error)
        } else {
            response(error.status, "application/xml", s3::error(error).into_bytes(), &[])
        }
    }
}

/// The ARN of the queue that a call names by its URL: `https://sqs.REGION.amazonaws.com/ACCOUNT/NAME`.
fn queue_arn(members: &BTreeMap<String, String>) -> Option<String> {
    let (host, path) = members.get("QueueUrl")?.split_once("://")?.1.split_once('/')?;
    let (account, name) = path.split_once('/')?;
    Some(format!("arn:aws:sqs:{}:{account}:{name}", host.split('.').nth(1)?))
}
