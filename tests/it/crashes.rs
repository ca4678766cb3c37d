//! The examples `versions` and `webhooks` come to the same end wherever their process dies; `memcached` does so in `memcached.rs`.
//!
//! The second writes at its start only: its certificate, and that this is to be trusted. So its process dies there, over real HTTPS.

#[path = "../../examples/versions/operator.rs"]
#[expect(unreachable_pub, reason = "an example's own `main` uses it")]
mod versions;
#[path = "../../examples/webhooks/operator.rs"]
#[expect(unreachable_pub, reason = "an example's own `main` uses it")]
mod webhooks;

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use k8s_openapi::api::admissionregistration::v1::MutatingWebhookConfiguration;
use k8s_openapi::api::admissionregistration::v1::ValidatingWebhookConfiguration;
use k8s_openapi::api::admissionregistration::v1::WebhookClientConfig;
use k8s_openapi::api::core::v1::Secret;
use kube_core::Method;
use kube_core::Patch;
use kube_core::Request;
use kube_core::transport::Response;
use kube_core::transport::Transport;
use kube_embedded::Https;
use kube_embedded::Server;
use kube_runtime::prelude::*;
use kube_runtime::webhook::WebhookServer;
use kube_testing::Cluster;
use kube_testing::InProcess;
use serde_json::Value;
use serde_json::json;
use tokio::sync::Notify;

use crate::catching_up::until;
use versions::Webpage;
use versions::WebpageV1beta1;
use versions::WebpageV1beta1Spec;
use webhooks::Ship;
use webhooks::ShipSpec;

#[test]
fn wherever_its_process_dies_a_webpage_of_two_versions_ends_as_if_it_had_not() {
    let old = |name: &str, address: &str| {
        WebpageV1beta1::new(name, WebpageV1beta1Spec { address: address.to_owned() })
    };
    let plays = kube_testing::torture(versions::operator, async |cluster: &Cluster| {
        cluster.create(&old("shop", "WWW.example.com:8080")).await;
        cluster.create(&old("blog", "blog.example.com")).await;
        cluster.advance("1m").await;
        cluster.patch::<Webpage>("shop", json!({ "spec": { "aliases": ["a", "b"] } })).await;
        cluster
            .patch::<WebpageV1beta1>(
                "shop",
                json!({ "spec": { "address": "SHOP.example.com:8443" } }),
            )
            .await;
        cluster.delete::<Webpage>("blog").await;
        cluster.advance("1m").await;
        let shop = cluster.get::<Webpage>("shop").await;
        assert_eq!((shop.spec.host.as_str(), shop.spec.aliases.len()), ("shop.example.com", 2));
    });
    assert!(plays.crashes >= 6 && plays.behind >= 8 && plays.missed >= 1, "{plays:?}");
}

/// What writes once more, or not at all, and then nothing any more.
struct Dying {
    wire: InProcess,
    writes: AtomicUsize,
    /// At which write, and whether the server still has it.
    dies: Option<(usize, bool)>,
    died: Arc<Notify>,
}

impl Transport for Dying {
    fn send(&self, request: Request) -> BoxFuture<'static, kube_core::Result<Response>> {
        let writes = usize::from(request.method != Method::Get);
        let place = self.writes.fetch_add(writes, Ordering::SeqCst);
        let dies = self.dies.filter(|(last, _)| place > *last || (place == *last && writes > 0));
        let Some((last, answered)) = dies else { return self.wire.send(request) };
        let sent = (place == last && answered).then(|| self.wire.send(request));
        let died = Arc::clone(&self.died);
        async move {
            if let Some(sent) = sent {
                _ = sent.await;
            }
            died.notify_one();
            std::future::pending().await
        }
        .boxed()
    }
}

/// What is there when all is well: of certificates, only whether they are trusted.
async fn end(admin: &Client) -> Value {
    let secrets = admin.namespace("default").api::<Secret>().list().await.unwrap().items;
    let data = |secret: &Secret| secret.data.clone().unwrap_or_default();
    let kept: Vec<Value> = secrets
        .iter()
        .map(|secret| json!([secret.name(), data(secret).keys().collect::<Vec<_>>()]))
        .collect();
    let bundle = secrets.iter().find_map(|secret| data(secret).remove("ca.crt"));
    let told = |name: &str, config: &WebhookClientConfig| json!([name, config.ca_bundle == bundle]);
    let mutating = admin.all::<MutatingWebhookConfiguration>().list().await.unwrap().items;
    let validating = admin.all::<ValidatingWebhookConfiguration>().list().await.unwrap().items;
    let changes = mutating.iter().flat_map(|all| all.webhooks.iter().flatten());
    let judges = validating.iter().flat_map(|all| all.webhooks.iter().flatten());
    let changes = changes.map(|one| told(&one.name, &one.client_config));
    let judges = judges.map(|one| told(&one.name, &one.client_config));
    let hooks: Vec<Value> = changes.chain(judges).collect();
    json!({ "secrets": kept, "webhooks": hooks })
}

/// Runs the example on a fresh server, with a process that dies as said and then one that lives; the end, and how often the first wrote.
async fn ended(dies: Option<(usize, bool)>) -> (Value, usize) {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap();
    drop(free);
    let outbound = Https::new().service("default", "webhooks-example-webhook", address);
    let server = Server::builder().outbound(outbound).build();
    let admin = Client::over(Arc::new(InProcess::new(&server, server.admin_token())));
    let operator = || webhooks::operator().webhook_server(WebhookServer::at(address.to_string()));
    operator().install_crds(&admin).await.unwrap();
    operator().install_rbac(&admin, "default").await.unwrap();
    operator().install_webhooks(&admin, "default").await.unwrap();
    let token = server.service_account_token("default", "webhooks-example").unwrap();
    let died = Arc::new(Notify::new());
    let wire = |dies| {
        let wire = InProcess::new(&server, token.clone());
        Arc::new(Dying { wire, writes: AtomicUsize::new(0), dies, died: Arc::clone(&died) })
    };
    let ships = admin.namespace("default").api::<Ship>();
    let ship = |name: &str, masts: i32| {
        let spec = ShipSpec { masts, engine: None, class: None, name: name.to_owned() };
        Ship::new(name, spec)
    };
    let story = async || {
        let made = until(async || ships.create(&ship("gorch", 3)).await.ok()).await;
        assert_eq!(made.spec.class.as_deref(), Some("sail"));
        let refused = ships.create(&ship("preussen", 6)).await.unwrap_err();
        assert!(refused.chain().contains("the harbour takes 5 masts"), "{}", refused.chain());
        let fewer = Patch::Merge(json!({ "spec": { "masts": 1 } }));
        let refused = ships.patch("gorch", fewer).await.unwrap_err();
        assert!(refused.chain().contains("one mast at a time, not 2"), "{}", refused.chain());
    };
    let first = wire(dies);
    let run = async |wire: Arc<Dying>| {
        let client = Client::over(wire).with_default_namespace("default");
        operator().start(client, Shutdown::new()).await
    };
    let lives = async {
        let running = run(Arc::clone(&first)).await.unwrap();
        story().await;
        let end = end(&admin).await;
        running.stop().await.unwrap();
        end
    };
    let end = tokio::select! {
        end = lives => {
            assert!(dies.is_none(), "it was to die at {dies:?}");
            end
        }
        () = died.notified() => {
            // The port of the first is free as soon as its tasks have been dropped.
            let running = until(async || run(wire(None)).await.ok()).await;
            story().await;
            let end = end(&admin).await;
            running.stop().await.unwrap();
            end
        }
    };
    (end, first.writes.load(Ordering::SeqCst))
}

#[tokio::test]
async fn wherever_its_process_dies_webhooks_end_asked_and_trusted_as_if_it_had_not() {
    let (expected, writes) = ended(None).await;
    assert!(writes >= 3, "a certificate, and that it is trusted: {writes} writes");
    assert!(expected["webhooks"].as_array().unwrap().len() == 2, "{expected}");
    assert!(!expected.to_string().contains("false"), "{expected}");
    for write in 0..writes {
        for answered in [false, true] {
            let (end, _) = ended(Some((write, answered))).await;
            assert_eq!(end, expected, "write {write}, the server has it: {answered}");
        }
    }
}
