//! Two versions of one kind: an old client and a new one change the same object, each in its own version, and neither loses what the other wrote.
//! One operator converts, fills in, refuses and reconciles; what it is asked and what it works on is always the new version.
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
use kube_runtime::core::Patch;
use kube_runtime::webhook::WebhookServer;
use operator::Webpage;
use operator::WebpageV1beta1;
use operator::WebpageV1beta1Spec;
use played::played;
use serde_json::json;
use tokio::time::Instant;
use tracing::info;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let ground = Ground::of("versions").await?;
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
    let server = WebhookServer::at(free.to_string()).url(format!("https://{free}"));
    let operator = operator::operator().webhook_server(server);
    played(ground, operator, Duration::from_secs(60), story).await
}

async fn story(ground: &Ground) -> anyhow::Result<()> {
    let old = ground.client.namespace(&*ground.namespace).api::<WebpageV1beta1>();
    let new = ground.client.namespace(&*ground.namespace).api::<Webpage>();
    let spec = WebpageV1beta1Spec { address: "WWW.example.com:8080".to_owned() };
    let shop = WebpageV1beta1::new("shop", spec);
    // A server takes a moment until it asks.
    let deadline = Instant::now() + Duration::from_secs(20);
    let asked = async || Ok(old.create(&shop).dry_run(true).await?.spec.address.starts_with("www"));
    loop {
        match asked().await {
            Ok(true) => break,
            Err(error) if Instant::now() >= deadline => return Err(error),
            _ => anyhow::ensure!(Instant::now() < deadline, "the API server does not ask"),
        }
        tokio::time::sleep_until(Instant::now() + Duration::from_millis(200)).await;
    }
    let shop = old.create(&shop).await?;
    info!("an old client made `shop`, which is at {}", shop.spec.address);
    let shop = new.get("shop").await?;
    info!("a new client reads host {} and port {}", shop.spec.host, shop.spec.port);

    let aliases = json!({ "spec": { "aliases": ["shop.example.com"] } });
    new.patch("shop", Patch::Merge(aliases)).await?;
    info!("and gave it an alias, which the old version has no room for");
    let moved = json!({ "spec": { "address": "www.example.com:9090" } });
    let shop = old.patch("shop", Patch::Merge(moved)).await?;
    info!("the old client moved it to {}", shop.spec.address);
    let shop = new.get("shop").await?;
    info!("the new client reads port {} and aliases {:?}", shop.spec.port, shop.spec.aliases);
    anyhow::ensure!(shop.spec.port == 9090 && shop.spec.aliases == ["shop.example.com"]);

    for address in ["www.example.com:http", "www.example.com:443"] {
        let wrong = json!({ "spec": { "address": address } });
        match old.patch("shop", Patch::Merge(wrong)).await {
            Ok(_) => anyhow::bail!("it moved to {address}"),
            Err(error) => info!("{}", error.chain()),
        }
    }
    let wrong = Patch::Merge(json!({ "spec": { "port": 22 } }));
    let refused = new.patch("shop", wrong).await.err().context("22 is for ssh")?;
    info!("{}", refused.chain());
    let expected = Some("http://www.example.com:9090/".to_owned());
    while old.get("shop").await?.status.and_then(|status| status.url) != expected {
        anyhow::ensure!(Instant::now() < deadline, "the controller has not seen it");
        tokio::time::sleep_until(Instant::now() + Duration::from_millis(50)).await;
    }
    info!("what the controller says of it is there in both versions");
    Ok(())
}
