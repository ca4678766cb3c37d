//! The body of an answer: bytes, or a stream of them; usable as an HTTP body and as a `Stream`.

use crate::streaming::Conversation;
use bytes::Bytes;
use futures::stream::{BoxStream, Stream, StreamExt};
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

/// The body of an answer of the server.
pub struct Body(Kind);

enum Kind {
    Empty,
    Whole(Bytes),
    Stream(BoxStream<'static, io::Result<Bytes>>),
    Conversation(Conversation),
}

impl Body {
    /// A body without bytes.
    #[must_use]
    pub fn empty() -> Self {
        Self(Kind::Empty)
    }

    /// A body that is there already.
    #[must_use]
    pub fn whole(bytes: impl Into<Bytes>) -> Self {
        Self(Kind::Whole(bytes.into()))
    }

    /// A body that comes in pieces.
    #[must_use]
    pub fn stream(stream: impl Stream<Item = io::Result<Bytes>> + Send + 'static) -> Self {
        Self(Kind::Stream(stream.boxed()))
    }

    /// What has to be said on the connection after a 101.
    pub(crate) fn switched(conversation: Conversation) -> Self {
        Self(Kind::Conversation(conversation))
    }

    /// After a 101, what has to be held on the connection; else the body itself.
    ///
    /// # Errors
    /// There is a body, and this is it.
    pub fn conversation(self) -> Result<Conversation, Self> {
        match self.0 {
            Kind::Conversation(conversation) => Ok(conversation),
            kind => Err(Self(kind)),
        }
    }

    /// All bytes, when the stream has an end.
    ///
    /// # Errors
    /// The stream was cut.
    pub async fn collect(mut self) -> io::Result<Bytes> {
        if let Kind::Whole(bytes) = &mut self.0 {
            return Ok(std::mem::take(bytes));
        }
        let mut all = Vec::new();
        while let Some(piece) = self.next().await {
            all.extend_from_slice(&piece?);
        }
        Ok(all.into())
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Empty => f.write_str("Body::Empty"),
            Kind::Whole(bytes) => write!(f, "Body::Whole({} bytes)", bytes.len()),
            Kind::Stream(_) => f.write_str("Body::Stream"),
            Kind::Conversation(_) => f.write_str("Body::Conversation"),
        }
    }
}

impl Stream for Body {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match &mut self.0 {
            Kind::Empty | Kind::Conversation(_) => Poll::Ready(None),
            Kind::Whole(bytes) => {
                let bytes = std::mem::take(bytes);
                self.0 = Kind::Empty;
                Poll::Ready(Some(Ok(bytes)))
            }
            Kind::Stream(stream) => stream.poll_next_unpin(cx),
        }
    }
}

impl HttpBody for Body {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        self.poll_next(cx).map(|piece| piece.map(|piece| piece.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        matches!(self.0, Kind::Empty | Kind::Conversation(_))
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Kind::Empty | Kind::Conversation(_) => SizeHint::with_exact(0),
            Kind::Whole(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Kind::Stream(_) => SizeHint::default(),
        }
    }
}
