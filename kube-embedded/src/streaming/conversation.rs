//! What is said on a connection that is no HTTP any more: the connection in; nothing out.

use futures::FutureExt;
use futures::future::BoxFuture;
use std::fmt;
use tokio::io::{AsyncRead, AsyncWrite};

/// A connection, whatever carries it.
pub(super) type Carrier = Box<dyn ReadWrite>;

pub(super) trait ReadWrite: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> ReadWrite for T {}

/// What the server has to say after it answered with 101: see [`Body::conversation`](crate::Body::conversation).
#[must_use = "a client that was told 101 waits for it"]
pub struct Conversation(Box<dyn FnOnce(Carrier) -> BoxFuture<'static, ()> + Send>);

impl Conversation {
    pub(super) fn new<F>(hold: impl FnOnce(Carrier) -> F + Send + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        Self(Box::new(move |carrier| hold(carrier).boxed()))
    }

    /// Holds the conversation on the connection that the answer was given on, until it is over.
    ///
    /// # Cancel safety
    /// Dropping the future ends the conversation, and what was started for it.
    pub async fn hold(self, connection: impl AsyncRead + AsyncWrite + Send + Unpin + 'static) {
        (self.0)(Box::new(connection)).await;
    }
}

impl fmt::Debug for Conversation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Conversation { .. }")
    }
}
