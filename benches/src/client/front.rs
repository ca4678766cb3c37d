//! The server process: the embedded API server with Pods and small maps, in plain HTTP and in TLS with HTTP/2, which counts its connections.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

use anyhow::Context as _;
use http::Request;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioExecutor;
use hyper_util::rt::TokioIo;
use hyper_util::server::conn::auto::Builder;
use kube_embedded::Behaviours;
use kube_embedded::Server;
use rustls::pki_types::PrivateKeyDer;
use serde::Deserialize;
use serde::Serialize;
use serde_json::json;
use tokio::io::AsyncBufReadExt as _;
use tokio::io::AsyncRead;
use tokio::io::AsyncWrite;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use crate::pods;
use crate::pods::DataSet;
use crate::serve::call;
use crate::serve::say;

/// Where the small maps are.
pub const NAMESPACE: &str = "small";

/// So many streams a connection, as a genuine API server allows by default.
const STREAMS: u32 = 100;

/// Where a server is and who may do anything there.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Address {
    /// Its address in plain HTTP.
    pub plain: String,
    /// Its address in TLS.
    pub secure: String,
    /// Who signed its certificate, in PEM.
    pub authority: String,
    /// The administrator's.
    pub token: String,
}

/// The name of the `number`th small map.
pub fn name(number: usize) -> String {
    format!("map-{number:04}")
}

fn certificate() -> anyhow::Result<(TlsAcceptor, String)> {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()])?;
    let key =
        PrivateKeyDer::try_from(made.signing_key.serialize_der()).map_err(anyhow::Error::msg)?;
    let mut config = rustls::ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok((TlsAcceptor::from(Arc::new(config)), made.cert.pem()))
}

async fn connection(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, server: Server) {
    let service = service_fn(move |request: Request<Incoming>| {
        let server = server.clone();
        async move {
            let (head, body) = request.into_parts();
            let body = body.collect().await.map_err(std::io::Error::other)?.to_bytes();
            let answer = server.handle(Request::from_parts(head, body)).await;
            answer.map_err(std::io::Error::other)
        }
    });
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http2().max_concurrent_streams(STREAMS);
    // A client that goes away is no mistake.
    let _ = builder.serve_connection(TokioIo::new(stream), service).await;
}

/// Takes connections, with TLS or without, for as long as it is polled.
async fn accept(
    listener: &TcpListener,
    tls: Option<TlsAcceptor>,
    server: &Server,
    count: &AtomicUsize,
) -> anyhow::Result<()> {
    let mut connections = JoinSet::new();
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        count.fetch_add(1, Ordering::Relaxed);
        let (tls, server) = (tls.clone(), server.clone());
        connections.spawn(async move {
            match tls {
                None => connection(stream, server).await,
                Some(tls) => {
                    if let Ok(stream) = tls.accept(stream).await {
                        connection(stream, server).await;
                    }
                }
            }
        });
        while connections.try_join_next().is_some() {}
    }
}

async fn fill(server: &Server, pods: usize, maps: usize) -> anyhow::Result<()> {
    let names = (0..20).map(|number| format!("namespace-{number:02}"));
    for name in names.chain([NAMESPACE.to_owned()]) {
        let namespace =
            json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": name } });
        call(server, "POST", "/api/v1/namespaces", "application/json", &namespace).await?;
    }
    for number in 0..pods {
        server.seed(&pods::pod(DataSet::Differing, number)).map_err(anyhow::Error::msg)?;
    }
    for number in 0..maps {
        let map = json!({
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": name(number), "labels": { "app": "bench" } },
            "data": { "log-level": "info", "replicas": "3" },
        });
        call(
            server,
            "POST",
            &format!("/api/v1/namespaces/{NAMESPACE}/configmaps"),
            "application/json",
            &map,
        )
        .await?;
    }
    Ok(())
}

/// Fills a server, prints its [`Address`], then obeys lines until the input ends: `connections` tells how many were made since it was asked last,
/// `change TIMES` changes each small map so many times.
pub async fn serve(pods: usize, maps: usize) -> anyhow::Result<()> {
    let server =
        Server::builder().behaviours(Behaviours::bare()).history(1_000_000, 8 << 30).build();
    fill(&server, pods, maps).await?;
    let (tls, authority) = certificate()?;
    let plain = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let secure = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = Address {
        plain: format!("http://{}", plain.local_addr()?),
        secure: format!("https://{}", secure.local_addr()?),
        authority,
        token: server.admin_token(),
    };
    say(&serde_json::to_string(&address)?)?;
    let count = AtomicUsize::new(0);
    let obeyed = async {
        let mut lines = tokio::io::BufReader::new(tokio::io::stdin()).lines();
        while let Some(line) = lines.next_line().await? {
            match line.split_once(' ') {
                None => say(&count.swap(0, Ordering::Relaxed).to_string())?,
                Some((_, times)) => change(&server, maps, times.parse()?).await?,
            }
        }
        anyhow::Ok(())
    };
    tokio::select! {
        ended = accept(&plain, None, &server, &count) => ended,
        ended = accept(&secure, Some(tls), &server, &count) => ended,
        ended = obeyed => ended.context("a line of the parent"),
    }
}

async fn change(server: &Server, maps: usize, times: usize) -> anyhow::Result<()> {
    for time in 0..times {
        for number in 0..maps {
            let path = format!("/api/v1/namespaces/{NAMESPACE}/configmaps/{}", name(number));
            let patch = json!({ "data": { "time": time.to_string() } });
            call(server, "PATCH", &path, "application/merge-patch+json", &patch).await?;
            tokio::task::yield_now().await;
        }
    }
    Ok(())
}
