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

use crate::error::Result;
use crate::request::ListOptions;
use crate::wire::ListDecoder;
use crate::wire::Malformed;
use crate::wire::RawObject;

use super::List;
use super::ListObjects;
use super::next_page::NextPage;

/// A collection that is read page by page.
#[must_use = "nothing is sent before a page is asked for"]
pub struct Pages<K> {
    list: ListObjects<K>,
    next: NextPage,
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
        Pages { list: self, next: NextPage::first(options, size) }
    }
}

impl<K: DeserializeOwned + Send + 'static> Pages<K> {
    /// The next page; `None` after the last, and after an error.
    ///
    /// # Errors
    /// As of a list. When the server has forgotten the revision in the meantime, it [is gone](crate::Error::is_gone).
    ///
    /// # Cancel safety
    /// Dropping the future loses nothing: the page is asked for again.
    pub async fn next(&mut self) -> Result<Option<List<K>>> {
        let Some(options) = self.next.options()? else { return Ok(None) };
        let read = self.list.again(options.clone()).await;
        let token = read.as_ref().ok().and_then(|page| page.metadata.continue_token.clone());
        self.next.after(options, token);
        read.map(Some)
    }

    /// The objects of the next page as they came.
    async fn next_raw(&mut self) -> Result<Option<Vec<Raw>>> {
        let Some(options) = self.next.options()? else { return Ok(None) };
        let mut items = Vec::new();
        let read =
            self.list.again(options.clone()).each(ListDecoder::next, |item| items.push(item)).await;
        self.next.after(options, read.as_ref().ok().and_then(|head| head.continue_token.clone()));
        read.map(|_| Some(items))
    }

    /// The objects of all pages that are left, in one list. When the server forgets the revision on the way, all of them are read, once more and
    /// at once.
    ///
    /// # Errors
    /// As of a list.
    pub async fn whole(mut self) -> Result<List<K>> {
        let full = self.next.whole();
        let mut whole = List::default();
        loop {
            let is_on_the_way = self.next.is_later();
            match self.next().await {
                Ok(Some(page)) => {
                    whole.items.extend(page.items);
                    whole.malformed.extend(page.malformed);
                    whole.metadata = page.metadata;
                }
                Ok(None) => return Ok(whole),
                Err(error) if is_on_the_way && error.is_gone() => {
                    return self.list.again(full).await;
                }
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
                    if !pages.next.is_none() {
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
