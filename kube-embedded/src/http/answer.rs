//! Answers: objects, lists and refusals in; HTTP responses in the form that was asked for out.

use super::body::Body;
use super::negotiate::{Accepted, Shape};
use crate::clock::Clock;
use crate::kind::Kind;
use crate::status::Failure;
use crate::store::Stored;
use crate::streaming::Conversation;
use crate::verb::{Listing, view_bytes, view_value};
use crate::watch::partial;
use bytes::{BufMut, Bytes, BytesMut};
use futures::stream;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WARNING};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use serde_json::{Value, json};
use std::sync::Arc;

/// The pieces in which long lists leave.
const PIECE: usize = 64 << 10;

/// Writes answers for one request.
#[derive(Clone, Debug)]
pub(crate) struct Answerer {
    pub(crate) accepted: Accepted,
    pub(crate) clock: Clock,
    pub(crate) warnings: Vec<String>,
}

impl Answerer {
    /// One object.
    pub(crate) fn object(
        &self,
        kind: &Kind,
        stored: &Stored,
        code: u16,
    ) -> Result<Response<Body>, Failure> {
        let bytes = match &self.accepted.shape {
            Shape::Whole | Shape::Discovery => view_bytes(kind, stored),
            Shape::Partial if stored.revision > 0 => partial(&stored.metadata()),
            Shape::Partial => partial(view_value(kind, stored)["metadata"].to_string().as_bytes()),
            Shape::PartialList => {
                return Err(Failure::not_acceptable(format!(
                    "you requested PartialObjectMetadataList, but the requested object is not a \
                     list (*core.{})",
                    kind.kind
                )));
            }
            Shape::Table(form) => {
                let metadata = json!({"resourceVersion": stored.revision.to_string()});
                let object = view_value(kind, stored);
                let now = self.clock.now();
                let table = form.table(kind, std::slice::from_ref(&object), &metadata, true, now);
                return Ok(self.value(&table, code));
            }
        };
        if self.accepted.pretty || self.accepted.yaml {
            let value = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
            return Ok(self.value(&value, code));
        }
        let mut out = BytesMut::with_capacity(bytes.len() + 1);
        out.extend_from_slice(&bytes);
        out.put_u8(b'\n');
        Ok(self.json(Body::whole(out.freeze()), code))
    }

    /// A part of an object that has a kind of its own.
    pub(crate) fn part(&self, kind: &Kind, part: Value) -> Response<Body> {
        let Shape::Table(form) = &self.accepted.shape else { return self.value(&part, 200) };
        let metadata = json!({"resourceVersion": part["metadata"]["resourceVersion"]});
        self.value(&form.table(kind, &[part], &metadata, true, self.clock.now()), 200)
    }

    /// A collection.
    pub(crate) fn list(
        &self,
        kind: &Arc<Kind>,
        listing: Listing,
    ) -> Result<Response<Body>, Failure> {
        let mut metadata = json!({"resourceVersion": listing.revision.to_string()});
        if kind.custom || !listing.token.is_empty() {
            metadata["continue"] = listing.token.as_str().into();
        }
        if let Some(remaining) = listing.remaining {
            metadata["remainingItemCount"] = remaining.into();
        }
        let (list_kind, version) = match &self.accepted.shape {
            Shape::Whole | Shape::Discovery => (kind.list_kind.clone(), kind.api_version()),
            Shape::PartialList => {
                ("PartialObjectMetadataList".to_owned(), "meta.k8s.io/v1".to_owned())
            }
            Shape::Partial => {
                return Err(Failure::not_acceptable(format!(
                    "you requested PartialObjectMetadata, but the requested object is a list \
                     (*core.{})",
                    kind.list_kind
                )));
            }
            Shape::Table(form) => {
                let objects: Vec<Value> =
                    listing.items.iter().map(|stored| view_value(kind, stored)).collect();
                let table = form.table(kind, &objects, &metadata, true, self.clock.now());
                return Ok(self.value(&table, 200));
            }
        };
        let head = format!(
            "{{\"kind\":\"{list_kind}\",\"apiVersion\":\"{version}\",\"metadata\":{metadata},\
             \"items\":["
        );
        let partial = matches!(self.accepted.shape, Shape::PartialList);
        let mut pieces = pieces(Arc::clone(kind), listing.items, head, partial);
        if self.accepted.pretty || self.accepted.yaml {
            let all: Vec<u8> = pieces.flatten().collect();
            let value = serde_json::from_slice(&all).unwrap_or(Value::Null);
            return Ok(self.value(&value, 200));
        }
        let first = pieces.next().unwrap_or_default();
        Ok(match pieces.next() {
            None => self.json(Body::whole(first), 200),
            Some(second) => {
                let all = [first, second].into_iter().chain(pieces).map(Ok);
                self.json(Body::stream(stream::iter(all)), 200)
            }
        })
    }

    /// Any value.
    pub(crate) fn value(&self, value: &Value, code: u16) -> Response<Body> {
        if self.accepted.yaml {
            let text = serde_saphyr::to_string(value).unwrap_or_default();
            return self.with(Body::whole(text), code, "application/yaml");
        }
        let mut text = if self.accepted.pretty {
            serde_json::to_string_pretty(value).unwrap_or_default()
        } else {
            value.to_string()
        };
        text.push('\n');
        self.json(Body::whole(text), code)
    }

    /// A refusal.
    pub(crate) fn failure(&self, failure: &Failure) -> Response<Body> {
        let mut response = self.value(&failure.to_value(), failure.code());
        if let Some(seconds) = failure.retry_after() {
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        response
    }

    /// The switch to another protocol.
    pub(crate) fn switched(
        &self,
        headers: HeaderMap,
        conversation: Conversation,
    ) -> Response<Body> {
        let mut response = Response::new(Body::switched(conversation));
        *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        *response.headers_mut() = headers;
        response
    }

    /// A watch.
    pub(crate) fn stream(&self, body: Body) -> Response<Body> {
        self.json(body, 200)
    }

    fn json(&self, body: Body, code: u16) -> Response<Body> {
        self.with(body, code, "application/json")
    }

    fn with(&self, body: Body, code: u16, content_type: &'static str) -> Response<Body> {
        let mut response = Response::new(body);
        *response.status_mut() =
            StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache, private"));
        let mut told: Vec<&String> = Vec::new();
        for warning in &self.warnings {
            if told.contains(&warning) {
                continue;
            }
            told.push(warning);
            let text = warning.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', " ");
            if let Ok(value) = HeaderValue::from_str(&format!("299 - \"{text}\"")) {
                headers.append(WARNING, value);
            }
        }
        response
    }
}

/// A text that is no object.
pub(crate) fn plain(code: u16, text: impl Into<Bytes>) -> Response<Body> {
    let mut response = Response::new(Body::whole(text));
    *response.status_mut() =
        StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache, private"));
    headers.insert("x-content-type-options", HeaderValue::from_static("nosniff"));
    response
}

/// A list in pieces, each written when it is asked for.
fn pieces(
    kind: Arc<Kind>,
    items: Vec<Arc<Stored>>,
    head: String,
    metadata_only: bool,
) -> impl Iterator<Item = Bytes> + Send + 'static {
    let mut items = items.into_iter();
    let mut head = Some(head);
    let mut first = true;
    let mut done = false;
    std::iter::from_fn(move || {
        if done {
            return None;
        }
        let mut out = BytesMut::new();
        out.extend_from_slice(head.take().unwrap_or_default().as_bytes());
        while out.len() < PIECE {
            let Some(stored) = items.next() else {
                out.extend_from_slice(b"]}\n");
                done = true;
                break;
            };
            if !first {
                out.put_u8(b',');
            }
            first = false;
            if metadata_only {
                out.extend_from_slice(&partial(&stored.metadata()));
            } else if kind.custom {
                out.extend_from_slice(&view_bytes(&kind, &stored));
            } else if kind.conversion.is_some() {
                let mut value = view_value(&kind, &stored);
                if let Some(members) = value.as_object_mut() {
                    members.retain(|name, _| name != "kind" && name != "apiVersion");
                }
                out.extend_from_slice(value.to_string().as_bytes());
            } else {
                out.put_u8(b'{');
                out.extend_from_slice(stored.untyped());
            }
        }
        Some(out.freeze())
    })
}
