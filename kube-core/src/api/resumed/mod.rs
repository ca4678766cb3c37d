//! A watch that goes on where it was: what ends or breaks it in, the events after the last one out.
//!
//! Mirrors: client-go tools/watch (`RetryWatcher`)
//! Differs: a revision that is forgotten ends it also while it is opened (client-go asks for it for ever); a server that does not
//! come back ends it after a time that can be set.

use std::fmt;
use std::time::Duration;

use futures::Stream;
use futures::stream;
use serde::de::DeserializeOwned;
use tokio::time::Instant;

use crate::client::Client;
use crate::error::Error;
use crate::error::ErrorKind;
use crate::error::Result;
use crate::request::WatchOptions;
use crate::wire::WatchEvent;

use super::Event;
use super::RawWatch;
use super::WatchObjects;

/// Between two openings.
const SPACE: Duration = Duration::from_secs(1);
/// The longest wait between two openings that fail.
const LONGEST: Duration = Duration::from_secs(30);
/// For how long it is tried to open it again, if nobody says otherwise.
const PATIENCE: Duration = Duration::from_secs(10 * 60);

/// A watch that is opened again, from the last revision it has seen, whenever it ends or breaks.
pub struct ResumedWatch<K> {
    watch: WatchObjects<K>,
    state: State,
    patience: Duration,
}

/// Where it is. It knows no clock: `now` is told.
struct State {
    options: Result<WatchOptions>,
    open: Option<RawWatch>,
    ended: bool,
    pace: Pace,
}

/// When it may be opened, and when it is given up.
#[derive(Default)]
struct Pace {
    opened: Option<Instant>,
    failing_since: Option<Instant>,
    failures: u32,
}

impl<K> WatchObjects<K> {
    /// Goes on by itself, from the last revision that was seen, when the server ends the watch or the connection breaks. Needs a
    /// [revision](WatchObjects::resource_version) to begin after, as a list tells it.
    #[must_use]
    pub fn resumed(mut self) -> ResumedWatch<K> {
        let options = std::mem::replace(&mut self.options, Ok(WatchOptions::default()));
        let options = options.and_then(|mut options| {
            options.bookmarks = true;
            match options.resource_version.as_deref() {
                None | Some("" | "0") => Err(Error::new(
                    ErrorKind::Input,
                    "a watch that is to go on needs a revision to begin after: take the one of a list",
                )),
                Some(_) => Ok(options),
            }
        });
        let state = State { options, open: None, ended: false, pace: Pace::default() };
        ResumedWatch { watch: self, state, patience: PATIENCE }
    }
}

impl Pace {
    /// How long to wait before it is opened.
    fn wait(&self, now: Instant, asked: Option<Duration>) -> Duration {
        let since = self.opened.map(|opened| now.saturating_duration_since(opened));
        let space = since.map_or(Duration::ZERO, |since| SPACE.saturating_sub(since));
        let backoff = match self.failures {
            0 => Duration::ZERO,
            failures => SPACE.saturating_mul(1 << (failures - 1).min(5)).min(LONGEST),
        };
        asked.map_or(backoff, |asked| asked.min(LONGEST).max(SPACE)).max(space)
    }

    fn failed(&mut self, now: Instant) -> Duration {
        self.failures += 1;
        now.saturating_duration_since(*self.failing_since.get_or_insert(now))
    }

    fn opened(&mut self, now: Instant) {
        self.opened = Some(now);
    }

    /// It works: something came.
    fn went_on(&mut self) {
        self.failures = 0;
        self.failing_since = None;
    }
}

impl<K> ResumedWatch<K> {
    /// For how long it is tried to open it again when that fails, ten minutes otherwise.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// The revision after which it goes on; empty if it never could begin.
    #[must_use]
    pub fn resource_version(&self) -> &str {
        let options = self.state.options.as_ref().ok();
        options.and_then(|options| options.resource_version.as_deref()).unwrap_or_default()
    }
}

impl<K: DeserializeOwned> ResumedWatch<K> {
    /// The next change; `None` after an error only. Bookmarks are kept to itself.
    ///
    /// # Errors
    /// The server has forgotten the revision ([`is_gone`](Error::is_gone): list again), does not allow the watch, or does not come back.
    ///
    /// # Cancel safety
    /// Dropping the future loses nothing.
    pub async fn next(&mut self) -> Result<Option<Event<K>>> {
        let mut asked = None;
        while !self.state.ended {
            let event = match &mut self.state.open {
                None => match self.open(asked.take()).await {
                    Ok(()) => continue,
                    Err(error) => Err(error),
                },
                Some(watch) => watch.next().await,
            };
            let error = match event {
                Ok(Some(WatchEvent::Error(status))) => {
                    let failed =
                        self.state.open.take().map(|watch| watch.failed).unwrap_or_default();
                    Error::from_status(status, failed)
                }
                Ok(Some(event)) => {
                    self.state.pace.went_on();
                    match self.taken(event) {
                        Some(event) => return Ok(Some(event)),
                        None => continue,
                    }
                }
                // As a server does after some minutes.
                Ok(None) => {
                    self.state.open = None;
                    self.state.pace.went_on();
                    continue;
                }
                Err(error) => error,
            };
            self.state.open = None;
            let failing = self.state.pace.failed(Instant::now());
            if !error.is_retryable() || failing >= self.patience {
                self.state.ended = true;
                return Err(error);
            }
            tracing::debug!(error = %error.chain(), "the watch is opened again");
            asked = error.retry_after();
        }
        Ok(None)
    }

    /// The changes as a stream, which ends after an error.
    pub fn into_stream(self) -> impl Stream<Item = Result<Event<K>>> {
        stream::unfold(self, async |mut watch| Some((watch.next().await.transpose()?, watch)))
    }

    async fn open(&mut self, asked: Option<Duration>) -> Result<()> {
        let options = match &self.state.options {
            Ok(options) => options.clone(),
            Err(_) => match std::mem::replace(&mut self.state.options, Ok(WatchOptions::default()))
            {
                Err(error) => return Err(error),
                Ok(_) => return Ok(()),
            },
        };
        pause(self.state.pace.wait(Instant::now(), asked)).await;
        self.state.pace.opened(Instant::now());
        let watch = self.watch.again(options);
        // The time of a request is the client's, the time of a watch is not.
        let opened =
            tokio::time::timeout_at(Client::after(self.watch.client.timeout()), watch.raw());
        match opened.await {
            Ok(open) => self.state.open = Some(open?),
            Err(_) => {
                return Err(Error::new(
                    ErrorKind::Timeout,
                    "the watch could not be opened in time",
                ));
            }
        }
        Ok(())
    }

    /// Remembers how far it is.
    fn taken(&mut self, event: WatchEvent) -> Option<Event<K>> {
        let version = match &event {
            WatchEvent::Added(object)
            | WatchEvent::Modified(object)
            | WatchEvent::Deleted(object) => Some(object.meta.resource_version.to_string()),
            WatchEvent::Bookmark { resource_version, .. } => Some(resource_version.clone()),
            WatchEvent::Malformed(object) => object.resource_version.as_deref().map(str::to_owned),
            _ => None,
        };
        if let (Some(version), Ok(options)) = (version, &mut self.state.options)
            && !version.is_empty()
        {
            options.resource_version = Some(version);
        }
        let typed = match event {
            WatchEvent::Added(object) => object.decode().map(Event::Added),
            WatchEvent::Modified(object) => object.decode().map(Event::Modified),
            WatchEvent::Deleted(object) => object.decode().map(Event::Deleted),
            WatchEvent::Malformed(malformed) => Err(malformed),
            _ => return None,
        };
        Some(typed.unwrap_or_else(Event::Malformed))
    }
}

#[expect(clippy::disallowed_methods, reason = "the server is not asked all the time")]
async fn pause(wait: Duration) {
    if !wait.is_zero() {
        tokio::time::sleep(wait).await;
    }
}

impl<K> fmt::Debug for ResumedWatch<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResumedWatch")
            .field("watch", &self.watch)
            .field("resource_version", &self.resource_version())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
