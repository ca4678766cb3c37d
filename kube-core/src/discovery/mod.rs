//! Which kinds a server has: a word or a group, version and kind in, an [`ApiResource`] out.
//!
//! Promises:
//! - What was found is kept in memory, and on disk where that is asked for; a word that is not in it leads to one more look,
//!   not to a loop of them.
//! - A group that cannot be asked does not take the others away.
//! - A word that fits several kinds is an error that lists them; none is picked in silence.
//!
//! Mirrors: client-go discovery, discovery/cached/memory, restmapper
//! Differs: one cache in place of a cached client, a mapper and a shortcut expander.

mod aggregated;
mod disk;
mod error;
mod legacy;
mod mapper;
mod model;
mod version;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use std::time::SystemTime;

use futures::stream::{self, StreamExt as _};
use parking_lot::Mutex;
use tokio::time::Instant;

use crate::client::Client;
use crate::error::Result;
use crate::object::ApiResource;
use crate::request::Method;
use crate::request::Request;

pub use disk::DiskCache;
use error::DiscoveryError;
use mapper::Found;
pub use model::{Kinds, KnownGroup, KnownKind, KnownSubresource, Unknown};
pub use version::ServerVersion;

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
    found: Mutex<Option<Look>>,
    looking: tokio::sync::Mutex<()>,
    ticks: AtomicU64,
    keeping: Mutex<Keeping>,
    /// What began before this tick has been forgotten.
    since: AtomicU64,
}

#[derive(Clone)]
struct Look {
    /// The tick before it; 0 for what was on disk, which is older than all questions.
    began: u64,
    at: Instant,
    kinds: Arc<Kinds>,
}

#[derive(Clone, Default)]
struct Keeping {
    time: Option<Duration>,
    disk: Option<DiskCache>,
}

impl Cache {
    /// From 1, so that 0 is before all of them.
    fn tick(&self) -> u64 {
        self.ticks.fetch_add(1, Ordering::AcqRel) + 1
    }

    fn found(&self) -> Option<Look> {
        let look = self.found.lock().clone()?;
        let kept = self.keeping.lock().time;
        let young = kept.is_none_or(|kept| look.at.elapsed() < kept);
        let forgotten = look.began < self.since.load(Ordering::Acquire);
        (young && !forgotten).then_some(look)
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
            Some(look) => Ok(look.kinds),
            None => Ok(self.look(0).await?.kinds),
        }
    }

    /// All kinds, as the server knows them now.
    ///
    /// # Errors
    /// The server could not be asked at all.
    pub async fn refresh(&self) -> Result<Arc<Kinds>> {
        Ok(self.look(self.cache.tick()).await?.kinds)
    }

    /// Forgets what was found, in memory and on disk: the next question goes to the server.
    pub fn invalidate(&self) {
        *self.cache.found.lock() = None;
        self.cache.since.store(self.cache.tick(), Ordering::Release);
    }

    /// Asks again when what was found is older than that; otherwise it is kept until a word is not in it. For all clones of
    /// the client.
    #[must_use]
    pub fn kept(self, time: Duration) -> Self {
        self.cache.keeping.lock().time = Some(time);
        self
    }

    /// Keeps what is found in this folder as well, for other processes and the next one. For all clones of the client.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> kube_core::Result<()> {
    /// # let server = kube_embedded::Server::builder().build();
    /// # let listening = server.listen(([127, 0, 0, 1], 0).into()).await.expect("a port is free");
    /// # let config = kube_core::Config::new(&listening.url())?.token(server.admin_token());
    /// # let folder = tempfile::tempdir().expect("there is room");
    /// # let base = folder.path();
    /// use kube_core::discovery::DiskCache;
    ///
    /// let client = kube_core::Client::new(config.clone())?;
    /// let discovery = client.discovery().on_disk(DiskCache::below(base, &config));
    /// discovery.resolve("deploy").await?;
    ///
    /// // Another process, when the server is gone:
    /// let later = kube_core::Client::new(config.clone())?;
    /// let discovery = later.discovery().on_disk(DiskCache::below(base, &config));
    /// # listening.stop().await;
    /// assert_eq!(discovery.resolve("deploy").await?.to_string(), "deployments.apps");
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn on_disk(self, disk: DiskCache) -> Self {
        self.cache.keeping.lock().disk = Some(disk);
        self
    }

    /// The kinds of a category, as `all`, each once, as known.
    ///
    /// # Errors
    /// The server could not be asked at all.
    pub async fn category(&self, category: &str) -> Result<Vec<ApiResource>> {
        let kinds = self.kinds().await?;
        Ok(kinds.category(category).map(|kind| kind.resource.clone()).collect())
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
        let Look { began, mut kinds, .. } = match self.cache.found() {
            Some(look) => look,
            // Where nothing is known yet, a look that is on its way will do.
            None => self.look(0).await?,
        };
        if let Some(found) = find(&kinds)? {
            return Ok(found);
        }
        if began <= since {
            kinds = self.look(since).await?.kinds;
        }
        let missing = || {
            let groups = kinds.unknown.iter().map(|unknown| unknown.group_version.clone());
            unknown().of(self.client.describe(), groups.collect())
        };
        Ok(find(&kinds)?.ok_or_else(missing)?)
    }

    /// Asks the server, unless somebody else asked it after `since`; with 0, what is on disk will do.
    async fn look(&self, since: u64) -> Result<Look> {
        let _one_at_a_time = self.cache.looking.lock().await;
        let since = since.max(self.cache.since.load(Ordering::Acquire));
        if let Some(look) = self.cache.found()
            && (look.began > since || since == 0)
        {
            return Ok(look);
        }
        let Keeping { time, disk } = self.cache.keeping.lock().clone();
        let kept = match (since, &disk) {
            (0, Some(disk)) => {
                let disk = disk.clone().kept_at_most(time);
                let read = move || disk.read(SystemTime::now());
                tokio::task::spawn_blocking(read).await.ok().flatten()
            }
            _ => None,
        };
        let from_disk = kept.is_some();
        let began = if from_disk { 0 } else { self.cache.tick() };
        let kinds = Arc::new(match kept {
            Some(kinds) => kinds,
            None => self.ask().await?,
        });
        for unknown in &kinds.unknown {
            tracing::debug!(group = %unknown.group_version, reason = %unknown.reason, "not discovered");
        }
        if let Some(disk) = disk.filter(|_| !from_disk) {
            let kinds = Arc::clone(&kinds);
            // Whatever becomes of the file, the answer is there.
            _ = tokio::task::spawn_blocking(move || disk.write(&kinds)).await;
        }
        let look = Look { began, at: Instant::now(), kinds };
        *self.cache.found.lock() = Some(look.clone());
        Ok(look)
    }

    async fn ask(&self) -> Result<Kinds> {
        let mut kinds = Kinds::default();
        let (core, groups) = futures::join!(self.get("/api"), self.get("/apis"));
        // A server without the core group, as an aggregated one, has no `/api`.
        let core = match core {
            Err(error) if error.is_not_found() => None,
            core => Some(core?),
        };
        let mut legacy = Vec::new();
        if let Some(body) = core {
            match aggregated::parse(&body) {
                Some(found) => kinds.extend(found),
                None => legacy
                    .extend(legacy::core(&body).ok_or(DiscoveryError::Answer { path: "/api" })?),
            }
        }
        let body = groups?;
        match aggregated::parse(&body) {
            Some(found) => kinds.extend(found),
            None => legacy
                .extend(legacy::groups(&body).ok_or(DiscoveryError::Answer { path: "/apis" })?),
        }
        let mut answers = stream::iter(legacy::group_versions(&legacy))
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
        kinds.groups.extend(legacy);
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
        let known = self.cache.found().map(|look| look.kinds.known.len());
        f.debug_struct("Discovery").field("known", &known).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
