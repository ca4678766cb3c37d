//! Requests for a Pod's own HTTP server, through the API server: the request in; what the Pod answers out.
//!
//! Mirrors: kubernetes apimachinery pkg/util/proxy/upgradeaware.go
//! Differs: it is always plain HTTP/1.1, connections are not upgraded, and links in pages are as the Pod wrote them.

use super::body::Body;
use super::call::Call;
use super::service::Service;
use crate::status::Failure;
use crate::streaming::{self, Backend, Offer};
use crate::verb::Target;
use bytes::Bytes;
use futures::future::BoxFuture;
use futures::{FutureExt, stream};
use http::header::{
    AUTHORIZATION, CONNECTION, CONTENT_LENGTH, HOST, LOCATION, TE, TRAILER, TRANSFER_ENCODING,
    UPGRADE,
};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use std::io;

/// The bytes that wait in each direction.
const WAITING: usize = 64 << 10;
/// How many parts of a path come before what is asked of the Pod: `/api/v1/namespaces/NAMESPACE/pods/NAME/proxy/`.
const PREFIX: usize = 8;

pub(super) async fn answer(
    service: &Service,
    call: &Call,
    target: &Target,
) -> Result<Response<Body>, Failure> {
    if Offer::of(&call.headers) != Offer::Nothing {
        let text = "the embedded server does not upgrade connections to Pods through their proxy; use \
                    port-forward";
        return Err(Failure::bad_request(text));
    }
    let cluster = &service.cluster;
    let query = call.query.encoded();
    let query = if query.is_empty() { query } else { format!("?{query}") };
    let Some(path) = path(call) else {
        streaming::backend(cluster, target)?;
        return Ok(slash(&format!("{}/{query}", call.info.path)));
    };
    let backend = streaming::backend(cluster, target)?;
    let request = request(call, &backend, &format!("{path}{query}"))
        .map_err(|error| streaming::unreachable(&error.to_string()))?;
    let (near, far) = tokio::io::duplex(WAITING);
    let Backend { namespace, pod, port, .. } = &backend;
    let serving = cluster.containers.connect(namespace, pod, *port, far);
    let lost = |error: hyper::Error| streaming::unreachable(&error.to_string());
    let (mut sender, connection) = http1::handshake(TokioIo::new(near)).await.map_err(lost)?;
    let mut driver = async move {
        // What the connection says of its end is heard where it is read.
        let (served, _) = tokio::join!(serving, connection);
        served
    }
    .boxed();
    let mut answering = sender.send_request(request).boxed();
    let answered = tokio::select! {
        biased;
        answered = &mut answering => answered,
        served = &mut driver => {
            served.map_err(|error| streaming::unreachable(&error.to_string()))?;
            driver = std::future::pending().boxed();
            answering.await
        }
    };
    let (mut parts, body) = answered.map_err(lost)?.into_parts();
    remove_hops(&mut parts.headers);
    Ok(Response::from_parts(parts, Body::stream(pieces(body, driver))))
}

/// What is asked of the Pod; none where the path ends with `proxy`.
pub(super) fn path(call: &Call) -> Option<String> {
    call.info.path.splitn(PREFIX + 1, '/').nth(PREFIX).map(|path| format!("/{path}"))
}

/// What a path without an end is answered with, so that the links of a page lead somewhere.
fn slash(place: &str) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::MOVED_PERMANENTLY;
    if let Ok(place) = HeaderValue::from_str(place) {
        response.headers_mut().insert(LOCATION, place);
    }
    response
}

fn request(
    call: &Call,
    backend: &Backend,
    place: &str,
) -> Result<Request<Full<Bytes>>, http::Error> {
    let method = match call.info.verb.as_str() {
        "get" if call.head => Method::HEAD,
        "get" => Method::GET,
        "create" => Method::POST,
        "update" => Method::PUT,
        "patch" => Method::PATCH,
        "delete" => Method::DELETE,
        _ => Method::OPTIONS,
    };
    let mut headers = call.headers.clone();
    remove_hops(&mut headers);
    // Who asks is the API server's business alone.
    for name in [AUTHORIZATION, HOST, CONTENT_LENGTH] {
        headers.remove(name);
    }
    let mut request = Request::builder().method(method).uri(place);
    request = request.header(HOST, format!("{}:{}", backend.address, backend.port));
    request = request.header("x-forwarded-uri", &call.info.path);
    let mut request = request.body(Full::new(call.body.clone()))?;
    request.headers_mut().extend(headers);
    Ok(request)
}

/// Headers are for one connection, or for both.
fn remove_hops(headers: &mut HeaderMap) {
    for name in [CONNECTION, TE, TRAILER, TRANSFER_ENCODING, UPGRADE] {
        headers.remove(name);
    }
    headers.remove("keep-alive");
}

/// The pieces of the answer, while the connection goes on.
fn pieces(
    body: Incoming,
    driver: BoxFuture<'static, io::Result<()>>,
) -> impl futures::Stream<Item = io::Result<Bytes>> + Send + 'static {
    stream::unfold((body, Some(driver)), async |(mut body, mut driver)| {
        loop {
            let ends = async {
                match &mut driver {
                    Some(driver) => driver.await,
                    None => std::future::pending().await,
                }
            };
            let frame = tokio::select! {
                biased;
                frame = body.frame() => frame?,
                served = ends => {
                    driver = None;
                    match served {
                        Ok(()) => continue,
                        Err(error) => return Some((Err(error), (body, driver))),
                    }
                }
            };
            let piece =
                frame.map_err(io::Error::other).map(|frame| frame.into_data().unwrap_or_default());
            return Some((piece, (body, driver)));
        }
    })
}
