//! `kube describe`: beside kubectl where there is a genuine cluster, there and on the embedded server, and by itself.

use super::*;

/// Objects with as much in them as can be described; a Gadget is applied once its kind is there.
const DESCRIBED: &str = include_str!("described.yaml");
const GADGET: &str = r#"
apiVersion: example.com/v1
kind: Gadget
metadata: { name: lamp, labels: { a: b } }
spec:
  { maxSize: 3, isLit: true, ratio: 1.5, tiny: 0.00000012, none: null, apiURL: x, parsedJSON: y, URLPath: z, with-dash: 1,
    with_under: 2, list: [1, two, { deep: [a] }], empty: {}, nested: { uid: u } }
"#;

/// Lines that print the same whoever is asked.
const LINES: &[&str] = &[
    "describe cm words",
    "describe cm",
    "describe secret keys",
    "describe sa puller",
    "describe sa default",
    "describe svc web",
    "describe svc",
    "describe ns narrow",
    "describe ns default",
    "describe deploy web",
    "describe rs",
    "describe rs -l app=web --show-events",
    "describe pod rich",
    "describe pod plain",
    "describe pods",
    "describe nodes",
    "describe job once",
    "describe sts kept",
    "describe ds everywhere",
    "describe cronjob nightly",
    "describe gadget lamp",
    "describe gadgets",
    "describe crd gadgets.example.com",
    "describe lease -n kube-node-lease",
    "describe cm wor",
    "describe cm/words secret/keys",
    "describe cm words nothing",
    "describe cm nothing",
    "describe pod/nothing",
    "describe gizmo",
    "describe",
    "describe cm -n nowhere",
    "describe cm -l app=nothing -A",
    "describe cm words --show-events=false",
];

// kubectl is waited for while the embedded server answers it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_described_is_kubectls_byte_for_byte_on_a_genuine_server_and_on_ours() {
    let Some(cluster) = RealCluster::start() else { return };
    for place in [Place::genuine(&cluster), Place::embedded().await] {
        let file = place.file("described.yaml", DESCRIBED);
        // Of addresses of one's own the genuine server warns.
        let applied = place.kube(&format!("apply -f {file}")).await;
        assert_eq!(applied.code, 0, "{applied:?}");
        place.done("wait --for=condition=Established crd/gadgets.example.com").await;
        let gadget = place.file("gadget.yaml", GADGET);
        place.done(&format!("apply -f {gadget}")).await;
        // What the controllers do to it is not to happen between the two.
        place.kubectl(&cluster, "rollout status deploy/web --timeout=60s");
        for line in LINES {
            place.same(&cluster, line).await;
        }
        let described = format!("describe -f {gadget}");
        place.same(&cluster, &described).await;
        place.gone().await;
    }
}

#[tokio::test]
async fn an_object_is_described_with_what_was_told_of_it_and_without_what_is_secret() {
    let place = Place::embedded().await;
    let file = place.file("described.yaml", DESCRIBED);
    place.done(&format!("apply -f {file}")).await;
    let core = place.client().namespace("default");
    let map = core.get::<ConfigMap>("words-too").await.unwrap();
    let told = |name: &str, at: &str, count: u32| -> k8s_openapi::api::core::v1::Event {
        let about = json!({ "kind": "ConfigMap", "namespace": "default", "name": "words-too", "uid": map.metadata.uid });
        serde_json::from_value(json!({
            "metadata": { "name": name }, "involvedObject": about, "type": "Normal", "reason": "Read",
            "message": " by somebody\n", "source": { "component": "reader" }, "count": count,
            "firstTimestamp": "2020-01-01T00:00:00Z", "lastTimestamp": at,
        }))
        .unwrap()
    };
    core.create(&told("a", "2020-01-03T00:00:00Z", 3)).await.unwrap();
    core.create(&told("b", "2020-01-02T00:00:00Z", 1)).await.unwrap();
    let text = place.done("describe cm words-too").await;
    let (head, events) = text.split_once("Events:\n").unwrap();
    assert_eq!(
        head,
        "Name:         words-too\nNamespace:    default\nLabels:       <none>\nAnnotations:  <none>\n\nData\n====\n\nBinaryData\n====\n\n"
    );
    let lines: Vec<Vec<&str>> =
        events.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(lines[0], ["Type", "Reason", "Age", "From", "Message"]);
    assert_eq!(lines[2][3..], ["reader", "by", "somebody"], "the older one comes first: {events}");
    assert_eq!(lines[3][3..5], ["(x3", "over"], "how often it was told: {events}");
    let secret = place.done("describe secret keys").await;
    assert!(secret.contains("password:  6 bytes") && !secret.contains("hidden"), "{secret}");
    place.gone().await;
}
