//! One request after it was let in: what the handlers are given, and its body parsed.

use super::info::RequestInfo;
use super::query::Query;
use crate::auth::User;
use crate::json;
use crate::kind::Kind;
use crate::proto;
use crate::status::Failure;
use crate::verb::{DeleteOptions, Document};
use crate::watch::WatchPlan;
use bytes::Bytes;
use http::HeaderMap;
use http::header::{CONTENT_TYPE, USER_AGENT};
use serde_json::{Value, json as value};

/// One request.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) info: RequestInfo,
    pub(crate) query: Query,
    pub(crate) user: User,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// The answer's body is not wanted.
    pub(crate) head: bool,
    /// What faults have before a watch.
    pub(crate) plan: WatchPlan,
}

const PROTOBUF: &str = "application/vnd.kubernetes.protobuf";
const UNKNOWN_FORMAT: &str = "the body of the request was in an unknown format - accepted media \
    types include: application/json, application/yaml, application/vnd.kubernetes.protobuf";

impl Call {
    fn header(&self, name: http::HeaderName) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("")
    }

    pub(crate) fn agent(&self) -> &str {
        self.header(USER_AGENT)
    }

    /// The media type of the body, without its parameters.
    pub(crate) fn media(&self) -> &str {
        self.header(CONTENT_TYPE).split(';').next().unwrap_or("").trim()
    }

    /// The body as one document.
    pub(crate) fn document(&self, kind: &Kind) -> Result<Document, Failure> {
        match self.media() {
            "" | "application/json" => {}
            "application/yaml" => return self.yaml().map(Document::from),
            PROTOBUF if !kind.custom => return self.protobuf(kind).map(Document::from),
            _ => return Err(Failure::unsupported_media_type(UNKNOWN_FORMAT)),
        }
        let parsed = json::parse(&self.body).map_err(|error| {
            let body = if self.body.is_empty() {
                "<empty>".to_owned()
            } else {
                String::from_utf8_lossy(&self.body).into_owned()
            };
            Failure::bad_request(format!(
                "the object provided is unrecognized (must be of type {}): couldn't get \
                 version/kind; json parse error: {error} ({body})",
                kind.kind
            ))
        })?;
        Ok(Document { value: parsed.value, duplicates: parsed.duplicates })
    }

    fn protobuf(&self, kind: &Kind) -> Result<Value, Failure> {
        proto::decode(&self.body).map_err(|error| {
            let (version, kind) = (&kind.version, &kind.kind);
            Failure::bad_request(format!(
                "{kind} in version \"{version}\" cannot be handled as a {kind}: {error}"
            ))
        })
    }

    /// The body as YAML, of which JSON is a part.
    pub(crate) fn yaml(&self) -> Result<Value, Failure> {
        if let Ok(parsed) = json::parse(&self.body) {
            return Ok(parsed.value);
        }
        let text = String::from_utf8_lossy(&self.body);
        serde_saphyr::from_str(&text).map_err(|error| {
            let line = error.to_string();
            let line = line.lines().next().unwrap_or("").to_owned();
            Failure::bad_request(format!(
                "error decoding YAML: error converting YAML to JSON: yaml: {line}"
            ))
        })
    }

    /// How a deletion is to be done: from the body, or from the query without one.
    pub(crate) fn deletion(&self) -> Result<(DeleteOptions, bool), Failure> {
        let options = if self.body.is_empty() {
            let number = |name| self.query.get(name).and_then(|text| text.parse::<i64>().ok());
            value!({
                "gracePeriodSeconds": number("gracePeriodSeconds"),
                "propagationPolicy": self.query.get("propagationPolicy"),
                "orphanDependents": self.query.get("orphanDependents").map(|text| text == "true"),
            })
        } else {
            let options = match self.media() {
                PROTOBUF => proto::decode(&self.body).map_err(Failure::bad_request)?,
                _ => self.yaml()?,
            };
            let kind = options["kind"].as_str().unwrap_or("DeleteOptions");
            if kind != "DeleteOptions" {
                let version = options["apiVersion"].as_str().unwrap_or("v1");
                return Err(Failure::bad_request(format!(
                    "no kind \"{kind}\" is registered for version \"{version}\" in scheme \
                     \"pkg/runtime/scheme.go:111\""
                )));
            }
            options
        };
        DeleteOptions::read(&options)
    }
}
