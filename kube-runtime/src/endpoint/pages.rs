//! What there is to look at: a request by a program or a person in, numbers, checks or the live page out.

use std::time::Duration;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use http_body_util::Full;
use hyper::Request;
use hyper::Response;
use hyper::StatusCode;
use hyper::body::Bytes;
use hyper::body::Incoming;
use hyper::header::HeaderName;
use hyper::header::HeaderValue;
use hyper::header::X_CONTENT_TYPE_OPTIONS;
use tokio::time::Instant;

use super::Guard;
use super::admin;
use super::admin::Ask;
use super::admin::Site;
use super::answer::Serves;
use super::answer::answer;
use super::service::Service;
use super::service::response;
use super::vitals::Vitals;

/// What is behind a guard.
const METRICS_ONLY: Serves = Serves { metrics: true, probes: false };

/// What there is to look at.
#[derive(Clone, Debug)]
pub(crate) enum Pages {
    /// Metrics and probes, to whoever asks.
    Vitals(Vitals, Serves),
    /// Metrics, to whom the guard lets through.
    Guarded(Vitals, Guard),
    /// The live page.
    Admin(Site),
}

impl Service for Pages {
    fn is_asked_once(&self) -> bool {
        true
    }

    fn answer(
        &self,
        request: Request<Incoming>,
        _limit: Duration,
    ) -> BoxFuture<'_, Response<Full<Bytes>>> {
        async move { respond(self, &request).await }.boxed()
    }
}

async fn respond(pages: &Pages, request: &Request<Incoming>) -> Response<Full<Bytes>> {
    let (uri, method) = (request.uri(), request.method().as_str());
    let answer = match pages {
        Pages::Vitals(vitals, serves) => {
            let query = uri.query().unwrap_or_default();
            answer(vitals, *serves, method, uri.path(), query).await
        }
        Pages::Guarded(vitals, guard) => match guard.refuses(ask(request).authorization).await {
            Some(refusal) => refusal,
            None => answer(vitals, METRICS_ONLY, method, uri.path(), "").await,
        },
        Pages::Admin(site) => {
            let nonce = uuid::Uuid::new_v4().simple().to_string();
            admin::answer(site, &ask(request), &nonce, Instant::now())
        }
    };
    let status = StatusCode::from_u16(answer.status).expect("our statuses are three digits");
    let mut response = response(status, answer.content_type, answer.text.into());
    let headers = response.headers_mut();
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    for (name, value) in answer.headers {
        let value = HeaderValue::from_str(&value).expect("our headers are printable ASCII");
        headers.insert(HeaderName::from_static(name), value);
    }
    response
}

fn ask(request: &Request<Incoming>) -> Ask<'_> {
    let header = |name: &str| {
        let value = request.headers().get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default()
    };
    Ask {
        method: request.method().as_str(),
        path: request.uri().path(),
        // An address in the first line goes before the header.
        host: request.uri().authority().map_or_else(|| header("host"), |name| name.as_str()),
        authorization: header("authorization"),
        fetch_site: header("sec-fetch-site"),
    }
}
