//! Who we are to the server changes while requests are on their way: none of them fails.

use super::*;
use crate::config::LoadingRules;

/// A kubeconfig in a folder, and what it leads to.
fn kubeconfig(folder: &std::path::Path, server: &Server, user: &serde_json::Value) -> Config {
    let cluster = serde_json::json!({ "server": server.url("https", "127.0.0.1"), "certificate-authority": "ca.pem" });
    let kubeconfig = serde_json::json!({
        "current-context": "dev",
        "contexts": [{ "name": "dev", "context": { "cluster": "here", "user": "jane" } }],
        "clusters": [{ "name": "here", "cluster": cluster }],
        "users": [{ "name": "jane", "user": user }],
    });
    std::fs::write(folder.join("config"), kubeconfig.to_string()).unwrap();
    LoadingRules::new().kubeconfig(folder.join("config")).load().unwrap()
}

fn peer(response: &Response) -> String {
    response.headers.get("x-peer").unwrap().to_owned()
}

#[tokio::test]
async fn a_certificate_that_a_plugin_brings_is_ours_and_the_next_one_takes_its_place_without_a_failure()
 {
    let authority = Authority::new(&["127.0.0.1"], true);
    let server = Server::start(Some(authority.server.clone())).await;
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("ca.pem"), &authority.pem).unwrap();
    // It prints a file, which says itself until when it is good.
    std::fs::write(at("plugin.sh"), "cat $FOLDER/answer").unwrap();
    let brings = |expires: &str| {
        let (certificate, key) = authority.client();
        let answer = serde_json::json!({
            "apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential",
            "status": { "clientCertificateData": certificate, "clientKeyData": key, "expirationTimestamp": expires },
        });
        std::fs::write(at("answer"), answer.to_string()).unwrap();
    };
    brings("2001-01-01T00:00:00Z");
    let exec = serde_json::json!({
        "apiVersion": "client.authentication.k8s.io/v1", "command": "sh", "args": [at("plugin.sh")],
        "interactiveMode": "Never", "env": [{ "name": "FOLDER", "value": folder.path() }],
    });
    let config = kubeconfig(folder.path(), &server, &serde_json::json!({ "exec": exec }));
    let transport = HttpTransport::new(&config).unwrap();
    let first = peer(&transport.send(get("/")).await.unwrap());
    assert_ne!(first, "-");
    let mut watch = transport.send(watch("/lines")).await.unwrap();
    let mut slow = transport.send(get("/endless")).await.unwrap();
    assert_eq!(watch.body.next().await.unwrap().unwrap(), "{}\n");
    assert_eq!(slow.body.next().await.unwrap().unwrap(), "{}");

    brings("2999-01-01T00:00:00Z");
    let second = peer(&transport.send(get("/")).await.unwrap());
    assert_ne!(first, second);
    assert_eq!(peer(&transport.send(get("/")).await.unwrap()), second);
    // The watch ends in order, to be opened again; what else is on its way goes on.
    let end = tokio::time::timeout(Duration::from_secs(20), watch.body.next()).await;
    assert!(end.expect("the watch of the past goes on").is_none());
    assert!(futures::FutureExt::now_or_never(slow.body.next()).is_none());
}
