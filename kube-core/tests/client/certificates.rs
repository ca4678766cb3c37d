//! Certificates that a cluster signs: asked for, approved, used, renewed; against the embedded server and a genuine Kubernetes.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, SystemTime};

use k8s_openapi::api::authentication::v1::SelfSubjectReview;
use k8s_openapi::api::certificates::v1::CertificateSigningRequest;
use kube_core::certificates::{
    Ask, FileStore, PrivateKey, Rotation, SigningRequests, Store, Template,
};
use kube_core::config::LoadingRules;
use kube_core::{Client, Config, ErrorKind, ResourceExt as _};

use crate::embedded::served;

const WITHIN: Duration = Duration::from_secs(60);

/// Asks, approves, is signed; denies, and is told why; asks a signer that does not exist, and is told what to do.
async fn signed(client: &Client) {
    let requests = SigningRequests::new(client).within(WITHIN);
    let (key, template) = (PrivateKey::generate().unwrap(), Template::new("jane").group("people"));
    let ask = Ask::client().lifetime(Duration::from_secs(3600));
    let name = requests.create("jane-", &ask, &template, &key).await.unwrap();
    assert!(name.starts_with("jane-") && name.len() > 5, "{name}");
    let impatient = requests.clone().within(Duration::from_millis(300));
    let line = impatient.pair(&name, &key).await.unwrap_err().chain();
    assert!(line.contains("kubectl certificate approve"), "{line}");
    requests.approve(&name, "SheAsked", "she came to my desk").await.unwrap();
    let pair = requests.pair(&name, &key).await.unwrap();
    let now = SystemTime::now();
    assert!(pair.not_after() > now && pair.not_after() < now + Duration::from_secs(2 * 3600));
    let error = requests.deny(&name, "Late", "too late").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid, "{error:?}");
    let other = PrivateKey::generate().unwrap();
    let error = requests.pair(&name, &other).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode, "a certificate of another key: {error:?}");

    let name = requests.create("joe", &ask, &Template::new("joe"), &key).await.unwrap();
    assert_eq!(requests.create("joe", &ask, &Template::new("joe"), &key).await.unwrap(), "joe");
    let error = requests.create("joe", &ask, &Template::new("jack"), &key).await.unwrap_err();
    assert!(error.to_string().contains("asks for something else"), "{error}");
    requests.deny(&name, "Stranger", "nobody knows him").await.unwrap();
    let line = requests.certificate(&name).await.unwrap_err().chain();
    assert!(line.contains("was denied: Stranger: nobody knows him"), "{line}");

    let nobody = Ask::server("example.com/nobody");
    let name = requests.create("web-", &nobody, &Template::new("web"), &key).await.unwrap();
    requests.approve(&name, "Asked", "").await.unwrap();
    let line = impatient.certificate(&name).await.unwrap_err().chain();
    assert!(line.contains("see whether its signer runs"), "{line}");
    let own = client.all::<CertificateSigningRequest>();
    own.delete(name.as_str()).await.unwrap();
    let line = requests.certificate(&name).await.unwrap_err().chain();
    assert!(line.contains("is gone"), "{line}");
    own.delete("joe").await.unwrap();
}

/// Somebody who approves all that is asked for.
async fn approving(client: &Client) {
    let requests = SigningRequests::new(client);
    let own = client.all::<CertificateSigningRequest>();
    loop {
        for request in own.list().await.unwrap().items {
            if request.name().starts_with("agent-") {
                let _ = requests.approve(request.name(), "Auto", "").await;
            }
        }
        let _ =
            tokio::time::timeout(Duration::from_millis(200), std::future::pending::<()>()).await;
    }
}

/// A certificate in a folder, renewed once by a clock that is ahead of the cluster's, and what it can be used for.
async fn renewed(client: &Client, folder: &Path, config: Option<Config>) {
    // The second one takes a minute, until the clock is looked at again.
    let times = if config.is_some() { 2 } else { 1 };
    let store = FileStore::new(folder, "agent");
    let (begun, jump) = (SystemTime::now(), std::sync::atomic::AtomicU64::new(0));
    let jump = std::sync::Arc::new(jump);
    let ahead = std::sync::Arc::clone(&jump);
    let ask = Ask::client().lifetime(Duration::from_secs(3600));
    let template = Template::new("agent").group("people").group("buyers");
    let rotation = Rotation::new(client, "agent", ask, template, store.clone());
    let rotation = rotation.within(WITHIN).clock(
        move || begun + Duration::from_secs(ahead.load(std::sync::atomic::Ordering::SeqCst)),
        7,
    );
    let mut current = rotation.current();
    let story = async {
        let mut seen = Vec::new();
        while seen.len() < times {
            current.changed().await.unwrap();
            let Some(pair) = current.borrow_and_update().clone() else { continue };
            assert_eq!(store.load().await.unwrap().as_ref(), Some(&pair));
            seen.push(pair);
            // More than nine tenths of an hour, less what may be waited for at most before the clock is looked at again.
            jump.store(3600 - 10, std::sync::atomic::Ordering::SeqCst);
        }
        seen
    };
    let seen = tokio::select! {
        () = rotation.run() => unreachable!("it never ends"),
        () = approving(client) => unreachable!("it never ends"),
        seen = tokio::time::timeout(Duration::from_secs(150), story) => seen.expect("it is not renewed"),
    };
    let Some(config) = config else { return };
    assert_ne!(seen[0].certificate(), seen[1].certificate());
    assert_ne!(seen[0].key(), seen[1].key());
    let config = config.client_certificate(seen[1].certificate(), seen[1].key().expose_pem());
    let own = Client::new(config).unwrap();
    let who = own.all::<SelfSubjectReview>().create(&SelfSubjectReview::default()).await.unwrap();
    let user = who.status.and_then(|status| status.user_info).unwrap();
    assert_eq!(user.username.as_deref(), Some("agent"), "the certificate is who it was asked for");
    let groups = user.groups.unwrap();
    for group in ["people", "buyers", "system:authenticated"] {
        assert!(groups.iter().any(|known| known == group), "{group} is not in {groups:?}");
    }
}

#[tokio::test]
async fn the_embedded_server_signs_what_is_approved() {
    let (_server, _listening, client) = served().await;
    let folder = tempfile::tempdir().unwrap();
    tokio::join!(signed(&client), renewed(&client, folder.path(), None));
}

/// A genuine Kubernetes with controllers, which sign.
struct Genuine {
    folder: tempfile::TempDir,
    process: Child,
}

impl Genuine {
    async fn start() -> Self {
        let binary =
            std::env::var_os("REAL_CLUSTER_BINARY").expect("$REAL_CLUSTER_BINARY is a program");
        let folder = tempfile::tempdir().unwrap();
        let out = std::fs::File::create(folder.path().join("out")).unwrap();
        let mut command = Command::new(binary);
        command.arg("up").arg("--dir").arg(folder.path()).arg("--controllers");
        let process = command.stdout(out).stderr(Stdio::null()).spawn().unwrap();
        let own = Self { folder, process };
        let up = async {
            while std::fs::read(own.folder.path().join("out")).unwrap().is_empty() {
                let _ =
                    tokio::time::timeout(Duration::from_millis(100), std::future::pending::<()>())
                        .await;
            }
        };
        tokio::time::timeout(WITHIN, up).await.expect("it does not start");
        own
    }

    fn config(&self) -> Config {
        LoadingRules::new().kubeconfig(self.folder.path().join("kubeconfig")).load().unwrap()
    }
}

impl Drop for Genuine {
    fn drop(&mut self) {
        // It ends its parts when it is asked to end, not when it is killed.
        let _ = Command::new("kill").arg(self.process.id().to_string()).status();
        let _ = self.process.wait();
    }
}

#[tokio::test]
#[ignore = "needs a real cluster in $REAL_CLUSTER_BINARY"]
async fn a_genuine_cluster_signs_what_is_approved_and_knows_whom_it_signed_for() {
    let genuine = Genuine::start().await;
    let client = Client::new(genuine.config()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    tokio::join!(signed(&client), renewed(&client, folder.path(), Some(genuine.config())));
}
