//! Servers that are not who they should be, and those that send elsewhere: what must be refused in, a clear message and no credentials sent out.

use std::time::Duration;

use k8s_openapi::api::core::v1::ConfigMap;
use kube_core::{Client, Config};
use rcgen::{CertificateParams, KeyPair};
use rustls::ServerConfig;

use crate::stranger::{Authority, Says, Stranger, answer, served};

const CANARY: &str = "c4nary";

/// A server, how it is gone to, and words of what must come out.
struct Row {
    name: &'static str,
    tls: Option<ServerConfig>,
    says: Says,
    change: fn(Config) -> Config,
    words: &'static str,
    /// Whether the server may have heard the credentials: only the one that the configuration names.
    heard: bool,
}

fn same(config: Config) -> Config {
    config
}

fn fine() -> Says {
    Says::Once(answer("200 OK", "application/json", br#"{"metadata":{"name":"web"}}"#))
}

fn row(name: &'static str, tls: ServerConfig, words: &'static str) -> Row {
    Row { name, tls: Some(tls), says: fine(), change: same, words, heard: false }
}

/// Who is not to be trusted.
fn strangers(ours: &Authority) -> Vec<Row> {
    const TRUST: &str = "check the certificate authority and the server's name";
    let here = ["127.0.0.1"];
    let other = Authority::new();
    let alone = KeyPair::generate().unwrap();
    let self_signed = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
    let self_signed = self_signed.self_signed(&alone).unwrap();
    let year = |year| rcgen::date_time_ymd(year, 1, 1);
    let refuses = |name, tls| row(name, tls, TRUST);
    let mut intermediate = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
    intermediate.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Constrained(0));
    let between = KeyPair::generate().unwrap();
    let between = rcgen::CertifiedIssuer::signed_by(intermediate, between, &ours.issuer).unwrap();
    let leaf = KeyPair::generate().unwrap();
    let below = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
    let below = below.signed_by(&leaf, &between).unwrap();
    vec![
        refuses(
            "a certificate of yesteryear",
            ours.server(&here, |params| params.not_after = year(2001)),
        ),
        refuses(
            "a certificate of the future",
            ours.server(&here, |params| params.not_before = year(4000)),
        ),
        refuses("a certificate for another address", ours.server(&["127.0.0.2"], |_| {})),
        refuses("a certificate for another name", ours.server(&["kubernetes.default"], |_| {})),
        refuses("a certificate for names alone", ours.server(&["localhost"], |_| {})),
        refuses("a certificate for all names below one", ours.server(&["*.0.0.1"], |_| {})),
        refuses("a certificate for nobody", ours.server(&[], |_| {})),
        refuses(
            "a certificate for clients",
            ours.server(&here, |params| {
                params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ClientAuth];
            }),
        ),
        refuses("another authority", other.server(&here, |_| {})),
        refuses("nobody's authority", served(self_signed.der().clone(), &alone)),
        refuses("an authority between that is not shown", served(below.der().clone(), &leaf)),
        Row {
            name: "a name for TLS that the certificate does not have",
            change: |config| config.tls_server_name("kubernetes.default"),
            ..refuses("", ours.server(&here, |_| {}))
        },
        Row {
            name: "TLS 1.1",
            tls: None,
            // An alert: no such version.
            says: Says::Blindly(vec![0x15, 3, 1, 0, 2, 2, 70]),
            change: |config| tls_only(&config),
            words: "it does not speak TLS 1.2 or later",
            heard: false,
        },
        Row {
            name: "plain HTTP where TLS should be",
            tls: None,
            says: Says::Blindly(answer("400 Bad Request", "text/plain", b"")),
            change: |config| tls_only(&config),
            words: "`http://`",
            heard: false,
        },
        Row {
            name: "TLS where plain HTTP should be",
            change: |config| {
                let url = config.server().replace("https://", "http://");
                Config::new(&url).unwrap().token(CANARY)
            },
            words: "`https://`",
            ..refuses("", ours.server(&here, |_| {}))
        },
    ]
}

/// The same address, but only in TLS.
fn tls_only(config: &Config) -> Config {
    let url = config.server().replace("http://", "https://");
    Config::new(&url).unwrap().token(CANARY)
}

/// Whoever sends elsewhere: it is never gone to, with or without credentials.
fn redirects(elsewhere: &str) -> Vec<Row> {
    let row = |name, status: &str, to: &str| Row {
        name,
        tls: None,
        says: Says::Once(
            format!("HTTP/1.1 {status}\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n")
                .into_bytes(),
        ),
        change: same,
        words: "redirect",
        heard: true,
    };
    vec![
        row("301 to another host", "301 Moved Permanently", elsewhere),
        row("302 to another host", "302 Found", elsewhere),
        row("303 to another host", "303 See Other", elsewhere),
        row("307 to another host", "307 Temporary Redirect", elsewhere),
        row("308 to another host", "308 Permanent Redirect", elsewhere),
        row("302 to another path", "302 Found", "/api/v1/secrets"),
        row("302 without a scheme", "302 Found", "//evil.example/"),
        row("302 to a file", "302 Found", "file:///etc/passwd"),
        row("302 to nowhere", "302 Found", ""),
    ]
}

#[tokio::test]
async fn what_cannot_be_trusted_is_refused_and_credentials_stay_with_their_server() {
    let ours = Authority::new();
    let elsewhere = Stranger::saying(fine()).await;
    let rows: Vec<Row> =
        strangers(&ours).into_iter().chain(redirects(&elsewhere.url("http"))).collect();
    assert_eq!(rows.len(), 24, "reliability.md, scorecard 30");
    let mut wrong = Vec::new();
    for row in rows {
        let scheme = if row.tls.is_some() { "https" } else { "http" };
        let stranger = Stranger::over(row.says, row.tls).await;
        let config = Config::new(&stranger.url(scheme)).unwrap().token(CANARY);
        let config = config.certificate_authority(ours.issuer.pem());
        let client = Client::new((row.change)(config).timeout(Duration::from_secs(10))).unwrap();
        let result = client.namespace("prod").get::<ConfigMap>("web").await;
        let Err(error) = result else {
            wrong.push(format!("{}: it is trusted", row.name));
            continue;
        };
        let (line, heard) = (error.chain(), stranger.heard().contains(CANARY));
        let port = stranger.at.port().to_string();
        if !line.contains(row.words) || !line.contains(&port) && !row.heard {
            wrong.push(format!("{}: {line}", row.name));
        }
        if heard != row.heard || format!("{line}{error:?}").contains(CANARY) {
            wrong.push(format!("{}: the credentials are told: {heard}", row.name));
        }
    }
    assert_eq!(elsewhere.heard(), "", "nobody goes where a redirect leads");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn a_server_that_is_what_it_should_be_is_trusted() {
    let ours = Authority::new();
    let stranger = Stranger::over(fine(), Some(ours.server(&["127.0.0.1"], |_| {}))).await;
    let config = Config::new(&stranger.url("https")).unwrap().token(CANARY);
    let client = Client::new(config.certificate_authority(ours.issuer.pem())).unwrap();
    client.namespace("prod").get::<ConfigMap>("web").await.unwrap();
    assert!(stranger.heard().contains(CANARY));
}
