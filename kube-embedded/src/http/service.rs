//! The chain that every request goes through, from the header to the journal.

use super::answer::{self, Answerer};
use super::body::Body;
use super::call::Call;
use super::gate::Gate;
use super::info::RequestInfo;
use super::journal::{Journal, JournalEntry};
use super::negotiate::{self, Accepted};
use super::query::Query;
use super::{plain, resource};
use crate::auth::token_in_path;
use crate::cluster::Cluster;
use crate::fault::{Asked, Faults, Step};
use crate::status::Failure;
use crate::table::Include;
use crate::watch::{WatchControl, WatchPlan};
use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, USER_AGENT};
use http::{HeaderValue, Request, Response};
use serde_json::Value;
use std::fmt;
use std::time::Duration;

/// The largest body that is taken.
const LIMIT: usize = 3 << 20;

/// A fault broke the connection: there is no answer, and a write may or may not have happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Disconnected;

impl fmt::Display for Disconnected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the connection was closed before an answer came")
    }
}

impl std::error::Error for Disconnected {}

/// Everything that requests need.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) cluster: Cluster,
    pub(crate) gate: Gate,
    pub(crate) faults: Faults,
    pub(crate) journal: Journal,
    pub(crate) control: WatchControl,
}

impl Service {
    /// Answers one request.
    ///
    /// # Errors
    /// A fault broke the connection.
    pub(crate) async fn handle(
        &self,
        request: Request<Bytes>,
    ) -> Result<Response<Body>, Disconnected> {
        let (mut parts, body) = request.into_parts();
        let mut path = parts.uri.path().to_owned();
        if let Some((token, rest)) = token_in_path(&path) {
            if !parts.headers.contains_key(AUTHORIZATION)
                && let Ok(value) = HeaderValue::from_str(&format!("Bearer {token}"))
            {
                parts.headers.insert(AUTHORIZATION, value);
            }
            path = rest.to_owned();
        }
        let query = Query::parse(parts.uri.query().unwrap_or(""));
        let info = RequestInfo::new(&parts.method, &path, &query);
        let text =
            |name| parts.headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
        let agent = text(USER_AGENT).unwrap_or("").to_owned();
        let audit = text(http::HeaderName::from_static("audit-id")).map(str::to_owned);
        // Never with the token that the path may begin with.
        let whole = match parts.uri.query() {
            Some(query) => format!("{path}?{query}"),
            None => path,
        };
        let mut entry = JournalEntry {
            verb: info.verb.clone(),
            path: whole,
            user: String::new(),
            agent,
            status: 0,
        };
        let user = self.gate.user(&self.cluster, &parts.headers);
        let user =
            user.and_then(|user| self.gate.impersonated(&self.cluster, user, &parts.headers));
        if let Ok(user) = &user {
            entry.user.clone_from(&user.name);
        }
        let accept = text(ACCEPT).unwrap_or("").to_owned();
        let call = user.map(|user| Call {
            info,
            query,
            user,
            headers: parts.headers.clone(),
            body,
            head: parts.method == http::Method::HEAD,
            plan: WatchPlan::default(),
        });
        let answer = match call {
            Ok(call) => self.with_faults(call, &accept).await,
            Err(failure) => Ok(self.answerer(Accepted::default()).failure(&failure)),
        };
        entry.status = answer.as_ref().map_or(0, |response| response.status().as_u16());
        self.journal.note(entry);
        let mut response = answer?;
        let audit = audit.unwrap_or_else(|| self.cluster.uid());
        if let Ok(audit) = HeaderValue::from_str(&audit) {
            response.headers_mut().insert("audit-id", audit);
        }
        Ok(response)
    }

    fn answerer(&self, accepted: Accepted) -> Answerer {
        Answerer { accepted, clock: self.cluster.clock.clone(), warnings: Vec::new() }
    }

    async fn with_faults(
        &self,
        mut call: Call,
        accept: &str,
    ) -> Result<Response<Body>, Disconnected> {
        let info = &call.info;
        let name = self.name_for_faults(&call);
        let asked = Asked {
            verb: &info.verb,
            path: &info.path,
            resource: &info.plural,
            sub: &info.sub,
            namespace: &info.namespace,
            name: &name,
            user: &call.user.name,
        };
        let Some((effect, step)) = self.faults.hit(&asked) else {
            return Ok(self.answer(call, accept).await);
        };
        tracing::debug!(fault = effect.name(), path = %call.info.path, "a fault hits a request");
        match step {
            Step::Go => {}
            Step::Wait(time) => wait(time).await,
            Step::Refuse(failure) => {
                return Ok(self.answerer(Accepted::default()).failure(&failure));
            }
            Step::Disconnect => return Err(Disconnected),
        }
        call.plan = effect.watch(call.plan);
        let response = self.answer(call, accept).await;
        match effect.after() {
            Step::Disconnect => Err(Disconnected),
            Step::Go | Step::Wait(_) | Step::Refuse(_) => Ok(response),
        }
    }

    /// The name of the object that a request is about; that of a creation stands in its body.
    fn name_for_faults(&self, call: &Call) -> String {
        if call.info.verb != "create" || !call.info.name.is_empty() || self.faults.waiting() == 0 {
            return call.info.name.clone();
        }
        let body: Value = serde_json::from_slice(&call.body).unwrap_or_default();
        body["metadata"]["name"].as_str().unwrap_or_default().to_owned()
    }

    async fn answer(&self, call: Call, accept: &str) -> Response<Body> {
        if let Err(failure) = self.gate.check(&self.cluster, &call.user, &call.info) {
            let mut response = self.answerer(Accepted::default()).failure(&failure);
            let nosniff = HeaderValue::from_static("nosniff");
            response.headers_mut().insert("x-content-type-options", nosniff);
            return response;
        }
        if call.body.len() > LIMIT {
            let text = format!("Request entity too large: limit is {LIMIT}");
            return self.answerer(Accepted::default()).failure(&Failure::too_large(text));
        }
        let include = match call.query.get("includeObject") {
            Some("Object") => Include::Object,
            Some("None") => Include::None,
            _ => Include::Metadata,
        };
        let mut answerer = self.answerer(Accepted::default());
        answerer.accepted.pretty = pretty(&call);
        if !call.info.resource_request {
            return plain::answer(self, &call, accept, &answerer)
                .unwrap_or_else(|| answer::plain(404, "404 page not found\n"));
        }
        let watch = call.info.verb == "watch";
        match negotiate::negotiate(accept, watch, include) {
            Ok(accepted) => {
                answerer.accepted = Accepted { pretty: answerer.accepted.pretty, ..accepted }
            }
            // What is no object is in the form that its source gave it.
            Err(_) if call.info.leads_to_containers() => {}
            Err(failure) => {
                let failure = self.unacceptable(&call, accept).unwrap_or(failure);
                return answerer.failure(&failure);
            }
        }
        resource::answer(self, &call, &mut answerer).await.unwrap_or_else(|refused| match refused {
            resource::Refused::Failure(failure) => answerer.failure(&failure),
            resource::Refused::NoSuchPath => answer::plain(404, "404 page not found\n"),
        })
    }
}

impl Service {
    /// The refusal of a media type that is none of the built-in kinds': it comes from the router.
    fn unacceptable(&self, call: &Call, accept: &str) -> Option<Failure> {
        let info = &call.info;
        let kind = self.cluster.kinds.find(&info.group, &info.version, &info.plural)?;
        let text = "406: Not Acceptable\n\nAvailable representations: application/json, \
                    application/yaml, application/vnd.kubernetes.protobuf";
        let known = ["application/json", "application/yaml", "application/vnd.kubernetes.protobuf"];
        let unknown = !known.iter().any(|media| accept.contains(media));
        (!kind.custom && unknown).then(|| Failure::not_acceptable(text).bare())
    }
}

/// Whether a person seems to look at the answer.
fn pretty(call: &Call) -> bool {
    match call.query.get("pretty") {
        Some(_) => call.query.flag("pretty"),
        None => ["curl", "Wget", "Mozilla/5.0"].iter().any(|agent| call.agent().starts_with(agent)),
    }
}

#[expect(clippy::disallowed_methods, reason = "a fault that delays a request waits")]
async fn wait(time: Duration) {
    tokio::time::sleep(time).await;
}
