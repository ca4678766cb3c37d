//! Operators that keep to some namespaces: what they follow, read, write and are allowed there, and that they ask for nothing elsewhere.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::ConfigMap;
use k8s_openapi::api::core::v1::Namespace;
use k8s_openapi::api::core::v1::Secret;
use k8s_openapi::api::events::v1::Event;
use kube_embedded::Fault;
use kube_runtime::core::DynamicObject;
use kube_runtime::operator::Installation;
use kube_runtime::prelude::*;
use kube_testing::Cluster;
use kube_testing::Grants;
use kube_testing::NAMESPACE;
use serde_json::json;

use crate::log::Log;

/// A room with a colour, of which a ConfigMap tells.
#[derive(Resource, Clone, Debug)]
#[resource(group = "test.example.com", version = "v1", kind = "Chamber", namespaced, status = ChamberStatus)]
struct ChamberSpec {
    colour: String,
}

#[derive(Schema, Clone, Debug, Default)]
struct ChamberStatus {
    told: String,
}

/// A house, which is in no namespace.
#[derive(Resource, Clone, Debug)]
#[resource(group = "test.example.com", version = "v1", kind = "Manor")]
struct ManorSpec {
    rooms: u8,
}

fn metadata(name: &str) -> ObjectMeta {
    ObjectMeta { name: Some(name.to_owned()), ..ObjectMeta::default() }
}

fn map(name: &str, text: &str) -> ConfigMap {
    let data = Some(BTreeMap::from([("text".to_owned(), text.to_owned())]));
    ConfigMap { metadata: metadata(name), data, ..ConfigMap::default() }
}

fn by_colour(chamber: &Chamber) -> [String; 1] {
    [chamber.spec.colour.clone()]
}

/// All chambers, wherever they are: the mapper reads across namespaces.
fn all_chambers(_: &Secret, chambers: &Lister<Chamber>) -> Vec<Key> {
    chambers.list().iter().map(|chamber| Key::of(&**chamber)).collect()
}

#[controller(
    owns(ConfigMap), watches(Secret, by = all_chambers), index(Chamber, by_colour),
    cleanup = close, permissions(Secret: create)
)]
async fn paint(
    chamber: Object<Chamber>,
    cx: Cx<Chamber>,
    chambers: Lister<Chamber>,
    maps: Lister<ConfigMap>,
    owned: Owned<ConfigMap>,
    client: Client,
    log: State<Log>,
) -> Result<Action> {
    let twins = chambers.by(by_colour, &chamber.spec.colour).len();
    cx.apply(map(chamber.name(), &chamber.spec.colour)).await?;
    let told = maps.find(cx.key())?.and_then(|map| map.data.clone()?.remove("text"));
    assert!(owned.get(chamber.name()).is_some(), "an own write is seen at once");
    let beside = chambers.namespace("b").labels("old=yes").list()?.len();
    let told = told.unwrap_or_default();
    cx.status(|status| status.told.clone_from(&told)).await?;
    cx.event(Normal, "Painted", "it is painted");
    log.add(format!("{} of {}, {twins} alike, {beside}", cx.key(), chambers.list().len()));
    let outside =
        client.namespace("c").create(&Secret { metadata: metadata("x"), ..Secret::default() });
    let refused = outside.await.unwrap_err();
    let told = "controller `paint` keeps to namespace `a`, `b`, and this is about `c`: add that to `.namespaces(..)`";
    assert!(refused.chain().contains(told), "{}", refused.chain());
    Ok(Action::done())
}

async fn close(chamber: Object<Chamber>, log: State<Log>) -> Result<Action> {
    log.add(format!("closed {}", chamber.name()));
    Ok(Action::done())
}

async fn build(cluster: &Cluster, namespace: &str, name: &str, colour: &str) {
    let chamber = Chamber::new(name, ChamberSpec { colour: colour.to_owned() });
    cluster.client().namespace(namespace).create(&chamber).await.unwrap();
}

async fn make(cluster: &Cluster, namespaces: &[&str]) {
    for name in namespaces {
        let namespace = Namespace { metadata: metadata(name), ..Namespace::default() };
        cluster.client().cluster().create(&namespace).await.unwrap();
    }
}

/// Requests that were refused for want of a permission, and those of an operator's account that went elsewhere.
fn strays(cluster: &Cluster, account: &str) -> Vec<String> {
    let journal = cluster.journal();
    let ours = |user: &str| user == format!("system:serviceaccount:default:{account}");
    let strays = journal.iter().filter(|entry| {
        let elsewhere =
            !["/namespaces/a/", "/namespaces/b/"].iter().any(|at| entry.path.contains(at));
        entry.status == 403 || (ours(&entry.user) && elsewhere)
    });
    strays.map(|entry| format!("{} {} {}", entry.status, entry.verb, entry.path)).collect()
}

#[kube_testing::test]
async fn an_operator_keeps_to_its_namespaces_and_asks_for_nothing_elsewhere(cluster: Cluster) {
    make(&cluster, &["a", "b", "c"]).await;
    let log = Log::default();
    let operator = Operator::new("painter").state(log.clone()).controller(paint);
    let operator = operator.namespaces(["b", "a"]);
    let trigger = operator.trigger::<Chamber>();
    assert!(operator.explain().contains("namespaces       a, b, and nothing elsewhere\n"));
    operator.install_crds(cluster.client()).await.unwrap();
    for (namespace, name, colour) in
        [("a", "hall", "red"), ("b", "attic", "red"), ("c", "cellar", "red")]
    {
        build(&cluster, namespace, name, colour).await;
    }
    cluster.run(operator).await;
    cluster.settled().await;
    assert_eq!(log.take(), ["a/hall of 2, 2 alike, 0", "b/attic of 2, 2 alike, 0"]);

    // What happens to owned objects, to watched ones and to its own, in each of them.
    for (namespace, name) in [("a", "hall"), ("b", "attic")] {
        let objects = cluster.client().namespace(namespace);
        objects.delete::<ConfigMap>(name).await.unwrap();
        cluster.settled().await;
        let told = format!("{namespace}/{name} of 2, 2 alike, 0");
        assert_eq!(log.take(), [told]);
        assert!(objects.get::<ConfigMap>(name).await.is_ok());
    }
    let secret = Secret { metadata: metadata("key"), ..Secret::default() };
    cluster.client().namespace("b").create(&secret).await.unwrap();
    cluster.settled().await;
    assert_eq!(log.take(), ["a/hall of 2, 2 alike, 0", "b/attic of 2, 2 alike, 0"]);
    let labels = kube_runtime::core::Patch::Merge(json!({
        "metadata": { "labels": { "old": "yes" } }, "spec": { "colour": "blue" },
    }));
    cluster.client().namespace("b").api::<Chamber>().patch("attic", labels).await.unwrap();
    cluster.settled().await;
    assert_eq!(log.take(), ["b/attic of 2, 1 alike, 1"]);
    assert_eq!(trigger.reconcile(&Key::namespaced("a", "hall")), Triggered::Enqueued);
    assert_eq!(trigger.reconcile(&Key::namespaced("c", "cellar")), Triggered::NoSuchObject);
    cluster.client().namespace("a").delete::<Chamber>("hall").await.unwrap();
    cluster.settled().await;
    assert_eq!(log.take().last().map(String::as_str), Some("closed hall"));
    let cellar = cluster.client().namespace("c").get::<Chamber>("cellar").await.unwrap();
    assert!(cellar.finalizers().is_empty() && cellar.status.is_none());

    let strays = strays(&cluster, "painter");
    assert_eq!(strays, ["200 get /apis/test.example.com/v1"], "what is served is asked for once");
}

#[kube_testing::test]
async fn a_kind_of_the_cluster_is_followed_as_ever_and_tells_its_events(cluster: Cluster) {
    #[controller(owns(ConfigMap))]
    async fn furnish(manor: Object<Manor>, cx: Cx<Manor>, log: State<Log>) -> Result<Action> {
        let mut map = map(manor.name(), "furnished");
        map.metadata.namespace = Some("a".to_owned());
        cx.apply(map).await?;
        cx.event(Normal, "Furnished", "there is a bed");
        log.add(manor.name().to_owned());
        Ok(Action::done())
    }
    let log = Log::default();
    let operator = Operator::new("painter").state(log.clone()).controller(furnish);
    cluster.run(operator.namespaces(["a"])).await;
    cluster.create(&Manor::new("hill", ManorSpec { rooms: 7 })).await;
    cluster.settled().await;
    assert_eq!(log.take(), ["hill"]);
    cluster.client().namespace("a").delete::<ConfigMap>("hill").await.unwrap();
    cluster.settled().await;
    assert_eq!(log.take(), ["hill"], "what it owns in that namespace leads to it");
    let [event] = &cluster.list::<Event>().await[..] else { panic!("one event") };
    assert_eq!(event.reason.as_deref(), Some("Furnished"));
    assert!(cluster.journal().iter().all(|entry| entry.status != 403));
}

#[kube_testing::test]
async fn an_account_that_may_not_ask_what_is_served_starts_all_the_same(cluster: Cluster) {
    #[controller]
    async fn look(chamber: Object<Chamber>, log: State<Log>) -> Result<Action> {
        log.add(chamber.name().to_owned());
        Ok(Action::done())
    }
    let account = "system:serviceaccount:default:looker";
    cluster.faults().inject(Fault::refuse(403).on("get", "*").by(account));
    let log = Log::default();
    let operator = Operator::new("looker").state(log.clone()).controller(look);
    cluster.run(operator.namespaces(["a"])).await;
    build(&cluster, "a", "hall", "red").await;
    cluster.settled().await;
    assert_eq!(log.take(), ["hall"]);
    assert_eq!(cluster.faults().hits().len(), 1, "it was refused");
}

#[kube_testing::test]
async fn one_controller_keeps_to_its_namespaces_and_another_follows_all(cluster: Cluster) {
    #[controller(namespaces = ["a", "b"], owns(ConfigMap))]
    async fn seal(chamber: Object<Chamber>, cx: Cx<Chamber>, log: State<Log>) -> Result<Action> {
        cx.apply(map(&format!("{}-seal", chamber.name()), "sealed")).await?;
        let beside = cx.client().namespace("c").get::<ConfigMap>("hall-seal").await.unwrap_err();
        let all = cx.client().all::<ConfigMap>().list().await.unwrap_err();
        for (refused, place) in [(beside, "`c`"), (all, "all namespaces")] {
            let told = format!(
                "keeps to namespace `a`, `b`, and this is about {place}: add that to `namespaces = [..]` of its attribute"
            );
            assert!(refused.chain().contains(&told), "{}", refused.chain());
        }
        log.add(format!("sealed {}", cx.key()));
        Ok(Action::done())
    }
    #[controller]
    async fn count(secret: Object<Secret>, log: State<Log>) -> Result<Action> {
        log.add(format!("counted {}", secret.name()));
        Ok(Action::done())
    }
    make(&cluster, &["c"]).await;
    let log = Log::default();
    let operator = || Operator::new("sealer").controller(seal).controller(count);
    let grants = Grants::of(&operator(), NAMESPACE);
    let operator = operator().state(log.clone());
    assert!(operator.explain().contains("namespaces  a, b, and nothing elsewhere\n"));
    cluster.run(operator).await;
    for namespace in ["a", "b", "c"] {
        build(&cluster, namespace, "hall", "red").await;
    }
    let secret = Secret { metadata: metadata("key"), ..Secret::default() };
    cluster.client().namespace("c").create(&secret).await.unwrap();
    cluster.settled().await;
    let mut told = log.take();
    told.sort();
    told.dedup();
    assert_eq!(told, ["counted key", "sealed a/hall", "sealed b/hall"]);
    grants.used_by(&cluster.journal()).exact().unwrap();
    let mut elsewhere = strays(&cluster, "sealer");
    elsewhere.retain(|line| line.contains("/chambers") || line.contains("/configmaps"));
    assert!(elsewhere.is_empty(), "{elsewhere:?}");
}

#[kube_testing::test]
async fn a_kind_that_is_known_at_run_time_is_followed_in_the_namespaces_and_nowhere_else(
    cluster: Cluster,
) {
    async fn look(chamber: Object<Chamber>, log: State<Log>) -> Result<Action> {
        log.add(chamber.name().to_owned());
        Ok(Action::done())
    }
    fn named(secret: &DynamicObject, _: &Lister<Chamber>) -> Option<Key> {
        Some(Key::namespaced(secret.namespace()?, secret.name()))
    }
    make(&cluster, &["a", "b", "c"]).await;
    let log = Log::default();
    let looker = Controller::<Chamber>::of("looker", look).wired(|wiring| {
        wiring.watches_dynamic(Secret::RESOURCE, named);
    });
    let operator = Operator::new("looker").state(log.clone()).controller(looker);
    cluster.run(operator.namespaces(["a", "b"])).await;
    for namespace in ["a", "b", "c"] {
        build(&cluster, namespace, &format!("hall-{namespace}"), "red").await;
    }
    cluster.settled().await;
    log.take();
    for namespace in ["a", "b", "c"] {
        let name = format!("hall-{namespace}");
        let secret = Secret { metadata: metadata(&name), ..Secret::default() };
        cluster.client().namespace(namespace).create(&secret).await.unwrap();
    }
    cluster.settled().await;
    let mut told = log.take();
    told.sort();
    assert_eq!(told, ["hall-a", "hall-b"]);
    let strays = strays(&cluster, "looker");
    assert_eq!(strays, ["200 get /apis/test.example.com/v1"], "what is served is asked for once");
}

#[kube_testing::test]
async fn a_webhook_reads_in_the_namespaces_of_its_operator_and_nowhere_else(cluster: Cluster) {
    #[webhook(validate, permissions(Secret: get))]
    async fn known(
        change: Change<Chamber>,
        maps: Lister<ConfigMap>,
        client: Client,
        log: State<Log>,
    ) -> Verdict {
        let refused = client.namespace("c").get::<Secret>("key").await.unwrap_err().chain();
        assert!(
            refused.contains("keeps to namespace `a`, `b`, and this is about `c`"),
            "{refused}"
        );
        let missing = client.namespace("a").get::<Secret>("key").await.unwrap_err();
        assert!(missing.is_not_found(), "{}", missing.chain());
        let plans = maps.list().iter().filter(|map| map.name() == "plan").count();
        log.add(format!("{} beside {plans} plans", change.name()));
        Verdict::allow()
    }
    make(&cluster, &["a", "b", "c"]).await;
    let log = Log::default();
    let operator = Operator::new("warden").state(log.clone()).webhook(known);
    cluster.run(operator.namespaces(["a", "b"])).await;
    for namespace in ["a", "b", "c"] {
        cluster.client().namespace(namespace).create(&map("plan", "x")).await.unwrap();
    }
    cluster.settled().await;
    build(&cluster, "c", "hall", "red").await;
    assert_eq!(log.take(), ["hall beside 2 plans"]);
    let strays = strays(&cluster, "warden");
    assert_eq!(strays, ["200 get /apis/test.example.com/v1"], "what is served is asked for once");
}

#[test]
fn the_roles_are_in_the_namespaces_and_only_kinds_of_the_cluster_need_one_of_the_cluster() {
    #[controller(owns(ConfigMap))]
    async fn furnish(_: Object<Manor>) -> Result<Action> {
        Ok(Action::done())
    }
    let painter = || Operator::new("painter").controller(paint);
    let places = |operator: Operator| -> Vec<String> {
        let rbac = operator.namespaces(["a", "b"]).rbac("prod");
        let objects = rbac.objects().unwrap().into_iter();
        let place = |object: serde_json::Value| {
            let at = object["metadata"]["namespace"].as_str().unwrap_or("-").to_owned();
            let rules = object["rules"].as_array().into_iter().flatten();
            let resources: Vec<String> = rules
                .flat_map(|rule| rule["resources"].as_array().unwrap().clone())
                .map(|resource| resource.as_str().unwrap().to_owned())
                .collect();
            format!("{} {at} {}", object["kind"].as_str().unwrap(), resources.join(","))
        };
        objects.map(place).collect()
    };
    let role = "secrets,configmaps,events,chambers,chambers/finalizers,chambers/status";
    let of_both = "configmaps,events";
    let named = places(painter());
    let sorted = |text: &str| {
        let mut parts: Vec<String> = text.split(',').map(str::to_owned).collect();
        parts.sort();
        parts
    };
    assert_eq!(named.len(), 5, "{named:?}");
    assert_eq!(named[0], "ServiceAccount prod ");
    for (at, place) in [(1, "a"), (3, "b")] {
        let resources = named[at].strip_prefix(&format!("Role {place} ")).unwrap();
        assert_eq!(sorted(resources), sorted(role));
        assert_eq!(named[at + 1], format!("RoleBinding {place} "));
    }
    let named = places(Operator::new("painter").controller(furnish));
    let expected = [
        "ServiceAccount prod ",
        "ClusterRole - manors,manors/finalizers",
        "ClusterRoleBinding - ",
        &format!("Role a {of_both}"),
        "RoleBinding a ",
        &format!("Role b {of_both}"),
        "RoleBinding b ",
        "Role default events",
        "RoleBinding default ",
    ];
    let told: Vec<String> = named.clone();
    assert_eq!(told.len(), expected.len(), "{told:?}");
    for (said, expected) in told.iter().zip(expected) {
        let (head, resources) = said.rsplit_once(' ').unwrap();
        let (expected_head, expected) = expected.rsplit_once(' ').unwrap();
        assert_eq!((head, sorted(resources)), (expected_head, sorted(expected)));
    }
    let manifests =
        painter().namespaces(["b", "a", "b"]).manifests(&Installation::new("painter:1")).unwrap();
    assert!(manifests.yaml().unwrap().contains("- --namespaces=a,b\n"));
}

#[kube_testing::test]
async fn namespaces_that_cannot_be_are_an_error_before_any_request(cluster: Cluster) {
    let none: [&str; 0] = [];
    for (names, expected) in [
        (none.to_vec(), "keeps to no namespace at all"),
        (vec!["a", "B_"], "`B_` cannot be a namespace"),
    ] {
        let operator = Operator::new("painter").state(Log::default()).controller(paint);
        let operator = operator.namespaces(names);
        assert!(operator.manifests(&Installation::new("painter:1")).is_err());
        let error = operator.start(cluster.client().clone(), Shutdown::new()).await.unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    }
    assert!(cluster.journal().is_empty());
}
