//! A webhook that is asked about connections: what it is told of them, by the embedded server and by a real one.
#![allow(clippy::unwrap_used, reason = "a test says what is wrong by failing there")]

use k8s_openapi::api::core::v1::Pod;
use kube_core::Method;
use kube_core::request::Request;
use kube_runtime::prelude::*;
use kube_runtime::webhook::WebhookServer;
use kube_testing::Cluster;

use crate::catching_up::until;
use crate::real::RealCluster;

#[webhook(validate, on(connect), subresource = "exec")]
async fn no_shells(change: Change<Pod>) -> Verdict {
    let options = change.options();
    match options["command"][0].as_str() {
        Some("sh") => Verdict::deny(format!("no shell in {}", options["container"])),
        _ => Verdict::allow(),
    }
}

fn guard() -> Operator {
    Operator::new("guard").webhook(no_shells)
}

/// What a server says to a command in a Pod that there is not.
async fn told(client: &Client, command: &str) -> String {
    let path = "/api/v1/namespaces/default/pods/web/exec";
    let mut request = Request::raw(Method::Get, path).unwrap();
    for (name, value) in [("command", command), ("container", "app"), ("stdout", "true")] {
        request.query.push((name.into(), value.to_owned()));
    }
    client.send(request).await.unwrap_err().chain()
}

const REFUSED: &str = "denied the request: no shell in \"app\"";

#[kube_testing::test]
async fn a_webhook_is_asked_about_connections_with_their_options(cluster: Cluster) {
    cluster.run(guard()).await;
    let refused = told(cluster.client(), "sh").await;
    assert!(refused.contains(REFUSED), "{refused}");
    let let_through = told(cluster.client(), "ls").await;
    assert!(let_through.contains("pods \"web\" not found"), "{let_through}");
}

#[tokio::test]
async fn a_real_cluster_asks_about_connections_as_the_embedded_server_does() {
    let Some(cluster) = RealCluster::start() else { return };
    let client = cluster.client();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let server = WebhookServer::at(free.to_string()).url(format!("https://{free}"));
    let operator = guard().webhook_server(server);
    let running = operator.start(client.clone(), Shutdown::new()).await.unwrap();
    until(async || told(&client, "sh").await.contains(REFUSED).then_some(())).await;
    let let_through = told(&client, "ls").await;
    assert!(let_through.contains("pods \"web\" not found"), "{let_through}");
    running.stop().await.unwrap();
}
