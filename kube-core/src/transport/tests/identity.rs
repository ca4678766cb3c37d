//! Who we are to the server changes while requests are on their way: none of them fails.

use super::sharing::Looks;
use super::*;
use crate::config::{FilesLook, LoadingRules};

/// A kubeconfig in a folder, and what it leads to.
pub(super) fn kubeconfig(
    folder: &std::path::Path,
    server: &Server,
    user: &serde_json::Value,
) -> Config {
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
    let transport = HttpTransport::new(&config.reload_every(Duration::ZERO)).unwrap();
    let first = peer(&transport.send(get("/")).await.unwrap());
    assert_ne!(first, "-");
    let mut watch = transport.send(watching("/lines")).await.unwrap();
    let mut slow = transport.send(get("/endless")).await.unwrap();
    assert_eq!(watch.body.next().await.unwrap().unwrap(), "{}\n");
    assert_eq!(slow.body.next().await.unwrap().unwrap(), "{}");
    let goes_on = futures::FutureExt::now_or_never(watch.body.next()).is_none();
    assert!(goes_on, "it was asked for again and brought the same");

    // Whom else we trust is nothing to what was trusted before.
    std::fs::write(at("ca.pem"), authority.pem.clone() + &Authority::new(&["x"], false).pem)
        .unwrap();
    assert_eq!(peer(&transport.send(get("/")).await.unwrap()), first);
    let goes_on = futures::FutureExt::now_or_never(watch.body.next()).is_none();
    assert!(goes_on, "we are the same");
    brings("2999-01-01T00:00:00Z");
    let second = peer(&transport.send(get("/")).await.unwrap());
    assert_ne!(first, second);
    assert_eq!(peer(&transport.send(get("/")).await.unwrap()), second);
    // The watch ends in order, to be opened again; what else is on its way goes on.
    let end = tokio::time::timeout(Duration::from_secs(20), watch.body.next()).await;
    assert!(end.expect("the watch of the past goes on").is_none());
    assert!(futures::FutureExt::now_or_never(slow.body.next()).is_none());
}

#[tokio::test]
async fn files_of_a_certificate_that_change_make_us_another_without_a_failure() {
    let authority = Authority::new(&["127.0.0.1"], true);
    let server = Server::start(Some(authority.server.clone())).await;
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("ca.pem", &authority.pem);
    let (first, second) = (authority.client(), authority.client());
    write("crt", &first.0);
    write("key", &first.1);
    let user = serde_json::json!({ "client-certificate": "crt", "client-key": "key" });
    let config = kubeconfig(folder.path(), &server, &user).reload_every(Duration::ZERO);
    let transport = HttpTransport::new(&config).unwrap();
    let one = peer(&transport.send(get("/")).await.unwrap());
    let quiet = transport.send(watching("/quiet")).await.unwrap();
    let mut watch = transport.send(watching("/lines")).await.unwrap();
    assert_eq!(watch.body.next().await.unwrap().unwrap(), "{}\n");
    // Half of it is there, and then nonsense.
    for half in [second.0.as_str(), "nonsense", ""] {
        write("crt", half);
        assert_eq!(peer(&transport.send(get("/")).await.unwrap()), one);
    }
    // Whom else we trust is nothing to what was trusted before.
    write("ca.pem", &(authority.pem.clone() + &Authority::new(&["x"], false).pem));
    write("crt", &first.0);
    assert_eq!(peer(&transport.send(get("/")).await.unwrap()), one);
    assert!(futures::FutureExt::now_or_never(watch.body.next()).is_none());
    write("crt", &second.0);
    write("key", &second.1);
    let other = peer(&transport.send(get("/")).await.unwrap());
    assert_ne!(one, other);
    for mut past in [watch, quiet] {
        let end = tokio::time::timeout(Duration::from_secs(20), past.body.next()).await;
        assert!(end.expect("a watch of the past goes on").is_none());
    }
}

#[tokio::test]
async fn a_server_with_another_authority_is_trusted_as_soon_as_the_file_says_so() {
    let (old, new) = (Authority::new(&["127.0.0.1"], false), Authority::new(&["127.0.0.1"], false));
    let server = Server::start(Some(new.server.clone())).await;
    let folder = tempfile::tempdir().unwrap();
    let authority = folder.path().join("ca.pem");
    std::fs::write(&authority, &old.pem).unwrap();
    // Whether or not it is a plugin that says who we are.
    for user in [serde_json::json!({}), echo(&new.client())] {
        std::fs::write(&authority, &old.pem).unwrap();
        // Nobody looks at the file of its own accord for an hour.
        let config = kubeconfig(folder.path(), &server, &user);
        let config = config.reload_every(Duration::from_secs(3600));
        let transport = HttpTransport::new(&config).unwrap();
        refused(transport.send(get("/")).await);
        std::fs::write(&authority, "nonsense").unwrap();
        pass(2).await;
        refused(transport.send(get("/")).await);
        std::fs::write(&authority, &new.pem).unwrap();
        pass(2).await;
        let status = transport.send(get("/")).await.unwrap().status;
        assert_eq!(status, 200, "a write too: it was not seen");
    }
}

#[tokio::test]
async fn a_refusal_is_repeated_only_if_the_files_make_us_another_and_they_are_read_once_a_second() {
    let authority = Authority::new(&["127.0.0.1"], false);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    let other = authority.pem.clone() + &Authority::new(&["x"], false).pem;
    for (text, look, times) in [
        (authority.pem.as_str(), FilesLook::Same, 1),
        ("nonsense", FilesLook::Unusable, 1),
        (&other, FilesLook::Changed, 2),
    ] {
        let server = Server::start(Some(authority.server.clone())).await;
        let config = Config::new(&server.url("https", "127.0.0.1")).unwrap();
        let mut config = config.certificate_authority(authority.pem.clone());
        config.tls.authority_file = Some(file.clone());
        let looks = Arc::new(Looks::default());
        let config = config.reload_every(Duration::MAX).observed_by(Arc::<Looks>::clone(&looks));
        let transport = HttpTransport::new(&config).unwrap();
        std::fs::write(&file, text).unwrap();
        transport.send(get("/")).await.unwrap();
        assert!(looks.heard().is_empty(), "nobody has refused us");
        for requests in 1..=3 {
            assert_eq!(transport.send(get("/unauthorized")).await.unwrap().status, 401);
            assert_eq!(server.seen().len(), times + requests, "{look:?}");
        }
        assert_eq!(looks.heard(), [look]);
        std::fs::write(&file, &authority.pem).unwrap();
        pass(2).await;
        transport.send(get("/unauthorized")).await.unwrap();
        assert_eq!(looks.heard().len(), 2, "{look:?}");
    }
}

#[tokio::test]
async fn files_are_looked_at_as_often_as_the_configuration_says() {
    let authority = Authority::new(&["127.0.0.1"], false);
    let server = Server::start(Some(authority.server)).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    std::fs::write(&file, &authority.pem).unwrap();
    let config = Config::new(&server.url("https", "127.0.0.1")).unwrap();
    let mut config = config.certificate_authority(authority.pem);
    config.tls.authority_file = Some(file);
    let looks = Arc::new(Looks::default());
    let transport = HttpTransport::new(&config.observed_by(Arc::<Looks>::clone(&looks))).unwrap();
    for minutes in 0..3 {
        for _ in 0..2 {
            transport.send(get("/")).await.unwrap();
            assert_eq!(looks.heard().len(), minutes);
        }
        pass(61).await;
    }
}

/// A user whose plugin brings this certificate.
pub(super) fn echo((certificate, key): &(String, String)) -> serde_json::Value {
    let answer = serde_json::json!({
        "apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential",
        "status": { "clientCertificateData": certificate, "clientKeyData": key },
    });
    serde_json::json!({ "exec": {
        "apiVersion": "client.authentication.k8s.io/v1", "command": "echo", "args": [answer.to_string()],
        "interactiveMode": "Never",
    }})
}

/// So many seconds later.
async fn pass(seconds: u64) {
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(seconds)).await;
    tokio::time::resume();
}
