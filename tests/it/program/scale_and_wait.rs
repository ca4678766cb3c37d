//! `kube scale` and `kube wait`: beside kubectl where there is a genuine cluster, there and on the embedded server, and by themselves.

use std::cell::Cell;

use super::*;

const THINGS: &str = r#"
{ apiVersion: v1, kind: ConfigMap, metadata: { name: a }, data: { k: v, j: v } }
---
{ apiVersion: v1, kind: ConfigMap, metadata: { name: b }, data: { k: w } }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, labels: { app: web } }
spec:
  replicas: 1
  selector: { matchLabels: { app: web } }
  template: { metadata: { labels: { app: web } }, spec: { containers: [{ name: web, image: none }] } }
"#;
const WEB: &str = "{ apiVersion: apps/v1, kind: Deployment, metadata: { name: web } }";
const NAMED: &str = "{ apiVersion: v1, kind: ConfigMap, metadata: { name: a } }";

const LINES: &[&str] = &[
    "scale -f WEB --replicas=2",
    "scale deploy -l app=web --replicas=3",
    "scale deploy --all --replicas=2",
    "scale deploy web --replicas=2 --current-replicas=2",
    "scale deploy web --replicas=4 --current-replicas=9",
    "scale deploy web --replicas=4 --resource-version=1",
    "scale deploy web --replicas=4 --dry-run=server",
    "scale deploy web --replicas=4 --current-replicas=2 --dry-run=server",
    "scale deploy -l app=nothing --replicas=1",
    "scale deploy --replicas=1",
    "scale --replicas=1",
    "get deploy web -o jsonpath={.spec.replicas}",
    "wait -f NAMED --for=jsonpath={.data.k}=v",
    "wait --for=create cm/a cm/b --timeout=5s",
    "wait --for=create -f NAMED --for=jsonpath={.data.k}=v",
    "wait --for=create cm/nothing cm/a --timeout=1s",
    "wait --for=create cm/nothing --timeout=0",
    "wait --for=jsonpath={.data.k}=v cm a --all --timeout=0",
    "wait --for=jsonpath={.data.k}=v cm/a -l app=web --timeout=0",
    "wait --for=jsonpath={.data.k}=w cm/a cm/b --timeout=1s",
    "wait --for=jsonpath={.data.k}=w cm/a --timeout=0",
    "wait --for=jsonpath={.data.k}=v cm/a --timeout=0",
    "wait --for=jsonpath={.data.k} cm/a cm/nothing",
    "wait --for=jsonpath={.data}=v cm/a",
    "wait --for=jsonpath={.data.*} cm/a",
    "wait --for=jsonpath={.data.k}= cm/a",
    "wait --for=condition=Nonsense deploy/web --timeout=0",
    "wait --for=jsonpath={.data.k}=v cm/a --timeout=-1s",
    "wait --for=condition=Available=True deploy/nothing",
    "wait --for=delete cm/nothing cm/none",
    "wait --for=delete cm/a --timeout=0",
    "wait --for=delete cm -l app=nothing",
    "wait --for=jsonpath={.data.k} cm -l app=nothing",
    "wait --for=nonsense cm/a",
    "wait --for=delete",
    "wait --for=delete cm",
    "wait cm/a",
];

// kubectl is waited for while the embedded server answers it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_scaled_and_waited_for_is_told_as_kubectl_tells_it_on_a_genuine_server_and_on_ours()
{
    let Some(cluster) = RealCluster::start() else { return };
    for place in [Place::genuine(&cluster), Place::embedded().await] {
        let things = place.file("things.yaml", THINGS);
        place.done(&format!("apply -f {things}")).await;
        let (web, named) = (place.file("web.yaml", WEB), place.file("named.yaml", NAMED));
        for line in LINES {
            place.same(&cluster, &line.replace("WEB", &web).replace("NAMED", &named)).await;
        }
        place.gone().await;
    }
}

/// Waits, and makes the change as soon as somebody watches.
async fn waited<T>(
    place: &Place,
    line: &str,
    change: impl Future<Output = kube_core::Result<T>>,
) -> Said {
    let server = &place.embedded.as_ref().unwrap().0;
    server.clear_journal();
    let changed = Cell::new(false);
    let wait = async {
        let said = place.kube(line).await;
        assert!(changed.get(), "{line}: it ended before there was a change: {said:?}");
        said
    };
    let change = async {
        while !server.journal().iter().any(|entry| entry.verb == "watch") {
            tokio::task::yield_now().await;
        }
        changed.set(true);
        change.await.unwrap();
    };
    let both = tokio::time::timeout(Duration::from_secs(20), async { tokio::join!(wait, change) });
    both.await.expect("it watches, and ends when it should").0
}

#[tokio::test]
async fn a_wait_ends_when_what_is_wanted_comes_and_not_before() {
    let place = Place::embedded().await;
    let maps = place.client().namespace("default").api::<ConfigMap>();
    let map = json!({ "metadata": { "name": "late" }, "data": { "k": "v" } });
    let map: ConfigMap = serde_json::from_value(map).unwrap();
    let set = |value: &str| Patch::Merge(json!({ "data": { "k": value } }));
    let met = "configmap/late condition met\n";
    let create = maps.create(&map).into_future();
    let said = waited(&place, "wait --for=create cm/late", create).await;
    assert_eq!((said.out.as_str(), said.code), (met, 0), "{said:?}");
    let change = maps.patch("late", set("w")).into_future();
    let line = "wait --for=create --for=jsonpath={.data.k}=w cm/late";
    let said = waited(&place, line, change).await;
    assert_eq!((said.out, said.code), (met.repeat(2), 0), "{}", said.err);
    let delete = maps.delete("late").into_future();
    let said = waited(&place, "wait --for=delete cm/late", delete).await;
    assert_eq!((said.out.as_str(), said.code), (met, 0), "{said:?}");
    place.gone().await;
}
