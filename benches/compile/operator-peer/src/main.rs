//! Keeps a ConfigMap for each Website, with kube-rs.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::{ObjectMeta, Patch, PatchParams};
use kube::runtime::controller::{Action, Controller};
use kube::runtime::watcher;
use kube::{Api, Client, CustomResource, Resource, ResourceExt};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// A static site.
#[derive(CustomResource, Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[kube(group = "demo.example.com", version = "v1", kind = "Website", namespaced)]
#[kube(status = "WebsiteStatus", shortname = "ws")]
#[kube(printcolumn = r#"{"name": "Ready", "type": "integer", "jsonPath": ".status.ready"}"#)]
pub struct WebsiteSpec {
    /// The container image that serves the site.
    pub image: String,
    /// How many Pods serve it.
    #[serde(default = "one")]
    #[schemars(range(min = 0, max = 10))]
    pub replicas: i32,
    /// Under which names it is found.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// What it is told.
    #[serde(default)]
    pub settings: BTreeMap<String, String>,
    /// How it is served.
    pub tls: Option<Tls>,
}

fn one() -> i32 {
    1
}

/// How a site is served.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Tls {
    /// The Secret with the certificate.
    pub secret: String,
    /// Whether plain HTTP is refused.
    pub only: bool,
}

/// What came of it.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct WebsiteStatus {
    /// How many Pods are ready.
    pub ready: i32,
}

#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("{0}")]
    Kube(#[from] kube::Error),
}

async fn website(site: Arc<Website>, client: Arc<Client>) -> Result<Action, Error> {
    let namespace = site.namespace().unwrap_or_default();
    let data = BTreeMap::from([("image".to_owned(), site.spec.image.clone())]);
    let metadata = ObjectMeta {
        name: site.metadata.name.clone(),
        owner_references: site.controller_owner_ref(&()).map(|owner| vec![owner]),
        ..ObjectMeta::default()
    };
    let map = ConfigMap { metadata, data: Some(data), ..ConfigMap::default() };
    let params = PatchParams::apply("website");
    let maps: Api<ConfigMap> = Api::namespaced((*client).clone(), &namespace);
    maps.patch(&site.name_any(), &params, &Patch::Apply(map)).await?;
    let sites: Api<Website> = Api::namespaced((*client).clone(), &namespace);
    let status = json!({
        "apiVersion": Website::api_version(&()), "kind": Website::kind(&()),
        "status": { "ready": site.spec.replicas },
    });
    sites.patch_status(&site.name_any(), &params, &Patch::Apply(status)).await?;
    Ok(Action::await_change())
}

fn failed(_: Arc<Website>, _: &Error, _: Arc<Client>) -> Action {
    Action::requeue(Duration::from_secs(60))
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let client = Client::try_default().await?;
    let sites: Api<Website> = Api::all(client.clone());
    let maps: Api<ConfigMap> = Api::all(client.clone());
    Controller::new(sites, watcher::Config::default())
        .owns(maps, watcher::Config::default())
        .run(website, failed, Arc::new(client))
        .for_each(|_| std::future::ready(()))
        .await;
    Ok(())
}
