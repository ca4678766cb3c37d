//! Reading a collection: whole and typed, or item by item as it arrives.

use std::fmt;
use std::future::IntoFuture;
use std::marker::PhantomData;
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use serde::de::DeserializeOwned;

use crate::client::Client;
use crate::error::Error;
use crate::error::ErrorKind;
use crate::error::Result;
use crate::object::Resource;
use crate::request::ListOptions;
use crate::request::Request;
use crate::request::ResourceVersionMatch;
use crate::transport::Body;
use crate::wire::Limits;
use crate::wire::ListDecoder;
use crate::wire::ListHead;
use crate::wire::Malformed;
use crate::wire::RawObject;

use super::Api;
use super::Objects;
use super::debug_as_place;
use super::place::Place;
use super::selects;

/// Reads a collection, once it is awaited.
#[must_use = "nothing is sent before it is awaited"]
pub struct ListObjects<K> {
    client: Client,
    place: Place,
    pub(super) options: Result<ListOptions>,
    limits: Limits,
    kind: PhantomData<fn() -> K>,
}

/// A collection, or a page of it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct List<K> {
    /// The objects, in the server's order.
    pub items: Vec<K>,
    /// How new it is, and what follows.
    pub metadata: ListMetadata,
    /// Objects that could not be read. Each is its own problem: the others are in [`items`](Self::items).
    pub malformed: Vec<Malformed>,
}

impl<K> Default for List<K> {
    fn default() -> Self {
        Self { items: Vec::new(), metadata: ListMetadata::default(), malformed: Vec::new() }
    }
}

/// How new a collection is, and what follows.
pub type ListMetadata = ListHead;

/// A collection that arrives. The whole of it is never in memory.
pub struct RawList {
    body: Option<Body>,
    decoder: ListDecoder,
    head: Option<ListHead>,
    patience: Duration,
    failed: String,
}

debug_as_place!(ListObjects<K>);
selects!(ListObjects<K>, ListOptions);

impl<K, P> Api<K, P> {
    /// Reads the objects, all of them or those that selectors choose.
    pub fn list(&self) -> ListObjects<K> {
        ListObjects {
            client: self.client.clone(),
            place: self.place.clone(),
            options: Ok(ListOptions::default()),
            limits: Limits::default(),
            kind: PhantomData,
        }
    }
}

impl<P> Objects<P> {
    /// Reads the objects of this kind.
    pub fn list<K: Resource>(&self) -> ListObjects<K> {
        self.api().list()
    }
}

impl<K> ListObjects<K> {
    /// At most that many; the list's metadata has the token for the next page.
    pub fn limit(self, limit: u32) -> Self {
        self.set(|options| Ok(options.limit(limit)))
    }

    /// The page after the one that gave this token.
    pub fn continue_token(self, token: impl Into<String>) -> Self {
        self.set(|options| Ok(options.continue_token(token)))
    }

    /// Accepts a state from the server's memory that is not older than this; `0` for any.
    pub fn resource_version(self, resource_version: impl Into<String>) -> Self {
        self.set(|options| Ok(options.resource_version(resource_version)))
    }

    /// How the revision is meant.
    pub fn resource_version_match(self, how: ResourceVersionMatch) -> Self {
        self.set(|options| Ok(options.resource_version_match(how)))
    }

    /// The same with other options.
    pub(super) fn again(&self, options: ListOptions) -> Self {
        let (client, place) = (self.client.clone(), self.place.clone());
        Self { client, place, options: Ok(options), limits: self.limits, kind: PhantomData }
    }

    /// How large an object may be, and whether `managedFields` are kept.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Reads it item by item, as it arrives, without decoding the items.
    ///
    /// # Errors
    /// The server refused, or a selector or name is wrong.
    pub async fn raw(self) -> Result<RawList> {
        self.open(false).await
    }

    async fn open(self, repeat: bool) -> Result<RawList> {
        let options = self.options?;
        let target = self.place.target().await?;
        let request = Request::list(&target, &options)?;
        let failed = request.failed();
        let response = self.client.open(&target, request, repeat).await?;
        Ok(RawList {
            body: Some(response.body),
            decoder: ListDecoder::new(self.limits),
            head: None,
            patience: self.client.timeout(),
            failed,
        })
    }

    /// Reads it as a safe request is: what comes first may fail once.
    pub(super) async fn each<T>(
        self,
        next: impl Fn(&mut ListDecoder) -> Option<Result<T, Malformed>>,
        mut take: impl FnMut(Result<T, Malformed>),
    ) -> Result<ListMetadata> {
        let mut raw = self.open(true).await?;
        loop {
            while let Some(item) = next(&mut raw.decoder) {
                take(item);
            }
            if !raw.more().await? {
                return Ok(raw.head.unwrap_or_default());
            }
        }
    }
}

impl<K: DeserializeOwned + Send + 'static> IntoFuture for ListObjects<K> {
    type Output = Result<List<K>>;
    type IntoFuture = BoxFuture<'static, Result<List<K>>>;

    fn into_future(self) -> Self::IntoFuture {
        async move {
            let (mut items, mut malformed) = (Vec::new(), Vec::new());
            let take = |item| match item {
                Ok(object) => items.push(object),
                Err(object) => malformed.push(object),
            };
            let metadata = self.each(ListDecoder::next_typed, take).await?;
            Ok(List { items, metadata, malformed })
        }
        .boxed()
    }
}

impl RawList {
    /// The next object; `None` after the last. Must be called soon, as other requests may share the connection.
    ///
    /// # Errors
    /// The connection broke, nothing came for too long, or what came is no list.
    ///
    /// # Cancel safety
    /// Dropping the future loses nothing.
    pub async fn next(&mut self) -> Result<Option<Result<RawObject, Malformed>>> {
        loop {
            if let Some(item) = self.decoder.next() {
                return Ok(Some(item));
            }
            if !self.more().await? {
                return Ok(None);
            }
        }
    }

    /// Waits for more bytes. False when there are none.
    async fn more(&mut self) -> Result<bool> {
        let Some(body) = &mut self.body else { return Ok(false) };
        let error = match tokio::time::timeout(self.patience, body.next()).await {
            Ok(Some(Ok(piece))) => {
                self.decoder.push(&piece);
                return Ok(true);
            }
            Ok(None) => match self.decoder.finish() {
                Ok(head) => {
                    (self.body, self.head) = (None, Some(head));
                    return Ok(false);
                }
                Err(error) => error,
            },
            Ok(Some(Err(error))) => error,
            Err(_) => {
                let why = format!("no part of the list within {:?}", self.patience);
                Error::new(ErrorKind::Timeout, why)
            }
        };
        self.body = None;
        Err(error.context(self.failed.clone()))
    }

    /// How new the collection is, and what follows; known once [`next`](Self::next) gave `None`.
    #[must_use]
    pub fn head(&self) -> Option<&ListHead> {
        self.head.as_ref()
    }
}

impl fmt::Debug for RawList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawList").field("head", &self.head).finish_non_exhaustive()
    }
}
