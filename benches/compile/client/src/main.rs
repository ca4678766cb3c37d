//! Lists Pods and reads one Website, with ours.

use k8s_openapi::api::core::v1::Pod;
use kube_core::Client;
use kube_core::Resource;

/// A static site.
#[derive(Resource, Clone, Debug)]
#[resource(group = "demo.example.com", version = "v1", kind = "Website", namespaced)]
pub struct WebsiteSpec {
    /// The container image that serves the site.
    pub image: String,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let client = Client::connect().await?;
    let pods = client.all::<Pod>().list().labels("app=web").await?;
    let site = client.namespace("prod").get::<Website>("shop").await?;
    println!("{} Pods; {}", pods.items.len(), site.spec.image);
    Ok(())
}
