//! One way in for all services: a request's headers and path tell the protocol.

mod caller;

use std::borrow::Cow;
use std::io::Read;

use axum::http::{HeaderMap, Method, Request, Response};
use serde_json::{Map, Value as Json, json};

use crate::answer::{JsonAnswer, ServiceError};
use crate::breakage::with_fault;
use crate::cloudwatch::Encoding;
use crate::fault::FaultKind;
use crate::json_call::Input;
use crate::reply::Reply;
use crate::state::State;
use crate::{
    access_analyzer, cloud_control, cloudwatch, control, events, iam, iam_toolbox, identity_store,
    member_services, member_session, query_call, record_sources, s3, sso_admin, sts,
};

/// A request that was understood as far as its protocol.
struct Call<'a> {
    method: &'a Method,
    path: &'a str,
    query: &'a str,
    headers: &'a HeaderMap,
    body: &'a [u8],
}

/// Answers a request, without a network.
pub(crate) fn reply(state: &mut State, request: &Request<Vec<u8>>) -> Reply {
    let body = match unpacked(request.headers(), request.body()) {
        Some(unpacked) => Cow::Owned(unpacked),
        None => Cow::Borrowed(request.body().as_slice()),
    };
    let call = Call {
        method: request.method(),
        path: request.uri().path(),
        query: request.uri().query().unwrap_or_default(),
        headers: request.headers(),
        body: &body,
    };
    let answer = call.answer(state);
    match state.breakage.take() {
        Some(FaultKind::Reset) => Reply::Reset,
        Some(FaultKind::Silence) => Reply::Silence,
        Some(FaultKind::Malformed) => Reply::Answer(cut(answer)),
        Some(FaultKind::Error | FaultKind::Stale) | None => Reply::Answer(answer),
    }
}

/// The first half of an answer, without what its headers tell beside it.
fn cut(answer: Response<Vec<u8>>) -> Response<Vec<u8>> {
    let (mut parts, mut body) = answer.into_parts();
    parts.headers.remove("etag");
    body.truncate(body.len() / 2);
    Response::from_parts(parts, body)
}

/// A body without compression and chunk frames, where it had them.
fn unpacked(headers: &HeaderMap, body: &[u8]) -> Option<Vec<u8>> {
    if headers.get("content-encoding").is_some_and(|encoding| encoding == "gzip") {
        let mut plain = Vec::new();
        flate2::read::GzDecoder::new(body).take(4 << 20).read_to_end(&mut plain).ok()?;
        return Some(plain);
    }
    s3::unchunked(headers, body)
}

impl Call<'_> {
    fn answer(&self, state: &mut State) -> Response<Vec<u8>> {
        if let Some(name) = self.path.strip_prefix(control::PATH) {
            return json_response(control::call(state, self.method, name, self.body), "application/json");
        }
        if let Err(error) = self.check_access(state) {
            return self.refused(&error);
        }
        if let Some(target) = self.header("x-amz-target") {
            return self.json(state, target);
        }
        if let Some(operation) = self.path.strip_prefix(cloudwatch::PATH) {
            return self.cbor(state, operation);
        }
        if self.method == Method::POST && self.path == "/" {
            return self.query(state);
        }
        if let Some(operation) = access_analyzer::operation(self.method, self.path) {
            return self.access_analyzer(state, operation);
        }
        if let Some(id) = iam_toolbox::id(self.method, self.path) {
            return self.iam_toolbox(state, id);
        }
        self.s3(state)
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    fn json(&self, state: &mut State, target: &str) -> Response<Vec<u8>> {
        let Some((prefix, operation)) = targeted(target) else {
            return json_response(Err(unknown(target)), JSON);
        };
        let account = member_session::account(self.headers);
        let result = with_fault(state, &format!("{prefix}:{operation}"), |state| {
            let input: Map<String, Json> = serde_json::from_slice(self.body).map_err(|_| {
                ServiceError::new(400, "SerializationException", "the body is not a JSON object")
            })?;
            match prefix {
                "sso" => sso_admin::call(state, operation, &Input(&input)),
                "cloudwatch" => cloudwatch::call(&mut state.world, operation, Encoding::Json, self.body)
                    .map(|answer| answer.as_ref().map_or_else(|| json!({}), cloudwatch::as_json)),
                "organizations" => member_services::organizations(&state.world, operation, &Input(&input)),
                "tag" => member_services::tagging(&state.world, operation, &Input(&input), account),
                "cloudformation" => cloud_control::answer(&state.world, operation, &Input(&input), account),
                "events" => {
                    let place = member_session::place(self.headers);
                    events::call(&mut state.world, operation, &Input(&input), place)
                }
                "servicequotas" => member_services::quotas(&state.world, operation, &Input(&input)),
                "cloudtrail" => record_sources::cloudtrail(&state.world, operation, &Input(&input)),
                "sqs" => record_sources::sqs(&mut state.world, operation, &Input(&input)),
                "athena" => record_sources::athena(&state.world, operation, &Input(&input)),
                _ => identity_store::call(&state.world, operation, &Input(&input)),
            }
        });
        json_response(result, JSON)
    }

    fn cbor(&self, state: &mut State, operation: &str) -> Response<Vec<u8>> {
        let result = with_fault(state, &format!("cloudwatch:{operation}"), |state| {
            cloudwatch::call(&mut state.world, operation, Encoding::Cbor, self.body)
        });
        let (status, body) = match result {
            Ok(answer) => (200, cloudwatch::body(answer.as_ref())),
            Err(error) => (error.status, cloudwatch::error(&error)),
        };
        response(status, "application/cbor", body, &[("smithy-protocol", "rpc-v2-cbor")])
    }

    fn query(&self, state: &mut State) -> Response<Vec<u8>> {
        let parameters = query_call::parameters(self.body);
        let action = query_call::parameter(&parameters, "Action").unwrap_or_default().to_owned();
        let account = member_session::account(self.headers);
        let is_of_sts = sts::OPERATIONS.contains(&action.as_str());
        let service = if is_of_sts { "sts" } else { "iam" };
        let result = with_fault(state, &format!("{service}:{action}"), |state| {
            if is_of_sts {
                sts::call(&state.world, &action, &parameters, account)
            } else {
                iam::call(&state.world, &action, &parameters, account)
            }
        });
        let (status, body) = match result {
            Ok(body) => (200, body),
            Err(error) => (error.status, query_call::error(&error)),
        };
        response(status, "text/xml", body.into_bytes(), &[])
    }

    fn access_analyzer(&self, state: &mut State, operation: &str) -> Response<Vec<u8>> {
        let result = with_fault(state, &format!("access-analyzer:{operation}"), |_| {
            access_analyzer::call(operation, self.body)
        });
        let (status, body) = match result {
            Ok(body) => (200, body),
            Err(error) => return rest_error(&error),
        };
        response(status, "application/json", body.to_string().into_bytes(), &[])
    }

    fn iam_toolbox(&self, state: &mut State, id: &str) -> Response<Vec<u8>> {
        let region = member_session::region(self.headers);
        let result = with_fault(state, iam_toolbox::OPERATION, |state| {
            iam_toolbox::call(&state.world, id, self.query, region)
        });
        match result {
            Ok(body) => response(200, "application/json", body.to_string().into_bytes(), &[]),
            Err(error) => rest_error(&error),
        }
    }

    fn s3(&self, state: &mut State) -> Response<Vec<u8>> {
        let result = s3::Call::read(self.method, self.path, self.query).and_then(|call| {
            let account = member_session::account(self.headers);
            with_fault(state, call.operation(), |state| call.answer(state, self.headers, self.body, account))
        });
        let date = s3::date(state);
        let date = date.as_deref().map(|date| ("date", date));
        match result {
            Ok(answer) => {
                let etag = answer.etag.as_deref().map(|etag| ("etag", etag));
                let written = answer.is_object.then_some(("last-modified", s3::WRITTEN));
                let ranges = answer.is_object.then_some(("accept-ranges", "bytes"));
                let range = answer.range.as_deref().map(|range| ("content-range", range));
                let headers: Vec<(&str, &str)> =
                    etag.into_iter().chain(date).chain(written).chain(ranges).chain(range).collect();
                let status = if range.is_some() { 206 } else { 200 };
                response(status, answer.content_type, answer.body.into_bytes(), &headers)
            }
            Err(error) => {
                let body = s3::error(&error).into_bytes();
                response(error.status, "application/xml", body, date.as_slice())
            }
        }
    }
}

fn rest_error(error: &ServiceError) -> Response<Vec<u8>> {
    let body = json!({"message": error.message}).to_string().into_bytes();
    response(error.status, "application/json", body, &[("x-amzn-errortype", &error.code)])
}

/// The IAM prefix and the operation of a target header.
fn targeted(target: &str) -> Option<(&'static str, &str)> {
    // The SDKs of botocore's models name CloudTrail with a package before it, those of Smithy's models without.
    let (service, operation) = target.rsplit_once('.')?;
    let prefix = match service {
        "SWBExternalService" => "sso",
        "AWSIdentityStore" => "identitystore",
        "GraniteServiceVersion20100801" => "cloudwatch",
        "AWSOrganizationsV20161128" => "organizations",
        "ResourceGroupsTaggingAPI_20170126" => "tag",
        "CloudApiService" => "cloudformation",
        "ServiceQuotasV20190624" => "servicequotas",
        // As boto3 and as the SDK for Rust name it.
        "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101" | "CloudTrail_20131101" => "cloudtrail",
        "AWSEvents" => "events",
        "AmazonSQS" => "sqs",
        "AmazonAthena" => "athena",
        _ => return None,
    };
    Some((prefix, operation))
}

const JSON: &str = "application/x-amz-json-1.1";

fn unknown(target: &str) -> ServiceError {
    ServiceError::new(400, "UnknownOperationException", format!("{target} is not in the sandbox"))
}

fn json_response(answer: JsonAnswer, content_type: &str) -> Response<Vec<u8>> {
    let (status, body) = match answer {
        Ok(body) => (200, body),
        Err(error) => {
            let mut body = json!({"__type": error.code, "Message": error.message});
            if let (Some(reason), Some(members)) = (error.reason, body.as_object_mut()) {
                members.insert("Reason".to_owned(), json!(reason));
            }
            (error.status, body)
        }
    };
    response(status, content_type, body.to_string().into_bytes(), &[])
}

fn response(status: u16, content_type: &str, body: Vec<u8>, headers: &[(&str, &str)]) -> Response<Vec<u8>> {
    let builder = Response::builder()
        .status(status)
        .header("content-type", content_type)
        .header("x-amzn-requestid", "sandbox");
    let builder = headers.iter().fold(builder, |builder, (name, value)| builder.header(*name, *value));
    builder.body(body).unwrap_or_default()
}
