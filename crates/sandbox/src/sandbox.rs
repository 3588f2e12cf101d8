//! The services, served over HTTP on the loopback interface.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::ops::Deref;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, State as Extension};
use axum::http::{HeaderMap, Method, Request, Response, Uri};
use futures::stream;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::cloud::Cloud;
use crate::reply::Reply;
use crate::world::World;

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
    /// Serves a world on a free port of the loopback interface, to whoever keeps to the world's clock.
    ///
    /// # Errors
    /// Where no port is to be had.
    pub async fn start(world: World) -> io::Result<Sandbox> {
        let sandbox = Sandbox::start_on(world, 0).await?;
        sandbox.cloud.tell_its_time();
        Ok(sandbox)
    }

    /// Serves a world on this port of the loopback interface. Its answers have the time of this machine.
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
