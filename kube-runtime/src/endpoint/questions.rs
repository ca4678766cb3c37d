//! What an API server asks webhooks: a request with a body in, the answer out.

use std::time::Duration;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use http_body_util::BodyExt as _;
use http_body_util::Full;
use http_body_util::Limited;
use hyper::Method;
use hyper::Request;
use hyper::Response;
use hyper::StatusCode;
use hyper::body::Bytes;
use hyper::body::Incoming;

use super::service::Service;
use super::service::response;
use crate::webhook::Webhooks;

/// The largest question: an object as it is and as it is to be, each of which the API server limits to 3 MiB.
const LARGEST: usize = 7 << 20;
/// The same of a list that is to be converted, which comes whole.
const LARGEST_LIST: usize = 128 << 20;

impl Service for Webhooks {
    fn is_asked_once(&self) -> bool {
        false
    }

    fn answer(
        &self,
        request: Request<Incoming>,
        limit: Duration,
    ) -> BoxFuture<'_, Response<Full<Bytes>>> {
        respond(self, request, limit).boxed()
    }
}

async fn respond(
    webhooks: &Webhooks,
    request: Request<Incoming>,
    limit: Duration,
) -> Response<Full<Bytes>> {
    if request.method() != Method::POST {
        return text(StatusCode::METHOD_NOT_ALLOWED, "a webhook is asked by POST".into());
    }
    let path = request.uri().path().to_owned();
    let largest = if path.starts_with("/convert/") { LARGEST_LIST } else { LARGEST };
    let body = Limited::new(request.into_body(), largest).collect();
    let body = match tokio::time::timeout(limit, body).await {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(_)) => {
            return text(
                StatusCode::PAYLOAD_TOO_LARGE,
                format!("the question did not come whole, or is larger than {largest} bytes"),
            );
        }
        Err(_) => return text(StatusCode::REQUEST_TIMEOUT, "the question did not come".into()),
    };
    let answered = webhooks.answer(&path, &body).await;
    match StatusCode::from_u16(answered.status) {
        Ok(StatusCode::OK) => response(StatusCode::OK, "application/json", answered.body.into()),
        status => response(
            status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            "text/plain; charset=utf-8",
            answered.body.into(),
        ),
    }
}

fn text(status: StatusCode, why: String) -> Response<Full<Bytes>> {
    response(status, "text/plain; charset=utf-8", why.into())
}
