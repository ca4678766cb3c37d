//! Roles are what is used, and what was not declared is refused before a request leaves: of an example, of a genuine cluster, of each handle.

#[path = "../../examples/flags/main.rs"]
#[expect(dead_code, unreachable_pub, reason = "its own `main` is the entry of the example `flags`")]
mod greeter;

use std::time::Duration;

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::ConfigMap;
use k8s_openapi::api::core::v1::Secret;
use k8s_openapi::api::core::v1::ServiceAccount;
use kube_core::Patch;
use kube_core::api::Event;
use kube_runtime::operator::Installation;
use kube_runtime::prelude::*;
use kube_testing::Cluster;
use kube_testing::Grants;
use kube_testing::NAMESPACE;
use serde_json::json;

use crate::log::Log;
use crate::manifests;
use crate::real::RealCluster;
use crate::website::operator::Website;
use crate::website::operator::WebsiteSpec;

fn named<K: Resource + Default>(name: &str) -> K {
    let mut object = K::default();
    object.metadata_mut().name = Some(name.to_owned());
    object
}

#[kube_testing::test]
async fn the_role_of_the_example_with_flags_is_what_it_uses(cluster: Cluster) {
    let operator = greeter::operator();
    let grants = Grants::of(&operator, NAMESPACE);
    let flags = greeter::Flags { word: "Hello".to_owned(), again: 60 };
    cluster.run(operator.with_args(flags)).await;
    let spec = greeter::GuestSpec { name: "Ada".to_owned() };
    cluster.create(&greeter::Guest::new("ada", spec)).await;
    cluster.advance("2m").await;
    let map = cluster.get::<ConfigMap>("ada").await;
    assert_eq!(map.data.unwrap()["greeting"], "Hello Ada");
    grants.used_by(&cluster.journal()).exact().unwrap();
}

#[kube_testing::test]
async fn the_role_of_the_example_website_is_what_it_uses(cluster: Cluster) {
    let operator = crate::website::operator::operator();
    let grants = Grants::of(&operator, NAMESPACE);
    cluster.run(operator).await;
    let spec = WebsiteSpec { image: "nginx".to_owned(), replicas: 1 };
    cluster.create(&Website::new("shop", spec)).await;
    cluster.advance("1m").await;
    cluster.delete::<Website>("shop").await;
    cluster.advance("1m").await;
    grants.used_by(&cluster.journal()).exact().unwrap();
}

#[kube_testing::test]
async fn a_role_that_is_too_large_or_too_small_is_told(cluster: Cluster) {
    #[controller(permissions(Secret: create))]
    async fn look(_: Object<ConfigMap>) -> Result<Action> {
        Ok(Action::done())
    }
    let grants = Grants::of(&Operator::new("look").controller(look), NAMESPACE);
    cluster.run(look).await;
    cluster.settled().await;
    let access = grants.used_by(&cluster.journal());
    assert_eq!((access.unused(), access.refused()), (vec!["secrets: create"], vec![]));
    assert!(access.exact().unwrap_err().to_string().contains("secrets: create"));
    let token = cluster.server().service_account_token(NAMESPACE, "look").unwrap();
    let client =
        Client::over(std::sync::Arc::new(kube_testing::InProcess::new(cluster.server(), token)));
    client.namespace(NAMESPACE).get::<Secret>("a").await.unwrap_err();
    let access = grants.used_by(&cluster.journal());
    assert_eq!(access.refused(), ["secrets: get in default of `a`"]);
}

/// Tries everything that it did not declare; what it is told goes to the log.
#[controller]
async fn meddle(
    deployment: Object<Deployment>,
    cx: Cx<Deployment>,
    maps: Lister<ConfigMap>,
    log: State<Log>,
) -> Result<Action> {
    let _ = (deployment, maps);
    let client = cx.client().namespace(NAMESPACE);
    let secret = || named::<Secret>("a");
    let patch = || Patch::Merge(json!({ "data": {} }));
    let mut set = cx.apply_set();
    let tried = [
        ("cx.apply", cx.apply(secret()).await.err()),
        ("cx.apply of what is read", cx.apply(named::<ConfigMap>("a")).await.err()),
        ("set.apply", set.apply(secret()).await.err()),
        ("cx.delete", cx.delete::<Secret>("a").await.err()),
        ("cx.gone", cx.gone::<ConfigMap>("a").await.err()),
        ("cx.gone of what is not cached", cx.gone::<Secret>("a").await.err()),
        ("cx.status", cx.status(|status| status.replicas = Some(7)).await.err()),
        ("get", client.get::<Secret>("a").await.err()),
        ("list", client.list::<Secret>().await.err()),
        ("watch", client.watch::<Secret>().await.err()),
        ("create", client.create(&secret()).await.err()),
        ("patch of what is read", client.patch::<ConfigMap>("a", patch()).await.err()),
        ("delete", client.delete::<Secret>("a").await.err()),
        ("delete_collection", client.api::<Secret>().delete_collection().await.err()),
    ];
    for (handle, error) in tried {
        let error = error.map_or("nothing".to_owned(), |error| error.chain());
        let remedy = error.split("add ").nth(1).unwrap_or(&error).to_owned();
        log.add(format!("{handle}: {remedy}"));
    }
    Ok(Action::done())
}

#[kube_testing::test]
async fn what_was_not_declared_is_refused_by_every_handle_with_the_line_to_add(cluster: Cluster) {
    let log = Log::default();
    cluster.run(Operator::new("meddler").state(log.clone()).controller(meddle)).await;
    let spec = json!({ "metadata": { "name": "web" }, "spec": {
        "selector": { "matchLabels": { "app": "web" } },
        "template": { "metadata": { "labels": { "app": "web" } },
            "spec": { "containers": [{ "name": "web", "image": "nginx" }] } },
    } });
    cluster.create(&serde_json::from_value::<Deployment>(spec).unwrap()).await;
    cluster.settled().await;
    let line = |handle: &str, remedy: &str| format!("{handle}: `{remedy}` to its attribute");
    let mut expected = vec![
        line("cx.apply", "owns(Secret)"),
        line("cx.apply of what is read", "owns(ConfigMap)"),
        line("set.apply", "permissions(Secret: delete)"),
        line("cx.delete", "permissions(Secret: delete)"),
        line("cx.gone", "permissions(ConfigMap: delete)"),
        "cx.gone of what is not cached: `owns(..)` to the controller".to_owned(),
        line("cx.status", "permissions(Deployment/status: patch)"),
        line("get", "permissions(Secret: get)"),
        line("list", "permissions(Secret: list)"),
        line("watch", "permissions(Secret: watch)"),
        line("create", "permissions(Secret: create)"),
        line("patch of what is read", "permissions(ConfigMap: patch)"),
        line("delete", "permissions(Secret: delete)"),
        line("delete_collection", "permissions(Secret: deletecollection)"),
    ];
    expected.sort_unstable();
    assert_eq!(log.take(), expected);
    let asked = cluster.journal().into_iter().filter(|entry| entry.user.ends_with(":meddler"));
    let about = |path: &str| path.contains("/secrets") || path.contains("/status");
    let asked: Vec<_> = asked.filter(|entry| about(&entry.path)).collect();
    assert!(asked.is_empty(), "no request leaves: {asked:?}");
}

/// Follows the Website until it is as it should be.
async fn until(client: &Client, is: impl Fn(&Event<Website>) -> bool) {
    let mut watch = client.namespace(NAMESPACE).watch::<Website>().await.unwrap();
    let comes = async { while !is(&watch.next().await.unwrap().unwrap()) {} };
    tokio::time::timeout(Duration::from_secs(60), comes).await.unwrap();
}

#[tokio::test]
async fn what_kubectl_installed_runs_with_its_own_token_only_and_every_request_is_allowed() {
    let Some(cluster) = RealCluster::audited() else { return };
    let admin = cluster.client();
    let operator = crate::website::operator::operator();
    let installation = Installation::new("registry.example.com/website:1.0");
    let manifests = operator.manifests(&installation).unwrap();
    if manifests::has_kubectl() {
        manifests::kubectl(&cluster, &[], &manifests.yaml().unwrap());
    } else {
        manifests::apply(&admin, &manifests).await;
    }
    let grants = Grants::of(&operator, "website-system");
    let accounts = admin.namespace("website-system").api::<ServiceAccount>();
    let token = accounts.create_token("website").await.unwrap();
    let config = cluster.config().token(token.expose()).default_namespace("website-system");
    let running = operator.start(Client::new(config).unwrap(), Shutdown::new()).await.unwrap();
    let spec = WebsiteSpec { image: "nginx".to_owned(), replicas: 1 };
    admin.namespace(NAMESPACE).create(&Website::new("shop", spec)).await.unwrap();
    let ready = |site: &Website| site.status.as_ref().is_some_and(|status| status.ready == 1);
    until(
        &admin,
        |event| matches!(event, Event::Added(site) | Event::Modified(site) if ready(site)),
    )
    .await;
    admin.namespace(NAMESPACE).delete::<Website>("shop").await.unwrap();
    let gone = async {
        let api = admin.namespace(NAMESPACE).api::<Website>();
        while api.get("shop").optional().await.unwrap().is_some() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), gone).await.unwrap();
    running.stop().await.unwrap();
    let log = std::fs::read_to_string(cluster.audit_log()).unwrap();
    let access = grants.used_by_audited(&log);
    assert_eq!(access.refused(), [""; 0]);
    access.exact().unwrap();
}
