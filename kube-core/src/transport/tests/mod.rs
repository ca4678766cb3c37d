//! The promises of the transport, against real sockets on this machine: plain, TLS, HTTP/1.1 and HTTP/2.

mod identity;
mod named;
mod proxy;
mod sharing;
mod silence;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt as _;
use http_body_util::BodyExt as _;
use http_body_util::StreamBody;
use http_body_util::combinators::UnsyncBoxBody;
use hyper::body::Frame;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use parking_lot::Mutex;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use super::*;
use crate::config::Config;
use crate::error::{Error, ErrorKind};
use crate::request::{Exchange, Method, Verb};
use crate::tls;

type Call = hyper::Request<hyper::body::Incoming>;
type Reply = hyper::Response<UnsyncBoxBody<Bytes, Infallible>>;

/// A server on this machine, for one test: ends with it.
struct Server {
    at: SocketAddr,
    seen: Arc<Mutex<Vec<String>>>,
    connections: Arc<AtomicUsize>,
    open: watch::Receiver<usize>,
    tasks: JoinSet<()>,
}

/// What a server does: `/endless` and `/lines` answer and then go on for ever, `/quiet` says nothing of what it has, `/never` nothing at all, `/redirect` sends elsewhere, all else answers `{}`.
async fn answer(call: Call) -> Result<Reply, Infallible> {
    let piece = |text: &'static str| futures::stream::iter([Ok(Frame::data(Bytes::from(text)))]);
    let encoding =
        call.headers().get("accept-encoding").map(|value| value.to_str().unwrap_or_default());
    let encoding = encoding.unwrap_or_default().to_owned();
    let host = call.headers().get("host").and_then(|host| host.to_str().ok());
    let host = call.uri().authority().map_or(host.unwrap_or_default(), |at| at.as_str()).to_owned();
    let (status, body) = match call.uri().path() {
        "/endless" => {
            (200, StreamBody::new(piece("{}").chain(futures::stream::pending())).boxed_unsync())
        }
        "/lines" => {
            (200, StreamBody::new(piece("{}\n").chain(futures::stream::pending())).boxed_unsync())
        }
        "/never" => std::future::pending().await,
        "/quiet" => (200, StreamBody::new(futures::stream::pending()).boxed_unsync()),
        "/redirect" => (307, StreamBody::new(piece("")).boxed_unsync()),
        "/unauthorized" => (401, StreamBody::new(piece("")).boxed_unsync()),
        _ => (200, StreamBody::new(piece("{}")).boxed_unsync()),
    };
    let reply = hyper::Response::builder()
        .status(status)
        .header("location", "/elsewhere")
        .header("x-encoding", encoding)
        .header("x-host", host);
    Ok(reply
        .header("x-version", format!("{:?}", call.version()))
        .body(body)
        .expect("it is a response"))
}

impl Server {
    async fn start(tls: Option<ServerConfig>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let acceptor = tls.map(|tls| TlsAcceptor::from(Arc::new(tls)));
        let seen: Arc<Mutex<Vec<String>>> = Arc::default();
        let log = Arc::clone(&seen);
        let connections: Arc<AtomicUsize> = Arc::default();
        let taken = Arc::clone(&connections);
        let (counted, open) = watch::channel(0);
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut served = JoinSet::new();
            loop {
                let (socket, _) = listener.accept().await.unwrap();
                taken.fetch_add(1, Ordering::SeqCst);
                counted.send_modify(|open| *open += 1);
                let (acceptor, log) = (acceptor.clone(), Arc::clone(&log));
                let counted = counted.clone();
                served.spawn(async move {
                    // What its certificate ends with, and whom it asked for.
                    let peer = Arc::new(Mutex::new(["-".to_owned(), "-".to_owned()]));
                    let known = Arc::clone(&peer);
                    let service = service_fn(move |call: Call| {
                        let peer = Arc::clone(&peer);
                        let header = call.headers().get("authorization");
                        let header = header.map_or("-", |value| value.to_str().unwrap());
                        log.lock().push(format!("{} {header}", call.uri().path()));
                        async move {
                            let mut reply = answer(call).await?;
                            let [peer, asked] = peer
                                .lock()
                                .each_ref()
                                .map(|text| text.parse().expect("it is a header"));
                            reply.headers_mut().insert("x-peer", peer);
                            reply.headers_mut().insert("x-asked-for", asked);
                            Ok::<_, Infallible>(reply)
                        }
                    });
                    let mut server = auto::Builder::new(TokioExecutor::new());
                    server.http2().max_concurrent_streams(100);
                    let _ = match acceptor {
                        None => server.serve_connection(TokioIo::new(socket), service).await,
                        Some(acceptor) => match acceptor.accept(socket).await {
                            Ok(socket) => {
                                let session = socket.get_ref().1;
                                if let Some([first, ..]) = session.peer_certificates() {
                                    known.lock()[0] = format!("{:?}", &first[first.len() - 8..]);
                                }
                                if let Some(name) = session.server_name() {
                                    name.clone_into(&mut known.lock()[1]);
                                }
                                server.serve_connection(TokioIo::new(socket), service).await
                            }
                            Err(_) => Ok(()),
                        },
                    };
                    counted.send_modify(|open| *open -= 1);
                });
            }
        });
        Self { at, seen, connections, open, tasks }
    }

    fn url(&self, scheme: &str, host: &str) -> String {
        format!("{scheme}://{host}:{}", self.at.port())
    }

    /// How many connections were made.
    fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    fn seen(&self) -> Vec<String> {
        assert!(!self.tasks.is_empty());
        self.seen.lock().clone()
    }
}

/// A certificate authority with one server certificate and one client certificate.
struct Authority {
    pem: String,
    server: ServerConfig,
    client: (String, String),
    issuer: CertifiedIssuer<'static, KeyPair>,
}

impl Authority {
    fn new(names: &[&str], ask_for_client: bool) -> Self {
        let mut params = CertificateParams::new([]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let signed = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            let key = KeyPair::generate().unwrap();
            let certificate =
                CertificateParams::new(names).unwrap().signed_by(&key, &issuer).unwrap();
            (certificate, key)
        };
        let (certificate, key) = signed(names);
        let (client, client_key) = signed(&["jane"]);
        let provider = tls::provider().unwrap();
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .unwrap();
        let builder = if ask_for_client {
            let mut roots = RootCertStore::empty();
            roots.add(issuer.der().clone()).unwrap();
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            builder.with_client_cert_verifier(verifier.build().unwrap())
        } else {
            builder.with_no_client_auth()
        };
        let mut server =
            builder.with_single_cert(vec![certificate.der().clone()], pkcs8(&key)).unwrap();
        server.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let client = (client.pem(), client_key.serialize_pem());
        Self { pem: issuer.pem(), server, client, issuer }
    }

    /// One more client certificate and its key.
    fn client(&self) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(["jane".to_owned()]).unwrap();
        (params.signed_by(&key, &self.issuer).unwrap().pem(), key.serialize_pem())
    }
}

fn pkcs8(key: &KeyPair) -> PrivateKeyDer<'static> {
    PrivatePkcs8KeyDer::from(key.serialize_der()).into()
}

/// The server called as its address says, and by a name.
fn both_ways(config: &Config) -> [Config; 2] {
    [config.clone(), config.clone().tls_server_name("kubernetes.default")]
}

fn get(path: &str) -> Request {
    Request::raw(Method::Get, path).unwrap()
}

fn watching(path: &str) -> Request {
    let mut request = get(path);
    request.verb = Verb::Watch;
    request.exchange = Exchange::Stream;
    request
}

async fn send(config: &Config, path: &str) -> Result<Response> {
    HttpTransport::new(config)?.send(get(path)).await
}

fn refused(result: Result<Response>) -> Error {
    let error = result.map(|response| response.status).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect, "{error:?}");
    error
}

#[tokio::test]
async fn a_request_goes_to_the_server_with_the_credentials_and_below_its_prefix() {
    let server = Server::start(None).await;
    let url = format!("{}/prefix/", server.url("http", "127.0.0.1"));
    let config = Config::new(&url).unwrap().token("abc");
    let transport = HttpTransport::new(&config).unwrap();
    let response = transport.send(get("/api/v1")).await.unwrap();
    assert_eq!((response.status, response.headers.get("X-Version")), (200, Some("HTTP/1.1")));
    assert_eq!(response.body.collect(2).await.unwrap(), "{}");
    assert_eq!(server.seen(), ["/prefix/api/v1 Bearer abc"]);
    assert!(!format!("{transport:?} {config:?}").contains("abc"));
    let shared: Arc<dyn Transport> = Arc::new(transport);
    assert_eq!(shared.host(), server.at.to_string(), "without the prefix");
}

#[tokio::test]
async fn what_stands_in_the_path_of_an_address_is_in_no_message() {
    let server = Server::start(None).await;
    for url in [server.url("http", "127.0.0.1"), "http://127.0.0.1:9".to_owned()] {
        let config = Config::new(&format!("{url}/canary/")).unwrap();
        let transport = HttpTransport::new(&config).unwrap();
        assert!(
            transport.describe().starts_with(&format!("{url} as ")),
            "{}",
            transport.describe()
        );
        assert!(!format!("{transport:?}").contains("canary"), "{transport:?}");
    }
    let config = Config::new("http://127.0.0.1:9/canary/").unwrap();
    let request = Request::raw(Method::Get, "/version").unwrap();
    let error = HttpTransport::new(&config).unwrap().send(request).await.unwrap_err();
    assert!(error.chain().contains("127.0.0.1:9"), "{}", error.chain());
    assert!(!error.chain().contains("canary"), "{}", error.chain());
}

#[tokio::test]
async fn a_body_larger_than_the_limit_is_an_error() {
    let server = Server::start(None).await;
    let config = Config::new(&server.url("http", "127.0.0.1")).unwrap();
    let response = send(&config, "/").await.unwrap();
    assert_eq!(response.body.collect(1).await.unwrap_err().kind(), ErrorKind::TooLarge);
}

#[tokio::test]
async fn answers_are_compressed_unless_the_configuration_says_no() {
    let server = Server::start(None).await;
    let config = Config::new(&server.url("http", "127.0.0.1")).unwrap();
    assert_eq!(send(&config, "/").await.unwrap().headers.get("x-encoding"), Some("gzip"));
    let config = config.compression(false);
    assert_eq!(send(&config, "/").await.unwrap().headers.get("x-encoding"), Some(""));
}

#[tokio::test]
async fn a_redirect_is_never_followed() {
    let server = Server::start(None).await;
    let config = Config::new(&server.url("http", "127.0.0.1")).unwrap().token("abc");
    assert_eq!(send(&config, "/redirect").await.unwrap().status, 307);
    assert_eq!(server.seen(), ["/redirect Bearer abc"]);
}

#[tokio::test]
async fn credentials_over_plain_http_go_to_this_machine_only() {
    for host in ["10.0.0.1", "example.com", "localhost.example.com", "[2001:db8::1]"] {
        let url = format!("http://{host}");
        let error = HttpTransport::new(&Config::new(&url).unwrap().token("abc")).unwrap_err();
        assert!(error.to_string().contains("https://"), "{error}");
        HttpTransport::new(&Config::new(&url).unwrap()).unwrap();
    }
    for host in ["127.0.0.1", "localhost", "[::1]", "api.localhost"] {
        HttpTransport::new(&Config::new(&format!("http://{host}")).unwrap().token("abc")).unwrap();
    }
}

#[tokio::test]
async fn a_connection_that_is_refused_is_an_error_that_names_the_server() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = refused(send(&Config::new(&url).unwrap(), "/").await);
    let expected = format!(
        "failed to connect to {url}: check that the server runs and that the address is right"
    );
    assert_eq!(error.to_string(), expected);
    assert!(error.chain().to_lowercase().contains("refused"), "{}", error.chain());
}

#[tokio::test]
async fn only_the_given_authority_is_trusted() {
    let (ours, other) =
        (Authority::new(&["127.0.0.1"], false), Authority::new(&["127.0.0.1"], false));
    let server = Server::start(Some(ours.server)).await;
    let config = Config::new(&server.url("https", "127.0.0.1")).unwrap();
    let response = send(&config.clone().certificate_authority(ours.pem), "/").await.unwrap();
    assert_eq!(response.headers.get("x-version"), Some("HTTP/2.0"));
    let error = refused(send(&config.clone().certificate_authority(other.pem), "/").await);
    assert!(error.to_string().contains("check the certificate authority"), "{error:?}");
    // Without one the system's are trusted, and ours is none of them.
    refused(send(&config, "/").await);
    let mut insecure = config.clone();
    insecure.tls.insecure = true;
    assert_eq!(send(&insecure, "/").await.unwrap().status, 200);
    let error = HttpTransport::new(&config.certificate_authority("no pem")).unwrap_err();
    assert!(error.to_string().contains("no PEM certificate"), "{error}");
}

#[tokio::test]
async fn the_certificate_must_be_for_the_host_or_for_the_name_that_was_given() {
    let authority = Authority::new(&["kubernetes.default"], false);
    let server = Server::start(Some(authority.server)).await;
    let config = Config::new(&server.url("https", "127.0.0.1")).unwrap();
    let mut config = config.certificate_authority(authority.pem);
    refused(send(&config, "/").await);
    config = config.tls_server_name("kubernetes.default");
    assert_eq!(send(&config, "/").await.unwrap().status, 200);
    config = config.tls_server_name("other");
    refused(send(&config, "/").await);
}

#[tokio::test]
async fn a_client_certificate_proves_who_we_are() {
    let authority = Authority::new(&["127.0.0.1"], true);
    let server = Server::start(Some(authority.server)).await;
    let anonymous = Config::new(&server.url("https", "127.0.0.1")).unwrap();
    let anonymous = anonymous.certificate_authority(authority.pem.clone());
    let with =
        |certificate: &str, key: &str| anonymous.clone().client_certificate(certificate, key);
    let (certificate, key) = &authority.client;
    assert_eq!(send(&with(certificate, key), "/").await.unwrap().status, 200);
    let other = KeyPair::generate().unwrap().serialize_pem();
    for wrong in ["no key", other.as_str()] {
        let error = HttpTransport::new(&with(certificate, wrong)).unwrap_err();
        assert!(error.to_string().contains("client"), "{error}");
        assert!(!error.chain().contains(wrong), "{error:?}");
    }
    assert!(send(&anonymous, "/").await.is_err());
}

/// A gzip bomb in an answer.
const BOMB: &[u8] = include_bytes!("../../../tests/golden/bomb.http");

/// A server that answers each connection with these bytes, whatever was asked, and hangs up.
async fn rude(answer: &'static [u8]) -> (Config, JoinSet<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let config = Config::new(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        loop {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut asked = [0; 1024];
            let _ = tokio::io::AsyncReadExt::read(&mut socket, &mut asked).await;
            let _ = tokio::io::AsyncWriteExt::write_all(&mut socket, answer).await;
        }
    });
    (config, tasks)
}

#[tokio::test]
async fn an_answer_that_breaks_off_or_is_no_http_is_a_broken_connection() {
    for answer in [
        &b""[..],
        b"SSH-2.0-OpenSSH\r\n",
        b"HTTP/1.1 200",
        b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nff\r\n{}",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n{}",
        b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 2\r\n\r\n{}",
    ] {
        let (config, _tasks) = rude(answer).await;
        let whole = async { send(&config, "/").await?.body.collect(1000).await };
        let error = whole.await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Connection, "{answer:?}: {error:?}");
        assert!(
            error.to_string().starts_with("lost the connection to http://127.0.0.1:"),
            "{error}"
        );
        let silent = !answer.windows(4).any(|four| four == b"\r\n\r\n");
        assert_eq!(error.to_string().contains("`https://`"), silent, "{answer:?}: {error}");
    }
}

#[tokio::test]
async fn a_scheme_that_is_not_the_servers_is_told_with_the_address_and_the_other_scheme() {
    let authority = Authority::new(&["127.0.0.1"], false);
    let encrypted = Server::start(Some(authority.server)).await;
    let plain = Server::start(None).await;
    let rows = [
        (encrypted.url("http", "127.0.0.1"), ErrorKind::Connection, "`https://`"),
        (plain.url("https", "127.0.0.1"), ErrorKind::Connect, "`http://`"),
    ];
    for (url, kind, scheme) in rows {
        let config = Config::new(&url).unwrap().certificate_authority(authority.pem.clone());
        let error = send(&config, "/").await.map(|response| response.status).unwrap_err();
        let line = error.chain();
        assert_eq!(error.kind(), kind, "{line}");
        assert!(line.contains(&url) && line.contains(scheme) && !line.contains('\n'), "{line}");
    }
}

#[tokio::test]
async fn a_small_answer_that_unpacks_to_a_large_one_is_stopped_at_the_limit() {
    // 4 MiB of zeros in 4 KiB.
    let (config, _tasks) = rude(BOMB).await;
    let body = send(&config, "/").await.unwrap().body;
    assert_eq!(body.collect(1 << 20).await.unwrap_err().kind(), ErrorKind::TooLarge);
}

#[tokio::test]
async fn a_token_that_the_server_refuses_is_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    std::fs::write(&path, "one").unwrap();
    let server = Server::start(None).await;
    let config = Config::new(&server.url("http", "127.0.0.1")).unwrap().token_file(&path);
    let transport = HttpTransport::new(&config).unwrap();
    transport.send(get("/")).await.unwrap();
    std::fs::write(&path, "two").unwrap();
    transport.send(get("/unauthorized")).await.unwrap();
    transport.send(get("/")).await.unwrap();
    let expected =
        ["/ Bearer one", "/unauthorized Bearer one", "/unauthorized Bearer two", "/ Bearer two"];
    assert_eq!(server.seen(), expected);
}

#[tokio::test]
async fn a_path_that_means_another_than_it_says_is_not_sent() {
    let server = Server::start(None).await;
    let transport =
        HttpTransport::new(&Config::new(&server.url("http", "127.0.0.1")).unwrap()).unwrap();
    for path in ["/a/../b", "/a/%2e%2e/b", "/a\\b", "/a?b", "/a#b", "//", "@evil/"] {
        let mut request = get("/");
        request.path = path.to_owned();
        let sent = transport.send(request).await;
        if let Ok(response) = &sent {
            assert_eq!((response.status, path), (200, "//"), "only a path that is taken as it is");
        }
    }
    let mut request = get("/");
    request.headers.push(("a\r\nb".into(), "c".to_owned()));
    assert_eq!(transport.send(request).await.unwrap_err().kind(), ErrorKind::Input);
}
