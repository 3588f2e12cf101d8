//! AWS without a network: the SDK's requests go straight to the sandbox, so that a simulation decides when each is served.

use std::fmt::Debug;
use std::io;
use std::sync::Arc;

use aws_config::SdkConfig;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::client::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use axum::http::{Request, Response};
use futures::future::BoxFuture;
use tagmend_remedy::sandbox_configuration_as;
use tagmend_sandbox::{Cloud, Reply};

/// What a request travels on.
pub trait Line: Debug + Send + Sync {
    /// Carries a request to its reply.
    fn carry(&self, request: Request<Vec<u8>>) -> BoxFuture<'static, Reply>;
}

/// Every request is served at once.
#[derive(Debug)]
pub struct Straight(pub Cloud);

impl Line for Straight {
    fn carry(&self, request: Request<Vec<u8>>) -> BoxFuture<'static, Reply> {
        let reply = self.0.answer(&request);
        Box::pin(async { reply })
    }
}

/// The configuration of clients that talk over this line. The Region names the SDK's budget of retries, which clients of
/// one process share.
pub fn configuration(line: Arc<dyn Line>, region: &str) -> SdkConfig {
    configuration_as("sandbox", line, region)
}

/// The same for a caller of this name, where the cloud tells callers apart.
pub fn configuration_as(caller: &str, line: Arc<dyn Line>, region: &str) -> SdkConfig {
    sandbox_configuration_as(caller, "http://sandbox", region)
        .into_builder()
        .http_client(Wire(line))
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .build()
}

/// The operation of a service that speaks JSON, else method and path: for S3 with bucket and object.
pub fn name(request: &Request<Vec<u8>>) -> String {
    let target = request.headers().get("x-amz-target").and_then(|target| target.to_str().ok());
    match target {
        Some(target) => target.rsplit('.').next().unwrap_or_default().to_owned(),
        None => format!("{} {}", request.method(), request.uri().path()),
    }
}

#[derive(Clone, Debug)]
struct Wire(Arc<dyn Line>);

impl HttpClient for Wire {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Wire {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let line = Arc::clone(&self.0);
        HttpConnectorFuture::new(async move {
            match line.carry(read(request).await?).await {
                Reply::Answer(answer) => write(answer),
                Reply::Reset => {
                    Err(ConnectorError::io(io::Error::from(io::ErrorKind::ConnectionReset).into()))
                }
                Reply::Silence => {
                    Err(ConnectorError::timeout(io::Error::from(io::ErrorKind::TimedOut).into()))
                }
            }
        })
    }
}

async fn read(mut request: HttpRequest) -> Result<Request<Vec<u8>>, ConnectorError> {
    let user = |error: &str| ConnectorError::user(error.to_owned().into());
    let body = match request.body().bytes() {
        Some(bytes) => bytes.to_vec(),
        None => {
            let body = std::mem::replace(request.body_mut(), SdkBody::empty());
            ByteStream::new(body).collect().await.map_err(|_| user("the body"))?.to_vec()
        }
    };
    let mut builder = Request::builder().method(request.method()).uri(request.uri());
    for (name, value) in request.headers() {
        builder = builder.header(name, value);
    }
    builder.body(body).map_err(|_| user("the request"))
}

fn write(answer: Response<Vec<u8>>) -> Result<HttpResponse, ConnectorError> {
    let (parts, body) = answer.into_parts();
    let status = parts.status.as_u16().try_into().map_err(|_| ConnectorError::user("the status".into()))?;
    let mut response = HttpResponse::new(status, SdkBody::from(body));
    for (name, value) in &parts.headers {
        let value = value.to_str().unwrap_or_default().to_owned();
        response.headers_mut().append(name.as_str().to_owned(), value);
    }
    Ok(response)
}
