//! Who answers at a port: one request in, one answer out. A port knows no more of them, so that whoever never opens one for webhooks links nothing that answers them.

use std::fmt::Debug;
use std::time::Duration;

use futures::future::BoxFuture;
use http_body_util::Full;
use hyper::Request;
use hyper::Response;
use hyper::body::Bytes;
use hyper::body::Incoming;
use hyper::header::CONTENT_TYPE;
use hyper::header::HeaderValue;

/// Answers what is asked at a port.
pub(crate) trait Service: Debug + Send + Sync {
    /// Whether a connection carries one request and ends with its answer; otherwise it carries one after the other for as long as the other side likes.
    fn is_asked_once(&self) -> bool;

    /// Answers one request, whose body may take `limit` to come.
    fn answer(
        &self,
        request: Request<Incoming>,
        limit: Duration,
    ) -> BoxFuture<'_, Response<Full<Bytes>>>;
}

/// An answer with this status, of this type.
pub(super) fn response(
    status: hyper::StatusCode,
    kind: &'static str,
    body: Bytes,
) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}
