//! Requests that are about no object: version, health, discovery, OpenAPI.

use super::answer::{self, Answerer};
use super::body::Body;
use super::call::Call;
use super::negotiate::{self, Shape};
use super::service::Service;
use crate::discovery;
use crate::openapi;
use crate::status::Failure;
use crate::table::Include;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH, LOCATION, VARY};
use http::{HeaderValue, Response, StatusCode};
use serde_json::{Value, json};

/// The answer; `None`: there is no such path.
pub(super) fn answer(
    service: &Service,
    call: &Call,
    accept: &str,
    answerer: &Answerer,
) -> Option<Response<Body>> {
    let path = call.info.path.trim_end_matches('/');
    let reading = matches!(call.info.verb.as_str(), "get" | "head" | "post");
    let parts: Vec<&str> = path.split('/').skip(1).collect();
    match parts.as_slice() {
        [] => Some(roots(service, answerer)),
        ["version"] if call.info.verb != "get" => {
            Some(answerer.failure(&Failure::method_not_allowed()))
        }
        ["version"] => Some(version()),
        ["healthz" | "livez" | "readyz"] => Some(health(call, parts[0])),
        ["healthz" | "livez" | "readyz", "ping" | "log" | "etcd"] => Some(answer::plain(200, "ok")),
        ["openapi", "v3", rest @ ..] => openapi_v3(service, call, &rest.join("/")),
        ["api" | "apis", ..] if !reading => Some(answerer.failure(&Failure::method_not_allowed())),
        ["api"] | ["apis"] => Some(root(service, call, accept, answerer, parts[0])),
        ["api", "v1"] => {
            discovery::resources(&service.cluster, "", "v1").map(|list| answerer.value(&list, 200))
        }
        ["apis", group] => {
            discovery::group(&service.cluster, group).map(|group| answerer.value(&group, 200))
        }
        ["apis", group, version] => {
            let list = discovery::resources(&service.cluster, group, version);
            list.map(|list| answerer.value(&list, 200)).or_else(|| {
                let built_in = discovery::is_built_in(&service.cluster, group);
                built_in.then(|| answerer.failure(&Failure::no_such_resource()))
            })
        }
        ["api", _] => Some(answerer.failure(&Failure::no_such_resource())),
        _ => None,
    }
}

/// `/api` and `/apis`, in the form that was asked for.
fn root(
    service: &Service,
    call: &Call,
    accept: &str,
    answerer: &Answerer,
    which: &str,
) -> Response<Body> {
    let accepted = match negotiate::negotiate(accept, false, Include::None) {
        Ok(accepted) => accepted,
        Err(failure) => return answerer.failure(&failure),
    };
    let cluster = &service.cluster;
    if !matches!(accepted.shape, Shape::Discovery) {
        let value = match which {
            "api" => discovery::versions(),
            _ => discovery::groups(cluster),
        };
        return answerer.value(&value, 200);
    }
    let text = format!("{}\n", discovery::aggregated(cluster, which == "api"));
    let etag = format!("\"{}\"", discovery::fingerprint(&text));
    let asked = call.headers.get(IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let unchanged = asked == Some(etag.as_str());
    let mut response = Response::new(if unchanged { Body::empty() } else { Body::whole(text) });
    if unchanged {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    let headers = response.headers_mut();
    let form = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(form));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("public"));
    headers.insert(VARY, HeaderValue::from_static("Accept"));
    if let Ok(etag) = HeaderValue::from_str(&etag) {
        headers.insert(ETAG, etag);
    }
    response
}

fn json_text(value: &Value) -> Response<Body> {
    let text = serde_json::to_string_pretty(value).unwrap_or_default();
    let mut response = Response::new(Body::whole(text));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache, private"));
    response
}

fn version() -> Response<Body> {
    json_text(&json!({
        "major": "1", "minor": "36", "emulationMajor": "1", "emulationMinor": "36",
        "minCompatibilityMajor": "1", "minCompatibilityMinor": "35",
        "gitVersion": "v1.36.3+embedded", "gitCommit": "", "gitTreeState": "clean",
        "buildDate": "1970-01-01T00:00:00Z", "goVersion": "none", "compiler": "rustc",
        "platform": format!("{}/{}", std::env::consts::OS, std::env::consts::ARCH),
    }))
}

fn health(call: &Call, name: &str) -> Response<Body> {
    if call.query.get("verbose").is_some() {
        return answer::plain(200, format!("[+]ping ok\n[+]etcd ok\n{name} check passed\n"));
    }
    answer::plain(200, "ok")
}

fn roots(service: &Service, answerer: &Answerer) -> Response<Body> {
    let mut paths = vec!["/api".to_owned(), "/api/v1".to_owned(), "/apis".to_owned()];
    for kind in service.cluster.kinds.all() {
        if !kind.group.is_empty() {
            paths.push(format!("/apis/{}", kind.group));
            paths.push(format!("/apis/{}/{}", kind.group, kind.version));
        }
    }
    for path in ["/healthz", "/livez", "/openapi/v3", "/openapi/v3/", "/readyz", "/version"] {
        paths.push(path.to_owned());
    }
    paths.sort();
    paths.dedup();
    let mut answerer = answerer.clone();
    answerer.accepted.pretty = true;
    answerer.value(&json!({"paths": paths}), 200)
}

fn openapi_v3(service: &Service, call: &Call, group_version: &str) -> Option<Response<Body>> {
    if group_version.is_empty() {
        return Some(json_text(&openapi::index(&service.cluster)));
    }
    let document = openapi::document(&service.cluster, group_version)?;
    let hash = &document.hash;
    if call.query.get("hash").is_some_and(|asked| asked != hash) {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::MOVED_PERMANENTLY;
        let place = format!("/openapi/v3/{group_version}?hash={hash}");
        if let Ok(place) = HeaderValue::from_str(&place) {
            response.headers_mut().insert(LOCATION, place);
        }
        return Some(response);
    }
    let mut response = Response::new(Body::whole(document.text.clone()));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(VARY, HeaderValue::from_static("Accept"));
    if let Ok(etag) = HeaderValue::from_str(&format!("\"{hash}\"")) {
        headers.insert(ETAG, etag);
    }
    Some(response)
}
