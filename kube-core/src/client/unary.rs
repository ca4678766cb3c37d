//! A call whose answer is one piece: repeated where that is harmless, told to observers where it writes.

use bytes::Bytes;
use serde::Deserialize;
use serde::de::IgnoredAny;
use tokio::time::Instant;

use crate::error::Error;
use crate::error::ErrorKind;
use crate::error::Result;
use crate::request::Form;
use crate::request::Request;
use crate::request::Target;
use crate::request::Verb;
use crate::transport::Body;
use crate::transport::Response;
use crate::wire::RawObject;

use super::Asked;
use super::Client;
use super::observe::Pending;
use super::observe::Write;
use super::retry;

impl Client {
    /// Makes a call about a kind and returns its whole answer.
    pub(crate) async fn call(
        &self,
        target: &Target,
        request: Request,
        dry_run: bool,
    ) -> Result<Bytes> {
        self.check(target, &request)?;
        let verb = request.verb;
        let writes = verb.is_write() && !dry_run && target.subresource.as_deref() != Some("token");
        let pending = match writes {
            true => self.observers.begin(&target.resource, lost(target, verb)),
            false => Pending::nobody(),
        };
        let result = self.bytes(request).await;
        match &result {
            Ok(answer) => pending.done(|| written(target, verb, answer)),
            Err(error) if may_have_happened(error) => drop(pending),
            Err(_) => pending.refused(),
        }
        result
    }

    /// Opens an answer that is read in pieces. Only opening it is repeated.
    pub(crate) async fn open(
        &self,
        target: &Target,
        request: Request,
        repeat: bool,
    ) -> Result<Response> {
        self.check(target, &request)?;
        self.repeated(request, repeat, false).await
    }

    /// Makes any call and returns its whole answer.
    pub(crate) async fn bytes(&self, request: Request) -> Result<Bytes> {
        let repeat = !request.verb.is_write();
        self.repeated(request, repeat, true).await?.body.collect(self.answer_limit).await
    }

    /// An answer: its head, or with the `whole` body in one piece.
    async fn repeated(&self, request: Request, repeat: bool, whole: bool) -> Result<Response> {
        self.ready(&request).await?;
        let deadline = Self::after(self.timeout);
        let mut repeats = 0;
        loop {
            self.turn(&request, repeats, deadline).await?;
            let attempt = async {
                let (mut response, begun) = self.once(request.clone(), repeats).await?;
                if whole {
                    let answer = match response.body.collect(self.answer_limit).await {
                        // All that was deleted, which nobody reads: the head says that it was done.
                        Err(error) if is_over(&error) && request.verb == Verb::DeleteCollection => {
                            Ok(Bytes::new())
                        }
                        answer => answer,
                    };
                    let answer = answer.map_err(|error| error.context(request.failed()))?;
                    if let Some(counter) = &self.counter {
                        let (asked, status) = (Asked::of(&request, repeats), response.status);
                        let host = self.shared.transport.host();
                        counter.read(&asked.attempt(host, Some(status), begun), answer.len());
                    }
                    response.body = Body::from(answer);
                }
                Ok(response)
            };
            let error = match tokio::time::timeout_at(deadline, attempt).await {
                Ok(Ok(value)) => return Ok(value),
                Ok(Err(error)) => error,
                Err(_) => self.too_slow().context(request.failed()),
            };
            let left = deadline.saturating_duration_since(Instant::now());
            let wait = if repeat { retry::wait(&error, repeats, left) } else { None };
            let Some(wait) = wait else { return Err(marked(error, request.verb)) };
            tracing::debug!(error = %error.chain(), ?wait, "the request is repeated");
            pause(wait).await;
            repeats += 1;
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the client waits before it repeats a request")]
pub(super) async fn pause(wait: std::time::Duration) {
    tokio::time::sleep(wait).await;
}

fn is_over(error: &Error) -> bool {
    error.kind() == ErrorKind::TooLarge
}

/// Says of a write that failed without an answer that it may have happened.
pub(super) fn marked(error: Error, verb: Verb) -> Error {
    let unanswered = match error.status() {
        // The server or a proxy gave up waiting for what it had begun.
        Some(status) => status.code == 504,
        None => !matches!(
            error.kind(),
            ErrorKind::Connect | ErrorKind::Input | ErrorKind::Config | ErrorKind::Auth
        ),
    };
    if verb.is_write() && unanswered { error.with_unknown_outcome() } else { error }
}

/// An internal error may come after the store has the object, so observers hear of it as well.
fn may_have_happened(error: &Error) -> bool {
    error.is_outcome_unknown() || error.status().is_some_and(|status| status.code >= 500)
}

fn lost(target: &Target, verb: Verb) -> Write {
    let namespace = target.namespace.as_ref().map(ToString::to_string);
    match &target.name {
        _ if verb == Verb::DeleteCollection => Write::Collection { namespace },
        Some(name) => Write::Unknown { namespace, name: name.to_string() },
        None => Write::Unknown { namespace, name: String::new() },
    }
}

/// Only what tells whether the object is still there.
#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    metadata: Metadata,
    #[serde(default)]
    details: Option<Details>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Metadata {
    namespace: Option<String>,
    name: Option<String>,
    uid: Option<String>,
    deletion_timestamp: Option<IgnoredAny>,
    deletion_grace_period_seconds: Option<i64>,
    finalizers: Option<Vec<IgnoredAny>>,
}

#[derive(Deserialize)]
struct Details {
    #[serde(default)]
    uid: Option<String>,
}

/// What a write did, by its answer; none if that does not tell.
fn written(target: &Target, verb: Verb, body: &Bytes) -> Option<Write> {
    let whole = matches!(
        target.subresource.as_deref(),
        None | Some("status" | "approval" | "ephemeralcontainers" | "finalize" | "resize")
    );
    if !whole || target.form != Form::Object || verb == Verb::DeleteCollection {
        return None;
    }
    let answer: Answer = serde_json::from_slice(body).ok()?;
    let metadata = answer.metadata;
    let name = target.name.as_ref().map(ToString::to_string);
    let namespace = target.namespace.as_ref().map(ToString::to_string);
    let deleted = |uid: Option<String>| {
        Some(Write::Deleted {
            namespace: namespace.or(metadata.namespace),
            name: name.or(metadata.name)?,
            uid,
        })
    };
    if answer.kind == "Status" {
        return deleted(answer.details.and_then(|details| details.uid));
    }
    let ending = metadata.deletion_timestamp.is_some();
    let held = metadata.finalizers.is_some_and(|finalizers| !finalizers.is_empty())
        || metadata.deletion_grace_period_seconds.is_some_and(|seconds| seconds > 0);
    // Taking away the last finalizer of an object that is being deleted deletes it; the answer still shows it.
    if (ending || verb == Verb::Delete) && !held {
        return deleted(metadata.uid);
    }
    RawObject::parse(body.clone(), false).ok().map(Write::Object)
}
