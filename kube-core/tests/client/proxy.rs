//! Calls by proxy on a genuine Kubernetes: a Service that leads to a server of the test's own, what it hears, and what it answers.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use k8s_openapi::api::core::v1::{Endpoints, Namespace, Node, Pod, Service, ServiceAccount};
use kube_core::{Client, ErrorKind, Method, Patch, ResourceExt as _};
use serde_json::json;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::real::client;
use crate::story::namespace;

/// A server that API servers reach: loopback addresses are refused in endpoints.
struct Backend {
    at: std::net::SocketAddr,
    /// Head and body of each request.
    heard: Arc<Mutex<Vec<String>>>,
    /// Lets the second piece of `/slow` go.
    go_on: Arc<tokio::sync::Notify>,
    _tasks: JoinSet<()>,
}

impl Backend {
    async fn start() -> Self {
        let way_out = std::net::UdpSocket::bind("0.0.0.0:0").unwrap();
        way_out.connect("192.0.2.1:9").unwrap();
        let listener = TcpListener::bind((way_out.local_addr().unwrap().ip(), 0)).await.unwrap();
        let at = listener.local_addr().unwrap();
        let heard: Arc<Mutex<Vec<String>>> = Arc::default();
        let go_on: Arc<tokio::sync::Notify> = Arc::default();
        let (log, notified) = (Arc::clone(&heard), Arc::clone(&go_on));
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut served = JoinSet::new();
            while let Ok((socket, _)) = listener.accept().await {
                let (log, notified) = (Arc::clone(&log), Arc::clone(&notified));
                served.spawn(async move { drop(serve(socket, &log, &notified).await) });
            }
        });
        Self { at, heard, go_on, _tasks: tasks }
    }
}

/// Answers one request and ends the connection.
async fn serve(
    socket: TcpStream,
    log: &Mutex<Vec<String>>,
    go_on: &tokio::sync::Notify,
) -> std::io::Result<()> {
    let mut socket = BufReader::new(socket);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        socket.read_line(&mut head).await?;
    }
    let lower = head.to_ascii_lowercase();
    let length = lower.lines().find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
    socket.read_exact(&mut body).await?;
    log.lock().unwrap().push(format!("{head}{}", String::from_utf8_lossy(&body)));
    let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
    let answer: &[u8] = match path.as_str() {
        "/elsewhere" => {
            b"HTTP/1.1 302 Found\r\nlocation: http://192.0.2.1/\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        }
        "/none" => b"HTTP/1.1 404 Not Found\r\ncontent-length: 4\r\nconnection: close\r\n\r\nnone",
        "/slow" => b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\none",
        _ => b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\nx-own: yes\r\nconnection: close\r\n\r\nhello",
    };
    socket.write_all(answer).await?;
    socket.flush().await?;
    if path == "/slow" {
        go_on.notified().await;
        socket.write_all(b"two").await?;
    }
    socket.shutdown().await
}

/// A Pod that is there, and a Service that leads to it: an API server hands on to the addresses of Pods only.
async fn service(client: &Client, place: &str, at: std::net::SocketAddr) {
    let here = client.namespace(place);
    let account = json!({ "metadata": { "name": "default" } });
    let account: ServiceAccount = serde_json::from_value(account).unwrap();
    // Its controller may have been here.
    let _ = here.create(&account).await;
    let pod = json!({ "metadata": { "name": "web" }, "spec": {
        "schedulerName": "nobody", "containers": [{ "name": "web", "image": "none" }],
    } });
    let pod: Pod = serde_json::from_value(pod).unwrap();
    let pod = here.create(&pod).await.unwrap();
    let ip = at.ip().to_string();
    let there = json!({ "status": { "phase": "Running", "podIP": ip, "podIPs": [{ "ip": ip }] } });
    here.api::<Pod>().status().patch("web", Patch::Merge(there)).await.unwrap();
    let ports = json!([{ "name": "http", "port": 80, "targetPort": at.port() }]);
    let service = json!({ "metadata": { "name": "web" }, "spec": { "ports": ports } });
    let service: Service = serde_json::from_value(service).unwrap();
    here.create(&service).await.unwrap();
    let target =
        json!({ "kind": "Pod", "namespace": place, "name": "web", "uid": pod.metadata.uid });
    let endpoints = json!({ "metadata": { "name": "web" }, "subsets": [{
        "addresses": [{ "ip": ip, "targetRef": target }], "ports": [{ "name": "http", "port": at.port() }],
    }] });
    let endpoints: Endpoints = serde_json::from_value(endpoints).unwrap();
    here.create(&endpoints).await.unwrap();
}

#[tokio::test]
#[ignore = "needs a real cluster in $REAL_CLUSTER_FOLDER"]
async fn a_service_of_a_genuine_cluster_is_called_by_proxy_and_hears_no_credentials() {
    let (client, backend) = (client("kubeconfig"), Backend::start().await);
    let place = namespace(&client).await;
    service(&client, &place, backend.at).await;
    let services = client.namespace(&place).api::<Service>();
    let web = services.proxy("http:web:http");
    let heard = || backend.heard.lock().unwrap().last().unwrap().clone();

    // The API server learns of the endpoints by a watch of its own.
    let mut again = tokio::time::interval(Duration::from_millis(50));
    let begun = tokio::time::Instant::now();
    while let Err(error) = web.get("a/b").parameter("q", "1 2").await {
        assert!(begun.elapsed() < Duration::from_secs(30), "{}", error.chain());
        again.tick().await;
    }
    assert!(
        heard().starts_with("GET /a/b?q=1+2 HTTP/1.1") || heard().starts_with("GET /a/b?q=1%202 "),
        "{}",
        heard()
    );
    for (name, port) in [("web:80", ":80"), ("web:http", ":http")] {
        let answer = services.proxy(name).get(format!("/from{port}")).await.unwrap();
        assert_eq!((answer.status, answer.headers.get("x-own")), (200, Some("yes")), "{name}");
        assert_eq!(&answer.body.collect(99).await.unwrap()[..], b"hello");
        assert!(heard().starts_with(&format!("GET /from{port} HTTP/1.1")), "{}", heard());
    }
    let pod = client.namespace(&place).api::<Pod>().proxy(format!("web:{}", backend.at.port()));
    let answer = pod.get("from/a/pod").await.unwrap();
    assert_eq!(&answer.body.collect(99).await.unwrap()[..], b"hello");
    assert!(heard().starts_with("GET /from/a/pod HTTP/1.1"), "{}", heard());
    let posted = web.call(Method::Post, "in").body("text/plain", "hi").header("x-a", "b");
    posted.await.unwrap();
    let said = heard().to_ascii_lowercase();
    assert!(said.starts_with("post /in ") && said.ends_with("hi"), "{said}");
    assert!(said.contains("content-type: text/plain") && said.contains("x-a: b"), "{said}");
    assert!(!said.contains("authorization"), "{said}");

    let mut slow = web.get("slow").await.unwrap().body;
    assert_eq!(slow.next().await.unwrap().unwrap(), "one");
    backend.go_on.notify_one();
    assert_eq!(&slow.collect(99).await.unwrap()[..], b"two");

    let error = web.get("none").await.unwrap_err();
    assert!(error.is_not_found() && error.chain().contains("none"), "{error:?}");
    let error = web.get("elsewhere").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused, "{error:?}");
    assert!(heard().starts_with("GET /elsewhere "), "{}", heard());
    let error = services.proxy("nobody:80").get("a").await.unwrap_err();
    assert!(error.is_not_found() && error.chain().contains("nobody"), "{error:?}");

    let node = client.all::<Node>().list().await.unwrap().items.remove(0).name().to_owned();
    // The kubelets of this cluster are on loopback addresses, to which an API server does not hand on; the call was understood.
    let answer = client.all::<Node>().proxy(node.as_str()).get("healthz").await;
    let told = answer.as_ref().map(|answer| answer.status).map_err(|error| error.chain());
    assert!(
        told.is_ok() || told.is_err_and(|why| why.contains("address not allowed")),
        "{answer:?}"
    );
    client.cluster().delete::<Namespace>(&place).await.unwrap();
}
