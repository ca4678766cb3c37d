//! Requests that are for a Pod's own HTTP server.

use super::*;
use crate::container::Containers;
use futures::FutureExt;
use futures::future::BoxFuture;
use std::io;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

/// Says what it was asked, on port 8080.
#[derive(Debug)]
struct Saying;

impl Containers for Saying {
    fn connect(
        &self,
        _namespace: &str,
        pod: &str,
        port: u16,
        connection: DuplexStream,
    ) -> BoxFuture<'static, io::Result<()>> {
        let pod = pod.to_owned();
        async move {
            match port {
                8080 => say(&pod, connection).await,
                _ => Err(io::Error::other(format!("dial tcp 10.0.0.1:{port}: connection refused"))),
            }
        }
        .boxed()
    }
}

async fn say(pod: &str, mut connection: DuplexStream) -> io::Result<()> {
    let mut asked = Vec::new();
    while !asked.ends_with(b"\r\n\r\n") {
        asked.push(connection.read_u8().await?);
    }
    let asked = String::from_utf8_lossy(&asked).to_lowercase();
    let (line, headers) = asked.split_once("\r\n").unwrap_or_default();
    let secret = headers.contains("authorization:");
    let body = format!("{pod}: {line}, with a secret: {secret}");
    let head = "HTTP/1.1 418 I'm a teapot\r\nX-Pot: yes\r\nTransfer-Encoding: chunked\r\n\r\n";
    connection.write_all(head.as_bytes()).await?;
    // In pieces, with the last of them after the connection's other side was read.
    for piece in [&body[..4], &body[4..], ""] {
        let chunk = format!("{:x}\r\n{piece}\r\n", piece.len());
        connection.write_all(chunk.as_bytes()).await?;
        tokio::task::yield_now().await;
    }
    Ok(())
}

const NAMESPACE: &str = "/api/v1/namespaces/default";

async fn client() -> Client {
    let server =
        Server::builder().seed(1).behaviours(Behaviours::bare()).containers(Saying).build();
    let token = server.admin_token();
    let client = Client { server, token };
    let pods = format!("{NAMESPACE}/pods");
    let port = json!({"name": "web", "containerPort": 8080});
    let container = json!({"name": "a", "image": "i", "ports": [port]});
    for name in ["one", "waits"] {
        let pod = json!({"metadata": {"name": name, "labels": {"app": name}},
            "spec": {"nodeName": "n", "containers": [container]}});
        assert_eq!(client.post(&pods, pod).await.0, 201);
    }
    let ready = json!({"type": "Ready", "status": "True"});
    let status =
        json!({"status": {"phase": "Running", "podIP": "10.0.0.1", "conditions": [ready]}});
    assert_eq!(client.merge(&format!("{pods}/one/status"), status).await.0, 200);
    for (name, app, target) in [("svc", "one", json!("web")), ("empty", "none", json!(8080))] {
        let port = json!({"name": "http", "port": 80, "targetPort": target});
        let service = json!({"metadata": {"name": name},
            "spec": {"selector": {"app": app}, "ports": [port]}});
        assert_eq!(client.post(&format!("{NAMESPACE}/services"), service).await.0, 201);
    }
    client
}

async fn told(client: &Client, method: &str, path: &str) -> (u16, String) {
    let response = client.raw(method, &format!("{NAMESPACE}/{path}"), "", Vec::new()).await;
    let code = response.status().as_u16();
    if code == 301 {
        return (code, response.headers()["location"].to_str().unwrap().to_owned());
    }
    if code == 418 {
        assert_eq!(response.headers()["x-pot"], "yes");
        assert!(!response.headers().contains_key("transfer-encoding"));
    }
    let body = response.into_body().collect().await.unwrap();
    let text = String::from_utf8_lossy(&body).into_owned();
    let status: Value = serde_json::from_str(&text).unwrap_or_default();
    (code, status["message"].as_str().map_or(text, str::to_owned))
}

#[tokio::test]
async fn a_request_goes_through_to_the_pod_without_the_callers_secret() {
    let client = client().await;
    for (method, path, line) in [
        ("GET", "pods/one:8080/proxy/a/b?c=d%20e", "one: get /a/b?c=d%20e http/1.1"),
        ("GET", "pods/one/proxy/", "one: get / http/1.1"),
        ("DELETE", "pods/http:one:8080/proxy/x", "one: delete /x http/1.1"),
        ("POST", "services/svc/proxy/", "one: post / http/1.1"),
        ("PUT", "services/svc:80/proxy/", "one: put / http/1.1"),
        ("GET", "services/svc:http/proxy/deep/er", "one: get /deep/er http/1.1"),
    ] {
        let expected = (418, format!("{line}, with a secret: false"));
        assert_eq!(told(&client, method, path).await, expected, "{path}");
    }
}

#[tokio::test]
async fn what_cannot_be_reached_is_told_in_a_genuine_servers_words() {
    let client = client().await;
    for (path, code, text) in [
        ("pods/none/proxy/", 404, "pods \"none\" not found"),
        ("pods/one/proxy?a=b", 301, "/api/v1/namespaces/default/pods/one/proxy/?a=b"),
        ("pods/waits/proxy/", 400, "address not allowed"),
        ("pods/a:b:c:d/proxy/", 400, "invalid pod request \"a:b:c:d\""),
        (
            "pods/one:81/proxy/",
            503,
            "error trying to reach service: dial tcp 10.0.0.1:81: connection refused",
        ),
        ("services/none/proxy/", 404, "services \"none\" not found"),
        ("services/empty/proxy/", 503, "no endpoints available for service \"empty\""),
        ("services/svc:zz/proxy/", 503, "no endpoints available for service \"svc:zz\""),
        ("services/svc:81/proxy/", 503, "no service port 81 found for service \"svc\""),
    ] {
        assert_eq!(told(&client, "GET", path).await, (code, text.to_owned()), "{path}");
    }
}
