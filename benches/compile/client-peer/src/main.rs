//! Lists Pods and reads one Website, with kube-rs.

use k8s_openapi::api::core::v1::Pod;
use kube::api::ListParams;
use kube::{Api, Client, CustomResource};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A static site.
#[derive(CustomResource, Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[kube(group = "demo.example.com", version = "v1", kind = "Website", namespaced)]
pub struct WebsiteSpec {
    /// The container image that serves the site.
    pub image: String,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let client = Client::try_default().await?;
    let pods: Api<Pod> = Api::all(client.clone());
    let pods = pods.list(&ListParams::default().labels("app=web")).await?;
    let sites: Api<Website> = Api::namespaced(client, "prod");
    println!("{} Pods; {}", pods.items.len(), sites.get("shop").await?.spec.image);
    Ok(())
}
