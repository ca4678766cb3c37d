//! Reading a container's log: which part of it in, bytes or lines as they arrive out.
//!
//! Mirrors: client-go kubernetes/typed/core/v1/pod_expansion.go (GetLogs)
//! Differs: lines are cut, with a bounded length.

use std::fmt;
use std::future::IntoFuture;
use std::pin::Pin;
use std::task::Context;
use std::task::Poll;

use bytes::Bytes;
use futures::FutureExt as _;
use futures::Stream;
use futures::StreamExt;
use futures::future::BoxFuture;
use futures::stream;

use crate::error::Result;
use crate::object::Time;
use crate::request::LogOptions;
use crate::request::Request;
use crate::transport::Body;

use super::PodApi;
use super::lines::Line;
use super::lines::Lines;

/// The longest line in bytes, if nobody says otherwise.
const LONGEST_LINE: usize = 64 << 10;

/// Reads the log of a container, once it is awaited.
#[derive(Debug)]
#[must_use = "nothing is sent before it is awaited"]
pub struct ReadLog {
    pod: PodApi,
    options: LogOptions,
}

/// A log as it arrives. Dropping it gives up the rest.
pub struct Log {
    body: Option<Body>,
    failed: String,
}

/// A log, line by line. Dropping it gives up the rest.
#[derive(Debug)]
pub struct LogLines {
    log: Log,
    lines: Lines,
}

impl PodApi {
    /// Reads the log of a container: all of it, unless the builder is told otherwise.
    ///
    /// ```no_run
    /// # async fn example(client: kube_core::Client) -> kube_core::Result<()> {
    /// let mut lines = client.namespace("prod").pod("web-0").log().follow().tail_lines(10).await?.lines();
    /// while let Some(line) = lines.next().await? {
    ///     println!("{}", line.text());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn log(&self) -> ReadLog {
        ReadLog { pod: self.clone(), options: LogOptions::default() }
    }
}

impl ReadLog {
    fn set(mut self, set: impl FnOnce(&mut LogOptions)) -> Self {
        set(&mut self.options);
        self
    }

    /// Of this container; a Pod with several must be told, unless it has a default.
    pub fn container(self, container: impl Into<String>) -> Self {
        self.set(|options| options.container = Some(container.into()))
    }

    /// Goes on with what is written later, until the container ends.
    pub fn follow(self) -> Self {
        self.set(|options| options.follow = true)
    }

    /// Of the container before its last restart.
    pub fn previous(self) -> Self {
        self.set(|options| options.previous = true)
    }

    /// Nothing older than so many seconds. The server takes one of this and [`since_time`](Self::since_time).
    pub fn since_seconds(self, seconds: u64) -> Self {
        self.set(|options| options.since_seconds = Some(seconds))
    }

    /// Nothing from before; servers look at whole seconds.
    pub fn since_time(self, time: Time) -> Self {
        self.set(|options| options.since_time = Some(time))
    }

    /// Begins each line with when it was written, in RFC 3339.
    pub fn timestamps(self) -> Self {
        self.set(|options| options.timestamps = true)
    }

    /// Only the last lines, so many.
    pub fn tail_lines(self, lines: u64) -> Self {
        self.set(|options| options.tail_lines = Some(lines))
    }

    /// Ends after so many bytes, maybe within a line.
    pub fn limit_bytes(self, bytes: u64) -> Self {
        self.set(|options| options.limit_bytes = Some(bytes))
    }

    /// All options at once, in place of those set before.
    pub fn options(mut self, options: LogOptions) -> Self {
        self.options = options;
        self
    }
}

impl IntoFuture for ReadLog {
    type Output = Result<Log>;
    type IntoFuture = BoxFuture<'static, Result<Log>>;

    fn into_future(self) -> Self::IntoFuture {
        async move {
            let target = self.pod.target("log").await?;
            let request = Request::log(&target, &self.options)?;
            let failed = request.failed();
            let response = self.pod.client.open(&target, request, true).await?;
            Ok(Log { body: Some(response.body), failed })
        }
        .boxed()
    }
}

impl Log {
    /// The next piece, of any size; `None` at the end.
    ///
    /// # Errors
    /// The connection broke. What comes next is the end.
    ///
    /// # Cancel safety
    /// Dropping the future loses nothing.
    pub async fn next(&mut self) -> Result<Option<Bytes>> {
        StreamExt::next(self).await.transpose()
    }

    /// The same log, line by line; lines of more than 64 KiB are cut.
    #[must_use]
    pub fn lines(self) -> LogLines {
        self.lines_within(LONGEST_LINE)
    }

    /// The same log, line by line; lines of more than so many bytes are cut.
    #[must_use]
    pub fn lines_within(self, limit: usize) -> LogLines {
        LogLines { log: self, lines: Lines::new(limit) }
    }
}

impl Stream for Log {
    type Item = Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Some(body) = &mut self.body else { return Poll::Ready(None) };
        let piece = match body.poll_next_unpin(cx) {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(Some(Ok(piece))) => return Poll::Ready(Some(Ok(piece))),
            Poll::Ready(Some(Err(error))) => Some(Err(error.context(self.failed.clone()))),
            Poll::Ready(None) => None,
        };
        self.body = None;
        Poll::Ready(piece)
    }
}

impl LogLines {
    /// The next line; `None` at the end.
    ///
    /// # Errors
    /// The connection broke; what had arrived of a line is the next one.
    ///
    /// # Cancel safety
    /// Dropping the future loses nothing.
    pub async fn next(&mut self) -> Result<Option<Line>> {
        loop {
            if let Some(line) = self.lines.next() {
                return Ok(Some(line));
            }
            match self.log.next().await? {
                Some(piece) => self.lines.push(piece),
                None => return Ok(self.lines.finish()),
            }
        }
    }

    /// The lines as a stream, which ends after an error.
    pub fn into_stream(self) -> impl Stream<Item = Result<Line>> {
        stream::unfold(Some(self), async |lines| {
            let mut lines = lines?;
            match lines.next().await {
                Ok(Some(line)) => Some((Ok(line), Some(lines))),
                Ok(None) => None,
                Err(error) => Some((Err(error), None)),
            }
        })
    }
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Log").field("open", &self.body.is_some()).finish_non_exhaustive()
    }
}
