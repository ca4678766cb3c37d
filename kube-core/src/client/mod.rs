//! One server, one user: calls in, answers or errors that say what was tried out.
//!
//! Promises:
//! - Whatever is not a success is an error that says what was tried on what, why it failed and what to do.
//! - Only requests that change nothing are repeated, and only for as long as a request may take.
//! - A write whose answer was lost says so; observers hear of every write that may have happened.
//! - What the guard refuses never leaves.
//!
//! Mirrors: client-go rest/client.go, rest/request.go, rest/with_retry.go

mod attached;
mod attempt;
mod guard;
mod observe;
mod refusal;
mod retry;
mod unary;
mod warning;

use std::any::Any;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::config::Config;
use crate::error::Error;
use crate::error::ErrorKind;
use crate::error::Result;
use crate::request::Request;
use crate::request::Target;
use crate::transport::HttpTransport;
use crate::transport::Response;
use crate::transport::Transport;

use attached::Attached;
pub use attempt::Attempt;
pub use attempt::AttemptObserver;
pub use guard::RequestGuard;
use observe::Observers;
pub use observe::Write;
pub use observe::WriteObserver;
use warning::Warnings;

/// How long a request that is not a watch may take, if nobody says otherwise.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Farther away than anybody waits.
const FAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// A connection to an API server. Cheap to clone; clones share connections and what was discovered.
///
/// ```
/// # use k8s_openapi::api::core::v1::Pod;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> kube_core::Result<()> {
/// # let server = kube_embedded::Server::builder().build();
/// # let listening = server.listen(([127, 0, 0, 1], 0).into()).await.expect("a port is free");
/// # let config = kube_core::Config::new(&listening.url())?.token(server.admin_token());
/// // `Client::connect().await?` takes the configuration from where it is.
/// let client = kube_core::Client::new(config)?;
/// let pods = client.all::<Pod>().list().labels("app=web").await?;
/// assert_eq!(pods.items, []);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
    observers: Observers,
    counter: Option<Arc<dyn AttemptObserver>>,
    guard: Option<Arc<dyn RequestGuard>>,
    default_namespace: Arc<str>,
    user_agent: Arc<str>,
    field_manager: Option<Arc<str>>,
    timeout: Duration,
}

/// What all clients of one server have together.
struct Shared {
    transport: Arc<dyn Transport>,
    warnings: Warnings,
    attached: Attached,
}

impl Client {
    /// Connects as the environment says: `$KUBECONFIG`, the pod's service account, `~/.kube/config`.
    ///
    /// # Errors
    /// No configuration was found, or it cannot be used, or the plugin that it names brings no credentials. The server
    /// is not asked for anything yet.
    ///
    /// # Cancel safety
    /// Dropping the future stops the plugin.
    pub async fn connect() -> Result<Self> {
        let client = Self::new(Config::load()?)?;
        client.shared.transport.ready().await?;
        Ok(client)
    }

    /// Connects as the configuration says.
    ///
    /// # Errors
    /// Certificates or credentials cannot be used. The server is not asked for anything yet.
    #[expect(clippy::needless_pass_by_value, reason = "a configuration is for one client")]
    pub fn new(config: Config) -> Result<Self> {
        let mut client = Self::over(Arc::new(HttpTransport::new(&config)?));
        client.default_namespace = config.default_namespace.as_str().into();
        client.timeout = config.timeout;
        if let Some(user_agent) = &config.user_agent {
            client.user_agent = user_agent.as_str().into();
        }
        Ok(client)
    }

    /// A client whose requests go where this transport brings them, for example to a server in this process.
    #[must_use]
    pub fn over(transport: Arc<dyn Transport>) -> Self {
        let shared =
            Shared { transport, warnings: Warnings::default(), attached: Attached::default() };
        Self {
            shared: Arc::new(shared),
            observers: Observers::default(),
            counter: None,
            guard: None,
            default_namespace: "default".into(),
            user_agent: own_name().into(),
            field_manager: None,
            timeout: TIMEOUT,
        }
    }

    /// The same client, of whose writes this one hears as well.
    #[must_use]
    pub fn observed_by(mut self, observer: Arc<dyn WriteObserver>) -> Self {
        self.observers = self.observers.with(observer);
        self
    }

    /// The same client, of whose requests this one hears, each as often as it is sent. It takes the place of an earlier one.
    #[must_use]
    pub fn counted_by(mut self, observer: Arc<dyn AttemptObserver>) -> Self {
        self.counter = Some(observer);
        self
    }

    /// The same client, which may do only what the guard lets through. It takes the place of an earlier guard.
    #[must_use]
    pub fn guarded_by(mut self, guard: Arc<dyn RequestGuard>) -> Self {
        self.guard = Some(guard);
        self
    }

    /// The same client with another namespace for where none is named.
    #[must_use]
    pub fn with_default_namespace(mut self, namespace: impl Into<Arc<str>>) -> Self {
        self.default_namespace = namespace.into();
        self
    }

    /// The same client, which introduces itself so.
    #[must_use]
    pub fn user_agent(mut self, user_agent: impl Into<Arc<str>>) -> Self {
        self.user_agent = user_agent.into();
        self
    }

    /// The same client, whose writes are this manager's where they name none.
    #[must_use]
    pub fn with_field_manager(mut self, manager: impl Into<Arc<str>>) -> Self {
        self.field_manager = Some(manager.into());
        self
    }

    /// The same client, whose requests may take so long. A watch may take longer, once it has begun.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The namespace the configuration names; `default` if it names none.
    #[must_use]
    pub fn default_namespace(&self) -> &str {
        &self.default_namespace
    }

    /// The server and the user, for messages.
    #[must_use]
    pub fn describe(&self) -> String {
        self.shared.transport.describe()
    }

    /// Sends one request and waits for the head of the answer. It is not repeated, and no observer hears of it.
    ///
    /// # Errors
    /// There was no answer in time, or it is no success; the error then holds the server's account of it.
    ///
    /// # Cancel safety
    /// Dropping the future gives up the request; the server may do it all the same.
    pub async fn send(&self, request: Request) -> Result<Response> {
        let (verb, failed) = (request.verb, request.failed());
        self.ready(&request).await?;
        let sent = tokio::time::timeout(self.timeout, self.once(request)).await;
        let result = sent.unwrap_or_else(|_| Err(self.too_slow().context(failed)));
        result.map_err(|error| unary::marked(error, verb))
    }

    /// Names the client's manager in a write that names none.
    pub(crate) fn sign(&self, manager: &mut Option<String>) {
        if manager.is_none() {
            *manager = self.field_manager.as_deref().map(ToOwned::to_owned);
        }
    }

    /// How long a request may take, or a piece of an answer.
    pub(crate) fn timeout(&self) -> Duration {
        self.timeout
    }

    /// When so much time will have passed; far away if it never can.
    pub(crate) fn after(timeout: Duration) -> Instant {
        let now = Instant::now();
        now.checked_add(timeout).unwrap_or_else(|| now + FAR)
    }

    /// The value of this type that all clients of the server share.
    pub(crate) fn attached<T: Any + Default + Send + Sync>(&self) -> Arc<T> {
        self.shared.attached.of()
    }

    /// Asks the guard.
    pub(crate) fn check(&self, target: &Target, request: &Request) -> Result<()> {
        let Some(guard) = &self.guard else { return Ok(()) };
        guard
            .check(request.verb, &target.resource, target.subresource.as_deref())
            .and_then(|()| {
                let namespace = target.namespace.as_ref().map(|namespace| namespace.as_str());
                guard.reaches(&target.resource, namespace)
            })
            .map_err(|error| error.context(request.failed()))
    }

    /// Waits for credentials, which have their own limit of time.
    async fn ready(&self, request: &Request) -> Result<()> {
        // Whoever says itself who sends it needs none.
        if request.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("authorization")) {
            return Ok(());
        }
        let ready = self.shared.transport.ready().await;
        ready.map_err(|error| error.context(request.failed()))
    }

    /// One attempt, without a limit of time.
    async fn once(&self, mut request: Request) -> Result<Response> {
        let failed = request.failed();
        let method = request.method;
        request = request.header("user-agent", &*self.user_agent)?;
        if let Some(guard) = &self.guard {
            guard.leaves(&request).map_err(|error| error.context(failed.clone()))?;
        }
        let sent = self.shared.transport.send(request);
        let response = match &self.counter {
            None => sent.await,
            Some(counter) => {
                let begun = Instant::now();
                let response = sent.await;
                let status = response.as_ref().ok().map(|response| response.status);
                let host = self.shared.transport.host();
                counter.attempted(&Attempt { method, host, status, took: begun.elapsed() });
                response
            }
        };
        let response = response.map_err(|error| error.context(failed.clone()))?;
        self.shared.warnings.log(&response.headers);
        if (200..300).contains(&response.status) || response.connection.is_some() {
            return Ok(response);
        }
        Err(refusal::error(response, method, failed, &self.describe()).await)
    }

    fn too_slow(&self) -> Error {
        let (server, seconds) = (self.describe(), self.timeout.as_secs_f64());
        Error::new(ErrorKind::Timeout, format!("no whole answer from {server} within {seconds} s"))
    }
}

/// The program's name and ours. A server takes what stands before the slash as the name of a field manager.
fn own_name() -> String {
    let path = std::env::args_os().next().map(std::path::PathBuf::from);
    let name = path.as_deref().and_then(std::path::Path::file_stem);
    let allowed = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let mut name: String =
        name.unwrap_or_default().to_string_lossy().chars().filter(allowed).take(64).collect();
    if name.is_empty() {
        name.push_str("unknown");
    }
    let version = env!("CARGO_PKG_VERSION");
    format!("{name}/kube-core-{version} ({}/{})", std::env::consts::OS, std::env::consts::ARCH)
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("server", &self.describe())
            .field("default_namespace", &self.default_namespace)
            .field("observers", &self.observers)
            .field("guarded", &self.guard.is_some())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
