//! One HTTP server for all services: a request's headers and path tell the protocol.

mod caller;

use std::borrow::Cow;
use std::io::{self, Read};
use std::net::{Ipv4Addr, SocketAddr};
use std::ops::Deref;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, State as Extension};
use axum::http::{HeaderMap, Method, Request, Response, Uri};
use futures::stream;
use serde_json::{Map, Value as Json, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::answer::{JsonAnswer, ServiceError};
use crate::cloud::{Cloud, Reply};
use crate::cloud_control;
use crate::cloudwatch::Encoding;
use crate::fault::{self, Fault, FaultKind};
use crate::json_call::Input;
use crate::state::State;
use crate::world::World;
use crate::{
    access_analyzer, cloudwatch, control, iam, identity_store, member, member_services, record_sources, s3,
    sso_admin, sts,
};

/// A running sandbox. Stops when dropped.
#[derive(Debug)]
pub struct Sandbox {
    address: SocketAddr,
    cloud: Cloud,
    server: JoinHandle<io::Result<()>>,
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// What the services hold, and what happened to them.
impl Deref for Sandbox {
    type Target = Cloud;

    fn deref(&self) -> &Cloud {
        &self.cloud
    }
}

impl Sandbox {
    /// Serves a world on a free port of the loopback interface.
    ///
    /// # Errors
    /// Where no port is to be had.
    pub async fn start(world: World) -> io::Result<Sandbox> {
        Sandbox::start_on(world, 0).await
    }

    /// Serves a world on this port of the loopback interface.
    ///
    /// # Errors
    /// Where the port is taken.
    pub async fn start_on(world: World, port: u16) -> io::Result<Sandbox> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let address = listener.local_addr()?;
        let cloud = Cloud::new(world);
        let router =
            Router::new().fallback(serve).layer(DefaultBodyLimit::max(4 << 20)).with_state(cloud.clone());
        let server = tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Sandbox { address, cloud, server })
    }

    /// `http://127.0.0.1:PORT`, for every service.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Runs until the server fails.
    ///
    /// # Errors
    /// As the server does.
    pub async fn run(mut self) -> io::Result<()> {
        match (&mut self.server).await {
            Ok(result) => result,
            Err(_) => Ok(()),
        }
    }
}

/// A request that was understood as far as its protocol.
struct Call<'a> {
    method: &'a Method,
    path: &'a str,
    query: &'a str,
    headers: &'a HeaderMap,
    body: &'a [u8],
}

async fn serve(
    Extension(cloud): Extension<Cloud>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let mut request = Request::new(body.to_vec());
    *request.method_mut() = method;
    *request.uri_mut() = uri;
    *request.headers_mut() = headers;
    match cloud.answer(&request) {
        Reply::Answer(answer) => answer.map(Body::from),
        // The server closes the connection where a body ends in an error.
        Reply::Reset => {
            let reset = io::Error::from(io::ErrorKind::ConnectionReset);
            Response::new(Body::from_stream(stream::iter([Err::<Bytes, io::Error>(reset)])))
        }
        Reply::Silence => std::future::pending().await,
    }
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
        self.s3(state)
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    fn json(&self, state: &mut State, target: &str) -> Response<Vec<u8>> {
        let Some((prefix, operation)) = targeted(target) else {
            return json_response(Err(unknown(target)), JSON);
        };
        let account = member::account(self.headers);
        let result = with_fault(state, &format!("{prefix}:{operation}"), |state| {
            let input: Map<String, Json> = serde_json::from_slice(self.body).map_err(|_| {
                ServiceError::new(400, "SerializationException", "the body is not a JSON object")
            })?;
            match prefix {
                "sso" => sso_admin::call(state, operation, &Input(&input)),
                "cloudwatch" => cloudwatch::call(&mut state.world, operation, Encoding::Json, self.body)
                    .map(|()| json!({})),
                "organizations" => member_services::organizations(&state.world, operation, &Input(&input)),
                "tag" => member_services::tagging(&state.world, operation, &Input(&input), account),
                "cloudformation" => cloud_control::answer(&state.world, operation, &Input(&input), account),
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
            Ok(()) => (200, Vec::new()),
            Err(error) => (error.status, cloudwatch::error(&error)),
        };
        response(status, "application/cbor", body, &[("smithy-protocol", "rpc-v2-cbor")])
    }

    fn query(&self, state: &mut State) -> Response<Vec<u8>> {
        let parameters = iam::parameters(self.body);
        let action = iam::parameter(&parameters, "Action").unwrap_or_default().to_owned();
        let account = member::account(self.headers);
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
            Err(error) => (error.status, iam::error(&error)),
        };
        response(status, "text/xml", body.into_bytes(), &[])
    }

    fn access_analyzer(&self, state: &mut State, operation: &str) -> Response<Vec<u8>> {
        let result = with_fault(state, &format!("access-analyzer:{operation}"), |_| {
            access_analyzer::call(operation, self.body)
        });
        let (status, body) = match result {
            Ok(body) => (200, body),
            Err(error) => return access_analyzer_error(&error),
        };
        response(status, "application/json", body.to_string().into_bytes(), &[])
    }

    fn s3(&self, state: &mut State) -> Response<Vec<u8>> {
        let result = s3::Call::read(self.method, self.path, self.query).and_then(|call| {
            let account = member::account(self.headers);
            with_fault(state, call.operation(), |state| call.answer(state, self.headers, self.body, account))
        });
        match result {
            Ok(answer) => {
                let etag = answer.etag.as_deref().map(|etag| ("etag", etag));
                response(200, answer.content_type, answer.body.into_bytes(), etag.as_slice())
            }
            Err(error) => response(error.status, "application/xml", s3::error(&error).into_bytes(), &[]),
        }
    }
}

fn access_analyzer_error(error: &ServiceError) -> Response<Vec<u8>> {
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
        "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101" | "CloudTrail_20131101" => "cloudtrail",
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

/// Notes the call, and lets it go wrong if that is due.
fn with_fault<T>(
    state: &mut State,
    operation: &str,
    call: impl FnOnce(&mut State) -> Result<T, ServiceError>,
) -> Result<T, ServiceError> {
    state.calls.push(operation.to_owned());
    let wants_past = state.world.faults.iter().any(|fault| fault.kind == FaultKind::Stale);
    let before = wants_past.then(|| state.world.clone());
    let has_past = state.previous.contains_key(service(operation)) && can_be_stale(operation);
    let answer = match fault::take(&mut state.world.faults, operation, has_past) {
        None => call(state),
        Some(fault) => go_wrong(state, fault, call),
    };
    if let Some(before) = before.filter(|_| CHANGES.contains(&operation)) {
        state.previous.insert(service(operation).to_owned(), before);
    }
    if let Some(write) = state.world.foreign_write.take_if(|write| write.after == operation) {
        state.world.write(write.write);
    }
    answer
}

/// Calls that change what later calls answer.
const CHANGES: [&str; 3] =
    ["s3:PutObject", "sso:ProvisionPermissionSet", "sso:UpdateInstanceAccessControlAttributeConfiguration"];

/// What changes something, or asks for a request by its id, is never answered from the past.
fn can_be_stale(operation: &str) -> bool {
    !CHANGES.contains(&operation) && !operation.ends_with("ProvisioningStatus")
}

fn service(operation: &str) -> &str {
    operation.split(':').next().unwrap_or_default()
}

fn go_wrong<T>(
    state: &mut State,
    fault: Fault,
    call: impl FnOnce(&mut State) -> Result<T, ServiceError>,
) -> Result<T, ServiceError> {
    let error = |fault: &Fault| ServiceError::new(fault.status, &fault.code, "a fault was asked for");
    match fault.kind {
        FaultKind::Error if fault.takes_effect => call(state).and_then(|_| Err(error(&fault))),
        FaultKind::Error => Err(error(&fault)),
        FaultKind::Reset | FaultKind::Silence => {
            state.breakage = Some(fault.kind);
            if fault.takes_effect { call(state) } else { Err(error(&fault)) }
        }
        FaultKind::Malformed => {
            state.breakage = Some(fault.kind);
            call(state)
        }
        FaultKind::Stale => {
            let Some(previous) = state.previous.get(service(&fault.operation)).cloned() else {
                return call(state);
            };
            state.stale_answers += 1;
            let now = std::mem::replace(&mut state.world, previous);
            let answer = call(state);
            state.world = now;
            answer
        }
    }
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
