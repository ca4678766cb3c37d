//! The other side of a test: requests in, answers that a closure thinks up out.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::FutureExt as _;
use futures::StreamExt as _;
use futures::future::BoxFuture;
use futures::stream;
use parking_lot::Mutex;

use crate::error::{Error, ErrorKind, Result};
use crate::request::Request;

use super::Transport;
use super::response::{Body, Headers, Response};

/// What becomes of a request.
pub(crate) enum Reply {
    /// An answer: status, headers, body.
    Answer(u16, Vec<(&'static str, &'static str)>, String),
    /// An answer whose body comes in these pieces and then does not end.
    Endless(Vec<String>),
    /// An answer whose connection is lost after its beginning.
    Cut(String),
    /// No answer, for this reason.
    Fail(ErrorKind),
    /// No answer ever.
    Hang,
}

/// A success with this JSON.
pub(crate) fn ok(json: impl std::fmt::Display) -> Reply {
    Reply::Answer(200, vec![("content-type", "application/json")], json.to_string())
}

/// A failure as a server words it.
pub(crate) fn failure(code: u16, reason: &str, details: &serde_json::Value) -> Reply {
    let body = serde_json::json!({
        "kind": "Status", "apiVersion": "v1", "status": "Failure", "message": format!("it is {reason}"),
        "reason": reason, "details": details, "code": code,
    });
    Reply::Answer(code, vec![("content-type", "application/json")], body.to_string())
}

/// A failure in these words.
pub(crate) fn said(code: u16, reason: &str, message: &str) -> Reply {
    let body = serde_json::json!({
        "kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message, "reason": reason, "code": code,
    });
    Reply::Answer(code, vec![("content-type", "application/json")], body.to_string())
}

type Think = dyn Fn(&Request, usize) -> Reply + Send + Sync;

/// Answers as its closure says, which is told how many requests came before, and remembers all requests.
pub(crate) struct Script {
    takes: Duration,
    think: Box<Think>,
    seen: Mutex<Vec<Request>>,
}

impl Script {
    pub(crate) fn new(
        think: impl Fn(&Request, usize) -> Reply + Send + Sync + 'static,
    ) -> Arc<Self> {
        Self::slow(Duration::ZERO, think)
    }

    /// One that takes so long for each answer.
    pub(crate) fn slow(
        takes: Duration,
        think: impl Fn(&Request, usize) -> Reply + Send + Sync + 'static,
    ) -> Arc<Self> {
        Arc::new(Self { takes, think: Box::new(think), seen: Mutex::default() })
    }

    /// Everything that was asked, as `GET /path?query`.
    pub(crate) fn seen(&self) -> Vec<String> {
        let shown = |request: &Request| format!("{} {}", request.method, request.path_and_query());
        self.seen.lock().iter().map(shown).collect()
    }

    /// The last request.
    pub(crate) fn last(&self) -> Request {
        self.seen.lock().last().expect("there was a request").clone()
    }
}

#[expect(clippy::disallowed_methods, reason = "a slow server on a paused clock")]
async fn pause(takes: Duration) {
    tokio::time::sleep(takes).await;
}

impl Transport for Script {
    fn send(&self, request: Request) -> BoxFuture<'static, Result<Response>> {
        let reply = {
            let mut seen = self.seen.lock();
            let reply = (self.think)(&request, seen.len());
            seen.push(request);
            reply
        };
        let takes = self.takes;
        async move {
            if !takes.is_zero() {
                pause(takes).await;
            }
            // As over a network, others go on before the answer is there.
            tokio::task::yield_now().await;
            match reply {
                Reply::Answer(status, headers, body) => {
                    let headers: Headers = headers.into_iter().collect();
                    Ok(Response::new(status, headers, Body::from(Bytes::from(body))))
                }
                Reply::Endless(pieces) => {
                    let pieces =
                        stream::iter(pieces.into_iter().map(|piece| Ok(Bytes::from(piece))));
                    let body = Body::from_stream(pieces.chain(stream::pending()));
                    Ok(Response::new(200, Headers::new(), body))
                }
                Reply::Cut(beginning) => {
                    let lost = Error::new(ErrorKind::Connection, "the script cuts it off");
                    let pieces = stream::iter([Ok(Bytes::from(beginning)), Err(lost)]);
                    Ok(Response::new(200, Headers::new(), Body::from_stream(pieces)))
                }
                Reply::Fail(kind) => Err(Error::new(kind, "the script says so")),
                Reply::Hang => std::future::pending().await,
            }
        }
        .boxed()
    }

    fn describe(&self) -> String {
        "https://script as user `jane`".to_owned()
    }
}
