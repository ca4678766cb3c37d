//! Asking a pod to go, as its disruption budget allows: a name in, the server's word out.
//!
//! Mirrors: client-go kubernetes/typed/core/v1 (`EvictV1`)
//! Differs: `policy/v1` only; `v1beta1` is gone since Kubernetes 1.25.

use std::future::IntoFuture;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use k8s_openapi::api::core::v1::Pod;
use serde_json::json;

use crate::client::Client;
use crate::error::Error;
use crate::error::Result;
use crate::object::Name;
use crate::request::CreateOptions;
use crate::request::DeleteOptions;
use crate::request::Propagation;
use crate::request::Request;
use crate::status::Status;

use super::super::Api;
use super::super::debug_as_place;
use super::super::place::Named;
use super::super::place::Place;
use super::super::place::named;

/// Evicts a pod, once it is awaited.
#[must_use = "nothing is sent before it is awaited"]
pub struct Evict {
    client: Client,
    place: Place,
    name: Named,
    options: DeleteOptions,
}

debug_as_place!(Evict);

impl<P> Api<Pod, P> {
    /// Deletes the pod of this name, unless a disruption budget would be broken by it: the error then
    /// [asks for patience](Error::is_too_many_requests).
    pub fn evict<N>(&self, name: N) -> Evict
    where
        N: TryInto<Name, Error: Into<Error>>,
    {
        let mut place = self.place.clone();
        place.subresource = Some("eviction".into());
        let client = self.client.clone();
        Evict { client, place, name: named(name), options: DeleteOptions::default() }
    }
}

impl Evict {
    /// What becomes of the objects that it owns.
    pub fn propagation(mut self, propagation: Propagation) -> Self {
        self.options = self.options.propagation(propagation);
        self
    }

    /// Only if it is this very pod, not a later one of its name.
    pub fn uid(mut self, uid: impl Into<String>) -> Self {
        self.options = self.options.uid(uid);
        self
    }

    /// Only if nobody changed it since.
    pub fn resource_version(mut self, resource_version: impl Into<String>) -> Self {
        self.options = self.options.resource_version(resource_version);
        self
    }

    /// How long it may take to end, in seconds; 0 is at once.
    pub fn grace_period_seconds(mut self, seconds: u32) -> Self {
        self.options = self.options.grace_period_seconds(seconds);
        self
    }

    /// Does everything but deleting it.
    pub fn dry_run(mut self, dry_run: bool) -> Self {
        self.options = self.options.dry_run(dry_run);
        self
    }
}

impl IntoFuture for Evict {
    type Output = Result<()>;
    type IntoFuture = BoxFuture<'static, Result<()>>;

    fn into_future(self) -> Self::IntoFuture {
        async move {
            let target = self.place.object(self.name).await?;
            let mut body = json!({
                "apiVersion": "policy/v1", "kind": "Eviction",
                "metadata": { "name": target.name.as_ref().map(ToString::to_string) },
            });
            if let Some(options) = self.options.body() {
                body["deleteOptions"] = options;
            }
            let dry_run = self.options.dry_run;
            let request =
                Request::create(&target, &body, &CreateOptions::default().dry_run(dry_run))?;
            let failed = request.failed();
            let answer = self.client.call(&target, request, dry_run).await?;
            match Status::from_json(&answer) {
                Some(status) if status.is_failure() => Err(Error::from_status(status, failed)),
                _ => Ok(()),
            }
        }
        .boxed()
    }
}
