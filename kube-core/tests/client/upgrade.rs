//! An object that was applied on the client's side, and becomes one that is applied on the server's.

use k8s_openapi::api::core::v1::{ConfigMap, Namespace};
use kube_core::object::{ManagedFieldsOperation, ManagedFieldsUpgrade, find_fields_owners};
use kube_core::{Client, Patch};
use serde_json::json;

use crate::embedded::served;
use crate::parts::kubectl;
use crate::real;
use crate::story::namespace;

const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// `a` and `b`, which `kubectl apply` made; then `b` is wanted no more.
async fn upgraded(client: &Client, place: &str) {
    let maps = client.namespace(place).api::<ConfigMap>();
    let one = json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "m" }, "data": { "a": "2" } });
    let apply = || maps.patch("m", Patch::Apply(one.clone())).field_manager("gitops").force(true);
    let before = apply().await.unwrap();
    assert_eq!(before.data.as_ref().unwrap()["b"], "1", "it is still the client-side manager's");
    let annotation =
        json!({ "f:metadata": { "f:annotations": { format!("f:{LAST_APPLIED}"): {} } } });
    let owners = find_fields_owners(&before, ManagedFieldsOperation::Update, &annotation).unwrap();
    let names: Vec<String> = owners.iter().filter_map(|it| it.manager.clone()).collect();
    assert_eq!(names, ["kubectl-client-side-apply"]);
    let upgrade = ManagedFieldsUpgrade::to("gitops").from(names);
    let patch = |live: &ConfigMap| Patch::upgrade_managed_fields(live, &upgrade).unwrap();

    // Somebody was faster: it is refused as a whole, and begun anew.
    maps.patch("m", Patch::Merge(json!({ "data": { "c": "3" } }))).await.unwrap();
    let error = maps.patch("m", patch(&before).unwrap()).await.unwrap_err();
    assert!(error.is_conflict(), "{error:?}");
    let live = maps.get("m").await.unwrap();
    let moved = maps.patch("m", patch(&live).unwrap()).await.unwrap();
    assert_eq!(moved.data, live.data, "nobody's value has changed");
    assert_eq!(patch(&moved), None, "there is nothing left to do");
    let data = apply().await.unwrap().data.unwrap();
    assert_eq!(json!(data), json!({ "a": "2", "c": "3" }));
    client.cluster().delete::<Namespace>(place).await.unwrap();
}

#[tokio::test]
async fn what_client_side_apply_made_goes_away_when_it_is_applied_no_more() {
    let (_server, _listening, client) = served().await;
    let place = namespace(&client).await;
    let map = json!({ "metadata": { "name": "m", "annotations": { LAST_APPLIED: "{}" } }, "data": { "a": "1", "b": "1" } });
    let map: ConfigMap = serde_json::from_value(map).unwrap();
    let create = client.namespace(&place).create(&map).field_manager("kubectl-client-side-apply");
    create.await.unwrap();
    upgraded(&client, &place).await;
}

#[tokio::test]
#[ignore = "needs a real cluster in $REAL_CLUSTER_FOLDER"]
async fn what_kubectl_applied_goes_away_when_it_is_applied_no_more_on_a_genuine_one() {
    let client = real::client("kubeconfig");
    let place = namespace(&client).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("map.yaml");
    let text =
        "{ apiVersion: v1, kind: ConfigMap, metadata: { name: m }, data: { a: '1', b: '1' } }";
    std::fs::write(&file, text).unwrap();
    let said = kubectl(&["apply", "-n", &place, "-f", &file.display().to_string()]);
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    upgraded(&client, &place).await;
}
