//! The one way to stop: a [`Shutdown`] is handed to everything long-running, and begun once.

use std::fmt;
use std::future::Future;

use tokio_util::sync::CancellationToken;

/// A request to stop that many tasks can wait for.
///
/// Clones are one and the same request. A [`child`](Self::child) is begun with its parent, and can be begun alone.
///
/// ```
/// use kube_runtime::shutdown::Shutdown;
///
/// let shutdown = Shutdown::new();
/// let workers = shutdown.child();
/// workers.begin();
/// assert!(workers.is_begun() && !shutdown.is_begun());
/// shutdown.begin();
/// assert!(shutdown.is_begun());
/// ```
#[derive(Clone, Default)]
pub struct Shutdown {
    token: CancellationToken,
}

impl Shutdown {
    /// A shutdown that nobody has asked for yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// One that begins with this one, and that can be begun without it.
    #[must_use]
    pub fn child(&self) -> Self {
        Self { token: self.token.child_token() }
    }

    /// Asks everybody who holds this (or a child of it) to stop. Asking twice is asking once.
    pub fn begin(&self) {
        self.token.cancel();
    }

    /// Whether somebody asked.
    #[must_use]
    pub fn is_begun(&self) -> bool {
        self.token.is_cancelled()
    }

    /// Waits until somebody asks. The future owns what it needs.
    ///
    /// # Cancel safety
    /// Dropping the future costs nothing; the request stays as it is.
    pub fn begun(&self) -> impl Future<Output = ()> + Send + 'static {
        self.token.clone().cancelled_owned()
    }

    /// Runs `future` until it ends or the shutdown begins; `None` says that it was the shutdown, and `future` was dropped.
    pub async fn or<F: Future>(&self, future: F) -> Option<F::Output> {
        self.token.run_until_cancelled(future).await
    }
}

impl fmt::Debug for Shutdown {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Shutdown").field("begun", &self.is_begun()).finish()
    }
}
