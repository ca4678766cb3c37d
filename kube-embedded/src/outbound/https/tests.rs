//! Webhooks called over real TLS, on a port of this machine.

use super::*;
use crate::behaviour::Behaviours;
use crate::server::Server;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::Response;
use hyper::body::Incoming;
use hyper::service::service_fn;
use rcgen::BasicConstraints;
use rcgen::CertificateParams;
use rcgen::CertifiedIssuer;
use rcgen::IsCa;
use rcgen::KeyPair;
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::PrivatePkcs8KeyDer;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

/// A webhook that allows nothing; it ends with this value.
struct Webhook {
    address: SocketAddr,
    /// The CA that it is signed by, PEM.
    ca: String,
    _tasks: JoinSet<()>,
}

fn ca() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new([]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

async fn denying(names: &[&str]) -> Webhook {
    let issuer = ca();
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(names).unwrap().signed_by(&key, &issuer).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let Ok(stream) = acceptor.accept(stream).await else { continue };
            let serving = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service_fn(deny));
            drop(serving.await);
        }
    });
    Webhook { address, ca: issuer.pem(), _tasks: tasks }
}

async fn deny(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, hyper::Error> {
    let query = request.uri().query().map(str::to_owned);
    let path = request.uri().path().to_owned();
    let body = request.into_body().collect().await?.to_bytes();
    let asked: Value = serde_json::from_slice(&body).unwrap_or_default();
    let message = format!("{path} {}", query.unwrap_or_default());
    let response = json!({"uid": asked["request"]["uid"], "allowed": false,
        "status": {"message": message}});
    let review = json!({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
        "response": response});
    let answer = match path.as_str() {
        "/large" => "x".repeat(LIMIT + 1),
        "/text" => "no json".to_owned(),
        _ => review.to_string(),
    };
    Ok(Response::new(Full::new(answer.into())))
}

/// What a ConfigMap is refused with by a server whose webhook is there.
async fn refusal(https: Https, client_config: Value) -> String {
    let server = Server::builder().seed(1).behaviours(Behaviours::bare()).outbound(https).build();
    let post = async |uri: &str, body: Value| {
        let request = Request::post(uri)
            .header("authorization", format!("Bearer {}", server.admin_token()))
            .body(Bytes::from(body.to_string()))
            .unwrap();
        let body = server.handle(request).await.unwrap().into_body().collect().await.unwrap();
        serde_json::from_slice::<Value>(&body).unwrap()
    };
    let rules = json!([{"operations": ["*"], "apiGroups": [""], "apiVersions": ["v1"],
        "resources": ["configmaps"]}]);
    let webhook = json!({"name": "a.b.c", "clientConfig": client_config, "sideEffects": "None",
        "admissionReviewVersions": ["v1"], "rules": rules});
    let uri = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations";
    post(uri, json!({"metadata": {"name": "v"}, "webhooks": [webhook]})).await;
    let map = json!({"metadata": {"name": "m"}});
    let status = post("/api/v1/namespaces/default/configmaps", map).await;
    status["message"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_webhook_is_called_by_url_and_by_service_and_only_with_the_given_ca() {
    let webhook = denying(&["127.0.0.1", "s.n.svc"]).await;
    let (bundle, address) = (STANDARD.encode(&webhook.ca), webhook.address);
    let url = |path: &str| format!("https://{address}{path}");
    let denied = "admission webhook \"a.b.c\" denied the request: /deny timeout=10s";
    let by_url = json!({"url": url("/deny"), "caBundle": bundle});
    assert_eq!(refusal(Https::new(), by_url).await, denied);
    let service = json!({"service": {"namespace": "n", "name": "s", "path": "/deny"},
        "caBundle": bundle});
    let known = Https::new().service("n", "s", address);
    assert_eq!(refusal(known, service.clone()).await, denied);
    let failed =
        "Internal error occurred: failed calling webhook \"a.b.c\": failed to call webhook: ";
    let rows = [
        (service, "give the address of the Service `n/s`"),
        (json!({"url": url("/deny")}), "has no caBundle, and this server trusts no other CA"),
        (
            json!({"url": url("/deny"), "caBundle": STANDARD.encode(ca().pem())}),
            "tls: failed to verify certificate: x509: certificate signed by unknown authority",
        ),
        (json!({"url": url("/large"), "caBundle": bundle}), "limit 3145728"),
        (json!({"url": url("/text"), "caBundle": bundle}), "json parse error: expected ident"),
        (
            json!({"url": format!("https://localhost:{}/deny", address.port()), "caBundle": bundle}),
            "tls: failed to verify certificate: ",
        ),
    ];
    for (client_config, text) in rows {
        let message = refusal(Https::new(), client_config).await;
        assert!(message.starts_with(failed) && message.contains(text), "{message}");
    }
}
