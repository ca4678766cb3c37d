//! Reading a large collection page by page: how many at a time in; pages, a stream of objects or the whole out.
//!
//! Mirrors: client-go tools/pager
//! Differs: later pages do not send the revision of the first, which servers refuse; half a page is fetched ahead, not ten; pages are
//! fetched when the stream is polled, so nothing runs by itself.

use std::fmt;
use std::vec;

use futures::FutureExt as _;
use futures::Stream;
use futures::future::BoxFuture;
use futures::stream;
use serde::de::DeserializeOwned;

use crate::error::Error;
use crate::error::Result;
use crate::request::ListOptions;
use crate::wire::ListDecoder;
use crate::wire::Malformed;
use crate::wire::RawObject;

use super::List;
use super::ListMetadata;
use super::ListObjects;

/// A collection that is read page by page.
#[must_use = "nothing is sent before a page is asked for"]
pub struct Pages<K> {
    list: ListObjects<K>,
    next: Next,
}

/// What the next page is.
enum Next {
    Wrong(Error),
    First(ListOptions),
    After(ListOptions),
    None,
}

impl<K> ListObjects<K> {
    /// Reads it in pages of at most that many objects, all at the revision of the first.
    ///
    /// ```
    /// # use futures::TryStreamExt as _;
    /// # use k8s_openapi::api::core::v1::ConfigMap;
    /// # use kube_core::{ObjectMeta, ResourceExt as _};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> kube_core::Result<()> {
    /// # let server = kube_embedded::Server::builder().build();
    /// # let listening = server.listen(([127, 0, 0, 1], 0).into()).await.expect("a port is free");
    /// # let config = kube_core::Config::new(&listening.url())?.token(server.admin_token());
    /// # let client = kube_core::Client::new(config)?;
    /// # for name in ["a", "b", "c"] {
    /// #     let metadata = ObjectMeta { name: Some(name.to_owned()), ..ObjectMeta::default() };
    /// #     client.namespace("default").create(&ConfigMap { metadata, ..ConfigMap::default() }).await?;
    /// # }
    /// let maps = client.namespace("default").api::<ConfigMap>();
    /// let mut all = std::pin::pin!(maps.list().pages(2).into_stream());
    /// let mut names = Vec::new();
    /// while let Some(map) = all.try_next().await? {
    ///     names.push(map.name().to_owned());
    /// }
    /// assert!(names.starts_with(&["a".to_owned(), "b".to_owned(), "c".to_owned()]));
    /// # Ok(())
    /// # }
    /// ```
    pub fn pages(mut self, size: u32) -> Pages<K> {
        let options = std::mem::replace(&mut self.options, Ok(ListOptions::default()));
        let next = match options {
            Ok(options) => Next::First(options.limit(size.max(1))),
            Err(error) => Next::Wrong(error),
        };
        Pages { list: self, next }
    }
}

impl<K: DeserializeOwned + Send + 'static> Pages<K> {
    /// The next page; `None` after the last, and after an error.
    ///
    /// # Errors
    /// As of a list. When the server has forgotten the revision in the meantime, it [is gone](Error::is_gone).
    ///
    /// # Cancel safety
    /// Dropping the future loses nothing: the page is asked for again.
    pub async fn next(&mut self) -> Result<Option<List<K>>> {
        let Some(options) = self.options()? else { return Ok(None) };
        let read = self.list.again(options.clone()).await;
        self.after(options, read.as_ref().ok().map(|page| &page.metadata));
        read.map(Some)
    }

    /// The objects of the next page as they came.
    async fn next_raw(&mut self) -> Result<Option<Vec<Raw>>> {
        let Some(options) = self.options()? else { return Ok(None) };
        let mut items = Vec::new();
        let read =
            self.list.again(options.clone()).each(ListDecoder::next, |item| items.push(item)).await;
        self.after(options, read.as_ref().ok());
        read.map(|_| Some(items))
    }

    fn options(&mut self) -> Result<Option<ListOptions>> {
        match &self.next {
            Next::First(options) | Next::After(options) => Ok(Some(options.clone())),
            Next::None => Ok(None),
            Next::Wrong(_) => match std::mem::replace(&mut self.next, Next::None) {
                Next::Wrong(error) => Err(error),
                _ => Ok(None),
            },
        }
    }

    /// What follows the page that was asked for so, if it could be read.
    fn after(&mut self, options: ListOptions, read: Option<&ListMetadata>) {
        self.next = match read.and_then(|page| page.continue_token.clone()) {
            Some(token) if !token.is_empty() => Next::After(options.after(token)),
            _ => Next::None,
        };
    }

    /// All objects in one list. When the server forgets the revision on the way, all of it is read once more and at once.
    ///
    /// # Errors
    /// As of a list.
    pub async fn whole(mut self) -> Result<List<K>> {
        let full = match &self.next {
            Next::First(options) => {
                let mut full = options.clone();
                full.limit = None;
                full
            }
            _ => ListOptions::default(),
        };
        let Some(mut whole) = self.next().await? else {
            return self.list.again(full).await;
        };
        loop {
            match self.next().await {
                Ok(Some(page)) => {
                    whole.items.extend(page.items);
                    whole.malformed.extend(page.malformed);
                    whole.metadata = page.metadata;
                }
                Ok(None) => return Ok(whole),
                Err(error) if error.is_gone() => return self.list.again(full).await,
                Err(error) => return Err(error),
            }
        }
    }

    /// The objects one by one. The next page is on its way while the second half of one is taken, and an object is decoded when it is: no more
    /// than one and a half pages are in memory, as they were sent.
    ///
    /// An object that cannot be read is an error among the others; any other error is the last item.
    pub fn into_stream(self) -> impl Stream<Item = Result<K>> + Send {
        let ahead = Ahead {
            items: Vec::new().into_iter(),
            half: 0,
            fetching: Some(fetch(self)),
            fetched: None,
        };
        stream::unfold(ahead, async |mut ahead| Some((ahead.next().await?, ahead)))
    }
}

/// An object as it came.
type Raw = Result<RawObject, Malformed>;
type Fetched<K> = (Pages<K>, Result<Option<Vec<Raw>>>);

fn fetch<K: DeserializeOwned + Send + 'static>(
    mut pages: Pages<K>,
) -> BoxFuture<'static, Fetched<K>> {
    async move {
        let page = pages.next_raw().await;
        (pages, page)
    }
    .boxed()
}

/// One page that is taken, and the next one.
struct Ahead<K> {
    items: vec::IntoIter<Raw>,
    /// How many of them are left when the next page is asked for.
    half: usize,
    fetching: Option<BoxFuture<'static, Fetched<K>>>,
    fetched: Option<Fetched<K>>,
}

impl<K: DeserializeOwned + Send + 'static> Ahead<K> {
    async fn next(&mut self) -> Option<Result<K>> {
        loop {
            if let Some(item) = self.items.next() {
                // The request leaves, and goes on, each time that an object is taken.
                let next = self.fetching.as_mut().filter(|_| self.items.len() <= self.half);
                if let Some(fetched) = next.and_then(|next| next.now_or_never()) {
                    self.fetching = None;
                    self.fetched = Some(fetched);
                }
                return Some(item.and_then(|object| object.decode()).map_err(Into::into));
            }
            let fetched = match (self.fetched.take(), &mut self.fetching) {
                (Some(fetched), _) => fetched,
                (None, Some(fetching)) => fetching.await,
                (None, None) => return None,
            };
            self.fetching = None;
            let (pages, page) = fetched;
            match page {
                Ok(Some(items)) => {
                    self.half = items.len() / 2;
                    self.items = items.into_iter();
                    if !matches!(pages.next, Next::None) {
                        self.fetching = Some(fetch(pages));
                    }
                }
                Ok(None) => return None,
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

impl<K> fmt::Debug for Pages<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages").field("list", &self.list).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
