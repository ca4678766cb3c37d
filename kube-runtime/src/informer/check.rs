//! Whether a cache has what the server has: a list in, what of it the cache should have by now and has not out.
//!
//! Mirrors: client-go tools/cache/reflector_data_consistency_detector.go
//! Differs: it is asked for, and tells instead of panicking; what a cache lags behind by is no difference.

use std::cmp::Ordering;
use std::time::Duration;

use futures::StreamExt;
use hashbrown::{HashMap, HashSet};
use kube_core::{Error, ErrorKind, Result};
use tokio::time::Instant;

use super::pipeline::Informer;
use crate::flow::{Cached, Key, order};
use crate::reflector::{ListPlan, ListWatch, Listed};

/// How often is looked whether the cache is as far as a list.
const LOOK: Duration = Duration::from_millis(100);

/// An object of which the cache has not what the server has.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Difference {
    /// Which object.
    pub key: Key,
    /// The version that the cache has; `None` if it has no such object.
    pub cached: Option<String>,
    /// The version that the server has; `None` if it has no such object.
    pub listed: Option<String>,
}

/// A list, as far as it is compared.
#[derive(Default)]
struct Named {
    versions: HashMap<Key, Box<str>>,
    /// Objects of which nothing else can be read.
    unreadable: HashSet<Key>,
    /// An object could not even be told by name; it may be any of those that seem not to be there.
    nameless: bool,
    version: String,
}

impl Informer {
    /// Compares the cache with a list, and what seems to differ with a second one; both times after the cache has got as far as the
    /// list, for which is waited `within` at most: in a quiet cluster a bookmark brings it there about once a minute. What the watch
    /// brings meanwhile is no difference, nor are own writes. For tests and for a look now and then: it lists everything.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use k8s_openapi::api::core::v1::Pod;
    /// use kube_runtime::informer::InformerHandle;
    ///
    /// async fn check(pods: &InformerHandle<Pod>) -> kube_runtime::core::Result<()> {
    ///     for difference in pods.differences(Duration::from_secs(120)).await? {
    ///         println!("{}: {:?} instead of {:?}", difference.key, difference.cached, difference.listed);
    ///     }
    ///     Ok(())
    /// }
    /// # _ = check;
    /// ```
    ///
    /// # Errors
    /// When the server cannot be asked, or the cache does not get as far as the list in time.
    ///
    /// # Cancel safety
    /// Dropping the future costs nothing.
    pub async fn differences(&self, within: Duration) -> Result<Vec<Difference>> {
        let mut doubted: Option<HashSet<Key>> = None;
        loop {
            let named = Named::by(self.source()).await?;
            if named.compare(&self.store().cached_states()).is_empty() {
                return Ok(Vec::new());
            }
            self.reached(&named.version, within).await?;
            let mut found = named.compare(&self.store().cached_states());
            let Some(before) = doubted else {
                if found.is_empty() {
                    return Ok(found);
                }
                doubted = Some(found.into_iter().map(|difference| difference.key).collect());
                continue;
            };
            // Only what is so twice: in between an object may come or go.
            found.retain(|difference| before.contains(&difference.key));
            found.sort_by(|left, right| left.key.cmp(&right.key));
            return Ok(found);
        }
    }

    /// Waits until the cache has everything up to a version.
    async fn reached(&self, version: &str, within: Duration) -> Result<()> {
        let deadline = Instant::now() + within;
        let is_there = |present: String| order(&present, version) != Some(Ordering::Less);
        while !self.store().resource_version().is_some_and(is_there) {
            if Instant::now() >= deadline {
                let kind = &self.store().resource().kind;
                let why = format!(
                    "its cache was not as far as the list within {within:?}; wait longer, or look at its health"
                );
                let error = Error::new(ErrorKind::Timeout, why);
                return Err(error.context(format!("failed to compare {kind} with the server")));
            }
            tokio::time::sleep_until(deadline.min(Instant::now() + LOOK)).await;
        }
        Ok(())
    }
}

impl Named {
    async fn by(source: &dyn ListWatch) -> Result<Self> {
        let mut named = Self::default();
        let mut listing = source.list(ListPlan::default()).await?;
        while let Some(part) = listing.next().await {
            match part? {
                Listed::Item(object) => {
                    let version = object.meta.resource_version.clone();
                    named.versions.insert(Key::of_head(&object.meta), version);
                }
                Listed::Malformed(malformed) => match &malformed.name {
                    Some(name) => {
                        named.unreadable.insert(Key::new(malformed.namespace.as_deref(), name));
                    }
                    None => named.nameless = true,
                },
                Listed::End(head) => named.version = head.resource_version,
            }
        }
        Ok(named)
    }

    /// What the cache has not as it is here, or newer.
    fn compare(&self, states: &[Cached]) -> Vec<Difference> {
        let cached: HashMap<&Key, &Cached> =
            states.iter().map(|state| (state.key(), state)).collect();
        let missed = self.versions.iter().filter_map(|(key, version)| {
            let state = cached.get(key).map(|state| state.resource_version());
            let is_behind = state.is_none_or(|state| order(state, version) == Some(Ordering::Less));
            is_behind.then(|| Difference {
                key: key.clone(),
                cached: state.map(str::to_owned),
                listed: Some(version.to_string()),
            })
        });
        let kept = states.iter().filter(|state| {
            let key = state.key();
            let is_older = order(state.resource_version(), &self.version)
                .is_some_and(|order| order != Ordering::Greater);
            is_older
                && !self.nameless
                && !self.versions.contains_key(key)
                && !self.unreadable.contains(key)
        });
        let kept = kept.map(|state| Difference {
            key: state.key().clone(),
            cached: Some(state.resource_version().to_owned()),
            listed: None,
        });
        missed.chain(kept).collect()
    }
}
