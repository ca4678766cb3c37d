//! One server, one user: calls in, answers or errors that say what was tried out.
//!
//! Promises:
//! - Whatever is not a success is an error that says what was tried on what, why it failed and what to do.
//! - Only requests that change nothing are repeated, and only for as long as a request may take.
//! - A write whose answer was lost says so; observers hear of every write that may have happened.
//! - What the guard refuses never leaves.
//! - Who makes a request wait, the client's own limit or the server, is told in the log.
//!
//! Mirrors: client-go rest/client.go, rest/request.go, rest/with_retry.go

mod attached;
mod attempt;
mod delay;
mod guard;
mod limit;
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
use tracing::Instrument as _;

use crate::config::Config;
use crate::error::Error;
use crate::error::ErrorKind;
use crate::error::Result;
use crate::request::Method;
use crate::request::Request;
use crate::request::Target;
use crate::request::Verb;
use crate::transport::Connector;
use crate::transport::HttpTransport;
use crate::transport::Response;
use crate::transport::Transport;

use attached::Attached;
pub use attempt::Attempt;
pub use attempt::AttemptObserver;
use delay::Delays;
pub use guard::RequestGuard;
use limit::Limit;
use observe::Observers;
pub use observe::Write;
pub use observe::WriteObserver;
pub use warning::Warning;
pub use warning::WarningObserver;
use warning::Warnings;

/// How long a request that is not a watch may take, if nobody says otherwise.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The most bytes that an answer in one piece may have, if nobody says otherwise.
const ANSWER_LIMIT: usize = 16 << 20;

/// Farther away than anybody waits.
const FAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// A connection to an API server. Cheap to clone; clones share connections and what was discovered.
///
/// It can be made, and dropped, outside of a tokio runtime, and used from several. A connection lives in the runtime that first needed it: when that
/// ends, another is made; while that stands still (`block_on` of one thread has returned), whoever shares it waits. With several runtimes of one
/// thread each, make a client for each.
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
    warned: Option<Arc<dyn WarningObserver>>,
    guard: Option<Arc<dyn RequestGuard>>,
    limit: Option<Arc<Limit>>,
    answer_limit: usize,
    default_namespace: Arc<str>,
    user_agent: Arc<str>,
    field_manager: Option<Arc<str>>,
    timeout: Duration,
}

/// What all clients of one server have together.
struct Shared {
    transport: Arc<dyn Transport>,
    warnings: Warnings,
    delays: Delays,
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
    pub fn new(config: Config) -> Result<Self> {
        Self::through(&Connector::new(), config)
    }

    /// Connects as the configuration says, with the connections of whoever reaches the server in the same way through this connector.
    ///
    /// # Errors
    /// As for [`new`](Self::new).
    #[expect(clippy::needless_pass_by_value, reason = "a configuration is for one client")]
    pub fn through(connector: &Connector, config: Config) -> Result<Self> {
        let mut client = Self::over(Arc::new(HttpTransport::through(connector, &config)?));
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
        let (warnings, delays) = (Warnings::default(), Delays::default());
        let shared = Shared { transport, warnings, delays, attached: Attached::default() };
        Self {
            shared: Arc::new(shared),
            observers: Observers::default(),
            counter: None,
            warned: None,
            guard: None,
            limit: None,
            answer_limit: ANSWER_LIMIT,
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

    /// The same client, whose server's warnings this one hears in place of the log. It takes the place of an earlier one.
    #[must_use]
    pub fn warned_by(mut self, observer: Arc<dyn WarningObserver>) -> Self {
        self.warned = Some(observer);
        self
    }

    /// The same client, which sends so many requests a second on average and `burst` at once; its clones share the limit. It takes the place
    /// of an earlier limit.
    ///
    /// There is none by default: a server that has too much to do says so, by priority and fairness. A request waits for its turn, but for
    /// one that opens a watch; one that would have to wait longer than it may take fails at once.
    #[must_use]
    pub fn limited(mut self, per_second: f64, burst: u32) -> Self {
        self.limit = Some(Arc::new(Limit::new(per_second, burst)));
        self
    }

    /// The same client, which reads no answer in one piece of more than so many bytes, uncompressed; 16 MiB by default. Lists and watches
    /// are read object by object and have [limits](crate::wire::Limits) of their own.
    #[must_use]
    pub fn with_answer_limit(mut self, bytes: usize) -> Self {
        self.answer_limit = bytes;
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
        let deadline = Self::after(self.timeout);
        self.turn(&request, 0, deadline).await?;
        let sent = tokio::time::timeout_at(deadline, self.once(request, 0)).await;
        let result = sent.unwrap_or_else(|_| Err(self.too_slow().context(failed)));
        result.map(|(response, _)| response).map_err(|error| unary::marked(error, verb))
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

    /// Waits until the limit of requests lets this one leave. An error means that it has not left.
    async fn turn(&self, request: &Request, repeats: u32, deadline: Instant) -> Result<()> {
        let Some(limit) = &self.limit else { return Ok(()) };
        // Who opens a watch again must not be blind meanwhile; who is refused waits like all others.
        if request.verb == Verb::Watch && repeats == 0 {
            return Ok(());
        }
        let now = Instant::now();
        let left = deadline.saturating_duration_since(now);
        let wait = limit.take(now, left).map_err(|wait| {
            let why = format!(
                "this client sends no more requests than it was limited to, and the next may leave in {:.1} s, which is later than this one may take: raise the limit or the timeout",
                wait.as_secs_f64()
            );
            Error::new(ErrorKind::TooManyRequests, why).context(request.failed())
        })?;
        if !wait.is_zero() {
            self.shared.delays.own(&request.purpose, wait, now);
            unary::pause(wait).await;
        }
        if let Some(counter) = &self.counter {
            counter.waited(wait);
        }
        Ok(())
    }

    /// One attempt, without a limit of time: the head of the answer, and when it began.
    async fn once(&self, request: Request, repeats: u32) -> Result<(Response, Instant)> {
        let span = tracing::debug_span!("request", method = %request.method, path = request.path);
        self.attempt(request, repeats).instrument(span).await
    }

    async fn attempt(&self, mut request: Request, repeats: u32) -> Result<(Response, Instant)> {
        let failed = request.failed();
        request = request.header("user-agent", &*self.user_agent)?;
        if let Some(guard) = &self.guard {
            guard.leaves(&request).map_err(|error| error.context(failed.clone()))?;
        }
        let (asked, begun) = (Asked::of(&request, repeats), Instant::now());
        let response = self.shared.transport.send(request).await;
        if let Some(counter) = &self.counter {
            let status = response.as_ref().ok().map(|response| response.status);
            counter.attempted(&asked.attempt(self.shared.transport.host(), status, begun));
        }
        let response = response.map_err(|error| error.context(failed.clone()))?;
        let took = begun.elapsed();
        tracing::debug!(status = response.status, ?took, "the API server has answered");
        self.shared.warnings.tell(&response.headers, &asked.purpose, self.warned.as_deref());
        if asked.verb != Verb::Watch {
            let answer = (took, response.status, &response.headers);
            self.shared.delays.server(&asked.purpose, answer, Instant::now());
        }
        if (200..300).contains(&response.status) || response.connection.is_some() {
            return Ok((response, begun));
        }
        Err(refusal::error(response, asked.method, failed, &self.describe()).await)
    }

    fn too_slow(&self) -> Error {
        let (server, seconds) = (self.describe(), self.timeout.as_secs_f64());
        Error::new(ErrorKind::Timeout, format!("no whole answer from {server} within {seconds} s"))
    }
}

/// What is told of a request after it was sent.
struct Asked {
    method: Method,
    verb: Verb,
    repeats: u32,
    sent: usize,
    purpose: String,
}

impl Asked {
    fn of(request: &Request, repeats: u32) -> Self {
        let sent = request.body.as_ref().map_or(0, bytes::Bytes::len);
        let (method, verb, purpose) = (request.method, request.verb, request.purpose.clone());
        Self { method, verb, repeats, sent, purpose }
    }

    fn attempt<'a>(&self, host: &'a str, status: Option<u16>, begun: Instant) -> Attempt<'a> {
        let Self { method, verb, repeats, sent, .. } = *self;
        Attempt { method, verb, repeats, sent, host, status, took: begun.elapsed() }
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
