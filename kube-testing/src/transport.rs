//! A client's request in, the embedded server's answer out, with no socket between them.

use std::fmt;

use bytes::Bytes;
use futures::FutureExt as _;
use futures::TryStreamExt as _;
use futures::future::BoxFuture;
use kube_core::Error;
use kube_core::ErrorKind;
use kube_core::Result;
use kube_core::request::Request;
use kube_core::transport::Body;
use kube_core::transport::Connection;
use kube_core::transport::Headers;
use kube_core::transport::Response;
use kube_core::transport::Transport;
use kube_embedded::Server;

use crate::conversation::Held;

/// Carries the requests of one user to a server in this process.
///
/// What happens in it depends only on the requests and the clock, so a test runs the same way each time.
#[derive(Clone)]
pub struct InProcess {
    server: Server,
    token: String,
}

impl InProcess {
    /// Requests go to `server` with this bearer token.
    #[must_use]
    pub fn new(server: &Server, token: impl Into<String>) -> Self {
        Self { server: server.clone(), token: token.into() }
    }

    /// How far the server is.
    pub(crate) fn revision(&self) -> u64 {
        self.server.revision()
    }

    fn translate(&self, request: &Request) -> Result<http::Request<Bytes>> {
        let mut built = http::Request::builder()
            .method(request.method.as_str())
            .uri(request.path_and_query())
            .header("authorization", format!("Bearer {}", self.token));
        for (name, value) in &request.headers {
            built = built.header(&**name, value);
        }
        let body = request.body.clone().unwrap_or_default();
        built.body(body).map_err(|error| Error::new(ErrorKind::Input, error))
    }
}

impl Transport for InProcess {
    fn send(&self, request: Request) -> BoxFuture<'static, Result<Response>> {
        let translated = self.translate(&request);
        let server = self.server.clone();
        async move {
            let answer = server.handle(translated?).await.map_err(broken)?;
            let (parts, body) = answer.into_parts();
            let text =
                |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
            let headers: Headers =
                parts.headers.iter().map(|(name, value)| (name.as_str(), text(value))).collect();
            match body.conversation() {
                Ok(conversation) => {
                    Ok(Response::switched(headers, Connection::new(Held::new(conversation))))
                }
                Err(body) => {
                    let body = Body::from_stream(body.map_err(broken));
                    Ok(Response::new(parts.status.as_u16(), headers, body))
                }
            }
        }
        .boxed()
    }

    fn describe(&self) -> String {
        "the embedded server".to_owned()
    }
}

fn broken(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::new(ErrorKind::Connection, error)
}

impl fmt::Debug for InProcess {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("InProcess").field("token", &"..").finish_non_exhaustive()
    }
}
