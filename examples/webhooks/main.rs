//! What is asked before an object is stored: one webhook fills in, one refuses, both over HTTPS with a certificate that the operator makes; and
//! two policies, which the API server asks by itself.
//!
//! The API server has to reach this machine: `-- --cluster` is for a cluster that runs on it.

#[path = "../ground.rs"]
mod ground;
mod operator;
#[path = "../played.rs"]
mod played;

use std::net::Ipv4Addr;
use std::net::TcpListener;
use std::time::Duration;

use anyhow::Context as _;
use ground::Ground;
use k8s_openapi::api::core::v1::ConfigMap;
use kube_runtime::core::Patch;
use kube_runtime::prelude::*;
use kube_runtime::webhook::WebhookServer;
use operator::Ship;
use operator::ShipSpec;
use played::played;
use serde_json::json;
use tokio::time::Instant;
use tracing::info;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let ground = Ground::of("webhooks").await?;
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
    let server = WebhookServer::at(free.to_string()).url(format!("https://{free}"));
    let operator = operator::operator().webhook_server(server);
    played(ground, operator, Duration::from_secs(60), story).await
}

async fn story(ground: &Ground) -> anyhow::Result<()> {
    let ships = ground.client.namespace(&*ground.namespace).api::<Ship>();
    let ship = |name: &str, masts: i32| {
        let spec = ShipSpec { masts, engine: None, class: None, name: name.to_owned() };
        Ship::new(name.to_lowercase(), spec)
    };
    // A server takes a moment until it asks.
    let deadline = Instant::now() + Duration::from_secs(20);
    while ships.create(&ship("Probe", 1)).dry_run(true).await?.spec.class.is_none() {
        anyhow::ensure!(Instant::now() < deadline, "the API server does not ask");
        tokio::time::sleep_until(Instant::now() + Duration::from_millis(200)).await;
    }
    let gorch = ships.create(&ship("Gorch", 3)).await?;
    info!("{} is of the class {:?}", gorch.name(), gorch.spec.class);
    let refused = ships.create(&ship("Preussen", 6)).await.err().context("it is too large")?;
    info!("{}", refused.chain());
    let masts = |masts: i32| Patch::Merge(json!({ "spec": { "masts": masts } }));
    // A policy takes a moment as well.
    while ships.patch("gorch", masts(1)).dry_run(true).await.is_ok() {
        anyhow::ensure!(Instant::now() < deadline, "the API server does not ask the policy");
        tokio::time::sleep_until(Instant::now() + Duration::from_millis(200)).await;
    }
    let refused = ships.patch("gorch", masts(1)).await.err().context("it lost two masts")?;
    info!("{}", refused.chain());
    let smaller = ships.patch("gorch", masts(2)).await?;
    info!("{} has {} masts now", smaller.name(), smaller.spec.masts);
    let lists = ground.client.namespace(&*ground.namespace).api::<ConfigMap>();
    let list: ConfigMap = serde_json::from_value(json!({
        "metadata": { "name": "cargo", "labels": { "cargo": "" } }, "data": { "tea": "12 t" },
    }))?;
    lists.create(&list).await?;
    let empty = Patch::Merge(json!({ "data": null }));
    let refused = lists.patch("cargo", empty).await.err().context("the cargo is gone")?;
    info!("{}", refused.chain());
    Ok(())
}
