//! Waiting for an object to be as it should: conditions in, the object as it was when the last one held out.
//!
//! Mirrors: client-go tools/watch (`Until`, `UntilWithSync`), kubectl wait
//! Differs: an object that is not there is a state too; a revision that is forgotten leads to another list, not to an error.

use std::fmt;
use std::future::IntoFuture;
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::client::Client;
use crate::error::Error;
use crate::error::ErrorKind;
use crate::error::Result;
use crate::object::Name;
use crate::object::Resource;
use crate::selector::FieldSelector;

use super::Api;
use super::Event;
use super::Objects;
use super::place::Named;
use super::place::named;

/// For how long is waited, if nobody says otherwise.
const WITHIN: Duration = Duration::from_secs(5 * 60);

type Condition<K> = Box<dyn FnMut(Option<&K>) -> Result<bool> + Send>;

/// What a condition says: whether it holds, or why it never will.
pub trait Verdict {
    /// As a result.
    ///
    /// # Errors
    /// It never will.
    fn verdict(self) -> Result<bool>;
}

impl Verdict for bool {
    fn verdict(self) -> Result<bool> {
        Ok(self)
    }
}

impl Verdict for Result<bool> {
    fn verdict(self) -> Result<bool> {
        self
    }
}

/// Waits until conditions hold one after the other, once it is awaited.
///
/// # Cancel safety
/// Dropping it loses nothing: it only reads.
#[must_use = "nothing is sent before it is awaited"]
pub struct Until<K> {
    api: Api<K>,
    name: Named,
    conditions: Vec<Condition<K>>,
    within: Duration,
}

impl<K, P> Api<K, P> {
    /// Waits until the object of this name is as the condition wants it; no object is `None`. The object as it was then is the
    /// answer.
    ///
    /// # Errors
    /// It did not become so in [the time that is set](Until::within); the condition said why it never will; the objects cannot be watched.
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
    /// let maps = client.namespace("default").api::<ConfigMap>();
    /// let there = maps.until("a", |map: Option<&ConfigMap>| map.is_some());
    /// let metadata = ObjectMeta { name: Some("a".to_owned()), ..ObjectMeta::default() };
    /// let create = maps.create(&ConfigMap { metadata, ..ConfigMap::default() });
    /// let (there, created) = futures::join!(there.into_future(), create.into_future());
    /// assert_eq!(there?, Some(created?));
    /// # Ok(())
    /// # }
    /// ```
    pub fn until<N, V>(
        &self,
        name: N,
        condition: impl FnMut(Option<&K>) -> V + Send + 'static,
    ) -> Until<K>
    where
        N: TryInto<Name, Error: Into<Error>>,
        V: Verdict,
    {
        let until = Until {
            api: self.as_type(self.place.clone()),
            name: named(name),
            conditions: Vec::new(),
            within: WITHIN,
        };
        until.then(condition)
    }
}

impl<P> Objects<P> {
    /// Waits until the object of this kind and name is as the condition wants it. See [`Api::until`].
    pub fn until<K: Resource, V: Verdict>(
        &self,
        name: impl TryInto<Name, Error: Into<Error>>,
        condition: impl FnMut(Option<&K>) -> V + Send + 'static,
    ) -> Until<K> {
        self.api().until(name, condition)
    }
}

impl<K> Until<K> {
    /// And after that, until this holds; it is tried first on the very state that fulfilled the one before.
    pub fn then<V: Verdict>(
        mut self,
        mut condition: impl FnMut(Option<&K>) -> V + Send + 'static,
    ) -> Self {
        self.conditions.push(Box::new(move |object| condition(object).verdict()));
        self
    }

    /// For how long is waited in all, five minutes otherwise.
    pub fn within(mut self, time: Duration) -> Self {
        self.within = time;
        self
    }
}

/// A condition for [`Api::until`]: the object's status says that the condition of this type, as `Ready`, is `status`, as `True`.
pub fn has_condition<K: Serialize>(
    kind: impl Into<String>,
    status: impl Into<String>,
) -> impl FnMut(Option<&K>) -> bool {
    let (kind, status) = (kind.into(), status.into());
    move |object| {
        let Some(Ok(object)) = object.map(serde_json::to_value) else { return false };
        let conditions = object.pointer("/status/conditions").and_then(Value::as_array);
        conditions
            .into_iter()
            .flatten()
            .any(|known| known["type"] == *kind && known["status"] == *status)
    }
}

impl<K: DeserializeOwned + Send + 'static> Until<K> {
    /// Whether all hold now, each at its turn.
    fn hold(conditions: &mut Vec<Condition<K>>, object: Option<&K>) -> Result<bool> {
        while let Some(condition) = conditions.first_mut() {
            if !condition(object)? {
                return Ok(false);
            }
            drop(conditions.remove(0));
        }
        Ok(true)
    }

    async fn wait(
        api: &Api<K>,
        name: &Name,
        mut conditions: Vec<Condition<K>>,
    ) -> Result<Option<K>> {
        loop {
            let only = || FieldSelector::named(name.as_str());
            let list = api.list().fields(only()).await?;
            if let Some(malformed) = list.malformed.into_iter().next() {
                return Err(malformed.into());
            }
            let mut object = list.items.into_iter().next();
            if Self::hold(&mut conditions, object.as_ref())? {
                return Ok(object);
            }
            let watch = api.watch().fields(only()).resource_version(list.metadata.resource_version);
            let mut watch = watch.resumed();
            loop {
                object = match watch.next().await {
                    Ok(Some(Event::Added(object) | Event::Modified(object))) => Some(object),
                    Ok(Some(Event::Deleted(_))) => None,
                    Ok(Some(Event::Malformed(malformed))) => return Err(malformed.into()),
                    Ok(Some(Event::Bookmark { .. })) => continue,
                    Ok(None) => break,
                    Err(error) if error.is_gone() => break,
                    Err(error) => return Err(error),
                };
                if Self::hold(&mut conditions, object.as_ref())? {
                    return Ok(object);
                }
            }
        }
    }
}

impl<K: DeserializeOwned + Send + 'static> IntoFuture for Until<K> {
    type Output = Result<Option<K>>;
    type IntoFuture = BoxFuture<'static, Result<Option<K>>>;

    fn into_future(self) -> Self::IntoFuture {
        async move {
            let Self { api, name, conditions, within } = self;
            let name = name?;
            let failed = || format!("failed to wait for `{name}` of {:?}", api.place);
            let waited = Self::wait(&api, &name, conditions);
            match tokio::time::timeout_at(Client::after(within), waited).await {
                Ok(waited) => waited.map_err(|error| error.context(failed())),
                Err(_) => {
                    let seconds = within.as_secs_f64();
                    let why = format!("it did not become what is waited for within {seconds} s");
                    Err(Error::new(ErrorKind::Timeout, why).context(failed()))
                }
            }
        }
        .boxed()
    }
}

impl<K> fmt::Debug for Until<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Until")
            .field("api", &self.api)
            .field("conditions", &self.conditions.len())
            .field("within", &self.within)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
