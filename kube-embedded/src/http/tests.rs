//! The server on a port, spoken to over a plain socket.

use super::*;
use crate::server::Server;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const LOOPBACK: &str = "127.0.0.1:0";

async fn started() -> (Server, Listening) {
    let server = Server::builder().seed(1).behaviours(crate::Behaviours::bare()).build();
    let listening = server.listen(LOOPBACK.parse().unwrap()).await.unwrap();
    (server, listening)
}

async fn send(address: SocketAddr, token: &str, line: &str, body: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let header = match token {
        "" => String::new(),
        token => format!("Authorization: Bearer {token}\r\n"),
    };
    let request = format!(
        "{line} HTTP/1.1\r\nHost: x\r\n{header}Content-Length: {}\r\nConnection: close\r\n\r\n\
         {body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

async fn read(mut stream: TcpStream) -> String {
    let mut text = Vec::new();
    stream.read_to_end(&mut text).await.unwrap();
    String::from_utf8(text).unwrap()
}

#[tokio::test]
async fn it_speaks_http_on_loopback_only_and_stops_when_told() {
    let (server, listening) = started().await;
    let refused = server.listen("0.0.0.0:0".parse().unwrap()).await.unwrap_err();
    assert!(refused.to_string().contains("for this machine alone"), "{refused}");
    let (address, token) = (listening.address(), server.admin_token());
    let body = r#"{"metadata":{"name":"m"}}"#;
    let line = "POST /api/v1/namespaces/default/configmaps";
    let answer = read(send(address, &token, line, body).await).await;
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    assert!(answer.contains("audit-id: "), "{answer}");
    let answer = read(send(address, "", "GET /.token/none/api/v1/pods", "").await).await;
    assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    listening.stop().await;
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn a_cut_connection_has_no_answer() {
    let (server, listening) = started().await;
    server.faults().inject(crate::Fault::cut().on("get", "namespaces"));
    let token = server.admin_token();
    let line = "GET /api/v1/namespaces/default";
    let answer = read(send(listening.address(), &token, line, "").await).await;
    assert_eq!(answer, "");
    let answer = read(send(listening.address(), &token, line, "").await).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert_eq!(server.journal()[0].status, 0);
}

#[tokio::test]
async fn http_2_is_spoken_without_tls() {
    let (_server, listening) = started().await;
    let mut stream = TcpStream::connect(listening.address()).await.unwrap();
    // The preface of HTTP/2 and an empty SETTINGS frame; the server answers with its own SETTINGS.
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await.unwrap();
    let mut head = [0; 9];
    stream.read_exact(&mut head).await.unwrap();
    assert_eq!(head[3], 4, "a SETTINGS frame");
}

#[tokio::test]
async fn the_token_in_a_path_is_not_told_to_the_journal() {
    let (server, listening) = started().await;
    let token = server.admin_token();
    let line = format!("GET /.token/{token}/api/v1/namespaces?limit=1");
    let answer = read(send(listening.address(), "", &line, "").await).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let entry = server.journal().pop().unwrap();
    assert_eq!(entry.path, "/api/v1/namespaces?limit=1");
}
