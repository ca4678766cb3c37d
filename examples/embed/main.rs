//! An operator embedded in a larger program: an axum service that reconciles Websites and serves how they and the operator are.

#[path = "../ground.rs"]
mod ground;
#[path = "../website/operator.rs"]
#[expect(dead_code, reason = "its own `main` is the entry of the example `website-operator`")]
mod operator;

use std::net::Ipv4Addr;

use anyhow::Context as _;
use axum::Json;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use kube_runtime::core::Client;
use kube_runtime::core::ResourceExt as _;
use kube_runtime::core::api::Event;
use kube_runtime::endpoint::Vitals;
use kube_runtime::shutdown::Shutdown;
use serde_json::Value;
use serde_json::json;
use tokio::net::TcpListener;

use crate::ground::Ground;
use crate::operator::Website;
use crate::operator::WebsiteSpec;

/// `GET /sites`: how many Pods of each site are ready.
async fn sites(State(client): State<Client>) -> Result<Json<Value>, (StatusCode, String)> {
    let sites = client
        .all::<Website>()
        .list()
        .await
        .map_err(|error| (StatusCode::BAD_GATEWAY, error.chain()))?;
    let ready = |site: &Website| site.status.as_ref().map_or(0, |status| status.ready);
    Ok(Json(sites.items.iter().map(|site| (site.name().to_owned(), json!(ready(site)))).collect()))
}

/// `GET /readyz`: whether the operator is ready; anybody may ask, so that the reason goes to the log.
async fn ready(vitals: &Vitals) -> StatusCode {
    match vitals.ready().await {
        Ok(()) => StatusCode::OK,
        Err(reason) => {
            tracing::warn!("{reason}");
            StatusCode::SERVICE_UNAVAILABLE
        }
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    // A program in production has `Client::connect()` here.
    let ground = Ground::of("embed").await?;
    let client = ground.client.clone();
    let once = std::env::args().any(|argument| argument == "--once");

    let operator = operator::operator();
    let account = ground.account(&operator).await?;
    let shutdown = Shutdown::new();
    let running = operator.start(account.client.clone(), shutdown.clone()).await?;
    let spec = WebsiteSpec { image: "nginx".to_owned(), replicas: 1 };
    client.namespace(ground.namespace.as_str()).create(&Website::new("shop", spec)).await?;

    let (metrics, health) = (running.vitals(), running.vitals());
    let app = Router::new()
        .route("/sites", get(sites))
        .route("/metrics", get(async move || metrics.metrics()))
        .route("/readyz", get(async move || ready(&health).await))
        .with_state(client.clone());
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    tracing::info!("GET http://{}/sites; Ctrl-C ends it", listener.local_addr()?);
    let (ended, namespace) = (shutdown.clone(), ground.namespace.clone());
    let ask_to_end = async move {
        if once {
            return until_ready(&client, &namespace)
                .await
                .context("the site was not ready in time");
        }
        Ok(tokio::signal::ctrl_c().await?)
    };
    let serve = axum::serve(listener, app).with_graceful_shutdown(ended.begun());
    let (served, asked) = tokio::join!(async { serve.await }, async {
        let asked = ask_to_end.await;
        shutdown.begin();
        asked
    });
    running.stopped().await?;
    // Whoever ends it by hand may not have done all that it may.
    let exact = if once { ground.dismiss(account).await } else { Ok(()) };
    served.map_err(anyhow::Error::from).and(asked).and(exact)?;
    ground.leave().await
}

async fn until_ready(client: &Client, namespace: &str) -> anyhow::Result<()> {
    let mut watch = client.namespace(namespace).watch::<Website>().await?;
    let ready = async {
        while let Some(event) = watch.next().await? {
            let (Event::Added(site) | Event::Modified(site)) = event else { continue };
            if site.status.is_some_and(|status| status.ready == 1) {
                return Ok(());
            }
        }
        anyhow::bail!("the watch ended")
    };
    tokio::time::timeout(std::time::Duration::from_secs(30), ready).await?
}
