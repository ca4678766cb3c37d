//! `kube apply` and `kube delete` of files, beside kubectl.

use super::*;

// kubectl is waited for while the embedded server answers it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_are_applied_and_deleted_in_kubectls_words() {
    let Some(cluster) = RealCluster::start() else { return };
    let place = Place::genuine(&cluster);
    {
        let things = place.file("things.yaml", THINGS);
        let unknown = "{ apiVersion: example.com/v1, kind: Gizmo, metadata: { name: a } }";
        let unknown = place.file("unknown.yaml", unknown);
        let wrong = "{ apiVersion: v1, kind: ConfigMap, metadata: { name: A_B } }";
        let wrong = place.file("wrong.json", wrong);
        let status = |kind: &str| {
            let part = format!(
                "{{ apiVersion: {kind}, metadata: {{ name: web }}, status: {{ observedGeneration: 7 }} }}"
            );
            place.file(&format!("{}.yaml", kind.len()), &part)
        };
        let (status, none) = (status("apps/v1, kind: Deployment"), status("v1, kind: ConfigMap"));
        for line in [
            format!("apply --server-side -f {things}"),
            format!("apply --server-side -f {status} --subresource status --force-conflicts"),
            format!("apply --server-side -f {status} --subresource=status -o name"),
            format!("apply --server-side -f {status} --subresource bad"),
            format!("apply --server-side -f {status} --subresource scale"),
            format!("apply --server-side -f {none} --subresource status"),
            format!("apply --server-side -f {things} --dry-run=server"),
            format!("apply --server-side -f {things} -o name"),
            format!("apply --server-side -f {unknown}"),
            format!("apply --server-side -f {wrong}"),
            format!("apply --server-side -n nowhere -f {things}"),
            "apply --server-side -f /no/such/file".to_owned(),
            "apply --server-side".to_owned(),
            "delete cm a --dry-run=server".to_owned(),
            "delete cm,secret nothing".to_owned(),
            "delete cm -l app=nothing".to_owned(),
            "delete cm nothing --ignore-not-found".to_owned(),
            "delete cm".to_owned(),
            "delete".to_owned(),
            format!("delete -f {unknown}"),
            format!("delete -f {wrong}"),
        ] {
            place.same(&cluster, &line).await;
        }
        place.kubectl(&cluster, "create cm taken --from-literal=k=theirs");
        let taken =
            "{ apiVersion: v1, kind: ConfigMap, metadata: { name: taken }, data: { k: ours } }";
        let taken = place.file("taken.yaml", taken);
        place.same(&cluster, &format!("apply --server-side -f {taken}")).await;
        let forced = place.done(&format!("apply -f {taken} --force-conflicts")).await;
        assert_eq!(forced, "configmap/taken serverside-applied\n");
        // What is deleted is gone: each of the two gets its own.
        place.kubectl(&cluster, &format!("apply --server-side -f {things}"));
        let kubectl = place.kubectl(&cluster, &format!("delete -f {things}"));
        place.kubectl(&cluster, &format!("apply --server-side -f {things}"));
        assert_eq!(place.kube(&format!("delete -f {things}")).await, kubectl);
        place.gone().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_kubectl_applied_by_itself_becomes_the_servers_as_with_kubectl() {
    let Some(cluster) = RealCluster::start() else { return };
    let place = Place::genuine(&cluster);
    let mut ends = Vec::new();
    for name in ["kubectl", "kube"] {
        let apply = |how: &str, data: Value| {
            let map = json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": format!("of-{name}") }, "data": data });
            format!("apply {how} -f {}", place.file("map.json", &map.to_string()))
        };
        place.kubectl(&cluster, &apply("", json!({ "a": "1", "b": "1" })));
        let line = apply("--server-side", json!({ "a": "1" }));
        let said = match name {
            "kubectl" => place.kubectl(&cluster, &line),
            _ => place.kube(&line).await,
        };
        let of = format!("of-{name}");
        let live = place.client().namespace("default").get::<ConfigMap>(&*of).await.unwrap();
        let (metadata, data) = (&live.metadata, json!(live.data));
        let managed = metadata.managed_fields.iter().flatten();
        let managed: Vec<_> = managed.map(|it| (&it.manager, &it.fields_v1)).collect();
        let end = format!("{said:?} {data} {:?} {managed:?}", metadata.annotations);
        ends.push(end.replace(&of, "map"));
    }
    assert_eq!(ends[0], ends[1]);
    assert!(ends[0].contains(r#" {"a":"1"} "#), "{}", ends[0]);
    place.gone().await;
}
