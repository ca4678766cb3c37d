//! `existing = "v1/ConfigMap"`: a struct that names a part of a kind is that kind wherever a kind may stand, and loses nothing of the rest.
#![allow(clippy::unwrap_used, reason = "a test says what is wrong by failing there")]

use std::collections::BTreeMap;

use k8s_openapi::api;
use kube_core::Client;
use kube_core::DynamicObject;
use kube_core::Extract as _;
use kube_core::ObjectMeta;
use kube_core::Patch;
use kube_core::Resource;
use kube_core::ResourceExt as _;
use kube_testing::Cluster;
use serde_json::Value;
use serde_json::json;

use crate::real::RealCluster;

/// What we keep in a ConfigMap.
#[derive(kube_core::Resource, Clone, Debug)]
#[resource(existing = "v1/ConfigMap")]
struct Settings {
    metadata: ObjectMeta,
    #[serde(default)]
    data: BTreeMap<String, String>,
}

#[derive(kube_core::Resource, Clone, Debug)]
#[resource(existing = "apps/v1/Deployment", status = Observed)]
struct Scaled {
    metadata: ObjectMeta,
    spec: Scale,
    status: Option<Observed>,
}

#[derive(kube_core::Schema, Clone, Debug)]
struct Scale {
    #[resource(default = 1)]
    replicas: i32,
    paused: Option<bool>,
}

#[derive(kube_core::Schema, Clone, Debug, Default)]
struct Observed {
    ready_replicas: Option<i32>,
}

macro_rules! bare {
    ($($name:ident = $existing:literal is $kind:ty;)*) => {
        $(
            #[derive(kube_core::Resource, Clone, Debug)]
            #[resource(existing = $existing)]
            struct $name {
                metadata: ObjectMeta,
            }
        )*
        #[test]
        fn kubernetes_own_kinds_are_where_they_are() {
            $(assert_eq!($name::RESOURCE, <$kind>::RESOURCE);)*
        }
    };
}

bare! {
    ThisNode = "v1/Node" is api::core::v1::Node;
    TheseEndpoints = "v1/Endpoints" is api::core::v1::Endpoints;
    ThisIngress = "networking.k8s.io/v1/Ingress" is api::networking::v1::Ingress;
    ThisPolicy = "networking.k8s.io/v1/NetworkPolicy" is api::networking::v1::NetworkPolicy;
    ThisRole = "rbac.authorization.k8s.io/v1/ClusterRole" is api::rbac::v1::ClusterRole;
    ThisClass = "storage.k8s.io/v1/StorageClass" is api::storage::v1::StorageClass;
    ThisJob = "batch/v1/CronJob" is api::batch::v1::CronJob;
}

#[derive(kube_core::Resource, Clone, Debug)]
#[resource(existing = "cert-manager.io/v1/Certificate", namespaced)]
struct ThisCertificate {
    metadata: ObjectMeta,
}

#[test]
fn a_foreign_kind_says_its_scope_and_teaches_a_cluster_nothing() {
    assert_eq!(ThisCertificate::RESOURCE.to_string(), "certificates.cert-manager.io");
    assert!(ThisCertificate::RESOURCE.is_namespaced());
    assert!(ThisCertificate::custom_definition().is_none());
}

#[test]
fn a_view_is_of_its_kind_and_no_other() {
    let map =
        json!({ "apiVersion": "v1", "kind": "ConfigMap", "data": { "a": "1" }, "immutable": true });
    let settings: Settings = serde_json::from_value(map).unwrap();
    assert_eq!(settings.data["a"], "1");
    let written = serde_json::to_string(&settings).unwrap();
    assert!(
        written.starts_with(r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{}"#),
        "{written}"
    );
    assert!(serde_json::from_value::<Settings>(json!({ "metadata": { "name": "a" } })).is_ok());
    let secret = json!({ "apiVersion": "v1", "kind": "Secret", "metadata": { "name": "a" } });
    let error = serde_json::from_value::<Settings>(secret).unwrap_err().to_string();
    assert_eq!(error, "expected a v1 ConfigMap, found one of kind Secret");
}

fn managed(object: &DynamicObject, manager: &str) -> Value {
    let entries = object.metadata.managed_fields.as_deref().unwrap_or_default();
    let of_manager = entries.iter().find(|entry| entry.manager.as_deref() == Some(manager));
    serde_json::to_value(&of_manager.unwrap().fields_v1).unwrap()
}

/// What a view does not name is still there after each of its writes.
async fn loses_nothing(client: Client) {
    let here = client.namespace("default");
    let raw = client.api::<DynamicObject>(Settings::RESOURCE, Some("default"));
    let map = json!({
        "metadata": { "name": "settings", "annotations": { "kept": "yes" } },
        "data": { "color": "red" }, "binaryData": { "logo": "AAEC" },
    });
    raw.create(&serde_json::from_value(map).unwrap()).await.unwrap();

    let settings: Settings = here.get("settings").await.unwrap();
    assert_eq!(settings.data["color"], "red");
    let wanted = Settings::named("settings").data(BTreeMap::from([("size".into(), "xl".into())]));
    let live = here.apply(&wanted).field_manager("view").await.unwrap();
    assert_eq!(live.data.len(), 2);
    let ours = SettingsApply::extract(&live, "view").unwrap();
    let ours = serde_json::to_value(ours).unwrap();
    assert_eq!((&ours["data"], &ours["kind"]), (&json!({ "size": "xl" }), &json!("ConfigMap")));
    here.patch::<Settings>("settings", Patch::Merge(json!({ "data": { "color": "blue" } })))
        .await
        .unwrap();
    let object = raw.get("settings").await.unwrap();
    assert_eq!(object.data["binaryData"]["logo"], "AAEC");
    assert_eq!(object.data["data"], json!({ "color": "blue", "size": "xl" }));
    assert_eq!(object.annotations()["kept"], "yes");
    assert_eq!(managed(&object, "view"), json!({ "f:data": { "f:size": {} } }));

    let other = Settings {
        metadata: ObjectMeta { name: Some("other".into()), ..ObjectMeta::default() },
        data: BTreeMap::new(),
    };
    here.create(&other).await.unwrap();
    let list = here.list::<Settings>().await.unwrap();
    assert!(list.items.iter().any(|item| item.name() == "other"), "{list:?}");
    here.delete::<Settings>("other").await.unwrap();
}

#[kube_testing::test]
async fn a_view_of_a_config_map_loses_nothing_on_the_embedded_server(cluster: Cluster) {
    loses_nothing(cluster.client().clone()).await;
}

#[tokio::test]
async fn a_view_of_a_config_map_loses_nothing_on_a_real_server() {
    if let Some(cluster) = RealCluster::start() {
        loses_nothing(cluster.client()).await;
    }
}

#[kube_testing::test]
async fn a_view_of_a_deployment_has_its_status_and_leaves_its_containers(cluster: Cluster) {
    let raw = cluster.client().api::<DynamicObject>(Scaled::RESOURCE, Some("default"));
    let deployment = json!({
        "metadata": { "name": "web" },
        "spec": {
            "selector": { "matchLabels": { "app": "web" } },
            "template": {
                "metadata": { "labels": { "app": "web" } },
                "spec": { "containers": [{ "name": "web", "image": "nginx" }] },
            },
        },
    });
    raw.create(&serde_json::from_value(deployment).unwrap()).await.unwrap();
    let here = cluster.client().namespace("default");
    let scale = Scale { replicas: 3, paused: Some(true) };
    here.apply(&Scaled::named("web").spec(scale))
        .field_manager("scaler")
        .force(true)
        .await
        .unwrap();
    let ready = Patch::Merge(json!({ "status": { "readyReplicas": 3 } }));
    here.api::<Scaled>().status().patch("web", ready).await.unwrap();
    let scaled: Scaled = here.get("web").await.unwrap();
    assert_eq!((scaled.spec.replicas, scaled.spec.paused), (3, Some(true)));
    assert_eq!(scaled.status.unwrap().ready_replicas, Some(3));
    let object = raw.get("web").await.unwrap();
    assert_eq!(object.data["spec"]["template"]["spec"]["containers"][0]["image"], "nginx");
}

/// What an operator sees of ConfigMaps, Deployments and Nodes; the last two it does not write.
mod operator {
    use std::collections::BTreeMap;

    use k8s_openapi::api::core::v1::ConfigMap;
    use kube_runtime::prelude::*;

    #[derive(Resource, Clone, Debug)]
    #[resource(existing = "v1/ConfigMap")]
    pub(super) struct Page {
        pub(super) metadata: ObjectMeta,
        pub(super) data: Option<BTreeMap<String, String>>,
    }

    #[derive(Resource, Clone, Debug)]
    #[resource(existing = "v1/Secret", only_verbs(get, list, watch))]
    pub(super) struct Key {
        pub(super) metadata: ObjectMeta,
    }

    #[derive(Resource, Clone, Debug)]
    #[resource(existing = "v1/Service", read_only)]
    pub(super) struct Front {
        pub(super) metadata: ObjectMeta,
        pub(super) spec: FrontSpec,
    }

    #[derive(Schema, Clone, Debug)]
    pub(super) struct FrontSpec {
        pub(super) selector: Option<BTreeMap<String, String>>,
    }

    fn fronts_of(key: &Key, fronts: &Lister<Front>) -> Vec<kube_runtime::flow::Key> {
        let fronts = fronts.namespace(key.namespace().unwrap_or_default()).list();
        fronts.iter().map(|front| kube_runtime::flow::Key::of(&**front)).collect()
    }

    /// Keeps a page for each Service, with the number of Secrets on it.
    #[controller(owns(Page), watches(Key, by = fronts_of))]
    pub(super) async fn pages(
        front: Object<Front>,
        cx: Cx<Front>,
        keys: Lister<Key>,
        whole: Lister<ConfigMap>,
    ) -> Result<Action> {
        let selector = front.spec.selector.clone().unwrap_or_default();
        let known = whole.list().len();
        assert!(known < 1000);
        let lines = [("selects", format!("{selector:?}")), ("keys", keys.list().len().to_string())];
        let data = lines.map(|(name, line)| (name.to_owned(), line));
        cx.apply(Page::named(front.name()).data(data.into())).await?;
        Ok(Action::done())
    }
}

#[kube_testing::test]
async fn an_operator_follows_owns_watches_and_applies_views(cluster: Cluster) {
    use k8s_openapi::api::core::v1::{ConfigMap, Secret, Service};
    use kube_runtime::prelude::Operator;

    let operator = Operator::new("pages").controller(operator::pages);
    assert_eq!(operator.crds(), []);
    let role = operator.rbac("default").cluster.unwrap().role;
    let verbs = |resource: &str| {
        let rules = role.rules.iter().flatten();
        let mut of = rules.filter(|rule| rule.resources.iter().flatten().any(|it| it == resource));
        of.next().map(|rule| rule.verbs.join(" "))
    };
    assert_eq!(verbs("configmaps").unwrap(), "get list watch create patch");
    assert_eq!(verbs("secrets").unwrap(), "get list watch");
    assert_eq!(verbs("services").unwrap(), "get list watch");
    assert_eq!(verbs("services/status"), None);

    cluster.run(operator).await;
    let named = |name: &str| ObjectMeta { name: Some(name.to_owned()), ..ObjectMeta::default() };
    let mut service = Service { metadata: named("web"), ..Service::default() };
    let port = api::core::v1::ServicePort { port: 80, ..Default::default() };
    service.spec.get_or_insert_default().ports = Some(vec![port]);
    cluster.create(&service).await;
    cluster.settled().await;
    let page: operator::Page = cluster.get("web").await;
    assert_eq!(page.data.unwrap()["keys"], "0");

    cluster.create(&Secret { metadata: named("key"), ..Secret::default() }).await;
    cluster.settled().await;
    let map: ConfigMap = cluster.get("web").await;
    assert_eq!(map.data.unwrap()["keys"], "1");

    let change = json!({ "data": { "keys": "many" }, "binaryData": { "logo": "AAEC" } });
    cluster.patch::<ConfigMap>("web", change).await;
    cluster.settled().await;
    let map: ConfigMap = cluster.get("web").await;
    assert_eq!(map.data.unwrap()["keys"], "1", "it is followed as what is owned");
    assert!(map.binary_data.is_some(), "and what the view does not name is left alone");
}
