//! One API server: built from a clock, a seed and the behaviours; asked in process or through a port.

mod builder;
#[cfg(test)]
mod tests;

pub use builder::ServerBuilder;

use crate::auth::{ServiceAccountClaims, User};
use crate::fault::Faults;
use crate::http::{self, Body, Disconnected, JournalEntry, Listening, Service};
use crate::kubeconfig;
use crate::verb::{self, Target};
use crate::watch::Ending;
use ::http::{Request, Response};
use bytes::Bytes;
use serde_json::Value;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::task::JoinSet;

/// A Kubernetes API server in memory; clones are the same server. Its behaviours end when the last
/// clone is dropped, and with it what listens.
///
/// ```
/// use bytes::Bytes;
/// use kube_embedded::Server;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let server = Server::builder().seed(1).build();
/// let request = http::Request::builder()
///     .uri("/api/v1/namespaces/default")
///     .header("authorization", format!("Bearer {}", server.admin_token()))
///     .body(Bytes::new())?;
/// let answer = server.handle(request).await?;
/// assert_eq!(answer.status(), 200);
/// let body = answer.into_body().collect().await?;
/// assert!(body.starts_with(br#"{"kind":"Namespace","apiVersion":"v1""#));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Server(Arc<Inner>);

struct Inner {
    service: Arc<Service>,
    admin_token: String,
    /// What the server does by itself; aborted with it.
    _behaviours: JoinSet<()>,
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("revision", &self.revision()).finish_non_exhaustive()
    }
}

impl Server {
    /// A server with all defaults: a builder to change them.
    pub fn builder() -> ServerBuilder {
        ServerBuilder::default()
    }

    /// Answers one request in process, without a socket.
    ///
    /// # Errors
    /// A fault broke the connection; the request may have been carried out.
    ///
    /// # Cancel safety
    /// A write happens as a whole or not at all; dropping the future may leave either.
    pub async fn handle(&self, request: Request<Bytes>) -> Result<Response<Body>, Disconnected> {
        self.0.service.handle(request).await
    }

    /// Answers requests on a port of this machine (HTTP/1.1 and HTTP/2 without TLS); port 0 is any free one.
    ///
    /// # Errors
    /// The address is not a loopback address, or is taken.
    pub async fn listen(&self, address: SocketAddr) -> io::Result<Listening> {
        let kept: Arc<Inner> = Arc::clone(&self.0);
        http::listen(Arc::clone(&self.0.service), address, kept).await
    }

    /// The bearer token of a user who may do everything.
    #[must_use]
    pub fn admin_token(&self) -> String {
        self.0.admin_token.clone()
    }

    /// A bearer token for the service account; `None` when there is no such account.
    #[must_use]
    pub fn service_account_token(&self, namespace: &str, name: &str) -> Option<String> {
        let Service { cluster, gate, .. } = &*self.0.service;
        let account = cluster.store.get(&"/serviceaccounts".into(), namespace, name)?;
        let claims = ServiceAccountClaims {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            uid: account.facts.uid.to_string(),
            audiences: vec![crate::auth::ISSUER.to_owned()],
            bound: None,
        };
        // Ten years: as good as the server's life.
        let seconds = 10 * 365 * 24 * 3600;
        Some(gate.tokens.issue(claims, seconds, cluster.clock.now()).token)
    }

    /// A bearer token for any user, in these groups.
    #[must_use]
    pub fn user_token(&self, name: &str, groups: &[&str]) -> String {
        let user = User::named(name, groups.iter().copied());
        self.0.service.gate.tokens.grant(user)
    }

    /// The text of a kubeconfig for a URL and a token.
    #[must_use]
    pub fn kubeconfig(&self, url: &str, token: &str) -> String {
        kubeconfig::kubeconfig(url, token)
    }

    /// What goes wrong on purpose.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.0.service.faults
    }

    /// The requests so far, in the order of their answers.
    #[must_use]
    pub fn journal(&self) -> Vec<JournalEntry> {
        self.0.service.journal.entries()
    }

    /// Forgets the requests so far, and which of them were hit by a fault.
    pub fn clear_journal(&self) {
        self.0.service.journal.clear();
        self.0.service.faults.forget_hits();
    }

    /// The revision of the last write.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.0.service.cluster.store.revision()
    }

    /// Forgets all history: what asks for an older revision is told that it expired.
    pub fn compact(&self) {
        self.0.service.cluster.store.compact();
    }

    /// Ends the running watches of a resource (its plural), or all.
    pub fn end_watches(&self, plural: Option<&str>, ending: Ending) {
        self.0.service.control.end(plural, ending);
    }

    /// How many watches run.
    #[must_use]
    pub fn watches(&self) -> usize {
        self.0.service.control.running()
    }

    /// Every object that is stored, by resource (`apps/deployments`) and key, for a test to look at.
    #[must_use]
    pub fn dump(&self) -> Vec<(String, Value)> {
        let store = &self.0.service.cluster.store;
        let mut all = Vec::new();
        for resource in store.resources() {
            for stored in store.list(&resource, None) {
                all.push((resource.trim_start_matches('/').to_owned(), stored.value()));
            }
        }
        all
    }

    /// Stores an object as it is, past admission, defaults and checks: a quick way to fill the server.
    /// What is there under its name is replaced.
    ///
    /// # Errors
    /// The kind is not served.
    pub fn seed(&self, object: &Value) -> Result<u64, String> {
        let cluster = &self.0.service.cluster;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let (api_version, name) = (text(&object["apiVersion"]), text(&object["kind"]));
        let kind = cluster.kinds.of(&api_version, &name).ok_or_else(|| {
            format!("failed to store a {name} of {api_version}: the kind is not served")
        })?;
        let metadata = &object["metadata"];
        let target = Target::new(kind, &text(&metadata["namespace"]), &text(&metadata["name"]));
        Ok(verb::seed(cluster, &target, object).revision)
    }
}
