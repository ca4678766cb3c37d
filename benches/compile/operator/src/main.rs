//! Keeps a ConfigMap for each Website, with ours.

use std::collections::BTreeMap;
use std::process::ExitCode;

use k8s_openapi::api::core::v1::ConfigMap;
use kube_runtime::prelude::*;

/// A static site.
#[derive(Resource, Clone, Debug)]
#[resource(group = "demo.example.com", version = "v1", kind = "Website", namespaced)]
#[resource(status = WebsiteStatus, short_name = "ws", print_column(name = "Ready", path = ".status.ready"))]
pub struct WebsiteSpec {
    /// The container image that serves the site.
    pub image: String,
    /// How many Pods serve it.
    #[resource(default = 1, minimum = 0, maximum = 10)]
    pub replicas: i32,
    /// Under which names it is found.
    pub hosts: Vec<String>,
    /// What it is told.
    pub settings: BTreeMap<String, String>,
    /// How it is served.
    pub tls: Option<Tls>,
}

/// How a site is served.
#[derive(Schema, Clone, Debug)]
pub struct Tls {
    /// The Secret with the certificate.
    pub secret: String,
    /// Whether plain HTTP is refused.
    pub only: bool,
}

/// What came of it.
#[derive(Schema, Clone, Debug, Default)]
pub struct WebsiteStatus {
    /// How many Pods are ready.
    pub ready: i32,
}

#[controller(owns(ConfigMap))]
async fn website(site: Object<Website>, cx: Cx<Website>) -> Result<Action> {
    let data = BTreeMap::from([("image".to_owned(), site.spec.image.clone())]);
    let mut map = ConfigMap { data: Some(data), ..ConfigMap::default() };
    map.metadata.name = site.metadata.name.clone();
    cx.apply(map).await?;
    cx.status(|status| status.ready = site.spec.replicas).await?;
    Ok(Action::done())
}

#[tokio::main]
async fn main() -> ExitCode {
    Operator::new("website").controller(website).main().await
}
