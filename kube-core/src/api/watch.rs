//! Following a collection: typed, or event by event as it arrives.

use std::fmt;
use std::future::IntoFuture;
use std::marker::PhantomData;
use std::time::Duration;

use futures::FutureExt as _;
use futures::Stream;
use futures::future::BoxFuture;
use futures::stream;
use serde::de::DeserializeOwned;
use tokio::time::Instant;

use crate::client::Client;
use crate::error::Error;
use crate::error::ErrorKind;
use crate::error::Result;
use crate::object::Resource;
use crate::request::Request;
use crate::request::WatchOptions;
use crate::status::Status;
use crate::transport::Body;
use crate::wire::Limits;
use crate::wire::Malformed;
use crate::wire::WatchDecoder;
use crate::wire::WatchEvent;

use super::Api;
use super::Objects;
use super::debug_as_place;
use super::place::Place;
use super::selects;

/// After which time a server ends a watch, if nobody says otherwise.
const TIMEOUT: Duration = Duration::from_secs(5 * 60);
/// How much later we end it ourselves: then the connection is dead, and nobody told us.
const MARGIN: Duration = Duration::from_secs(15);

/// Follows a collection, once it is awaited.
#[must_use = "nothing is sent before it is awaited"]
pub struct WatchObjects<K> {
    pub(super) client: Client,
    place: Place,
    pub(super) options: Result<WatchOptions>,
    limits: Limits,
    kind: PhantomData<fn() -> K>,
}

/// A watch that is open, with objects of one type.
pub struct Watch<K> {
    raw: RawWatch,
    kind: PhantomData<fn() -> K>,
}

/// Something that happened to an object of the collection.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event<K> {
    /// It is new, or was there when the watch began.
    Added(K),
    /// It was changed.
    Modified(K),
    /// It is gone; as it was last.
    Deleted(K),
    /// Nothing happened up to this revision.
    Bookmark {
        /// The revision.
        resource_version: String,
        /// All objects that were there when the watch began have been told.
        initial_events_end: bool,
    },
    /// It could not be read. The watch goes on.
    Malformed(Malformed),
}

/// A watch that is open, event by event as it arrives.
pub struct RawWatch {
    body: Option<Body>,
    decoder: WatchDecoder,
    deadline: Instant,
    pub(super) failed: String,
}

debug_as_place!(WatchObjects<K>);
selects!(WatchObjects<K>, WatchOptions);

impl<K, P> Api<K, P> {
    /// Follows the objects, all of them or those that selectors choose.
    pub fn watch(&self) -> WatchObjects<K> {
        WatchObjects {
            client: self.client.clone(),
            place: self.place.clone(),
            options: Ok(WatchOptions::default()),
            limits: Limits::default(),
            kind: PhantomData,
        }
    }
}

impl<P> Objects<P> {
    /// Follows the objects of this kind.
    pub fn watch<K: Resource>(&self) -> WatchObjects<K> {
        self.api().watch()
    }
}

impl<K> WatchObjects<K> {
    /// What happened after this revision. Without it, the objects that are there come first.
    pub fn resource_version(self, resource_version: impl Into<String>) -> Self {
        self.set(|options| Ok(options.resource_version(resource_version)))
    }

    /// Whether the server says from time to time how far it is; so by default.
    pub fn bookmarks(self, bookmarks: bool) -> Self {
        self.set(|options| Ok(options.bookmarks(bookmarks)))
    }

    /// Begins with the objects that are there, and a bookmark that ends them.
    pub fn send_initial_events(self) -> Self {
        self.set(|options| Ok(options.send_initial_events(true)))
    }

    /// After which time the server ends it; five minutes if not said.
    pub fn timeout(self, timeout: Duration) -> Self {
        self.set(|options| Ok(options.timeout(timeout)))
    }

    /// The same with other options.
    pub(super) fn again(&self, options: WatchOptions) -> Self {
        let (client, place) = (self.client.clone(), self.place.clone());
        Self { client, place, options: Ok(options), limits: self.limits, kind: PhantomData }
    }

    /// How large an object may be, and whether `managedFields` are kept.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Follows it event by event, without decoding the objects.
    ///
    /// # Errors
    /// The server refused, or a selector or name is wrong.
    pub async fn raw(self) -> Result<RawWatch> {
        RawWatch::open(&self.client, &self.place, self.options?, self.limits, |request| request)
            .await
    }
}

impl<K: DeserializeOwned + 'static> IntoFuture for WatchObjects<K> {
    type Output = Result<Watch<K>>;
    type IntoFuture = BoxFuture<'static, Result<Watch<K>>>;

    fn into_future(self) -> Self::IntoFuture {
        async move { Ok(Watch { raw: self.raw().await?, kind: PhantomData }) }.boxed()
    }
}

impl<K: DeserializeOwned> Watch<K> {
    /// The next event; `None` when the server ended the watch, as it does after some minutes.
    ///
    /// # Errors
    /// The server ended it with an error ([`is_gone`](Error::is_gone): list again), or the connection broke.
    ///
    /// # Cancel safety
    /// Dropping the future loses nothing.
    pub async fn next(&mut self) -> Result<Option<Event<K>>> {
        while let Some(event) = self.raw.next().await? {
            let typed = match event {
                WatchEvent::Added(object) => object.decode().map(Event::Added),
                WatchEvent::Modified(object) => object.decode().map(Event::Modified),
                WatchEvent::Deleted(object) => object.decode().map(Event::Deleted),
                WatchEvent::Bookmark { resource_version, initial_events_end } => {
                    Ok(Event::Bookmark { resource_version, initial_events_end })
                }
                WatchEvent::Error(status) => return Err(self.raw.ended_by(status)),
                WatchEvent::Malformed(malformed) => Err(malformed),
                // A sort of event that servers learned after us.
                _ => continue,
            };
            return Ok(Some(typed.unwrap_or_else(Event::Malformed)));
        }
        Ok(None)
    }

    /// The events as a stream, which ends after an error.
    pub fn into_stream(self) -> impl Stream<Item = Result<Event<K>>> {
        stream::unfold(Some(self), async |watch| {
            let mut watch = watch?;
            match watch.next().await {
                Ok(Some(event)) => Some((Ok(event), Some(watch))),
                Ok(None) => None,
                Err(error) => Some((Err(error), None)),
            }
        })
    }
}

impl RawWatch {
    /// Opens one, with what `finish` adds to the request.
    pub(super) async fn open(
        client: &Client,
        place: &Place,
        mut options: WatchOptions,
        limits: Limits,
        finish: impl FnOnce(Request) -> Request,
    ) -> Result<Self> {
        let timeout = *options.timeout.get_or_insert(TIMEOUT);
        let target = place.target().await?;
        let request = finish(Request::watch(&target, &options)?);
        let failed = request.failed();
        let deadline = Client::after(timeout.saturating_add(MARGIN));
        let response = client.open(&target, request, false).await?;
        let content_type = response.headers.get("content-type").unwrap_or_default();
        if content_type.starts_with("text/html") {
            // Line by line, it would be as many broken objects.
            let why = "the answer is a page (text/html), as of a proxy or a login, and no watch";
            return Err(Error::new(ErrorKind::Decode, why).context(failed));
        }
        let decoder = WatchDecoder::new(limits);
        Ok(Self { body: Some(response.body), decoder, deadline, failed })
    }

    /// The next event; `None` when the server ended the watch.
    ///
    /// # Errors
    /// The connection broke, maybe in the middle of an event, or is dead: the server's time for the watch is over
    /// and it said nothing.
    ///
    /// # Cancel safety
    /// Dropping the future loses nothing.
    pub async fn next(&mut self) -> Result<Option<WatchEvent>> {
        self.next_of(WatchDecoder::next).await
    }

    /// The server has ended it and said why.
    pub(super) fn ended_by(&mut self, status: Status) -> Error {
        self.end();
        Error::from_status(status, self.failed.clone())
    }

    /// Nothing more is read of it.
    pub(super) fn end(&mut self) {
        self.body = None;
    }

    /// What the decoder has next.
    pub(super) async fn next_of<T>(
        &mut self,
        next: fn(&mut WatchDecoder) -> Option<T>,
    ) -> Result<Option<T>> {
        loop {
            if let Some(event) = next(&mut self.decoder) {
                return Ok(Some(event));
            }
            let Some(body) = &mut self.body else { return Ok(None) };
            match tokio::time::timeout_at(self.deadline, body.next()).await {
                Ok(Some(Ok(piece))) => self.decoder.push(piece),
                Ok(Some(Err(error))) => {
                    self.body = None;
                    return Err(error.context(self.failed.clone()));
                }
                Ok(None) => {
                    self.body = None;
                    self.decoder.finish().map_err(|error| error.context(self.failed.clone()))?;
                }
                Err(_) => {
                    self.body = None;
                    let why = "the server's time for the watch is over and it did not end it";
                    return Err(Error::new(ErrorKind::Timeout, why).context(self.failed.clone()));
                }
            }
        }
    }
}

impl<K> fmt::Debug for Watch<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch").field("raw", &self.raw).finish()
    }
}

impl fmt::Debug for RawWatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawWatch").field("open", &self.body.is_some()).finish_non_exhaustive()
    }
}
