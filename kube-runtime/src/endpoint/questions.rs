//! One connection of an API server that asks webhooks: requests with a body in, answers out, one after the other.

use std::convert::Infallible;
use std::time::Duration;

use http_body_util::BodyExt as _;
use http_body_util::Full;
use http_body_util::Limited;
use hyper::Method;
use hyper::Request;
use hyper::Response;
use hyper::StatusCode;
use hyper::body::Bytes;
use hyper::body::Incoming;
use hyper::header::CONTENT_TYPE;
use hyper::header::HeaderValue;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use hyper_util::rt::TokioTimer;
use tokio::io::AsyncRead;
use tokio::io::AsyncWrite;

use crate::error::Result;
use crate::webhook::Webhooks;

/// The largest question: an object as it is and as it is to be, each of which the API server limits to 3 MiB.
const LARGEST: usize = 7 << 20;
/// The same of a list that is to be converted, which comes whole.
const LARGEST_LIST: usize = 128 << 20;
/// An API server may keep a connection for so long without asking.
const IDLE: Duration = Duration::from_secs(90);

/// Answers until the API server closes the connection. A body may take `limit` to come; how long an answer takes is the webhook's to say.
pub(super) async fn serve<S>(stream: S, webhooks: Webhooks, limit: Duration) -> Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let service = service_fn(move |request: Request<Incoming>| {
        let webhooks = webhooks.clone();
        async move { Ok::<_, Infallible>(respond(&webhooks, request, limit).await) }
    });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(IDLE);
    Ok(builder.serve_connection(TokioIo::new(stream), service).await?)
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

fn response(status: StatusCode, kind: &'static str, body: Bytes) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}
