//! The parts of pods that are typed: who runs it, containers for debugging, resources while it runs.
//!
//! Mirrors: client-go kubernetes/typed/core/v1 (pod_expansion.go: `Bind`, `UpdateEphemeralContainers`, `UpdateResize`)

use k8s_openapi::api::core::v1::Pod;
use serde_json::Value;
use serde_json::json;

use crate::error::Error;
use crate::object::Name;

use super::super::Api;
use super::super::place::named;
use super::SubresourceApi;
use super::WriteSubresource;
use crate::request::Verb;

impl<P> Api<Pod, P> {
    /// Says on which node the pod of this name runs, as a scheduler does; the answer is the server's `Status`.
    pub fn bind<N>(&self, name: N, node: impl Into<String>) -> WriteSubresource<Value>
    where
        N: TryInto<Name, Error: Into<Error>>,
    {
        let name = named(name);
        let pod = name.as_ref().map(ToString::to_string).unwrap_or_default();
        let body = json!({
            "apiVersion": "v1", "kind": "Binding", "metadata": { "name": pod },
            "target": { "apiVersion": "v1", "kind": "Node", "name": node.into() },
        });
        let api = self.subresource::<Pod>("binding").api;
        WriteSubresource::new(&api, name, &body, Verb::Create)
    }

    /// The containers that are added to pods that run, to look into them.
    #[must_use]
    pub fn ephemeral_containers(&self) -> SubresourceApi<Pod> {
        self.subresource("ephemeralcontainers")
    }

    /// The resources of pods that run.
    #[must_use]
    pub fn resize(&self) -> SubresourceApi<Pod> {
        self.subresource("resize")
    }
}
