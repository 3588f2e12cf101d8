//! One HTTP server for all services: a request's headers and path tell the protocol.

mod caller;

use std::collections::BTreeSet;
use std::io::{self, Read};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, State as Extension};
use axum::http::{HeaderMap, Method, Response, Uri};
use serde_json::{Map, Value as Json, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::access::Roles;
use crate::answer::{JsonAnswer, ServiceError};
use crate::cloudwatch::Encoding;
use crate::fault::{self, Fault};
use crate::json_call::Input;
use crate::state::State;
use crate::world::World;
use crate::{access_analyzer, cloudwatch, control, iam, identity_store, s3, sso_admin};

/// A running sandbox. Stops when dropped.
#[derive(Debug)]
pub struct Sandbox {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    server: JoinHandle<io::Result<()>>,
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.server.abort();
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
        let state = Arc::new(Mutex::new(State::new(world)));
        let router = Router::new()
            .fallback(serve)
            .layer(DefaultBodyLimit::max(4 << 20))
            .with_state(Arc::clone(&state));
        let server = tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Sandbox { address, state, server })
    }

    /// `http://127.0.0.1:PORT`, for every service.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The world as it stands.
    pub fn world(&self) -> World {
        self.state().world.clone()
    }

    /// Changes the world, as somebody else would.
    pub fn change(&self, change: impl FnOnce(&mut World)) {
        change(&mut self.state().world);
    }

    /// Every call so far, in order, as `service:Operation`.
    pub fn calls(&self) -> Vec<String> {
        self.state().calls.clone()
    }

    /// Forgets the calls so far.
    pub fn forget_calls(&self) {
        self.state().calls.clear();
    }

    /// The most provisioning requests that were under way at once.
    pub fn most_provisioning_at_once(&self) -> usize {
        self.state().most_provisioning
    }

    /// From now on, a call is made by the role that its access key id names, and may do what its policies allow.
    pub fn enforce(&self, roles: Roles) {
        self.state().access.roles = Some(roles);
    }

    /// Roles with the actions that they were allowed and used, while roles were enforced.
    pub fn used(&self) -> BTreeSet<(String, String)> {
        self.state().access.used.clone()
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

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
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
    Extension(state): Extension<Arc<Mutex<State>>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
    let body = match unpacked(&headers, &body) {
        Some(unpacked) => unpacked,
        None => body.to_vec(),
    };
    let call = Call {
        method: &method,
        path: uri.path(),
        query: uri.query().unwrap_or_default(),
        headers: &headers,
        body: &body,
    };
    call.answer(&mut state)
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
    fn answer(&self, state: &mut State) -> Response<Body> {
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

    fn json(&self, state: &mut State, target: &str) -> Response<Body> {
        let Some((prefix, operation)) = targeted(target) else {
            return json_response(Err(unknown(target)), JSON);
        };
        let result = with_fault(state, &format!("{prefix}:{operation}"), |state| {
            let input: Map<String, Json> = serde_json::from_slice(self.body).map_err(|_| {
                ServiceError::new(400, "SerializationException", "the body is not a JSON object")
            })?;
            match prefix {
                "sso" => sso_admin::call(state, operation, &Input(&input)),
                "cloudwatch" => cloudwatch::call(&mut state.world, operation, Encoding::Json, self.body)
                    .map(|()| json!({})),
                _ => identity_store::call(&state.world, operation, &Input(&input)),
            }
        });
        json_response(result, JSON)
    }

    fn cbor(&self, state: &mut State, operation: &str) -> Response<Body> {
        let result = with_fault(state, &format!("cloudwatch:{operation}"), |state| {
            cloudwatch::call(&mut state.world, operation, Encoding::Cbor, self.body)
        });
        let (status, body) = match result {
            Ok(()) => (200, Vec::new()),
            Err(error) => (error.status, cloudwatch::error(&error)),
        };
        response(status, "application/cbor", body, &[("smithy-protocol", "rpc-v2-cbor")])
    }

    fn query(&self, state: &mut State) -> Response<Body> {
        let parameters = iam::parameters(self.body);
        let action = iam::parameter(&parameters, "Action").unwrap_or_default().to_owned();
        let result = with_fault(state, &format!("iam:{action}"), |state| {
            iam::call(&state.world, &action, &parameters)
        });
        let (status, body) = match result {
            Ok(body) => (200, body),
            Err(error) => (error.status, iam::error(&error)),
        };
        response(status, "text/xml", body.into_bytes(), &[])
    }

    fn access_analyzer(&self, state: &mut State, operation: &str) -> Response<Body> {
        let result = with_fault(state, &format!("access-analyzer:{operation}"), |_| {
            access_analyzer::call(operation, self.body)
        });
        let (status, body) = match result {
            Ok(body) => (200, body),
            Err(error) => return access_analyzer_error(&error),
        };
        response(status, "application/json", body.to_string().into_bytes(), &[])
    }

    fn s3(&self, state: &mut State) -> Response<Body> {
        let result = s3::Call::read(self.method, self.path, self.query).and_then(|call| {
            with_fault(state, call.operation(), |state| call.answer(state, self.headers, self.body))
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

fn access_analyzer_error(error: &ServiceError) -> Response<Body> {
    let body = json!({"message": error.message}).to_string().into_bytes();
    response(error.status, "application/json", body, &[("x-amzn-errortype", &error.code)])
}

/// The IAM prefix and the operation of a target header.
fn targeted(target: &str) -> Option<(&'static str, &str)> {
    let (service, operation) = target.split_once('.')?;
    let prefix = match service {
        "SWBExternalService" => "sso",
        "AWSIdentityStore" => "identitystore",
        "GraniteServiceVersion20100801" => "cloudwatch",
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
    let error = |fault: Fault| ServiceError::new(fault.status, &fault.code, "a fault was asked for");
    let answer = match fault::take(&mut state.world.faults, operation) {
        None => call(state),
        Some(fault) if fault.takes_effect => call(state).and_then(|_| Err(error(fault))),
        Some(fault) => Err(error(fault)),
    };
    if let Some(write) = state.world.foreign_write.take_if(|write| write.after == operation) {
        state.world.write(write.write);
    }
    answer
}

fn json_response(answer: JsonAnswer, content_type: &str) -> Response<Body> {
    let (status, body) = match answer {
        Ok(body) => (200, body),
        Err(error) => (error.status, json!({"__type": error.code, "Message": error.message})),
    };
    response(status, content_type, body.to_string().into_bytes(), &[])
}

fn response(status: u16, content_type: &str, body: Vec<u8>, headers: &[(&str, &str)]) -> Response<Body> {
    let builder = Response::builder()
        .status(status)
        .header("content-type", content_type)
        .header("x-amzn-requestid", "sandbox");
    let builder = headers.iter().fold(builder, |builder, (name, value)| builder.header(*name, *value));
    builder.body(Body::from(body)).unwrap_or_default()
}
