//! The server process: the embedded API server filled with Pods, changed when the parent says so.

use std::io::Write as _;
use std::net::Ipv4Addr;

use anyhow::Context as _;
use bytes::Bytes;
use http::Request;
use kube_embedded::Behaviours;
use kube_embedded::Server;
use serde_json::Value;
use serde_json::json;
use tokio::io::AsyncBufReadExt as _;

use crate::pods;
use crate::pods::DataSet;

/// Events are delivered in bursts of so many, as fast as the connection takes them: the runtime of this
/// process has one thread, and only then does it leave off changing Pods.
const BURST: usize = 1_000;

/// A request that the server must grant.
pub async fn call(
    server: &Server,
    method: &str,
    path: &str,
    content_type: &str,
    body: &Value,
) -> anyhow::Result<()> {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("authorization", format!("Bearer {}", server.admin_token()))
        .header("content-type", content_type)
        .body(Bytes::from(serde_json::to_vec(body)?))?;
    let response = server.handle(request).await?;
    let status = response.status();
    if !status.is_success() {
        let body = response.into_body().collect().await?;
        anyhow::bail!("{method} {path}: {status}: {}", String::from_utf8_lossy(&body));
    }
    Ok(())
}

async fn change(
    server: &Server,
    names: &[(String, String)],
    events: usize,
    sentinel: &str,
) -> anyhow::Result<()> {
    for event in 0..events {
        let (namespace, name) = &names[event % names.len()];
        let path = format!("/api/v1/namespaces/{namespace}/pods/{name}/status");
        let patch = json!({ "status": { "message": format!("event {sentinel} {event}") } });
        call(server, "PATCH", &path, "application/merge-patch+json", &patch).await?;
        if event % BURST == BURST - 1 {
            tokio::task::yield_now().await;
        }
    }
    let mut last = pods::pod(DataSet::Equal, 0);
    last["metadata"]["name"] = sentinel.into();
    let namespace = last["metadata"]["namespace"].as_str().context("a Pod has a namespace")?;
    call(server, "POST", &format!("/api/v1/namespaces/{namespace}/pods"), "application/json", &last)
        .await
}

/// Tells the parent.
pub fn say(line: &str) -> anyhow::Result<()> {
    let mut output = std::io::stdout().lock();
    writeln!(output, "{line}")?;
    Ok(output.flush()?)
}

/// Fills a server, prints its URL and token, then obeys `EVENTS SENTINEL` lines until the input ends.
pub async fn serve(data_set: DataSet, count: usize) -> anyhow::Result<()> {
    let server =
        Server::builder().behaviours(Behaviours::bare()).history(1_000_000, 8 << 30).build();
    for number in 0..20 {
        let namespace = json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": format!("namespace-{number:02}") } });
        call(&server, "POST", "/api/v1/namespaces", "application/json", &namespace).await?;
    }
    let mut names = Vec::with_capacity(count);
    for number in 0..count {
        let pod = pods::pod(data_set, number);
        server.seed(&pod).map_err(anyhow::Error::msg)?;
        let text = |field: &str| {
            pod["metadata"][field].as_str().map(str::to_owned).context("a Pod has a name")
        };
        names.push((text("namespace")?, text("name")?));
    }
    let listening = server.listen((Ipv4Addr::LOCALHOST, 0).into()).await?;
    say(&format!("{} {}", listening.url(), server.admin_token()))?;
    let mut lines = tokio::io::BufReader::new(tokio::io::stdin()).lines();
    while let Some(line) = lines.next_line().await? {
        let (events, sentinel) = line.split_once(' ').context("EVENTS SENTINEL")?;
        change(&server, &names, events.parse()?, sentinel).await?;
    }
    Ok(())
}
