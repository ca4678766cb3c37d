//! Servers that say what a row tells them to: bytes in, an address out.

use std::net::SocketAddr;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

/// What a server writes after it was asked.
#[derive(Clone)]
pub(crate) enum Says {
    /// These bytes, once.
    Once(Vec<u8>),
    /// The same, to whoever has said anything at all.
    Blindly(Vec<u8>),
    /// These bytes, then others again and again, until it was so many bytes or nobody listens.
    Again(Vec<u8>, Vec<u8>, usize),
    /// These bytes, and then nothing more, but the connection stays.
    Silent(Vec<u8>),
}

/// A server on this machine that says one thing to whoever asks.
pub(crate) struct Stranger {
    pub(crate) at: SocketAddr,
    /// The heads of all requests.
    pub(crate) heard: Arc<std::sync::Mutex<String>>,
    _tasks: JoinSet<()>,
}

impl Stranger {
    pub(crate) async fn saying(says: Says) -> Self {
        Self::over(says, None).await
    }

    pub(crate) async fn over(says: Says, tls: Option<ServerConfig>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let acceptor = tls.map(|tls| TlsAcceptor::from(Arc::new(tls)));
        let heard: Arc<std::sync::Mutex<String>> = Arc::default();
        let log = Arc::clone(&heard);
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut served = JoinSet::new();
            while let Ok((socket, _)) = listener.accept().await {
                let (says, log, acceptor) = (says.clone(), Arc::clone(&log), acceptor.clone());
                served.spawn(async move { drop(serve(socket, &says, &log, acceptor).await) });
            }
        });
        Self { at, heard, _tasks: tasks }
    }

    pub(crate) fn url(&self, scheme: &str) -> String {
        format!("{scheme}://{}", self.at)
    }

    pub(crate) fn heard(&self) -> String {
        self.heard.lock().unwrap().clone()
    }
}

async fn serve(
    socket: TcpStream,
    says: &Says,
    log: &std::sync::Mutex<String>,
    acceptor: Option<TlsAcceptor>,
) -> std::io::Result<()> {
    match acceptor {
        None => speak(socket, says, log).await,
        Some(acceptor) => speak(acceptor.accept(socket).await?, says, log).await,
    }
}

async fn speak(
    mut socket: impl AsyncRead + AsyncWrite + Unpin,
    says: &Says,
    log: &std::sync::Mutex<String>,
) -> std::io::Result<()> {
    let (mut asked, mut piece) = (Vec::new(), [0; 4096]);
    // HTTP/2 begins with a preface that ends so, too.
    let enough = |asked: &[u8]| match says {
        Says::Blindly(_) => !asked.is_empty(),
        _ => asked.windows(4).any(|four| four == b"\r\n\r\n"),
    };
    while !enough(&asked) {
        match socket.read(&mut piece).await? {
            0 => return Ok(()),
            length => asked.extend_from_slice(&piece[..length]),
        }
    }
    log.lock().unwrap().push_str(&String::from_utf8_lossy(&asked));
    match says {
        Says::Once(bytes) | Says::Blindly(bytes) => {
            socket.write_all(bytes).await?;
            socket.shutdown().await
        }
        Says::Again(first, then, most) => {
            socket.write_all(first).await?;
            let mut written = 0;
            while written < *most {
                socket.write_all(then).await?;
                written += then.len();
            }
            socket.shutdown().await
        }
        Says::Silent(bytes) => {
            socket.write_all(bytes).await?;
            socket.flush().await?;
            while socket.read(&mut piece).await? > 0 {}
            Ok(())
        }
    }
}

/// A certificate authority.
pub(crate) struct Authority {
    pub(crate) issuer: CertifiedIssuer<'static, KeyPair>,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::new([]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        Self { issuer }
    }

    /// A server whose certificate is for these names, and as `change` wants it otherwise.
    pub(crate) fn server(
        &self,
        names: &[&str],
        change: impl FnOnce(&mut CertificateParams),
    ) -> ServerConfig {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        served(certificate.der().clone(), &key)
    }
}

/// A server that shows this certificate.
pub(crate) fn served(
    certificate: rustls::pki_types::CertificateDer<'static>,
    key: &KeyPair,
) -> ServerConfig {
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap();
    let mut server =
        builder.with_no_client_auth().with_single_cert(vec![certificate], key).unwrap();
    server.alpn_protocols = vec![b"http/1.1".to_vec()];
    server
}

/// An answer in HTTP/1.1.
pub(crate) fn answer(status: &str, content_type: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: {content_type}\r\ncontent-length: {length}\r\n\r\n"
    );
    [head.as_bytes(), body].concat()
}
