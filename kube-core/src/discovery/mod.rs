//! Which kinds a server has: a word or a group, version and kind in, an [`ApiResource`] out.
//!
//! Promises:
//! - What was found is kept in memory; a word that is not in it leads to one more look, not to a loop of them.
//! - A group that cannot be asked does not take the others away.
//! - A word that fits several kinds is an error that lists them; none is picked in silence.
//!
//! Mirrors: client-go discovery, discovery/cached/memory, restmapper
//! Differs: one cache in place of a cached client, a mapper and a shortcut expander.

mod aggregated;
mod error;
mod legacy;
mod mapper;
mod model;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures::stream::{self, StreamExt as _};
use parking_lot::Mutex;

use crate::client::Client;
use crate::error::Result;
use crate::object::ApiResource;
use crate::request::Method;
use crate::request::Request;

use error::DiscoveryError;
use legacy::GroupVersion;
use mapper::Found;
pub use model::{Kinds, KnownKind, Unknown};

/// How many groups are asked at the same time where one answer does not tell all.
const AT_ONCE: usize = 8;

/// Finds out which kinds a server has. All clones of a client share what was found.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> kube_core::Result<()> {
/// # let server = kube_embedded::Server::builder().build();
/// # let listening = server.listen(([127, 0, 0, 1], 0).into()).await.expect("a port is free");
/// # let config = kube_core::Config::new(&listening.url())?.token(server.admin_token());
/// # let client = kube_core::Client::new(config)?;
/// let deployments = client.discovery().resolve("deploy").await?;
/// assert_eq!(deployments.to_string(), "deployments.apps");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Discovery {
    client: Client,
    cache: Arc<Cache>,
}

/// What was found last, and when that look began relative to others.
#[derive(Default)]
struct Cache {
    found: Mutex<Option<(u64, Arc<Kinds>)>>,
    looking: tokio::sync::Mutex<()>,
    ticks: AtomicU64,
}

impl Cache {
    fn tick(&self) -> u64 {
        self.ticks.fetch_add(1, Ordering::AcqRel)
    }

    fn found(&self) -> Option<(u64, Arc<Kinds>)> {
        self.found.lock().clone()
    }
}

impl Client {
    /// Which kinds the server has.
    #[must_use]
    pub fn discovery(&self) -> Discovery {
        Discovery { client: self.clone(), cache: self.attached() }
    }
}

impl Discovery {
    /// All kinds, as known: the server is asked the first time only.
    ///
    /// # Errors
    /// The server could not be asked at all.
    pub async fn kinds(&self) -> Result<Arc<Kinds>> {
        match self.cache.found() {
            Some((_, kinds)) => Ok(kinds),
            None => Ok(self.look(0).await?.1),
        }
    }

    /// All kinds, as the server knows them now.
    ///
    /// # Errors
    /// The server could not be asked at all.
    pub async fn refresh(&self) -> Result<Arc<Kinds>> {
        Ok(self.look(self.cache.tick()).await?.1)
    }

    /// The kind that this word means: a plural, a singular, a kind or a short name, with `.GROUP` or
    /// `.VERSION.GROUP` behind it where it must be told from others.
    ///
    /// # Errors
    /// No kind or several fit the word, or the server could not be asked.
    pub async fn resolve(&self, word: &str) -> Result<ApiResource> {
        let find = |kinds: &Kinds| match mapper::find(kinds, word) {
            Found::One(kind) => Ok(Some(kind.resource.clone())),
            Found::Several(several) => Err(DiscoveryError::Ambiguous {
                word: word.to_owned(),
                candidates: several.iter().map(|kind| kind.resource.to_string()).collect(),
            }),
            Found::Nothing => Ok(None),
        };
        self.twice(find, || DiscoveryError::unknown(word)).await
    }

    /// The kind with this group, version and kind.
    ///
    /// # Errors
    /// There is no such kind, or the server could not be asked.
    pub async fn resolve_kind(&self, api_version: &str, kind: &str) -> Result<ApiResource> {
        let (group, version) = api_version.rsplit_once('/').unwrap_or(("", api_version));
        let find = |kinds: &Kinds| {
            Ok(kinds.find(group, version, kind).map(|known| known.resource.clone()))
        };
        self.twice(find, || DiscoveryError::unknown(&format!("{kind} of {api_version}"))).await
    }

    /// Looks into what is known; if it is not there, asks the server once more.
    async fn twice(
        &self,
        find: impl Fn(&Kinds) -> Result<Option<ApiResource>, DiscoveryError>,
        unknown: impl Fn() -> DiscoveryError,
    ) -> Result<ApiResource> {
        let since = self.cache.tick();
        let (began, mut kinds) = match self.cache.found() {
            Some(found) => found,
            // Where nothing is known yet, a look that is on its way will do.
            None => self.look(0).await?,
        };
        if let Some(found) = find(&kinds)? {
            return Ok(found);
        }
        if began <= since {
            (_, kinds) = self.look(since).await?;
        }
        let missing = || {
            let groups = kinds.unknown.iter().map(|unknown| unknown.group_version.clone());
            unknown().of(self.client.describe(), groups.collect())
        };
        Ok(find(&kinds)?.ok_or_else(missing)?)
    }

    /// Asks the server, unless somebody else asked it after `since`.
    async fn look(&self, since: u64) -> Result<(u64, Arc<Kinds>)> {
        let _one_at_a_time = self.cache.looking.lock().await;
        if let Some((began, kinds)) = self.cache.found()
            && began > since
        {
            return Ok((began, kinds));
        }
        let began = self.cache.tick().max(1);
        let kinds = Arc::new(self.ask().await?);
        for unknown in &kinds.unknown {
            tracing::debug!(group = %unknown.group_version, reason = %unknown.reason, "not discovered");
        }
        *self.cache.found.lock() = Some((began, Arc::clone(&kinds)));
        Ok((began, kinds))
    }

    async fn ask(&self) -> Result<Kinds> {
        let mut kinds = Kinds::default();
        let (core, groups) = futures::join!(self.get("/api"), self.get("/apis"));
        // A server without the core group, as an aggregated one, has no `/api`.
        let core = match core {
            Err(error) if error.is_not_found() => None,
            core => Some(core?),
        };
        let mut legacy: Vec<GroupVersion> = Vec::new();
        if let Some(body) = core {
            match aggregated::parse(&body) {
                Some(found) => kinds.extend(found),
                None => legacy.extend(
                    legacy::core_versions(&body).ok_or(DiscoveryError::Answer { path: "/api" })?,
                ),
            }
        }
        let body = groups?;
        match aggregated::parse(&body) {
            Some(found) => kinds.extend(found),
            None => legacy.extend(
                legacy::group_versions(&body).ok_or(DiscoveryError::Answer { path: "/apis" })?,
            ),
        }
        let mut answers = stream::iter(legacy)
            .map(|group_version| async move {
                let body = self.get(&group_version.path()).await;
                (group_version, body)
            })
            .buffered(AT_ONCE);
        while let Some((of, body)) = answers.next().await {
            let reason = match body {
                Ok(body) => match legacy::kinds(&body, &of) {
                    Some(found) => {
                        kinds.extend(found);
                        continue;
                    }
                    None => "its answer makes no sense".to_owned(),
                },
                Err(error) => error.chain(),
            };
            let group_version = aggregated::group_version(&of.group, &of.version);
            kinds.unknown.push(Unknown { group_version, reason });
        }
        Ok(kinds)
    }

    async fn get(&self, path: &str) -> Result<bytes::Bytes> {
        let mut request = Request::raw(Method::Get, path)?;
        request.headers = vec![("accept".into(), aggregated::ACCEPT.to_owned())];
        self.client.bytes(request).await
    }
}

impl fmt::Debug for Discovery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = self.cache.found().map(|(_, kinds)| kinds.known.len());
        f.debug_struct("Discovery").field("known", &known).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
