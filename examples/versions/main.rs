//! Two versions of one kind: an old client and a new one change the same object, each in its own version, and neither loses what the other wrote.
//! One operator converts, fills in, refuses and reconciles; what it is asked and what it works on is always the new version.
//!
//! The API server has to reach this machine: `-- --cluster` is for a cluster that runs on it.

#[path = "../ground.rs"]
mod ground;
#[path = "../played.rs"]
mod played;

use std::net::Ipv4Addr;
use std::net::TcpListener;
use std::time::Duration;

use anyhow::Context as _;
use ground::Ground;
use kube_runtime::core::Patch;
use kube_runtime::prelude::*;
use kube_runtime::webhook::WebhookServer;
use played::played;
use serde_json::json;
use tokio::time::Instant;
use tracing::info;

/// A website, as it was at first.
#[derive(Resource, Clone, Debug)]
#[resource(group = "demo.example.com", version = "v1beta1", kind = "Webpage", namespaced, served)]
#[resource(status = WebpageStatus, deprecated = "use v1")]
struct WebpageV1beta1Spec {
    /// Where it is, as `www.example.com:8080`.
    #[resource(print_column(name = "Address"))]
    address: String,
}

/// A website.
#[derive(Resource, Clone, Debug)]
#[resource(group = "demo.example.com", version = "v1", kind = "Webpage", namespaced, storage)]
#[resource(converts_from(WebpageV1beta1), status = WebpageStatus)]
#[resource(rule(cel = "self.port != 22", message = "22 is for ssh"))]
struct WebpageSpec {
    #[resource(print_column(name = "Host"))]
    host: String,
    #[resource(default = 80, minimum = 1, maximum = 65535, print_column(name = "Port"))]
    port: i32,
    /// The names that it has besides, which v1beta1 knows nothing of.
    #[serde(default)]
    aliases: Vec<String>,
}

#[derive(Schema, Clone, Debug, Default)]
struct WebpageStatus {
    url: Option<String>,
}

impl TryFrom<WebpageV1beta1Spec> for WebpageSpec {
    type Error = String;

    fn try_from(old: WebpageV1beta1Spec) -> Result<Self, String> {
        let (host, port) = old.address.split_once(':').unwrap_or((&old.address, "80"));
        let port = port.parse().map_err(|_| format!("address: `{port}` is no port"))?;
        Ok(Self { host: host.to_owned(), port, aliases: Vec::new() })
    }
}

impl From<WebpageSpec> for WebpageV1beta1Spec {
    fn from(new: WebpageSpec) -> Self {
        let address = match new.port {
            80 => new.host,
            port => format!("{}:{port}", new.host),
        };
        Self { address }
    }
}

/// Works on the version that is stored; whoever writes the other is none of its business.
#[controller]
async fn webpage(page: Object<Webpage>, cx: Cx<Webpage>) -> Result<Action> {
    let url = format!("http://{}:{}/", page.spec.host, page.spec.port);
    cx.status(|status| status.url = Some(url.clone())).await?;
    Ok(Action::done())
}

/// Hosts are written in small letters, in whichever version.
#[webhook(mutate)]
async fn small_letters(page: &mut Webpage) -> Result<(), Denied> {
    page.spec.host.make_ascii_lowercase();
    Ok(())
}

/// A page that has moved to a port of its own does not go back among the privileged ones.
#[webhook(validate, on(update))]
async fn stays_free(change: Change<Webpage>) -> Verdict {
    match (change.old_object(), change.new_object()) {
        (Some(old), Some(new)) if old.spec.port >= 1024 && new.spec.port < 1024 => {
            Verdict::deny(format!("{} stays above port 1023", old.spec.host))
        }
        _ => Verdict::allow(),
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let ground = Ground::of("versions").await?;
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
    let server = WebhookServer::at(free.to_string()).url(format!("https://{free}"));
    let operator = Operator::new("versions-example")
        .controller(webpage)
        .webhook(small_letters)
        .webhook(stays_free)
        .webhook_server(server);
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
