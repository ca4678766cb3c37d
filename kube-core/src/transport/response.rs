//! What came back: status, headers, and a body that arrives in pieces.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use futures::stream::{self, BoxStream, Stream, StreamExt as _};
use tokio::io::AsyncRead;
use tokio::io::AsyncWrite;
use tokio::io::ReadBuf;

use crate::error::Result;

use super::error::TransportError;

/// An answer whose body may still be on its way.
#[derive(Debug)]
#[non_exhaustive]
pub struct Response {
    /// The HTTP status code.
    pub status: u16,
    /// The headers.
    pub headers: Headers,
    /// The body.
    pub body: Body,
    /// After 101, what the connection is from now on.
    pub connection: Option<Connection>,
}

impl Response {
    /// An answer.
    #[must_use]
    pub fn new(status: u16, headers: Headers, body: Body) -> Self {
        Self { status, headers, body, connection: None }
    }

    /// The server has switched to the protocol that was asked for.
    #[must_use]
    pub fn switched(headers: Headers, connection: Connection) -> Self {
        Self { status: 101, headers, body: Body::empty(), connection: Some(connection) }
    }
}

/// A connection in a protocol that is not HTTP any more: bytes both ways. Dropping it ends it.
pub struct Connection(Pin<Box<dyn ReadWrite>>);

trait ReadWrite: AsyncRead + AsyncWrite + Send {}

impl<T: AsyncRead + AsyncWrite + Send> ReadWrite for T {}

impl Connection {
    /// A connection that is carried by this.
    #[must_use]
    pub fn new(carrier: impl AsyncRead + AsyncWrite + Send + 'static) -> Self {
        Self(Box::pin(carrier))
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.0.as_mut().poll_read(cx, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.0.as_mut().poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.as_mut().poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.as_mut().poll_shutdown(cx)
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Connection { .. }")
    }
}

/// The headers of an answer, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headers(Vec<(Box<str>, Box<str>)>);

impl Headers {
    /// No headers.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a header.
    pub fn push(&mut self, name: impl Into<Box<str>>, value: impl Into<Box<str>>) {
        self.0.push((name.into(), value.into()));
    }

    /// The first value of a header; case does not matter.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        let named = self.0.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        named.map(|(_, value)| &**value)
    }

    /// All values of a header; case does not matter.
    pub fn get_all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let named = self.0.iter().filter(move |(known, _)| known.eq_ignore_ascii_case(name));
        named.map(|(_, value)| &**value)
    }
}

impl<N: Into<Box<str>>, V: Into<Box<str>>> FromIterator<(N, V)> for Headers {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(headers: I) -> Self {
        Self(headers.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

/// A body that arrives in pieces. Dropping it gives up the rest.
pub struct Body(BoxStream<'static, Result<Bytes>>);

impl Body {
    /// A body of nothing.
    #[must_use]
    pub fn empty() -> Self {
        Self(stream::empty().boxed())
    }

    /// A body that arrives as this stream does.
    #[must_use]
    pub fn from_stream(stream: impl Stream<Item = Result<Bytes>> + Send + 'static) -> Self {
        Self(stream.boxed())
    }

    /// The next piece, of any size; `None` at the end.
    ///
    /// # Errors
    /// The connection broke.
    ///
    /// # Cancel safety
    /// Dropping the future loses nothing.
    pub async fn next(&mut self) -> Option<Result<Bytes>> {
        self.0.next().await
    }

    /// The whole body.
    ///
    /// # Errors
    /// The connection broke, or there is more than `limit` bytes.
    ///
    /// # Cancel safety
    /// Dropping the future loses what has arrived.
    pub async fn collect(mut self, limit: usize) -> Result<Bytes> {
        let Some(first) = self.next().await.transpose()? else { return Ok(Bytes::new()) };
        let too_large =
            |length| if length > limit { Err(TransportError::TooLarge { limit }) } else { Ok(()) };
        too_large(first.len())?;
        let Some(second) = self.next().await.transpose()? else { return Ok(first) };
        let mut whole = BytesMut::from(first);
        let mut next = Some(second);
        while let Some(piece) = next {
            too_large(whole.len().saturating_add(piece.len()))?;
            whole.extend_from_slice(&piece);
            next = self.next().await.transpose()?;
        }
        Ok(whole.freeze())
    }

    /// The beginning of the body, for an error message; a broken connection ends it.
    pub(crate) async fn beginning(mut self, limit: usize) -> Bytes {
        let mut whole = BytesMut::new();
        while whole.len() < limit {
            let Some(Ok(piece)) = self.next().await else { break };
            whole.extend_from_slice(&piece);
        }
        whole.truncate(limit);
        whole.freeze()
    }
}

impl Stream for Body {
    type Item = Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_next_unpin(cx)
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Self(stream::once(async { Ok(bytes) }).boxed())
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Body { .. }")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_found_in_any_case_the_first_one_first() {
        let mut headers = Headers::new();
        assert_eq!(headers.get("warning"), None);
        for (name, value) in [("Warning", "one"), ("x", "y"), ("warning", "two")] {
            headers.push(name, value);
        }
        assert_eq!((headers.get("WARNING"), headers.get("X")), (Some("one"), Some("y")));
        assert_eq!(headers.get_all("warning").collect::<Vec<_>>(), ["one", "two"]);
    }

    #[tokio::test]
    async fn the_beginning_of_a_body_is_as_long_as_was_asked_for_and_waits_for_no_more() {
        let body = || {
            let pieces = stream::iter(["abc", "def"]).map(|piece| Ok(Bytes::from(piece)));
            Body::from_stream(pieces.chain(stream::pending()))
        };
        for (limit, beginning) in [(0, ""), (2, "ab"), (3, "abc"), (6, "abcdef")] {
            let read = futures::FutureExt::now_or_never(body().beginning(limit));
            assert_eq!(read.expect("it waits for more"), beginning);
        }
    }
}
