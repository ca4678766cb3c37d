//! Parts of objects that have a path of their own: an object's name and the part's in, what is read or written there out.
//!
//! Mirrors: client-go dynamic (the `subresources` of each verb), kubernetes/typed (`*_expansion.go`)

mod eviction;
mod namespace;
mod pod;
mod scale;
mod write;

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::Serialize;

use crate::error::Error;
use crate::object::Allows;
use crate::object::DynamicObject;
use crate::object::Name;
use crate::object::verb;
use crate::request::Patch;
use crate::request::Verb;

use super::Api;
use super::Delete;
use super::Get;
use super::PatchObject;
use super::TableApi;
use super::place::named;

pub use eviction::Evict;
pub use scale::Scale;
pub use scale::ScaleApi;
pub use write::WriteSubresource;

/// One part of the objects of the kind `K`, whatever it is; `S` is what is read and written there. What may not be written of the objects
/// may not be written of their parts: that does not compile.
///
/// ```
/// # use k8s_openapi::api::apps::v1::Deployment;
/// # use kube_core::{DynamicObject, Patch};
/// # use serde_json::json;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> kube_core::Result<()> {
/// # let server = kube_embedded::Server::builder().build();
/// # let listening = server.listen(([127, 0, 0, 1], 0).into()).await.expect("a port is free");
/// # let config = kube_core::Config::new(&listening.url())?.token(server.admin_token());
/// # let client = kube_core::Client::new(config)?;
/// # let web: Deployment = serde_json::from_value(json!({ "metadata": { "name": "web" }, "spec": {
/// #     "replicas": 1, "selector": { "matchLabels": { "app": "web" } },
/// #     "template": { "metadata": { "labels": { "app": "web" } }, "spec": { "containers": [{ "name": "a", "image": "a" }] } },
/// # } })).unwrap();
/// # client.namespace("default").create(&web).await?;
/// let deployments = client.dynamic("deploy").namespace("default");
/// let scales = deployments.subresource::<DynamicObject>("scale");
/// assert_eq!(scales.get("web").await?.kind, "Scale");
/// let three = Patch::Merge(json!({ "spec": { "replicas": 3 } }));
/// assert_eq!(scales.patch("web", three).await?.data["spec"]["replicas"], 3);
/// # Ok(())
/// # }
/// ```
pub struct SubresourceApi<S, K = S> {
    api: Api<S>,
    of: PhantomData<fn() -> K>,
}

impl<K, P> Api<K, P> {
    /// A part of these objects that has a path of its own, as `status` or `scale`; with `/` in it, a part of the part.
    #[must_use]
    pub fn subresource<S>(&self, name: impl Into<Cow<'static, str>>) -> SubresourceApi<S, K> {
        let mut place = self.place.clone();
        place.subresource = Some(name.into());
        SubresourceApi { api: self.as_type(place), of: PhantomData }
    }

    /// As [`subresource`](Self::subresource) for what `#[resource(method(..))]` declares, verb by verb.
    #[doc(hidden)]
    #[must_use]
    pub fn part_whatever_is_allowed<S>(
        &self,
        name: impl Into<Cow<'static, str>>,
    ) -> SubresourceApi<S, DynamicObject> {
        SubresourceApi { api: self.subresource::<S>(name).api, of: PhantomData }
    }
}

impl<S, K> SubresourceApi<S, K> {
    /// Reads it.
    pub fn get<N>(&self, name: N) -> Get<S>
    where
        N: TryInto<Name, Error: Into<Error>>,
    {
        self.api.get(name)
    }

    /// As `kubectl get --subresource` shows it: in cells that the server fills, one object at a time.
    #[must_use]
    pub fn table(&self) -> TableApi {
        self.api.table()
    }

    /// Changes it.
    pub fn patch<N>(&self, name: N, patch: Patch) -> PatchObject<S>
    where
        K: Allows<verb::Patch>,
        N: TryInto<Name, Error: Into<Error>>,
    {
        self.api.patch_whatever_is_allowed(name, patch)
    }

    /// Applies to it: what this field manager wants, with the `apiVersion` and `kind` of what the server has there. It needs a field manager:
    /// here, or the client's.
    pub fn apply<N, B>(&self, name: N, body: &B) -> PatchObject<S>
    where
        K: Allows<verb::Patch>,
        N: TryInto<Name, Error: Into<Error>>,
        B: Serialize,
    {
        self.api.patching(named(name), Patch::apply(body))
    }

    /// Replaces it. With a resource version in the body, only if nobody changed the object since.
    pub fn replace<N, B>(&self, name: N, body: &B) -> WriteSubresource<S>
    where
        K: Allows<verb::Update>,
        N: TryInto<Name, Error: Into<Error>>,
        B: Serialize,
    {
        WriteSubresource::new(&self.api, named(name), body, Verb::Update)
    }

    /// Posts something to it, for parts that are an action, as `eviction`; the answer is read as `A`.
    pub fn create<N, B, A>(&self, name: N, body: &B) -> WriteSubresource<A>
    where
        K: Allows<verb::Create>,
        N: TryInto<Name, Error: Into<Error>>,
        B: Serialize,
    {
        WriteSubresource::new(&self.api, named(name), body, Verb::Create)
    }

    /// Deletes it.
    pub fn delete<N>(&self, name: N) -> Delete<S>
    where
        K: Allows<verb::Delete>,
        N: TryInto<Name, Error: Into<Error>>,
    {
        self.api.deleting(name)
    }
}

impl<S, K> Clone for SubresourceApi<S, K> {
    fn clone(&self) -> Self {
        Self { api: self.api.clone(), of: PhantomData }
    }
}

impl<S, K> fmt::Debug for SubresourceApi<S, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SubresourceApi").field("api", &self.api).finish()
    }
}

#[cfg(test)]
mod tests;
