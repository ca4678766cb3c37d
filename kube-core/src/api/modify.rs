//! Reading an object, changing it and writing it back, again and again until nobody came in between.
//!
//! Mirrors: client-go util/retry (`RetryOnConflict`)
//! Differs: the waits grow with the time that an attempt takes, shrink again as the time that is set runs out, and end with it, not after five attempts.

use std::fmt;
use std::future::IntoFuture;
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::Instant;

use crate::error::Error;
use crate::error::Result;
use crate::object::Allows;
use crate::object::HasMetadata;
use crate::object::Name;
use crate::object::Resource;
use crate::object::verb;

use super::Api;
use super::Objects;
use super::place::Named;
use super::place::named;

/// For how long it is tried, if nobody says otherwise.
const WITHIN: Duration = Duration::from_secs(30);
/// The first wait is twice what the attempt took, or twice this; at the most, and half of it in the mean.
const LEAST: Duration = Duration::from_millis(5);
/// No wait is longer, …
const LONGEST: Duration = Duration::from_secs(5);
/// … nor than this part of the time that is left: else those who come later and wait for less win each time.
const OF_WHAT_IS_LEFT: u32 = 8;

/// Reads an object, changes it and writes it back, once it is awaited.
///
/// # Cancel safety
/// Dropped while it writes, it may have written.
#[must_use = "nothing is sent before it is awaited"]
pub struct Modify<K, F> {
    api: Api<K>,
    name: Named,
    change: F,
    field_manager: Option<String>,
    within: Duration,
    random: fastrand::Rng,
}

impl<K, P> Api<K, P> {
    /// Reads the object of this name, lets `change` work on it, and replaces it unless it is as it was. When somebody else wrote
    /// in between, all of that is done again after a random wait, which grows, and shrinks as the time runs out: `change` sees the newest state
    /// each time.
    ///
    /// Where that is possible, [`apply`](Self::apply) what you want instead: it meets no conflict with those who write other fields.
    ///
    /// # Errors
    /// There is no such object; or a conflict, when it has been tried for [as long as set](Modify::within). An answer that is lost is an
    /// error too: the change may have been made, and is not made twice.
    ///
    /// ```
    /// # use k8s_openapi::api::core::v1::ConfigMap;
    /// # use kube_core::ObjectMeta;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> kube_core::Result<()> {
    /// # let server = kube_embedded::Server::builder().build();
    /// # let listening = server.listen(([127, 0, 0, 1], 0).into()).await.expect("a port is free");
    /// # let config = kube_core::Config::new(&listening.url())?.token(server.admin_token());
    /// # let client = kube_core::Client::new(config)?;
    /// # let metadata = ObjectMeta { name: Some("visits".to_owned()), ..ObjectMeta::default() };
    /// # client.namespace("default").create(&ConfigMap { metadata, ..ConfigMap::default() }).await?;
    /// let maps = client.namespace("default").api::<ConfigMap>();
    /// let visited = |map: &mut ConfigMap| {
    ///     let count = map.data.get_or_insert_default().entry("count".to_owned()).or_default();
    ///     *count = (count.parse().unwrap_or(0) + 1).to_string();
    /// };
    /// let [one, two] = [(); 2].map(|()| maps.modify("visits", visited).into_future());
    /// let (one, two) = futures::join!(one, two);
    /// (one?, two?);
    /// assert_eq!(maps.get("visits").await?.data.unwrap()["count"], "2");
    /// # Ok(())
    /// # }
    /// ```
    pub fn modify<N, F>(&self, name: N, change: F) -> Modify<K, F>
    where
        K: Allows<verb::Update>,
        N: TryInto<Name, Error: Into<Error>>,
        F: FnMut(&mut K),
    {
        Modify {
            api: self.as_type(self.place.clone()),
            name: named(name),
            change,
            field_manager: None,
            within: WITHIN,
            random: fastrand::Rng::new(),
        }
    }
}

impl<P> Objects<P> {
    /// Reads the object of this kind and name, lets `change` work on it, and replaces it; again after a conflict. See [`Api::modify`].
    pub fn modify<K: Resource + Allows<verb::Update>, F: FnMut(&mut K)>(
        &self,
        name: impl TryInto<Name, Error: Into<Error>>,
        change: F,
    ) -> Modify<K, F> {
        self.api().modify(name, change)
    }
}

impl<K, F> Modify<K, F> {
    /// Who writes.
    pub fn field_manager(mut self, manager: impl Into<String>) -> Self {
        self.field_manager = Some(manager.into());
        self
    }

    /// For how long it is tried again after conflicts, 30 s otherwise; an attempt that has begun is finished.
    pub fn within(mut self, time: Duration) -> Self {
        self.within = time;
        self
    }

    /// What the random waits follow from, for runs that are to be the same each time. Writers of one object need one each.
    pub fn seed(mut self, seed: u64) -> Self {
        self.random = fastrand::Rng::with_seed(seed);
        self
    }
}

/// One read and one write, if something is to be written.
async fn attempt<K>(
    api: &Api<K>,
    name: &Name,
    field_manager: Option<&str>,
    change: &mut impl FnMut(&mut K),
) -> Result<K>
where
    K: HasMetadata + Serialize + DeserializeOwned + Send + Sync + 'static,
{
    let mut object = api.get(name.as_str()).await?;
    let before = serde_json::to_value(&object).ok();
    let version = object.object_meta().resource_version.clone();
    change(&mut object);
    if before.is_some() && before == serde_json::to_value(&object).ok() {
        return Ok(object);
    }
    // Whatever `change` did: the write is for the state that it saw.
    object.object_meta_mut().resource_version = version;
    let replace = api.replacing(&object);
    match field_manager {
        Some(manager) => replace.field_manager(manager).await,
        None => replace.await,
    }
}

/// The longest wait after so many conflicts, when an attempt takes that long and so much time is left.
fn longest(conflicts: u32, took: Duration, left: Duration) -> Duration {
    let first = took.max(LEAST) * 2;
    let grown = first.saturating_mul(1 << (conflicts - 1).min(15)).min(LONGEST);
    grown.min(first.max(left / OF_WHAT_IS_LEFT))
}

#[expect(
    clippy::disallowed_methods,
    reason = "the others are left to write before it is tried again"
)]
async fn pause(wait: Duration) {
    tokio::time::sleep(wait).await;
}

impl<K, F> IntoFuture for Modify<K, F>
where
    K: HasMetadata + Serialize + DeserializeOwned + Send + Sync + 'static,
    F: FnMut(&mut K) + Send + 'static,
{
    type Output = Result<K>;
    type IntoFuture = BoxFuture<'static, Result<K>>;

    fn into_future(self) -> Self::IntoFuture {
        let Self { api, name, mut change, field_manager, within, mut random } = self;
        async move {
            let name = name?;
            let begun = Instant::now();
            let mut conflicts = 0_u32;
            loop {
                let asked = Instant::now();
                let written = attempt(&api, &name, field_manager.as_deref(), &mut change).await;
                let error = match written {
                    Err(error) if error.is_conflict() => error,
                    written => return written,
                };
                conflicts += 1;
                let left = within.saturating_sub(begun.elapsed());
                let wait = longest(conflicts, asked.elapsed(), left).mul_f64(random.f64());
                if wait > left {
                    return Err(error);
                }
                pause(wait).await;
            }
        }
        .boxed()
    }
}

impl<K, F> fmt::Debug for Modify<K, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Modify").field("api", &self.api).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_with_what_an_attempt_takes_and_each_conflict_within_a_part_of_what_is_left() {
        let (ms, s) = (Duration::from_millis, Duration::from_secs);
        for (conflicts, took, left, wait) in [
            (1, ms(1), s(30), ms(10)),
            (1, ms(20), s(30), ms(40)),
            (2, ms(20), s(30), ms(80)),
            (4, ms(20), s(30), ms(320)),
            (20, ms(20), s(400), s(5)),
            (20, ms(20), s(8), s(1)),
            (20, ms(20), Duration::ZERO, ms(40)),
            (u32::MAX, ms(20), s(400), s(5)),
        ] {
            assert_eq!(longest(conflicts, took, left), wait, "{conflicts} {took:?} {left:?}");
        }
    }
}
