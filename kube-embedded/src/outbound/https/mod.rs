//! Calls over HTTPS: a call in, the webhook's answer out. One connection a call, HTTP/1.1, no redirects, no proxy.

#[cfg(test)]
mod tests;

use super::Answering;
use super::Outbound;
use super::OutboundCall;
use super::OutboundError;
use super::Place;
use bytes::Bytes;
use http::Request;
use http::Uri;
use http::header::CONTENT_TYPE;
use http::header::HOST;
use http_body_util::BodyExt;
use http_body_util::Full;
use http_body_util::Limited;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::RootCertStore;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::ServerName;
use rustls::pki_types::pem::PemObject;
use serde_json::Value;
use std::collections::HashMap;
use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::io::AsyncRead;
use tokio::io::AsyncWrite;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// The largest answer that is read, in bytes; as much as the API server takes.
const LIMIT: usize = 3 << 20;

/// Calls webhooks over HTTPS. Only the CA of the configuration is trusted, so one without a `caBundle` cannot be called.
///
/// A Service is called at the address that was given for it: there is no network of Pods here.
#[derive(Clone, Debug, Default)]
pub struct Https {
    services: HashMap<(String, String), SocketAddr>,
}

impl Https {
    /// Calls URLs, and no Service yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Calls this Service, whatever its port, at `address`; its certificate must be for `NAME.NAMESPACE.svc`.
    #[must_use]
    pub fn service(mut self, namespace: &str, name: &str, address: SocketAddr) -> Self {
        self.services.insert((namespace.to_owned(), name.to_owned()), address);
        self
    }

    async fn post(&self, call: OutboundCall) -> Result<Value, OutboundError> {
        let url = call.url();
        let uri: Uri = url
            .parse()
            .map_err(|error| OutboundError::failed(format!("the URL cannot be read: {error}")))?;
        let connector = TlsConnector::from(Arc::new(trusting(&call.ca_bundle)?));
        let host = uri.host().unwrap_or_default().trim_matches(['[', ']']).to_owned();
        let stream = self.connect(&call.place, &host, uri.port_u16().unwrap_or(443)).await?;
        let name = ServerName::try_from(host)
            .map_err(|error| OutboundError::failed(format!("the host is no name: {error}")))?;
        let stream = connector.connect(name, stream).await.map_err(|error| untrusted(&error))?;
        exchange(stream, &uri, call.body.to_string().into()).await
    }

    async fn connect(
        &self,
        place: &Place,
        host: &str,
        port: u16,
    ) -> Result<TcpStream, OutboundError> {
        let refused = |to: String| {
            move |error: io::Error| {
                let why = match error.kind() {
                    io::ErrorKind::ConnectionRefused => "connect: connection refused".to_owned(),
                    _ => error.to_string(),
                };
                OutboundError::failed(format!("dial tcp {to}: {why}"))
            }
        };
        let Place::Service { namespace, name, .. } = place else {
            let to = format!("{host}:{port}");
            return TcpStream::connect((host, port)).await.map_err(refused(to));
        };
        let address = self.services.get(&(namespace.clone(), name.clone())).ok_or_else(|| {
            OutboundError::failed(format!(
                "this server has no network of Pods: give the address of the Service \
                 `{namespace}/{name}` with `Https::service` or `--service {namespace}/{name}=ADDRESS`"
            ))
        })?;
        TcpStream::connect(address).await.map_err(refused(address.to_string()))
    }
}

impl Outbound for Https {
    fn call(&self, call: OutboundCall) -> Answering<'_> {
        Box::pin(self.post(call))
    }
}

/// A client that trusts these CAs and no other.
fn trusting(ca_bundle: &[u8]) -> Result<ClientConfig, OutboundError> {
    if ca_bundle.is_empty() {
        let why = "its configuration has no caBundle, and this server trusts no other CA";
        return Err(OutboundError::failed(why));
    }
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(ca_bundle) {
        let added = certificate.ok().and_then(|certificate| roots.add(certificate).ok());
        if added.is_none() {
            return Err(OutboundError::failed(NO_PEM));
        }
    }
    if roots.is_empty() {
        return Err(OutboundError::failed(NO_PEM));
    }
    let provider = Arc::new(aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| OutboundError::failed(error.to_string()))?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

const NO_PEM: &str = "unable to load root certificates: unable to parse bytes as PEM block";

fn untrusted(error: &io::Error) -> OutboundError {
    let cause = error.get_ref().and_then(|cause| cause.downcast_ref::<rustls::Error>());
    // Another CA of the same name is found by its signature.
    let unknown = [rustls::CertificateError::UnknownIssuer, rustls::CertificateError::BadSignature];
    OutboundError::failed(match cause {
        Some(rustls::Error::InvalidCertificate(why)) if unknown.contains(why) => {
            "tls: failed to verify certificate: x509: certificate signed by unknown authority"
                .to_owned()
        }
        Some(rustls::Error::InvalidCertificate(why)) => {
            format!("tls: failed to verify certificate: {why}")
        }
        _ => format!("tls: {error}"),
    })
}

/// Sends the body over a connection of its own and reads the answer.
async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    uri: &Uri,
    body: Bytes,
) -> Result<Value, OutboundError> {
    let broken = |error: hyper::Error| OutboundError::failed(error.to_string());
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(broken)?;
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let host = uri.authority().map_or("", |authority| authority.as_str());
    let request = Request::post(path)
        .header(HOST, host)
        .header(CONTENT_TYPE, "application/json")
        .header("accept", "application/json")
        .header("user-agent", "kube-apiserver-admission")
        .body(Full::new(body))
        .map_err(|error| OutboundError::failed(error.to_string()))?;
    let answer = async {
        let response = sender.send_request(request).await.map_err(broken)?;
        let status = response.status();
        let media = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let text = media.is_none_or(|media| media.starts_with("text/"));
        let body = Limited::new(response.into_body(), LIMIT).collect().await.map_err(|error| {
            OutboundError::failed(format!("the answer cannot be read (limit {LIMIT}): {error}"))
        })?;
        let body = body.to_bytes();
        if !status.is_success() {
            // As client-go does: a body of another type says nothing.
            let text = if text { String::from_utf8_lossy(&body) } else { "unknown".into() };
            return Err(OutboundError::status(status.as_u16(), text.trim()));
        }
        serde_json::from_slice(&body).map_err(|error| OutboundError::unreadable(error.to_string()))
    };
    // The connection only moves bytes; that it ended is found by whoever waits for the answer.
    let driven = async {
        drop(connection.await);
        std::future::pending::<Infallible>().await
    };
    tokio::select! {
        answer = answer => answer,
        never = driven => match never {},
    }
}
