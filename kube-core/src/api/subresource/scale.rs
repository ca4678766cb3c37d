//! How many of something there are to be, whatever it is: a name in, its [`Scale`] out.
//!
//! Mirrors: client-go scale
//! Differs: the groups `extensions/v1beta1`, `apps/v1beta1` and `apps/v1beta2`, gone since Kubernetes 1.16, are not read.

pub use k8s_openapi::api::autoscaling::v1::Scale;

use serde_json::json;

use crate::error::Error;
use crate::object::Allows;
use crate::object::Name;
use crate::object::verb;
use crate::request::Patch;

use super::super::Api;
use super::super::Get;
use super::super::PatchObject;
use super::SubresourceApi;
use super::WriteSubresource;

/// The `scale` subresource of the objects of the kind `K`. Kinds without one answer that there is no such resource.
///
/// ```
/// # use k8s_openapi::api::apps::v1::Deployment;
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
/// // Any kind that discovery finds, or one known at compile time.
/// client.dynamic("deploy").namespace("default").scale().set("web", 3).await?;
/// let scale = client.namespace("default").api::<Deployment>().scale().get("web").await?;
/// assert_eq!(scale.spec.unwrap().replicas, Some(3));
/// assert_eq!(scale.status.unwrap().selector.as_deref(), Some("app=web"));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct ScaleApi<K> {
    api: SubresourceApi<Scale, K>,
}

impl<K, P> Api<K, P> {
    /// How many there are to be of what each of these objects stands for.
    #[must_use]
    pub fn scale(&self) -> ScaleApi<K> {
        ScaleApi { api: self.subresource("scale") }
    }
}

impl<K> ScaleApi<K> {
    /// Reads it.
    pub fn get<N>(&self, name: N) -> Get<Scale>
    where
        N: TryInto<Name, Error: Into<Error>>,
    {
        self.api.get(name)
    }

    /// Says how many there are to be, whatever was said before.
    pub fn set<N>(&self, name: N, replicas: u32) -> PatchObject<Scale>
    where
        K: Allows<verb::Patch>,
        N: TryInto<Name, Error: Into<Error>>,
    {
        self.api.patch(name, Patch::Merge(json!({ "spec": { "replicas": replicas } })))
    }

    /// Changes it.
    pub fn patch<N>(&self, name: N, patch: Patch) -> PatchObject<Scale>
    where
        K: Allows<verb::Patch>,
        N: TryInto<Name, Error: Into<Error>>,
    {
        self.api.patch(name, patch)
    }

    /// Replaces it by this one. With a resource version in it, only if nobody changed the object since.
    pub fn replace<N>(&self, name: N, scale: &Scale) -> WriteSubresource<Scale>
    where
        K: Allows<verb::Update>,
        N: TryInto<Name, Error: Into<Error>>,
    {
        self.api.replace(name, scale)
    }
}

impl<K> Clone for ScaleApi<K> {
    fn clone(&self) -> Self {
        Self { api: self.api.clone() }
    }
}
