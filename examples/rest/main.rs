//! REST by hand: a request is data, which is made, looked at and sent; what comes back is a status, headers and bytes.

#[path = "../ground.rs"]
mod ground;

use anyhow::Context as _;
use anyhow::ensure;
use k8s_openapi::api::core::v1::ConfigMap;
use kube_runtime::core::FieldSelector;
use kube_runtime::core::Method;
use kube_runtime::core::Request;
use kube_runtime::core::Target;
use kube_runtime::core::request::DeleteOptions;
use kube_runtime::core::request::GetOptions;
use kube_runtime::core::request::WatchOptions;
use kube_runtime::core::transport::Response;
use kube_runtime::prelude::*;
use serde_json::Value;
use serde_json::json;
use tracing::info;

use crate::ground::Ground;

/// The most bytes of an answer that are read.
const LIMIT: usize = 1 << 20;

async fn json_of(answer: Response) -> anyhow::Result<Value> {
    Ok(serde_json::from_slice(&answer.body.collect(LIMIT).await?)?)
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let ground = Ground::of("rest").await?;
    let client = &ground.client;

    let version = json_of(client.send(Request::raw(Method::Get, "/version")?).await?).await?;
    info!("GET /version: {}", version["gitVersion"]);
    ensure!(version["gitVersion"].is_string(), "no version: {version}");

    let path = format!("/api/v1/namespaces/{}/configmaps", ground.namespace);
    let map = json!({ "metadata": { "name": "letter" }, "data": { "text": "dear server" } });
    let create = Request::raw(Method::Post, &path)?.with_json(&map)?;
    let create = create.parameter("fieldManager", "by-hand");
    info!("{} {}", create.method.as_str(), create.path_and_query());
    let answer = client.send(create).await?;
    info!("answered {}, {:?}", answer.status, answer.headers.get("content-type"));
    ensure!(answer.status == 201, "a ConfigMap is created with 201, not {}", answer.status);
    let created = json_of(answer).await?;

    // Where a request is about objects, its path need not be written out.
    let maps = Target::of(&ConfigMap::RESOURCE).namespace(ground.namespace.as_str().try_into()?);
    let letter = maps.clone().name("letter".try_into()?);
    let read = Request::get(&letter, &GetOptions::default())?;
    ensure!(read.path == format!("{path}/letter"), "the path is {}", read.path);
    ensure!(json_of(client.send(read).await?).await? == created, "it is no longer what it was");
    let row = Request::get(&letter.clone().table(), &GetOptions::default())?;
    let table = json_of(client.send(row).await?).await?;
    info!("the same as a row: {}", table["rows"][0]["cells"]);
    ensure!(table["kind"] == "Table", "no table: {table}");

    // A watch is an answer that goes on.
    let since = created["metadata"]["resourceVersion"].as_str().context("it has no revision")?;
    let options = WatchOptions::default().resource_version(since);
    let options = options.fields(FieldSelector::named("letter"));
    let mut events = client.send(Request::watch(&maps, &options)?).await?.body;
    client.send(Request::delete(&letter, &DeleteOptions::default())?).await?;
    let mut told = Vec::new();
    // Pieces end where the network wants them to.
    while !told.ends_with(b"\n") {
        told.extend_from_slice(&events.next().await.context("the watch ended")??);
    }
    let event: Value = serde_json::from_slice(&told)?;
    info!("watched: {} {}", event["type"], event["object"]["metadata"]["name"]);
    ensure!(event["type"] == "DELETED", "not what was done: {event}");

    let error = client.send(Request::get(&letter, &GetOptions::default())?).await;
    let error = error.err().context("it is gone, and was read")?;
    info!("read again: {}", error.chain());
    let status = error.status().context("the server said why")?;
    ensure!((status.code, status.reason.as_str()) == (404, "NotFound"), "{}", error.chain());
    ground.leave().await
}
